//! `traces/{id}/assessments/*`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use domain::traces::{
    Assessment, AssessmentError, AssessmentId, AssessmentSource, AssessmentValue, NewAssessment,
    SpanId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use services::Context;
use services::traces::{self, AssessmentUpdate};

use super::input::{Input, required};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::times::{read_timestamp, timestamp};
use super::values::{Many, Text};
use super::{Done, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("traces")
        .post("/traces/{trace_id}/assessments", Writes, create)
        .get(
            "/traces/{trace_id}/assessments/{assessment_id}",
            Reads,
            by_id,
        )
        .patch(
            "/traces/{trace_id}/assessments/{assessment_id}",
            Writes,
            update,
        )
        .delete(
            "/traces/{trace_id}/assessments/{assessment_id}",
            Writes,
            remove,
        )
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SourceIn {
    source_type: Option<Text>,
    source_id: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ErrorIn {
    error_code: Option<Text>,
    error_message: Option<Text>,
    stack_trace: Option<Text>,
}

impl From<ErrorIn> for AssessmentError {
    fn from(error: ErrorIn) -> Self {
        let text = |text: Option<Text>| text.map(|text| text.0);
        Self {
            code: text(error.error_code),
            message: text(error.error_message),
            stack_trace: text(error.stack_trace),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct FeedbackIn {
    #[serde(default)]
    value: Value,
    error: Option<ErrorIn>,
}

/// An object that protobuf cannot say as a value comes as a text of JSON.
#[derive(Debug, Deserialize, JsonSchema)]
struct SerializedIn {
    value: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ExpectationIn {
    value: Option<Value>,
    serialized_value: Option<SerializedIn>,
}

impl ExpectationIn {
    fn read(self) -> Result<Value> {
        match (self.value, self.serialized_value) {
            (Some(value), _) => Ok(value),
            (None, Some(serialized)) => {
                let text = serialized.value.unwrap_or_default().0;
                serde_json::from_str(&text).map_err(|error| {
                    ApiError::invalid(format!("expectation.serialized_value is no JSON: {error}."))
                })
            }
            (None, None) => Ok(Value::Null),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct IssueIn {
    issue_name: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct AssessmentIn {
    assessment_id: Option<Text>,
    assessment_name: Option<Text>,
    span_id: Option<Text>,
    source: Option<SourceIn>,
    create_time: Option<Text>,
    last_update_time: Option<Text>,
    feedback: Option<FeedbackIn>,
    expectation: Option<ExpectationIn>,
    issue: Option<IssueIn>,
    rationale: Option<Text>,
    #[serde(default)]
    metadata: BTreeMap<String, Text>,
    overrides: Option<Text>,
}

fn filled(text: Option<Text>) -> Option<String> {
    text.map(|text| text.0).filter(|text| !text.is_empty())
}

fn texts(map: BTreeMap<String, Text>) -> BTreeMap<String, String> {
    map.into_iter().map(|(key, value)| (key, value.0)).collect()
}

impl AssessmentIn {
    pub fn id(&self) -> Option<String> {
        filled(self.assessment_id.clone())
    }

    pub fn into_new(self) -> Result<NewAssessment> {
        let value = match (self.feedback, self.expectation, self.issue) {
            (Some(feedback), None, None) => AssessmentValue::Feedback {
                value: feedback.value,
                error: feedback.error.map(Into::into),
            },
            (None, Some(expectation), None) => AssessmentValue::Expectation {
                value: expectation.read()?,
            },
            (None, None, Some(issue)) => AssessmentValue::Issue {
                name: required(issue.issue_name, "assessment.issue.issue_name")?.0,
            },
            _ => {
                return Err(ApiError::invalid(
                    "Exactly one of `feedback`, `expectation` or `issue` must be given.",
                ));
            }
        };
        let time = |field: &str, time: Option<Text>| {
            time.map(|time| read_timestamp(field, &time.0)).transpose()
        };
        let source = self.source.unwrap_or(SourceIn {
            source_type: None,
            source_id: None,
        });
        let span_id = filled(self.span_id);
        let overrides = filled(self.overrides);
        Ok(NewAssessment {
            name: required(self.assessment_name, "assessment.assessment_name")?.0,
            source: AssessmentSource {
                kind: filled(source.source_type)
                    .unwrap_or_else(|| "SOURCE_TYPE_UNSPECIFIED".to_owned()),
                id: filled(source.source_id),
            },
            span_id: span_id.map(|id| SpanId::parse(&id)).transpose()?,
            value,
            rationale: filled(self.rationale),
            metadata: texts(self.metadata),
            overrides: overrides.map(|id| AssessmentId::parse(&id)).transpose()?,
            created_at_ms: time("create_time", self.create_time)?,
            updated_at_ms: time("last_update_time", self.last_update_time)?,
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct SourceOut {
    source_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AssessmentOut {
    assessment_id: String,
    assessment_name: String,
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    source: SourceOut,
    create_time: String,
    last_update_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expectation: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rationale: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overrides: Option<String>,
    valid: bool,
}

fn error_out(error: AssessmentError) -> Value {
    let mut out = serde_json::Map::new();
    for (key, value) in [
        ("error_code", error.code),
        ("error_message", error.message),
        ("stack_trace", error.stack_trace),
    ] {
        if let Some(value) = value {
            out.insert(key.to_owned(), Value::from(value));
        }
    }
    Value::Object(out)
}

impl From<Assessment> for AssessmentOut {
    fn from(assessment: Assessment) -> Self {
        let (mut feedback, mut expectation, mut issue) = (None, None, None);
        match assessment.value {
            AssessmentValue::Feedback { value, error } => {
                let mut out = json!({"value": value});
                if let Some(error) = error {
                    out["error"] = error_out(error);
                }
                feedback = Some(out);
            }
            // What is no plain value travels as a text of JSON, as the client wrote it.
            AssessmentValue::Expectation { value } if value.is_object() || value.is_array() => {
                expectation = Some(json!({"serialized_value": {
                    "serialization_format": "JSON_FORMAT",
                    "value": value.to_string(),
                }}));
            }
            AssessmentValue::Expectation { value } => expectation = Some(json!({"value": value})),
            AssessmentValue::Issue { name } => issue = Some(json!({"issue_name": name})),
        }
        Self {
            assessment_id: assessment.id.into_string(),
            assessment_name: assessment.name,
            trace_id: assessment.trace_id.into_string(),
            span_id: assessment.span_id.map(SpanId::into_string),
            source: SourceOut {
                source_type: assessment.source.kind,
                source_id: assessment.source.id,
            },
            create_time: timestamp(assessment.created_at_ms),
            last_update_time: timestamp(assessment.updated_at_ms),
            feedback,
            expectation,
            issue,
            rationale: assessment.rationale,
            metadata: assessment.metadata,
            overrides: assessment.overrides.map(AssessmentId::into_string),
            valid: assessment.is_valid,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneAssessment {
    assessment: AssessmentOut,
}

fn one(assessment: Assessment) -> Json<OneAssessment> {
    Json(OneAssessment {
        assessment: assessment.into(),
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    assessment: Option<AssessmentIn>,
}

fn no_assessment() -> ApiError {
    ApiError::invalid("Missing value for required parameter 'assessment'.")
}

async fn create(
    State(ctx): State<Context>,
    Path(trace_id): Path<String>,
    Input(input): Input<CreateIn>,
) -> Result<Json<OneAssessment>> {
    let new = input.assessment.ok_or_else(no_assessment)?.into_new()?;
    Ok(one(traces::create_assessment(&ctx, &trace_id, new).await?))
}

async fn by_id(
    State(ctx): State<Context>,
    Path((trace_id, id)): Path<(String, String)>,
) -> Result<Json<OneAssessment>> {
    Ok(one(traces::assessment(&ctx, &trace_id, &id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateIn {
    assessment: Option<AssessmentIn>,
    /// Names of fields, in protobuf's JSON: camel case, with commas.
    update_mask: Option<Many<Text>>,
}

async fn update(
    State(ctx): State<Context>,
    Path((trace_id, id)): Path<(String, String)>,
    Input(input): Input<UpdateIn>,
) -> Result<Json<OneAssessment>> {
    let given = input.assessment.ok_or_else(no_assessment)?;
    let mask = input.update_mask.unwrap_or_default().into_strings();
    let masked = mask.join(",").replace('_', "").to_ascii_lowercase();
    let wanted = |field: &str| masked.split(',').any(|named| named.trim() == field);
    let mut update = AssessmentUpdate::default();
    if wanted("assessmentname") {
        update.name = filled(given.assessment_name);
    }
    if wanted("expectation")
        && let Some(expectation) = given.expectation
    {
        update.expectation = Some(expectation.read()?);
    }
    if wanted("feedback")
        && let Some(feedback) = given.feedback
    {
        update.feedback = Some((feedback.value, feedback.error.map(Into::into)));
    }
    if wanted("rationale") {
        update.rationale = given.rationale.map(|text| text.0);
    }
    if wanted("metadata") {
        update.metadata = texts(given.metadata);
    }
    let changed = traces::update_assessment(&ctx, &trace_id, &id, update).await?;
    Ok(one(changed))
}

async fn remove(
    State(ctx): State<Context>,
    Path((trace_id, id)): Path<(String, String)>,
) -> Result<Done> {
    traces::delete_assessment(&ctx, &trace_id, &id).await?;
    Ok(done())
}
