//! MLflow's JSON, as servers of versions 2 and 3 write it: numbers may be texts, empty lists and fields are left out.

use std::str::FromStr as _;

use domain::tracking::{
    DatasetInput, LoggedModelMetric, LoggedModelStatus, MetricPoint, Param, RunId, RunStatus, Tag,
};
use serde::{Deserialize, Deserializer};

use crate::import::source::{
    SourceExperiment, SourceFile, SourceLoggedModel, SourceMetric, SourceModel, SourceRun,
    SourceVersion,
};

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Int(i64),
    Float(f64),
    Text(String),
}

pub(super) fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match Option::<Number>::deserialize(deserializer)? {
        None => Ok(0),
        Some(Number::Int(value)) => Ok(value),
        Some(Number::Float(value)) => Ok(value as i64),
        Some(Number::Text(text)) => text
            .parse()
            .map_err(|_| serde::de::Error::custom(format!("'{text}' is no whole number"))),
    }
}

fn some_int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    int(deserializer).map(|value| (value != 0).then_some(value))
}

/// MLflow's databases keep no infinity: they write the largest number in its place, so that is what it stands for.
pub(super) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let value = match Option::<Number>::deserialize(deserializer)? {
        None => 0.0,
        Some(Number::Int(value)) => value as f64,
        Some(Number::Float(value)) => value,
        Some(Number::Text(text)) => text
            .parse()
            .map_err(|_| serde::de::Error::custom(format!("'{text}' is no number")))?,
    };
    Ok(match value {
        f64::MAX => f64::INFINITY,
        f64::MIN => f64::NEG_INFINITY,
        other => other,
    })
}

#[derive(Deserialize)]
pub(super) struct KeyValue {
    pub key: String,
    #[serde(default)]
    pub value: String,
}

impl From<KeyValue> for Tag {
    fn from(pair: KeyValue) -> Self {
        Self {
            key: pair.key,
            value: pair.value,
        }
    }
}

impl From<KeyValue> for Param {
    fn from(pair: KeyValue) -> Self {
        Self {
            key: pair.key,
            value: pair.value,
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Experiment {
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
pub(super) struct Metric {
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
pub(super) struct Run {
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

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct LoggedModel {
    info: LoggedModelInfo,
    data: LoggedModelData,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LoggedModelInfo {
    model_id: String,
    experiment_id: String,
    name: String,
    #[serde(deserialize_with = "int")]
    creation_timestamp_ms: i64,
    #[serde(deserialize_with = "int")]
    last_updated_timestamp_ms: i64,
    artifact_uri: String,
    status: String,
    status_message: Option<String>,
    model_type: String,
    source_run_id: String,
    tags: Vec<KeyValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LoggedModelData {
    params: Vec<KeyValue>,
    metrics: Vec<Metric>,
}

impl From<LoggedModel> for SourceLoggedModel {
    fn from(wire: LoggedModel) -> Self {
        let info = wire.info;
        let metrics = wire.data.metrics.into_iter().filter_map(|metric| {
            Some(LoggedModelMetric {
                point: metric.point(),
                run_id: RunId::parse(&metric.run_id).ok()?,
                dataset: (!metric.dataset_name.is_empty())
                    .then_some((metric.dataset_name, metric.dataset_digest)),
                key: metric.key,
            })
        });
        Self {
            id: info.model_id,
            experiment_id: info.experiment_id,
            name: info.name,
            artifact_uri: info.artifact_uri,
            status: LoggedModelStatus::from_str(&info.status)
                .unwrap_or(LoggedModelStatus::Unspecified),
            status_message: info.status_message.filter(|text| !text.is_empty()),
            model_type: Some(info.model_type).filter(|kind| !kind.is_empty()),
            source_run_id: Some(info.source_run_id).filter(|id| !id.is_empty()),
            created_at_ms: info.creation_timestamp_ms,
            updated_at_ms: info.last_updated_timestamp_ms,
            params: wire.data.params.into_iter().map(Param::from).collect(),
            tags: info.tags.into_iter().map(Tag::from).collect(),
            metrics: metrics.collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RegisteredModel {
    name: String,
    description: String,
    #[serde(deserialize_with = "int")]
    creation_timestamp: i64,
    #[serde(deserialize_with = "int")]
    last_updated_timestamp: i64,
    tags: Vec<KeyValue>,
    aliases: Vec<AliasWire>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AliasWire {
    alias: String,
    #[serde(deserialize_with = "int")]
    version: i64,
}

impl From<RegisteredModel> for SourceModel {
    fn from(wire: RegisteredModel) -> Self {
        Self {
            name: wire.name,
            description: wire.description,
            created_at_ms: wire.creation_timestamp,
            updated_at_ms: wire.last_updated_timestamp,
            tags: wire.tags.into_iter().map(Tag::from).collect(),
            aliases: wire
                .aliases
                .into_iter()
                .map(|a| (a.alias, a.version))
                .collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ModelVersion {
    #[serde(deserialize_with = "int")]
    version: i64,
    #[serde(deserialize_with = "int")]
    creation_timestamp: i64,
    #[serde(deserialize_with = "int")]
    last_updated_timestamp: i64,
    user_id: String,
    current_stage: String,
    description: String,
    source: String,
    run_id: String,
    run_link: String,
    model_id: String,
    status: String,
    status_message: String,
    tags: Vec<KeyValue>,
}

impl From<ModelVersion> for SourceVersion {
    fn from(wire: ModelVersion) -> Self {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            version: wire.version,
            stage: wire.current_stage,
            description: wire.description,
            source: wire.source,
            storage_location: None,
            run_id: some(wire.run_id),
            run_link: wire.run_link,
            model_id: some(wire.model_id),
            user: wire.user_id,
            status: wire.status,
            status_message: wire.status_message,
            created_at_ms: wire.creation_timestamp,
            updated_at_ms: wire.last_updated_timestamp,
            tags: wire.tags.into_iter().map(Tag::from).collect(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct FileInfo {
    path: String,
    is_dir: bool,
    file_size: Option<Number>,
}

impl From<FileInfo> for SourceFile {
    fn from(wire: FileInfo) -> Self {
        let size_bytes = match wire.file_size {
            Some(Number::Int(size)) => Some(size),
            Some(Number::Text(text)) => text.parse().ok(),
            Some(Number::Float(_)) | None => None,
        };
        Self {
            path: wire.path,
            is_dir: wire.is_dir,
            size_bytes,
            modified_at_ms: None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_come_in_three_spellings() {
        let read = |text: &str| serde_json::from_str::<Metric>(text).unwrap();
        assert!(read(r#"{"key":"a","value":"NaN"}"#).value.is_nan());
        assert_eq!(
            read(r#"{"value":1.7976931348623157e+308}"#).value,
            f64::INFINITY
        );
        assert_eq!(read(r#"{"value":"-Infinity"}"#).value, f64::NEG_INFINITY);
        assert_eq!(
            read(r#"{"value":3,"timestamp":"17","step":null}"#).timestamp,
            17
        );
    }
}
