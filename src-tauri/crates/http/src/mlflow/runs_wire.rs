//! Runs as they stand on the wire.

use domain::tracking::{
    DatasetInput, LoggedModelId, Metric, MetricPoint, MetricSummary, ModelOutput, Run, RunInfo, Tag,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::experiments::{TagIn, tags};
use super::input::required;
use super::output::{Label, double, labels, lifecycle_stage};
use super::values::{Double, Int, Many, Text};
use crate::error::ApiError;

/// The run a message is about; old clients write `run_uuid`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RunRef {
    pub run_id: Option<Text>,
    pub run_uuid: Option<Text>,
}

impl RunRef {
    pub fn read(self) -> Result<String, ApiError> {
        let given = self.run_id.filter(|id| !id.0.is_empty()).or(self.run_uuid);
        required(given, "run_id").map(|id| id.0)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct InfoOut {
    run_uuid: String,
    experiment_id: String,
    run_name: String,
    user_id: String,
    status: &'static str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: &'static str,
    run_id: String,
}

impl From<RunInfo> for InfoOut {
    fn from(info: RunInfo) -> Self {
        Self {
            run_uuid: info.id.as_str().to_owned(),
            experiment_id: info.experiment_id.into_string(),
            run_name: info.name,
            user_id: info.user,
            status: info.status.as_str(),
            start_time: info.started_at_ms,
            end_time: info.ended_at_ms,
            artifact_uri: info.artifact_uri,
            lifecycle_stage: lifecycle_stage(info.lifecycle),
            run_id: info.id.into_string(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MetricOut {
    key: String,
    #[serde(serialize_with = "double")]
    #[schemars(with = "super::values::Double")]
    value: f64,
    timestamp: i64,
    step: i64,
}

impl MetricOut {
    pub fn new(key: &str, point: MetricPoint) -> Self {
        Self {
            key: key.to_owned(),
            value: point.value,
            timestamp: point.timestamp_ms,
            step: point.step,
        }
    }
}

impl From<MetricSummary> for MetricOut {
    fn from(summary: MetricSummary) -> Self {
        Self::new(&summary.key, summary.latest)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct DataOut {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Label>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DatasetOut {
    name: String,
    digest: String,
    source_type: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DatasetInputOut {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
    dataset: DatasetOut,
}

impl From<DatasetInput> for DatasetInputOut {
    fn from(input: DatasetInput) -> Self {
        Self {
            tags: labels(input.tags),
            dataset: DatasetOut {
                name: input.name,
                digest: input.digest,
                source_type: input.source_type,
                source: input.source,
                schema: input.schema,
                profile: input.profile,
            },
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct ModelInputOut {
    model_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ModelOutputOut {
    model_id: String,
    step: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct InputsOut {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_inputs: Vec<DatasetInputOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_inputs: Vec<ModelInputOut>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OutputsOut {
    model_outputs: Vec<ModelOutputOut>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RunOut {
    info: InfoOut,
    data: DataOut,
    inputs: InputsOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<OutputsOut>,
}

impl From<Run> for RunOut {
    fn from(run: Run) -> Self {
        let model_inputs = run.model_inputs.into_iter().map(|id| ModelInputOut {
            model_id: id.into_string(),
        });
        let output = |output: ModelOutput| ModelOutputOut {
            model_id: output.model_id.into_string(),
            step: output.step,
        };
        let model_outputs: Vec<_> = run.model_outputs.into_iter().map(output).collect();
        Self {
            info: run.info.into(),
            data: DataOut {
                metrics: run.metrics.into_iter().map(MetricOut::from).collect(),
                params: labels(run.params),
                tags: labels(run.tags),
            },
            inputs: InputsOut {
                dataset_inputs: run
                    .datasets
                    .into_iter()
                    .map(DatasetInputOut::from)
                    .collect(),
                model_inputs: model_inputs.collect(),
            },
            outputs: (!model_outputs.is_empty()).then_some(OutputsOut { model_outputs }),
        }
    }
}

/// A metric as clients send it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct MetricIn {
    pub key: Option<Text>,
    pub value: Option<Double>,
    pub timestamp: Option<Int>,
    pub step: Option<Int>,
    pub model_id: Option<Text>,
    pub dataset_name: Option<Text>,
    pub dataset_digest: Option<Text>,
}

impl MetricIn {
    pub fn read(self) -> Result<Metric, ApiError> {
        if let (Some(Int(timestamp @ ..0)), Some(key)) = (self.timestamp, &self.key) {
            return Err(ApiError::invalid(format!(
                "Invalid value {timestamp} for parameter 'timestamp' supplied: metric '{}'. Timestamp must be a \
                 nonnegative long (64-bit integer)",
                key.0
            )));
        }
        let model_id = self.model_id.filter(|id| !id.0.is_empty());
        let dataset = self.dataset_name.filter(|name| !name.0.is_empty());
        Ok(Metric {
            key: required(self.key, "key")?.0,
            point: MetricPoint {
                step: self.step.unwrap_or_default().0,
                timestamp_ms: required(self.timestamp, "timestamp")?.0,
                value: required(self.value, "value")?.0,
            },
            model_id: model_id.map(|id| LoggedModelId::parse(&id.0)).transpose()?,
            dataset: dataset.map(|name| (name.0, self.dataset_digest.unwrap_or_default().0)),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DatasetIn {
    name: Option<Text>,
    digest: Option<Text>,
    source_type: Option<Text>,
    source: Option<Text>,
    schema: Option<Text>,
    profile: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct DatasetInputIn {
    #[serde(default)]
    tags: Many<TagIn>,
    dataset: DatasetIn,
}

impl DatasetInputIn {
    pub fn read(self) -> Result<DatasetInput, ApiError> {
        let tags: Vec<Tag> = tags(self.tags)?;
        Ok(DatasetInput {
            name: required(self.dataset.name, "dataset.name")?.0,
            digest: required(self.dataset.digest, "dataset.digest")?.0,
            source_type: self.dataset.source_type.unwrap_or_default().0,
            source: self.dataset.source.unwrap_or_default().0,
            schema: self.dataset.schema.map(|text| text.0),
            profile: self.dataset.profile.map(|text| text.0),
            tags,
        })
    }
}
