//! A row followed through trees beside the runtime, in the worker.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::trees::{FollowRowRequest, FollowedRow, follow_row};
use crate::{CancelToken, EngineError};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FollowRowJob {
    pub path: PathBuf,
    pub request: FollowRowRequest,
}

impl Job for FollowRowJob {
    const NAME: &'static str = "trees";
    type Progress = ();
    type Answer = FollowedRow;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<FollowedRow, EngineError> {
        follow_row(&bench.runtime()?, &self.path, &self.request, cancel)
    }
}
