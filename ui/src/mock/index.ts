// The shell, played by generated data: `npm run mock`, then http://localhost:1420/?empty&theme=light&tab=registry&taken&slow=metric&broken=list_&do=key:Ctrl+k
// slow and broken name the commands, by a part of their names, that never answer or always fail.
// Never part of the product: main.tsx imports it only where __MOCK__ is true, and it refuses to run inside Tauri.
import { emit } from "@tauri-apps/api/event";
import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import type { AppError, ChangeTag, SearchRunsInput } from "@/lib/api";
import { enterWorkspace } from "@/lib/persist";
import { themeChoice } from "@/lib/theme";
import { openTab, TABS } from "@/lib/view";
import { act } from "./act";
import { deskHandlers } from "./desk";
import * as files from "./files";
import * as imports from "./import";
import * as tracking from "./tracking";
import * as workspace from "./workspace";
import * as workspaces from "./workspaces";

// biome-ignore lint/suspicious/noExplicitAny: the wire is untyped
type Args = any;
type Handlers = Record<string, (args: Args) => unknown>;

const trackingHandlers: Handlers = {
  list_experiments: tracking.listExperiments,
  search_runs: ({ input }: { input: SearchRunsInput }) => tracking.searchRuns(input),
  get_run: ({ runId }) => tracking.getRun(runId),
  metric_history: ({ input }) => tracking.metricHistory(input),
  run_detail: ({ runId }) => tracking.runDetail(runId),
  tag_runs: ({ input }) => tracking.tagRuns(input),
  trash_runs: ({ scope }) => tracking.trashRuns(scope),
  restore_runs: ({ runIds }) => tracking.restoreRuns(runIds),
  list_trash: tracking.listTrash,
  rename_run: ({ runId, name }) => tracking.renameRun(runId, name),
  rename_experiment: ({ experimentId, name }) => tracking.renameExperiment(experimentId, name),
  trash_experiment: ({ experimentId }) => tracking.trashExperiment(experimentId),
  restore_experiment: ({ experimentId }) => tracking.restoreExperiment(experimentId),
  export_runs: () => ({ path: "/home/quant/runs.csv", rows: 36, sizeBytes: 12_480 }),
  list_run_artifacts: ({ input }) => files.listRunArtifacts(input),
  trash_artifact: ({ file }) => files.trashArtifact(file),
  list_trashed_artifacts: files.listTrashedArtifacts,
  restore_artifacts: ({ trashId }) => files.restoreArtifacts(trashId),
  about_artifact: ({ file }) => files.aboutArtifact(file),
  read_artifact_text: ({ input }) => files.readText(input),
  read_artifact_table: ({ input }) => files.readTable(input),
  read_artifact_image: ({ file }) => files.readImage(file),
  save_artifact: ({ file }) => `/home/quant/${file.path}`,
};

const workspaceHandlers = (empty: boolean, port: workspace.Port): Handlers => ({
  workspace_status: () => workspace.workspaceStatus(empty, port),
  delete_demo_workspace: () => null,
  reopen_workspace: () => null,
  open_logs_folder: () => null,
  pick_model_file: () => "/home/quant/models/regime.onnx",
  pick_import_folder: () => "/home/quant/mlruns",
  preview_import: ({ input }) => imports.previewImport(input),
  run_import: ({ input }) => imports.runImport(input),
  list_imports: () => [],
  log_to_me: workspace.logToMe,
  set_window_theme: () => null,
  started_with_model_file: () => null,
});

export type TeamMock = { team?: boolean; locked?: boolean; lost?: boolean };

const workspacesHandlers = ({ team = false, locked = false, lost = false }: TeamMock): Handlers => ({
  list_workspaces: () => workspaces.listWorkspaces(team, locked),
  switch_workspace: () => null,
  change_workspace: () => null,
  answer_close: () => null,
  forget_workspace: () => null,
  add_local_workspace: () => "research",
  read_database_address: ({ url }) => workspaces.readAddress(url),
  check_team_connection: ({ input, progress }) => workspaces.checkConnection(input, progress),
  connect_team_workspace: () => "fx",
  unlock_secrets: () => workspaces.listWorkspaces(team, false).vault,
  pick_certificate_file: () => "/etc/ssl/fx-desk.pem",
  pick_workspace_folder: () => "/data/research/drydock",
  workspace_activity: () => workspaces.activity,
  connection_status: () => workspaces.connectionOf(team, lost),
  retry_connection: () => null,
  ...(team ? { workspace_status: () => workspace.teamStatus() } : {}),
});

