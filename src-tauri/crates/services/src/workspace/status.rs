//! What the window says of its workspace.

use std::path::Path;

use domain::registry::StagePolicy;
use serde::{Deserialize, Serialize};

use super::WorkspaceKind;
use super::folders::Folders;
use crate::Context;
use crate::engine::RuntimeStatus;
use crate::error::Result;
use crate::server::TrackingServer;

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
