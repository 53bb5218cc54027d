//! Which inputs are indices into a table, and how large the table is: a made-up index beyond it would fail the model for
//! nothing.

use onnx::Model;
use onnx::proto::{GraphProto, NodeProto};

/// Operators that hand their first input on, element by element.
const CARRIERS: [&str; 8] = [
    "Cast",
    "Identity",
    "Unsqueeze",
    "Squeeze",
    "Reshape",
    "Flatten",
    "Transpose",
    "Expand",
];

/// For each input that picks rows from a weight (`Gather`, straight or through operators that only reshape it): its name,
/// and the smallest of the weights' sizes along the axis that it picks from.
#[must_use]
pub fn index_limits(model: &Model) -> Vec<(String, u64)> {
    let Some(graph) = &model.proto().graph else {
        return Vec::new();
    };
    let limit = |input: &onnx::proto::ValueInfoProto| {
        let limit = limit_of(graph, input.name(), 0)?;
        Some((input.name().to_owned(), limit))
    };
    graph.input.iter().filter_map(limit).collect()
}

/// Chains longer than this do not stand before an embedding.
const DEPTH_MAX: usize = 8;

fn limit_of(graph: &GraphProto, tensor: &str, depth: usize) -> Option<u64> {
    if depth == DEPTH_MAX {
        return None;
    }
    let of_node = |node: &NodeProto| {
        if node.op_type() == "Gather" && node.input.get(1).is_some_and(|index| index == tensor) {
            return table_size(graph, node);
        }
        let carried = CARRIERS.contains(&node.op_type())
            && node.input.first().is_some_and(|first| first == tensor);
        let output = node.output.first().filter(|_| carried)?;
        limit_of(graph, output, depth + 1)
    };
    graph.node.iter().filter_map(of_node).min()
}

fn table_size(graph: &GraphProto, gather: &NodeProto) -> Option<u64> {
    let name = gather.input.first()?;
    let table = graph
        .initializer
        .iter()
        .find(|weight| weight.name() == name)?;
    let axis = gather
        .attribute
        .iter()
        .find(|attribute| attribute.name() == "axis")
        .map_or(0, onnx::proto::AttributeProto::i);
    let rank = i64::try_from(table.dims.len()).ok()?;
    let axis = if axis < 0 { axis + rank } else { axis };
    let size = table.dims.get(usize::try_from(axis).ok()?)?;
    u64::try_from(*size).ok().filter(|size| *size > 0)
}
