//! Metrics as runs log them, and the summary of each series.
//!
//! A transaction reads the summaries of all series that it touches, adds its points to them, and writes both back: a
//! handful of statements however many runs and points it holds. The caller holds the runs' locks, so what was read stays
//! true until it is written. The points themselves are [`super::series`].

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::tracking::{ExperimentId, MetricPoint, MetricSummary, RunId};

use super::series::append::Standing;
use super::series::{Addition, append_all, pack};
use crate::bulk::{Kind, Rows};
use crate::dialect;
use crate::sql::{Conn, Value, sql};
use crate::{Pool, StoreError, Tx};

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
    run_id: String,
    last_timestamp_ms: Option<i64>,
    last_step: Option<i64>,
    last_bits: Option<i64>,
    loose_points: i64,
    chunk_next: i64,
    tail: Option<Vec<u8>>,
    #[sqlx(flatten)]
    summary: SummaryRow,
}

impl SeriesRow {
    fn standing(&self) -> Result<Standing, StoreError> {
        let tail = self.tail.as_deref().map(pack::unpack).transpose();
        let last = (self.last_timestamp_ms, self.last_step, self.last_bits);
        Ok(Standing {
            last: match last {
                (Some(timestamp_ms), Some(step), Some(bits)) => Some((timestamp_ms, step, bits)),
                _ => None,
            },
            tail: tail
                .map_err(|damaged| StoreError::Corrupt {
                    table: "metric_chunks",
                    column: "points",
                    row: format!("series {}, chunk 0", self.series_id),
                    problem: damaged.to_string(),
                })?
                .unwrap_or_default(),
            loose_points: self.loose_points,
            chunk_next: self.chunk_next,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct OwnedSummaryRow {
    run_id: String,
    #[sqlx(flatten)]
    summary: SummaryRow,
}

/// What one run logs.
#[derive(Debug)]
pub struct RunPoints<'l> {
    pub run_id: &'l RunId,
    pub experiment_id: &'l ExperimentId,
    pub points: Vec<(&'l str, MetricPoint)>,
}

/// A series that a transaction touches.
struct Series<'l> {
    run_id: &'l str,
    experiment_id: &'l str,
    key: &'l str,
    /// `None` for a series that this transaction begins.
    summary: Option<MetricSummary>,
}

/// Numbers of new series: the time in the high bits, so that they grow and neighbours in time are neighbours on disk; in
/// the low ones a number of this process, so that servers on one database do not meet.
fn next_series_id(now_ms: i64) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    static PROCESS: LazyLock<i64> = LazyLock::new(|| {
        let random = uuid::Uuid::new_v4();
        let bytes = random.as_bytes();
        i64::from(u16::from_le_bytes([bytes[0], bytes[1]])) % PROCESSES
    });
    let wanted = (now_ms << 21) | *PROCESS;
    let next = |last: i64| Some(wanted.max(last + PROCESSES));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(last) | Err(last) => wanted.max(last + PROCESSES),
    }
}

/// How many processes the low bits of a series' number tell apart.
const PROCESSES: i64 = 2048;

/// Adds points to the series of one run, whose lock the caller holds.
pub async fn log(
    tx: &mut Tx,
    run_id: &RunId,
    points: &[(&str, MetricPoint)],
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(run) = super::runs::info(&mut *tx, run_id).await? else {
        return Err(StoreError::Sql(sqlx::Error::RowNotFound));
    };
    let run = RunPoints {
        run_id,
        experiment_id: &run.experiment_id,
        points: points.to_vec(),
    };
    log_all(tx, &[run], now_ms).await
}

/// Adds points to the series of several runs. A point that is there already, exactly, is swallowed.
pub async fn log_all(tx: &mut Tx, runs: &[RunPoints<'_>], now_ms: i64) -> Result<(), StoreError> {
    let mut touched: BTreeMap<(&str, &str), (&str, Vec<MetricPoint>)> = BTreeMap::new();
    for run in runs {
        for (key, point) in &run.points {
            let series = touched.entry((run.run_id.as_str(), key));
            let series = series.or_insert_with(|| (run.experiment_id.as_str(), Vec::new()));
            series.1.push(*point);
        }
    }
    if touched.is_empty() {
        return Ok(());
    }
    let mut known = known_series(tx, touched.keys().copied()).await?;
    let mut series = Vec::with_capacity(touched.len());
    let mut additions = Vec::with_capacity(touched.len());
    for ((run_id, key), (experiment_id, points)) in touched {
        let row = known.remove(&(run_id.to_owned(), key.to_owned()));
        additions.push(Addition {
            series_id: row
                .as_ref()
                .map_or_else(|| next_series_id(now_ms), |row| row.series_id),
            standing: row
                .as_ref()
                .map(SeriesRow::standing)
                .transpose()?
                .unwrap_or_default(),
            points,
        });
        series.push(Series {
            run_id,
            experiment_id,
            key,
            summary: row.map(|row| row.summary.into()),
        });
    }
    begin_series(tx, &series, &additions).await?;
    append_all(tx, &mut additions).await?;
    write_summaries(tx, series, &additions).await
}

async fn known_series<'l>(
    tx: &mut Tx,
    wanted: impl Iterator<Item = (&'l str, &'l str)>,
) -> Result<HashMap<(String, String), SeriesRow>, StoreError> {
    let mut rows = Rows::new([Kind::Text, Kind::Text]);
    for (run_id, key) in wanted {
        rows.push([run_id.into(), key.into()]);
    }
    let mut known = HashMap::with_capacity(rows.len());
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        let found: Vec<SeriesRow> = sql(format!(
            "with wanted(wanted_run, wanted_key) as ({}) select s.series_id, s.run_id, s.last_timestamp_ms, s.last_step, \
             s.last_bits, s.loose_points, s.chunk_next, c.points as tail, s.key, s.point_count, s.latest_step, \
             s.latest_timestamp_ms, s.latest_value, s.latest_is_nan, s.min_value, s.max_value from wanted w \
             join metric_series s on s.run_id = w.wanted_run and s.key = w.wanted_key \
             left join metric_chunks c on c.series_id = s.series_id and c.chunk_no = 0",
            piece.source
        ))
        .bind_all(piece.values)
        .all(&mut *tx)
        .await?;
        known.extend(found.into_iter().map(|row| {
            let place = (row.run_id.clone(), row.summary.key.clone());
            (place, row)
        }));
    }
    Ok(known)
}

