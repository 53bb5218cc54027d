//! What crosses to the window.

use domain::tracking as nouns;
use domain::tracking::{Lifecycle, MetricSummary, RunStatus};
use serde::{Deserialize, Serialize};

pub use domain::pair::Pair;

/// A measured value as JSON can carry it: a number, or the name of one that JSON has no number for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(untagged)]
pub enum Reading {
    Finite(#[specta(type = specta_typescript::Number)] f64),
    /// `NaN`, `Infinity` or `-Infinity`.
    Named(String),
}

impl From<f64> for Reading {
    fn from(value: f64) -> Self {
        match value {
            v if v.is_nan() => Self::Named("NaN".to_owned()),
            f64::INFINITY => Self::Named("Infinity".to_owned()),
            f64::NEG_INFINITY => Self::Named("-Infinity".to_owned()),
            v => Self::Finite(v),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Experiment {
    pub experiment_id: String,
    pub name: String,
    pub lifecycle: Lifecycle,
    pub artifact_location: String,
    #[specta(type = specta_typescript::Number)]
    pub created_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub updated_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub run_count: i64,
    #[specta(type = specta_typescript::Number)]
    pub live_run_count: i64,
    pub tags: Vec<Pair>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunMetric {
    pub key: String,
    pub latest: Reading,
    #[specta(type = specta_typescript::Number)]
    pub latest_step: i64,
    #[specta(type = specta_typescript::Number)]
    pub latest_at_ms: i64,
    pub min: Option<Reading>,
    pub max: Option<Reading>,
    #[specta(type = specta_typescript::Number)]
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub run_id: String,
    pub experiment_id: String,
    pub name: String,
    pub status: RunStatus,
    pub lifecycle: Lifecycle,
    pub user: String,
    #[specta(type = specta_typescript::Number)]
    pub started_at_ms: i64,
    #[specta(type = Option<specta_typescript::Number>)]
    pub ended_at_ms: Option<i64>,
    pub artifact_uri: String,
    pub params: Vec<Pair>,
    pub tags: Vec<Pair>,
    pub metrics: Vec<RunMetric>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RunPage {
    pub runs: Vec<Run>,
    #[specta(type = specta_typescript::Number)]
    pub total: i64,
    pub next_page_token: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SearchRunsInput {
    pub experiment_ids: Vec<String>,
    pub filter: String,
    pub order_by: Vec<String>,
    #[specta(type = specta_typescript::Number)]
    pub max_results: i64,
    pub page_token: Option<String>,
}

impl Experiment {
    pub(super) fn new(experiment: nouns::Experiment, run_count: i64, live_run_count: i64) -> Self {
        Self {
            experiment_id: experiment.id.into_string(),
            name: experiment.name,
            lifecycle: experiment.lifecycle,
            artifact_location: experiment.artifact_location,
            created_at_ms: experiment.created_at_ms,
            updated_at_ms: experiment.updated_at_ms,
            run_count,
            live_run_count,
            tags: experiment
                .tags
                .into_iter()
                .map(|tag| Pair::new(tag.key, tag.value))
                .collect(),
        }
    }
}

impl From<MetricSummary> for RunMetric {
    fn from(summary: MetricSummary) -> Self {
        Self {
            key: summary.key,
            latest: summary.latest.value.into(),
            latest_step: summary.latest.step,
            latest_at_ms: summary.latest.timestamp_ms,
            min: summary.min.map(Reading::from),
            max: summary.max.map(Reading::from),
            count: summary.count,
        }
    }
}

impl From<nouns::Run> for Run {
    fn from(run: nouns::Run) -> Self {
        let info = run.info;
        Self {
            run_id: info.id.into_string(),
            experiment_id: info.experiment_id.into_string(),
            name: info.name,
            status: info.status,
            lifecycle: info.lifecycle,
            user: info.user,
            started_at_ms: info.started_at_ms,
            ended_at_ms: info.ended_at_ms,
            artifact_uri: info.artifact_uri,
            params: run
                .params
                .into_iter()
                .map(|param| Pair::new(param.key, param.value))
                .collect(),
            tags: run
                .tags
                .into_iter()
                .map(|tag| Pair::new(tag.key, tag.value))
                .collect(),
            metrics: run.metrics.into_iter().map(RunMetric::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn readings_survive_json() {
        let values = [1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let readings: Vec<Reading> = values.into_iter().map(Reading::from).collect();
        assert_eq!(
            serde_json::to_string(&readings).unwrap(),
            r#"[1.5,"NaN","Infinity","-Infinity"]"#
        );
    }
}
