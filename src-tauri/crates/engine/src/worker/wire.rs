//! What is said in frames beside jobs: the first words of both sides, and errors.

use std::path::PathBuf;

use onnx::OnnxError;
use serde::{Deserialize, Serialize};

use super::{Limits, Protection};
use crate::EngineError;

/// What a worker is told before anything else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Hello {
    /// ONNX Runtime's file, as the caller found it.
    pub library: PathBuf,
    /// Folders and files.
    pub reads: Vec<PathBuf>,
    pub writes: Vec<PathBuf>,
    pub gpu: bool,
    pub limits: Limits,
    pub caller: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ready {
    pub protections: Vec<Protection>,
}

/// An [`EngineError`] that has crossed a pipe is the same error again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Failure {
    NoRuntime(String, String),
    Provider(String, String),
    Model(Refusal, PathBuf, String, String),
    Load(PathBuf, String),
    Input(String, String),
    Run(String),
    Cancelled,
    Config(PathBuf, String, String),
    Example(String, String),
    Data(PathBuf, String),
    Crashed(String, String),
    OutOfMemory(u64, String),
    OutOfTime(String, f64),
    Sandbox(String),
    NoWorker(String),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Refusal {
    Io,
    NotAModel,
    Damaged,
    Invalid,
    Unsafe,
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        use EngineError as E;
        match error {
            E::NoRuntime { message, hint } => Self::NoRuntime(message, hint),
            E::Provider { provider, reason } => Self::Provider(provider, reason),
            E::Model(refused) => Self::of_model(refused),
            E::Load { path, reason } => Self::Load(path, reason),
            E::Input { input, reason } => Self::Input(input, reason),
            E::Run { reason } => Self::Run(reason),
            E::Cancelled => Self::Cancelled,
            E::Config {
                path,
                field,
                reason,
            } => Self::Config(path, field, reason),
            E::Example { what, reason } => Self::Example(what, reason),
            E::Data { path, reason } => Self::Data(path, reason),
            E::Crashed { how, said } => Self::Crashed(how, said),
            E::OutOfMemory { limit_bytes, said } => Self::OutOfMemory(limit_bytes, said),
            E::OutOfTime { what, limit_s } => Self::OutOfTime(what, limit_s),
            E::Sandbox { reason } => Self::Sandbox(reason),
            E::NoWorker { reason } => Self::NoWorker(reason),
        }
    }
}

impl Failure {
    fn of_model(refused: OnnxError) -> Self {
        use OnnxError as O;
        let none = String::new;
        match refused {
            O::Io { path, source } => Self::Model(Refusal::Io, path, source.to_string(), none()),
            O::NotAModel {
                path,
                found,
                remedy,
            } => Self::Model(Refusal::NotAModel, path, found, remedy),
            O::Damaged { path, found } => Self::Model(Refusal::Damaged, path, found, none()),
            O::Invalid {
                path,
                found,
                remedy,
            } => Self::Model(Refusal::Invalid, path, found, remedy),
            O::Unsafe {
                path,
                found,
                remedy,
            } => Self::Model(Refusal::Unsafe, path, found, remedy),
        }
    }
}

impl From<Failure> for EngineError {
    fn from(failure: Failure) -> Self {
        use Failure as F;
        match failure {
            F::NoRuntime(message, hint) => Self::NoRuntime { message, hint },
            F::Provider(provider, reason) => Self::Provider { provider, reason },
            F::Model(kind, path, found, remedy) => Self::Model(refused(kind, path, found, remedy)),
            F::Load(path, reason) => Self::Load { path, reason },
            F::Input(input, reason) => Self::Input { input, reason },
            F::Run(reason) => Self::Run { reason },
            F::Cancelled => Self::Cancelled,
            F::Config(path, field, reason) => Self::Config {
                path,
                field,
                reason,
            },
            F::Example(what, reason) => Self::Example { what, reason },
            F::Data(path, reason) => Self::Data { path, reason },
            F::Crashed(how, said) => Self::Crashed { how, said },
            F::OutOfMemory(limit_bytes, said) => Self::OutOfMemory { limit_bytes, said },
            F::OutOfTime(what, limit_s) => Self::OutOfTime { what, limit_s },
            F::Sandbox(reason) => Self::Sandbox { reason },
            F::NoWorker(reason) => Self::NoWorker { reason },
        }
    }
}

fn refused(kind: Refusal, path: PathBuf, found: String, remedy: String) -> OnnxError {
    match kind {
        Refusal::Io => OnnxError::Io {
            path,
            source: std::io::Error::other(found),
        },
        Refusal::NotAModel => OnnxError::NotAModel {
            path,
            found,
            remedy,
        },
        Refusal::Damaged => OnnxError::Damaged { path, found },
        Refusal::Invalid => OnnxError::Invalid {
            path,
            found,
            remedy,
        },
        Refusal::Unsafe => OnnxError::Unsafe {
            path,
            found,
            remedy,
        },
    }
}
