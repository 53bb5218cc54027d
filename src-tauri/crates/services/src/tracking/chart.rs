//! Series for the comparison chart, thinned without hiding a spike.

use domain::tracking::{MetricPoint, RunId};
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
    let pool = ctx.store.pool();
    let mut histories = Vec::with_capacity(input.run_ids.len());
    for run_id in &input.run_ids {
        let id = RunId::parse(run_id)?;
        let Some((series_id, total_points)) = metrics::series(pool, &id, &input.key).await? else {
            continue;
        };
        let mut points = series::history(pool, series_id, None, i64::MAX).await?;
        let shown = input.from_step.unwrap_or(i64::MIN)..=input.to_step.unwrap_or(i64::MAX);
        points.retain(|point| shown.contains(&point.step));
        // Mostly sorted already, since steps grow with time.
        points.sort_by_key(|point| (point.step, point.timestamp_ms));
        let kept = reduced(&points, points_max);
        histories.push(MetricSeries {
            run_id: run_id.clone(),
            key: input.key.clone(),
            total_points,
            reduced: kept.len() < points.len(),
            steps: kept.iter().map(|point| point.step).collect(),
            times_ms: kept.iter().map(|point| point.timestamp_ms).collect(),
            values: kept
                .iter()
                .map(|point| Some(point.value).filter(|value| value.is_finite()))
                .collect(),
        });
    }
    Ok(histories)
}

/// At most `points_max` points: the first, the last, and of each bucket between them the lowest and the highest, in order.
fn reduced(points: &[MetricPoint], points_max: usize) -> Vec<MetricPoint> {
    if points.len() <= points_max {
        return points.to_vec();
    }
    let inner = &points[1..points.len() - 1];
    let buckets = (points_max - 2) / 2;
    let mut kept = Vec::with_capacity(points_max);
    kept.push(points[0]);
    for bucket in 0..buckets {
        let from = bucket * inner.len() / buckets;
        let to = (bucket + 1) * inner.len() / buckets;
        kept.extend(extremes(&inner[from..to]));
    }
    kept.push(points[points.len() - 1]);
    kept
}

/// The lowest and the highest finite point, in the order they stand; one point of a bucket that has none.
fn extremes(bucket: &[MetricPoint]) -> impl Iterator<Item = MetricPoint> + use<> {
    let finite = || {
        bucket
            .iter()
            .enumerate()
            .filter(|(_, point)| point.value.is_finite())
    };
    let by_value =
        |a: &(usize, &MetricPoint), b: &(usize, &MetricPoint)| a.1.value.total_cmp(&b.1.value);
    let low = finite().min_by(by_value).map(|(at, _)| at);
    let high = finite().max_by(by_value).map(|(at, _)| at);
    let (first, second) = match (low, high) {
        (Some(low), Some(high)) if low != high => (Some(low.min(high)), Some(low.max(high))),
        (Some(one), _) | (None, Some(one)) => (Some(one), None),
        (None, None) => (bucket.first().map(|_| 0), None),
    };
    let picked = [first, second].map(|at| at.map(|at| bucket[at]));
    picked.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Vec<MetricPoint> {
        let point = |(step, value): (usize, &f64)| MetricPoint {
            step: step as i64,
            timestamp_ms: 0,
            value: *value,
        };
        values.iter().enumerate().map(point).collect()
    }

    fn steps(points: &[MetricPoint]) -> Vec<i64> {
        points.iter().map(|point| point.step).collect()
    }

    #[test]
    fn a_short_series_is_whole() {
        assert_eq!(steps(&reduced(&series(&[1.0, 2.0, 3.0]), 8)), [0, 1, 2]);
    }

    #[test]
    fn spikes_and_ends_survive() {
        let mut values = vec![0.0; 10_000];
        values[1234] = 99.0;
        values[1235] = -99.0;
        values[7777] = f64::NAN;
        let kept = reduced(&series(&values), 100);
        assert!(kept.len() <= 100);
        let kept = steps(&kept);
        for step in [0, 1234, 1235, 9999] {
            assert!(kept.contains(&step), "{step} was lost");
        }
        assert!(kept.is_sorted());
    }

    #[test]
    fn a_bucket_of_nan_leaves_one_point_as_its_gap() {
        assert_eq!(
            steps(&extremes(&series(&[f64::NAN, f64::NAN])).collect::<Vec<_>>()),
            [0]
        );
        assert_eq!(
            steps(&extremes(&series(&[f64::NAN, 3.0, 1.0])).collect::<Vec<_>>()),
            [1, 2]
        );
        assert_eq!(extremes(&[]).count(), 0);
    }
}
