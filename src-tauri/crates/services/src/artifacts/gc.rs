//! Emptying the trash and deleting blobs that nobody needs, beside running uploads and other servers.
//!
//! What makes it safe: an upload claims its digest in a row of `blobs` before it relies on the blob. The collector deletes
//! a blob only while it holds that row's lock, after it has seen that nothing points there and that the last claim is
//! older than an hour. An upload that comes meanwhile waits for the lock, finds the blob gone, and brings it again.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use artifacts::{PartsUpload, StoredBlob};
use domain::artifact::Digest;
use domain::audit::Actor;
use domain::tracking::ExperimentId;
use serde::Serialize;
use store::traces::oldest;
use store::trash::{Owner, OwnerKind, Purged};
use store::uploads::UploadRow;
use store::{Tx, blobs, trash, uploads};

use super::OwnedFolders;
use crate::audit::note;
use crate::error::Result;
use crate::{ChangeKind, Context};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// What one transaction deletes for good.
const OWNERS_AT_ONCE: i64 = 100;
const TRACES_AT_ONCE: i64 = 1_000;

/// What is to be collected.
#[derive(Debug, Clone, Copy)]
pub struct GcOptions {
    /// Only say what would be deleted.
    pub dry_run: bool,
    /// How long deleted things can be restored.
    pub retention_ms: i64,
    /// How long an upload may take from its claim to its row.
    pub grace_ms: i64,
    /// An upload in parts that nobody touched for so long is given up.
    pub abandoned_ms: i64,
}

impl Default for GcOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            retention_ms: 30 * DAY_MS,
            grace_ms: 60 * 60 * 1000,
            abandoned_ms: 7 * DAY_MS,
        }
    }
}

/// What was deleted, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GcReport {
    pub dry_run: bool,
    pub trashed_files: i64,
    pub runs: i64,
    pub logged_models: i64,
    pub experiments: i64,
    pub traces: i64,
    pub blobs: u64,
    pub blob_bytes: u64,
    pub uploads: u64,
}

/// The setting that tells how many days the trash is kept.
const RETENTION_SETTING: &str = "trash.retention_days";

impl GcOptions {
    /// With the workspace's own retention, where one is set.
    pub async fn of_workspace(ctx: &Context) -> Result<Self> {
        let set = store::settings::get(ctx.store.pool(), RETENTION_SETTING).await?;
        let days: Option<i64> = set.and_then(|days| days.parse().ok());
        let usual = Self::default();
        Ok(Self {
            retention_ms: days.map_or(usual.retention_ms, |days| days.max(0) * DAY_MS),
            ..usual
        })
    }
}

/// Collects. Several may run at once, beside uploads.
pub async fn gc(ctx: &Context, actor: &Actor, options: GcOptions) -> Result<GcReport> {
    let now_ms = ctx.now_ms();
    let before_ms = now_ms.saturating_sub(options.retention_ms);
    let mut report = GcReport {
        dry_run: options.dry_run,
        ..GcReport::default()
    };
    if options.dry_run {
        take_note(
            &mut report,
            trash::expired(ctx.store.pool(), before_ms).await?,
        );
    } else {
        take_note(&mut report, purge(ctx, before_ms, now_ms).await?);
        report.uploads = end_uploads(ctx, &options, now_ms).await?;
    }
    for shelf in 0..=u8::MAX {
        collect_shelf(ctx, shelf, &options, now_ms, &mut report).await?;
    }
    if !options.dry_run {
        let mut tx = ctx.store.begin().await?;
        let told = serde_json::to_string(&report).unwrap_or_default();
        note(&mut tx, now_ms, actor, "artifacts.gc", "artifacts", &told).await?;
        tx.commit().await?;
        use ChangeKind::{Experiments, Runs, Traces};
        ctx.publish([Experiments, Runs, Traces].map(ChangeKind::any));
    }
    Ok(report)
}

fn take_note(report: &mut GcReport, purged: Purged) {
    report.trashed_files = purged.files;
    report.runs = purged.runs;
    report.logged_models = purged.logged_models;
    report.experiments = purged.experiments;
    report.traces = purged.traces;
}

