//! One run of a model: inputs to outputs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job, SampleInputs};
use crate::{CancelToken, EngineError, ModelOptions, Provider, Tensor};

/// Runs the model once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunJob {
    pub path: PathBuf,
    pub options: ModelOptions,
    pub inputs: SampleInputs,
}

/// What came out, in the model's order, and how long the run alone took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunAnswer {
    pub outputs: Vec<(String, Tensor)>,
    pub inputs_label: String,
    pub run_ms: f64,
}

impl Job for RunJob {
    const NAME: &'static str = "run";
    type Progress = ();
    type Answer = RunAnswer;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<RunAnswer, EngineError> {
        let model = bench.model(&self.path, &self.options)?;
        let sample = self.inputs.resolve(model.signature())?;
        let started = std::time::Instant::now();
        let outputs = model.run(&sample.inputs, Some(cancel))?;
        Ok(RunAnswer {
            outputs,
            inputs_label: sample.label,
            run_ms: started.elapsed().as_secs_f64() * 1e3,
        })
    }
}
