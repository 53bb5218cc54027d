//! The command line, as clap reads it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::artifact::ArtifactLocations;
use domain::registry::StagePolicy;
use domain::webhook::AllowedOrigin;
use engine::benchmark::TimeUnit;
use engine::{Optimisation, Provider};
use services::webhooks::WebhookKey;
use services::workspace::secret::Secret;
use services::workspace::{ArtifactPlace, Database, Folders, PostgresOptions, S3Options};

#[derive(Debug, Parser)]
#[command(
    name = "drydock",
    version,
    about = "Track, inspect, prove and serve trading models",
    max_term_width = 100
)]
pub struct Cli {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the MLflow-compatible tracking server and this workspace's endpoints, without a window
    Server(ServerArgs),
    /// Serve the models of a models.toml
    Serve(ServeArgs),
    /// Show what an ONNX model is, without running it
    Inspect(ModelArgs),
    /// Run a model over rows of a file, or over rows made from a seed
    Run(RunArgs),
    /// Compare two ONNX models: signature, nodes, attributes, weights; exit 0 equal, 1 different
    Diff(DiffArgs),
    /// Count what a model costs: parameters, operations, bytes, memory; nothing is run
    Cost(CostArgs),
    /// Show how the numbers of all weights of a model spread
    Weights(WeightsArgs),
    /// Measure latency and throughput of a model on this machine
    Bench(BenchArgs),
    /// Run the gates on a registered version or a file: exit 0 pass, 1 fail, 2 inconclusive
    Gate(GateArgs),
    /// Show where the time of a model's runs goes, node by node
    Profile(ProfileArgs),
    /// Measure a model over batch, threads, provider, optimisation level and binding; run it again to go on
    Sweep(SweepArgs),
    /// Compare outputs with expected ones, or with another model's, provider's, level's or runtime's: exit 0 equal,
    /// 1 different, 2 inconclusive
    Compare(CompareArgs),
    /// Deploy a registered version to staging on this machine
    Deploy(DeployArgs),
    /// Store a file; a push that was killed goes on where it stood
    Push(PushArgs),
    /// Empty the trash of what is too old to come back, and delete bytes that nothing needs
    Gc(GcArgs),
    /// Read every stored file again and name those that are damaged: exit 0 none, 1 some
    Verify(WorkspaceArgs),
    /// Print the description of the HTTP API (OpenAPI 3.1)
    Openapi,
    /// Bring in what an MLflow server or an `mlruns` folder holds; run it again to go on or to catch up
    Import(ImportArgs),
    /// Run the node cases of ONNX's backend test, each in a worker: exit 0 as expected, 1 not
    Conformance(ConformanceArgs),
    /// Say what Drydock finds on this machine
    Doctor(WorkspaceArgs),
}

#[derive(Debug, Clone, Args)]
pub struct WorkspaceArgs {
    /// The workspace folder; default: the data directory of this account
    #[arg(long, env = "DRYDOCK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Which stage moves are legal: lifecycle (the seven), or open (any, as plain MLflow)
    #[arg(long, default_value = "lifecycle", env = "DRYDOCK_STAGE_POLICY")]
    pub stage_policy: StagePolicy,
    /// Which artifact locations and version sources outside of the workspace are kept: known (object stores that clients
    /// reach by themselves), or any (whatever comes, as plain MLflow; still never opened)
    #[arg(long, default_value = "known", env = "DRYDOCK_ARTIFACT_LOCATIONS")]
    pub artifact_locations: ArtifactLocations,
    /// An origin such as http://hooks.internal:8080 that webhooks may reach besides https on the public internet
    /// (repeatable)
    #[arg(long, value_name = "ORIGIN")]
    pub webhook_allow: Vec<AllowedOrigin>,
    /// The key that seals webhook secrets, the same file for all servers on one database (an age key, or give the key
    /// itself as DRYDOCK_WEBHOOK_KEY); default: webhook.key in the workspace folder, made when it is first needed
    #[arg(long, env = "DRYDOCK_WEBHOOK_KEY_FILE", value_name = "FILE")]
    pub webhook_key_file: Option<PathBuf>,
    /// By the environment only, so that it stands in no process list
    #[arg(skip = std::env::var("DRYDOCK_WEBHOOK_KEY").ok().map(Secret::new))]
    pub webhook_key: Option<Secret>,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub artifacts: ArtifactArgs,
}

