//! Who makes each tensor of a graph, and who takes it.

use std::collections::{HashMap, HashSet};

use super::way::Scope;
use crate::proto::{GraphProto, NodeProto};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Node(u32),
    Input,
    Weight,
    /// A graph around this one, or nobody.
    Outside,
}

/// The tensors of a graph by number, with their makers and takers.
#[derive(Debug)]
pub struct Wiring<'m> {
    pub names: Vec<&'m str>,
    pub makers: Vec<Maker>,
    /// The tensors that each node takes, slot by slot; those of its bodies come after.
    pub takes: Vec<Vec<u32>>,
    pub inputs: Vec<u32>,
    pub outputs: Vec<u32>,
    /// Whether every node comes after all that it takes from, as ONNX wants it.
    pub sorted: bool,
}

impl<'m> Wiring<'m> {
    pub fn of(scope: &Scope<'m>) -> Self {
        let mut tensors = Tensors::default();
        let inputs: Vec<u32> = scope
            .inputs
            .iter()
            .map(|name| tensors.number(name))
            .collect();
        for input in &inputs {
            tensors.makers[*input as usize] = Maker::Input;
        }
        for name in scope.weights.keys().copied() {
            let weight = tensors.number(name);
            tensors.makers[weight as usize] = Maker::Weight;
        }
        for (at, node) in (0..).zip(scope.nodes) {
            for name in node.output.iter().filter(|name| !name.is_empty()) {
                let made = tensors.number(name);
                tensors.makers[made as usize] = Maker::Node(at);
            }
        }
        let takes: Vec<Vec<u32>> = scope
            .nodes
            .iter()
            .map(|node| {
                let mut taken: Vec<&str> = node.input.iter().map(String::as_str).collect();
                for body in bodies(node) {
                    taken.extend(taken_from_around(body));
                }
                taken.retain(|name| !name.is_empty());
                taken.into_iter().map(|name| tensors.number(name)).collect()
            })
            .collect();
        let outputs = scope
            .outputs
            .iter()
            .map(|name| tensors.number(name))
            .collect();
        let sorted = (0_u32..).zip(&takes).all(|(node, taken)| {
            let makers = taken.iter().map(|tensor| tensors.makers[*tensor as usize]);
            makers
                .into_iter()
                .all(|maker| !matches!(maker, Maker::Node(other) if other >= node))
        });
        Self {
            names: tensors.names,
            makers: tensors.makers,
            takes,
            inputs,
            outputs,
            sorted,
        }
    }
}

#[derive(Default)]
struct Tensors<'m> {
    numbers: HashMap<&'m str, u32>,
    names: Vec<&'m str>,
    makers: Vec<Maker>,
}

impl<'m> Tensors<'m> {
    fn number(&mut self, name: &'m str) -> u32 {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.makers.push(Maker::Outside);
            self.names.len() as u32 - 1
        })
    }
}

pub fn bodies(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute
        .iter()
        .flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
}

/// The tensors that a body takes from the graphs around it. The scan bounds how deep bodies nest.
pub fn taken_from_around(graph: &GraphProto) -> Vec<&str> {
    let mut own: HashSet<&str> = graph
        .input
        .iter()
        .map(super::super::proto::ValueInfoProto::name)
        .collect();
    own.extend(
        graph
            .initializer
            .iter()
            .map(super::super::proto::TensorProto::name),
    );
    own.extend(
        graph
            .node
            .iter()
            .flat_map(|node| node.output.iter().map(String::as_str)),
    );
    let mut taken = Vec::new();
    let mut seen = HashSet::new();
    for node in &graph.node {
        let below = bodies(node).flat_map(taken_from_around);
        for name in node.input.iter().map(String::as_str).chain(below) {
            if !own.contains(name) && seen.insert(name) {
                taken.push(name);
            }
        }
    }
    let passed_on = graph
        .output
        .iter()
        .map(super::super::proto::ValueInfoProto::name);
    taken.extend(passed_on.filter(|name| !own.contains(name) && seen.insert(name)));
    taken
}
