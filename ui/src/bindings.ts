// Hand-written from the contract until the generated file replaces it; do not import outside lib/.
import { invoke as __TAURI_INVOKE, type Channel } from "@tauri-apps/api/core";
import * as __TAURI_EVENT from "@tauri-apps/api/event";

/** Commands */
export const commands = {
  workspaceStatus: () => __TAURI_INVOKE<WorkspaceStatus>("workspace_status"),
  deleteDemoWorkspace: () => __TAURI_INVOKE<null>("delete_demo_workspace"),
  openLogsFolder: () => __TAURI_INVOKE<null>("open_logs_folder"),
  pickModelFile: () => __TAURI_INVOKE<string|null>("pick_model_file"),
  logToMe: () => __TAURI_INVOKE<{ trackingUri: string; python: string; env: string; shell: string }>("log_to_me"),
  listExperiments: () => __TAURI_INVOKE<Experiment[]>("list_experiments"),
  searchRuns: (input: SearchRunsInput) => __TAURI_INVOKE<RunPage>("search_runs", { input }),
  getRun: (runId: string) => __TAURI_INVOKE<Run>("get_run", { runId }),
  metricHistory: (input: { runIds: string[]; key: string; maxPoints: number }) => __TAURI_INVOKE<MetricSeries[]>("metric_history", { input }),
  listRunArtifacts: (input: { runId: string; path: string }) => __TAURI_INVOKE<ArtifactEntry[]>("list_run_artifacts", { input }),
  listModels: () => __TAURI_INVOKE<RegisteredModel[]>("list_models"),
  getModel: (name: string) => __TAURI_INVOKE<ModelDetail>("get_model", { name }),
  getModelVersion: (input: { name: string; version: number }) => __TAURI_INVOKE<VersionDetail>("get_model_version", { input }),
  promoteModelVersion: (input: { name: string; version: number; to: Stage; reason: string }) => __TAURI_INVOKE<ModelVersion>("promote_model_version", { input }),
  setModelAlias: (input: { name: string; alias: string; version: number }) => __TAURI_INVOKE<null>("set_model_alias", { input }),
  deleteModelAlias: (input: { name: string; alias: string }) => __TAURI_INVOKE<null>("delete_model_alias", { input }),
  inspectFile: (path: string) => __TAURI_INVOKE<ModelReport>("inspect_file", { path }),
  inspectModelVersion: (input: { name: string; version: number }) => __TAURI_INVOKE<ModelReport>("inspect_model_version", { input }),
  benchmarkModelVersion: (input: { name: string; version: number; durationMs: number; threads: number; taskId: string }, progress: Channel<TaskProgress>) => __TAURI_INVOKE<BenchmarkReport>("benchmark_model_version", { input, progress }),
  cancelTask: (taskId: string) => __TAURI_INVOKE<null>("cancel_task", { taskId }),
  listEndpoints: () => __TAURI_INVOKE<Endpoint[]>("list_endpoints"),
  listDeployments: () => __TAURI_INVOKE<Deployment[]>("list_deployments"),
  planDeployment: (input: { name: string; version: number }) => __TAURI_INVOKE<DeploymentPlan>("plan_deployment", { input }),
  deployToStaging: (input: { name: string; version: number; reason: string; allowInconclusive: boolean }, progress: Channel<DeployStep>) => __TAURI_INVOKE<DeployOutcome>("deploy_to_staging", { input, progress }),
  checkGates: (input: { name: string; version: number }, progress: Channel<DeployStep>) => __TAURI_INVOKE<GateReport>("check_gates", { input, progress }),
  rollbackEndpoint: (input: { endpoint: string; reason: string }) => __TAURI_INVOKE<Endpoint>("rollback_endpoint", { input }),
  stopEndpoint: (input: { endpoint: string; reason: string }) => __TAURI_INVOKE<Endpoint>("stop_endpoint", { input }),
  startEndpoint: (input: { endpoint: string; reason: string }) => __TAURI_INVOKE<Endpoint>("start_endpoint", { input }),
  exampleRequest: (endpoint: string) => __TAURI_INVOKE<string>("example_request", { endpoint }),
  tryEndpoint: (input: { endpoint: string; body: string }) => __TAURI_INVOKE<{ status: number; body: string; tookMs: number }>("try_endpoint", { input }),
  endpointStats: (input: { endpoint: string; windowS: number }) => __TAURI_INVOKE<EndpointStats>("endpoint_stats", { input }),
};

