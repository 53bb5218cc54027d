//! What a person, a judge or a program thinks of a trace or of one of its spans.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AssessmentId, KEY_CHARS_MAX, SpanId, TraceId};
use crate::names::Invalid;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessmentSource {
    /// HUMAN, LLM_JUDGE, CODE, or SOURCE_TYPE_UNSPECIFIED.
    pub kind: String,
    pub id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessmentError {
    pub code: Option<String>,
    pub message: Option<String>,
    pub stack_trace: Option<String>,
}

/// What is said: how good something is, what the right answer would be, or that it belongs to a known issue.
#[derive(Debug, Clone, PartialEq)]
pub enum AssessmentValue {
    Feedback {
        value: Value,
        error: Option<AssessmentError>,
    },
    Expectation {
        value: Value,
    },
    Issue {
        name: String,
    },
}

impl AssessmentValue {
    /// The word by which searches know the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Feedback { .. } => "feedback",
            Self::Expectation { .. } => "expectation",
            Self::Issue { .. } => "issue",
        }
    }

    pub fn value(&self) -> Value {
        match self {
            Self::Feedback { value, .. } | Self::Expectation { value } => value.clone(),
            Self::Issue { name } => Value::from(name.as_str()),
        }
    }

    /// The value for comparisons with `<` and `>`.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Feedback { value, .. } | Self::Expectation { value } => value.as_f64(),
            Self::Issue { .. } => None,
        }
    }
}

/// An assessment as it is made; ids and times of its life are the server's.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAssessment {
    pub name: String,
    pub source: AssessmentSource,
    pub span_id: Option<SpanId>,
    pub value: AssessmentValue,
    pub rationale: Option<String>,
    pub metadata: BTreeMap<String, String>,
    /// The assessment that this one replaces.
    pub overrides: Option<AssessmentId>,
    pub created_at_ms: Option<i64>,
    pub updated_at_ms: Option<i64>,
}

const SOURCES: [&str; 4] = ["HUMAN", "LLM_JUDGE", "CODE", "SOURCE_TYPE_UNSPECIFIED"];

impl NewAssessment {
    pub fn check(&self) -> Result<(), Invalid> {
        check_name(&self.name)?;
        if !SOURCES.contains(&self.source.kind.as_str()) {
            return Err(Invalid::new(
                "assessment.source.source_type",
                &self.source.kind,
                "one of HUMAN, LLM_JUDGE, CODE",
            ));
        }
        Ok(())
    }
}

pub fn check_name(name: &str) -> Result<(), Invalid> {
    if name.trim().is_empty() || name.chars().count() > KEY_CHARS_MAX {
        return Err(Invalid::new(
            "assessment.assessment_name",
            name,
            "a name of 1 to 250 characters",
        ));
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub id: AssessmentId,
    pub trace_id: TraceId,
    pub name: String,
    pub source: AssessmentSource,
    pub span_id: Option<SpanId>,
    pub value: AssessmentValue,
    pub rationale: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub overrides: Option<AssessmentId>,
    pub is_valid: bool,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

impl Assessment {
    pub fn new(id: AssessmentId, trace_id: TraceId, new: NewAssessment, now_ms: i64) -> Self {
        Self {
            id,
            trace_id,
            name: new.name,
            source: new.source,
            span_id: new.span_id,
            value: new.value,
            rationale: new.rationale,
            metadata: new.metadata,
            overrides: new.overrides,
            is_valid: true,
            created_at_ms: new.created_at_ms.unwrap_or(now_ms),
            updated_at_ms: new.updated_at_ms.unwrap_or(now_ms),
        }
    }
}
