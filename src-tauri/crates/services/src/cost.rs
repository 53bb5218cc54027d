//! What a model costs: counted from shapes that a worker infers, or, without one, from those that the file states.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::ceiling::MachineCeiling;
use engine::compat::ModelCompatibility;
use engine::job::{CeilingJob, CompatJob, ShapesJob};
use engine::worker::Use;
use engine::{CancelToken, Limits, fingerprint};
use onnx::cost::{CostReport, CostTotals, NodeCost, OpCost};
use onnx::graph::Way;
use onnx::shapes::{self, Shapes};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::Clock;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::OpenModels;
use crate::lab::Lab;

/// The dearest nodes that are listed; the sums are over all.
const LISTED_MAX: usize = 2_000;
/// Inferring the shapes of a hundred thousand nodes takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);
/// Beyond this a dim is a mistake.
const DIM_MAX: u64 = 1 << 40;

/// Which values the open dims take; one that is not given takes 1.
#[derive(Debug, Clone, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CostInput {
    pub dims: Vec<DimSetting>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DimSetting {
    pub name: String,
    #[specta(type = Number)]
    pub value: u64,
}

/// Where shapes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ShapeOrigin {
    /// Of the runtime that inferred them; null when they are the file's own.
    pub runtime_version: Option<String>,
    /// Why no runtime inferred them.
    pub problem: Option<String>,
}

/// What a model costs with these dims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelCost {
    pub totals: CostTotals,
    pub ops: Vec<OpCost>,
    /// The dearest, by operations, then by bytes.
    pub nodes: Vec<NodeCost>,
    #[specta(type = Number)]
    pub node_count: u64,
    /// The graphs that nodes are in.
    pub graphs: Vec<Way>,
    /// The operations of every node that is known, graph by graph.
    pub by_graph: Vec<GraphFlops>,
    pub dims: Vec<DimSetting>,
    pub shapes: ShapeOrigin,
}

/// Of a graph the nodes whose operations are known, by their places, and how many those are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GraphFlops {
    pub way: Way,
    pub nodes: Vec<u32>,
    #[specta(type = Vec<Number>)]
    pub flops: Vec<u64>,
}

/// Counts what the model at `path` costs.
///
/// # Errors
/// When the file cannot be read, a dim is none of the model's, or it was cancelled.
pub async fn cost(
    lab: &Lab,
    models: Arc<OpenModels>,
    path: PathBuf,
    input: CostInput,
    cancel: &CancelToken,
) -> Result<ModelCost> {
    let (opened, at) = (Arc::clone(&models), path.clone());
    let model = blocking(move || opened.open(&at)).await?;
    let dims = settled(model.proto(), &input.dims)?;
    let (shapes, origin) = shapes_of(lab, path, dims.clone(), cancel).await?;
    let cancel = cancel.clone();
    blocking(move || {
        let bound = shapes::bound(model.proto(), &dims);
        let shapes = shapes.unwrap_or_else(|| Shapes::of_file(&bound));
        let report = onnx::cost::cost(&bound, &shapes);
        cancel.check()?;
        Ok(told(report, dims, origin))
    })
    .await
}

/// Every open dim of the model with its value.
fn settled(model: &onnx::proto::ModelProto, given: &[DimSetting]) -> Result<BTreeMap<String, u64>> {
    let open = shapes::open_dims(model);
    let mut dims: BTreeMap<String, u64> = open.iter().map(|dim| (dim.name.clone(), 1)).collect();
    for dim in given {
        let names: Vec<&str> = open.iter().map(|dim| dim.name.as_str()).collect();
        let known = dims.get_mut(&dim.name).ok_or_else(|| {
            let (wrong, open) = (&dim.name, names.join(", "));
            let told = if open.is_empty() {
                "it leaves none open"
            } else {
                &open
            };
            ServiceError::invalid(
                "dims",
                format!("the model has no open dim '{wrong}': {told}"),
            )
        })?;
        if dim.value == 0 || dim.value > DIM_MAX {
            let message = format!("{} must be from 1 to 2^40, not {}", dim.name, dim.value);
            return Err(ServiceError::invalid("dims", message));
        }
        *known = dim.value;
    }
    Ok(dims)
}

/// Shapes from a worker; none, with the reason, when no runtime tells them.
async fn shapes_of(
    lab: &Lab,
    path: PathBuf,
    dims: BTreeMap<String, u64>,
    cancel: &CancelToken,
) -> Result<(Option<Shapes>, ShapeOrigin)> {
    let path = std::path::absolute(&path).unwrap_or(path);
    let job = ShapesJob { path, dims };
    let purpose = Use::warm("shapes").limits(Limits::within(PATIENCE));
    match lab.call(purpose, job, |()| {}, cancel).await {
        Ok(answer) => Ok((
            Some(answer.shapes),
            ShapeOrigin {
                runtime_version: Some(answer.runtime_version),
                problem: None,
            },
        )),
        Err(ServiceError::Cancelled) => Err(ServiceError::Cancelled),
        Err(error) => Ok((
            None,
            ShapeOrigin {
                runtime_version: None,
                problem: Some(error.to_string()),
            },
        )),
    }
}

