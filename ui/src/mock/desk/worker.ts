import type { WorkersStatus } from "@/lib/api";

const status: WorkersStatus = {
  busy: 0,
  idle: [{ purpose: "run", residentBytes: 61_800_000 }],
  started: {
    pid: 4711,
    startMs: 2.6,
    overheadP50Us: 74,
    protections: [
      { name: "memory limit", on: true, detail: "RLIMIT_DATA 18079 MiB" },
      { name: "landlock", on: true, detail: "reads its model and libraries, writes nothing, no network" },
    ],
  },
};

export const workerHandlers = { worker_status: () => status };
