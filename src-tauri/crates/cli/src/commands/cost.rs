use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::CancelToken;
use services::cost::{CostInput, ModelCost};
use services::inspection::OpenModels;
use services::lab::Lab;

use crate::args::{CostArgs, WeightsArgs};
use crate::out::{self, Exit};

/// Operators that are listed.
const OPS_SHOWN: usize = 12;

/// What a model file costs. Needs no workspace; a worker infers its shapes.
pub async fn run(args: &CostArgs, as_json: bool) -> anyhow::Result<Exit> {
    let input = CostInput {
        dims: args.dim.clone(),
    };
    let lab = Lab::of_this_program();
    let none = CancelToken::default();
    let found = services::cost::cost(&lab, models(), whole(&args.file), input, &none).await?;
    lab.let_go();
    if as_json {
        out::json(&found)?;
    } else {
        print(&args.file, &found);
    }
    Ok(Exit::Pass)
}

/// How the numbers of all weights of a model file spread.
pub async fn weights(args: &WeightsArgs, as_json: bool) -> anyhow::Result<Exit> {
    let none = CancelToken::default();
    let lines = services::weights::survey(models(), whole(&args.file), |_| (), none).await?;
    if as_json {
        out::json(&lines)?;
        return Ok(Exit::Pass);
    }
    for line in lines {
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.6e}"));
        out::line(format!(
            "{:<40} {:>12}  min {}  max {}  mean {}  std {}  zeros {}  NaN {}  Inf {}{}",
            line.name,
            line.count,
            number(line.min),
            number(line.max),
            number(line.mean),
            number(line.std),
            line.zeros,
            line.nan,
            line.infinite,
            line.problem.map_or(String::new(), |why| format!("  {why}")),
        ));
    }
    Ok(Exit::Pass)
}

fn models() -> Arc<OpenModels> {
    Arc::default()
}

/// Workers are given absolute paths.
fn whole(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

fn print(file: &Path, found: &ModelCost) {
    let totals = &found.totals;
    let dims: Vec<String> = found
        .dims
        .iter()
        .map(|dim| format!("{} = {}", dim.name, dim.value))
        .collect();
    out::line(format!("{}  {}", file.display(), dims.join(", ")));
    out::line(
        match (&found.shapes.runtime_version, &found.shapes.problem) {
            (Some(version), _) => format!("  shapes      inferred by ONNX Runtime {version}"),
            (None, Some(problem)) => format!("  shapes      as the file states them: {problem}"),
            (None, None) => "  shapes      as the file states them".to_owned(),
        },
    );
    let most = if totals.at_most { "at most " } else { "" };
    out::line(format!(
        "  parameters  {}  FLOPs {most}{}  MACs {}",
        totals.parameters, totals.flops, totals.macs
    ));
    out::line(format!(
        "  bytes       read {}  written {}  activation peak {} at {}",
        totals.bytes_read, totals.bytes_written, totals.activations.bytes, totals.activations.name
    ));
    out::line(format!(
        "  nodes       {}  of which {} are not known",
        totals.nodes, totals.unknown
    ));
    for op in found.ops.iter().take(OPS_SHOWN) {
        let unknown = if op.unknown > 0 {
            format!("  {} not known", op.unknown)
        } else {
            String::new()
        };
        out::line(format!(
            "  op          {:>6} x {:<24} {:>16} FLOPs{unknown}",
            op.count, op.op, op.flops
        ));
    }
}
