//! One file in, one file out.

use artifacts::{Blob, BlobStream, Received};
use bytes::Bytes;
use domain::artifact::{ArtifactPath, Digest};
use futures_util::Stream;
use store::artifacts as rows;
use store::blobs;

use super::{ArtifactFile, changed, file_path};
use crate::Context;
use crate::error::{Result, ServiceError};

/// An artifact that was found; its bytes are opened when it is known which of them are wanted.
#[derive(Debug)]
pub struct OpenArtifact {
    pub path: ArtifactPath,
    pub digest: Digest,
    pub size_bytes: u64,
    ctx: Context,
}

impl OpenArtifact {
    /// All bytes, verified as they pass.
    pub async fn bytes(&self) -> Result<BlobStream> {
        let opened = self.ctx.artifacts.read(&self.digest).await?;
        opened.ok_or_else(|| self.gone())
    }

    /// The bytes `from..to`.
    pub async fn range(&self, from: u64, to: u64) -> Result<BlobStream> {
        let opened = self
            .ctx
            .artifacts
            .read_range(&self.digest, from, to)
            .await?;
        opened.ok_or_else(|| self.gone())
    }

    fn gone(&self) -> ServiceError {
        tracing::error!(
            path = self.path.as_str(),
            sha256 = self.digest.as_str(),
            "a blob that the index names is gone"
        );
        ServiceError::not_found(format!("No such artifact: '{}'", self.path))
    }
}

pub async fn open(ctx: &Context, path: &str) -> Result<OpenArtifact> {
    let path = ArtifactPath::parse(path)?;
    let row = rows::get(ctx.store.pool(), &path)
        .await?
        .ok_or_else(|| ServiceError::not_found(format!("No such artifact: '{path}'")))?;
    Ok(OpenArtifact {
        digest: row.sha256,
        size_bytes: u64::try_from(row.size_bytes).unwrap_or(0),
        path,
        ctx: ctx.clone(),
    })
}

/// Stores a stream under a path. The blob is complete and durable before the path points at it, so a reader sees the old
/// bytes or the new ones.
pub async fn upload<S, E>(ctx: &Context, path: &str, bytes: S) -> Result<ArtifactFile>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: std::fmt::Display,
{
    upload_announced(ctx, path, None, bytes).await
}

/// The same with a length that was announced and must come true.
pub async fn upload_announced<S, E>(
    ctx: &Context,
    path: &str,
    announced_bytes: Option<u64>,
    bytes: S,
) -> Result<ArtifactFile>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: std::fmt::Display,
{
    let path = file_path(path)?;
    let received = ctx.artifacts.receive(bytes).await?;
    if let Some(announced) = announced_bytes
        && announced != received.size_bytes
    {
        let told = format!("{} of {announced} bytes arrived", received.size_bytes);
        return Err(artifacts::ArtifactError::Interrupted(told).into());
    }
    keep(ctx, &path, received).await
}

/// Claims the digest, gives the blob its final name, points the path at it: in this order, so that neither a reader nor a
/// collector ever sees a path without its blob.
pub(super) async fn keep(
    ctx: &Context,
    path: &ArtifactPath,
    received: Received,
) -> Result<ArtifactFile> {
    claim(ctx, &received.digest, received.size_bytes).await?;
    let blob = ctx.artifacts.commit(received).await?;
    point(ctx, path, &blob).await
}

pub(super) async fn claim(ctx: &Context, digest: &Digest, size_bytes: u64) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    let size_bytes = i64::try_from(size_bytes).unwrap_or(i64::MAX);
    blobs::claim(&mut tx, digest, size_bytes, ctx.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn point(ctx: &Context, path: &ArtifactPath, blob: &Blob) -> Result<ArtifactFile> {
    let size_bytes = i64::try_from(blob.size_bytes).unwrap_or(i64::MAX);
    let mut tx = ctx.store.begin().await?;
    if let Some(other) = rows::clash(&mut tx, path).await? {
        return Err(ServiceError::invalid(
            "path",
            format!(
                "Invalid artifact path '{path}': '{other}' is there, and a path names a file or a folder, not both."
            ),
        ));
    }
    rows::set(&mut tx, path, &blob.digest, size_bytes, ctx.now_ms()).await?;
    tx.commit().await?;
    changed(ctx, path);
    Ok(ArtifactFile {
        path: path.as_str().to_owned(),
        size_bytes,
        sha256: blob.digest.as_str().to_owned(),
    })
}
