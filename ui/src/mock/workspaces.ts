// Workspaces, a connection test and a lost connection, played: ?team, ?lost, ?locked
import type {
  Activity,
  CheckFault,
  CheckId,
  CheckReport,
  CheckState,
  CheckStep,
  Connection,
  DatabaseAddress,
  TeamInput,
  TeamPlace,
  VaultStatus,
  WorkspaceList,
} from "@/lib/api";

const PLACE: TeamPlace = {
  database: {
    host: "db.fx.example",
    port: 5432,
    database: "drydock",
    user: "quant",
    tls: "verify-full",
    caFile: "/etc/ssl/fx-desk.pem",
    replica: null,
  },
  storage: {
    endpoint: "https://minio.fx.example:9000",
    bucket: "models",
    region: "us-east-1",
    prefix: "",
    caFile: "/etc/ssl/fx-desk.pem",
  },
  stagePolicy: "lifecycle",
};

const vault: VaultStatus = {
  place: "file",
  state: "ready",
  location: "/home/quant/.config/drydock/secrets.age",
  reason: "this session has no keychain that answers",
};

export const listWorkspaces = (team: boolean, locked: boolean): WorkspaceList => ({
  problem: null,
  retryAtMs: null,
  vault: { ...vault, state: locked ? "locked" : "ready" },
  workspaces: [
    {
      id: "local",
      name: "My workspace",
      kind: "local",
      location: "/home/quant/.local/share/drydock/local",
      port: null,
      current: !team,
      removable: false,
      missing: false,
      team: null,
    },
    {
      id: "fx",
      name: "FX desk",
      kind: "team",
      location: "drydock on db.fx.example:5432",
      port: 5010,
      current: team,
      removable: true,
      missing: false,
      team: PLACE,
    },
    {
      id: "research",
      name: "Equities research",
      kind: "local",
      location: "/data/research/drydock",
      port: 5020,
      current: false,
      removable: true,
      missing: true,
      team: null,
    },
  ],
});

const WAY: [CheckId, CheckState, string, CheckFault | null][] = [
  ["databaseName", "passed", "db.fx.example is 10.20.0.14.", null],
  ["databaseNetwork", "passed", "10.20.0.14:5432 accepts connections.", null],
  ["databaseTls", "passed", "TLS 1.3; the server proved to be db.fx.example.", null],
  ["databaseLogin", "passed", "Logged in as quant on PostgreSQL 15.14.", null],
  ["databaseExists", "passed", "The database drydock is there.", null],
  ["databasePermission", "passed", "quant may read, write and delete.", null],
  ["databaseSchema", "warned", "Schema 4: connecting brings it to 12, and older apps will not open it any more.", null],
  ["storageName", "passed", "minio.fx.example is 10.20.0.15.", null],
  ["storageNetwork", "passed", "10.20.0.15:9000 accepts connections.", null],
  [
    "storageTls",
    "failed",
    "The certificate is for minio.lab.example, not for minio.fx.example. Use that name, or have minio.fx.example added to the certificate.",
    "wrongHostName",
  ],
  ["storageClock", "skipped", "Not tried.", null],
  ["storageKeys", "skipped", "Not tried.", null],
  ["storageBucket", "skipped", "Not tried.", null],
  ["storagePermission", "skipped", "Not tried.", null],
  ["storageWorkspace", "skipped", "Not tried.", null],
];

type Channel = { onmessage?: (step: CheckStep) => void };

/** Fails at the storage's certificate while the form names a CA file for it, as the picture shows; else all is well. */
export function checkConnection(input: TeamInput, progress: Channel): CheckReport {
  const good = !input.place.storage.caFile;
  const steps: CheckStep[] = WAY.map(([id, state, sentence, fault], index) => ({
    id,
    state: good && state !== "warned" ? "passed" : state,
    sentence: good && (state === "failed" || state === "skipped") ? "Not encrypted; stays on this machine." : sentence,
    fault: good ? null : fault,
    tookMs: [2, 11, 38, 64, 1, 22, 3, 2, 9, 31][index] ?? 0,
  }));
  for (const step of steps) progress?.onmessage?.(step);
  return { passed: good, steps };
}

export const readAddress = (url: string): DatabaseAddress => {
  const parts = /^postgres(?:ql)?:\/\/(?:([^:@]+)(?::([^@]+))?@)?([^:/]+)(?::(\d+))?\/?(\w*)/.exec(url.trim());
  return {
    host: parts?.[3] ?? "",
    port: Number(parts?.[4] ?? 5432),
    database: parts?.[5] ?? "",
    user: parts?.[1] ?? "",
    password: parts?.[2] ?? null,
    tls: "verify-full",
    caFile: null,
  };
};

export const activity: Activity = {
  endpoints: ["regime-classifier-staging"],
  tasks: [],
  client: "mlflow-python-client/3.17.0",
};

export const connectionOf = (team: boolean, lost: boolean): Connection => ({
  state: lost ? "lost" : team ? "connected" : "local",
  answeredAtMs: Date.now() - 12_000,
  retryAtMs: lost ? Date.now() + 6_000 : 0,
  problem: lost ? "the database cannot be reached" : null,
});
