//! Small numbers that are written in the model: trip counts, conditions.

use std::collections::HashMap;

use crate::graph::Scope;
use crate::proto::TensorProto;

/// What is looked up has one element, or a few.
const ELEMENTS_MAX: u64 = 64;

/// The first number of a tensor that the graph writes down: a weight, or the output of a `Constant`.
pub fn number(
    scope: &Scope<'_>,
    constants: &HashMap<&str, &TensorProto>,
    name: &str,
) -> Option<f64> {
    let tensor = scope.weights.get(name).or_else(|| constants.get(name))?;
    let elements = crate::check::elements(&tensor.dims).ok()?;
    if elements == 0 || elements > ELEMENTS_MAX {
        return None;
    }
    crate::weights::inline(tensor)?.first().copied()
}

/// The tensors of the `Constant` nodes of a graph.
pub fn constants<'m>(scope: &Scope<'m>) -> HashMap<&'m str, &'m TensorProto> {
    let nodes = scope.nodes.iter();
    nodes
        .filter(|node| node.op_type() == "Constant")
        .filter_map(|node| {
            let value = node.attribute.iter().find_map(|a| a.t.as_ref())?;
            Some((node.output.first()?.as_str(), value))
        })
        .collect()
}
