//! A file of this machine into the store, so that a process killed on the way loses nothing that had arrived.
//!
//! The file is hashed first, so its parts go straight to their final place. Each part that the bucket acknowledges is
//! kept in the database with its own digest; who goes on later sends only parts that are missing or differ.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use artifacts::{Blob, PartTag, PartsUpload, StoredPart};
use bytes::Bytes;
use domain::artifact::{ArtifactPath, Digest};
use sha2::{Digest as _, Sha256};
use store::uploads::{self, PartRow, UploadRow};
use tokio::task::{JoinSet, spawn_blocking};
use tokio_util::io::ReaderStream;

use super::transfer::{claim, point, upload_announced};
use super::{ArtifactFile, file_path};
use crate::Context;
use crate::error::{Result, ServiceError};

const PART_BYTES: u64 = 8 << 20;
const IN_FLIGHT: usize = 3;

/// How far a push is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushProgress {
    Hashing { done_bytes: u64, total_bytes: u64 },
    Sending { done_bytes: u64, total_bytes: u64 },
}

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    pub file: ArtifactFile,
    /// Bytes that this call sent, and those that an earlier one had sent already.
    pub sent_bytes: u64,
    pub kept_bytes: u64,
}

/// A file as it was when the push began.
#[derive(Debug)]
struct Local {
    path: std::path::PathBuf,
    size_bytes: u64,
    /// Size and time of change: a changed file is another upload.
    source: String,
}

impl Local {
    fn look(path: &Path) -> Result<Self> {
        let about = std::fs::metadata(path)
            .map_err(ServiceError::io(format!("cannot read {}", path.display())))?;
        if !about.is_file() {
            return Err(ServiceError::invalid(
                "file",
                format!("{} is not a file", path.display()),
            ));
        }
        let changed = about
            .modified()
            .ok()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok(Self {
            path: path.to_owned(),
            size_bytes: about.len(),
            source: format!("{} bytes, {:?}", about.len(), changed.unwrap_or_default()),
        })
    }

    fn part_bytes(&self) -> u64 {
        PART_BYTES.max(self.size_bytes.div_ceil(9_000).next_multiple_of(1 << 20))
    }

    async fn hash(&self, tell: &(dyn Fn(PushProgress) + Sync)) -> Result<Digest> {
        let mut hash = Sha256::new();
        let mut done_bytes = 0;
        while done_bytes < self.size_bytes {
            let (piece, _) = self.read(done_bytes, self.part_bytes()).await?;
            if piece.is_empty() {
                break;
            }
            done_bytes += piece.len() as u64;
            let hashed = spawn_blocking(move || {
                hash.update(&piece);
                hash
            });
            hash = hashed.await.map_err(|_| ServiceError::Cancelled)?;
            tell(PushProgress::Hashing {
                done_bytes,
                total_bytes: self.size_bytes,
            });
        }
        Ok(Digest::from_bytes(hash.finalize().into()))
    }

    /// A piece of the file and its own digest.
    async fn read(&self, from: u64, size: u64) -> Result<(Bytes, Digest)> {
        let path = self.path.clone();
        let read = spawn_blocking(move || -> std::io::Result<_> {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut piece = Vec::new();
            file.take(size).read_to_end(&mut piece)?;
            let digest = Digest::from_bytes(Sha256::digest(&piece).into());
            Ok((Bytes::from(piece), digest))
        });
        read.await
            .map_err(|_| ServiceError::Cancelled)?
            .map_err(ServiceError::io(format!(
                "cannot read {}",
                self.path.display()
            )))
    }
}

