//! How long a model takes, measured in the worker: what crosses the pipe is not in the figures.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bench, Job, SampleInputs};
use crate::benchmark::{
    self, Against, AgainstRequest, ArrivalFile, BenchmarkProgress, BenchmarkReport,
    BenchmarkRequest, Scenario, WarmUp,
};
use crate::fingerprint::Environment;
use crate::{CancelToken, EngineError, ModelOptions, Provider};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BenchmarkJob {
    pub path: PathBuf,
    pub options: ModelOptions,
    pub inputs: SampleInputs,
    /// As in [`BenchmarkRequest`], without the inputs, which only the worker can make.
    pub model: String,
    pub digest: String,
    pub scenario: Scenario,
    /// Read in the worker, for a replay.
    pub arrivals: Option<ArrivalFile>,
    pub duration: Duration,
    pub samples_max: u64,
    pub warm_up: WarmUp,
    pub started_at_ms: i64,
    /// As whoever asks sees it.
    pub environment: Environment,
    /// Measured in turns with it.
    pub against: Option<AgainstJob>,
}

/// The other model of a comparison; its inputs are those of the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgainstJob {
    pub path: PathBuf,
    pub options: ModelOptions,
    pub request: AgainstRequest,
}

/// What was measured: one model, or two in turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkAnswer {
    pub report: BenchmarkReport,
    pub against: Option<Against>,
}

impl Job for BenchmarkJob {
    const NAME: &'static str = "benchmark";
    type Progress = BenchmarkProgress;
    type Answer = BenchmarkAnswer;

    fn reads(&self) -> Vec<PathBuf> {
        let other = self.against.iter().map(|other| other.path.clone());
        let arrivals = self.arrivals.iter().map(|file| file.path.clone());
        std::iter::once(self.path.clone())
            .chain(other)
            .chain(arrivals)
            .collect()
    }

    fn uses_gpu(&self) -> bool {
        let other = self.against.iter().map(|other| &other.options);
        std::iter::once(&self.options)
            .chain(other)
            .any(|options| Provider::any_gpu(&options.providers))
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(BenchmarkProgress),
        cancel: &CancelToken,
    ) -> Result<BenchmarkAnswer, EngineError> {
        let runtime = bench.runtime()?;
        let model = bench.model(&self.path, &self.options)?;
        let sample = self.inputs.resolve(model.signature())?;
        let request = BenchmarkRequest {
            model: self.model,
            digest: self.digest,
            scenario: self.scenario,
            arrivals_s: self
                .arrivals
                .map_or_else(|| Ok(Vec::new()), |file| file.read())?,
            inputs: sample.inputs,
            inputs_label: sample.label,
            duration: self.duration,
            samples_max: self.samples_max,
            warm_up: self.warm_up,
            started_at_ms: self.started_at_ms,
            environment: Some(self.environment),
        };
        let Some(other) = self.against else {
            let report = benchmark::run(runtime.version(), &model, &request, progress, cancel)?;
            return Ok(BenchmarkAnswer {
                report,
                against: None,
            });
        };
        let reference = bench.model(&other.path, &other.options)?;
        let (report, against) = benchmark::against(
            runtime.version(),
            (&model, &request),
            (&reference, &other.request),
            progress,
            cancel,
        )?;
        Ok(BenchmarkAnswer {
            report,
            against: Some(against),
        })
    }
}
