//! Transfers beside this server: a client sends parts to the bucket, and fetches from it, by signed addresses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use artifacts::{ArtifactError, PartsUpload};
use store::uploads::{self, UploadRow};

use super::transfer::keep;
use super::{ArtifactFile, file_path, open};
use crate::Context;
use crate::error::{Result, ServiceError};

const PARTS_MAX: u32 = 10_000;

/// Where one part is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartAddress {
    pub number: u32,
    pub url: String,
}

/// A part that the client has sent, and what the bucket called it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPart {
    pub number: u32,
    pub etag: String,
}

fn is_open(row: &UploadRow) -> Option<PartsUpload> {
    Some(PartsUpload {
        key: row.object_key.clone().filter(|_| row.state == "open")?,
        id: row.multipart_id.clone()?,
    })
}

/// Begins an upload of so many parts; the client gets an address for each.
pub async fn begin_parts(
    ctx: &Context,
    path: &str,
    parts: u32,
) -> Result<(String, Vec<PartAddress>)> {
    let path = file_path(path)?;
    if !(1..=PARTS_MAX).contains(&parts) {
        return Err(ServiceError::invalid(
            "num_parts",
            format!("Invalid value {parts} for parameter 'num_parts': expected 1 to {PARTS_MAX}."),
        ));
    }
    let upload = ctx.artifacts.begin_parts(None).await?;
    let now_ms = ctx.now_ms();
    let row = UploadRow {
        upload_id: uuid::Uuid::new_v4().simple().to_string(),
        path: path.as_str().to_owned(),
        object_key: Some(upload.key.clone()),
        multipart_id: Some(upload.id.clone()),
        source: None,
        sha256: None,
        part_bytes: 0,
        state: "open".to_owned(),
        created_at_ms: now_ms,
        touched_at_ms: now_ms,
    };
    let mut tx = ctx.store.begin().await?;
    uploads::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let address = |number| {
        let url = ctx.artifacts.part_address(&upload, number)?;
        Ok(PartAddress { number, url })
    };
    let addresses: Result<Vec<_>> = (1..=parts).map(address).collect();
    Ok((row.upload_id, addresses?))
}

/// A folder knows no transfers past this server; clients ask again in one piece.
fn must_have_parts(ctx: &Context) -> Result<()> {
    if ctx.artifacts.is_s3() {
        return Ok(());
    }
    Err(ArtifactError::NoMultipart.into())
}

async fn find(ctx: &Context, path: &str, upload_id: &str) -> Result<UploadRow> {
    must_have_parts(ctx)?;
    let path = file_path(path)?;
    let found = uploads::get(ctx.store.pool(), upload_id).await?;
    found
        // A push has a digest: its parts go straight to a blob's place, and it alone may end it.
        .filter(|row| row.path == path.as_str() && row.sha256.is_none())
        .ok_or_else(|| {
            ServiceError::not_found(format!("No multipart upload '{upload_id}' to '{path}'"))
        })
}

/// The uploads in parts that are being ended by this process, each by one call at a time.
#[derive(Debug, Default)]
pub(crate) struct PartsTurns(Mutex<HashMap<String, Weak<Turn>>>);

type Turn = tokio::sync::Mutex<()>;

