//! A span: one step of a trace.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SpanId, TraceId, keys};
use crate::tracking::UnknownWord;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanStatus {
    Unset,
    Ok,
    Error,
}

impl SpanStatus {
    /// The word by which MLflow's search language knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }
}

impl TryFrom<String> for SpanStatus {
    type Error = UnknownWord;

    fn try_from(word: String) -> Result<Self, UnknownWord> {
        match word.as_str() {
            "UNSET" => Ok(Self::Unset),
            "OK" => Ok(Self::Ok),
            "ERROR" => Ok(Self::Error),
            _ => Err(UnknownWord {
                word,
                allowed: "UNSET OK ERROR",
            }),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub trace_id: TraceId,
    pub id: SpanId,
    pub parent_id: Option<SpanId>,
    pub name: String,
    pub status: SpanStatus,
    pub started_ns: i64,
    pub ended_ns: Option<i64>,
    pub body: SpanBody,
}

/// What is kept as one text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpanBody {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status_message: String,
    /// OpenTelemetry's number for client, server, internal, ...
    #[serde(default, skip_serializing_if = "is_zero")]
    pub otel_kind: i32,
    #[serde(default)]
    pub attributes: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<SpanEvent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpanEvent {
    pub name: String,
    pub at_ns: i64,
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

/// To a span of this or another trace; ids as hex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub trace_id: String,
    pub span_id: String,
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

impl Span {
    /// "LLM", "TOOL", "RETRIEVER", ...: MLflow's word for what the step is.
    pub fn kind(&self) -> &str {
        self.text(keys::SPAN_TYPE).unwrap_or("UNKNOWN")
    }

    /// An attribute that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.body.attributes.get(key).and_then(Value::as_str)
    }

    /// An attribute that is an object, as JSON.
    pub fn object_json(&self, key: &str) -> Option<String> {
        let value = self.body.attributes.get(key)?;
        value.is_object().then(|| value.to_string())
    }
}
