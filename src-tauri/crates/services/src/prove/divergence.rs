//! Where two sides begin to differ.

use engine::CancelToken;
use engine::compare::divergence::{DivergenceLimits, DivergenceProgress, DivergenceReport};
use engine::job::DivergenceJob;

use super::DivergenceInput;
use super::compare::purpose;
use crate::Context;
use crate::benchmark::TaskProgress;
use crate::error::{Result, ServiceError};
use crate::lab::Lab;

/// Searches the graph for the first tensor that differs. Both sides run on one ONNX Runtime.
pub async fn divergence(
    ctx: Option<&Context>,
    lab: &Lab,
    input: DivergenceInput,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<DivergenceReport> {
    let library = input.side.library.clone();
    if input.against.library != library {
        return Err(ServiceError::invalid(
            "against.library",
            "the first tensor that differs is searched for on one ONNX Runtime; two cannot be loaded side by side",
        ));
    }
    let job = DivergenceJob {
        actual: input.side.resolve(ctx).await?,
        expected: input.against.resolve(ctx).await?,
        source: input.rows.source()?,
        rows: input.sample_rows as usize,
        tolerance: input.tolerance.check()?,
        limits: DivergenceLimits {
            memory_bytes_max: u64::from(input.memory_mb_max) << 20,
            ..DivergenceLimits::default()
        },
    };
    let mut first = None;
    let tell = move |at: DivergenceProgress| progress(step(&at, &mut first));
    lab.call(purpose(library), job, tell, cancel).await
}

/// Halving has no known end, but each look leaves fewer candidates than the first had.
fn step(at: &DivergenceProgress, first: &mut Option<u64>) -> TaskProgress {
    let first = (*first.get_or_insert(at.candidates)).max(1) as f64;
    let left = at.candidates.max(1) as f64;
    TaskProgress {
        step: "search".to_owned(),
        detail: format!(
            "{} tensors may be the first; looking at {}",
            at.candidates, at.looking_at
        ),
        fraction: Some((1.0 - left.ln() / first.ln().max(1.0)).clamp(0.0, 1.0)),
    }
}
