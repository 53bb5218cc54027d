//! Where two sides begin to differ.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::files;
use crate::compare::Tolerance;
use crate::compare::divergence::{
    DivergenceLimits, DivergenceProgress, DivergenceReport, Exposable, Sides, find,
};
use crate::compare::stream::{ModelSide, RowSource, first_rows, for_other};
use crate::job::{Bench, Job};
use crate::{CancelToken, EngineError, Provider};

/// Searches over the first rows of the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DivergenceJob {
    pub actual: ModelSide,
    pub expected: ModelSide,
    pub source: RowSource,
    pub rows: usize,
    pub tolerance: Tolerance,
    pub limits: DivergenceLimits,
}

impl Job for DivergenceJob {
    const NAME: &'static str = "divergence";
    type Progress = DivergenceProgress;
    type Answer = DivergenceReport;

    fn reads(&self) -> Vec<PathBuf> {
        files([&self.actual, &self.expected], &self.source)
    }

    fn uses_gpu(&self) -> bool {
        [&self.actual, &self.expected]
            .into_iter()
            .any(|side| Provider::any_gpu(&side.options.providers))
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(DivergenceProgress),
        cancel: &CancelToken,
    ) -> Result<DivergenceReport, EngineError> {
        let started = Instant::now();
        self.tolerance.check()?;
        let runtime = bench.runtime()?;
        let (rows, actual_inputs, actual_side) = {
            let model = bench.model(&self.actual.path, &self.actual.options)?;
            let (rows, inputs) = first_rows(&self.source, model.signature(), self.rows)?;
            (rows, inputs, self.actual.report(&model, &runtime))
        };
        let (expected_inputs, expected_side) = {
            let model = bench.model(&self.expected.path, &self.expected.options)?;
            let inputs = for_other(&actual_inputs, model.signature())?;
            (inputs, self.expected.report(&model, &runtime))
        };
        // The search loads its own; what the signatures came from need not stay.
        bench.forget();
        let open = |side: &ModelSide| Exposable::open(&runtime, &side.path, &side.options);
        let (actual, expected) = (open(&self.actual)?, open(&self.expected)?);
        let sides = Sides {
            actual: &actual,
            expected: &expected,
            actual_inputs: &actual_inputs,
            expected_inputs: &expected_inputs,
        };
        let found = find(&sides, self.tolerance, self.limits, progress, cancel)?;
        Ok(DivergenceReport {
            outcome: found.outcome,
            actual: actual_side,
            expected: expected_side,
            tolerance: self.tolerance,
            inputs: self.source.label(),
            rows: rows as u64,
            output: found.output,
            first: found.first,
            last_equal: found.last_equal,
            checked: found.checked,
            skipped: found.skipped,
            probes: found.probes,
            tensors: found.tensors,
            took_ms: started.elapsed().as_secs_f64() * 1e3,
        })
    }
}
