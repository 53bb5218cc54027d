//! Artifacts: files under logical paths, streamed in and out, never half.

use std::collections::BTreeMap;

pub use artifacts::ArtifactError;
use artifacts::BlobStream;
use bytes::Bytes;
use domain::artifact::{ArtifactPath, ArtifactUri, Digest};
use domain::tracking::RunId;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use store::artifacts as rows;
use store::artifacts::ArtifactRow;
use store::tracking::{logged_models, runs};

use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

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

/// An opened artifact, ready to be streamed.
#[derive(Debug)]
pub struct OpenArtifact {
    pub path: ArtifactPath,
    pub digest: Digest,
    pub bytes: BlobStream,
}

/// Stores a stream under a path. The blob is complete and durable before the path points at it, so a reader sees the old
/// bytes or the new ones.
pub async fn upload<S, E>(ctx: &Context, path: &str, bytes: S) -> Result<ArtifactFile>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: std::fmt::Display,
{
    let path = ArtifactPath::parse(path)?;
    if path.scope().is_none() {
        return Err(ServiceError::invalid(
            "path",
            format!("Invalid artifact path '{path}': expected <experiment>/<run>/..."),
        ));
    }
    let blob = ctx.artifacts.put(bytes).await?;
    let size_bytes = i64::try_from(blob.size_bytes).unwrap_or(i64::MAX);
    let mut tx = ctx.store.begin().await?;
    if let Some(other) = rows::clash(&mut tx, &path).await? {
        return Err(ServiceError::invalid(
            "path",
            format!(
                "Invalid artifact path '{path}': '{other}' is there, and a path names a file or a folder, not both."
            ),
        ));
    }
    rows::set(&mut tx, &path, &blob.digest, size_bytes, ctx.now_ms()).await?;
    tx.commit().await?;
    changed(ctx, &path);
    Ok(ArtifactFile {
        path: path.as_str().to_owned(),
        size_bytes,
        sha256: blob.digest.as_str().to_owned(),
    })
}

fn changed(ctx: &Context, path: &ArtifactPath) {
    let experiment = path.as_str().split('/').next().unwrap_or_default();
    ctx.publish([ChangeKind::Runs.of(experiment)]);
}

pub async fn open(ctx: &Context, path: &str) -> Result<OpenArtifact> {
    let path = ArtifactPath::parse(path)?;
    let missing = || ServiceError::not_found(format!("No such artifact: '{path}'"));
    let row = rows::get(ctx.store.pool(), &path)
        .await?
        .ok_or_else(missing)?;
    let bytes = ctx.artifacts.read(&row.sha256).await?.ok_or_else(|| {
        tracing::error!(
            path = path.as_str(),
            sha256 = row.sha256.as_str(),
            "a blob that the index names is gone"
        );
        missing()
    })?;
    Ok(OpenArtifact {
        digest: row.sha256,
        bytes,
        path,
    })
}

/// Forgets a file or a folder.
pub async fn delete(ctx: &Context, path: &str) -> Result<()> {
    let path = ArtifactPath::parse(path)?;
    if path.scope().is_none() {
        return Err(ServiceError::invalid(
            "path",
            format!("Invalid artifact path '{path}': expected <experiment>/<run>/..."),
        ));
    }
    let mut tx = ctx.store.begin().await?;
    if rows::delete(&mut tx, &path).await? == 0 {
        return Err(ServiceError::not_found(format!(
            "No such artifact: '{path}'"
        )));
    }
    tx.commit().await?;
    changed(ctx, &path);
    Ok(())
}

/// What stands directly in a folder; paths are relative to it.
pub async fn list(ctx: &Context, folder: &str) -> Result<Vec<ArtifactEntry>> {
    let folder = ArtifactPath::parse(folder)?;
    let rows = rows::beneath(ctx.store.pool(), &folder).await?;
    Ok(children(&folder, rows))
}

fn children(folder: &ArtifactPath, rows: Vec<ArtifactRow>) -> Vec<ArtifactEntry> {
    let skip = if folder.is_root() {
        0
    } else {
        folder.as_str().len() + 1
    };
    let mut entries: BTreeMap<String, ArtifactEntry> = BTreeMap::new();
    for row in rows {
        let relative = &row.path[skip..];
        let (name, is_dir) = match relative.split_once('/') {
            Some((name, _)) => (name.to_owned(), true),
            None => (relative.to_owned(), false),
        };
        entries.entry(name.clone()).or_insert(ArtifactEntry {
            path: name.clone(),
            name,
            is_dir,
            size_bytes: (!is_dir).then_some(row.size_bytes),
            sha256: (!is_dir).then(|| row.sha256.as_str().to_owned()),
        });
    }
    entries.into_values().collect()
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
    let below = ArtifactPath::parse(path)?;
    let entries = match root {
        Some(root) => prefixed(&below, list(ctx, root.join(&below).as_str()).await?),
        None => Vec::new(),
    };
    Ok((uri, entries))
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
    let models = logged_models::of_run(ctx.store.pool(), &RunId::parse(&input.run_id)?).await?;
    for (name, uri) in models {
        let Ok(ArtifactUri::Proxied(root)) = ArtifactUri::parse("artifact_uri", &uri) else {
            continue;
        };
        let (head, rest) = below
            .as_str()
            .split_once('/')
            .unwrap_or((below.as_str(), ""));
        if below.is_root() && !entries.iter().any(|entry| entry.name == name) {
            entries.push(ArtifactEntry {
                path: name.clone(),
                name,
                is_dir: true,
                size_bytes: None,
                sha256: None,
            });
        } else if head == name {
            let inside = root.join(&ArtifactPath::parse(rest)?);
            return Ok(prefixed(&below, list(ctx, inside.as_str()).await?));
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
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
async fn run_root(ctx: &Context, run_id: &str) -> Result<(String, Option<ArtifactPath>)> {
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
    match ArtifactUri::parse("artifact_uri", uri)? {
        ArtifactUri::Proxied(root) => Ok(prefixed(
            &below,
            list(ctx, root.join(&below).as_str()).await?,
        )),
        ArtifactUri::Run { .. } | ArtifactUri::Model(_) | ArtifactUri::External(_) => {
            Ok(Vec::new())
        }
    }
}

/// Opens a file beneath an address of this workspace.
pub async fn open_at(ctx: &Context, uri: &str, below: &str) -> Result<OpenArtifact> {
    let below = ArtifactPath::parse(below)?;
    match ArtifactUri::parse("artifact_uri", uri)? {
        ArtifactUri::Proxied(root) => open(ctx, root.join(&below).as_str()).await,
        ArtifactUri::Run { .. } | ArtifactUri::Model(_) | ArtifactUri::External(_) => {
            Err(ServiceError::not_found(format!(
                "No such artifact: '{below}'; {uri} is not in this workspace"
            )))
        }
    }
}

/// Opens a file of a run.
pub async fn open_of_run(ctx: &Context, run_id: &str, below: &str) -> Result<OpenArtifact> {
    let (uri, _) = run_root(ctx, run_id).await?;
    open_at(ctx, &uri, below).await
}
