//! Nodes that came, went or changed.

use std::collections::HashMap;

use super::Part;
use super::align::Pairs;
use super::report::{Change, DetailChange, ModelDiff, NodeChange};
use crate::attribute;
use crate::proto::{AttributeProto, NodeProto};
use crate::walk::title;

/// What the tensors of one graph are called in the other.
struct Names<'m>(HashMap<&'m str, &'m str>);

impl<'m> Names<'m> {
    fn of(left: Part<'m>, right: Part<'m>, pairs: &Pairs) -> Self {
        let mut names: HashMap<&str, &str> = HashMap::new();
        for (from, to) in pairs.iter() {
            let outputs = &right.nodes[to as usize].output;
            for (name, other) in left.nodes[from as usize].output.iter().zip(outputs) {
                names.insert(name, other);
            }
        }
        for input in left.inputs() {
            names.insert(input, input);
        }
        Self(names)
    }

    /// Names of outer graphs and of weights are expected to stay.
    fn expected(&self, name: &'m str) -> &'m str {
        self.0.get(name).copied().unwrap_or(name)
    }
}

/// Compares the nodes of one graph. Gives the weights that stand at the same place under another name.
pub fn compare<'m>(
    scope: &str,
    left: Part<'m>,
    right: Part<'m>,
    pairs: &Pairs,
    found: &mut ModelDiff,
) -> Vec<(&'m str, &'m str)> {
    let names = Names::of(left, right, pairs);
    let (left_weights, right_weights) = (left.weights_by_name(), right.weights_by_name());
    let mut renamed = Vec::new();
    for (at, node) in left.nodes.iter().enumerate() {
        let Some(other_at) = pairs.of_left[at] else {
            found.nodes_removed += 1;
            found.nodes.push(alone(scope, Change::Removed, at, node));
            continue;
        };
        let other = &right.nodes[other_at as usize];
        let mut details = attributes(node, other);
        for (slot, (input, now)) in inputs(node, other).enumerate() {
            let held = (left_weights.get(input), right_weights.get(now));
            if let (Some(_), Some(_)) = held {
                // That a weight changed is told of the weight.
                if input != now {
                    renamed.push((input, now));
                }
            } else if names.expected(input) != now {
                details.push(DetailChange::new(format!("input {slot}"), input, now));
            }
        }
        if node.output.len() != other.output.len() {
            let count = |node: &NodeProto| node.output.len().to_string();
            details.push(DetailChange::new(
                "outputs".to_owned(),
                &count(node),
                &count(other),
            ));
        }
        found.nodes_renamed += u64::from(node.name() != other.name());
        if details.is_empty() {
            found.nodes_same += 1;
            continue;
        }
        found.nodes_changed += 1;
        found.nodes.push(NodeChange {
            change: Change::Changed,
            scope: scope.to_owned(),
            name: title(node).to_owned(),
            op: node.op_type().to_owned(),
            left_node: Some(at as u32),
            right_node: Some(other_at),
            details,
        });
    }
    for (at, node) in right.nodes.iter().enumerate() {
        if pairs.of_right[at].is_none() {
            found.nodes_added += 1;
            found.nodes.push(alone(scope, Change::Added, at, node));
        }
    }
    renamed
}

fn inputs<'m>(
    left: &'m NodeProto,
    right: &'m NodeProto,
) -> impl Iterator<Item = (&'m str, &'m str)> {
    let count = left.input.len().max(right.input.len());
    let at = |node: &'m NodeProto, slot: usize| node.input.get(slot).map_or("", String::as_str);
    (0..count).map(move |slot| (at(left, slot), at(right, slot)))
}

fn alone(scope: &str, change: Change, at: usize, node: &NodeProto) -> NodeChange {
    let is_left = change == Change::Removed;
    let side = |is_here: bool| is_here.then_some(at as u32);
    let text = |name: &str, value: &str| {
        let (left, right) = if is_left { (value, "") } else { ("", value) };
        DetailChange::new(name.to_owned(), left, right)
    };
    let inputs = node.input.iter().enumerate();
    let mut details: Vec<DetailChange> = inputs
        .map(|(slot, input)| text(&format!("input {slot}"), input))
        .collect();
    let attributes = node.attribute.iter();
    details.extend(attributes.map(|a| text(a.name(), &attribute::text(a))));
    NodeChange {
        change,
        scope: scope.to_owned(),
        name: title(node).to_owned(),
        op: node.op_type().to_owned(),
        left_node: side(is_left),
        right_node: side(!is_left),
        details,
    }
}

fn find<'n>(node: &'n NodeProto, name: &str) -> Option<&'n AttributeProto> {
    node.attribute
        .iter()
        .find(|attribute| attribute.name() == name)
}

/// Attributes that differ, bodies apart.
fn attributes(left: &NodeProto, right: &NodeProto) -> Vec<DetailChange> {
    let mut details = Vec::new();
    if left.op_type() != right.op_type() {
        details.push(DetailChange::new(
            "op".to_owned(),
            left.op_type(),
            right.op_type(),
        ));
    }
    for attribute in &left.attribute {
        let other = find(right, attribute.name());
        if let Some(detail) = changed(attribute.name(), Some(attribute), other) {
            details.push(detail);
        }
    }
    for attribute in &right.attribute {
        if find(left, attribute.name()).is_none() {
            details.extend(changed(attribute.name(), None, Some(attribute)));
        }
    }
    details
}

fn changed(
    name: &str,
    left: Option<&AttributeProto>,
    right: Option<&AttributeProto>,
) -> Option<DetailChange> {
    let is_body = |side: Option<&AttributeProto>| side.is_some_and(|a| a.g.is_some());
    if left == right || (is_body(left) && is_body(right)) {
        return None;
    }
    let text = |side: Option<&AttributeProto>| side.map_or_else(String::new, attribute::text);
    let (before, mut after) = (text(left), text(right));
    if before == after {
        // Long lists and tensors show their beginning only.
        after.push_str(&left.zip(right).map_or_else(String::new, where_differs));
    }
    Some(DetailChange::new(name.to_owned(), &before, &after))
}

fn where_differs((left, right): (&AttributeProto, &AttributeProto)) -> String {
    fn count<T: PartialEq>(left: &[T], right: &[T]) -> usize {
        left.iter().zip(right).filter(|(a, b)| a != b).count()
    }
    let differing = count(&left.floats, &right.floats)
        + count(&left.ints, &right.ints)
        + count(&left.strings, &right.strings);
    if differing == 0 {
        return " (other values)".to_owned();
    }
    let all = left.floats.len() + left.ints.len() + left.strings.len();
    format!(" ({differing} of {all} entries differ)")
}
