//! Which node of one graph is which of the other.
//!
//! Nodes stand in an order that no line goes against, so two exports of one model are two texts of nearly the same lines.
//! They are aligned by a line diff (histogram, Myers where lines repeat), first by all that a node is but its name, then
//! within what is left by its operator and the shapes of its weights; then by name across the graph; then by operator.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};
use prost::Message as _;

use super::Part;
use crate::proto::{AttributeProto, NodeProto, TensorProto};

/// Pairs of nodes, by their places.
pub struct Pairs {
    pub of_left: Vec<Option<u32>>,
    pub of_right: Vec<Option<u32>>,
}

impl Pairs {
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        let left = self.of_left.iter().enumerate();
        left.filter_map(|(left, right)| Some((left as u32, (*right)?)))
    }

    fn join(&mut self, left: u32, right: u32) {
        self.of_left[left as usize] = Some(right);
        self.of_right[right as usize] = Some(left);
    }
}

/// How much of a node is looked at.
#[derive(Clone, Copy)]
enum Level {
    /// Operator, attributes, names of weights.
    Whole,
    /// Operator, names of attributes, shapes of weights.
    Shape,
    Operator,
}

/// A stretch of nodes that stand without a partner, on either side.
type Gap = (Range<u32>, Range<u32>);

pub fn align(left: Part<'_>, right: Part<'_>) -> Pairs {
    let mut pairs = Pairs {
        of_left: vec![None; left.nodes.len()],
        of_right: vec![None; right.nodes.len()],
    };
    let all = (0..left.nodes.len() as u32, 0..right.nodes.len() as u32);
    let mut gaps = vec![all];
    let weights = (left.weights_by_name(), right.weights_by_name());
    let lines = |level| {
        (
            lines(left, &weights.0, level),
            lines(right, &weights.1, level),
        )
    };
    for level in [Level::Whole, Level::Shape] {
        if gaps.is_empty() {
            return pairs;
        }
        let (before, after) = lines(level);
        gaps = close(&mut pairs, &gaps, &before, &after);
    }
    by_name(&mut pairs, left.nodes, right.nodes);
    let lines = lines(Level::Operator);
    for gap in gaps {
        in_order(&mut pairs, gap, &lines.0, &lines.1);
    }
    pairs
}

/// Pairs the nodes of each gap that are alike; gives the gaps that stay.
fn close(pairs: &mut Pairs, gaps: &[Gap], left: &[u64], right: &[u64]) -> Vec<Gap> {
    let mut rest = Vec::new();
    for (before, after) in gaps {
        let mut input = InternedInput::default();
        input.update_before(left[range(before)].iter().copied());
        input.update_after(right[range(after)].iter().copied());
        let diff = Diff::compute(Algorithm::Histogram, &input);
        let (mut from, mut to) = (before.start, after.start);
        for hunk in diff.hunks() {
            let gap = (
                before.start + hunk.before.start..before.start + hunk.before.end,
                after.start + hunk.after.start..after.start + hunk.after.end,
            );
            for (left, right) in (from..gap.0.start).zip(to..gap.1.start) {
                pairs.join(left, right);
            }
            (from, to) = (gap.0.end, gap.1.end);
            rest.push(gap);
        }
        for (left, right) in (from..before.end).zip(to..after.end) {
            pairs.join(left, right);
        }
    }
    rest
}

/// Nodes that moved: the same name, given once on each side, and the same operator.
fn by_name(pairs: &mut Pairs, left: &[NodeProto], right: &[NodeProto]) {
    let left = names(left, &pairs.of_left);
    let right = names(right, &pairs.of_right);
    for (name, place) in left {
        if let (Some(place), Some(Some(other))) = (place, right.get(&name)) {
            pairs.join(place, *other);
        }
    }
}

/// Where each name stands; `None` where it stands twice.
fn names<'m>(
    nodes: &'m [NodeProto],
    paired: &[Option<u32>],
) -> HashMap<(&'m str, &'m str), Option<u32>> {
    let mut names = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        if paired[at].is_none() && !node.name().is_empty() {
            names
                .entry((node.name(), node.op_type()))
                .and_modify(|place| *place = None)
                .or_insert(Some(at as u32));
        }
    }
    names
}

/// Of one operator in one gap, the first with the first.
fn in_order(pairs: &mut Pairs, (before, after): Gap, left: &[u64], right: &[u64]) {
    let mut waiting: HashMap<u64, Vec<u32>> = HashMap::new();
    for at in after
        .rev()
        .filter(|at| pairs.of_right[*at as usize].is_none())
    {
        waiting.entry(right[at as usize]).or_default().push(at);
    }
    for at in before {
        let alone = pairs.of_left[at as usize].is_none();
        let queue = waiting.get_mut(&left[at as usize]).filter(|_| alone);
        if let Some(other) = queue.and_then(Vec::pop) {
            pairs.join(at, other);
        }
    }
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// Each node as a number that is the same for nodes that are alike.
fn lines(part: Part<'_>, weights: &HashMap<&str, &TensorProto>, level: Level) -> Vec<u64> {
    let nodes = part.nodes.iter();
    nodes.map(|node| line(node, weights, level)).collect()
}

fn line(node: &NodeProto, weights: &HashMap<&str, &TensorProto>, level: Level) -> u64 {
    let mut hasher = DefaultHasher::new();
    (node.domain(), node.op_type()).hash(&mut hasher);
    if matches!(level, Level::Operator) {
        return hasher.finish();
    }
    (node.input.len(), node.output.len()).hash(&mut hasher);
    let mut attributes: Vec<&AttributeProto> = node.attribute.iter().collect();
    attributes.sort_by_key(|attribute| attribute.name());
    for attribute in attributes {
        attribute.name().hash(&mut hasher);
        // Bodies are compared apart, once their owners are paired.
        let is_body = attribute.g.is_some() || !attribute.graphs.is_empty();
        if matches!(level, Level::Whole) && !is_body {
            attribute.encode_to_vec().hash(&mut hasher);
        }
    }
    for (at, input) in node.input.iter().enumerate() {
        if let Some(weight) = weights.get(input.as_str()) {
            at.hash(&mut hasher);
            match level {
                Level::Whole => input.hash(&mut hasher),
                _ => (weight.data_type(), &weight.dims).hash(&mut hasher),
            }
        }
    }
    hasher.finish()
}
