//! What every use case is given: the workspace's store and artifacts, the clock, the change hub.

use std::sync::Arc;

use artifacts::ArtifactStore;
use domain::artifact::ArtifactLocations;
use domain::registry::StagePolicy;
use domain::webhook::AllowedOrigin;
use store::Store;

use crate::artifacts::PartsTurns;
use crate::change::{ChangeHub, ChangeTag};
use crate::clock::Clock;
use crate::engine::EngineHandle;
use crate::error::Result;
use crate::server::ServerStatus;
use crate::serving::Serving;
use crate::tracking::{GroupCommit, RenderedRuns};
use crate::webhooks::WebhookKey;
use crate::workspace::{
    ArtifactPlace, Database, Folders, Host, WorkspaceKind, WorkspaceOptions, marker,
};

/// One open workspace. Cheap to clone; every shell holds one.
#[derive(Debug, Clone)]
pub struct Context {
    pub store: Store,
    pub artifacts: ArtifactStore,
    pub changes: ChangeHub,
    pub workspace: Arc<Workspace>,
    pub server: Arc<ServerStatus>,
    pub serving: Arc<Serving>,
    pub(crate) engine: EngineHandle,
    pub(crate) group_commit: Arc<GroupCommit>,
    pub(crate) rendered: Arc<RenderedRuns>,
    pub(crate) parts_turns: Arc<PartsTurns>,
    clock: Clock,
}

/// What a workspace is, apart from what it holds.
#[derive(Debug)]
pub struct Workspace {
    pub folders: Folders,
    pub name: String,
    pub kind: WorkspaceKind,
    pub stage_policy: StagePolicy,
    pub artifact_locations: ArtifactLocations,
    pub webhook_allow: Vec<AllowedOrigin>,
    pub webhook_key: WebhookKey,
    pub host: Host,
}

impl Context {
    /// Opens the workspace in a folder, making it if it is not there.
    pub async fn open(options: WorkspaceOptions, clock: Clock) -> Result<Self> {
        let store = match &options.database {
            Database::Sqlite => Store::open_sqlite(&options.folders.database()).await?,
            Database::Postgres(postgres) => Store::open_postgres(postgres).await?,
        };
        Self::with_store(options, store, clock).await
    }

    /// The same over a store that is already open: PostgreSQL, or a test's.
    pub async fn with_store(options: WorkspaceOptions, store: Store, clock: Clock) -> Result<Self> {
        crate::tls::install();
        let artifacts = match &options.artifacts {
            ArtifactPlace::Folder(other) => {
                let usual = options.folders.artifacts();
                ArtifactStore::open_folder(other.as_deref().unwrap_or(&usual)).await?
            }
            ArtifactPlace::S3(bucket) => ArtifactStore::open_s3(bucket)?,
        };
        if marker::is_needed(&options) {
            marker::settle(&store, &artifacts).await?;
        }
        let (kind, name) = identity(&store, &options).await?;
        let workspace = Workspace {
            host: Host::of(&options.folders)?,
            webhook_key: options
                .webhook_key
                .unwrap_or_else(|| WebhookKey::Own(options.folders.webhook_key())),
            folders: options.folders,
            name,
            kind,
            stage_policy: options.stage_policy,
            artifact_locations: options.artifact_locations,
            webhook_allow: options.webhook_allow,
        };
        tracing::info!(
            workspace = workspace.name,
            kind = kind.as_str(),
            database = store.engine(),
            "workspace opened"
        );
        let ctx = Self {
            store,
            artifacts,
            changes: ChangeHub::default(),
            workspace: Arc::new(workspace),
            server: Arc::default(),
            serving: Arc::default(),
            engine: EngineHandle::default(),
            group_commit: Arc::default(),
            rendered: Arc::default(),
            parts_turns: Arc::default(),
            clock,
        };
        crate::change_feed::join(&ctx.store, &ctx.changes).await?;
        crate::tracking::ensure_default_experiment(&ctx).await?;
        Ok(ctx)
    }

    /// Whether the database answers, by the least that it can be asked.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.store.ping().await?)
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// For what outlives a call and tells the time by itself.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Told after commit, so that open windows and other servers read again.
    pub fn publish(&self, tags: impl IntoIterator<Item = ChangeTag>) {
        self.changes.publish(tags);
    }
}

/// A workspace keeps the name and kind with which it was made: a demo never turns into the user's own.
async fn identity(store: &Store, options: &WorkspaceOptions) -> Result<(WorkspaceKind, String)> {
    use store::settings::{get, set};
    let known = get(store.pool(), "workspace.kind").await?;
    if let Some(kind) = known {
        let kind = match kind.as_str() {
            "demo" => WorkspaceKind::Demo,
            "team" => WorkspaceKind::Team,
            _ => WorkspaceKind::Local,
        };
        let name = get(store.pool(), "workspace.name")
            .await?
            .unwrap_or_else(|| "Workspace".to_owned());
        return Ok((kind, name));
    }
    let (kind, name) = match (&options.demo, &options.database) {
        (Some(name), _) => (WorkspaceKind::Demo, name.clone()),
        (None, Database::Sqlite) => (WorkspaceKind::Local, "My workspace".to_owned()),
        (None, Database::Postgres(_)) => (WorkspaceKind::Team, "Team workspace".to_owned()),
    };
    let mut tx = store.begin().await?;
    set(&mut tx, "workspace.kind", kind.as_str()).await?;
    set(&mut tx, "workspace.name", &name).await?;
    tx.commit().await?;
    Ok((kind, name))
}
