//! What can go wrong between a file and a prediction.

use std::path::PathBuf;

/// Every message stands alone: what failed, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no usable ONNX Runtime. Everything but running models still works.
    #[error("{message}")]
    NoRuntime { message: String, hint: String },
    /// An execution provider was asked for that this machine or this runtime does not have.
    #[error("execution provider {provider} cannot be used: {reason}")]
    Provider { provider: String, reason: String },
    /// The file is no model, or one that must not be loaded.
    #[error(transparent)]
    Model(#[from] onnx::OnnxError),
    /// The runtime refused the model.
    #[error("{path}: ONNX Runtime cannot load this model: {reason}")]
    Load { path: PathBuf, reason: String },
    /// The caller's inputs do not fit the model.
    #[error("input '{input}': {reason}")]
    Input { input: String, reason: String },
    /// The runtime failed while computing.
    #[error("the model failed while running: {reason}")]
    Run { reason: String },
    #[error("cancelled")]
    Cancelled,
    /// A `models.toml` that cannot be used; `field` is the place in it.
    #[error("{path}: {field}: {reason}", path = path.display())]
    Config {
        path: PathBuf,
        field: String,
        reason: String,
    },
    /// An input example or expected output that cannot be read.
    #[error("{what}: {reason}")]
    Example { what: String, reason: String },
}

impl EngineError {
    pub(crate) fn input(input: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Input {
            input: input.into(),
            reason: reason.into(),
        }
    }

    pub(crate) fn run(reason: impl std::fmt::Display) -> Self {
        Self::Run {
            reason: reason.to_string(),
        }
    }

    /// What a person can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::NoRuntime { hint, .. } => Some(hint),
            _ => None,
        }
    }
}

/// The text of an error of the binding, with its cause, which the binding's own `Display` leaves out.
pub(crate) fn ort_text<R>(error: &ort::Error<R>) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{}: {cause}", error.message()),
        None => error.message().to_owned(),
    }
}
