//! How often the bodies of a node run.

use std::collections::HashMap;

use super::constant::number;
use super::view::{Unknown, View, unknown};
use crate::graph::Scope;
use crate::proto::{GraphProto, NodeProto, TensorProto};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turns {
    pub count: u64,
    /// It may end earlier.
    pub at_most: bool,
}

pub const ONCE: Turns = Turns {
    count: 1,
    at_most: false,
};

/// Which branch of an `If` is taken, when its condition is written in the model.
pub fn branch(
    node: &NodeProto,
    scope: &Scope<'_>,
    constants: &HashMap<&str, &TensorProto>,
) -> Option<&'static str> {
    let condition = number(scope, constants, node.input.first()?)?;
    Some(if condition == 0.0 {
        "else_branch"
    } else {
        "then_branch"
    })
}

pub fn turns(
    view: &View<'_>,
    body: &GraphProto,
    scope: &Scope<'_>,
    constants: &HashMap<&str, &TensorProto>,
) -> Result<Turns, Unknown> {
    match view.op() {
        "If" => Ok(ONCE),
        "Loop" => looped(view, body, scope, constants),
        "Scan" => scanned(view),
        other => Err(unknown(format!(
            "how often {other} runs its body depends on its inputs"
        ))),
    }
}

fn looped(
    view: &View<'_>,
    body: &GraphProto,
    scope: &Scope<'_>,
    constants: &HashMap<&str, &TensorProto>,
) -> Result<Turns, Unknown> {
    let name = view.node.input.first().map_or("", String::as_str);
    let count = number(scope, constants, name)
        .ok_or_else(|| unknown("how often the loop runs is not written in the model"))?;
    Ok(Turns {
        count: count.max(0.0) as u64,
        at_most: !goes_on(body),
    })
}

/// The condition that the body makes is the one that it was given, or one that is written there as true.
fn goes_on(body: &GraphProto) -> bool {
    let Some(made) = body.output.first() else {
        return false;
    };
    let given = body.input.get(1).map(crate::proto::ValueInfoProto::name);
    let mut name = made.name();
    let inner = Scope::of_graph(body);
    for _ in 0..body.node.len() {
        if Some(name) == given {
            return true;
        }
        let maker = body
            .node
            .iter()
            .find(|n| n.output.iter().any(|o| o == name));
        match maker {
            Some(node) if node.op_type() == "Identity" => {
                name = node.input.first().map_or("", String::as_str);
            }
            _ => break,
        }
    }
    Some(name) == given
        || number(&inner, &super::constant::constants(&inner), name).is_some_and(|n| n != 0.0)
}

fn scanned(view: &View<'_>) -> Result<Turns, Unknown> {
    let scans = usize::try_from(view.int("num_scan_inputs", 0)).unwrap_or(0);
    let states = view.node.input.len().checked_sub(scans);
    let first = states
        .filter(|_| scans > 0)
        .ok_or_else(|| unknown("it does not say what it scans"))?;
    let dims = view.input(first)?;
    let axis = view.ints("scan_input_axes").first().copied().unwrap_or(0);
    let axis = if axis < 0 {
        axis + dims.len() as i64
    } else {
        axis
    };
    let count = usize::try_from(axis)
        .ok()
        .and_then(|axis| dims.get(axis).copied());
    Ok(Turns {
        count: count.ok_or_else(|| unknown(format!("it scans along axis {axis}")))?,
        at_most: false,
    })
}
