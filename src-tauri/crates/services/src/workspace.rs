//! A workspace on this machine: its folder, its name and kind, and the claim that makes one process its host.

pub mod address;
pub mod check;
pub mod connection;
pub mod known;
pub mod list;
pub mod open_team;
pub mod secret;
pub mod vault;

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

pub use artifacts::S3Options;
use domain::artifact::ArtifactLocations;
use domain::registry::StagePolicy;
use domain::webhook::AllowedOrigin;
use serde::{Deserialize, Serialize};
pub use store::PostgresOptions;

use crate::Context;
use crate::engine::RuntimeStatus;
use crate::error::{Result, ServiceError};
use crate::server::TrackingServer;
use crate::webhooks::WebhookKey;

/// The folders of a local workspace.
#[derive(Debug, Clone)]
pub struct Folders {
    pub root: PathBuf,
}

impl Folders {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The user's own workspace, in the data directory of the operating system.
    pub fn of_this_user() -> Result<Self> {
        let project = directories::ProjectDirs::from("", "", "Drydock").ok_or_else(|| {
            ServiceError::Unavailable {
                message: "this account has no home folder to keep a workspace in".to_owned(),
                hint: "pass --data-dir DIR or set DRYDOCK_DATA_DIR".to_owned(),
            }
        })?;
        Ok(Self::new(project.data_dir().join("local")))
    }

    pub fn database(&self) -> PathBuf {
        self.root.join("drydock.db")
    }

    pub fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// Verified copies of models, as ONNX Runtime wants them: files in a folder, named by digest.
    pub fn models(&self) -> PathBuf {
        self.root.join("cache").join("models")
    }

    pub fn webhook_key(&self) -> PathBuf {
        self.root.join("webhook.key")
    }

    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    fn claim(&self) -> PathBuf {
        self.root.join("host.lock")
    }

    fn host(&self) -> PathBuf {
        self.root.join("host.json")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum WorkspaceKind {
    Local,
    Demo,
    /// Shared: its database and artifacts stand on servers.
    Team,
}

impl WorkspaceKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Demo => "demo",
            Self::Team => "team",
        }
    }
}

/// How to open a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceOptions {
    pub folders: Folders,
    pub stage_policy: StagePolicy,
    /// Names a new demo workspace; an existing workspace keeps what it is.
    pub demo: Option<String>,
    pub database: Database,
    pub artifacts: ArtifactPlace,
    /// Which places outside of the workspace its rows may name.
    pub artifact_locations: ArtifactLocations,
    /// Where webhooks may go besides https on the public internet.
    pub webhook_allow: Vec<AllowedOrigin>,
    /// The key that seals webhook secrets; `None`: the workspace folder's own.
    pub webhook_key: Option<WebhookKey>,
}

/// Where the rows of a workspace stand.
#[derive(Debug, Clone, Default)]
pub enum Database {
    /// `drydock.db` in the workspace's folder.
    #[default]
    Sqlite,
    Postgres(PostgresOptions),
}

/// Where the bytes of a workspace rest.
#[derive(Debug, Clone)]
pub enum ArtifactPlace {
    /// A folder; without a path, `artifacts` in the workspace's folder.
    Folder(Option<PathBuf>),
    S3(S3Options),
}

impl Default for ArtifactPlace {
    fn default() -> Self {
        Self::Folder(None)
    }
}

impl WorkspaceOptions {
    /// The user's own workspace in a folder, nothing else needed.
    pub fn local(folders: Folders) -> Self {
        Self {
            folders,
            stage_policy: StagePolicy::default(),
            demo: None,
            database: Database::default(),
            artifact_locations: ArtifactLocations::default(),
            webhook_allow: Vec::new(),
            webhook_key: None,
            artifacts: ArtifactPlace::default(),
        }
    }
}

/// This machine, as the others of a team know it: an id that its workspace folder keeps, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub id: String,
    pub name: String,
}

impl Host {
    pub(crate) fn of(folders: &Folders) -> Result<Self> {
        let path = folders.root.join("host-id");
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let id = if kept.trim().is_empty() {
            let id = uuid::Uuid::now_v7().simple().to_string();
            std::fs::create_dir_all(&folders.root)
                .and_then(|()| std::fs::write(&path, &id))
                .map_err(ServiceError::io(format!("cannot write {}", path.display())))?;
            id
        } else {
            kept.trim().to_owned()
        };
        Ok(Self {
            id,
            name: engine::host_name(),
        })
    }
}

/// Who hosts a workspace: told to other processes of the same user, so that `drydock deploy` finds the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostRecord {
    pub pid: u32,
    pub address: String,
    /// Proves to the host that the caller can read this user's files.
    pub token: String,
}

/// The exclusive right to host a workspace, held as long as this lives; the system frees it if the process dies.
#[derive(Debug)]
pub struct HostClaim {
    lock: File,
    folders: Folders,
}

