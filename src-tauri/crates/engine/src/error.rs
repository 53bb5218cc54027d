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
    /// A table that cannot be read or written.
    #[error("{path}: {reason}", path = path.display())]
    Data { path: PathBuf, reason: String },
    /// An input example or expected output that cannot be read.
    #[error("{what}: {reason}")]
    Example { what: String, reason: String },
    /// The worker process ended in the middle of a job.
    #[error(
        "the worker process that ran the model {how}{}; the app is not affected, and the next job starts another worker",
        quoted(said)
    )]
    Crashed {
        /// `was killed by SIGSEGV (a memory access outside its memory)`, `ended with status 3`.
        how: String,
        /// The last that it wrote to its standard error.
        said: String,
    },
    /// The job asked for more memory than it may have.
    #[error("the model needs more memory than the {} that a worker may use{}; use smaller inputs or a smaller batch", mebibytes(*limit_bytes), quoted(said))]
    OutOfMemory { limit_bytes: u64, said: String },
    /// The job took longer than it may.
    #[error(
        "the job was stopped: it reached its limit of {limit_s} s {what}; use smaller inputs, or give it more time"
    )]
    OutOfTime {
        /// `on the clock`, `of processor time`.
        what: String,
        limit_s: f64,
    },
    /// The worker is not allowed to do what it tried.
    #[error("the worker process was stopped by its sandbox: {reason}")]
    Sandbox { reason: String },
    /// There is no worker process to run the model in.
    #[error("no worker process could be started: {reason}")]
    NoWorker { reason: String },
}

fn quoted(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(" ({said})")
    }
}

fn mebibytes(bytes: u64) -> String {
    if bytes >= 10 << 30 {
        format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)
    } else {
        format!("{} MiB", bytes >> 20)
    }
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