/// Deletes for good what has been in the trash for too long.
async fn purge(ctx: &Context, before_ms: i64, now_ms: i64) -> Result<Purged> {
    let mut tx = ctx.store.begin().await?;
    trash::stamp(&mut tx, now_ms).await?;
    let files = signed(trash::purge_files(&mut tx, before_ms).await?);
    tx.commit().await?;
    let mut purged = Purged {
        files,
        runs: purge_expired(ctx, OwnerKind::Run, before_ms).await?,
        logged_models: purge_expired(ctx, OwnerKind::LoggedModel, before_ms).await?,
        ..Purged::default()
    };
    purge_experiments(ctx, before_ms, &mut purged).await?;
    Ok(purged)
}

async fn purge_expired(ctx: &Context, kind: OwnerKind, before_ms: i64) -> Result<i64> {
    let mut purged = 0;
    loop {
        let mut tx = ctx.store.begin().await?;
        let expired = trash::expired_owners(&mut tx, kind, before_ms, OWNERS_AT_ONCE).await?;
        if expired.is_empty() {
            return Ok(purged);
        }
        purged += purge_owners(&mut tx, kind, &expired).await?;
        tx.commit().await?;
    }
}

/// Owners with their files: in the folder of their experiment, and where the experiment says that its files go.
async fn purge_owners(tx: &mut Tx, kind: OwnerKind, owners: &[Owner]) -> Result<i64> {
    let mut folders = OwnedFolders::default();
    let between = match kind {
        OwnerKind::Run => "",
        OwnerKind::LoggedModel => "models/",
    };
    for owner in owners {
        let Owner {
            id, experiment_id, ..
        } = owner;
        folders.add(
            id,
            &format!("mlflow-artifacts:/{experiment_id}/{between}{id}/artifacts"),
        )?;
        folders.add(id, &owner.artifact_uri)?;
    }
    folders.purge(tx).await?;
    Ok(signed(trash::purge_owners(tx, kind, owners).await?))
}

/// Experiments go once their runs are gone. Their logged models and traces go before them: deleting an experiment would
/// only drop those rows, not their files. Each step holds the experiment, so that it is not restored in the middle of one.
async fn purge_experiments(ctx: &Context, before_ms: i64, purged: &mut Purged) -> Result<()> {
    let mut after = String::new();
    loop {
        let mut tx = ctx.store.begin().await?;
        let Some(id) = trash::expired_experiment(&mut tx, before_ms, &after).await? else {
            return Ok(());
        };
        let experiment_id = ExperimentId::parse(&id)?;
        let models = trash::models_of(&mut tx, &experiment_id, OWNERS_AT_ONCE).await?;
        let traces = oldest(&mut tx, &experiment_id, i64::MAX, TRACES_AT_ONCE).await?;
        if !models.is_empty() {
            purged.logged_models += purge_owners(&mut tx, OwnerKind::LoggedModel, &models).await?;
        } else if !traces.is_empty() {
            let erased = crate::traces::erase(&mut tx, &experiment_id, &traces).await?;
            purged.traces += i64::try_from(erased.len()).unwrap_or(0);
        } else {
            purged.experiments += signed(trash::purge_experiment(&mut tx, &experiment_id).await?);
            after = id;
        }
        tx.commit().await?;
    }
}

fn instant(at_ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at_ms).unwrap_or(0))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Gives up uploads that nobody touched for long, and sweeps what belongs to no upload at all.
async fn end_uploads(ctx: &Context, options: &GcOptions, now_ms: i64) -> Result<u64> {
    let mut wanted = HashSet::new();
    let mut ended = 0;
    for row in uploads::all_open(ctx.store.pool()).await? {
        let idle_ms = now_ms.saturating_sub(row.touched_at_ms);
        if idle_ms < options.abandoned_ms {
            wanted.extend(row.object_key);
            continue;
        }
        if let (Some(key), Some(id)) = (row.object_key, row.multipart_id)
            && ctx.artifacts.is_s3()
        {
            ctx.artifacts.abort_parts(&PartsUpload { key, id }).await?;
        }
        let mut tx = ctx.store.begin().await?;
        uploads::set_state(&mut tx, &row.upload_id, "abandoned", now_ms).await?;
        tx.commit().await?;
        ended += 1;
    }
    ended += end_strays(ctx, now_ms - options.abandoned_ms).await?;
    let mut tx = ctx.store.begin().await?;
    uploads::forget_ended(&mut tx, now_ms - DAY_MS).await?;
    tx.commit().await?;
    let day = Duration::from_millis(u64::try_from(DAY_MS).unwrap_or(0));
    let swept = ctx
        .artifacts
        .sweep(instant(now_ms), day, &|key| wanted.contains(key))
        .await?;
    Ok(ended + swept)
}

