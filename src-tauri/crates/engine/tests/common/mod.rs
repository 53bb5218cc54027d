//! What the tests of this crate share.

#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use engine::{CachedModel, ModelOptions, Runtime};
use onnx::proto::ModelProto;

/// The runtime, or `None` with the reason printed when this machine has none. `cargo xtask test` provides one.
pub fn runtime_or_skip() -> Option<Runtime> {
    match Runtime::load(None) {
        Ok(runtime) => Some(runtime),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

pub fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// A model of the test data, loaded as anyone loads one.
pub fn loaded(runtime: &Runtime, file: &str) -> CachedModel {
    CachedModel::load(runtime, &data().join(file), &ModelOptions::default()).unwrap()
}

/// The model in a file of its own folder, which lives as long as the first part of the answer.
pub fn saved(model: &ModelProto) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    onnx::write::save(&path, model).unwrap();
    (folder, path)
}