const EMPTY_LISTS: Handlers = {
  list_experiments: () => [],
  list_models: () => [],
  list_endpoints: () => [],
  list_deployments: () => [],
  list_trash: () => ({ experiments: [], runs: [], runCount: 0, retentionDays: 30 }),
  list_trashed_artifacts: () => ({ deletions: [], deletionCount: 0, fileCount: 0 }),
};

const WRITES: Record<string, ChangeTag["kind"][]> = {
  promote_model_version: ["models"],
  set_model_alias: ["models"],
  delete_model_alias: ["models"],
  describe_model: ["models"],
  tag_model: ["models"],
  untag_model: ["models"],
  delete_model: ["models"],
  describe_version: ["models"],
  tag_version: ["models"],
  untag_version: ["models"],
  delete_version: ["models"],
  run_import: ["experiments", "runs", "models"],
  tag_runs: ["runs"],
  rename_run: ["runs"],
  trash_runs: ["runs", "experiments"],
  restore_runs: ["runs", "experiments"],
  trash_artifact: ["runs"],
  restore_artifacts: ["runs"],
  rename_experiment: ["experiments"],
  trash_experiment: ["runs", "experiments"],
  restore_experiment: ["runs", "experiments"],
  check_gates: ["models"],
  save_gate_file: ["models"],
  restore_gate_file: ["models"],
  deploy_to_staging: ["models", "endpoints", "deployments"],
  rollback_endpoint: ["models", "endpoints", "deployments"],
  stop_endpoint: ["endpoints", "deployments"],
  start_endpoint: ["endpoints", "deployments"],
};

/** Every command by its wire name. */
export const mockHandlers = (empty = false, port: workspace.Port = "free", team: TeamMock = {}): Handlers => ({
  ...trackingHandlers,
  ...workspaceHandlers(empty, port),
  ...workspacesHandlers(team),
  ...(deskHandlers as Handlers),
  ...(empty ? EMPTY_LISTS : {}),
});

/** Answers invoke() from handlers; a write publishes its change, as the real shell does. */
export function installMock(handlers: Handlers): void {
  mockWindows("main");
  mockIPC(
    async (command, payload) => {
      const answer = handlers[command];
      if (!answer) {
        if (command.startsWith("plugin:")) return null;
        throw `no mock for ${command}`;
      }
      const result = await answer(payload ?? {});
      const kinds = WRITES[command];
      if (kinds) void emit("changed", { tags: kinds.map((kind) => ({ kind, id: null })) });
      return result;
    },
    { shouldMockEvents: true },
  );
}

const FAILURE: AppError = {
  kind: "io",
  message: "the file /data/drydock/artifacts/3f4b1fe9 could not be read: input/output error",
  field: null,
  hint: "nothing was changed; check the disk, then try again",
};

export function startMock(query = new URLSearchParams(location.search)): void {
  if ("__TAURI_INTERNALS__" in window) throw new Error("The mock does not run inside the real window");
  const empty = query.has("empty");
  const lost = query.has("lost");
  const team = { team: lost || query.has("team"), locked: query.has("locked"), lost };
  const port = query.has("taken") ? "taken" : query.has("down") ? "down" : "free";
  const handlers = mockHandlers(empty, port, team);
  for (const name of Object.keys(handlers)) {
    const named = (part: string | null) => part !== null && name.includes(part);
    if (named(query.get("slow"))) handlers[name] = () => new Promise(() => {});
    if (named(query.get("broken"))) handlers[name] = () => Promise.reject(FAILURE);
  }
  installMock(handlers);
  const theme = query.get("theme");
  if (theme === "light" || theme === "dark") themeChoice.set(theme);
  enterWorkspace(workspace.workspaceStatus(empty).dataDir);
  const tab = TABS.find((each) => each === query.get("tab"));
  if (tab) openTab(tab);
  void act(query.getAll("do"));
  if (!empty && !query.has("still"))
    setInterval(() => void emit("changed", { tags: [{ kind: "runs", id: "1" }] }), 1000);
}
