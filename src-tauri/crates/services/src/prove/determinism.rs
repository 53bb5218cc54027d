//! The same rows again and again.

use engine::CancelToken;
use engine::compare::{DeterminismReport, DeterminismRequest};
use engine::job::DeterminismJob;

use super::compare::purpose;
use super::{RepeatRunsInput, told};
use crate::Context;
use crate::benchmark::TaskProgress;
use crate::error::Result;
use crate::lab::Lab;

/// Whether every run gives the same bytes, with each number of threads.
pub async fn determinism(
    ctx: Option<&Context>,
    lab: &Lab,
    input: RepeatRunsInput,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<DeterminismReport> {
    let library = input.side.library.clone();
    let job = DeterminismJob {
        side: input.side.resolve(ctx).await?,
        source: input.rows.source()?,
        rows: input.sample_rows as usize,
        request: DeterminismRequest {
            repeats: input.repeats,
            threads: input
                .threads
                .iter()
                .map(|threads| *threads as usize)
                .collect(),
        },
    };
    job.request.check()?;
    let tell = move |at| progress(told("repeat", &at));
    lab.call(purpose(library), job, tell, cancel).await
}
