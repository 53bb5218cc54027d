use domain::audit::Actor;
use indicatif::{ProgressBar, ProgressStyle};
use services::artifacts::{self, GcOptions, VerifyProgress};

use super::open;
use crate::args::{GcArgs, WorkspaceArgs};
use crate::out::{self, Exit};

/// Deletes for good what the trash has kept long enough, and bytes that nothing points at.
pub async fn gc(args: &GcArgs, as_json: bool) -> anyhow::Result<Exit> {
    let ctx = open(&args.workspace, None).await?;
    let usual = GcOptions::of_workspace(&ctx).await?;
    let options = GcOptions {
        dry_run: args.dry_run,
        retention_ms: args.older_than.unwrap_or(usual.retention_ms),
        ..usual
    };
    let report = artifacts::gc(&ctx, &Actor::this_user(), options).await?;
    if as_json {
        out::json(&report)?;
        return Ok(Exit::Pass);
    }
    let verb = if report.dry_run {
        "would delete"
    } else {
        "deleted"
    };
    out::line(format!(
        "{verb} {} runs, {} logged models, {} experiments with {} traces and {} files from the trash",
        report.runs, report.logged_models, report.experiments, report.traces, report.trashed_files
    ));
    out::line(format!(
        "{verb} {} blobs, {} bytes; ended {} abandoned uploads",
        report.blobs, report.blob_bytes, report.uploads
    ));
    Ok(Exit::Pass)
}

/// Hashes everything again; what is damaged is named, one line a file.
pub async fn verify(args: &WorkspaceArgs, as_json: bool) -> anyhow::Result<Exit> {
    let ctx = open(args, None).await?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "reading {bar:40} {bytes} of {total_bytes}",
    )?);
    let tell = |progress: VerifyProgress| {
        bar.set_length(u64::try_from(progress.total_bytes).unwrap_or(0));
        bar.set_position(progress.done_bytes);
    };
    let report = artifacts::verify(&ctx, &tell).await?;
    bar.finish_and_clear();
    if as_json {
        out::json(&report)?;
    } else {
        for problem in &report.problems {
            let place = if problem.in_trash {
                " (in the trash)"
            } else {
                ""
            };
            out::line(format!(
                "{}{place}  sha256 {}: {}",
                problem.path, problem.sha256, problem.problem
            ));
        }
        out::line(format!(
            "{} blobs, {} bytes read, {} files damaged",
            report.blobs,
            report.bytes,
            report.problems.len()
        ));
    }
    Ok(if report.problems.is_empty() {
        Exit::Pass
    } else {
        Exit::Fail
    })
}
