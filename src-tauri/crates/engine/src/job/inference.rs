//! A model over rows, in the worker: it reads the rows itself and leaves the outputs in a file, so that neither crosses the
//! pipe.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::inference::{self, InferenceProgress, InferenceReport, InferenceRequest, RowSource};
use crate::{CancelToken, EngineError, ModelOptions, Provider};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InferenceJob {
    pub path: PathBuf,
    pub options: ModelOptions,
    pub request: InferenceRequest,
}

impl Job for InferenceJob {
    const NAME: &'static str = "inference";
    type Progress = InferenceProgress;
    type Answer = InferenceReport;

    fn reads(&self) -> Vec<PathBuf> {
        let mut reads = vec![self.path.clone()];
        if let RowSource::File(path) = &self.request.source {
            reads.push(path.clone());
        }
        reads
    }

    fn writes(&self) -> Vec<PathBuf> {
        self.request
            .keep
            .parent()
            .map(PathBuf::from)
            .into_iter()
            .collect()
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(InferenceProgress),
        cancel: &CancelToken,
    ) -> Result<InferenceReport, EngineError> {
        let model = bench.model(&self.path, &self.options)?;
        inference::run(&model, &self.request, progress, cancel)
    }
}
