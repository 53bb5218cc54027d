//! Where a run's time goes, in a worker that has done nothing else: the memory that it has is the model's.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::profile::{self, ProfileProgress, ProfileReport, ProfileRequest};
use crate::{CancelToken, EngineError, Provider};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfileJob {
    pub request: ProfileRequest,
    /// An empty folder for the runtime's own profile, and its rewritten graph; the caller removes it.
    pub scratch: PathBuf,
}

impl Job for ProfileJob {
    const NAME: &'static str = "profile";
    type Progress = ProfileProgress;
    type Answer = ProfileReport;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.request.path.clone()]
    }

    fn writes(&self) -> Vec<PathBuf> {
        vec![self.scratch.clone()]
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.request.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(ProfileProgress),
        cancel: &CancelToken,
    ) -> Result<ProfileReport, EngineError> {
        let runtime = bench.runtime()?;
        profile::run(&runtime, &self.request, &self.scratch, progress, cancel)
    }
}
