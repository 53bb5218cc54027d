import { expect, test } from "vitest";
import type { TrackingServer } from "@/lib/api";
import { agentName, portNote, portOf } from "./server";

const server: TrackingServer = {
  running: true,
  address: "http://127.0.0.1:5001",
  requestedPort: 5000,
  portHolder: "python (pid 812)",
  startedAtMs: 0,
  lastClient: null,
  problem: null,
};

test("a taken port names its holder", () => {
  expect(portNote(server)).toBe("Port 5000 is held by python (pid 812)");
  expect(portNote({ ...server, portHolder: null })).toBe("Port 5000 is held by another process");
  expect(portNote({ ...server, address: "http://127.0.0.1:5000" })).toBeNull();
  expect(portNote({ ...server, running: false })).toBeNull();
  expect(portOf("nowhere")).toBeNull();
});

test("clients are named as people know them", () => {
  expect(agentName("mlflow-python-client/3.17.0")).toBe("mlflow 3.17.0");
  expect(agentName("curl/8.1")).toBe("curl/8.1");
  expect(agentName("")).toBe("unknown client");
});
