use std::path::Path;

use onnx::{ModelReport, TensorInfo};

use super::{open, version_of};
use crate::args::ModelArgs;
use crate::out::{self, Exit};

/// A file needs no workspace, no ONNX Runtime and no threads.
pub fn file(path: &Path, as_json: bool) -> anyhow::Result<Exit> {
    let model = onnx::open(path).map_err(services::ServiceError::from)?;
    tell(&onnx::report(&model), as_json)
}

pub async fn version(args: &ModelArgs, as_json: bool) -> anyhow::Result<Exit> {
    let ctx = open(&args.workspace, None).await?;
    tell(
        &services::inspection::inspect_version(&ctx, version_of(&args.model)?).await?,
        as_json,
    )
}

fn tell(report: &ModelReport, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out::json(report)?;
    } else {
        print(report);
    }
    Ok(Exit::Pass)
}

fn print(report: &ModelReport) {
    let opsets: Vec<String> = report
        .opsets
        .iter()
        .map(|o| format!("{} {}", o.domain, o.version))
        .collect();
    out::line(format!(
        "{}  {} bytes  read in {:.1} ms",
        report.path,
        report.size_bytes,
        report.took_us as f64 / 1e3
    ));
    out::line(format!(
        "  made by     {} {}",
        report.producer, report.producer_version
    ));
    out::line(format!(
        "  IR          {}  opsets {}",
        report.ir_version,
        opsets.join(", ")
    ));
    out::line(format!(
        "  nodes       {}  parameters {}  weights {} bytes",
        report.node_count, report.parameter_count, report.weight_bytes
    ));
    tensors("input", &report.inputs);
    tensors("output", &report.outputs);
    for op in report.ops.iter().take(OPS_SHOWN) {
        out::line(format!("  op          {:>6} x {}", op.count, op.op));
    }
    if report.ops.len() > OPS_SHOWN {
        out::line(format!(
            "  op          and {} more kinds; --json shows all",
            report.ops.len() - OPS_SHOWN
        ));
    }
    for file in &report.external_files {
        let found = file
            .size_bytes
            .map_or_else(|| "missing".to_owned(), |n| format!("{n} bytes"));
        out::line(format!("  external    {}  {found}", file.location));
    }
    for warning in &report.warnings {
        out::line(format!("  warning     {warning}"));
    }
}

const OPS_SHOWN: usize = 12;

fn tensors(kind: &str, tensors: &[TensorInfo]) {
    for tensor in tensors {
        out::line(format!(
            "  {kind:<11} {}  {}  [{}]",
            tensor.name,
            tensor.element_type,
            tensor.dims.join(", ")
        ));
    }
}
