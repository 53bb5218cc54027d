//! A workspace: what kind it is and how it is opened, its folders and its host on this machine, the list of those that
//! a user knows, and the way to one that a team shares.

pub mod address;
pub mod check;
pub mod connection;
mod folders;
mod host;
pub mod known;
pub mod list;
pub(crate) mod marker;
pub mod open_team;
pub mod secret;
mod status;
pub mod vault;

use std::path::PathBuf;

use domain::artifact::ArtifactLocations;
use domain::registry::StagePolicy;
use domain::webhook::AllowedOrigin;
use serde::{Deserialize, Serialize};

use crate::webhooks::WebhookKey;

pub use artifacts::S3Options;
pub use folders::Folders;
pub use host::{Host, HostClaim, HostRecord, current_host};
pub use status::{Activity, WorkspaceStatus, activity, status};
pub use store::PostgresOptions;

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
