//! What a caller would notice: inputs and outputs.

use super::report::{PortChange, PortSide};
use crate::kind::{UNKNOWN_RANK, describe};
use crate::proto::{ModelProto, TensorProto, ValueInfoProto};

/// Changes of inputs and outputs, and whether a caller of the left model can go on with the right one.
pub fn ports(left: &ModelProto, right: &ModelProto) -> Vec<PortChange> {
    let mut changes = Vec::new();
    side(PortSide::Input, &inputs(left), &inputs(right), &mut changes);
    side(
        PortSide::Output,
        &outputs(left),
        &outputs(right),
        &mut changes,
    );
    changes
}

struct Port<'m> {
    name: &'m str,
    element: String,
    dims: Vec<String>,
}

impl Port<'_> {
    fn text(&self) -> String {
        if self.dims.is_empty() {
            return self.element.clone();
        }
        format!("{} [{}]", self.element, self.dims.join(", "))
    }
}

fn port(value: &ValueInfoProto) -> Port<'_> {
    let (element, dims) = describe(value.r#type.as_ref());
    Port {
        name: value.name(),
        element,
        dims,
    }
}

/// Without the weights that old models list among them.
fn inputs(model: &ModelProto) -> Vec<Port<'_>> {
    let Some(graph) = &model.graph else {
        return Vec::new();
    };
    let weights: std::collections::HashSet<&str> =
        graph.initializer.iter().map(TensorProto::name).collect();
    let inputs = graph
        .input
        .iter()
        .filter(|input| !weights.contains(input.name()));
    inputs.map(port).collect()
}

fn outputs(model: &ModelProto) -> Vec<Port<'_>> {
    model
        .graph
        .as_ref()
        .map_or_else(Vec::new, |graph| graph.output.iter().map(port).collect())
}

fn side(side: PortSide, left: &[Port<'_>], right: &[Port<'_>], changes: &mut Vec<PortChange>) {
    for port in left {
        match right.iter().find(|other| other.name == port.name) {
            None => changes.push(PortChange {
                side,
                name: port.name.to_owned(),
                left: Some(port.text()),
                right: None,
                breaking: true,
                why: match side {
                    PortSide::Input => "callers still give it",
                    PortSide::Output => "callers still read it",
                }
                .to_owned(),
            }),
            Some(other) if other.text() != port.text() => {
                let why = breaks(side, port, other);
                changes.push(PortChange {
                    side,
                    name: port.name.to_owned(),
                    left: Some(port.text()),
                    right: Some(other.text()),
                    breaking: why.is_some(),
                    why: why.unwrap_or("the same rows fit").to_owned(),
                });
            }
            Some(_) => {}
        }
    }
    for port in right {
        if !left.iter().any(|other| other.name == port.name) {
            changes.push(PortChange {
                side,
                name: port.name.to_owned(),
                left: None,
                right: Some(port.text()),
                breaking: side == PortSide::Input,
                why: match side {
                    PortSide::Input => "callers do not give it yet",
                    PortSide::Output => "callers need not read it",
                }
                .to_owned(),
            });
        }
    }
}

/// Why a caller of the left model would fail with the right one; `None` when it would not.
fn breaks(side: PortSide, left: &Port<'_>, right: &Port<'_>) -> Option<&'static str> {
    let is_open = |dim: &str| dim.parse::<i64>().is_err();
    if left.element != right.element {
        return Some("another element type");
    }
    let any_rank = |port: &Port<'_>| port.dims.first().is_some_and(|dim| dim == UNKNOWN_RANK);
    match side {
        PortSide::Input if any_rank(right) => return None,
        PortSide::Output if any_rank(left) => return None,
        _ if left.dims.len() != right.dims.len() || any_rank(left) || any_rank(right) => {
            return Some("another rank");
        }
        _ => {}
    }
    for (before, after) in left.dims.iter().zip(&right.dims) {
        match (is_open(before), is_open(after)) {
            (true, true) => {}
            (false, false) if before == after => {}
            (false, false) => return Some("another size"),
            (true, false) if side == PortSide::Input => return Some("a size is fixed now"),
            (false, true) if side == PortSide::Output => return Some("a size is open now"),
            _ => {}
        }
    }
    None
}
