//! Artifacts: files under logical paths, streamed in and out, never half; what becomes of those that are deleted.

mod folders;
mod gc;
mod parts;
mod push;
mod transfer;
mod trash;
mod verify;

pub use artifacts::ArtifactError;
use bytes::Bytes;
use domain::artifact::{ArtifactPath, ArtifactUri};
use domain::tracking::RunId;
use serde::{Deserialize, Serialize};
use store::artifacts as rows;
use store::artifacts::ArtifactRow;
use store::tracking::{logged_models, runs};

use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

pub(crate) use folders::OwnedFolders;
pub use gc::{GcOptions, GcReport, gc};
pub(crate) use parts::PartsTurns;
pub use parts::{
    PartAddress, SentPart, abort_parts, begin_parts, complete_parts, download_address,
};
pub use push::{PushProgress, Pushed, push};
pub use transfer::{OpenArtifact, open, upload, upload_announced};
pub use trash::{Discarded, TrashEntry, TrashedArtifacts, delete, discard, list_trash, restore};
pub use verify::{VerifyProblem, VerifyProgress, VerifyReport, verify};

/// A file or folder as lists show it; `path` is relative to what was listed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactEntry {
    pub path: String,
    pub name: String,
    pub is_dir: bool,
    #[specta(type = Option<specta_typescript::Number>)]
    pub size_bytes: Option<i64>,
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ListRunArtifactsInput {
    pub run_id: String,
    pub path: String,
}

/// A file with its whole path under the artifact root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactFile {
    pub path: String,
    pub size_bytes: i64,
    pub sha256: String,
}

impl From<ArtifactRow> for ArtifactFile {
    fn from(row: ArtifactRow) -> Self {
        Self {
            path: row.path,
            size_bytes: row.size_bytes,
            sha256: row.sha256.as_str().to_owned(),
        }
    }
}

/// A path at which a file may stand: beneath a run or a logged model.
fn file_path(path: &str) -> Result<ArtifactPath> {
    let path = ArtifactPath::parse(path)?;
    if path.scope().is_none() {
        return Err(ServiceError::invalid(
            "path",
            format!("Invalid artifact path '{path}': expected <experiment>/<run>/..."),
        ));
    }
    Ok(path)
}

fn changed(ctx: &Context, path: &ArtifactPath) {
    let experiment = path.as_str().split('/').next().unwrap_or_default();
    ctx.publish([ChangeKind::Runs.of(experiment)]);
}

/// What stands directly in a folder; paths are relative to it.
pub async fn list(ctx: &Context, folder: &str) -> Result<Vec<ArtifactEntry>> {
    list_page(ctx, folder, "", i64::MAX).await
}

