use domain::audit::Actor;
use indicatif::{ProgressBar, ProgressStyle};
use services::artifacts::{self, GcOptions, VerifyProgress};

use super::{open, tell_host};
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
    if !report.dry_run {
        tell_host(&args.workspace.folders()?).await;
    }
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
                "{}{place}  sha256 {}: {}; it rests at {}",
                problem.path, problem.sha256, problem.problem, problem.rests_at
            ));
        }
        out::line(format!(
            "{} blobs, {} bytes read, {} files damaged",
            report.blobs,
            report.bytes,
            report.problems.len()
        ));
        if !report.problems.is_empty() {
            out::line(
                "to mend a file, delete what rests there, then upload the same file again to any path",
            );
        }
    }
    Ok(if report.problems.is_empty() {
        Exit::Pass
    } else {
        Exit::Fail
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use services::workspace::{Folders, HostClaim, HostRecord};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use crate::args::Cli;

    /// A window on SQLite hears of a collection from the command alone.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_collection_is_told_to_the_host() {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut claim = HostClaim::take(&Folders::new(folder.path())).unwrap();
        let record = HostRecord {
            pid: std::process::id(),
            address: format!("http://{}", listener.local_addr().unwrap()),
            token: "proof".to_owned(),
        };
        claim.announce(&record).unwrap();
        let told = tokio::spawn(async move {
            let (mut caller, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(caller.read_u8().await.unwrap());
            }
            let answer = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n";
            caller.write_all(answer).await.unwrap();
            String::from_utf8(head).unwrap()
        });
        let data = folder.path().display().to_string();
        let gc = async |more: &[&str]| {
            let words = ["drydock", "gc", "--data-dir", &data];
            let cli = Cli::parse_from(words.iter().chain(more));
            crate::commands::run(&cli).await.unwrap();
        };
        gc(&["--dry-run"]).await;
        assert!(!told.is_finished(), "nothing has changed");
        gc(&[]).await;
        let head = told.await.unwrap();
        assert!(head.starts_with("POST /api/drydock/v1/changed "), "{head}");
        assert!(head.contains("x-drydock-token: proof"), "{head}");
    }
}
