//! Metric points and the summary of each series.
//!
//! A batch reads the summaries of its series, writes its points in bulk, and writes the summaries back: three statements
//! however many points it holds. The caller holds the run's lock, so what was read stays true until it is written.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};

use domain::tracking::{MetricPoint, MetricSummary, RunId};

use crate::dialect;
use crate::sql::{Conn, Value, sql};
use crate::{Pool, StoreError, Tx};

/// Points are read in pieces of this size, so that a million of them never stand in memory as rows.
const POINTS_AT_ONCE: i64 = 25_000;

const SUMMARY_COLUMNS: &str = "key, point_count, latest_step, latest_timestamp_ms, latest_value, latest_is_nan, \
                               min_value, max_value";

#[derive(Debug, sqlx::FromRow)]
struct SummaryRow {
    key: String,
    point_count: i64,
    latest_step: i64,
    latest_timestamp_ms: i64,
    latest_value: f64,
    latest_is_nan: bool,
    min_value: Option<f64>,
    max_value: Option<f64>,
}

impl From<SummaryRow> for MetricSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            key: row.key,
            count: row.point_count,
            latest: MetricPoint {
                step: row.latest_step,
                timestamp_ms: row.latest_timestamp_ms,
                value: if row.latest_is_nan {
                    f64::NAN
                } else {
                    row.latest_value
                },
            },
            min: row.min_value,
            max: row.max_value,
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
struct SeriesRow {
    series_id: i64,
    #[sqlx(flatten)]
    summary: SummaryRow,
}

#[derive(Debug, sqlx::FromRow)]
struct OwnedSummaryRow {
    run_id: String,
    #[sqlx(flatten)]
    summary: SummaryRow,
}

/// A series that a batch touches.
struct Series {
    id: i64,
    summary: MetricSummary,
    /// False for a series that this batch begins.
    known: bool,
    points: Vec<MetricPoint>,
}

/// Numbers of new series: the time in the high bits, so that they grow and neighbours in time are neighbours on disk,
/// and a part of a random number, so that two servers on one database do not meet.
fn next_series_id(now_ms: i64) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let random = i64::from(uuid::Uuid::new_v4().as_bytes()[0]) << 12;
    let wanted = (now_ms << 20) | random;
    let next = |last: i64| Some(wanted.max(last + 1));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(last) | Err(last) => wanted.max(last + 1),
    }
}

/// Adds points to the run's series. A point that is there already, exactly, is swallowed.
pub async fn log(
    tx: &mut Tx,
    run_id: &RunId,
    points: &[(&str, MetricPoint)],
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut by_key: BTreeMap<&str, Vec<MetricPoint>> = BTreeMap::new();
    for (key, point) in points {
        by_key.entry(key).or_default().push(*point);
    }
    if by_key.is_empty() {
        return Ok(());
    }
    let mut series = read_series(tx, run_id, by_key, now_ms).await?;
    // The points refer to their series, so new ones must stand first.
    let begun: Vec<&Series> = series.iter().filter(|series| !series.known).collect();
    write_summaries(tx, run_id, &begun).await?;
    if write_points(tx, &series).await? == points.len() as u64 {
        let known: Vec<&Series> = series.iter().filter(|series| series.known).collect();
        return write_summaries(tx, run_id, &known).await;
    }
    recount(tx, &mut series).await?;
    write_summaries(tx, run_id, &series.iter().collect::<Vec<_>>()).await
}

async fn read_series(
    tx: &mut Tx,
    run_id: &RunId,
    by_key: BTreeMap<&str, Vec<MetricPoint>>,
    now_ms: i64,
) -> Result<Vec<Series>, StoreError> {
    let list = dialect::in_list(2, by_key.len());
    let text = format!(
        "select series_id, {SUMMARY_COLUMNS} from metric_series where run_id = $1 and key in {list}"
    );
    let rows: Vec<SeriesRow> = sql(text)
        .bind(run_id.as_str())
        .bind_all(by_key.keys().copied())
        .all(tx)
        .await?;
    let mut known: HashMap<String, SeriesRow> = rows
        .into_iter()
        .map(|row| (row.summary.key.clone(), row))
        .collect();
    let series = by_key
        .into_iter()
        .map(|(key, points)| match known.remove(key) {
            Some(row) => {
                let mut summary = MetricSummary::from(row.summary);
                points.iter().for_each(|point| summary.absorb(*point));
                summary.count += length(&points);
                Series {
                    id: row.series_id,
                    summary,
                    known: true,
                    points,
                }
            }
            None => {
                let mut summary = MetricSummary::of(key, points[0]);
                points[1..].iter().for_each(|point| summary.absorb(*point));
                summary.count = length(&points);
                Series {
                    id: next_series_id(now_ms),
                    summary,
                    known: false,
                    points,
                }
            }
        });
    Ok(series.collect())
}

/// Returns how many points were new.
async fn write_points(tx: &mut Tx, series: &[Series]) -> Result<u64, StoreError> {
    let points: Vec<[i64; 4]> = series
        .iter()
        .flat_map(|s| {
            s.points
                .iter()
                .map(|p| [s.id, p.timestamp_ms, p.step, p.value_bits()])
        })
        .collect();
    let mut inserted = 0;
    for chunk in dialect::chunks(&points, 4) {
        let rows = dialect::placeholders(chunk.len(), 4);
        inserted += sql(format!(
            "insert into metric_points (series_id, timestamp_ms, step, value_bits) values {rows} on conflict do nothing"
        ))
        .bind_all(chunk.iter().flatten().copied())
        .execute(&mut *tx)
        .await?;
    }
    Ok(inserted)
}