/// Where artifacts rest; without an address, in the workspace folder.
#[derive(Debug, Clone, Args)]
pub struct ArtifactArgs {
    /// A folder, or s3://bucket/prefix
    #[arg(long, env = "DRYDOCK_ARTIFACT_ROOT")]
    pub artifact_root: Option<String>,
    /// The S3 server: http://127.0.0.1:9000; default: AWS in the region
    #[arg(long, env = "DRYDOCK_S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// The S3 server as clients reach it, where that is by another name: signed addresses handed to them name it; default:
    /// the same
    #[arg(long, env = "DRYDOCK_S3_PUBLIC_ENDPOINT", value_name = "URL")]
    pub s3_public_endpoint: Option<String>,
    #[arg(long, env = "DRYDOCK_S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// The authority that signed the S3 server's certificate, as a PEM file
    #[arg(long, env = "DRYDOCK_S3_CA", value_name = "FILE")]
    pub s3_ca: Option<PathBuf>,
    /// Keys come by the environment only, so that they stand in no process list
    #[arg(skip = std::env::var("DRYDOCK_S3_ACCESS_KEY").ok())]
    pub s3_access_key: Option<String>,
    #[arg(skip = std::env::var("DRYDOCK_S3_SECRET_KEY").ok())]
    pub s3_secret_key: Option<String>,
}

/// A shared workspace on PostgreSQL; without an address, SQLite in the workspace folder.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// postgres://user:password@host/database?sslmode=verify-full
    #[arg(long, env = "DRYDOCK_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A streaming replica of that database, for large reads
    #[arg(
        long,
        env = "DRYDOCK_REPLICA_URL",
        hide_env_values = true,
        requires = "database_url"
    )]
    pub replica_url: Option<String>,
    /// The most connections this process opens to the database
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=500))]
    pub database_connections: u32,
    /// How long one statement may run; 0: no limit
    #[arg(long, default_value_t = 60_000, value_name = "MS")]
    pub statement_timeout_ms: u64,
    /// The authority that signed the database's certificate, as a PEM file
    #[arg(long, env = "DRYDOCK_DATABASE_CA")]
    pub database_ca: Option<PathBuf>,
}

impl WorkspaceArgs {
    pub fn database(&self) -> Database {
        let args = &self.database;
        match &args.database_url {
            None => Database::Sqlite,
            Some(url) => Database::Postgres(PostgresOptions {
                url: url.clone(),
                replica_url: args.replica_url.clone(),
                connections_max: args.database_connections,
                statement_timeout_ms: args.statement_timeout_ms,
                ca_file: args.database_ca.clone(),
            }),
        }
    }

    pub fn artifacts(&self) -> anyhow::Result<ArtifactPlace> {
        let args = &self.artifacts;
        let Some(root) = &args.artifact_root else {
            return Ok(ArtifactPlace::Folder(None));
        };
        if !root.starts_with("s3://") {
            anyhow::ensure!(
                !root.contains("://"),
                "--artifact-root takes a folder or s3://bucket/prefix, not '{root}'"
            );
            return Ok(ArtifactPlace::Folder(Some(PathBuf::from(root))));
        }
        let (bucket, prefix) = S3Options::place(root)
            .with_context(|| format!("'{root}' names no bucket; write s3://bucket/prefix"))?;
        let key = |key: &Option<String>, name: &str| {
            key.clone()
                .with_context(|| format!("{root} needs a key: set {name}"))
        };
        Ok(ArtifactPlace::S3(S3Options {
            endpoint: args
                .s3_endpoint
                .clone()
                .unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", args.s3_region)),
            public_endpoint: args.s3_public_endpoint.clone(),
            bucket,
            region: args.s3_region.clone(),
            access_key: key(&args.s3_access_key, "DRYDOCK_S3_ACCESS_KEY")?,
            secret_key: key(&args.s3_secret_key, "DRYDOCK_S3_SECRET_KEY")?,
            ca_file: args.s3_ca.clone(),
            prefix,
        }))
    }

