//! What stands ready in a process that does jobs: the runtime, and the models that it loaded last.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::{CachedModel, EngineError, ModelOptions, Runtime};

/// A model, the one it is compared with, and each with other options.
const KEPT_MAX: usize = 4;

/// Loads at first need and keeps what was loaded: the second job on a model does not pay for loading it.
#[derive(Debug, Default)]
pub struct Bench {
    library: Option<PathBuf>,
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    stamp: Option<Stamp>,
    options: ModelOptions,
    model: Arc<CachedModel>,
}

/// Length and time of the last change: a file that was written again is another model.
type Stamp = (u64, SystemTime);

impl Bench {
    /// `library` is ONNX Runtime's file; without it, it is looked for as [`Runtime::load`] does.
    #[must_use]
    pub fn new(library: Option<PathBuf>) -> Self {
        Self {
            library,
            kept: Vec::new(),
        }
    }

    /// # Errors
    /// [`EngineError::NoRuntime`].
    pub fn runtime(&self) -> Result<Runtime, EngineError> {
        Runtime::load(self.library.as_deref())
    }

    /// The model at `path` as `options` load it, kept from one job to the next.
    ///
    /// # Errors
    /// As [`CachedModel::load`]; a failure is not remembered.
    pub fn model(
        &mut self,
        path: &Path,
        options: &ModelOptions,
    ) -> Result<Arc<CachedModel>, EngineError> {
        let stamp = stamp(path);
        let same = |kept: &Kept| kept.path == path && kept.options == *options;
        if let Some(at) = self.kept.iter().position(same) {
            let kept = self.kept.remove(at);
            if stamp.is_some() && kept.stamp == stamp {
                let model = Arc::clone(&kept.model);
                self.kept.push(kept);
                return Ok(model);
            }
        }
        let model = Arc::new(CachedModel::load(&self.runtime()?, path, options)?);
        if self.kept.len() == KEPT_MAX {
            self.kept.remove(0);
        }
        self.kept.push(Kept {
            path: path.to_owned(),
            stamp,
            options: options.clone(),
            model: Arc::clone(&model),
        });
        Ok(model)
    }

    /// Lets go of every model: for a job that measures what loading costs.
    pub fn forget(&mut self) {
        self.kept.clear();
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.len(), about.modified().ok()?))
}
