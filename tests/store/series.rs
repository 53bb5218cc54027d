use domain::tracking::{MetricPoint, RunId};
use store::Store;
use store::sql::sql;
use store::tracking::series::Chart;
use store::tracking::{metrics, runs, series};

use crate::tracking::{add_experiment, add_run, point};
use crate::write;

type Exact = (i64, i64, i64);

fn exact(points: &[MetricPoint]) -> Vec<Exact> {
    points
        .iter()
        .map(|p| (p.timestamp_ms, p.step, p.value_bits()))
        .collect()
}

/// A small generator (xorshift), so that a failing test fails again.
fn random(state: &mut u64, below: i64) -> i64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % below.unsigned_abs()).cast_signed()
}

async fn new_run(store: &Store, name: &str) -> RunId {
    let name = name.to_owned();
    write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, &name).await;
        let run = add_run(&mut tx, &experiment, &name, 5).await;
        (tx, run)
    })
    .await
}

async fn log(store: &Store, run: &RunId, points: &[(&str, MetricPoint)]) {
    write(store, |mut tx| async move {
        runs::lock(&mut tx, run).await.unwrap().unwrap();
        metrics::log(&mut tx, run, points, 1_700_000_000_000)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
}

async fn series_of(store: &Store, run: &RunId, key: &str) -> (i64, i64) {
    metrics::series(store.pool(), run, key)
        .await
        .unwrap()
        .unwrap()
}

/// Batches of all sizes, out of order, repeated, with odd values: what is read is what a plain set would hold.
pub async fn random_points_are_kept_exactly_once(store: &Store) {
    let run = new_run(store, "random").await;
    let (mut state, mut naive) = (88, Vec::new());
    for _ in 0..60 {
        let size = [1, 1, 3, 40, 1000][random(&mut state, 5) as usize];
        let batch: Vec<(&str, MetricPoint)> = (0..size)
            .map(|_| {
                let value = match random(&mut state, 9) {
                    0 => f64::NAN,
                    1 => f64::INFINITY,
                    2 => -0.0,
                    n => n as f64 / 3.0,
                };
                let (step, at) = (random(&mut state, 4000), random(&mut state, 300));
                ("x", point(step, at, value))
            })
            .collect();
        naive.extend(batch.iter().map(|(_, point)| *point));
        log(store, &run, &batch).await;
        if size == 3 {
            log(store, &run, &batch).await;
        }
    }
    naive.sort_by_key(|p| (p.timestamp_ms, p.step, p.value_bits()));
    naive.dedup_by_key(|p| (p.timestamp_ms, p.step, p.value_bits()));
    let (id, count) = series_of(store, &run, "x").await;
    assert!(naive.len() > 8192, "sealed chunks that overlap");
    assert_eq!(count, naive.len() as i64);
    let mut pieces = series::history_pieces(store.pool(), id, None)
        .await
        .unwrap();
    let mut read = Vec::new();
    while let Some(piece) = pieces.next().await.unwrap() {
        read.extend(piece);
    }
    assert_eq!(exact(&read), exact(&naive));
    let page = series::history(store.pool(), id, Some(naive[4999]), 700)
        .await
        .unwrap();
    assert_eq!(exact(&page), exact(&naive[5000..5700]));

    naive.sort_by_key(|p| (p.step, p.timestamp_ms, p.value_bits()));
    for (range, buckets) in [
        (None, 20_000),
        (None, 10),
        (Some((100, 120)), 1_000),
        (Some((100, 3_000)), 7),
        (Some((9_000, 9_001)), 7),
    ] {
        let chart = series::chart(store.pool(), id, range, buckets)
            .await
            .unwrap();
        check_chart(&chart, &naive, range, buckets);
    }
}

/// A batch that holds an old point and a new one asks only the chunk in which the old one may stand, not all between.
pub async fn an_old_point_beside_a_new_one_reads_one_chunk(store: &Store) {
    let run = new_run(store, "old-and-new").await;
    let at = |n: i64| ("x", point(n, n, n as f64));
    for from in (0..13_000).step_by(1_000) {
        let batch: Vec<_> = (from..from + 1_000).map(at).collect();
        log(store, &run, &batch).await;
    }
    let (id, _) = series_of(store, &run, "x").await;
    let middle: Vec<(i64, Vec<u8>)> = sql(
        "select chunk_no, points from metric_chunks where series_id = $1 \
             and first_timestamp_ms > 0 and last_timestamp_ms < 12000 and point_count > 0",
    )
    .bind(id)
    .all(store.pool())
    .await
    .unwrap();
    assert!(!middle.is_empty(), "sealed chunks between both ends");
    let set = async |chunk_no: i64, points: Vec<u8>| {
        write(store, |mut tx| async move {
            sql("update metric_chunks set points = $1 where series_id = $2 and chunk_no = $3")
                .bind(points)
                .bind(id)
                .bind(chunk_no)
                .execute(&mut tx)
                .await
                .unwrap();
            (tx, ())
        })
        .await;
    };
    // Whoever reads these meanwhile fails.
    for (chunk_no, _) in &middle {
        set(*chunk_no, vec![255; 3]).await;
    }
    log(store, &run, &[at(7), at(20_000)]).await;
    for (chunk_no, points) in middle {
        set(chunk_no, points).await;
    }
    assert_eq!(series_of(store, &run, "x").await, (id, 13_001));
    // In a gap between chunks, and one that stands in each of them.
    log(store, &run, &[at(7), at(6_000), at(15_000), at(20_000)]).await;
    assert_eq!(series_of(store, &run, "x").await, (id, 13_002));
}

fn check_chart(chart: &Chart, all: &[MetricPoint], range: Option<(i64, i64)>, buckets: usize) {
    let (from, to) = range.unwrap_or((i64::MIN, i64::MAX));
    let within: Vec<MetricPoint> = all
        .iter()
        .copied()
        .filter(|p| (from..=to).contains(&p.step))
        .collect();
    assert_eq!(chart.total_points, within.len() as u64, "{range:?}");
    if within.len() <= 2 * buckets {
        assert!(chart.exact);
        assert_eq!(exact(&chart.points), exact(&within), "{range:?}");
        return;
    }
    assert!(!chart.exact && chart.points.len() <= 2 * buckets + 2);
    let (drawn, known) = (exact(&chart.points), exact(&within));
    assert!(drawn.iter().all(|point| known.contains(point)));
    assert_eq!(
        (drawn.first(), drawn.last()),
        (known.first(), known.last()),
        "both ends"
    );
    let extremes = |points: &[MetricPoint]| {
        let finite = points.iter().map(|p| p.value).filter(|v| v.is_finite());
        finite.fold((f64::MAX, f64::MIN), |(low, high), v| {
            (low.min(v), high.max(v))
        })
    };
    assert_eq!(extremes(&chart.points), extremes(&within), "{range:?}");
}

/// A long regular series: chart reads come from summaries, and zooming in ends at the points themselves.
pub async fn a_chart_zooms_from_summaries_to_points(store: &Store) {
    let run = new_run(store, "zoom").await;
    let value = |step: i64| match step {
        54_321 => 1e9,
        54_322 => -1e9,
        step => (step % 1000) as f64,
    };
    for piece in 0..20 {
        let batch: Vec<_> = (0..5_000)
            .map(|i| piece * 5_000 + i)
            .map(|step| ("x", point(step, step * 10, value(step))))
            .collect();
        log(store, &run, &batch).await;
    }
    let all: Vec<MetricPoint> = (0..100_000)
        .map(|step| point(step, step * 10, value(step)))
        .collect();
    let (id, count) = series_of(store, &run, "x").await;
    assert_eq!(count, 100_000);
    for (range, buckets) in [
        // by chunks, by blocks, by points
        (None, 20),
        (None, 300),
        (None, 1_100),
        (Some((50_000, 60_123)), 30),
        (Some((54_000, 55_000)), 600),
    ] {
        let chart = series::chart(store.pool(), id, range, buckets)
            .await
            .unwrap();
        check_chart(&chart, &all, range, buckets);
        if range.is_none() {
            let steps: Vec<i64> = chart.points.iter().map(|p| p.step).collect();
            assert!(steps.contains(&54_321) && steps.contains(&54_322));
        }
    }
    let (rows, stored): (i64, i64) = sql(
        "select count(*), cast(sum(point_count) as bigint) from metric_chunks where series_id = $1",
    )
    .bind(id)
    .one(store.pool())
    .await
    .unwrap();
    assert!(rows < 40, "{rows} rows");
    assert_eq!(stored, 100_000);
}

/// What an older version left, and the same points logged again, are one series after the next opening.
pub async fn old_points_are_carried_over(store: &Store, again: impl AsyncFnOnce() -> Store) {
    let run = new_run(store, "old").await;
    let batch = [("loss", point(0, 1, 2.0)), ("loss", point(1, 2, f64::NAN))];
    log(store, &run, &batch).await;
    let (id, _) = series_of(store, &run, "loss").await;
    let old: Vec<MetricPoint> = (0..30_000).map(|i| point(i, i, 2.0)).collect();
    write(store, |mut tx| async move {
        for some in old.chunks(500) {
            let rows = store::dialect::placeholders(some.len(), 4);
            let values = some
                .iter()
                .flat_map(|p| [id, p.timestamp_ms, p.step, p.value_bits()]);
            sql(format!(
                "insert into metric_points (series_id, timestamp_ms, step, value_bits) values {rows}"
            ))
            .bind_all(values)
            .execute(&mut tx)
            .await
            .unwrap();
        }
        let twice = point(1, 2, f64::NAN);
        sql("insert into metric_points (series_id, timestamp_ms, step, value_bits) values ($1, 2, 1, $2)")
            .bind(id)
            .bind(twice.value_bits())
            .execute(&mut tx)
            .await
            .unwrap();
        sql("update metric_series set point_count = 30003 where series_id = $1")
            .bind(id)
            .execute(&mut tx)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let opened = again().await;
    let (_, count) = series_of(&opened, &run, "loss").await;
    assert_eq!(count, 30_002);
    let history = series::history(opened.pool(), id, None, i64::MAX)
        .await
        .unwrap();
    assert_eq!(history.len(), 30_002);
    let (left,): (i64,) = sql("select count(*) from metric_points")
        .one(opened.pool())
        .await
        .unwrap();
    assert_eq!(left, 0);
    opened.close().await;
}

/// Whoever keeps a rendered run knows by this number that it is stale.
pub async fn every_write_raises_the_revision(store: &Store) {
    let run = new_run(store, "revised").await;
    let revision = async || -> i64 {
        let (revision,) = sql("select revision from runs where run_id = $1")
            .bind(run.as_str())
            .one(store.pool())
            .await
            .unwrap();
        revision
    };
    let before = revision().await;
    log(store, &run, &[("a", point(0, 1, 1.0))]).await;
    assert_eq!(revision().await, before + 1);
}

/// What MLflow's `ntile` picks, by the plain reading of it.
fn even(mut points: Vec<MetricPoint>, wanted: usize) -> Vec<(i64, i64, u64)> {
    points.sort_by_key(|p| (p.step, p.timestamp_ms, p.value_bits()));
    let mut picked: Vec<MetricPoint> = Vec::new();
    let (size, longer) = (points.len() / wanted, points.len() % wanted);
    let mut rest = points.as_slice();
    for bucket in 0..wanted {
        let (own, after) = rest.split_at((size + usize::from(bucket < longer)).min(rest.len()));
        picked.extend(own.first());
        rest = after;
    }
    if let (Some(last), Some(end)) = (picked.last_mut(), points.last()) {
        *last = *end;
    }
    picked
        .iter()
        .map(|p| (p.step, p.timestamp_ms, p.value.to_bits()))
        .collect()
}

pub async fn samples_are_even(store: &Store) {
    let run = crate::write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "sampled").await;
        let run = add_run(&mut tx, &experiment, "sampled", 5).await;
        for batch in 0..15_i64 {
            let points: Vec<_> = (0..1000)
                .map(|i| ("rising", point(batch * 1000 + i, i, 0.5 * i as f64)))
                // Every batch of the next series begins again at step 0.
                .chain((0..1000).map(|i| ("mixed", point(i, batch, i as f64))))
                // Steps and times go up together, with a gap now and then.
                .chain((batch * 1000..batch * 1000 + 1000).map(|i| {
                    (
                        "steady",
                        point(
                            i,
                            1_000 + i * 250 + i / 37,
                            f64::from_bits(i.cast_unsigned()),
                        ),
                    )
                }))
                .collect();
            metrics::log(&mut tx, &run, &points, 1).await.unwrap();
        }
        (tx, run)
    })
    .await;
    for key in ["rising", "mixed", "steady"] {
        let (id, _) = metrics::series(store.pool(), &run, key)
            .await
            .unwrap()
            .unwrap();
        let all = series::history(store.pool(), id, None, i64::MAX)
            .await
            .unwrap();
        assert_eq!(all.len(), 15_000);
        for (range, wanted) in [
            (None, 320),
            (None, 1),
            (None, 20_000),
            (Some((100, 11_111)), 77),
            (Some((20_000, 30_000)), 5),
        ] {
            let (from, to) = range.unwrap_or((0, i64::MAX));
            let within = all.iter().filter(|p| (from..=to).contains(&p.step));
            let found = series::sample::sample(store.pool(), id, range, wanted)
                .await
                .unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|p| (p.step, p.timestamp_ms, p.value.to_bits()))
                .collect();
            let expected = even(within.copied().collect(), wanted);
            assert_eq!(found, expected, "{key} {range:?} {wanted}");
        }
    }
}

