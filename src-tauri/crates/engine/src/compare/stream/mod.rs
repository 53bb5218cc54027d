//! Rows, batch by batch, through one or two sides: what was expected of them beside what came out.

mod feed;
mod record;
mod reference;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::report::{ComparisonReport, SideReport};
use super::{Agreement, Comparer, Pairing, Tolerance, agreement};
use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError, ModelOptions, Runtime};

pub(crate) use feed::{Batch, Feed};
pub use feed::{RowSource, first_rows, for_other};
pub use record::{Recorded, record};
pub use reference::Reference;

/// Rows that a model is given at once where nobody asks for another number.
pub const BATCH_ROWS: usize = 4096;
/// Of a batch: beyond this a mistake.
const BATCH_ROWS_MAX: usize = 1 << 24;
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// A model, and how it is to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSide {
    /// What people call it: `regime v3`, `new.onnx`.
    pub label: String,
    pub path: PathBuf,
    pub options: ModelOptions,
}

impl ModelSide {
    #[must_use]
    pub fn report(&self, model: &CachedModel, runtime: &Runtime) -> SideReport {
        SideReport {
            label: self.label.clone(),
            options: self.options.clone(),
            provider: model.loaded().provider.clone(),
            runtime_version: runtime.version().to_owned(),
        }
    }
}

/// How to compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareOptions {
    pub tolerance: Tolerance,
    pub batch_rows: usize,
    /// Rows that are shown.
    pub worst_max: usize,
    /// Where ranks that do not fit into memory may be sorted.
    pub scratch: Option<PathBuf>,
}

impl Default for CompareOptions {
    /// `numpy.allclose`'s tolerances.
    fn default() -> Self {
        Self {
            tolerance: Tolerance {
                rtol: 1e-5,
                atol: 1e-8,
            },
            batch_rows: BATCH_ROWS,
            worst_max: 20,
            scratch: None,
        }
    }
}

impl CompareOptions {
    /// # Errors
    /// When a setting is out of its range.
    pub fn check(&self) -> Result<(), EngineError> {
        self.tolerance.check()?;
        if !(1..=BATCH_ROWS_MAX).contains(&self.batch_rows) {
            let reason = format!("is {}, but must be 1 to {BATCH_ROWS_MAX}", self.batch_rows);
            return Err(EngineError::input("batchRows", reason));
        }
        if self.worst_max > 1000 {
            let reason = format!("is {}, but at most 1000 rows are kept", self.worst_max);
            return Err(EngineError::input("worstMax", reason));
        }
        Ok(())
    }
}

/// How far a comparison is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareProgress {
    pub rows: u64,
    /// Where the source says how many there are.
    pub rows_total: Option<u64>,
    /// Rows with an element outside the tolerance so far.
    pub rows_outside: u64,
}

/// Runs all rows of `source` through the model and holds the outputs against `reference`.
///
/// # Errors
/// Whatever reading the rows or running a side fails with, [`EngineError::Input`] where an output cannot be compared with
/// what was expected of it, [`EngineError::Cancelled`] when stopped.
pub fn compare_rows(
    (side, model): (SideReport, &Arc<CachedModel>),
    source: &RowSource,
    mut reference: Reference,
    options: &CompareOptions,
    progress: &mut dyn FnMut(CompareProgress),
    cancel: &CancelToken,
) -> Result<ComparisonReport, EngineError> {
    options.check()?;
    let started = Instant::now();
    let mut feed = Feed::open(
        source,
        model.signature(),
        options.batch_rows,
        &mut reference,
    )?;
    let mut comparer = Comparer::new(
        options.tolerance,
        options.worst_max,
        options.scratch.clone(),
    );
    let mut left_out: Vec<String> = Vec::new();
    let mut told = started;
    while let Some(batch) = feed.next()? {
        cancel.check()?;
        let inputs = batch.inputs(model.signature())?;
        let outputs = batch.run(model, &inputs, cancel)?;
        let expected = reference.of(&batch, &outputs, cancel)?;
        let mut pairings = Vec::with_capacity(outputs.len());
        for (name, actual) in &outputs {
            match expected.iter().find(|expected| expected.output == *name) {
                Some(expected) => pairings.push(Pairing {
                    output: name,
                    against: &expected.label,
                    actual,
                    expected: &expected.tensor,
                }),
                None if left_out.contains(name) => {}
                None => left_out.push(name.clone()),
            }
        }
        comparer.add(batch.rows, &inputs, &pairings)?;
        if told.elapsed() >= PROGRESS_EVERY {
            told = Instant::now();
            progress(CompareProgress {
                rows: comparer.rows(),
                rows_total: feed.rows_total(),
                rows_outside: comparer.rows_outside(),
            });
        }
    }
    reference.end()?;
    let (rows, rows_outside) = (comparer.rows(), comparer.rows_outside());
    let (outputs, worst_rows) = comparer.finish();
    let agreement = agreement(&outputs);
    let reason = (agreement == Agreement::Inconclusive).then(|| match rows {
        0 => "there are no rows".to_owned(),
        _ => "no output could be compared".to_owned(),
    });
    Ok(ComparisonReport {
        agreement,
        reason,
        rows,
        rows_outside,
        batch_rows: feed.batch_rows() as u64,
        tolerance: options.tolerance,
        actual: side,
        expected: reference.side(),
        inputs: source.label(),
        outputs,
        worst_rows,
        outputs_left_out: left_out,
        notes: feed.notes(),
        took_ms: started.elapsed().as_secs_f64() * 1e3,
    })
}

/// One output's expected values of a batch.
pub(crate) struct Expected {
    pub output: String,
    pub label: String,
    pub tensor: Tensor,
}
