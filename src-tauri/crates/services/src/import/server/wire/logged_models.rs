//! Logged models, which servers of version 3 have.

use std::str::FromStr as _;

use domain::tracking::{LoggedModelMetric, LoggedModelStatus, Param, RunId, Tag};
use serde::Deserialize;

use super::{KeyValue, Metric, int};
use crate::import::source::SourceLoggedModel;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LoggedModel {
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
