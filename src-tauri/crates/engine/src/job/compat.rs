//! Whether this runtime can load a model, tried where a crash costs nothing.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::compat::{self, ModelCompatibility};
use crate::{CancelToken, EngineError};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompatJob {
    pub path: PathBuf,
}

impl Job for CompatJob {
    const NAME: &'static str = "compat";
    type Progress = ();
    type Answer = ModelCompatibility;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<ModelCompatibility, EngineError> {
        compat::check(&bench.runtime()?, &onnx::open(&self.path)?, cancel)
    }
}
