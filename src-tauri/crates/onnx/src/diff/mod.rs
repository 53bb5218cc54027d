//! What differs between two models: what they take and give, their nodes, their weights, what the file says around them.
//!
//! Nodes are aligned, not matched by name, for exporters number them anew: see `align`. A node whose tensors only have
//! other names is the same node; how many there are is told, but is no difference.

mod align;
mod facts;
mod nodes;
mod report;
mod signature;
mod weights;

use std::collections::HashMap;
use std::time::Instant;

use crate::file::Model;
use crate::proto::{FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};

pub use report::{
    Change, DetailChange, DiffSide, FactChange, ModelDiff, NodeChange, OpChange, PortChange,
    PortSide, WeightApart, WeightChange,
};

/// Differences that are listed of one kind; the counts know all.
const LISTED_MAX: usize = 5_000;

/// Compares two models. `go_on` is asked between pieces of weights; when it says no, what was not compared yet counts as
/// changed without figures, and the caller drops the answer.
#[must_use]
pub fn diff(left: &Model, right: &Model, go_on: &dyn Fn() -> bool) -> ModelDiff {
    let started = Instant::now();
    let mut found = ModelDiff {
        left: DiffSide::of(left),
        right: DiffSide::of(right),
        facts: facts::facts(left.proto(), right.proto()),
        ports: signature::ports(left.proto(), right.proto()),
        ..ModelDiff::default()
    };
    let mut walk = Walk {
        left,
        right,
        go_on,
        found: &mut found,
        changed_weights: Vec::new(),
    };
    walk.graphs();
    walk.functions();
    let mut weights = walk.changed_weights;
    weights.sort_by(WeightChange::largest_first);
    found.weights_left_out = listed(&mut weights);
    found.weights = weights;
    found.nodes_left_out = listed(&mut found.nodes);
    found.ops = found.op_changes();
    found.equal = found.is_equal();
    found.took_us = started.elapsed().as_micros() as u64;
    found
}

fn listed<T>(changes: &mut Vec<T>) -> u64 {
    let left_out = changes.len().saturating_sub(LISTED_MAX);
    changes.truncate(LISTED_MAX);
    left_out as u64
}

/// One graph or function, as it is compared.
#[derive(Clone, Copy)]
struct Part<'m> {
    nodes: &'m [NodeProto],
    weights: &'m [TensorProto],
    graph: Option<&'m GraphProto>,
    function: Option<&'m FunctionProto>,
}

impl<'m> Part<'m> {
    fn of_graph(graph: &'m GraphProto) -> Self {
        Self {
            nodes: &graph.node,
            weights: &graph.initializer,
            graph: Some(graph),
            function: None,
        }
    }

    fn of_function(function: &'m FunctionProto) -> Self {
        Self {
            nodes: &function.node,
            weights: &[],
            graph: None,
            function: Some(function),
        }
    }

    /// Tensors that come from outside of it, by the names that callers know.
    fn inputs(self) -> Vec<&'m str> {
        match (self.graph, self.function) {
            (Some(graph), _) => graph.input.iter().map(ValueInfoProto::name).collect(),
            (_, Some(function)) => function.input.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn weights_by_name(self) -> HashMap<&'m str, &'m TensorProto> {
        self.weights
            .iter()
            .map(|weight| (weight.name(), weight))
            .collect()
    }
}

struct Walk<'m, 'f> {
    left: &'m Model,
    right: &'m Model,
    go_on: &'f dyn Fn() -> bool,
    found: &'f mut ModelDiff,
    changed_weights: Vec<WeightChange>,
}

impl<'m> Walk<'m, '_> {
    fn graphs(&mut self) {
        let main = |model: &'m ModelProto| model.graph.as_ref().map(Part::of_graph);
        if let (Some(left), Some(right)) = (main(self.left.proto()), main(self.right.proto())) {
            self.part("", left, right);
        }
    }

    /// Functions of the same name are compared; one that only one model has is a fact.
    fn functions(&mut self) {
        let key =
            |function: &'m FunctionProto| (function.domain(), function.name(), function.overload());
        let known: HashMap<_, _> = self
            .right
            .proto()
            .functions
            .iter()
            .map(|function| (key(function), function))
            .collect();
        for left in &self.left.proto().functions {
            if let Some(right) = known.get(&key(left)) {
                let scope = format!("function {} > ", crate::walk::clip(left.name()));
                let (left, right) = (Part::of_function(left), Part::of_function(right));
                self.part(&scope, left, right);
            }
        }
    }

    /// Compares one graph of each, then the bodies of its nodes. Recursion is bounded: the scan bounds how deep messages nest.
    fn part(&mut self, scope: &str, left: Part<'m>, right: Part<'m>) {
        let pairs = align::align(left, right);
        let renamed = nodes::compare(scope, left, right, &pairs, self.found);
        weights::compare(self, scope, left, right, &renamed);
        for (left_node, right_node) in pairs.iter() {
            let (left_node, right_node) = (
                &left.nodes[left_node as usize],
                &right.nodes[right_node as usize],
            );
            for attribute in &left_node.attribute {
                let mut others = right_node.attribute.iter();
                let other = others.find(|other| other.name() == attribute.name());
                let bodies = (
                    attribute.g.as_ref(),
                    other.and_then(|other| other.g.as_ref()),
                );
                if let (Some(body), Some(other)) = bodies {
                    let owner = crate::walk::title(left_node);
                    let inner = format!("{scope}{owner}.{} > ", attribute.name());
                    self.part(&inner, Part::of_graph(body), Part::of_graph(other));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
