//! What the graph says of itself: operator sets and signature.

use std::path::PathBuf;

use domain::gates::{Fact, GraphFact, OpsetFact, PortFact};
use onnx::{ModelReport, TensorInfo};

/// Reads a model's graph; it is never run. What cannot be read is the model's failure.
pub(in crate::gates) async fn graph_of(path: PathBuf, of: Option<String>) -> Fact<GraphFact> {
    match crate::inspection::inspect_file(path).await {
        Ok(report) => Fact::Measured(ported(&report, of)),
        Err(error) => Fact::Failed(error.to_string()),
    }
}

/// Only operator sets that some node uses: exporters import many that none does. What a function of the file itself
/// computes needs no operator set.
fn ported(report: &ModelReport, of: Option<String>) -> GraphFact {
    let used = |domain: &str| report.ops.iter().any(|op| op.domain == domain);
    let own = |domain: &str| report.functions.iter().any(|f| f.domain == domain);
    GraphFact {
        of,
        opsets: report
            .opsets
            .iter()
            .filter(|set| set.domain == "ai.onnx" || (used(&set.domain) && !own(&set.domain)))
            .map(|set| OpsetFact {
                domain: set.domain.clone(),
                version: set.version,
            })
            .collect(),
        inputs: report.inputs.iter().map(port).collect(),
        outputs: report.outputs.iter().map(port).collect(),
    }
}

fn port(tensor: &TensorInfo) -> PortFact {
    PortFact {
        name: tensor.name.clone(),
        element_type: tensor.element_type.clone(),
        dims: tensor.dims.clone(),
    }
}
