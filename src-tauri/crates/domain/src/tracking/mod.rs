//! Experiments, runs and what is logged to them.

mod ids;
mod metric;
mod words;

pub use ids::{ExperimentId, LoggedModelId, RunId};
pub use metric::{Metric, MetricPoint, MetricSummary};
pub use words::{Lifecycle, LoggedModelStatus, RunStatus, UnknownWord, ViewType};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    pub id: ExperimentId,
    pub name: String,
    pub artifact_location: String,
    pub lifecycle: Lifecycle,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub tags: Vec<Tag>,
}

/// A run without what was logged to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    pub id: RunId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub user: String,
    pub status: RunStatus,
    pub lifecycle: Lifecycle,
    pub started_at_ms: i64,
    pub ended_at_ms: Option<i64>,
    pub artifact_uri: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub info: RunInfo,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub metrics: Vec<MetricSummary>,
    pub datasets: Vec<DatasetInput>,
    pub model_inputs: Vec<LoggedModelId>,
    pub model_outputs: Vec<ModelOutput>,
}

/// A dataset that a run read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInput {
    pub name: String,
    pub digest: String,
    pub source_type: String,
    pub source: String,
    pub schema: Option<String>,
    pub profile: Option<String>,
    pub tags: Vec<Tag>,
}

impl DatasetInput {
    /// "train", "eval", ...: the tag by which runs are searched.
    pub fn context(&self) -> Option<&str> {
        let tag = self
            .tags
            .iter()
            .find(|tag| tag.key == "mlflow.data.context");
        tag.map(|tag| tag.value.as_str())
    }
}

/// A logged model that a run produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOutput {
    pub model_id: LoggedModelId,
    pub step: i64,
}

/// A model as clients of version 3 log it: a thing of its own beside runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModel {
    pub id: LoggedModelId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub artifact_uri: String,
    pub status: LoggedModelStatus,
    pub status_message: Option<String>,
    pub model_type: Option<String>,
    pub source_run_id: Option<RunId>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub metrics: Vec<LoggedModelMetric>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModelMetric {
    pub key: String,
    pub point: MetricPoint,
    pub run_id: RunId,
    pub dataset: Option<(String, String)>,
}
