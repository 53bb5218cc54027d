//! What is wrong with a gate file, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a gate file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateFileError {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// `latency[0].limit_ms`; empty where the text is no TOML.
    pub field: String,
    /// What stands there.
    pub value: String,
    pub message: String,
}

impl fmt::Display for GateFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}
