//! Metrics, params and tags of a run.

use store::Store;
use store::tracking::labels::{self, Labels};
use store::tracking::{metrics, runs, series as points, whole};

use super::{add_experiment, add_run, point};
use crate::write;

pub async fn a_batch_keeps_every_number(store: &Store) {
    let run = write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "numbers").await;
        let run = add_run(&mut tx, &experiment, "numbers", 5).await;
        let points = [
            ("loss", point(0, 100, 3.0)),
            ("loss", point(1, 101, f64::NAN)),
            ("loss", point(1, 101, f64::NAN)),
            ("loss", point(2, 102, f64::NEG_INFINITY)),
            ("auc", point(7, 100, 0.1 + 0.2)),
            ("gone", point(0, 100, f64::NAN)),
        ];
        metrics::log(&mut tx, &run, &points, 1_700_000_000_000)
            .await
            .unwrap();
        (tx, run)
    })
    .await;
    // The same again, and more: what is there is swallowed.
    write(store, async |mut tx| {
        let points = [
            ("loss", point(0, 100, 3.0)),
            ("loss", point(3, 99, f64::INFINITY)),
            ("auc", point(7, 100, 0.25)),
        ];
        metrics::log(&mut tx, &run, &points, 1_700_000_000_001)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let logged = whole::by_id(store.pool(), &run)
        .await
        .unwrap()
        .unwrap()
        .metrics;
    let shown: Vec<String> = logged
        .iter()
        .map(|m| {
            format!(
                "{} x{} last {} at {} in {:?}..{:?}",
                m.key, m.count, m.latest.value, m.latest.step, m.min, m.max
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "auc x2 last 0.30000000000000004 at 7 in Some(0.25)..Some(0.30000000000000004)",
            "gone x1 last NaN at 0 in None..None",
            "loss x4 last inf at 3 in Some(-inf)..Some(inf)",
        ]
    );
    let (series, count) = metrics::series(store.pool(), &run, "loss")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(count, 4);
    let history = points::history(store.pool(), series, None, i64::MAX)
        .await
        .unwrap();
    let shown: Vec<String> = history
        .iter()
        .map(|p| format!("{}@{}", p.value, p.timestamp_ms))
        .collect();
    assert_eq!(shown, ["inf@99", "3@100", "NaN@101", "-inf@102"]);
    let rest = points::history(store.pool(), series, Some(history[1]), 1)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert!(rest[0].value.is_nan());
}

pub async fn a_long_series_is_read_in_pieces(store: &Store) {
    let run = write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "long").await;
        let run = add_run(&mut tx, &experiment, "long", 5).await;
        for piece in 0..3_i64 {
            let points: Vec<_> = (0..9_000)
                .map(|i| ("x", point(piece * 9_000 + i, 1, f64::from(i as i32))))
                .collect();
            metrics::log(&mut tx, &run, &points, 1).await.unwrap();
        }
        (tx, run)
    })
    .await;
    let (series, count) = metrics::series(store.pool(), &run, "x")
        .await
        .unwrap()
        .unwrap();
    let points = points::history(store.pool(), series, None, i64::MAX)
        .await
        .unwrap();
    assert_eq!((count, points.len()), (27_000, 27_000));
    assert!(points.is_sorted_by_key(|p| p.step));
    assert_eq!(
        points::history(store.pool(), series, None, 26_000)
            .await
            .unwrap()
            .len(),
        26_000
    );
}

pub async fn eight_writers_of_one_run_lose_nothing(store: &Store) {
    let run = write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "eight").await;
        let run = add_run(&mut tx, &experiment, "eight", 5).await;
        (tx, run)
    })
    .await;
    let writers = (0..8).map(|writer: i64| {
        let (store, run) = (store.clone(), run.clone());
        tokio::spawn(async move {
            for batch in 0..20 {
                let mut tx = store.begin().await.unwrap();
                runs::lock(&mut tx, &run).await.unwrap().unwrap();
                let step = writer * 1000 + batch;
                let points = [
                    ("a", point(step, 1, 1.0)),
                    ("b", point(step, 1, 2.0)),
                    ("a", point(step + 500, 1, 3.0)),
                ];
                metrics::log(&mut tx, &run, &points, 1).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let logged = whole::by_id(store.pool(), &run)
        .await
        .unwrap()
        .unwrap()
        .metrics;
    let counts: Vec<_> = logged
        .iter()
        .map(|m| (m.key.as_str(), m.count, m.latest.step))
        .collect();
    assert_eq!(counts, [("a", 320, 7519), ("b", 160, 7019)]);
}

pub async fn params_are_written_once_and_tags_again(store: &Store) {
    write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "labels").await;
        let run = add_run(&mut tx, &experiment, "labels", 5).await;
        let id = run.as_str();
        assert_eq!(
            labels::add(&mut tx, Labels::RunParams, id, [("a", "1"), ("b", "2")])
                .await
                .unwrap(),
            2
        );
        assert_eq!(
            labels::add(&mut tx, Labels::RunParams, id, [("b", "9"), ("c", "3")])
                .await
                .unwrap(),
            1
        );
        let params = labels::of_owner(&mut tx, Labels::RunParams, id)
            .await
            .unwrap();
        assert_eq!((params["b"].as_str(), params.len()), ("2", 3));
        labels::set(&mut tx, Labels::RunTags, id, [("t", "1")])
            .await
            .unwrap();
        labels::set(&mut tx, Labels::RunTags, id, [("t", "2"), ("u", "")])
            .await
            .unwrap();
        assert!(
            labels::delete(&mut tx, Labels::RunTags, id, "u")
                .await
                .unwrap()
        );
        assert!(
            !labels::delete(&mut tx, Labels::RunTags, id, "u")
                .await
                .unwrap()
        );
        let tags = labels::of_owner(&mut tx, Labels::RunTags, id)
            .await
            .unwrap();
        assert_eq!((tags["t"].as_str(), tags.len()), ("2", 1));
        (tx, ())
    })
    .await;
}
