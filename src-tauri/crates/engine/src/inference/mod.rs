//! Running a model over rows: from a file, from a seed, from a text; outputs kept in a file of arrays, summed up for the eye.
//!
//! Rows stream: so many are read, bound to the inputs, run, and written, and then the next. What is kept is an NPZ of the
//! outputs as they are, from which any page is read without the rest.

mod outputs;
mod page;
mod source;
mod summary;

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::{CachedModel, CancelToken, EngineError, ProviderReport};

pub use outputs::{ClassShare, OutputSummary, OutputView, RowSeries, ValueHistogram};
pub use page::{OutputPage, page};
pub use source::RowSource;

use outputs::Keeper;

/// Rows of one run where nobody asks for another number.
pub const BATCH_ROWS: u64 = 1024;

/// What to run a model on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InferenceRequest {
    pub source: RowSource,
    /// Rows beyond this are not read.
    pub rows_max: Option<u64>,
    /// Rows of one run; models that fix their first dim take that.
    pub batch_rows: u64,
    /// The file that the outputs are kept in; `.npz`, in a folder that exists.
    pub keep: PathBuf,
}

/// What a model was given and what it gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct InferenceReport {
    /// Where the inputs come from: `pandas.csv`, `generated, seed 7`.
    pub source: String,
    /// What was decided on the way: conversions, rows left out.
    pub notes: Vec<String>,
    pub inputs: Vec<InputView>,
    pub outputs: Vec<OutputView>,
    #[specta(type = Number)]
    pub rows: u64,
    #[specta(type = Number)]
    pub runs: u64,
    /// Rows of each run; the last may have fewer.
    #[specta(type = Number)]
    pub batch_rows: u64,
    pub timings: InferenceTimings,
    pub provider: ProviderReport,
}

/// One input of the first run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct InputView {
    pub name: String,
    /// As the Open Inference Protocol names it.
    pub datatype: String,
    #[specta(type = Vec<Number>)]
    pub shape: Vec<u64>,
}

/// Milliseconds on the clock.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct InferenceTimings {
    /// Loading the model, when it was loaded.
    #[specta(type = Number)]
    pub load_ms: f64,
    /// Reading or making the inputs.
    #[specta(type = Number)]
    pub inputs_ms: f64,
    /// Inside the model, all runs.
    #[specta(type = Number)]
    pub run_ms: f64,
    /// Of single runs: the middle one and the longest.
    #[specta(type = Number)]
    pub run_ms_median: f64,
    #[specta(type = Number)]
    pub run_ms_max: f64,
    /// Writing and summing up the outputs.
    #[specta(type = Number)]
    pub outputs_ms: f64,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InferenceProgress {
    pub rows: u64,
    /// Of so many, where that is known.
    pub rows_total: Option<u64>,
}

/// Runs the model over the rows. Blocks; progress is told after every run.
///
/// # Errors
/// [`EngineError::Cancelled`] when stopped; what reading the inputs, the model, or writing the outputs fails with.
pub fn run(
    model: &CachedModel,
    request: &InferenceRequest,
    progress: &mut dyn FnMut(InferenceProgress),
    cancel: &CancelToken,
) -> Result<InferenceReport, EngineError> {
    let mut started = Instant::now();
    let mut feed = request.source.feed(model.signature(), request)?;
    let mut keeper = Keeper::new(&request.keep)?;
    let mut timings = InferenceTimings {
        load_ms: model.loaded().load_ms,
        ..InferenceTimings::default()
    };
    let mut runs_ms: Vec<f64> = Vec::new();
    let mut rows = 0;
    let mut inputs_seen = Vec::new();
    while let Some((batch_rows, inputs)) = feed.next()? {
        cancel.check()?;
        timings.inputs_ms += lap(&mut started);
        if inputs_seen.is_empty() {
            inputs_seen = inputs.iter().map(InputView::of).collect();
        }
        let outputs = model.run(&inputs, Some(cancel))?;
        runs_ms.push(lap(&mut started));
        keeper.add(batch_rows, outputs)?;
        timings.outputs_ms += lap(&mut started);
        rows += batch_rows as u64;
        progress(InferenceProgress {
            rows,
            rows_total: feed.rows_total(),
        });
    }
    if runs_ms.is_empty() {
        return Err(EngineError::input(
            "",
            format!("{} has no rows", feed.label()),
        ));
    }
    timings.run_ms = runs_ms.iter().sum();
    timings.run_ms_max = runs_ms.iter().copied().fold(0.0, f64::max);
    runs_ms.sort_by(f64::total_cmp);
    timings.run_ms_median = runs_ms[runs_ms.len() / 2];
    let outputs = keeper.summed_up(model.signature(), cancel)?;
    timings.outputs_ms += lap(&mut started);
    Ok(InferenceReport {
        source: feed.label().to_owned(),
        notes: feed.into_notes(),
        inputs: inputs_seen,
        outputs,
        rows,
        runs: runs_ms.len() as u64,
        batch_rows: request.batch_rows,
        timings,
        provider: model.loaded().provider.clone(),
    })
}

impl InputView {
    fn of((name, tensor): &(String, crate::Tensor)) -> Self {
        Self {
            name: name.clone(),
            datatype: tensor.element_type().datatype().to_owned(),
            shape: tensor.shape().iter().map(|dim| *dim as u64).collect(),
        }
    }
}

/// Milliseconds since `started`, which begins anew.
fn lap(started: &mut Instant) -> f64 {
    let now = Instant::now();
    let took = now - *started;
    *started = now;
    took.as_secs_f64() * 1e3
}
