//! Rows followed through trees beside the runtime, in the worker.

use std::path::PathBuf;

use onnx::trees::EnsemblePlace;
use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::trees::{FollowRowRequest, FollowedRow, TreeCover, cover, follow_row};
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

/// Counts where the rows of a file go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TreeCoverJob {
    pub path: PathBuf,
    pub place: EnsemblePlace,
    pub rows: PathBuf,
}

impl Job for TreeCoverJob {
    const NAME: &'static str = "tree-cover";
    /// Rows that were counted.
    type Progress = u64;
    type Answer = TreeCover;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone(), self.rows.clone()]
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(u64),
        cancel: &CancelToken,
    ) -> Result<TreeCover, EngineError> {
        let runtime = bench.runtime()?;
        cover(
            &runtime,
            &self.path,
            &self.place,
            &self.rows,
            progress,
            cancel,
        )
    }
}