impl PartsTurns {
    fn of(&self, upload_id: &str) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(upload_id).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(upload_id.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// Completes an upload: the bytes are read back once, so that their digest is known before anything names them. That may
/// take longer than a caller waits: the work goes on without one, and whoever asks again meanwhile waits for its end.
pub async fn complete_parts(
    ctx: &Context,
    path: &str,
    upload_id: &str,
    parts: Vec<SentPart>,
) -> Result<()> {
    let (ctx, path, upload_id) = (ctx.clone(), path.to_owned(), upload_id.to_owned());
    let work = tokio::spawn(async move {
        find(&ctx, &path, &upload_id).await?;
        let turn = ctx.parts_turns.of(&upload_id);
        let _held = turn.lock().await;
        complete(&ctx, &path, &upload_id, &parts).await
    });
    work.await.map_err(|_| ServiceError::Cancelled)?
}

async fn complete(ctx: &Context, path: &str, upload_id: &str, parts: &[SentPart]) -> Result<()> {
    let row = find(ctx, path, upload_id).await?;
    let Some(upload) = is_open(&row) else {
        return ended(&row);
    };
    if parts.is_empty() {
        return Err(ServiceError::invalid(
            "parts",
            "Missing value for required parameter 'parts'.",
        ));
    }
    let kept = keep_parts(ctx, &upload, path, parts).await;
    let state = match &kept {
        Ok(()) => "done",
        // Where another file stands in the way, the same parts will not do later either.
        Err(ServiceError::Invalid { field, .. }) if field == "path" => "refused",
        // Another server may have completed it meanwhile.
        Err(_) => {
            let row = find(ctx, path, upload_id).await?;
            return if row.state == "done" { Ok(()) } else { kept };
        }
    };
    end(ctx, upload_id, state).await?;
    if let Err(error) = ctx.artifacts.forget_parts(&upload).await {
        tracing::warn!(upload.key, %error, "a completed upload stays behind until the next gc");
    }
    kept
}

/// The file that the parts make, under its path. What the client sent stays in the bucket, for another try.
async fn keep_parts(
    ctx: &Context,
    upload: &PartsUpload,
    path: &str,
    parts: &[SentPart],
) -> Result<()> {
    let mut tags: Vec<_> = parts.iter().map(|p| (p.number, p.etag.clone())).collect();
    tags.sort();
    let received = match ctx.artifacts.complete_parts(upload, &tags).await {
        Ok(received) => received,
        Err(ArtifactError::S3(fault)) if !fault.is_passing() => {
            return Err(ServiceError::invalid(
                "parts",
                format!("The parts do not make a file: {fault}."),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    keep(ctx, &file_path(path)?, received).await?;
    Ok(())
}

/// What to tell of an upload that is over. The answer to an earlier call may have been lost.
fn ended(row: &UploadRow) -> Result<()> {
    match row.state.as_str() {
        "done" => Ok(()),
        state => Err(ServiceError::state(format!(
            "multipart upload '{}' is {state}",
            row.upload_id
        ))),
    }
}

/// Gives an upload up; the parts that arrived are deleted.
pub async fn abort_parts(ctx: &Context, path: &str, upload_id: &str) -> Result<()> {
    find(ctx, path, upload_id).await?;
    let turn = ctx.parts_turns.of(upload_id);
    let _held = turn.lock().await;
    let row = find(ctx, path, upload_id).await?;
    if let Some(upload) = is_open(&row) {
        ctx.artifacts.abort_parts(&upload).await?;
        ctx.artifacts.forget_parts(&upload).await?;
        end(ctx, upload_id, "aborted").await?;
    }
    Ok(())
}

async fn end(ctx: &Context, upload_id: &str, state: &str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    uploads::set_state(&mut tx, upload_id, state, ctx.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

/// How long a download address is good for, as MLflow's servers have it.
const DOWNLOAD_EXPIRES_S: u32 = 300;

/// An address from which a client fetches a file itself.
pub async fn download_address(ctx: &Context, path: &str) -> Result<(String, ArtifactFile)> {
    must_have_parts(ctx)?;
    let found = open(ctx, path).await?;
    let plain: String = found
        .path
        .name()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_. ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let url = ctx
        .artifacts
        .blob_address(&found.digest, &plain, DOWNLOAD_EXPIRES_S)?;
    Ok((
        url,
        ArtifactFile {
            path: found.path.as_str().to_owned(),
            size_bytes: i64::try_from(found.size_bytes).unwrap_or(i64::MAX),
            sha256: found.digest.as_str().to_owned(),
        },
    ))
}
