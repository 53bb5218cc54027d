//! Sums over the model, and over each operator.

use std::collections::BTreeMap;

use super::report::{ActivationPeak, CostTotals, NodeCost, OpCost};
use super::walk::{Sum, Walk};
use crate::proto::ModelProto;

pub fn totals(model: &ModelProto, walk: &Walk<'_>, main: Option<Sum>) -> CostTotals {
    let leaves = || walk.nodes.iter().filter(|node| !node.holds);
    let sum = |of: fn(&NodeCost) -> Option<u64>| {
        leaves()
            .filter(|node| node.times > 0)
            .filter_map(of)
            .fold(0, u64::saturating_add)
    };
    let count = |of: fn(&&NodeCost) -> bool| leaves().filter(of).count() as u64;
    let peak = &walk.main_peak;
    let at = peak
        .node
        .and_then(|node| model.graph.as_ref()?.node.get(node as usize));
    CostTotals {
        nodes: count(|_| true),
        unknown: count(|node| node.unknown.is_some() || never_told(node)),
        macs: sum(|node| node.macs),
        flops: sum(|node| node.flops),
        at_most: main.is_some_and(Sum::at_most),
        bytes_read: sum(|node| node.bytes_read),
        bytes_written: sum(|node| node.bytes_written),
        unsized_nodes: count(|node| node.bytes_read.is_none() || node.bytes_written.is_none()),
        parameters: leaves()
            .map(|node| node.parameters)
            .fold(0, u64::saturating_add),
        weight_bytes: walk.weight_bytes,
        activations: ActivationPeak {
            bytes: peak.bytes,
            node: peak.node,
            name: at.map_or(String::new(), |node| crate::walk::title(node).to_owned()),
            unsized_tensors: peak.unsized_tensors,
        },
    }
}

fn never_told(node: &NodeCost) -> bool {
    node.flops.is_none()
}

/// Dearest first; among equals the most frequent.
pub fn by_op(nodes: &[NodeCost]) -> Vec<OpCost> {
    let mut ops: BTreeMap<(&str, &str), OpCost> = BTreeMap::new();
    for node in nodes.iter().filter(|node| !node.holds) {
        let op = ops
            .entry((&node.domain, &node.op))
            .or_insert_with(|| OpCost {
                op: node.op.clone(),
                domain: node.domain.clone(),
                count: 0,
                unknown: 0,
                macs: 0,
                flops: 0,
                bytes: 0,
                parameters: 0,
            });
        op.count += 1;
        op.unknown += u64::from(node.flops.is_none());
        op.parameters = op.parameters.saturating_add(node.parameters);
        if node.times == 0 {
            continue;
        }
        op.macs = op.macs.saturating_add(node.macs.unwrap_or(0));
        op.flops = op.flops.saturating_add(node.flops.unwrap_or(0));
        let bytes = node
            .bytes_read
            .unwrap_or(0)
            .saturating_add(node.bytes_written.unwrap_or(0));
        op.bytes = op.bytes.saturating_add(bytes);
    }
    let mut ops: Vec<OpCost> = ops.into_values().collect();
    ops.sort_by_key(|op| std::cmp::Reverse((op.flops, op.count)));
    ops
}
