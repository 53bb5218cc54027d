//! Rows through one side or two.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::CancelToken;
use engine::compare::ComparisonReport;
use engine::compare::stream::{CompareOptions, ModelSide, RowSource};
use engine::job::{CompareAgainst, CompareJob, RecordJob};
use engine::worker::Use;

use super::{CompareOutputsInput, told};
use crate::Context;
use crate::benchmark::TaskProgress;
use crate::error::{Result, ServiceError};
use crate::lab::Lab;

/// Under which the worker of comparisons is kept.
const WORKER: &str = "prove";
const RECORDED: &str = "outputs";

/// Compares; `ctx` is only needed for models of the workspace. What does not fit into memory lies in a folder of its own
/// that goes with the comparison.
pub async fn compare(
    ctx: Option<&Context>,
    lab: &Lab,
    input: CompareOutputsInput,
    progress: impl Fn(TaskProgress) + Send + Sync + 'static,
    cancel: &CancelToken,
) -> Result<ComparisonReport> {
    let progress = Arc::new(progress);
    let scratch = tempfile::tempdir().map_err(ServiceError::io(
        "no temporary folder could be made for the comparison",
    ))?;
    let library = input.side.library.clone();
    let other_library = input.against.as_ref().map(|side| side.library.clone());
    let two_runtimes = other_library
        .as_ref()
        .is_some_and(|other| *other != library);
    let side = input.side.resolve(ctx).await?;
    let other = match input.against {
        Some(side) => Some(side.resolve(ctx).await?),
        None => None,
    };
    let source = input.rows.source()?;
    let options = CompareOptions {
        tolerance: input.tolerance,
        batch_rows: input.batch_rows as usize,
        worst_max: input.worst_rows as usize,
        scratch: Some(scratch.path().to_owned()),
    };
    options.check()?;
    let against = match other {
        None => CompareAgainst::Columns {
            mapping: input.mapping,
        },
        Some(other) if two_runtimes => {
            let place = (scratch.path(), other_library.flatten());
            let job = recording(other, &source, &options, place.0);
            let told = Arc::clone(&progress);
            let tell = move |at| told(self::told("other side", &at));
            let purpose = Use::fresh().library(place.1);
            let side = lab.call(purpose, job, tell, cancel).await?;
            CompareAgainst::Recorded {
                path: scratch.path().join(RECORDED),
                side,
            }
        }
        Some(other) => CompareAgainst::Model(other),
    };
    let job = CompareJob {
        side,
        against,
        source,
        options,
    };
    let tell = move |at| progress(told("compare", &at));
    lab.call(purpose(library), job, tell, cancel).await
}

/// The usual runtime's worker stays warm; one of another library has done its work.
pub(super) fn purpose(library: Option<PathBuf>) -> Use {
    match library {
        None => Use::warm(WORKER),
        library => Use::fresh().library(library),
    }
}

fn recording(
    side: ModelSide,
    source: &RowSource,
    options: &CompareOptions,
    folder: &Path,
) -> RecordJob {
    RecordJob {
        side,
        source: source.clone(),
        batch_rows: options.batch_rows,
        folder: folder.to_owned(),
        name: RECORDED.to_owned(),
    }
}