/// Another server took the numbers that this one is about to give: a conflict, which is tried again, not a fault.
pub async fn a_number_that_is_taken_is_a_conflict(store: &Store) {
    let run = new_run(store, "collision").await;
    log(store, &run, &[("first", point(0, 1, 1.0))]).await;
    let (first,): (i64,) = sql("select series_id from metric_series where run_id = $1")
        .bind(run.as_str())
        .one(store.pool())
        .await
        .unwrap();
    let other = new_run(store, "collision-other").await;
    let mut tx = store.begin().await.unwrap();
    sql("insert into metric_series (series_id, run_id, key, point_count, latest_step, latest_timestamp_ms, latest_value, \
         latest_is_nan) select $1 + n, $2, 'taken ' || n, 0, 0, 0, 0, false from generate_series(2048, 40960000, 2048) n")
        .bind(first)
        .bind(other.as_str())
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    runs::lock(&mut tx, &run).await.unwrap().unwrap();
    let refused = metrics::log(&mut tx, &run, &[("second", point(0, 1, 1.0))], 1).await;
    assert_eq!(
        refused.unwrap_err().trouble(),
        Some(store::Trouble::Conflict)
    );
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    sql("delete from metric_series where run_id = $1")
        .bind(other.as_str())
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    log(store, &run, &[("second", point(0, 1, 1.0))]).await;
}