/// At most `limit` entries of a folder whose names come after `after`, by name.
pub async fn list_page(
    ctx: &Context,
    folder: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<ArtifactEntry>> {
    let folder = ArtifactPath::parse(folder)?;
    let rows = rows::children(ctx.store.pool(), &folder, after, limit).await?;
    let entry = |(name, is_dir, size_bytes, sha256): rows::ChildRow| {
        let is_file = is_dir == 0;
        ArtifactEntry {
            path: name.clone(),
            name,
            is_dir: !is_file,
            size_bytes: is_file.then_some(size_bytes),
            sha256: is_file.then_some(sha256),
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The file at a path, or every file beneath it, by path.
pub async fn files_under(ctx: &Context, path: &str) -> Result<Vec<ArtifactFile>> {
    let path = ArtifactPath::parse(path)?;
    let pool = ctx.store.pool();
    let rows = match rows::get(pool, &path).await? {
        Some(file) => vec![file],
        None => rows::beneath(pool, &path).await?,
    };
    Ok(rows.into_iter().map(ArtifactFile::from).collect())
}

/// A run's artifacts for the wire: paths are relative to the run's root.
pub async fn run_artifacts(
    ctx: &Context,
    run_id: &str,
    path: &str,
) -> Result<(String, Vec<ArtifactEntry>)> {
    let (uri, root) = run_root(ctx, run_id).await?;
    let entries = list_beneath(ctx, root.as_ref(), path, "", i64::MAX).await?;
    Ok((uri, entries))
}

/// A page of a folder beneath a root in this workspace; paths are relative to the root. Nothing without one.
pub async fn list_beneath(
    ctx: &Context,
    root: Option<&ArtifactPath>,
    path: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<ArtifactEntry>> {
    let below = ArtifactPath::parse(path)?;
    let Some(root) = root else {
        return Ok(Vec::new());
    };
    let folder = root.join(&below);
    let entries = list_page(ctx, folder.as_str(), after, limit).await?;
    Ok(prefixed(&below, entries))
}

/// A run's artifacts for the window: beside the run's own files, the logged models that it produced stand as folders.
pub async fn list_run_artifacts(
    ctx: &Context,
    input: ListRunArtifactsInput,
) -> Result<Vec<ArtifactEntry>> {
    let below = ArtifactPath::parse(&input.path)?;
    let (_, mut entries) = run_artifacts(ctx, &input.run_id, &input.path).await?;
    if !entries.is_empty() && !below.is_root() {
        return Ok(entries);
    }
    let (head, rest) = below
        .as_str()
        .split_once('/')
        .unwrap_or((below.as_str(), ""));
    for model in model_folders(ctx, &RunId::parse(&input.run_id)?).await? {
        if below.is_root() && !entries.iter().any(|entry| entry.name == model.folder) {
            entries.push(ArtifactEntry {
                path: model.folder.clone(),
                name: model.folder,
                is_dir: true,
                size_bytes: None,
                sha256: None,
            });
        } else if head == model.folder {
            let inside = model.root.join(&ArtifactPath::parse(rest)?);
            return Ok(prefixed(&below, list(ctx, inside.as_str()).await?));
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// A logged model of a run as a folder among the run's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelFolder {
    pub model_id: String,
    /// The model's name; with its id where the run's own files or a newer model have that name already.
    pub folder: String,
    pub root: ArtifactPath,
}

/// The logged models that a run produced and whose files stand in this workspace, newest first.
pub(crate) async fn model_folders(ctx: &Context, run_id: &RunId) -> Result<Vec<ModelFolder>> {
    let own = match run_root(ctx, run_id.as_str()).await? {
        (_, Some(root)) => list(ctx, root.as_str()).await?,
        _ => Vec::new(),
    };
    let mut folders: Vec<ModelFolder> = Vec::new();
    for (model_id, name, uri) in logged_models::of_run(ctx.store.pool(), run_id).await? {
        let Ok(ArtifactUri::Proxied(root)) = ArtifactUri::parse("artifact_uri", &uri) else {
            continue;
        };
        let taken = own.iter().any(|entry| entry.name == name)
            || folders.iter().any(|newer| newer.folder == name);
        folders.push(ModelFolder {
            folder: if taken {
                format!("{name} ({model_id})")
            } else {
                name
            },
            model_id,
            root,
        });
    }
    Ok(folders)
}

/// Entries of a folder with paths relative to the folder's own root.
fn prefixed(folder: &ArtifactPath, mut entries: Vec<ArtifactEntry>) -> Vec<ArtifactEntry> {
    if !folder.is_root() {
        for entry in &mut entries {
            entry.path = format!("{folder}/{}", entry.name);
        }
    }
    entries
}

/// The run's address, and its path when the artifacts stand in this workspace.
pub async fn run_root(ctx: &Context, run_id: &str) -> Result<(String, Option<ArtifactPath>)> {
    let id = RunId::parse(run_id)?;
    let info = runs::info(ctx.store.pool(), &id).await?;
    let info =
        info.ok_or_else(|| ServiceError::not_found(format!("Run with id={id} not found")))?;
    let root = match ArtifactUri::parse("artifact_uri", &info.artifact_uri) {
        Ok(ArtifactUri::Proxied(path)) => Some(path),
        _ => None,
    };
    Ok((info.artifact_uri, root))
}

/// The bytes of one artifact that a window or an importer brings from this machine.
pub async fn upload_bytes(ctx: &Context, path: &str, bytes: Bytes) -> Result<ArtifactFile> {
    let once = futures_util::stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
    upload(ctx, path, once).await
}

/// What stands in a folder beneath an address of this workspace; nothing when the address is elsewhere.
pub async fn list_at(ctx: &Context, uri: &str, below: &str) -> Result<Vec<ArtifactEntry>> {
    let below = ArtifactPath::parse(below)?;
    match ArtifactUri::parse("artifact_uri", uri) {
        Ok(ArtifactUri::Proxied(root)) => Ok(prefixed(
            &below,
            list(ctx, root.join(&below).as_str()).await?,
        )),
        _ => Ok(Vec::new()),
    }
}

/// Opens a file beneath an address of this workspace.
pub async fn open_at(ctx: &Context, uri: &str, below: &str) -> Result<OpenArtifact> {
    let below = ArtifactPath::parse(below)?;
    match ArtifactUri::parse("artifact_uri", uri) {
        Ok(ArtifactUri::Proxied(root)) => open(ctx, root.join(&below).as_str()).await,
        _ => Err(ServiceError::not_found(format!(
            "No such artifact: '{below}'; {uri} is not in this workspace"
        ))),
    }
}

/// Opens a file of a run.
pub async fn open_of_run(ctx: &Context, run_id: &str, below: &str) -> Result<OpenArtifact> {
    let (uri, _) = run_root(ctx, run_id).await?;
    open_at(ctx, &uri, below).await
}
