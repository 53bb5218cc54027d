//! One point of a sweep, in a worker: what an earlier point left in memory is not measured.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::sweep::{self, PointMeasure, PointRequest};
use crate::{CancelToken, EngineError, Provider};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepPointJob(pub PointRequest);

impl Job for SweepPointJob {
    const NAME: &'static str = "sweep";
    type Progress = ();
    type Answer = PointMeasure;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.0.path.clone()]
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.0.settings.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<PointMeasure, EngineError> {
        let model = bench.model(&self.0.path, &self.0.settings.options())?;
        sweep::measure(&model, &self.0, cancel)
    }
}
