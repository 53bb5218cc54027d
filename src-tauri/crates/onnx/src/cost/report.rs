//! What is told of a model's cost.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::graph::Way;

/// What one run of a model costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CostReport {
    pub totals: CostTotals,
    /// Dearest first.
    pub ops: Vec<OpCost>,
    /// In the order of the graphs; what a node holds comes after it.
    pub nodes: Vec<NodeCost>,
    /// The graphs that the nodes are in.
    pub graphs: Vec<Way>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CostTotals {
    /// Nodes, without those that only hold or call a graph.
    #[specta(type = Number)]
    pub nodes: u64,
    /// Of those, the nodes whose operations are not known; the sums leave them out.
    #[specta(type = Number)]
    pub unknown: u64,
    /// Multiply-accumulates.
    #[specta(type = Number)]
    pub macs: u64,
    /// Two for each multiply-accumulate, and all other operations.
    #[specta(type = Number)]
    pub flops: u64,
    /// Some of the work depends on the values: this is the most that it can be.
    pub at_most: bool,
    #[specta(type = Number)]
    pub bytes_read: u64,
    #[specta(type = Number)]
    pub bytes_written: u64,
    /// Nodes of which it is not known how many bytes they move; the sums leave them out.
    #[specta(type = Number)]
    pub unsized_nodes: u64,
    /// Elements of the initializers that nodes take, each once.
    #[specta(type = Number)]
    pub parameters: u64,
    #[specta(type = Number)]
    pub weight_bytes: u64,
    pub activations: ActivationPeak,
}

/// The most memory that a run needs for tensors that are no weights: inputs and outputs of the model as long as it runs,
/// what nodes make until its last taker has run. No operator is taken to work in place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ActivationPeak {
    #[specta(type = Number)]
    pub bytes: u64,
    /// The node of the main graph that runs at that moment.
    pub node: Option<u32>,
    /// Its name, or its operator where it has none.
    pub name: String,
    /// Tensors of unknown size, which the sum leaves out.
    #[specta(type = Number)]
    pub unsized_tensors: u64,
}

/// All nodes of one operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OpCost {
    pub op: String,
    pub domain: String,
    #[specta(type = Number)]
    pub count: u64,
    /// Nodes whose operations are not known.
    #[specta(type = Number)]
    pub unknown: u64,
    #[specta(type = Number)]
    pub macs: u64,
    #[specta(type = Number)]
    pub flops: u64,
    #[specta(type = Number)]
    pub bytes: u64,
    #[specta(type = Number)]
    pub parameters: u64,
}

/// One node, all its runs together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeCost {
    /// Which graph, of [`CostReport::graphs`].
    pub graph: u32,
    /// The node's place in it.
    pub node: u32,
    pub name: String,
    pub op: String,
    pub domain: String,
    /// Type and shape of the first output; empty when they are not known.
    pub output: String,
    #[specta(type = Option<Number>)]
    pub macs: Option<u64>,
    #[specta(type = Option<Number>)]
    pub flops: Option<u64>,
    #[specta(type = Option<Number>)]
    pub bytes_read: Option<u64>,
    #[specta(type = Option<Number>)]
    pub bytes_written: Option<u64>,
    /// Of the initializers that it is the first to take.
    #[specta(type = Number)]
    pub parameters: u64,
    /// How often it runs; 0 for the branch that is not counted, and where it is not known.
    #[specta(type = Number)]
    pub times: u64,
    pub at_most: bool,
    /// It holds or calls a graph: its figures are the sums of those inside, which are listed too.
    pub holds: bool,
    /// Why its operations are not known.
    pub unknown: Option<String>,
}