/// Aborts uploads that the bucket knows and no row does: their process died before it could write down what the bucket
/// called them. A push writes its row before it asks the bucket, so whoever is listed and still lives has one; the rows
/// are read after the list. A row that does not know the bucket's name yet speaks for every upload of its digest, until
/// it has been idle for as long as any abandoned upload. Only uploads as old as those are looked at: another workspace
/// may share the bucket, and its rows cannot be asked.
async fn end_strays(ctx: &Context, before_ms: i64) -> Result<u64> {
    if !ctx.artifacts.is_s3() {
        return Ok(0);
    }
    let unnamed = |row: &UploadRow| {
        let digest = row.sha256.as_deref().filter(|_| row.multipart_id.is_none());
        digest.and_then(|digest| Digest::parse(digest).ok())
    };
    let before = uploads::all(ctx.store.pool()).await?;
    let digests: Vec<_> = before.iter().filter_map(unnamed).collect();
    let listed = ctx
        .artifacts
        .uploads_to_blobs(&digests, instant(before_ms))
        .await?;
    let rows = uploads::all(ctx.store.pool()).await?;
    let mut ended = 0;
    for (digest, upload) in listed {
        let known = rows
            .iter()
            .filter(|row| row.state != "abandoned")
            .any(|row| {
                row.multipart_id.as_ref() == Some(&upload.id)
                    || unnamed(row).as_ref() == Some(&digest)
            });
        if !known {
            ctx.artifacts.abort_parts(&upload).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

async fn collect_shelf(
    ctx: &Context,
    shelf: u8,
    options: &GcOptions,
    now_ms: i64,
    report: &mut GcReport,
) -> Result<()> {
    let stored = ctx.artifacts.shelf(shelf).await?;
    for some in stored.chunks(500) {
        let digests: Vec<_> = some.iter().map(|blob| &blob.digest).collect();
        let needed = blobs::referenced(ctx.store.pool(), &digests).await?;
        let needed: HashSet<&str> = needed.iter().map(String::as_str).collect();
        for blob in some {
            if !needed.contains(blob.digest.as_str()) && collect(ctx, blob, options, now_ms).await?
            {
                report.blobs += 1;
                report.blob_bytes += blob.size_bytes;
            }
        }
    }
    Ok(())
}

/// Deletes one blob, if it is still needed by nobody now that we hold its row.
async fn collect(
    ctx: &Context,
    blob: &StoredBlob,
    options: &GcOptions,
    now_ms: i64,
) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let Some(claimed_at_ms) = blobs::lock(&mut tx, &blob.digest).await? else {
        // Nobody here ever claimed it: it may be an upload of a version that made no claims. It waits one grace.
        if !options.dry_run {
            let size_bytes = i64::try_from(blob.size_bytes).unwrap_or(i64::MAX);
            blobs::claim(&mut tx, &blob.digest, size_bytes, now_ms).await?;
            tx.commit().await?;
        }
        return Ok(false);
    };
    let is_fresh = now_ms.saturating_sub(claimed_at_ms) < options.grace_ms;
    if is_fresh || blobs::is_referenced(&mut tx, &blob.digest).await? {
        return Ok(false);
    }
    if !options.dry_run {
        ctx.artifacts.delete(&blob.digest).await?;
        blobs::forget(&mut tx, &blob.digest).await?;
        tx.commit().await?;
    }
    Ok(true)
}
