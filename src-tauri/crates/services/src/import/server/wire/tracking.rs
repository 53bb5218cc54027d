//! Experiments and runs.

use std::str::FromStr as _;

use domain::tracking::{DatasetInput, MetricPoint, Param, RunStatus, Tag};
use serde::Deserialize;

use super::{KeyValue, int, some_int, value};
use crate::import::source::{SourceExperiment, SourceMetric, SourceRun};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Experiment {
    experiment_id: String,
    name: String,
    artifact_location: String,
    lifecycle_stage: String,
    #[serde(deserialize_with = "int")]
    creation_time: i64,
    #[serde(deserialize_with = "int")]
    last_update_time: i64,
    tags: Vec<KeyValue>,
}

impl From<Experiment> for SourceExperiment {
    fn from(wire: Experiment) -> Self {
        Self {
            id: wire.experiment_id,
            name: wire.name,
            artifact_location: wire.artifact_location,
            deleted: wire.lifecycle_stage == "deleted",
            created_at_ms: wire.creation_time,
            updated_at_ms: wire.last_update_time,
            tags: wire.tags.into_iter().map(Tag::from).collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Metric {
    pub key: String,
    #[serde(deserialize_with = "value")]
    pub value: f64,
    #[serde(deserialize_with = "int")]
    pub timestamp: i64,
    #[serde(deserialize_with = "int")]
    pub step: i64,
    pub run_id: String,
    pub dataset_name: String,
    pub dataset_digest: String,
}

impl Metric {
    pub fn point(&self) -> MetricPoint {
        MetricPoint {
            step: self.step,
            timestamp_ms: self.timestamp,
            value: self.value,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Run {
    info: RunInfo,
    data: RunData,
    inputs: Inputs,
    outputs: Outputs,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RunInfo {
    run_id: String,
    run_uuid: String,
    experiment_id: String,
    run_name: String,
    user_id: String,
    status: String,
    #[serde(deserialize_with = "int")]
    start_time: i64,
    #[serde(deserialize_with = "some_int")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RunData {
    metrics: Vec<Metric>,
    params: Vec<KeyValue>,
    tags: Vec<KeyValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inputs {
    dataset_inputs: Vec<DatasetWire>,
    model_inputs: Vec<ModelRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Outputs {
    model_outputs: Vec<ModelRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ModelRef {
    model_id: String,
    #[serde(deserialize_with = "int")]
    step: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DatasetWire {
    tags: Vec<KeyValue>,
    dataset: Dataset,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Dataset {
    name: String,
    digest: String,
    source_type: String,
    source: String,
    schema: Option<String>,
    profile: Option<String>,
}

impl From<DatasetWire> for DatasetInput {
    fn from(wire: DatasetWire) -> Self {
        Self {
            name: wire.dataset.name,
            digest: wire.dataset.digest,
            source_type: wire.dataset.source_type,
            source: wire.dataset.source,
            schema: wire.dataset.schema,
            profile: wire.dataset.profile,
            tags: wire.tags.into_iter().map(Tag::from).collect(),
        }
    }
}

impl From<Run> for SourceRun {
    fn from(wire: Run) -> Self {
        let info = wire.info;
        let id = if info.run_id.is_empty() {
            info.run_uuid
        } else {
            info.run_id
        };
        let mut metrics: Vec<SourceMetric> = wire
            .data
            .metrics
            .into_iter()
            .map(|m| SourceMetric {
                mark: format!("{} {} {:?}", m.step, m.timestamp, m.value),
                key: m.key,
            })
            .collect();
        metrics.sort_by(|a, b| a.key.cmp(&b.key));
        metrics.dedup_by(|a, b| a.key == b.key);
        Self {
            id,
            experiment_id: info.experiment_id,
            name: info.run_name,
            user: info.user_id,
            status: RunStatus::from_str(&info.status).unwrap_or(RunStatus::Running),
            deleted: info.lifecycle_stage == "deleted",
            started_at_ms: info.start_time,
            ended_at_ms: info.end_time,
            artifact_uri: info.artifact_uri,
            params: wire.data.params.into_iter().map(Param::from).collect(),
            tags: wire.data.tags.into_iter().map(Tag::from).collect(),
            metrics,
            datasets: wire
                .inputs
                .dataset_inputs
                .into_iter()
                .map(DatasetInput::from)
                .collect(),
            model_inputs: wire
                .inputs
                .model_inputs
                .into_iter()
                .map(|m| m.model_id)
                .collect(),
            model_outputs: wire
                .outputs
                .model_outputs
                .into_iter()
                .map(|m| (m.model_id, m.step))
                .collect(),
        }
    }
}