/// Chunks refer to their series, so new ones must stand first. All of it but the names is written by
/// [`write_summaries`].
async fn begin_series(
    tx: &mut Tx,
    series: &[Series<'_>],
    additions: &[Addition],
) -> Result<(), StoreError> {
    let mut rows = Rows::new([Kind::Int, Kind::Text, Kind::Text, Kind::Text]);
    for (series, addition) in series.iter().zip(additions) {
        if series.summary.is_none() {
            rows.push([
                addition.series_id.into(),
                series.run_id.into(),
                series.experiment_id.into(),
                series.key.into(),
            ]);
        }
    }
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        sql(format!(
            "with new_series(series_id, run_id, experiment_id, key) as ({}) \
             insert into metric_series (series_id, run_id, experiment_id, key, point_count, latest_step, \
             latest_timestamp_ms, latest_value, latest_is_nan) \
             select series_id, run_id, experiment_id, key, 0, 0, 0, 0, false from new_series",
            piece.source
        ))
        .bind_all(piece.values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

const WRITTEN: [(&str, Kind); 13] = [
    ("series_id", Kind::Int),
    ("point_count", Kind::Int),
    ("latest_step", Kind::Int),
    ("latest_timestamp_ms", Kind::Int),
    ("latest_value", Kind::Float),
    ("latest_is_nan", Kind::Bool),
    ("min_value", Kind::Float),
    ("max_value", Kind::Float),
    ("last_timestamp_ms", Kind::Int),
    ("last_step", Kind::Int),
    ("last_bits", Kind::Int),
    ("loose_points", Kind::Int),
    ("chunk_next", Kind::Int),
];

async fn write_summaries(
    tx: &mut Tx,
    series: Vec<Series<'_>>,
    additions: &[Addition],
) -> Result<(), StoreError> {
    let mut rows = Rows::new(WRITTEN.map(|(_, kind)| kind));
    for (series, addition) in series.into_iter().zip(additions) {
        if let Some(summary) = summed_up(series.key, series.summary, &addition.points) {
            rows.push(row_of(addition, &summary));
        }
    }
    let names = WRITTEN.map(|(name, _)| name).join(", ");
    let set = WRITTEN[1..]
        .iter()
        .map(|(name, _)| format!("{name} = w.{name}"))
        .collect::<Vec<_>>()
        .join(", ");
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        sql(format!(
            "with w({names}) as ({}) update metric_series set {set} from w where metric_series.series_id = w.series_id",
            piece.source
        ))
        .bind_all(piece.values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// `None` when nothing was new.
fn summed_up(
    key: &str,
    standing: Option<MetricSummary>,
    points: &[MetricPoint],
) -> Option<MetricSummary> {
    let first = points.first()?;
    let mut summary = standing.unwrap_or_else(|| MetricSummary {
        count: 0,
        ..MetricSummary::of(key, *first)
    });
    for point in points {
        summary.absorb(*point);
    }
    summary.count += i64::try_from(points.len()).unwrap_or(i64::MAX);
    Some(summary)
}

fn row_of(addition: &Addition, summary: &MetricSummary) -> [Value; 13] {
    let [value, is_nan] = dialect::number_and_flag(summary.latest.value);
    let standing = &addition.standing;
    [
        addition.series_id.into(),
        summary.count.into(),
        summary.latest.step.into(),
        summary.latest.timestamp_ms.into(),
        value,
        is_nan,
        summary.min.into(),
        summary.max.into(),
        standing.last.map(|last| last.0).into(),
        standing.last.map(|last| last.1).into(),
        standing.last.map(|last| last.2).into(),
        standing.loose_points.into(),
        standing.chunk_next.into(),
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

/// Adds points that an older version kept one row each to their series, whose run the caller has locked.
pub(super) async fn carry(
    tx: &mut Tx,
    series_id: i64,
    points: Vec<MetricPoint>,
) -> Result<(), StoreError> {
    let (run_id, key): (String, String) =
        sql("select run_id, key from metric_series where series_id = $1")
            .bind(series_id)
            .one(&mut *tx)
            .await?;
    let wanted = [(run_id.as_str(), key.as_str())];
    let mut known = known_series(tx, wanted.into_iter()).await?;
    let Some(row) = known.remove(&(run_id.clone(), key.clone())) else {
        return Ok(());
    };
    let mut additions = [Addition {
        series_id,
        standing: row.standing()?,
        points,
    }];
    // What counts is what stands in chunks: the row's own count may hold points that are not carried over yet.
    let (count,): (i64,) = sql(
        "select cast(coalesce(sum(point_count), 0) as bigint) from metric_chunks where series_id = $1",
    )
    .bind(series_id)
    .one(&mut *tx)
    .await?;
    let mut summary = MetricSummary::from(row.summary);
    summary.count = count;
    append_all(tx, &mut additions).await?;
    let series = Series {
        run_id: &run_id,
        experiment_id: "",
        key: &key,
        summary: Some(summary),
    };
    write_summaries(tx, vec![series], &additions).await
}
