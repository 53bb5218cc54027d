// A mock gate report. Every figure here is invented for the mock only.
import type { GateCheck, GateReport } from "@/bindings";
import { FINGERPRINT, hash } from "./shared";

const MINUTE = 60_000;

export function gateReport(name: string, version: number, verdict: GateReport["verdict"]): GateReport {
  const p99 = verdict === "fail" ? "9.71 ms" : "3.84 ms";
  const checks: GateCheck[] = [
    {
      id: "digest",
      title: "Files and SHA-256",
      verdict: "pass",
      measured: `3 files, sha256 ${hash(`${name}-${version}`).slice(0, 12)}`,
      limit: "bytes as registered",
      detail: "",
    },
    {
      id: "size",
      title: "Size",
      verdict: "pass",
      measured: "4.84 MB",
      limit: "≤ 268.44 MB",
      detail: "all files of the model together",
    },
    {
      id: "load",
      title: "Load in ONNX Runtime",
      verdict: "pass",
      measured: "loaded in 212 ms",
      limit: "loads",
      detail: "",
    },
    {
      id: "provider",
      title: "Execution provider",
      verdict: "pass",
      measured: "61 of 61 nodes on CPU",
      limit: "CPU, no fallback",
      detail: "",
    },
    verdict === "inconclusive"
      ? {
          id: "golden",
          title: "Golden outputs",
          verdict,
          measured: "not compared",
          limit: "rtol 1e-5, atol 1e-6",
          detail: "no expected_output.json was logged with this version, so nothing can be compared",
        }
      : {
          id: "golden",
          title: "Golden outputs",
          verdict: "pass",
          measured: "40 of 40 equal, max abs 3.1e-7",
          limit: "rtol 1e-5, atol 1e-6",
          detail: "2 outputs of the logged input example",
        },
    {
      id: "latency_p99",
      title: "Latency p99, single stream",
      verdict: verdict === "fail" ? "fail" : "pass",
      measured: p99,
      limit: "≤ 5 ms",
      detail: "estimate 3.62 ms, bound at 99 % confidence, n 2,400",
    },
  ];
  return {
    model: name,
    version,
    digest: hash(`${name}-${version}`),
    verdict,
    checks,
    limits: { latencyP99MsMax: 5, sizeBytesMax: 256_000_000, goldenRtol: 1e-5, goldenAtol: 1e-6 },
    startedAtMs: Date.now() - 19 * MINUTE,
    tookMs: 1840,
    fingerprint: FINGERPRINT,
  };
}
