//! Runs found by the search language, a page at a time.

use domain::search::{Entity, parse_filter, parse_order_by};
use domain::tracking::{DatasetInput, ExperimentId, RunId, RunStatus, ViewType};
use store::Store;
use store::tracking::find::{self, FoundRun, Place, RunSearch, find};
use store::tracking::labels::{self, Labels};
use store::tracking::{datasets, metrics, runs};

use super::{add_experiment, add_run, point, tag};
use crate::write;

/// Six runs whose scores are 2, inf, NaN, 1, -inf and none.
async fn scored_runs(store: &Store) -> ExperimentId {
    write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "scores").await;
        let scores = [
            Some(2.0),
            Some(f64::INFINITY),
            Some(f64::NAN),
            Some(1.0),
            Some(f64::NEG_INFINITY),
            None,
        ];
        for (index, score) in scores.into_iter().enumerate() {
            let run = add_run(&mut tx, &experiment, &format!("s{index}"), index as i64).await;
            if let Some(score) = score {
                metrics::log(&mut tx, &run, &[("score", point(0, 1, score))], 1)
                    .await
                    .unwrap();
            }
            let kind = ["Adam", "sgd"][index % 2];
            labels::add(&mut tx, Labels::RunParams, run.as_str(), [("opt", kind)])
                .await
                .unwrap();
            if index == 3 {
                labels::set(
                    &mut tx,
                    Labels::RunTags,
                    run.as_str(),
                    [("a.b", "it's 100%_\\ ")],
                )
                .await
                .unwrap();
                let dataset = DatasetInput {
                    name: "bars".to_owned(),
                    digest: "d1".to_owned(),
                    source_type: "local".to_owned(),
                    source: "{}".to_owned(),
                    schema: None,
                    profile: None,
                    tags: vec![tag("mlflow.data.context", "train")],
                };
                datasets::add(&mut tx, &run, &dataset).await.unwrap();
                let mut info = runs::lock(&mut tx, &run).await.unwrap().unwrap();
                info.status = RunStatus::Finished;
                info.ended_at_ms = Some(77);
                runs::update(&mut tx, &info).await.unwrap();
            }
        }
        (tx, experiment)
    })
    .await
}

fn wanted(experiment: &ExperimentId, filter: &str, order: &[&str]) -> RunSearch {
    RunSearch {
        experiment_ids: vec![experiment.clone()],
        view: ViewType::ActiveOnly,
        filter: parse_filter(Entity::Runs, filter).unwrap(),
        order: order
            .iter()
            .map(|clause| parse_order_by(Entity::Runs, clause).unwrap())
            .collect(),
    }
}

