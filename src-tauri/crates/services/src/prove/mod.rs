//! What a model computes, proved: against expected outputs, another model, another provider, level or runtime, and itself.
//!
//! All of it runs in workers. Two ONNX Runtimes need two: the other side runs first and leaves its outputs in a file, which
//! the first side is then held against.

mod compare;
mod determinism;
mod divergence;
mod input;

use engine::compare::stream::CompareProgress;

use crate::benchmark::TaskProgress;

pub use compare::compare;
pub use determinism::determinism;
pub use divergence::divergence;
pub use input::{CompareOutputsInput, DivergenceInput, ProveRows, ProveSide, RepeatRunsInput};

/// How far rows have come, as windows and terminals show it.
fn told(step: &str, at: &CompareProgress) -> TaskProgress {
    let total = at.rows_total.filter(|total| *total > 0);
    TaskProgress {
        step: step.to_owned(),
        detail: match (total, at.rows_outside) {
            (Some(total), 0) => format!("{} of {total}", at.rows),
            (Some(total), outside) => format!("{} of {total}, {outside} rows differ", at.rows),
            (None, 0) => format!("{} rows", at.rows),
            (None, outside) => format!("{} rows, {outside} differ", at.rows),
        },
        fraction: total.map(|total| (at.rows as f64 / total as f64).min(1.0)),
    }
}
