//! How long a model takes, measured in the worker: what crosses the pipe is not in the figures.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bench, Job, SampleInputs};
use crate::benchmark::{self, BenchmarkProgress, BenchmarkReport, BenchmarkRequest, WarmUp};
use crate::{CancelToken, EngineError, ModelOptions, Provider};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BenchmarkJob {
    pub path: PathBuf,
    pub options: ModelOptions,
    pub inputs: SampleInputs,
    /// As in [`BenchmarkRequest`], without the inputs, which only the worker can make.
    pub model: String,
    pub digest: String,
    pub duration: Duration,
    pub samples_max: u64,
    pub warm_up: WarmUp,
    pub started_at_ms: i64,
}

impl Job for BenchmarkJob {
    const NAME: &'static str = "benchmark";
    type Progress = BenchmarkProgress;
    type Answer = BenchmarkReport;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(BenchmarkProgress),
        cancel: &CancelToken,
    ) -> Result<BenchmarkReport, EngineError> {
        let runtime = bench.runtime()?;
        let model = bench.model(&self.path, &self.options)?;
        let sample = self.inputs.resolve(model.signature())?;
        let request = BenchmarkRequest {
            model: self.model,
            digest: self.digest,
            inputs: sample.inputs,
            inputs_label: sample.label,
            duration: self.duration,
            samples_max: self.samples_max,
            warm_up: self.warm_up,
            started_at_ms: self.started_at_ms,
        };
        benchmark::run(runtime.version(), &model, &request, progress, cancel)
    }
}
