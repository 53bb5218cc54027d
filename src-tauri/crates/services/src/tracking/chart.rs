//! Series for the comparison chart, thinned without hiding a spike.

use domain::tracking::RunId;
use serde::{Deserialize, Serialize};
use store::tracking::{metrics, series};

use crate::Context;
use crate::error::Result;

/// More points than any screen has columns.
const POINTS_MAX: usize = 50_000;
const POINTS_MIN: usize = 8;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct MetricHistoryInput {
    pub run_ids: Vec<String>,
    pub key: String,
    #[specta(type = specta_typescript::Number)]
    pub max_points: i64,
    /// The part of the axis that is on the screen, ends included; all of it when absent.
    #[specta(type = Option<specta_typescript::Number>)]
    pub from_step: Option<i64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub to_step: Option<i64>,
}

/// A metric of one run, by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct MetricSeries {
    pub run_id: String,
    pub key: String,
    #[specta(type = specta_typescript::Number)]
    pub total_points: i64,
    /// True when points were left out; those kept include every bucket's extremes.
    pub reduced: bool,
    #[specta(type = Vec<specta_typescript::Number>)]
    pub steps: Vec<i64>,
    #[specta(type = Vec<specta_typescript::Number>)]
    pub times_ms: Vec<i64>,
    /// `null` where the value is NaN or infinite: a gap in the line.
    #[specta(type = Vec<Option<specta_typescript::Number>>)]
    pub values: Vec<Option<f64>>,
}

/// The histories of one metric in several runs. A run without the metric has no series.
pub async fn metric_history(ctx: &Context, input: MetricHistoryInput) -> Result<Vec<MetricSeries>> {
    let points_max = usize::try_from(input.max_points)
        .unwrap_or(0)
        .clamp(POINTS_MIN, POINTS_MAX);
    // A bucket leaves two points, its lowest and its highest; the first and the last come on top.
    let buckets = (points_max - 2) / 2;
    let range = match (input.from_step, input.to_step) {
        (None, None) => None,
        (from, to) => Some((from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX))),
    };
    let pool = ctx.store.reading().await?;
    let mut histories = Vec::with_capacity(input.run_ids.len());
    for run_id in &input.run_ids {
        let id = RunId::parse(run_id)?;
        let Some((series_id, total_points)) = metrics::series(&pool, &id, &input.key).await? else {
            continue;
        };
        let chart = series::chart(&pool, series_id, range, buckets).await?;
        let points = &chart.points;
        histories.push(MetricSeries {
            run_id: run_id.clone(),
            key: input.key.clone(),
            total_points,
            reduced: !chart.exact,
            steps: points.iter().map(|point| point.step).collect(),
            times_ms: points.iter().map(|point| point.timestamp_ms).collect(),
            values: points
                .iter()
                .map(|point| Some(point.value).filter(|value| value.is_finite()))
                .collect(),
        });
    }
    Ok(histories)
}
