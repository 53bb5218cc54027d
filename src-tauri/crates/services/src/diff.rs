//! Two models beside each other: read, never run.

use std::path::PathBuf;
use std::sync::Arc;

use engine::CancelToken;
use onnx::diff::{ModelDiff, diff};

use crate::engine::blocking;
use crate::error::Result;
use crate::inspection::OpenModels;

/// Compares two files. Weights are read in pieces, and stop being read when it is cancelled.
pub async fn compare(
    models: Arc<OpenModels>,
    left: PathBuf,
    right: PathBuf,
    cancel: CancelToken,
) -> Result<ModelDiff> {
    blocking(move || {
        let (left, right) = (models.open(&left)?, models.open(&right)?);
        let found = diff(&left, &right, &|| cancel.check().is_ok());
        cancel.check()?;
        Ok(found)
    })
    .await
}