/// Infers the shapes of all tensors with open dims left open; from then on the graph's nodes show them.
///
/// # Errors
/// When the file cannot be read, or it was cancelled.
pub async fn infer_shapes(
    lab: &Lab,
    models: Arc<OpenModels>,
    path: PathBuf,
    cancel: &CancelToken,
) -> Result<ShapeOrigin> {
    let (opened, at) = (Arc::clone(&models), path.clone());
    blocking(move || opened.open(&at)).await?;
    if let Some(known) = models.shapes(&path) {
        return Ok(known.origin.clone());
    }
    let (shapes, origin) = shapes_of(lab, path.clone(), BTreeMap::new(), cancel).await?;
    if let Some(shapes) = shapes {
        models.keep_shapes(&path, shapes, origin.clone());
    }
    Ok(origin)
}

/// Whether the runtime of this machine can load the model, and which nodes it has no kernel for on the CPU.
///
/// # Errors
/// When the file cannot be read, there is no runtime, or it was cancelled.
pub async fn compatibility(
    lab: &Lab,
    path: PathBuf,
    cancel: &CancelToken,
) -> Result<ModelCompatibility> {
    let path = std::path::absolute(&path).unwrap_or(path);
    let purpose = Use::warm("shapes").limits(Limits::within(PATIENCE));
    lab.call(purpose, CompatJob { path }, |()| {}, cancel).await
}

fn told(report: CostReport, dims: BTreeMap<String, u64>, origin: ShapeOrigin) -> ModelCost {
    let mut by_graph: Vec<GraphFlops> = report
        .graphs
        .iter()
        .map(|way| GraphFlops {
            way: way.clone(),
            nodes: Vec::new(),
            flops: Vec::new(),
        })
        .collect();
    for node in &report.nodes {
        if let (Some(flops), Some(graph)) = (node.flops, by_graph.get_mut(node.graph as usize)) {
            graph.nodes.push(node.node);
            graph.flops.push(if node.times == 0 { 0 } else { flops });
        }
    }
    let node_count = report.nodes.len() as u64;
    let mut nodes = report.nodes;
    nodes.sort_by_key(|node| std::cmp::Reverse((node.flops, moved(node))));
    nodes.truncate(LISTED_MAX);
    ModelCost {
        totals: report.totals,
        ops: report.ops,
        nodes,
        node_count,
        graphs: report.graphs,
        by_graph,
        dims: dims
            .into_iter()
            .map(|(name, value)| DimSetting { name, value })
            .collect(),
        shapes: origin,
    }
}

fn moved(node: &NodeCost) -> u64 {
    let (read, written) = (node.bytes_read, node.bytes_written);
    read.unwrap_or(0).saturating_add(written.unwrap_or(0))
}

/// Where what this machine reaches is kept.
const CEILING_FILE: &str = "machine.json";

/// What this machine reaches at best: as it was measured before, or, `anew` or on a machine that is another one since,
/// measured now, which takes a second. `folder` is where it is kept.
///
/// # Errors
/// When there is no runtime, or it was cancelled.
pub async fn machine_ceiling(
    lab: &Lab,
    folder: &Path,
    anew: bool,
    clock: &Clock,
    cancel: &CancelToken,
) -> Result<MachineCeiling> {
    let file = folder.join(CEILING_FILE);
    let known = std::fs::read(&file)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<MachineCeiling>(&bytes).ok());
    if let Some(known) = known.filter(|known| !anew && is_of_here(known)) {
        return Ok(known);
    }
    let job = CeilingJob {
        measured_at_ms: clock.now_ms(),
    };
    let found = lab.call(Use::fresh(), job, |()| {}, cancel).await?;
    let text = serde_json::to_vec_pretty(&found).unwrap_or_default();
    // A folder that cannot be written only costs a second next time.
    if let Err(error) = std::fs::write(&file, text) {
        tracing::debug!(file = %file.display(), %error, "what this machine reaches is not kept");
    }
    Ok(found)
}

/// Measured on this machine, with the runtime that it had then.
fn is_of_here(known: &MachineCeiling) -> bool {
    let version = known.fingerprint.runtime_version.as_deref();
    fingerprint::collect(version).digest == known.fingerprint.digest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use onnx::fixtures::transformer;

    use super::*;

    #[test]
    fn a_dim_that_the_model_has_not_and_one_out_of_range_are_refused() {
        let model = transformer(1, true);
        let with = |name: &str, value: u64| {
            let given = [DimSetting {
                name: name.to_owned(),
                value,
            }];
            settled(&model, &given)
        };
        assert_eq!(with("S", 9).unwrap(), BTreeMap::from([("S".to_owned(), 9)]));
        let told = with("T", 9).unwrap_err().to_string();
        assert_eq!(told, "the model has no open dim 'T': S");
        let told = with("S", 0).unwrap_err().to_string();
        assert_eq!(told, "S must be from 1 to 2^40, not 0");
    }

    #[test]
    fn without_a_runtime_what_the_file_states_is_counted_and_the_rest_is_unknown() {
        let model = transformer(1, false);
        let bound = shapes::bound(&model, &BTreeMap::from([("S".to_owned(), 4)]));
        let report = onnx::cost::cost(&bound, &Shapes::of_file(&bound));
        let origin = ShapeOrigin {
            runtime_version: None,
            problem: Some("no runtime".to_owned()),
        };
        let found = told(report, BTreeMap::new(), origin);
        // What lies between the nodes is not in the file.
        assert!(found.totals.unknown > 0 && found.totals.unknown <= found.totals.nodes);
        let reasons = found.nodes.iter().filter_map(|node| node.unknown.as_ref());
        assert_eq!(reasons.count() as u64, found.totals.unknown);
    }
}
