use std::path::{Path, PathBuf};

use onnx::diff::{Change, ModelDiff, WeightChange};
use services::Context;
use services::inspection::{ModelSource, path_of};

use super::{open, version_of};
use crate::args::DiffArgs;
use crate::out::{self, Exit};

/// Lines of one kind that are printed; `--json` has all.
const SHOWN: usize = 40;

/// Files need no workspace and no threads.
pub fn files(left: &Path, right: &Path, as_json: bool) -> anyhow::Result<Exit> {
    let open = |path: &Path| onnx::open(path).map_err(services::ServiceError::from);
    tell(
        &onnx::diff::diff(&open(left)?, &open(right)?, &|| true),
        as_json,
    )
}

pub async fn models(args: &DiffArgs, as_json: bool) -> anyhow::Result<Exit> {
    let ctx = open(&args.workspace, None).await?;
    let left = path(&ctx, &args.left).await?;
    let right = path(&ctx, &args.right).await?;
    files(&left, &right, as_json)
}

async fn path(ctx: &Context, model: &str) -> anyhow::Result<PathBuf> {
    let source = if model.starts_with("models:/") {
        ModelSource::Version(version_of(model)?)
    } else {
        ModelSource::File { path: model.into() }
    };
    Ok(path_of(ctx, source).await?)
}

fn tell(diff: &ModelDiff, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out::json(diff)?;
    } else {
        print(diff);
    }
    Ok(if diff.equal { Exit::Pass } else { Exit::Fail })
}

fn print(diff: &ModelDiff) {
    let verdict = if diff.equal { "equal" } else { "different" };
    out::line(format!(
        "{verdict}  compared in {:.1} ms",
        diff.took_us as f64 / 1e3
    ));
    for (sign, side) in [("-", &diff.left), ("+", &diff.right)] {
        out::line(format!(
            "  {sign} {}  {} bytes  {} nodes  {} parameters",
            side.path, side.size_bytes, side.node_count, side.parameter_count
        ));
    }
    for port in &diff.ports {
        let breaking = if port.breaking { "BREAKING: " } else { "" };
        let side = format!("{:?}", port.side).to_lowercase();
        out::line(format!(
            "  {side:<11} {}  {}  {breaking}{}",
            port.name,
            change_text(port.left.as_deref(), port.right.as_deref()),
            port.why
        ));
    }
    for fact in &diff.facts {
        out::line(format!(
            "  file        {}  {}",
            fact.what,
            change_text(fact.left.as_deref(), fact.right.as_deref())
        ));
    }
    out::line(format!(
        "  nodes       {} same, {} changed, {} added, {} removed ({} with another name)",
        diff.nodes_same,
        diff.nodes_changed,
        diff.nodes_added,
        diff.nodes_removed,
        diff.nodes_renamed
    ));
    for node in diff.nodes.iter().take(SHOWN) {
        out::line(format!(
            "    {} {}{}  {}",
            sign(node.change),
            node.scope,
            node.name,
            node.op
        ));
        for detail in node
            .details
            .iter()
            .filter(|_| node.change == Change::Changed)
        {
            out::line(format!(
                "        {}  {} -> {}",
                detail.what, detail.left, detail.right
            ));
        }
    }
    more(diff.nodes.len() as u64 + diff.nodes_left_out);
    out::line(format!(
        "  weights     {} same, {} changed, {} added, {} removed ({} with another name)",
        diff.weights_same,
        diff.weights_changed,
        diff.weights_added,
        diff.weights_removed,
        diff.weights_renamed
    ));
    for weight in diff.weights.iter().take(SHOWN) {
        out::line(weight_text(weight));
    }
    more(diff.weights.len() as u64 + diff.weights_left_out);
}

fn more(all: u64) {
    if all > SHOWN as u64 {
        out::line(format!(
            "    and {} more; --json lists them",
            all - SHOWN as u64
        ));
    }
}

fn sign(change: Change) -> &'static str {
    match change {
        Change::Added => "+",
        Change::Removed => "-",
        Change::Changed => "~",
    }
}

fn change_text(left: Option<&str>, right: Option<&str>) -> String {
    format!("{} -> {}", left.unwrap_or("none"), right.unwrap_or("none"))
}

fn weight_text(weight: &WeightChange) -> String {
    let change = match (&weight.left, &weight.right) {
        (Some(left), Some(right)) if left == right => left.clone(),
        (left, right) => change_text(left.as_deref(), right.as_deref()),
    };
    let figures = weight.figures.as_ref().map_or_else(String::new, |figures| {
        let relative = figures
            .l2_relative
            .map_or_else(|| "-".to_owned(), |l2| format!("{l2:.3e}"));
        format!(
            "  {} of {} differ, max |d| {:.3e}, relative L2 {relative}",
            figures.differing, weight.count, figures.abs_max
        )
    });
    let problem = weight
        .problem
        .as_ref()
        .map_or_else(String::new, |text| format!("  {text}"));
    format!(
        "    {} {}{}  {change}{figures}{problem}",
        sign(weight.change),
        weight.scope,
        weight.name
    )
}
