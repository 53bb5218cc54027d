//! What a comparison found.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::check;
use crate::file::Model;
use crate::proto::{NodeProto, SparseTensorProto, TensorProto};
use crate::walk::{self, Scope, Visitor};

/// Two models, and everything in which they differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelDiff {
    pub left: DiffSide,
    pub right: DiffSide,
    /// Nothing came, went or changed. Nodes and tensors may have other names.
    pub equal: bool,
    #[specta(type = Number)]
    pub took_us: u64,
    pub facts: Vec<FactChange>,
    pub ports: Vec<PortChange>,
    /// Operators whose number changed, the largest change first.
    pub ops: Vec<OpChange>,
    pub nodes: Vec<NodeChange>,
    /// Differences that are counted, but too many to be listed.
    #[specta(type = Number)]
    pub nodes_left_out: u64,
    #[specta(type = Number)]
    pub nodes_same: u64,
    #[specta(type = Number)]
    pub nodes_added: u64,
    #[specta(type = Number)]
    pub nodes_removed: u64,
    #[specta(type = Number)]
    pub nodes_changed: u64,
    /// Pairs whose names differ; the same nodes otherwise, unless they are listed too.
    #[specta(type = Number)]
    pub nodes_renamed: u64,
    /// The largest relative change first.
    pub weights: Vec<WeightChange>,
    #[specta(type = Number)]
    pub weights_left_out: u64,
    #[specta(type = Number)]
    pub weights_same: u64,
    #[specta(type = Number)]
    pub weights_added: u64,
    #[specta(type = Number)]
    pub weights_removed: u64,
    #[specta(type = Number)]
    pub weights_changed: u64,
    #[specta(type = Number)]
    pub weights_renamed: u64,
}

/// One of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DiffSide {
    pub path: String,
    pub file_name: String,
    #[specta(type = Number)]
    pub size_bytes: u64,
    #[specta(type = Number)]
    pub node_count: u64,
    #[specta(type = Number)]
    pub parameter_count: u64,
    #[specta(type = Number)]
    pub weight_bytes: u64,
    /// Operators and how many there are of each.
    #[serde(skip)]
    pub(super) ops: Vec<(String, u64)>,
}

impl DiffSide {
    pub(super) fn of(model: &Model) -> Self {
        let mut counted = Counted::default();
        let Ok(()) = walk::walk(model.proto(), &mut counted);
        let file_name = model.path().file_name().unwrap_or_default();
        Self {
            path: model.path().display().to_string(),
            file_name: file_name.to_string_lossy().into_owned(),
            size_bytes: model.size_bytes(),
            node_count: counted.nodes,
            parameter_count: counted.parameters,
            weight_bytes: counted.weight_bytes,
            ops: counted.ops.into_iter().collect(),
        }
    }
}

/// As [`report`](crate::report()) counts, without describing each node.
#[derive(Default)]
struct Counted {
    nodes: u64,
    parameters: u64,
    weight_bytes: u64,
    ops: BTreeMap<String, u64>,
}

impl Counted {
    fn add(&mut self, tensor: &TensorProto) {
        let bytes = check::stored_bytes(tensor).ok().flatten().unwrap_or(0);
        self.weight_bytes = self.weight_bytes.saturating_add(bytes);
    }

    fn add_parameters(&mut self, tensor: &TensorProto) {
        let count = check::elements(&tensor.dims).unwrap_or(0);
        self.parameters = self.parameters.saturating_add(count);
    }
}

impl Visitor for Counted {
    type Error = std::convert::Infallible;

    fn node(&mut self, _: &Scope, node: &NodeProto) -> Result<(), Self::Error> {
        self.nodes += 1;
        if let Some(count) = self.ops.get_mut(node.op_type()) {
            *count += 1;
        } else {
            self.ops.insert(node.op_type().to_owned(), 1);
        }
        Ok(())
    }

    fn initializer(&mut self, _: &Scope, tensor: &TensorProto) -> Result<(), Self::Error> {
        self.add(tensor);
        self.add_parameters(tensor);
        Ok(())
    }

