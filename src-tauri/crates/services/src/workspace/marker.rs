//! Does this database belong to this bucket? Both carry the workspace's id: the database in its settings, the artifact root
//! in a small object. A server or an app with another bucket or folder would find every file of the others gone, and
//! what it uploads would be lost on them, so it is told before it opens anything.
//!
//! The id is made once, by whoever opens the database first. A root without a marker gets one if it may be the right
//! one: nothing is stored yet, or the files that the database knows are there. So a workspace from before there
//! were markers, and one whose marker could not be written, mend themselves; a root that holds none of them never does.

use std::time::Duration;

use artifacts::{ArtifactError, ArtifactStore, MARKER};
use domain::artifact::Digest;
use serde::{Deserialize, Serialize};
use store::Store;
use store::settings::{self, WORKSPACE_ID};

use super::{ArtifactPlace, Database, WorkspaceOptions};
use crate::error::{Result, ServiceError};

/// How long an opening waits for the storage; one that is away stops nobody from reading runs and metrics.
const LOOK_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    workspace: String,
}

/// Whose an artifact root is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Belongs {
    /// Its marker names this workspace.
    Here,
    /// It has no marker, and nothing speaks against writing one.
    Unmarked,
    /// Its marker names another workspace, or nothing that can be read.
    Elsewhere { marker: Option<String> },
    /// It has no marker, and of the files that the database knows most are not there.
    Strange { looked_for: usize, found: usize },
}

/// Looks at the root; `sample` are blobs that must be there.
pub(super) async fn look(
    artifacts: &ArtifactStore,
    id: Option<&str>,
    sample: &[Digest],
) -> Result<Belongs, ArtifactError> {
    if let Some(bytes) = artifacts.marker().await? {
        let marker: Option<Marker> = serde_json::from_slice(&bytes).ok();
        let marker = marker.map(|marker| marker.workspace);
        return Ok(if marker.is_some() && marker.as_deref() == id {
            Belongs::Here
        } else {
            Belongs::Elsewhere { marker }
        });
    }
    let mut found = 0;
    for digest in sample {
        // No byte of it: only whether it is there.
        found += usize::from(artifacts.read_range(digest, 0, 0).await?.is_some());
    }
    // Two workspaces may hold an equal file or two, so one that is found proves little.
    Ok(if found * 2 >= sample.len() {
        Belongs::Unmarked
    } else {
        Belongs::Strange {
            looked_for: sample.len(),
            found,
        }
    })
}

impl Belongs {
    /// What is wrong with it, if anything is: for an error and for the connection test.
    pub(super) fn refusal(&self, address: &str, id: Option<&str>) -> Option<String> {
        const OTHERS: &str =
            "Give the bucket and folder that the other servers of this database use";
        match self {
            Self::Here | Self::Unmarked => None,
            Self::Elsewhere { marker } => {
                let theirs = match marker {
                    Some(marker) => format!("names workspace {}", short(marker)),
                    None => "cannot be read".to_owned(),
                };
                let ours = match id {
                    Some(id) => format!("this database is workspace {}", short(id)),
                    None => "this database holds no workspace yet".to_owned(),
                };
                Some(format!(
                    "{address} belongs to another workspace: its {MARKER} {theirs}, and {ours}. \
                     {OTHERS}, or an empty folder for a new workspace."
                ))
            }
            Self::Strange { looked_for, found } => Some(format!(
                "{address} does not hold this workspace's artifacts: it has no {MARKER}, and of {looked_for} files that \
                 were looked for it holds {found}. {OTHERS}."
            )),
        }
    }
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A workspace on SQLite with a folder has both to itself; what is shared must fit together.
pub(crate) fn is_needed(options: &WorkspaceOptions) -> bool {
    matches!(options.database, Database::Postgres(_))
        || matches!(options.artifacts, ArtifactPlace::S3(_))
}

/// Compares the two, and marks a root that has no marker yet.
pub(crate) async fn settle(store: &Store, artifacts: &ArtifactStore) -> Result<()> {
    let id = id_of(store).await?;
    let compared = tokio::time::timeout(LOOK_LIMIT, compare(store, artifacts, &id)).await;
    let away = match compared {
        Ok(Err(ServiceError::Artifact(error))) if error.is_unavailable() => error.to_string(),
        Ok(done) => return done,
        Err(_) => format!("no answer within {} s", LOOK_LIMIT.as_secs()),
    };
    tracing::warn!(
        away,
        "the artifact store does not answer, so whether it is this workspace's was not looked at"
    );
    Ok(())
}

async fn id_of(store: &Store) -> Result<String> {
    if let Some(id) = settings::get(store.pool(), WORKSPACE_ID).await? {
        return Ok(id);
    }
    let new = uuid::Uuid::new_v4().simple().to_string();
    let mut tx = store.begin().await?;
    let id = settings::get_or_set(&mut tx, WORKSPACE_ID, &new).await?;
    tx.commit().await?;
    Ok(id)
}

async fn compare(store: &Store, artifacts: &ArtifactStore, id: &str) -> Result<()> {
    let sample = store::blobs::sample(store.pool()).await?;
    let mut belongs = look(artifacts, Some(id), &sample).await?;
    if belongs == Belongs::Unmarked {
        let marker = Marker {
            workspace: id.to_owned(),
        };
        let line = serde_json::to_vec(&marker)
            .map_err(|error| ServiceError::state(format!("cannot write {MARKER}: {error}")))?;
        artifacts.set_marker(line.into()).await?;
        // Another database may have marked it in the same moment; whoever wrote last has it.
        belongs = look(artifacts, Some(id), &sample).await?;
    }
    match belongs.refusal(&artifacts.address(), Some(id)) {
        Some(refusal) => Err(ServiceError::invalid("artifact_root", refusal)),
        None => Ok(()),
    }
}