/// Some points of the batch were there already; which series they belong to, only the database can tell.
async fn recount(tx: &mut Tx, series: &mut [Series]) -> Result<(), StoreError> {
    for series in series {
        let (count,): (i64,) = sql("select count(*) from metric_points where series_id = $1")
            .bind(series.id)
            .one(&mut *tx)
            .await?;
        series.summary.count = count;
    }
    Ok(())
}

fn length(points: &[MetricPoint]) -> i64 {
    i64::try_from(points.len()).unwrap_or(i64::MAX)
}

async fn write_summaries(
    tx: &mut Tx,
    run_id: &RunId,
    series: &[&Series],
) -> Result<(), StoreError> {
    for chunk in dialect::chunks(series, 10) {
        let rows = dialect::placeholders(chunk.len(), 10);
        let values = chunk
            .iter()
            .flat_map(|series| summary_values(run_id, series));
        sql(format!(
            "insert into metric_series (series_id, run_id, key, point_count, latest_step, latest_timestamp_ms, \
             latest_value, latest_is_nan, min_value, max_value) values {rows} \
             on conflict (series_id) do update set point_count = excluded.point_count, \
             latest_step = excluded.latest_step, latest_timestamp_ms = excluded.latest_timestamp_ms, \
             latest_value = excluded.latest_value, latest_is_nan = excluded.latest_is_nan, \
             min_value = excluded.min_value, max_value = excluded.max_value"
        ))
        .bind_all(values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

fn summary_values(run_id: &RunId, series: &Series) -> [Value; 10] {
    let MetricSummary {
        key,
        count,
        latest,
        min,
        max,
    } = &series.summary;
    let [value, is_nan] = dialect::number_and_flag(latest.value);
    [
        series.id.into(),
        run_id.as_str().into(),
        key.into(),
        (*count).into(),
        latest.step.into(),
        latest.timestamp_ms.into(),
        value,
        is_nan,
        (*min).into(),
        (*max).into(),
    ]
}

/// The summaries of several runs, by run, each list by key.
pub async fn summaries(
    pool: &Pool,
    run_ids: &[&str],
) -> Result<HashMap<String, Vec<MetricSummary>>, StoreError> {
    let list = dialect::in_list(1, run_ids.len());
    let rows: Vec<OwnedSummaryRow> = sql(format!(
        "select run_id, {SUMMARY_COLUMNS} from metric_series where run_id in {list}"
    ))
    .bind_all(run_ids.iter().copied())
    .all(pool)
    .await?;
    let mut runs: HashMap<String, Vec<MetricSummary>> = HashMap::new();
    for row in rows {
        runs.entry(row.run_id).or_default().push(row.summary.into());
    }
    for summaries in runs.values_mut() {
        summaries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    }
    Ok(runs)
}

/// The id of a series and how many points it has.
pub async fn series(
    conn: impl Into<Conn<'_>>,
    run_id: &RunId,
    key: &str,
) -> Result<Option<(i64, i64)>, StoreError> {
    sql("select series_id, point_count from metric_series where run_id = $1 and key = $2")
        .bind(run_id.as_str())
        .bind(key)
        .optional(conn)
        .await
}

/// Points of a series in the order of timestamp, step, value: those after `after`, at most `limit`.
pub async fn points(
    pool: &Pool,
    series_id: i64,
    after: Option<MetricPoint>,
    limit: i64,
) -> Result<Vec<MetricPoint>, StoreError> {
    let mut found: Vec<MetricPoint> = Vec::new();
    let mut after = after;
    loop {
        let wanted = POINTS_AT_ONCE.min(limit.saturating_sub(length(&found)));
        if wanted <= 0 {
            return Ok(found);
        }
        let rows = points_after(pool, series_id, after, wanted).await?;
        let read = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        found.extend(
            rows.into_iter()
                .map(|(timestamp_ms, step, bits)| MetricPoint {
                    step,
                    timestamp_ms,
                    value: MetricPoint::value_from_bits(bits),
                }),
        );
        if read < wanted {
            return Ok(found);
        }
        after = found.last().copied();
    }
}

async fn points_after(
    pool: &Pool,
    series_id: i64,
    after: Option<MetricPoint>,
    limit: i64,
) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    let order = "order by timestamp_ms, step, value_bits";
    let Some(after) = after else {
        return sql(format!(
            "select timestamp_ms, step, value_bits from metric_points where series_id = $1 {order} limit $2"
        ))
        .bind(series_id)
        .bind(limit)
        .all(pool)
        .await;
    };
    sql(format!(
        "select timestamp_ms, step, value_bits from metric_points \
         where series_id = $1 and (timestamp_ms, step, value_bits) > ($2, $3, $4) {order} limit $5"
    ))
    .bind(series_id)
    .bind(after.timestamp_ms)
    .bind(after.step)
    .bind(after.value_bits())
    .bind(limit)
    .all(pool)
    .await
}