/// Stores a file under a path; a push of the same file to the same path that was killed goes on where it stood.
pub async fn push(
    ctx: &Context,
    file: &Path,
    path: &str,
    tell: &(dyn Fn(PushProgress) + Sync),
) -> Result<Pushed> {
    let path = file_path(path)?;
    let local = Local::look(file)?;
    if !ctx.artifacts.is_s3() || local.size_bytes <= PART_BYTES {
        return push_whole(ctx, &local, &path).await;
    }
    let digest = local.hash(tell).await?;
    claim(ctx, &digest, local.size_bytes).await?;
    let blob = Blob {
        digest: digest.clone(),
        size_bytes: local.size_bytes,
    };
    if ctx.artifacts.holds(&digest, local.size_bytes).await? {
        return Ok(Pushed {
            file: point(ctx, &path, &blob).await?,
            sent_bytes: 0,
            kept_bytes: local.size_bytes,
        });
    }
    let (row, upload) = session(ctx, &local, &path, &digest).await?;
    let (tags, sent_bytes) = send_missing(ctx, &local, &row, &upload, tell).await?;
    // The upload may have taken longer than a collector waits.
    claim(ctx, &digest, local.size_bytes).await?;
    ctx.artifacts
        .complete_known(&upload, &tags, local.size_bytes)
        .await?;
    let file = point(ctx, &path, &blob).await?;
    let mut tx = ctx.store.begin().await?;
    uploads::set_state(&mut tx, &row.upload_id, "done", ctx.now_ms()).await?;
    tx.commit().await?;
    Ok(Pushed {
        file,
        sent_bytes,
        kept_bytes: local.size_bytes - sent_bytes,
    })
}

async fn push_whole(ctx: &Context, local: &Local, path: &ArtifactPath) -> Result<Pushed> {
    let opened = tokio::fs::File::open(&local.path).await;
    let opened = opened.map_err(ServiceError::io(format!(
        "cannot read {}",
        local.path.display()
    )))?;
    let bytes = ReaderStream::with_capacity(opened, 1 << 20);
    let file = upload_announced(ctx, path.as_str(), Some(local.size_bytes), bytes).await?;
    Ok(Pushed {
        file,
        sent_bytes: local.size_bytes,
        kept_bytes: 0,
    })
}

/// The upload that a killed process left, if the bucket still knows it, else a new one.
async fn session(
    ctx: &Context,
    local: &Local,
    path: &ArtifactPath,
    digest: &Digest,
) -> Result<(UploadRow, PartsUpload)> {
    let left = uploads::open_of(ctx.store.pool(), path.as_str(), &local.source).await?;
    if let Some(row) = left.filter(|row| row.sha256.as_deref() == Some(digest.as_str())) {
        if let (Some(key), Some(id)) = (row.object_key.clone(), row.multipart_id.clone()) {
            let upload = PartsUpload { key, id };
            let recorded = uploads::parts(ctx.store.pool(), &row.upload_id).await?;
            let stored = ctx.artifacts.stored_parts(&upload).await?;
            // Where parts were acknowledged and none are left, the bucket has forgotten the upload without saying so.
            if stored.is_some_and(|stored| recorded.is_empty() || !stored.is_empty()) {
                return Ok((row, upload));
            }
        }
        let mut tx = ctx.store.begin().await?;
        uploads::set_state(&mut tx, &row.upload_id, "lost", ctx.now_ms()).await?;
        tx.commit().await?;
    }
    let now_ms = ctx.now_ms();
    let row = UploadRow {
        upload_id: uuid::Uuid::new_v4().simple().to_string(),
        path: path.as_str().to_owned(),
        object_key: None,
        multipart_id: None,
        source: Some(local.source.clone()),
        sha256: Some(digest.as_str().to_owned()),
        part_bytes: i64::try_from(local.part_bytes()).unwrap_or(i64::MAX),
        state: "open".to_owned(),
        created_at_ms: now_ms,
        touched_at_ms: now_ms,
    };
    let mut tx = ctx.store.begin().await?;
    uploads::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let upload = ctx.artifacts.begin_parts(Some(digest)).await?;
    let mut tx = ctx.store.begin().await?;
    uploads::begun(&mut tx, &row.upload_id, &upload.key, &upload.id).await?;
    tx.commit().await?;
    Ok((row, upload))
}