    fn sparse_initializer(
        &mut self,
        _: &Scope,
        sparse: &SparseTensorProto,
    ) -> Result<(), Self::Error> {
        for tensor in sparse.values.iter().chain(&sparse.indices) {
            self.add(tensor);
        }
        sparse
            .values
            .iter()
            .for_each(|values| self.add_parameters(values));
        Ok(())
    }

    fn constant(&mut self, _: &Scope, _: &str, _: &TensorProto) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// Opsets, IR version, producer, metadata, functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct FactChange {
    pub what: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum PortSide {
    Input,
    Output,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct PortChange {
    pub side: PortSide,
    pub name: String,
    /// `float32 [N, 12]`
    pub left: Option<String>,
    pub right: Option<String>,
    /// Whether a caller of the left model fails with the right one.
    pub breaking: bool,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct OpChange {
    pub op: String,
    #[specta(type = Number)]
    pub left: u64,
    #[specta(type = Number)]
    pub right: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeChange {
    pub change: Change,
    /// Empty in the main graph, else the way to it, ending in `" > "`.
    pub scope: String,
    pub name: String,
    pub op: String,
    /// Its place in its graph on either side.
    pub left_node: Option<u32>,
    pub right_node: Option<u32>,
    pub details: Vec<DetailChange>,
}

/// One attribute or input. Empty where a side has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct DetailChange {
    pub what: String,
    pub left: String,
    pub right: String,
}

impl DetailChange {
    pub(super) fn new(what: String, left: &str, right: &str) -> Self {
        Self {
            what,
            left: left.to_owned(),
            right: right.to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WeightChange {
    pub change: Change,
    pub scope: String,
    pub name: String,
    /// `float32 [64, 64]`
    pub left: Option<String>,
    pub right: Option<String>,
    #[specta(type = Number)]
    pub count: u64,
    /// Of weights that have one shape on both sides.
    pub figures: Option<WeightApart>,
    /// Why there are no figures, where there should be.
    pub problem: Option<String>,
}

/// How far the numbers of a weight are apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WeightApart {
    #[specta(type = Number)]
    pub differing: u64,
    /// Of those, where one side is NaN or infinite; they are in none of the figures below.
    #[specta(type = Number)]
    pub broken: u64,
    /// The largest `|right - left|`.
    #[specta(type = Number)]
    pub abs_max: f64,
    /// The largest `|right - left| / max(|left|, |right|)`: 2 where a sign turned.
    #[specta(type = Number)]
    pub rel_max: f64,
    /// `‖right - left‖ / ‖left‖`; none where the left is all zeros.
    pub l2_relative: Option<f64>,
}

impl WeightChange {
    /// What changed by most comes first; what has no figures before it, for its shape changed or it came or went.
    pub(super) fn largest_first(&self, other: &Self) -> Ordering {
        let size = |change: &Self| match &change.figures {
            None => f64::INFINITY,
            Some(figures) => figures.l2_relative.unwrap_or(f64::MAX),
        };
        let by_size = size(other).total_cmp(&size(self));
        by_size.then_with(|| self.name.cmp(&other.name))
    }
}

impl ModelDiff {
    pub(super) fn is_equal(&self) -> bool {
        self.facts.is_empty()
            && self.ports.is_empty()
            && self.nodes_added + self.nodes_removed + self.nodes_changed == 0
            && self.weights_added + self.weights_removed + self.weights_changed == 0
    }

    pub(super) fn op_changes(&self) -> Vec<OpChange> {
        let count = |side: &DiffSide, op: &str| {
            let mut counted = side.ops.iter();
            counted
                .find(|(name, _)| name == op)
                .map_or(0, |(_, count)| *count)
        };
        let names = self
            .left
            .ops
            .iter()
            .chain(&self.right.ops)
            .map(|(op, _)| op);
        let mut changes: Vec<OpChange> = names
            .map(|op| OpChange {
                op: op.clone(),
                left: count(&self.left, op),
                right: count(&self.right, op),
            })
            .filter(|change| change.left != change.right)
            .collect();
        changes.sort_by_key(|change| {
            (
                std::cmp::Reverse(change.left.abs_diff(change.right)),
                change.op.clone(),
            )
        });
        changes.dedup();
        changes
    }
}
