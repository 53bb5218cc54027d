//! Service errors as the window reads them: a stable code and a human sentence.

use serde::Serialize;
use services::ServiceError;

pub type Answer<T> = Result<T, AppError>;

#[derive(Debug, Clone, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct AppError {
    /// `invalid`, `not_found`, `conflict`, `illegal_move`, `unavailable`, `io`, `internal`, `cancelled`
    pub kind: String,
    pub message: String,
    pub field: Option<String>,
    pub hint: Option<String>,
}

impl From<ServiceError> for AppError {
    fn from(error: ServiceError) -> Self {
        Self {
            kind: error.kind().to_owned(),
            message: error.to_string(),
            field: error.field().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
        }
    }
}
