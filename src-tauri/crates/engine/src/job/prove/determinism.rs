//! One side again and again.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::files;
use crate::compare::stream::{CompareProgress, ModelSide, RowSource, first_rows};
use crate::compare::{DeterminismReport, DeterminismRequest, RepeatGroup, determinism};
use crate::job::{Bench, Job};
use crate::{CancelToken, EngineError, ModelOptions, Provider};

/// Repeats the first rows of the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeterminismJob {
    pub side: ModelSide,
    pub source: RowSource,
    pub rows: usize,
    pub request: DeterminismRequest,
}

impl Job for DeterminismJob {
    const NAME: &'static str = "determinism";
    /// Runs done, of all.
    type Progress = CompareProgress;
    type Answer = DeterminismReport;

    fn reads(&self) -> Vec<PathBuf> {
        files([&self.side], &self.source)
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.side.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(CompareProgress),
        cancel: &CancelToken,
    ) -> Result<DeterminismReport, EngineError> {
        let started = Instant::now();
        self.request.check()?;
        let runtime = bench.runtime()?;
        let model = bench.model(&self.side.path, &self.side.options)?;
        let (rows, inputs) = first_rows(&self.source, model.signature(), self.rows)?;
        let total = u64::from(self.request.repeats) * self.request.threads.len() as u64;
        let mut tell = |fraction: f64| {
            progress(CompareProgress {
                rows: (fraction * total as f64).round() as u64,
                rows_total: Some(total),
                rows_outside: 0,
            });
        };
        let mut load = |threads: usize| {
            let options = ModelOptions {
                threads,
                ..self.side.options.clone()
            };
            bench.model(&self.side.path, &options)
        };
        let groups = determinism(&self.request, &inputs, &mut load, &mut tell, cancel)?;
        Ok(DeterminismReport {
            deterministic: groups.iter().all(RepeatGroup::is_same),
            side: self.side.report(&model, &runtime),
            inputs: self.source.label(),
            rows: rows as u64,
            groups,
            took_ms: started.elapsed().as_secs_f64() * 1e3,
        })
    }
}
