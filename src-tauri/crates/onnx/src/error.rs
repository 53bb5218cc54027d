//! Why a file was refused. Each message stands alone: the file, what was found, what would be right.

use std::path::{Path, PathBuf};

/// A file that cannot be read as an ONNX model.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// The file could not be reached at all.
    #[error("{path}: cannot be opened: {source}. Give the path of a readable .onnx file.")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    /// It is something else: another format, text, a folder, nothing.
    #[error("{path}: this is {found}, not an ONNX model. {remedy}")]
    NotAModel {
        path: PathBuf,
        found: String,
        remedy: String,
    },
    /// It begins like a model, but is cut short or damaged.
    #[error("{path}: {found}. The file is truncated or damaged: fetch or export it again.")]
    Damaged { path: PathBuf, found: String },
    /// It is whole, but says something that no valid model says.
    #[error("{path}: {found}. {remedy}")]
    Invalid {
        path: PathBuf,
        found: String,
        remedy: String,
    },
    /// It asks for something that would be unsafe to do: read outside its folder, or exhaust the machine.
    #[error("{path}: refused: {found}. {remedy}")]
    Unsafe {
        path: PathBuf,
        found: String,
        remedy: String,
    },
}

impl OnnxError {
    /// The file that was refused.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. }
            | Self::NotAModel { path, .. }
            | Self::Damaged { path, .. }
            | Self::Invalid { path, .. }
            | Self::Unsafe { path, .. } => path,
        }
    }
}
