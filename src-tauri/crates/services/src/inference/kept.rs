//! Outputs of the last runs, in files of a folder of this process's own.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::inference::OutputView;
use tempfile::TempDir;

use crate::error::{Result, ServiceError};

const KEPT_MAX: usize = 4;

/// Where outputs lie while somebody looks at them. The folder goes with the last handle.
#[derive(Debug, Clone, Default)]
pub struct KeptRuns(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    folder: Option<TempDir>,
    runs: VecDeque<(String, Kept)>,
}

#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) file: PathBuf,
    pub(super) outputs: Vec<OutputView>,
}

impl KeptRuns {
    /// A name for a run, and the file that its outputs go into. All lie in one folder, so that one worker may write them.
    pub(super) fn place(&self) -> Result<(String, PathBuf)> {
        let mut inner = self.inner();
        if inner.folder.is_none() {
            let folder = tempfile::Builder::new()
                .prefix("drydock-outputs-")
                .tempdir();
            inner.folder =
                Some(folder.map_err(ServiceError::io("no folder for outputs can be made"))?);
        }
        let folder = inner
            .folder
            .as_ref()
            .map(TempDir::path)
            .unwrap_or(std::path::Path::new("."));
        let id = uuid::Uuid::new_v4().simple().to_string();
        let file = folder.join(format!("{id}.npz"));
        Ok((id, file))
    }

    pub(super) fn add(&self, id: &str, file: PathBuf, outputs: Vec<OutputView>) {
        let mut inner = self.inner();
        inner
            .runs
            .push_back((id.to_owned(), Kept { file, outputs }));
        while inner.runs.len() > KEPT_MAX {
            if let Some((_, old)) = inner.runs.pop_front() {
                // What cannot be removed goes with the folder.
                let _ = std::fs::remove_file(old.file);
            }
        }
    }

    pub(super) fn get(&self, id: &str) -> Result<Kept> {
        let inner = self.inner();
        let found = inner.runs.iter().find(|(known, _)| known == id);
        found.map(|(_, kept)| kept.clone()).ok_or_else(|| {
            ServiceError::not_found(
                "the outputs of that run are no longer kept; run it again".to_owned(),
            )
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
