use anyhow::anyhow;
use domain::artifact::{ArtifactPath, ArtifactUri};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use services::Context;
use services::artifacts::{self, PushProgress};

use super::open;
use crate::args::PushArgs;
use crate::out::{self, Exit};

/// Stores one file of this machine; killed on the way, the same command sends only what is missing.
pub async fn run(args: &PushArgs, as_json: bool) -> anyhow::Result<Exit> {
    let ctx = open(&args.workspace, None).await?;
    let path = target(&ctx, &args.path).await?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{msg} {bar:40} {bytes} of {total_bytes}",
    )?);
    let tell = |progress: PushProgress| {
        let (word, done, total) = match progress {
            PushProgress::Hashing {
                done_bytes,
                total_bytes,
            } => ("hashing", done_bytes, total_bytes),
            PushProgress::Sending {
                done_bytes,
                total_bytes,
            } => ("sending", done_bytes, total_bytes),
        };
        bar.set_message(word);
        bar.set_length(total);
        bar.set_position(done);
    };
    let pushed = artifacts::push(&ctx, &args.file, path.as_str(), &tell).await?;
    bar.finish_and_clear();
    if as_json {
        out::json(&json!({
            "path": pushed.file.path,
            "sha256": pushed.file.sha256,
            "sizeBytes": pushed.file.size_bytes,
            "sentBytes": pushed.sent_bytes,
            "keptBytes": pushed.kept_bytes,
        }))?;
    } else {
        out::line(format!(
            "{}  {} bytes  sha256 {}",
            pushed.file.path, pushed.file.size_bytes, pushed.file.sha256
        ));
        if pushed.kept_bytes > 0 {
            out::line(format!(
                "  {} bytes were there already; {} were sent",
                pushed.kept_bytes, pushed.sent_bytes
            ));
        }
    }
    Ok(Exit::Pass)
}

/// A run's file by the run, or a path under the artifact root as it stands.
async fn target(ctx: &Context, address: &str) -> anyhow::Result<ArtifactPath> {
    if !address.starts_with("runs:/") {
        return Ok(ArtifactPath::parse(address)?);
    }
    let ArtifactUri::Run { run_id, path } = ArtifactUri::parse("path", address)? else {
        return Err(anyhow!("'{address}' is no address of a run's file"));
    };
    let (uri, root) = artifacts::run_root(ctx, &run_id).await?;
    let root = root.ok_or_else(|| {
        anyhow!("the artifacts of run {run_id} stand at {uri}, outside this workspace")
    })?;
    Ok(root.join(&path))
}
