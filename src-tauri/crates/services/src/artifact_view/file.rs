//! A file of a run or a version: its row in the index, its first bytes, itself.

use std::path::PathBuf;

use domain::artifact::{ArtifactPath, Digest};
use domain::tracking::RunId;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::artifacts::{ArtifactFile, files_under, model_folders};
use crate::error::{Result, ServiceError};
use crate::registry::get_version_row;
use crate::tracking::run_artifact_path;

/// Enough to tell what a file is.
const HEAD_BYTES: usize = 4096;

/// What has files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ArtifactOwner {
    Run {
        run_id: String,
    },
    Version {
        name: String,
        #[specta(type = specta_typescript::Number)]
        version: i64,
    },
}

/// One file, by its path beneath its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactRef {
    pub owner: ArtifactOwner,
    pub path: String,
}

/// The file's row in the index. A run's logged models stand beside its own files, each in its folder.
pub(super) async fn find(ctx: &Context, file: &ArtifactRef) -> Result<ArtifactFile> {
    let below = ArtifactPath::parse(&file.path)?;
    if below.is_root() {
        return Err(ServiceError::invalid("path", "Name a file."));
    }
    for root in roots(ctx, &file.owner, &below).await? {
        let wanted = root.as_str().to_owned();
        let found = files_under(ctx, &wanted).await?;
        if let Some(found) = found.into_iter().find(|row| row.path == wanted) {
            return Ok(found);
        }
    }
    Err(ServiceError::not_found(format!(
        "No such artifact: '{below}'"
    )))
}

/// The whole paths at which the file may stand.
pub(super) async fn roots(
    ctx: &Context,
    owner: &ArtifactOwner,
    below: &ArtifactPath,
) -> Result<Vec<ArtifactPath>> {
    match owner {
        ArtifactOwner::Version { name, version } => {
            let row = get_version_row(ctx, name, *version).await?;
            let root = row.artifact_path.ok_or_else(|| {
                ServiceError::state(format!(
                    "the files of {name} v{version} stand at {}, which only a client reaches",
                    row.source
                ))
            })?;
            Ok(vec![ArtifactPath::parse(&root)?.join(below)])
        }
        ArtifactOwner::Run { run_id } => {
            let mut places = Vec::new();
            if let Some(root) = run_artifact_path(ctx, run_id).await? {
                places.push(ArtifactPath::parse(&root)?.join(below));
            }
            let whole = (below.as_str(), "");
            let (model, rest) = below.as_str().split_once('/').unwrap_or(whole);
            for of_run in model_folders(ctx, &RunId::parse(run_id)?).await? {
                if of_run.folder == model {
                    places.push(of_run.root.join(&ArtifactPath::parse(rest)?));
                }
            }
            Ok(places)
        }
    }
}

pub(super) fn gone(file: &ArtifactFile) -> ServiceError {
    ServiceError::not_found(format!(
        "the bytes of {} (sha256 {}) are gone from the store",
        file.path, file.sha256
    ))
}

/// The first bytes, without reading the rest.
pub(super) async fn head(ctx: &Context, file: &ArtifactFile) -> Result<Vec<u8>> {
    let digest = Digest::parse(&file.sha256)?;
    let mut stream = ctx
        .artifacts
        .read(&digest)
        .await?
        .ok_or_else(|| gone(file))?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    while head.len() < HEAD_BYTES {
        let Some(chunk) = stream.next().await else {
            break;
        };
        let chunk = chunk.map_err(ServiceError::io(format!("cannot read {}", file.path)))?;
        let room = HEAD_BYTES - head.len();
        head.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(head)
}

/// The bytes as a file on this machine, for readers that seek.
pub(super) async fn local(ctx: &Context, file: &ArtifactFile) -> Result<PathBuf> {
    let digest = Digest::parse(&file.sha256)?;
    let path = ctx.artifacts.local_path(&digest).await?;
    path.ok_or_else(|| gone(file))
}
