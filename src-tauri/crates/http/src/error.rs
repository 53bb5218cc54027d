//! Service errors as HTTP answers: MLflow's `{"error_code", "message"}` and its statuses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use services::ServiceError;

pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// Fields whose wrong value points out of the workspace: a path, or the address of another machine.
const NAMES_A_PLACE: [&str; 6] = [
    "path",
    "artifact path",
    "artifact_location",
    "artifact_uri",
    "source",
    "url",
];

/// An error as MLflow's clients read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    /// Nobody asks like this by mistake alone: the refusal is kept in the audit log.
    suspect: bool,
}

/// Travels with an answer to what keeps the audit log.
#[derive(Debug, Clone)]
pub struct Suspect(pub String);

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
            suspect: false,
        }
    }

    /// The same, and to be remembered.
    pub fn suspect(mut self) -> Self {
        self.suspect = true;
        self
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
        if self.suspect {
            response.extensions_mut().insert(Suspect(self.message));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Refusals of axum's own extractors are plain text; clients read JSON.
pub async fn worded(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !plain || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let text = axum::body::to_bytes(response.into_body(), 4096).await;
    let text = text.unwrap_or_default();
    let code = match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => "INVALID_PARAMETER_VALUE",
        status if status.is_server_error() => "INTERNAL_ERROR",
        _ => "BAD_REQUEST",
    };
    ApiError::new(status, code, String::from_utf8_lossy(&text)).into_response()
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::Invalid { field, .. } if NAMES_A_PLACE.contains(&field.as_str()) => {
                Self::invalid(message).suspect()
            }
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
            ServiceError::Store(error) if error.refused().is_some() => {
                tracing::debug!(%error, "the database refused a value");
                let why = error.refused().unwrap_or_default();
                Self::invalid(format!("The request cannot be kept: {why}."))
            }
            ServiceError::Artifact(error) if error.is_unavailable() => {
                tracing::warn!(%error, "the artifact store cannot be reached");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "TEMPORARILY_UNAVAILABLE",
                    "the artifact store cannot be reached now; nothing of this request was kept, try again",
                )
            }
            ServiceError::Artifact(error) if error.is_disk_full() => {
                tracing::error!(%error, "the artifact folder's disk is full");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "TEMPORARILY_UNAVAILABLE",
                    "the artifact folder's disk is full; nothing of this request was kept, try again once it has room",
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
        ServiceError::from(invalid).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use services::artifacts::ArtifactError;

    #[test]
    fn a_full_disk_of_the_artifact_folder_is_worth_another_try() {
        let full = ArtifactError::Io {
            action: "write an upload".to_owned(),
            source: std::io::ErrorKind::StorageFull.into(),
        };
        let error = ApiError::from(ServiceError::Artifact(full));
        assert!(error.message.contains("disk is full"), "{}", error.message);
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