    pub fn webhook_key(&self) -> Option<WebhookKey> {
        let file = self.webhook_key_file.clone().map(WebhookKey::File);
        file.or_else(|| self.webhook_key.clone().map(WebhookKey::Given))
    }

    pub fn folders(&self) -> services::Result<Folders> {
        self.data_dir
            .clone()
            .map_or_else(Folders::of_this_user, |dir| Ok(Folders::new(dir)))
    }
}

#[derive(Debug, Args)]
pub struct CostArgs {
    /// An ONNX file
    pub file: PathBuf,
    /// The value of an open dim of the inputs, such as N=8 (repeatable); 1 for those that are not given
    #[arg(long, value_name = "NAME=SIZE", value_parser = crate::words::dim)]
    pub dim: Vec<services::cost::DimSetting>,
}

#[derive(Debug, Args)]
pub struct WeightsArgs {
    /// An ONNX file
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct PushArgs {
    pub file: PathBuf,
    /// Where it is to stand: runs:/RUN_ID/path, or EXPERIMENT/RUN_ID/artifacts/path
    pub path: String,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[derive(Debug, Args)]
pub struct GcArgs {
    /// Only say what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    /// What was deleted longer ago goes for good: 30d, 12h, 0s; default: the workspace's setting, else 30d
    #[arg(long, value_name = "AGE", value_parser = crate::words::age_ms)]
    pub older_than: Option<i64>,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The port; if it is taken, the next free one
    #[arg(long, default_value_t = 5000)]
    pub port: u16,
    /// A further name, or name:port, under which clients reach this server, such as its proxy's (repeatable)
    #[arg(long = "allowed-host")]
    pub allowed_hosts: Vec<String>,
    /// Make the workspace, if it is new, a demo workspace of this name
    #[arg(long)]
    pub demo: Option<String>,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The models to serve
    #[arg(long, default_value = "models.toml")]
    pub config: PathBuf,
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The first port; each model takes the next free one
    #[arg(long, default_value_t = 5101)]
    pub port: u16,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[derive(Debug, Args)]
pub struct ModelArgs {
    /// A file, or models:/NAME/VERSION
    pub model: String,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

impl ModelArgs {
    /// The file that is meant, unless a registry address is.
    pub fn local_file(&self) -> Option<PathBuf> {
        (!self.model.starts_with("models:/")).then(|| PathBuf::from(&self.model))
    }
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// CSV, Parquet, NPY, NPZ, JSON or TensorProto; default: the logged input example, else rows made from a seed
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Make rows up: seed=7,rows=1000, and sizes of the model's other open dims
    #[arg(long, value_name = "SEED", conflicts_with = "inputs", num_args = 0..=1, default_missing_value = "")]
    pub generate: Option<String>,
    /// Write all outputs here: .csv, .parquet, .npy or .npz
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Rows at most
    #[arg(long)]
    pub rows: Option<u64>,
    /// Rows of one run of the model
    #[arg(long)]
    pub batch: Option<u64>,
}

#[derive(Debug, Args)]
pub struct ConformanceArgs {
    /// The folder onnx/backend/test/data/node of the onnx package
    pub folder: PathBuf,
    /// What must become of each case (tests/conformance/expected.toml); without it, only a lost worker is a failure
    #[arg(long, value_name = "FILE")]
    pub expected: Option<PathBuf>,
    /// Only the cases whose name holds this
    #[arg(long, value_name = "TEXT", conflicts_with = "expected")]
    pub only: Option<String>,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A file, or models:/NAME/VERSION
    pub left: String,
    /// What it is compared with
    pub right: String,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

impl DiffArgs {
    /// Both files, unless one of them is a registry address.
    pub fn local_files(&self) -> Option<(PathBuf, PathBuf)> {
        let local = |model: &str| (!model.starts_with("models:/")).then(|| PathBuf::from(model));
        Some((local(&self.left)?, local(&self.right)?))
    }
}

#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// The load: single-stream, multi-stream, server (Poisson arrivals at --rate), offline, replay (of --arrivals)
    #[arg(long, value_enum, default_value_t = LoadKind::SingleStream)]
    pub scenario: LoadKind,
    /// Queries a second (server)
    #[arg(long, required_if_eq("scenario", "server"))]
    pub rate: Option<f64>,
    /// Of the arrivals (server)
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Samples in one query (multi-stream)
    #[arg(long, default_value_t = 8)]
    pub samples_per_query: u32,
    /// A CSV, Parquet, NPY, NPZ or JSON file with a column of times (replay)
    #[arg(long, value_name = "FILE", required_if_eq("scenario", "replay"))]
    pub arrivals: Option<PathBuf>,
    /// The column of times; default: the first of numbers (replay)
    #[arg(long)]
    pub column: Option<String>,
    /// What the times count: s, ms, us, ns (replay)
    #[arg(long, default_value = "s", value_parser = crate::words::time_unit)]
    pub unit: TimeUnit,
    /// So many times as fast as it was (replay)
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// How long to measure at most: 2s, 500ms; default: 2s, or as long as --samples takes
    #[arg(long, value_parser = crate::words::duration)]
    pub duration: Option<Duration>,
    /// How many samples to take at most, of each model
    #[arg(long)]
    pub samples: Option<u64>,
    /// Measure in turns with this one: a file, or models:/NAME/VERSION
    #[arg(long, value_name = "MODEL")]
    pub against: Option<String>,
    /// What counts as the same speed, as a part of the percentile
    #[arg(long, default_value_t = 0.05)]
    pub margin: f64,
    /// Threads inside one run
    #[arg(long, default_value_t = 1)]
    pub threads: u32,
    /// Runs that may go on at the same time
    #[arg(long, default_value_t = 1)]
    pub sessions: u32,
    /// How far the graph is rewritten: off, basic, extended, all
    #[arg(long, default_value = "all")]
    pub optimisation: Optimisation,
    /// Generated inputs of so many rows, in place of the logged input example
    #[arg(long)]
    pub rows: Option<u64>,
    /// Save the report as JSON: a baseline for later
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Hold the result against a report that was saved on this machine; another machine's is refused
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoadKind {
    SingleStream,
    MultiStream,
    Server,
    Offline,
    Replay,
}

#[derive(Debug, Args)]
pub struct ProfileArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Execution providers in order of preference; without cpu, nothing falls back to it
    #[arg(long = "provider", value_delimiter = ',', default_value = "cpu")]
    pub providers: Vec<Provider>,
    /// Threads inside one run
    #[arg(long, default_value_t = 1)]
    pub threads: u32,
    /// How far the runtime rewrites the graph: off, basic, extended, all
    #[arg(long, default_value = "all")]
    pub optimisation: Optimisation,
    /// Rows of generated inputs; default: the logged input example, else one row
    #[arg(long)]
    pub rows: Option<u32>,
    /// Runs that are counted
    #[arg(long, default_value_t = 100)]
    pub runs: u32,
    /// Runs before them
    #[arg(long, default_value_t = 10)]
    pub warm_up: u32,
    /// Write the run of median time there, for ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SweepArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Rows in one run
    #[arg(long = "batch", value_delimiter = ',', default_value = "1,8,64")]
    pub batches: Vec<u32>,
    /// Threads inside one run
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    pub threads: Vec<u32>,
    /// Execution providers, each a point of its own with the CPU behind it
    #[arg(long = "provider", value_delimiter = ',', default_value = "cpu")]
    pub providers: Vec<Provider>,
    /// How far the runtime rewrites the graph: off, basic, extended, all
    #[arg(long = "optimisation", value_delimiter = ',', default_value = "all")]
    pub optimisations: Vec<Optimisation>,
    /// Whether inputs and outputs are bound beforehand: false, true
    #[arg(
        long = "io-binding",
        value_delimiter = ',',
        default_value = "false,true"
    )]
    pub io_bindings: Vec<bool>,
    /// How long to measure each point: 2s, 500ms
    #[arg(long, default_value = "1s", value_parser = crate::words::duration)]
    pub duration: Duration,
    /// Where what is done is kept; default: this account's cache folder
    #[arg(long, value_name = "DIR")]
    pub keep_in: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct GateArgs {
    /// A file, or models:/NAME/VERSION
    #[arg(required_unless_present = "init")]
    pub model: Option<String>,
    /// The gate file to hold it to; default: the one in the registry, and for a file the usual limits
    #[arg(long, value_name = "gates.toml")]
    pub file: Option<PathBuf>,
    /// Compare with this version instead of the one that the gate file names; for a file, with this other file
    #[arg(long, value_name = "VERSION|FILE")]
    pub against: Option<String>,
    /// Write the report there, in the form that its name ends with: .html, .json, .csv, .md (repeatable)
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Print a documented gate file to begin with
    #[arg(long, conflicts_with_all = ["model", "file", "against", "report"])]
    pub init: bool,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A file, or models:/NAME/VERSION
    pub model: String,
    /// The model it is compared with; without one, --data holds the expected outputs
    #[arg(value_name = "OTHER")]
    pub other: Option<String>,
    /// Rows to run, and expected outputs: .csv, .parquet, .npy, .npz, .json
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Which columns are expected of an output: OUTPUT=COLUMN or OUTPUT=COLUMN,COLUMN (repeatable); default: columns
    /// called after the output
    #[arg(long = "map", value_name = "MAPPING", value_parser = crate::words::mapping)]
    pub mapping: Vec<engine::compare::ColumnMapping>,
    /// Part of the expected value that a difference may be
    #[arg(long, default_value_t = 1e-5)]
    pub rtol: f64,
    /// Difference that is let pass whatever is expected
    #[arg(long, default_value_t = 1e-8)]
    pub atol: f64,
    /// Rows that a model is given at once
    #[arg(long, default_value_t = 4096)]
    pub batch_rows: u32,
    /// Rows that are furthest off and shown
    #[arg(long, default_value_t = 5)]
    pub worst: u32,
    /// Rows to make up where there is no --data
    #[arg(long, default_value_t = 1000)]
    pub rows: u32,
    /// Of the rows that are made up
    #[arg(long, default_value_t = 7)]
    pub seed: u32,
    /// Threads inside one run; 0 is every core
    #[arg(long, default_value_t = 1)]
    pub threads: u32,
    /// Execution providers, in order of preference
    #[arg(long, value_delimiter = ',', default_value = "cpu")]
    pub provider: Vec<engine::Provider>,
    /// Of the other side; default: the same
    #[arg(long, value_delimiter = ',')]
    pub provider_b: Option<Vec<engine::Provider>>,
    /// How far the runtime rewrites the graph: off, basic, extended, all
    #[arg(long, default_value = "all")]
    pub optimisation: engine::Optimisation,
    /// Of the other side; default: the same
    #[arg(long)]
    pub optimisation_b: Option<engine::Optimisation>,
    /// An ONNX Runtime other than the usual one: its library, or the folder of it
    #[arg(long, value_name = "LIBRARY")]
    pub runtime: Option<PathBuf>,
    /// Of the other side; default: the same
    #[arg(long, value_name = "LIBRARY")]
    pub runtime_b: Option<PathBuf>,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[derive(Debug, Args)]
pub struct DeployArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Why; kept in the history
    #[arg(long)]
    pub reason: String,
    /// Why to deploy although a gate could not be judged; kept, and audited. What failed is never deployed
    #[arg(long, value_name = "WHY")]
    pub waive: Option<String>,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// http://mlflow:5000, or the folder that MLflow's file store wrote (./mlruns)
    #[arg(long, value_name = "ADDRESS|FOLDER")]
    pub from: String,
    /// Only the experiment of this name (repeatable)
    #[arg(long = "experiment", value_name = "NAME")]
    pub experiments: Vec<String>,
    /// Only registered models, with the runs and logged models that their versions came from
    #[arg(long)]
    pub models_only: bool,
    /// Leave all files where they are
    #[arg(long)]
    pub no_artifacts: bool,
    /// Say what would be brought, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The login of the source's server
    #[arg(long, env = "MLFLOW_TRACKING_USERNAME", value_name = "NAME")]
    pub username: Option<String>,
    /// Given by the environment only, so that it stands in no process list
    #[arg(skip = std::env::var("MLFLOW_TRACKING_PASSWORD").ok())]
    pub password: Option<String>,
    #[arg(skip = std::env::var("MLFLOW_TRACKING_TOKEN").ok())]
    pub token: Option<String>,
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