/// Everything that is found, by pages of `limit`.
async fn found(
    store: &Store,
    experiment: &ExperimentId,
    filter: &str,
    order: &[&str],
    limit: i64,
) -> String {
    let wanted = wanted(experiment, filter, order);
    let (mut shown, mut place) = (Vec::new(), None);
    loop {
        let page = find(store.pool(), &wanted, place.as_ref(), limit)
            .await
            .unwrap()
            .unwrap();
        assert!(page.runs.len() as i64 <= limit);
        shown.extend(page.runs.into_iter().map(|run| run.run_id));
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    let count = find::count(store.pool(), &wanted).await.unwrap();
    format!("{} of {count}", shown.join(" "))
}

pub async fn searches_mean_the_same(store: &Store) {
    let experiment = scored_runs(store).await;
    for (filter, order, expected) in [
        ("", "", "s5 s4 s3 s2 s1 s0 of 6"),
        ("", "metrics.score DESC", "s1 s0 s3 s4 s2 s5 of 6"),
        ("", "metrics.score", "s4 s3 s0 s1 s2 s5 of 6"),
        ("", "params.opt", "s4 s2 s0 s5 s3 s1 of 6"),
        ("", "params.opt DESC", "s5 s3 s1 s4 s2 s0 of 6"),
        ("", "tags.none DESC", "s5 s4 s3 s2 s1 s0 of 6"),
        ("", "end_time", "s3 s5 s4 s2 s1 s0 of 6"),
        ("", "start_time ASC", "s0 s1 s2 s3 s4 s5 of 6"),
        ("metrics.score > 1", "", "s1 s0 of 2"),
        ("metrics.score >= 1", "start_time", "s0 s1 s3 of 3"),
        ("metrics.score != 1", "start_time", "s0 s1 s2 s4 of 4"),
        ("metrics.score = NaN", "", "s2 of 1"),
        ("metrics.score != NaN", "start_time", "s0 s1 s3 s4 of 4"),
        ("metrics.score < NaN", "", " of 0"),
        ("metrics.score = inf", "", "s1 of 1"),
        ("metrics.score = -inf", "", "s4 of 1"),
        ("metrics.score is null", "", "s5 of 1"),
        (
            "metrics.score is not null",
            "start_time",
            "s0 s1 s2 s3 s4 of 5",
        ),
        ("metrics.score in (1, 2)", "start_time", "s0 s3 of 2"),
        ("not metrics.score > 1", "start_time", "s2 s3 s4 s5 of 4"),
        ("params.opt = 'adam'", "", " of 0"),
        ("params.opt ILIKE 'ADA%'", "start_time", "s0 s2 s4 of 3"),
        ("params.opt LIKE 'ADA%'", "", " of 0"),
        ("params.opt LIKE 'Ad_m'", "start_time", "s0 s2 s4 of 3"),
        ("params.opt != 'sgd'", "start_time", "s0 s2 s4 of 3"),
        (
            "params.opt in ('sgd', 'x') and start_time > 2",
            "start_time",
            "s3 s5 of 2",
        ),
        ("params.opt not in ('sgd')", "start_time", "s0 s2 s4 of 3"),
        ("tags.`a.b` = 'it''s 100%_\\ '", "", "s3 of 1"),
        ("tags.`a.b` LIKE '%\\ '", "", "s3 of 1"),
        ("params.opt ~ '^A.a'", "start_time", "s0 s2 s4 of 3"),
        (
            "params.opt ~ '(?i)^(sg|x)D$'",
            "start_time",
            "s1 s3 s5 of 3",
        ),
        ("params.opt !~ 'd'", "", " of 0"),
        ("params.opt !~ '^[A-Z]'", "start_time", "s1 s3 s5 of 3"),
        ("run_name ~ '\\ws\\d'", "", " of 0"),
        ("run_name ~ '\\ss[2-4]{1}$'", "start_time", "s2 s3 s4 of 3"),
        ("tags.`a.b` ~ '100%_\\\\ $'", "", "s3 of 1"),
        ("tags.`a.b` ~ '[\\]_-]'", "", "s3 of 1"),
        (
            "run_id not in ('s0', 's1')",
            "start_time",
            "s2 s3 s4 s5 of 4",
        ),
        ("end_time in (77, 78)", "", "s3 of 1"),
        ("metrics.score is null", "metrics.score", "s5 of 1"),
        (
            "metrics.score is not null",
            "metrics.score DESC",
            "s1 s0 s3 s4 s2 of 5",
        ),
        ("params.opt = 'sgd'", "metrics.score", "s3 s1 s5 of 3"),
        ("tags.`a.b` is null", "start_time", "s0 s1 s2 s4 s5 of 5"),
        (
            "datasets.context = 'train' and datasets.name LIKE 'b%'",
            "",
            "s3 of 1",
        ),
        (
            "datasets.digest is null",
            "start_time",
            "s0 s1 s2 s4 s5 of 5",
        ),
        ("status = 'FINISHED'", "", "s3 of 1"),
        ("end_time > 5", "", "s3 of 1"),
        ("not end_time > 5", "start_time", "s0 s1 s2 s4 s5 of 5"),
        ("end_time is null", "start_time", "s0 s1 s2 s4 s5 of 5"),
        (
            "run_id in ('s1', 's2') or (run_name = 'run s3' and user_id = 'quant')",
            "start_time",
            "s1 s2 s3 of 3",
        ),
        (
            "metrics.score > 0 and params.opt = 'sgd' and not status = 'FINISHED'",
            "",
            "s1 of 1",
        ),
    ] {
        let order: Vec<&str> = if order.is_empty() {
            vec![]
        } else {
            vec![order]
        };
        for limit in [100, 2, 1] {
            assert_eq!(
                found(store, &experiment, filter, &order, limit).await,
                expected,
                "{filter} by {order:?} in pages of {limit}"
            );
        }
    }
    assert_eq!(
        found(
            store,
            &experiment,
            "",
            &["params.opt DESC", "metrics.score"],
            2
        )
        .await,
        "s3 s1 s5 s4 s0 s2 of 6"
    );
}

/// A page begins after the last run of the one before, whatever was logged meanwhile; a place of another order is none.
pub async fn pages_hold_still_while_runs_are_logged(store: &Store) {
    let experiment = write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "pages").await;
        for at in 0..4_i64 {
            let run = add_run(&mut tx, &experiment, &format!("p{at}"), at).await;
            metrics::log(&mut tx, &run, &[("m", point(0, 1, at as f64))], 1)
                .await
                .unwrap();
        }
        (tx, experiment)
    })
    .await;
    for (order, added, expected) in [
        (vec![], 10, ["p3 p2", "p1 p0"]),
        (vec!["metrics.m DESC"], 11, ["p10 p3", "p2 p1"]),
    ] {
        let wanted = wanted(&experiment, "", &order);
        let first = find(store.pool(), &wanted, None, 2).await.unwrap().unwrap();
        let added = write(store, async |mut tx| {
            let run = add_run(&mut tx, &experiment, &format!("p{added}"), added).await;
            let point = ("m", point(0, 1, added as f64));
            metrics::log(&mut tx, &run, &[point], 1).await.unwrap();
            (tx, run)
        })
        .await;
        let second = find(store.pool(), &wanted, first.next.as_ref(), 2)
            .await
            .unwrap()
            .unwrap();
        let ids = |page: &[FoundRun]| -> String {
            let ids: Vec<&str> = page.iter().map(|run| run.run_id.as_str()).collect();
            ids.join(" ")
        };
        assert_eq!([ids(&first.runs), ids(&second.runs)], expected, "{added}");
    }
    let sorted = wanted(&experiment, "", &["params.x"]);
    let by_offset = find(store.pool(), &sorted, None, 2).await.unwrap().unwrap();
    assert_eq!(by_offset.next, Some(Place::Offset(2)));
    let newest = wanted(&experiment, "", &[]);
    let other = find(store.pool(), &newest, by_offset.next.as_ref(), 2).await;
    assert!(other.unwrap().is_none());
    // What is written to a run shows in its revision.
    let before = find(store.pool(), &newest, None, 1)
        .await
        .unwrap()
        .unwrap()
        .runs;
    write(store, async |mut tx| {
        runs::lock(&mut tx, &RunId::parse(&before[0].run_id).unwrap())
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let after = find(store.pool(), &newest, None, 1)
        .await
        .unwrap()
        .unwrap()
        .runs;
    assert_eq!(before[0].run_id, after[0].run_id);
    assert!(after[0].revision > before[0].revision);
}