/** Events */
export const events = {
  changed: makeEvent<Changed>("changed"),
  menuCommand: makeEvent<MenuCommand>("menu-command"),
  openModelFile: makeEvent<OpenModelFile>("open-model-file"),
};

/* Types */
export type Reading = number | string;
export type Pair = { key: string; value: string };
export type AppError = { kind: string /* stable code: "invalid"|"not_found"|"conflict"|"illegal_move"|"unavailable"|"io"|"internal"|"cancelled" */; message: string /* human sentence */; field: string|null; hint: string|null };
export type WorkspaceStatus = { name: string; kind: "local"|"demo"|"team"; dataDir: string; logsDir: string; storeEngine: string /* "SQLite" */; storeBytes: number|null; stagePolicy: string; appVersion: string; server: TrackingServer; runtime: RuntimeStatus };
export type TrackingServer = { running: boolean; address: string; requestedPort: number; portHolder: string|null /* "python (pid 812)" that holds requestedPort */; startedAtMs: number; lastClient: { atMs: number; agent: string }|null; problem: string|null };
export type RuntimeStatus = { available: boolean; version: string|null; libraryPath: string|null; providers: string[]; problem: string|null; fingerprint: Fingerprint };
export type Fingerprint = { cpu: string; cores: number; memoryBytes: number; os: string; governor: string|null; runtimeVersion: string|null; digest: string };
export type Experiment = { experimentId: string; name: string; lifecycle: "active"|"deleted"; artifactLocation: string; createdAtMs: number; updatedAtMs: number; runCount: number; liveRunCount: number; tags: Pair[] };
export type RunStatus = "RUNNING"|"SCHEDULED"|"FINISHED"|"FAILED"|"KILLED";
export type RunMetric = { key: string; latest: Reading; latestStep: number; latestAtMs: number; min: Reading|null; max: Reading|null; count: number };
export type Run = { runId: string; experimentId: string; name: string; status: RunStatus; lifecycle: "active"|"deleted"; user: string; startedAtMs: number; endedAtMs: number|null; artifactUri: string; params: Pair[]; tags: Pair[]; metrics: RunMetric[] };
export type RunPage = { runs: Run[]; total: number; nextPageToken: string|null };
export type SearchRunsInput = { experimentIds: string[]; filter: string; orderBy: string[]; maxResults: number; pageToken: string|null };
export type MetricSeries = { runId: string; key: string; totalPoints: number; reduced: boolean; steps: number[]; timesMs: number[]; values: (number|null)[] };
export type ArtifactEntry = { path: string; name: string; isDir: boolean; sizeBytes: number|null; sha256: string|null };
export type Stage = "None"|"Staging"|"Production"|"Archived";
export type LegalMove = { to: Stage; verb: "Promote"|"Demote"|"Rollback"|"Restore"|"Archive" };
export type GateSummary = { verdict: Verdict; passed: number; total: number; checkedAtMs: number };
export type RegisteredModel = { name: string; description: string; tags: Pair[]; aliases: { alias: string; version: number }[]; createdAtMs: number; updatedAtMs: number; versionCount: number; latestVersion: number|null; stagingVersion: number|null; productionVersion: number|null };
export type ModelVersion = { name: string; version: number; stage: Stage; legalMoves: LegalMove[]; aliases: string[]; runId: string|null; runName: string|null; description: string; source: string; digest: string|null; sizeBytes: number|null; createdAtMs: number; updatedAtMs: number; status: string; tags: Pair[]; metrics: RunMetric[]; gate: GateSummary|null };
export type StageTransition = { version: number; from: Stage; to: Stage; actor: string; reason: string; atMs: number };
export type ModelDetail = { model: RegisteredModel; versions: ModelVersion[]; transitions: StageTransition[] };
export type ModelFile = { path: string; sizeBytes: number; sha256: string };
export type VersionDetail = { version: ModelVersion; files: ModelFile[]; inputs: TensorInfo[]; outputs: TensorInfo[]; evidence: GateReport|null; endpoint: Endpoint|null; problem: string|null /* why inputs/outputs are missing */ };
export type TensorInfo = { name: string; elementType: string /* "float32", "map(int64,float32)" */; dims: string[] /* "N", "64", "?" */; };
export type ModelReport = { fileName: string; path: string; sizeBytes: number; tookUs: number; irVersion: number; producer: string; producerVersion: string; domain: string; modelVersion: number; docString: string; graphName: string; opsets: { domain: string; version: number }[]; inputs: TensorInfo[]; outputs: TensorInfo[]; ops: { op: string; domain: string; count: number }[]; nodes: NodeInfo[]; nodeCount: number; initializers: InitializerInfo[]; initializerCount: number; parameterCount: number; weightBytes: number; metadata: Pair[]; externalFiles: { location: string; sizeBytes: number|null; exists: boolean }[]; functions: { name: string; domain: string; nodeCount: number }[]; warnings: string[] };
export type NodeInfo = { name: string; op: string; domain: string; inputs: string[]; outputs: string[]; attributes: Pair[] };
export type InitializerInfo = { name: string; elementType: string; dims: number[]; sizeBytes: number; external: string|null };
export type PercentileBound = { label: string /* "p99" */; quantile: number; valueMs: number|null; lowMs: number|null; highMs: number|null; samples: number; neededSamples: number; refused: string|null /* "refused: needs 662 samples, has 200" */ };
export type Placement = { provider: string; nodes: number };
export type ProviderReport = { requested: string[]; placements: Placement[]; fellBackToCpu: boolean };
export type BenchmarkReport = { model: string; digest: string; provider: ProviderReport; batch: number; threads: number; warmupRuns: number; samples: number; confidence: number; meanMs: number; percentiles: PercentileBound[]; throughputPerS: number; loadMs: number; durationMs: number; histogram: { edgesMs: number[]; counts: number[] }; inputs: string /* "logged input example" | "generated, seed 7" */; fingerprint: Fingerprint; startedAtMs: number };
export type TaskProgress = { step: string; detail: string; fraction: number|null };
export type Verdict = "pass"|"fail"|"inconclusive";
export type GateCheck = { id: string; title: string; verdict: Verdict; measured: string; limit: string; detail: string };
export type GateLimits = { latencyP99MsMax: number; sizeBytesMax: number; goldenRtol: number; goldenAtol: number };
export type GateReport = { model: string; version: number; digest: string; verdict: Verdict; checks: GateCheck[]; limits: GateLimits; startedAtMs: number; tookMs: number; fingerprint: Fingerprint };
export type EndpointState = "running"|"stopped"|"failed";
export type StatPoint = { atMs: number; requests: number; errors: number; p50Ms: number|null; p99Ms: number|null };
export type EndpointStats = { windowS: number; requests: number; errors: number; ratePerS: number; p50Ms: number|null; p95Ms: number|null; p99Ms: number|null; p99Refused: string|null; series: StatPoint[] /* one a second, oldest first */ };
export type Endpoint = { name: string; environment: "staging"|"production"; modelName: string; version: number; digest: string; state: EndpointState; problem: string|null; address: string|null; provider: string; poolSize: number; startedAtMs: number|null; previousVersion: number|null; stats: EndpointStats };
export type Deployment = { deploymentId: string; endpoint: string; modelName: string; version: number; digest: string; action: "deploy"|"rollback"|"stop"|"start"; outcome: "live"|"replaced"|"refused"|"rolled_back"|"stopped"; reason: string; actor: string; detail: string; atMs: number; tookMs: number };
export type PlanSide = { version: number|null; stage: Stage|null; digest: string|null; sizeBytes: number|null; address: string|null };
export type DeploymentPlan = { modelName: string; version: number; endpointName: string; now: PlanSide|null; after: PlanSide; limits: GateLimits; blocked: string|null /* sentence when the stage move is illegal */; safe: string /* one sentence: what stays if a gate fails */ };
export type DeployStep = { step: "fetch"|"verify"|"load"|"warm"|"smoke"|"switch"; state: "running"|"done"|"failed"; detail: string; check: GateCheck|null };
export type DeployOutcome = { deployed: boolean; report: GateReport; endpoint: Endpoint|null };
export type ChangeTag = { kind: "experiments"|"runs"|"models"|"endpoints"|"deployments"|"workspace"; id: string|null /* runs: experiment id; models: name; endpoints: name */ };
export type Changed = { tags: ChangeTag[] };
export type OpenModelFile = { path: string };
export type MenuCommand = { command: "open-file" | "toggle-panel" | "toggle-theme" | "tab-registry" | "tab-training" | "tab-deployment" | "tab-monitoring" | "command-palette" | "shortcuts" };

/* Tauri Specta runtime */
function makeEvent<T>(name: string) {
  const base = {
    listen: (cb: __TAURI_EVENT.EventCallback<T>) => __TAURI_EVENT.listen(name, cb),
    once: (cb: __TAURI_EVENT.EventCallback<T>) => __TAURI_EVENT.once(name, cb),
    emit: (payload: T) => __TAURI_EVENT.emit(name, payload) as unknown as Promise<void>,
  };
  return base;
}
