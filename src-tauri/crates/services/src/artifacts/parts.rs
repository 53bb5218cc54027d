//! Transfers beside this server: a client sends parts to the bucket, and fetches from it, by signed addresses.

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
        .filter(|row| row.path == path.as_str())
        .ok_or_else(|| {
            ServiceError::not_found(format!("No multipart upload '{upload_id}' to '{path}'"))
        })
}

/// Completes an upload: the bytes are read back once, so that their digest is known before anything names them.
pub async fn complete_parts(
    ctx: &Context,
    path: &str,
    upload_id: &str,
    parts: &[SentPart],
) -> Result<()> {
    let row = find(ctx, path, upload_id).await?;
    let Some(upload) = is_open(&row) else {
        // The answer to an earlier call may have been lost.
        return match row.state.as_str() {
            "done" => Ok(()),
            state => Err(ServiceError::state(format!(
                "multipart upload '{upload_id}' is {state}"
            ))),
        };
    };
    if parts.is_empty() {
        return Err(ServiceError::invalid(
            "parts",
            "Missing value for required parameter 'parts'.",
        ));
    }
    let mut tags: Vec<_> = parts.iter().map(|p| (p.number, p.etag.clone())).collect();
    tags.sort();
    let received = match ctx.artifacts.complete_parts(&upload, &tags).await {
        Ok(received) => received,
        Err(artifacts::ArtifactError::S3(fault)) if !fault.is_passing() => {
            return Err(ServiceError::invalid(
                "parts",
                format!("The parts do not make a file: {fault}."),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    keep(ctx, &file_path(path)?, received).await?;
    end(ctx, upload_id, "done").await
}

/// Gives an upload up; the parts that arrived are deleted.
pub async fn abort_parts(ctx: &Context, path: &str, upload_id: &str) -> Result<()> {
    let row = find(ctx, path, upload_id).await?;
    if let Some(upload) = is_open(&row) {
        ctx.artifacts.abort_parts(&upload).await?;
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
