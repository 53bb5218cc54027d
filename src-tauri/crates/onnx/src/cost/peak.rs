//! The most memory that tensors take at once.

use std::collections::{HashMap, HashSet};

use super::walk::domain;
use super::work::is_view;
use crate::graph::Maker;
use crate::graph::{Scope, Way, Wiring};
use crate::shapes::{Shapes, TensorType};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peak {
    pub bytes: u64,
    /// The node that runs at that moment.
    pub node: Option<u32>,
    pub unsized_tensors: u64,
}

/// Walks the nodes in the order of the file, which ONNX wants sorted. `inner` is what the graphs inside a node need while it
/// runs.
pub fn peak(scope: &Scope<'_>, shapes: &Shapes, way: &Way, inner: &HashMap<u32, u64>) -> Peak {
    let wiring = Wiring::of(scope);
    let count = wiring.names.len();
    let roots = roots(scope, &wiring);
    let never = scope.nodes.len() as u32;
    // The last node that needs each piece of memory; those of the caller are there all the time.
    let mut last: Vec<u32> = vec![0; count];
    for (node, taken) in (0..).zip(&wiring.takes) {
        for tensor in taken {
            let root = roots[*tensor as usize];
            last[root] = last[root].max(node);
        }
    }
    for kept in wiring.inputs.iter().chain(&wiring.outputs) {
        last[roots[*kept as usize]] = never;
    }
    let mut unsized_tensors = 0;
    let mut size = |tensor: usize| {
        let known = shapes
            .of(way, wiring.names[tensor])
            .and_then(TensorType::bytes);
        unsized_tensors += u64::from(known.is_none());
        known.unwrap_or(0)
    };
    let mut live = 0_u64;
    for input in &wiring.inputs {
        live = live.saturating_add(size(*input as usize));
    }
    let mut peak = Peak {
        bytes: live,
        ..Peak::default()
    };
    let mut made_at: Vec<Vec<usize>> = vec![Vec::new(); scope.nodes.len()];
    for (tensor, maker) in wiring.makers.iter().enumerate() {
        if let Maker::Node(node) = maker
            && roots[tensor] == tensor
        {
            made_at[*node as usize].push(tensor);
        }
    }
    let mut ends: HashMap<u32, u64> = HashMap::new();
    for (node, made) in (0_u32..).zip(&made_at) {
        if is_constant(scope, node) {
            continue;
        }
        for tensor in made {
            let bytes = size(*tensor);
            live = live.saturating_add(bytes);
            let end = last[*tensor].max(node);
            *ends.entry(end).or_default() += bytes;
        }
        let now = live.saturating_add(inner.get(&node).copied().unwrap_or(0));
        if now > peak.bytes {
            peak.bytes = now;
            peak.node = Some(node);
        }
        live -= ends.remove(&node).unwrap_or(0).min(live);
    }
    peak.unsized_tensors = unsized_tensors;
    peak
}

/// Whose memory each tensor lies in: a view lies in that of its input, unless that is a weight.
fn roots(scope: &Scope<'_>, wiring: &Wiring<'_>) -> Vec<usize> {
    let mut roots: Vec<usize> = (0..wiring.names.len()).collect();
    let numbers: HashMap<&str, usize> = wiring
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| (*name, at))
        .collect();
    let outputs: HashSet<u32> = wiring.outputs.iter().copied().collect();
    for (at, node) in scope.nodes.iter().enumerate() {
        if !is_view((domain(node.domain()), node.op_type())) {
            continue;
        }
        let (Some(taken), Some(made)) = (
            node.input
                .first()
                .and_then(|name| numbers.get(name.as_str())),
            node.output
                .first()
                .and_then(|name| numbers.get(name.as_str())),
        ) else {
            continue;
        };
        // An output of the graph is the caller's: it is copied into.
        let owned = matches!(wiring.makers[*taken], Maker::Node(maker) if (maker as usize) < at && !is_constant(scope, maker));
        if owned && !outputs.contains(&(*made as u32)) {
            roots[*made] = roots[*taken];
        }
    }
    roots
}

fn is_constant(scope: &Scope<'_>, node: u32) -> bool {
    scope.nodes[node as usize].op_type() == "Constant"
}
