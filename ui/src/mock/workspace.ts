import type { TrackingServer, WorkspaceStatus } from "@/lib/api";
import { hex } from "./random";

const started = Date.now() - 6_000;

export type Port = "free" | "taken" | "down";

const server = (empty: boolean, port: Port): TrackingServer => ({
  running: port !== "down",
  address: port === "taken" ? "http://127.0.0.1:5001" : "http://127.0.0.1:5000",
  requestedPort: 5000,
  portHolder: port === "taken" ? "python (pid 812)" : null,
  startedAtMs: started,
  lastClient: empty ? null : { atMs: Date.now() - 2_000, agent: "mlflow-python-client/3.17.0" },
  problem: port === "down" ? "No port from 5000 to 5019 is free" : null,
});

export const workspaceStatus = (empty: boolean, port: Port = "free"): WorkspaceStatus => ({
  name: empty ? "Local" : "regime-demo",
  kind: empty ? "local" : "demo",
  dataDir: "/home/quant/.local/share/drydock",
  logsDir: "/home/quant/.local/share/drydock/logs",
  storeEngine: "SQLite",
  storeBytes: empty ? 118_784 : 3_104_221_184,
  stagePolicy: "lifecycle",
  appVersion: "0.1.0",
  server: server(empty, port),
  runtime: {
    available: true,
    version: "1.30.0",
    libraryPath: "/opt/drydock/lib/libonnxruntime.so.1.30.0",
    providers: ["CPUExecutionProvider"],
    problem: null,
    fingerprint: {
      cpu: "AMD EPYC 7B13",
      cores: 8,
      memoryBytes: 33_554_432_000,
      os: "Debian 12",
      governor: null,
      runtimeVersion: "1.30.0",
      digest: hex(3, 64),
    },
  },
});

export const teamStatus = (): WorkspaceStatus => ({
  ...workspaceStatus(true),
  name: "FX desk",
  kind: "team",
  dataDir: "/home/quant/.local/share/drydock/team/fx",
  storeEngine: "PostgreSQL",
  storeBytes: null,
});

export const logToMe = () => ({
  trackingUri: "http://127.0.0.1:5000",
  python: `import mlflow

mlflow.set_tracking_uri("http://127.0.0.1:5000")
mlflow.set_experiment("fx/first-look")

with mlflow.start_run(run_name="hello"):
    mlflow.log_param("window", 64)
    for step in range(100):
        mlflow.log_metric("ic", 0.05 * step / 100, step=step)
`,
  env: "MLFLOW_TRACKING_URI=http://127.0.0.1:5000\n",
  shell: "export MLFLOW_TRACKING_URI=http://127.0.0.1:5000\npython train.py\n",
});
