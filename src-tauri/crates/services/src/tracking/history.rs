//! Histories of metrics: every point in pieces of bounded size, or an even sample of them.

use domain::tracking::{MetricPoint, RunId};
use store::tracking::series::{self, HistoryPieces};
use store::tracking::{metrics, runs as rows};

use super::runs::missing;
use crate::Context;
use crate::error::{Result, ServiceError};

/// As MLflow's server has them.
const RUNS_AT_ONCE_MAX: usize = 100;
const SAMPLE_POINTS_MAX: i64 = 2_500;
const BULK_POINTS_MAX: i64 = 25_000;

/// A history that is being read. Its next piece is read when it is asked for.
#[derive(Debug)]
pub struct MetricPieces {
    pieces: Option<HistoryPieces>,
    left: usize,
    last: Option<MetricPoint>,
    next_page_token: Option<String>,
}

/// A metric's points in the order of timestamp, step, value; all of them when `limit` is `None`.
pub async fn metric_pieces(
    ctx: &Context,
    run_id: &str,
    key: &str,
    limit: Option<i64>,
    page_token: Option<&str>,
) -> Result<MetricPieces> {
    let id = RunId::parse(run_id)?;
    let after = page_token
        .filter(|token| !token.is_empty())
        .map(cursor_of)
        .transpose()?;
    let pool = ctx.store.reading().await?;
    let pieces = match metrics::series(&pool, &id, key).await? {
        Some((series_id, _)) => Some(series::history_pieces(&pool, series_id, after).await?),
        None => {
            rows::revision(&pool, &id)
                .await?
                .ok_or_else(|| missing(&id))?;
            None
        }
    };
    Ok(MetricPieces {
        pieces,
        left: limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(0)),
        last: None,
        next_page_token: None,
    })
}

impl MetricPieces {
    /// The next points, never none of them; `None` at the end of the page.
    pub async fn next(&mut self) -> Result<Option<Vec<MetricPoint>>> {
        let Some(pieces) = &mut self.pieces else {
            return Ok(None);
        };
        let Some(mut piece) = pieces.next().await? else {
            self.pieces = None;
            return Ok(None);
        };
        if self.left == 0 {
            // A full page, and one point more at least.
            self.next_page_token = self.last.as_ref().map(token_of);
            self.pieces = None;
            return Ok(None);
        }
        if piece.len() > self.left {
            piece.truncate(self.left);
            self.next_page_token = piece.last().map(token_of);
            self.pieces = None;
        }
        self.left -= piece.len();
        self.last = piece.last().copied();
        Ok(Some(piece))
    }

    /// Known once the page was read to its end.
    pub fn next_page_token(&self) -> Option<&str> {
        self.next_page_token.as_deref()
    }
}

/// The last point that was read: the next page begins after it, whatever is logged meanwhile.
fn token_of(point: &MetricPoint) -> String {
    hex::encode(format!(
        "{} {} {}",
        point.timestamp_ms,
        point.step,
        point.value_bits()
    ))
}

fn cursor_of(token: &str) -> Result<MetricPoint> {
    let read = || -> Option<MetricPoint> {
        let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
        let mut numbers = text.split(' ').map(str::parse::<i64>);
        let mut next = || numbers.next()?.ok();
        let (timestamp_ms, step, bits) = (next()?, next()?, next()?);
        Some(MetricPoint {
            step,
            timestamp_ms,
            value: MetricPoint::value_from_bits(bits),
        })
    };
    read().ok_or_else(|| {
        ServiceError::invalid("page_token", format!("Invalid page token '{token}'."))
    })
}

/// Points of one metric of one run.
#[derive(Debug)]
pub struct RunPoints {
    pub run_id: String,
    pub points: Vec<MetricPoint>,
}

/// The histories of one metric in several runs, by run, up to `limit` points of all of them together.
pub async fn bulk_history(
    ctx: &Context,
    mut run_ids: Vec<String>,
    key: &str,
    limit: Option<i64>,
) -> Result<Vec<RunPoints>> {
    const NAME: &str = "GetMetricHistoryBulk";
    check_runs(NAME, &run_ids)?;
    let limit = limit.unwrap_or(BULK_POINTS_MAX).clamp(0, BULK_POINTS_MAX);
    run_ids.sort_unstable();
    run_ids.dedup();
    let pool = ctx.store.reading().await?;
    let (mut left, mut runs) = (limit, Vec::new());
    for run_id in run_ids {
        let id = RunId::parse(&run_id)?;
        let Some((series_id, _)) = metrics::series(&pool, &id, key).await? else {
            continue;
        };
        let points = series::history(&pool, series_id, None, left).await?;
        left -= i64::try_from(points.len()).unwrap_or(left);
        runs.push(RunPoints { run_id, points });
        if left <= 0 {
            break;
        }
    }
    Ok(runs)
}

fn check_runs(name: &str, run_ids: &[String]) -> Result<()> {
    let count = run_ids.len();
    if count == 0 {
        return Err(ServiceError::invalid(
            "run_ids",
            format!("{name} request must specify at least one run_id."),
        ));
    }
    if count > RUNS_AT_ONCE_MAX {
        return Err(ServiceError::invalid(
            "run_ids",
            format!(
                "{name} request cannot specify more than {RUNS_AT_ONCE_MAX} run_ids. Received {count} run_ids."
            ),
        ));
    }
    Ok(())
}

/// What of each series is sampled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interval {
    pub from_step: Option<i64>,
    pub to_step: Option<i64>,
    /// For each run; the most when absent.
    pub max_results: Option<i64>,
}

impl Interval {
    fn range(self) -> Result<Option<(i64, i64)>> {
        match (self.from_step, self.to_step) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) if from <= to => Ok(Some((from, to))),
            (Some(from), Some(to)) => Err(ServiceError::invalid(
                "end_step",
                format!(
                    "end_step must be greater than start_step. Found start_step={from} and end_step={to}."
                ),
            )),
            _ => Err(ServiceError::invalid(
                "start_step",
                "If either start step or end step are specified, both must be specified.",
            )),
        }
    }
}

/// An even sample of one metric in several runs, in the order in which the runs are named; each by step.
pub async fn sampled_history(
    ctx: &Context,
    run_ids: Vec<String>,
    key: &str,
    interval: Interval,
) -> Result<Vec<RunPoints>> {
    check_runs("GetMetricHistoryBulkInterval", &run_ids)?;
    let wanted = interval.max_results.unwrap_or(SAMPLE_POINTS_MAX);
    if !(1..=SAMPLE_POINTS_MAX).contains(&wanted) {
        return Err(ServiceError::invalid(
            "max_results",
            format!("max_results must be between 1 and {SAMPLE_POINTS_MAX}."),
        ));
    }
    let range = interval.range()?;
    let wanted = usize::try_from(wanted).unwrap_or(1);
    let pool = ctx.store.reading().await?;
    let mut runs = Vec::with_capacity(run_ids.len());
    for run_id in run_ids {
        let id = RunId::parse(&run_id)?;
        if let Some((series_id, _)) = metrics::series(&pool, &id, key).await? {
            let points = series::sample::sample(&pool, series_id, range, wanted).await?;
            runs.push(RunPoints { run_id, points });
        }
    }
    Ok(runs)
}
