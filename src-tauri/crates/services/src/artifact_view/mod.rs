//! Looking into artifacts: what a file is, and the piece of it that a window shows. A file is never sent whole; tables
//! are paged here, text comes in pieces, and what would run code when opened (pickle) is never opened.

mod classify;
mod csv_table;
mod file;
mod page;
mod parquet_table;
mod table;
mod text;
mod trash;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use domain::artifact::Digest;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::Context;
use crate::error::{Result, ServiceError};

use file::{find, gone, head};

pub use classify::ArtifactKind;
pub use file::{ArtifactOwner, ArtifactRef};
pub use page::{TableColumn, TablePage};
pub use table::{TableInput, read_table};
pub use text::{TextInput, TextPiece, read_text};
pub use trash::trash;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactAbout {
    pub path: String,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
    pub sha256: String,
    pub kind: ArtifactKind,
    pub media_type: String,
    /// What the bytes are, in words: "NumPy array", "Python pickle: ...".
    pub says: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactImage {
    pub media_type: String,
    pub base64: String,
}

/// Larger pictures are saved, not shown.
const IMAGE_BYTES_MAX: i64 = 24_000_000;

/// What a file is, from its first bytes and its name.
pub async fn about(ctx: &Context, file: &ArtifactRef) -> Result<ArtifactAbout> {
    let found = find(ctx, file).await?;
    let head = head(ctx, &found).await?;
    let sort = classify::classify(&file.path, &head, found.size_bytes);
    Ok(ArtifactAbout {
        path: file.path.clone(),
        size_bytes: found.size_bytes,
        sha256: found.sha256,
        kind: sort.kind,
        media_type: sort.media_type.to_owned(),
        says: sort.says,
    })
}

pub async fn read_image(ctx: &Context, file: &ArtifactRef) -> Result<ArtifactImage> {
    let found = find(ctx, file).await?;
    if found.size_bytes > IMAGE_BYTES_MAX {
        return Err(ServiceError::state(format!(
            "the picture has {} bytes; up to {IMAGE_BYTES_MAX} are shown here. Save it to look at it",
            found.size_bytes
        )));
    }
    let digest = Digest::parse(&found.sha256)?;
    let limit = IMAGE_BYTES_MAX.unsigned_abs();
    let bytes = ctx.artifacts.read_all(&digest, limit).await?;
    let bytes = bytes.ok_or_else(|| gone(&found))?;
    let sort = classify::classify(&file.path, &bytes, found.size_bytes);
    if sort.kind != ArtifactKind::Image {
        return Err(ServiceError::invalid("path", sort.says));
    }
    Ok(ArtifactImage {
        media_type: sort.media_type.to_owned(),
        base64: base64::engine::general_purpose::STANDARD.encode(bytes),
    })
}

/// A verified copy of a logged model. The files beside it are at hand, since weights may stand in one of them.
pub async fn model_path(ctx: &Context, file: &ArtifactRef) -> Result<PathBuf> {
    let found = find(ctx, file).await?;
    crate::models::with_neighbours(ctx, &found.path).await
}

/// Copies a file out of the workspace: hashed on the way, put in its place when it is whole and right.
pub async fn save(ctx: &Context, file: &ArtifactRef, target: &Path) -> Result<i64> {
    let found = find(ctx, file).await?;
    let digest = Digest::parse(&found.sha256)?;
    let mut bytes = ctx
        .artifacts
        .read(&digest)
        .await?
        .ok_or_else(|| gone(&found))?;
    let failed = || ServiceError::io(format!("cannot write {}", target.display()));
    let folder = target.parent().map(PathBuf::from).unwrap_or_default();
    let part = tempfile::NamedTempFile::new_in(folder).map_err(failed())?;
    let mut out = tokio::fs::File::from_std(part.reopen().map_err(failed())?);
    let mut hash = Sha256::new();
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(ServiceError::io(format!("cannot read {}", file.path)))?;
        hash.update(&chunk);
        out.write_all(&chunk).await.map_err(failed())?;
    }
    if hex::encode(hash.finalize()) != found.sha256 {
        return Err(ServiceError::state(format!(
            "the bytes of {} no longer have the sha256 they were stored under; nothing was saved",
            file.path
        )));
    }
    out.sync_all().await.map_err(failed())?;
    part.persist(target)
        .map_err(|error| failed()(error.error))?;
    Ok(found.size_bytes)
}
