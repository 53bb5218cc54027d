//! What a use case can answer instead of a result. Shells turn it into a status or a UI code, each in one place.

use domain::registry::IllegalMove;
use thiserror::Error;

pub type Result<T, E = ServiceError> = std::result::Result<T, E>;

#[derive(Debug, Error)]
pub enum ServiceError {
    /// The caller's input is wrong; the message names the value and what would be right.
    #[error("{message}")]
    Invalid { field: String, message: String },
    #[error("{message}")]
    NotFound { message: String },
    /// A name that is taken already.
    #[error("{message}")]
    Exists { message: String },
    /// Right input at the wrong time: a deleted run, an endpoint that serves nothing.
    #[error("{message}")]
    State { message: String },
    #[error(transparent)]
    IllegalMove(#[from] IllegalMove),
    /// Something that the use case needs is not there: no ONNX Runtime, no network, no port.
    #[error("{message}")]
    Unavailable { message: String, hint: String },
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error(transparent)]
    Artifact(#[from] artifacts::ArtifactError),
    #[error("{doing}: {source}")]
    Io {
        doing: String,
        source: std::io::Error,
    },
}

impl ServiceError {
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound {
            message: message.into(),
        }
    }

    pub fn exists(message: impl Into<String>) -> Self {
        Self::Exists {
            message: message.into(),
        }
    }

    pub fn state(message: impl Into<String>) -> Self {
        Self::State {
            message: message.into(),
        }
    }

    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// A stable code for machines: the UI's and the CLI's.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::NotFound { .. } => "not_found",
            Self::Exists { .. } | Self::State { .. } => "conflict",
            Self::IllegalMove(_) => "illegal_move",
            Self::Unavailable { .. } => "unavailable",
            Self::Cancelled => "cancelled",
            Self::Artifact(error) if error.is_unavailable() || error.is_disk_full() => {
                "unavailable"
            }
            Self::Artifact(_) | Self::Io { .. } => "io",
            Self::Store(error) if error.trouble().is_some() => "unavailable",
            Self::Store(error) if error.refused().is_some() => "invalid",
            Self::Store(_) => "internal",
        }
    }

    /// What it is and what helps, in one line.
    pub fn told(&self) -> String {
        match self {
            Self::Unavailable { message, hint } => format!("{message}; {hint}"),
            other => other.to_string(),
        }
    }

    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            _ => None,
        }
    }

    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Unavailable { hint, .. } => Some(hint),
            Self::Store(error) if error.trouble().is_some() => {
                Some("this was not acknowledged; what was acknowledged before is kept")
            }
            Self::Artifact(error) if error.is_disk_full() => {
                Some("free some space on the disk of the artifact folder, then try again")
            }
            _ => None,
        }
    }
}

impl From<domain::names::Invalid> for ServiceError {
    fn from(invalid: domain::names::Invalid) -> Self {
        Self::Invalid {
            field: invalid.field.clone(),
            message: invalid.to_string(),
        }
    }
}

impl From<domain::search::SearchError> for ServiceError {
    fn from(error: domain::search::SearchError) -> Self {
        Self::Invalid {
            field: error.field.to_owned(),
            message: error.to_string(),
        }
    }
}

impl From<onnx::OnnxError> for ServiceError {
    fn from(error: onnx::OnnxError) -> Self {
        Self::invalid("path", error.to_string())
    }
}

impl From<engine::EngineError> for ServiceError {
    fn from(error: engine::EngineError) -> Self {
        use engine::EngineError as E;
        let message = error.to_string();
        match error {
            E::NoRuntime { hint, .. } => Self::Unavailable { message, hint },
            E::Cancelled => Self::Cancelled,
            E::Input { input, .. } => Self::invalid(input, message),
            E::Example { .. } => Self::invalid("body", message),
            E::Data { .. } => Self::invalid("data", message),
            E::Config { field, .. } => Self::invalid(field, message),
            E::Model(_) => Self::invalid("model", message),
            E::NoWorker { .. } => Self::Unavailable {
                message,
                hint: "install Drydock again if its program was moved or removed".to_owned(),
            },
            E::Provider { .. }
            | E::Load { .. }
            | E::Run { .. }
            | E::Crashed { .. }
            | E::OutOfMemory { .. }
            | E::OutOfTime { .. }
            | E::Sandbox { .. } => Self::state(message),
        }
    }
}
