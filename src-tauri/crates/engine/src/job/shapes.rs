//! Types and shapes, asked in a worker: folding constants computes, and a hostile model may make it compute much.

use std::collections::BTreeMap;
use std::path::PathBuf;

use onnx::shapes::Shapes;
use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::{CancelToken, EngineError, shapes};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShapesJob {
    pub path: PathBuf,
    /// Values for open dims, by name.
    pub dims: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShapesAnswer {
    pub shapes: Shapes,
    pub runtime_version: String,
}

impl Job for ShapesJob {
    const NAME: &'static str = "shapes";
    type Progress = ();
    type Answer = ShapesAnswer;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<ShapesAnswer, EngineError> {
        let runtime = bench.runtime()?;
        let model = onnx::open(&self.path)?;
        Ok(ShapesAnswer {
            shapes: shapes::infer(&runtime, &model, &self.dims, cancel)?,
            runtime_version: runtime.version().to_owned(),
        })
    }
}
