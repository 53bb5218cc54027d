//! What a model is: read, never run. Works on any file, and on every registered version.

use std::path::PathBuf;

use onnx::ModelReport;

use crate::Context;
use crate::engine::blocking;
use crate::error::Result;
use crate::models::materialise_to_look;
use crate::registry::VersionInput;

/// Describes a file on this machine.
pub async fn inspect_file(path: PathBuf) -> Result<ModelReport> {
    blocking(move || Ok(onnx::report(&onnx::open(&path)?))).await
}

/// Describes a registered version, from its verified copy.
pub async fn inspect_version(ctx: &Context, input: VersionInput) -> Result<ModelReport> {
    let files = materialise_to_look(ctx, &input.name, input.version).await?;
    inspect_file(files.onnx_path).await
}
