//! The node cases of ONNX's backend test, run as anyone runs a model: does this runtime compute what the standard says?
//!
//! A case is a folder: `model.onnx`, and in `test_data_set_0` its inputs and outputs as protobuf (`input_0.pb`,
//! `output_0.pb`). The PyPI package `onnx` carries them under `onnx/backend/test/data/node`.

mod case;
mod compare;
mod expected;
mod files;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::EngineError;

pub use case::CaseJob;
pub use expected::{Difference, Expected, Surprise};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result", content = "reason")]
pub enum Outcome {
    Pass,
    /// The file was refused before the runtime saw it.
    Refused(String),
    /// The runtime does not load the model.
    NotLoaded(String),
    /// Its inputs cannot be read or given.
    NoInputs(String),
    /// The run failed.
    Failed(String),
    /// It computed something else.
    Different(String),
    /// The worker process did not survive it, or had to be ended.
    Ended(String),
}

impl Outcome {
    /// One word: `pass`, `refused`, `load`, `inputs`, `run`, `mismatch`, `ended`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Refused(_) => "refused",
            Self::NotLoaded(_) => "load",
            Self::NoInputs(_) => "inputs",
            Self::Failed(_) => "run",
            Self::Different(_) => "mismatch",
            Self::Ended(_) => "ended",
        }
    }

    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pass => None,
            Self::Refused(reason)
            | Self::NotLoaded(reason)
            | Self::NoInputs(reason)
            | Self::Failed(reason)
            | Self::Different(reason)
            | Self::Ended(reason) => Some(reason),
        }
    }
}

/// The cases in a folder, by name.
///
/// # Errors
/// When the folder cannot be read, or holds no case.
pub fn cases(folder: &Path) -> Result<Vec<String>, EngineError> {
    let wrong = |reason: String| EngineError::Example {
        what: folder.display().to_string(),
        reason,
    };
    let entries = std::fs::read_dir(folder).map_err(|error| wrong(error.to_string()))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| model_of(folder, &entry.file_name().to_string_lossy()).is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    if names.is_empty() {
        return Err(wrong(
            "holds no case; give the folder onnx/backend/test/data/node of the onnx package"
                .to_owned(),
        ));
    }
    Ok(names)
}

fn model_of(folder: &Path, case: &str) -> PathBuf {
    folder.join(case).join("model.onnx")
}
