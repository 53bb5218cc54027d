//! Service errors as HTTP answers: MLflow's `{"error_code", "message"}` and its statuses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use services::ServiceError;

pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// An error as MLflow's clients read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

#[derive(Serialize)]
struct Body<'a> {
    error_code: &'a str,
    message: &'a str,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE", message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (
            self.status,
            Json(Body {
                error_code: self.code,
                message: &self.message,
            }),
        )
            .into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::Invalid { .. } | ServiceError::IllegalMove(_) => Self::invalid(message),
            ServiceError::NotFound { .. } => Self::not_found(message),
            ServiceError::Exists { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "RESOURCE_ALREADY_EXISTS", message)
            }
            ServiceError::State { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "INVALID_STATE", message)
            }
            ServiceError::Unavailable { hint, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "TEMPORARILY_UNAVAILABLE",
                format!("{message}; {hint}"),
            ),
            ServiceError::Store(error) if error.trouble().is_some() => {
                let trouble = error.trouble().map_or("", services::Trouble::sentence);
                tracing::warn!(%error, "a request failed for now: {trouble}");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "TEMPORARILY_UNAVAILABLE",
                    format!("{trouble}; this request was not acknowledged, try again"),
                )
            }
            ServiceError::Artifact(error) if error.is_unavailable() => {
                tracing::warn!(%error, "the artifact store cannot be reached");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "TEMPORARILY_UNAVAILABLE",
                    "the artifact store cannot be reached now; nothing of this request was kept, try again",
                )
            }
            ServiceError::Artifact(services::artifacts::ArtifactError::Interrupted(_)) => {
                Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
            }
            ServiceError::Cancelled => Self::new(StatusCode::BAD_REQUEST, "CANCELLED", message),
            other => {
                tracing::error!(error = %other, kind = other.kind(), "a request failed inside");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", message)
            }
        }
    }
}

impl From<domain::names::Invalid> for ApiError {
    fn from(invalid: domain::names::Invalid) -> Self {
        Self::invalid(invalid.to_string())
    }
}
