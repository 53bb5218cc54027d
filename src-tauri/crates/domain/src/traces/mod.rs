//! Traces: one call of a program, as a tree of spans, with what is known and thought of it.

mod assessment;
mod conventions;
mod ids;
mod preview;
mod rollup;
mod span;

use std::collections::BTreeMap;

pub use assessment::{
    Assessment, AssessmentError, AssessmentSource, AssessmentValue, NewAssessment,
    check_name as check_assessment_name,
};
pub use conventions::complete;
pub use ids::{AssessmentId, SpanId, TraceId};
pub use preview::{Speaker, preview, spaced_json};
pub use rollup::{SpanFigures, cost_of, usage_of};
pub use span::{Link, Span, SpanBody, SpanEvent, SpanStatus};

use crate::tracking::{ExperimentId, UnknownWord};

/// Keys that clients and this server read and write on both sides.
pub mod keys {
    pub const TRACE_NAME: &str = "mlflow.traceName";
    pub const ARTIFACT_LOCATION: &str = "mlflow.artifactLocation";
    pub const SPANS_LOCATION: &str = "mlflow.trace.spansLocation";
    /// The spans are in the database, not in a file beside the artifacts.
    pub const IN_TRACKING_STORE: &str = "TRACKING_STORE";
    pub const SOURCE_RUN: &str = "mlflow.sourceRun";
    pub const SIZE_STATS: &str = "mlflow.trace.sizeStats";
    pub const TOKEN_USAGE: &str = "mlflow.trace.tokenUsage";
    pub const COST: &str = "mlflow.trace.cost";
    pub const SESSION: &str = "mlflow.trace.session";
    pub const USER: &str = "mlflow.trace.user";
    pub const ASSESSMENT_RUN: &str = "mlflow.assessment.sourceRunId";

    /// Attributes of spans.
    pub const SPAN_TYPE: &str = "mlflow.spanType";
    pub const SPAN_INPUTS: &str = "mlflow.spanInputs";
    pub const SPAN_OUTPUTS: &str = "mlflow.spanOutputs";
    pub const SPAN_USAGE: &str = "mlflow.chat.tokenUsage";
    pub const SPAN_COST: &str = "mlflow.llm.cost";
    pub const SPAN_MODEL: &str = "mlflow.llm.model";
    pub const SPAN_PROVIDER: &str = "mlflow.llm.provider";
    pub const SPAN_REQUEST_ID: &str = "mlflow.traceRequestId";
    /// Before the key of a tag that the root span carries for its trace.
    pub const TAG_PREFIX: &str = "mlflow.traceTag.";
}

pub const TAG_VALUE_CHARS_MAX: usize = 4096;
pub const KEY_CHARS_MAX: usize = 250;
pub const METADATA_VALUE_CHARS_MAX: usize = 250;
pub const SPANS_PER_TRACE_MAX: i64 = 100_000;

/// How a trace went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceState {
    Unspecified,
    Ok,
    Error,
    InProgress,
}

impl TraceState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "STATE_UNSPECIFIED",
            Self::Ok => "OK",
            Self::Error => "ERROR",
            Self::InProgress => "IN_PROGRESS",
        }
    }
}

impl std::str::FromStr for TraceState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "STATE_UNSPECIFIED" => Ok(Self::Unspecified),
            "OK" => Ok(Self::Ok),
            "ERROR" => Ok(Self::Error),
            "IN_PROGRESS" => Ok(Self::InProgress),
            other => Err(UnknownWord {
                word: other.to_owned(),
                allowed: "STATE_UNSPECIFIED OK ERROR IN_PROGRESS",
            }),
        }
    }
}

impl TryFrom<String> for TraceState {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        text.parse()
    }
}

/// A trace without its spans.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceInfo {
    pub id: TraceId,
    pub experiment_id: ExperimentId,
    pub requested_at_ms: i64,
    pub duration_ms: Option<i64>,
    pub state: TraceState,
    pub client_request_id: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub assessments: Vec<Assessment>,
}

impl TraceInfo {
    /// How many spans the client said it made; fewer means that some are still under way.
    pub fn spans_announced(&self) -> Option<i64> {
        let stats = self.metadata.get(keys::SIZE_STATS)?;
        let stats: serde_json::Value = serde_json::from_str(stats).ok()?;
        stats.get("num_spans")?.as_i64()
    }

    pub fn spans_are_here(&self) -> bool {
        self.tags.get(keys::SPANS_LOCATION).map(String::as_str) == Some(keys::IN_TRACKING_STORE)
    }
}

/// A trace with its spans, roots first, then by start.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub info: TraceInfo,
    pub spans: Vec<Span>,
}
