//! What a model costs, from the shapes of its tensors: parameters, operations, bytes moved, memory for activations; for each
//! node and in total. [`work`] says how operations are counted.
//!
//! A body counts as often as it runs: that of a `Scan` once for each slice, that of a `Loop` as often as its trip count says
//! when that is written in the model, of an `If` the dearer one of two. What cannot be known is unknown, with the reason:
//! nothing is guessed, and no unknown node counts as zero without being told.

mod constant;
mod peak;
mod report;
mod total;
mod turns;
mod view;
mod walk;
mod work;

pub use report::{ActivationPeak, CostReport, CostTotals, NodeCost, OpCost};

use crate::graph::Way;
use crate::proto::ModelProto;
use crate::shapes::Shapes;

/// Counts what one run of the model costs with these shapes.
#[must_use]
pub fn cost(model: &ModelProto, shapes: &Shapes) -> CostReport {
    let mut walk = walk::Walk::over(model, shapes);
    let main = walk.main();
    let totals = total::totals(model, &walk, main);
    let ops = total::by_op(&walk.nodes);
    let graphs: Vec<Way> = walk.graphs;
    CostReport {
        totals,
        ops,
        nodes: walk.nodes,
        graphs,
    }
}

#[cfg(test)]
mod tests;