impl HostClaim {
    /// Claims the workspace, or names the process that holds it.
    pub fn take(folders: &Folders) -> Result<Self> {
        std::fs::create_dir_all(&folders.root).map_err(ServiceError::io(format!(
            "cannot make the workspace folder {}",
            folders.root.display()
        )))?;
        let path = folders.claim();
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(ServiceError::io(format!("cannot open {}", path.display())))?;
        match try_lock(&lock) {
            Ok(()) => Ok(Self {
                lock,
                folders: folders.clone(),
            }),
            Err(std::fs::TryLockError::WouldBlock) => Err(taken(folders)),
            Err(std::fs::TryLockError::Error(e)) => Err(ServiceError::io(format!(
                "cannot lock {}",
                path.display()
            ))(e)),
        }
    }

    /// Tells others of this user where the host answers.
    pub fn announce(&mut self, record: &HostRecord) -> Result<()> {
        let text = serde_json::to_string_pretty(record).unwrap_or_default();
        write_private(&self.folders.host(), &text).map_err(ServiceError::io(format!(
            "cannot write {}",
            self.folders.host().display()
        )))?;
        // The lock file carries the same pid, for people who look.
        let _ = self.lock.seek(SeekFrom::Start(0));
        let _ = self.lock.set_len(0);
        let _ = write!(self.lock, "{}", record.pid);
        Ok(())
    }
}

impl Drop for HostClaim {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.folders.host());
    }
}

/// Others look whether the lock is held by taking it for a moment, so a first refusal may be only such a look.
fn try_lock(lock: &File) -> std::result::Result<(), std::fs::TryLockError> {
    for _ in 0..5 {
        match lock.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            other => return other,
        }
    }
    lock.try_lock()
}

/// The host of this workspace, if a living process holds it.
pub fn current_host(folders: &Folders) -> Option<HostRecord> {
    let lock = OpenOptions::new().write(true).open(folders.claim()).ok()?;
    // A lock that we can have means that nobody hosts; a record beside it is a dead host's.
    if lock.try_lock().is_ok() {
        return None;
    }
    serde_json::from_str(&std::fs::read_to_string(folders.host()).ok()?).ok()
}

fn taken(folders: &Folders) -> ServiceError {
    let by = current_host(folders).map_or_else(
        || "another process".to_owned(),
        |h| format!("process {}", h.pid),
    );
    ServiceError::Unavailable {
        message: format!(
            "the workspace {} is already open in {by}",
            folders.root.display()
        ),
        hint: "close the other Drydock, or pass another --data-dir".to_owned(),
    }
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let temporary = path.with_extension("json.tmp");
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(temporary, path)
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

/// The workspace as the window's status bar shows it.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceStatus {
    pub name: String,
    pub kind: WorkspaceKind,
    pub data_dir: String,
    pub logs_dir: String,
    pub store_engine: String,
    #[specta(type = Option<specta_typescript::Number>)]
    pub store_bytes: Option<i64>,
    pub stage_policy: StagePolicy,
    pub app_version: String,
    pub server: TrackingServer,
    pub runtime: RuntimeStatus,
}

pub async fn status(ctx: &Context) -> Result<WorkspaceStatus> {
    let folders = &ctx.workspace.folders;
    Ok(WorkspaceStatus {
        name: ctx.workspace.name.clone(),
        kind: ctx.workspace.kind,
        data_dir: folders.root.display().to_string(),
        logs_dir: folders.logs().display().to_string(),
        store_engine: ctx.store.engine().to_owned(),
        store_bytes: database_bytes(folders),
        stage_policy: ctx.workspace.stage_policy,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        server: ctx.server.read(),
        runtime: crate::engine::status(ctx).await,
    })
}

/// What ends when this process closes the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Endpoints that answer from this process.
    pub endpoints: Vec<String>,
    /// Benchmarks, gates, deployments and imports under way, in words.
    pub tasks: Vec<String>,
    /// A client that logged within the last minute.
    pub client: Option<String>,
}

pub fn activity(ctx: &Context, tasks: Vec<String>) -> Activity {
    const LATELY_MS: i64 = 60_000;
    let mut endpoints = ctx.serving.names();
    endpoints.sort();
    let client = ctx.server.read().last_client;
    Activity {
        endpoints,
        tasks,
        client: client
            .filter(|client| ctx.now_ms() - client.at_ms < LATELY_MS)
            .map(|client| client.agent),
    }
}

/// The database file with its write-ahead log.
fn database_bytes(folders: &Folders) -> Option<i64> {
    let database = folders.database();
    let size = |path: &Path| {
        std::fs::metadata(path)
            .ok()
            .and_then(|m| i64::try_from(m.len()).ok())
    };
    Some(size(&database)? + size(&database.with_extension("db-wal")).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_hosts_a_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path());
        assert!(current_host(&folders).is_none());
        let mut claim = HostClaim::take(&folders).unwrap();
        claim
            .announce(&HostRecord {
                pid: 7,
                address: "http://127.0.0.1:5000".into(),
                token: "t".into(),
            })
            .unwrap();
        assert_eq!(current_host(&folders).unwrap().pid, 7);
        let error = HostClaim::take(&folders).unwrap_err().to_string();
        assert!(error.contains("already open in process 7"), "{error}");
        drop(claim);
        assert!(current_host(&folders).is_none());
        HostClaim::take(&folders).unwrap();
    }
}