/// Sends the parts that are not there yet. Each is read and hashed in any case: the file may have changed under us.
async fn send_missing(
    ctx: &Context,
    local: &Local,
    row: &UploadRow,
    upload: &PartsUpload,
    tell: &(dyn Fn(PushProgress) + Sync),
) -> Result<(Vec<PartTag>, u64)> {
    let recorded = uploads::parts(ctx.store.pool(), &row.upload_id).await?;
    let stored = ctx
        .artifacts
        .stored_parts(upload)
        .await?
        .unwrap_or_default();
    let part_bytes = u64::try_from(row.part_bytes).unwrap_or(PART_BYTES);
    let mut whole = Sha256::new();
    let mut tags: Vec<PartTag> = Vec::new();
    let mut sending: JoinSet<Result<PartTag>> = JoinSet::new();
    let (mut done_bytes, mut sent_bytes, mut number) = (0, 0, 1);
    while done_bytes < local.size_bytes {
        let (part, sha256) = local.read(done_bytes, part_bytes).await?;
        if part.is_empty() {
            break;
        }
        let size_bytes = part.len() as u64;
        let running = part.clone();
        let hashed = spawn_blocking(move || {
            whole.update(&running);
            whole
        });
        whole = hashed.await.map_err(|_| ServiceError::Cancelled)?;
        let good = recorded
            .iter()
            .find(|part| part.part_number == i64::from(number) && part.sha256 == sha256.as_str())
            .filter(|part| {
                stored
                    .iter()
                    .any(|s| s.number == number && is_same(s, part))
            });
        if let Some(part) = good {
            tags.push((number, part.etag.clone()));
        } else {
            while sending.len() >= IN_FLIGHT {
                tags.extend(arrived(&mut sending).await?);
            }
            sent_bytes += size_bytes;
            let (ctx, upload_id, upload) = (ctx.clone(), row.upload_id.clone(), upload.clone());
            sending
                .spawn(async move { send(&ctx, &upload_id, &upload, number, part, sha256).await });
        }
        done_bytes += size_bytes;
        number += 1;
        tell(PushProgress::Sending {
            done_bytes,
            total_bytes: local.size_bytes,
        });
    }
    while let Some(tag) = arrived(&mut sending).await? {
        tags.push(tag);
    }
    let found = Digest::from_bytes(whole.finalize().into());
    if row.sha256.as_deref() != Some(found.as_str()) {
        return Err(ServiceError::state(format!(
            "{} changed while it was sent; push it again",
            local.path.display()
        )));
    }
    tags.sort();
    Ok((tags, sent_bytes))
}

/// Whether the part that the bucket holds is the one that it acknowledged to us.
fn is_same(stored: &StoredPart, recorded: &PartRow) -> bool {
    let bare = |etag: &str| etag.trim_matches('"').to_owned();
    let etag = bare(&stored.etag);
    i64::try_from(stored.size_bytes) == Ok(recorded.size_bytes)
        && (etag.is_empty() || etag == bare(&recorded.etag))
}

async fn arrived(sending: &mut JoinSet<Result<PartTag>>) -> Result<Option<PartTag>> {
    match sending.join_next().await {
        None => Ok(None),
        Some(Ok(tag)) => tag.map(Some),
        Some(Err(_)) => Err(ServiceError::Cancelled),
    }
}

/// One part to the bucket, then its row: a row stands only for what the bucket has acknowledged.
async fn send(
    ctx: &Context,
    upload_id: &str,
    upload: &PartsUpload,
    number: u32,
    part: Bytes,
    sha256: Digest,
) -> Result<PartTag> {
    let size_bytes = i64::try_from(part.len()).unwrap_or(i64::MAX);
    let tag = ctx
        .artifacts
        .put_part(upload, number, part, &sha256)
        .await?;
    let row = PartRow {
        part_number: i64::from(number),
        sha256: sha256.as_str().to_owned(),
        etag: tag.1.clone(),
        size_bytes,
    };
    let mut tx = ctx.store.begin().await?;
    uploads::part_arrived(&mut tx, upload_id, &row, ctx.now_ms()).await?;
    tx.commit().await?;
    Ok(tag)
}
