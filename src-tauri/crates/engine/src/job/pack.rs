//! What a folder of ONNX Runtime's libraries turns out to be, in a worker that was started with them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::pack::{self, PackProbe};
use crate::{CancelToken, EngineError};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PackJob {
    pub folder: PathBuf,
    /// Whether each provider is given a model to run.
    pub try_providers: bool,
}

impl Job for PackJob {
    const NAME: &'static str = "pack";
    type Progress = ();
    type Answer = PackProbe;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.folder.clone()]
    }

    /// A provider that has no device to open would be called unusable.
    fn uses_gpu(&self) -> bool {
        self.try_providers
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        _: &CancelToken,
    ) -> Result<PackProbe, EngineError> {
        Ok(pack::probe(&bench.runtime()?, self.try_providers))
    }
}
