//! Reading everything again, to find what has rotted before somebody needs it.

use artifacts::ArtifactError;
use domain::artifact::Digest;
use serde::Serialize;
use store::blobs;

use crate::Context;
use crate::error::Result;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyProgress {
    pub done_blobs: i64,
    pub total_blobs: i64,
    pub done_bytes: u64,
    pub total_bytes: i64,
}

/// One file whose bytes are not what was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyProblem {
    pub path: String,
    pub in_trash: bool,
    pub sha256: String,
    pub problem: String,
    /// Where the bytes rest: who deletes them there and uploads the file again has mended it.
    pub rests_at: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    pub blobs: i64,
    pub bytes: u64,
    pub problems: Vec<VerifyProblem>,
}

/// Hashes every blob that a file or the trash points at. A blob that cannot be read is a problem like one that differs;
/// a store that cannot be reached is an error, since it says nothing about any blob.
pub async fn verify(ctx: &Context, tell: &(dyn Fn(VerifyProgress) + Sync)) -> Result<VerifyReport> {
    let pool = ctx.store.pool();
    let (total_blobs, total_bytes) = blobs::total_referenced(pool).await?;
    let mut progress = VerifyProgress {
        total_blobs,
        total_bytes,
        ..VerifyProgress::default()
    };
    let mut report = VerifyReport::default();
    let mut after = String::new();
    loop {
        let page = blobs::page_of_referenced(pool, &after, 500).await?;
        let Some((last, _)) = page.last() else {
            report.bytes = progress.done_bytes;
            return Ok(report);
        };
        after.clone_from(last);
        for (sha256, size_bytes) in page {
            let passed = |bytes| {
                progress.done_bytes += bytes;
                tell(progress);
            };
            let problem = check(ctx, &sha256, size_bytes, passed).await?;
            report.blobs += 1;
            progress.done_blobs += 1;
            tell(progress);
            let Some(problem) = problem else { continue };
            let rests_at = ctx.artifacts.address_of(&Digest::parse(&sha256)?);
            for (path, in_trash) in blobs::paths_of(pool, &sha256).await? {
                report.problems.push(VerifyProblem {
                    path,
                    in_trash,
                    sha256: sha256.clone(),
                    problem: problem.clone(),
                    rests_at: rests_at.clone(),
                });
            }
        }
    }
}

async fn check(
    ctx: &Context,
    sha256: &str,
    size_bytes: i64,
    passed: impl FnMut(u64),
) -> Result<Option<String>> {
    let digest = Digest::parse(sha256)?;
    let mut seen = 0;
    let mut passed = passed;
    let read = ctx.artifacts.rehash(&digest, |bytes| {
        seen += bytes;
        passed(bytes);
    });
    Ok(match read.await {
        Ok(true) if i64::try_from(seen) == Ok(size_bytes) => None,
        Ok(true) => Some(format!("it holds {seen} bytes; {size_bytes} were recorded")),
        Ok(false) => Some("its bytes are gone from the store".to_owned()),
        Err(ArtifactError::Damaged { found, .. }) => {
            Some(format!("its bytes now have the SHA-256 {found}"))
        }
        Err(error) if error.is_unavailable() => return Err(error.into()),
        Err(error) => Some(error.to_string()),
    })
}
