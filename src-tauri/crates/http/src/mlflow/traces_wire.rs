//! Traces on the wire: what clients send when a trace has ended, and what they read back.

use std::collections::BTreeMap;

use domain::traces::{AssessmentId, Trace, TraceInfo, TraceState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use services::traces::NewTrace;

use super::assessments::{AssessmentIn, AssessmentOut};
use super::input::required;
use super::times::{duration, read_duration, read_timestamp, timestamp};
use super::values::{Many, Text};
use crate::error::{ApiError, Result};

#[derive(Debug, Deserialize, JsonSchema)]
pub struct ExperimentIn {
    experiment_id: Option<Text>,
}

/// Where a trace belongs. Only experiments are known here.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LocationIn {
    mlflow_experiment: Option<ExperimentIn>,
}

impl LocationIn {
    pub fn experiment_id(self) -> Option<String> {
        Some(self.mlflow_experiment?.experiment_id?.0)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct TraceInfoIn {
    trace_id: Option<Text>,
    client_request_id: Option<Text>,
    trace_location: Option<LocationIn>,
    request_preview: Option<Text>,
    response_preview: Option<Text>,
    request_time: Option<Text>,
    execution_duration: Option<Text>,
    state: Option<Text>,
    #[serde(default)]
    trace_metadata: BTreeMap<String, Text>,
    #[serde(default)]
    tags: BTreeMap<String, Text>,
    #[serde(default)]
    assessments: Many<AssessmentIn>,
}

fn texts(map: BTreeMap<String, Text>) -> BTreeMap<String, String> {
    map.into_iter().map(|(key, value)| (key, value.0)).collect()
}

fn state(word: Option<Text>) -> Result<TraceState> {
    let word = word.unwrap_or_default().0;
    Ok(match word.as_str() {
        // Protobuf's numbers of the enumeration.
        "" | "0" => TraceState::Unspecified,
        "1" => TraceState::Ok,
        "2" => TraceState::Error,
        "3" => TraceState::InProgress,
        word => word
            .parse()
            .map_err(|error| ApiError::invalid(format!("Invalid trace state: {error}.")))?,
    })
}

impl TraceInfoIn {
    pub fn into_new(self) -> Result<NewTrace> {
        let experiment_id = self.trace_location.and_then(LocationIn::experiment_id);
        let assessments = self.assessments.0.into_iter().map(|assessment| {
            let id = assessment.id();
            let id = id.map(|id| AssessmentId::parse(&id)).transpose()?;
            Ok((id, assessment.into_new()?))
        });
        Ok(NewTrace {
            trace_id: required(self.trace_id, "trace.trace_info.trace_id")?.0,
            experiment_id: required(
                experiment_id.map(Text),
                "trace.trace_info.trace_location.mlflow_experiment.experiment_id",
            )?
            .0,
            requested_at_ms: match self.request_time {
                Some(time) => read_timestamp("request_time", &time.0)?,
                None => 0,
            },
            duration_ms: self
                .execution_duration
                .map(|text| read_duration("execution_duration", &text.0))
                .transpose()?,
            state: state(self.state)?,
            client_request_id: self.client_request_id.map(|text| text.0),
            request_preview: self.request_preview.map(|text| text.0),
            response_preview: self.response_preview.map(|text| text.0),
            tags: texts(self.tags),
            metadata: texts(self.trace_metadata),
            assessments: assessments.collect::<Result<_>>()?,
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExperimentOut {
    experiment_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LocationOut {
    r#type: &'static str,
    mlflow_experiment: ExperimentOut,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceInfoOut {
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<String>,
    trace_location: LocationOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_preview: Option<String>,
    request_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_duration: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    trace_metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assessments: Vec<AssessmentOut>,
}

impl From<TraceInfo> for TraceInfoOut {
    fn from(info: TraceInfo) -> Self {
        Self {
            trace_id: info.id.into_string(),
            client_request_id: info.client_request_id,
            trace_location: LocationOut {
                r#type: "MLFLOW_EXPERIMENT",
                mlflow_experiment: ExperimentOut {
                    experiment_id: info.experiment_id.into_string(),
                },
            },
            request_preview: info.request_preview,
            response_preview: info.response_preview,
            request_time: timestamp(info.requested_at_ms),
            execution_duration: info.duration_ms.map(duration),
            state: info.state.as_str(),
            trace_metadata: info.metadata,
            tags: info.tags,
            assessments: info.assessments.into_iter().map(Into::into).collect(),
        }
    }
}

/// A trace; spans as OpenTelemetry's messages in JSON.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceOut {
    trace_info: TraceInfoOut,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spans: Vec<Value>,
}

impl TraceOut {
    pub fn head(info: TraceInfo) -> Self {
        Self {
            trace_info: info.into(),
            spans: Vec::new(),
        }
    }
}

impl From<Trace> for TraceOut {
    fn from(trace: Trace) -> Self {
        Self {
            spans: trace.spans.iter().map(crate::otlp::rendered_span).collect(),
            trace_info: trace.info.into(),
        }
    }
}
