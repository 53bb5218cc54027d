//! What the search for the first difference found.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::compare::{SideReport, Tolerance};

/// How the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum DivergenceOutcome {
    /// No output differs beyond the tolerance.
    Equal,
    /// A node whose inputs agree and whose output does not.
    Found,
    /// As soon as the tensor is looked at, nothing differs any more: operators that the runtime fuses across it are the
    /// cause.
    Fused,
}

/// One tensor on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CheckedTensor {
    pub tensor: String,
    /// Of the node that makes it, which may have no name.
    pub node: String,
    pub op: String,
    /// The node's place in the main graph, from 0.
    #[specta(type = Number)]
    pub node_index: u32,
    pub equal: bool,
    #[specta(type = Number)]
    pub elements: u64,
    /// Elements beyond the tolerance.
    #[specta(type = Number)]
    pub outside: u64,
    /// None when it is infinite, or the shapes differ.
    #[specta(type = Option<Number>)]
    pub max_abs: Option<f64>,
    #[specta(type = Option<Number>)]
    pub max_rel: Option<f64>,
    #[specta(type = Vec<Number>)]
    pub shape: Vec<usize>,
    /// The element with the largest difference, and its two values.
    #[specta(type = Option<Number>)]
    pub element: Option<u64>,
    pub actual: Option<String>,
    pub expected: Option<String>,
}

/// A tensor that could not be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SkippedTensor {
    pub tensor: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DivergenceReport {
    pub outcome: DivergenceOutcome,
    pub actual: SideReport,
    pub expected: SideReport,
    pub tolerance: Tolerance,
    pub inputs: String,
    #[specta(type = Number)]
    pub rows: u64,
    /// The model's output from which the search began.
    pub output: Option<String>,
    /// The first tensor that differs (found), or the one that hides the difference when it is looked at (fused).
    pub first: Option<CheckedTensor>,
    /// What its node reads, as far as it could be compared: all of it equal.
    pub last_equal: Vec<CheckedTensor>,
    /// Every tensor that was looked at, in the order of the graph.
    pub checked: Vec<CheckedTensor>,
    pub skipped: Vec<SkippedTensor>,
    /// How often both sides were loaded and run.
    pub probes: u32,
    /// Tensors of the main graph that both sides have.
    #[specta(type = Number)]
    pub tensors: u64,
    #[specta(type = Number)]
    pub took_ms: f64,
}
