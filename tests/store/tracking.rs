use domain::search::{Entity, parse_filter, parse_order_by};
use domain::tracking::{
    DatasetInput, Experiment, ExperimentId, Lifecycle, LoggedModel, LoggedModelId,
    LoggedModelStatus, Metric, MetricPoint, ModelOutput, Param, RunId, RunInfo, RunStatus, Tag,
    ViewType,
};
use store::search::Page;
use store::tracking::find::{FoundRun, Place, find};
use store::tracking::labels::{self, Labels};
use store::tracking::runs::RunSearch;
use store::tracking::{datasets, experiments, logged_models, metrics, runs, series as points};
use store::{Store, Tx};

use crate::write;

const FIRST: Page = Page {
    offset: 0,
    limit: 100,
};

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

pub fn point(step: i64, timestamp_ms: i64, value: f64) -> MetricPoint {
    MetricPoint {
        step,
        timestamp_ms,
        value,
    }
}

pub async fn add_experiment(tx: &mut Tx, name: &str) -> ExperimentId {
    let id = experiments::next_id(tx).await.unwrap();
    let experiment = Experiment {
        artifact_location: format!("mlflow-artifacts:/{id}"),
        id: id.clone(),
        name: name.to_owned(),
        lifecycle: Lifecycle::Active,
        created_at_ms: 10,
        updated_at_ms: 10,
        tags: vec![tag("team", "fx")],
    };
    assert!(experiments::insert(tx, &experiment).await.unwrap());
    id
}

pub async fn add_run(
    tx: &mut Tx,
    experiment: &ExperimentId,
    id: &str,
    started_at_ms: i64,
) -> RunId {
    let run = RunInfo {
        id: RunId::parse(id).unwrap(),
        experiment_id: experiment.clone(),
        name: format!("run {id}"),
        user: "quant".to_owned(),
        status: RunStatus::Running,
        lifecycle: Lifecycle::Active,
        started_at_ms,
        ended_at_ms: None,
        artifact_uri: format!("mlflow-artifacts:/{experiment}/{id}/artifacts"),
    };
    runs::insert(tx, &run).await.unwrap();
    run.id
}

pub async fn experiments_keep_their_names(store: &Store) {
    let (first, second) = write(store, |mut tx| async move {
        let first = add_experiment(&mut tx, "Alpha_1").await;
        let second = add_experiment(&mut tx, "alpha%2").await;
        add_run(&mut tx, &first, "exprun", 5).await;
        (tx, (first, second))
    })
    .await;
    assert_ne!(first, second);
    let mut tx = store.begin().await.unwrap();
    assert!(
        !experiments::rename(&mut tx, &second, "Alpha_1", 20)
            .await
            .unwrap()
    );
    drop(tx);
    let taken = Experiment {
        id: ExperimentId::parse("x1").unwrap(),
        ..experiments::by_id(store.pool(), &first)
            .await
            .unwrap()
            .unwrap()
    };
    let mut tx = store.begin().await.unwrap();
    assert!(!experiments::insert(&mut tx, &taken).await.unwrap());
    drop(tx);

    let names = async |filter: &str| {
        let filter = parse_filter(Entity::Experiments, filter).unwrap();
        let order = [parse_order_by(Entity::Experiments, "name").unwrap()];
        let found = experiments::search(
            store.pool(),
            ViewType::ActiveOnly,
            filter.as_ref(),
            &order,
            FIRST,
        )
        .await;
        found
            .unwrap()
            .into_iter()
            .map(|e| e.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("name LIKE 'alpha%'").await, ["alpha%2"]);
    assert_eq!(
        names("name ILIKE 'ALPHA%' and tags.team = 'fx'").await,
        ["Alpha_1", "alpha%2"]
    );
    assert_eq!(names("name LIKE '%\\%'").await, Vec::<String>::new());

    write(store, |mut tx| async move {
        experiments::set_lifecycle(&mut tx, &first, Lifecycle::Deleted, 30)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    assert_eq!(names("name ILIKE 'alpha%'").await, ["alpha%2"]);
    let run = runs::by_id(store.pool(), &RunId::parse("exprun").unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.info.lifecycle, Lifecycle::Deleted);
}

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
    let logged = runs::by_id(store.pool(), &run)
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
    let logged = runs::by_id(store.pool(), &run)
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
    let count = runs::count(store.pool(), &wanted).await.unwrap();
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

pub async fn logged_models_carry_their_metrics(store: &Store) {
    let (experiment, run, model) = write(store, |mut tx| async move {
        let experiment = add_experiment(&mut tx, "models").await;
        let run = add_run(&mut tx, &experiment, "models", 5).await;
        let model = LoggedModel {
            id: LoggedModelId::parse("m-1").unwrap(),
            experiment_id: experiment.clone(),
            name: "regime".to_owned(),
            artifact_uri: format!("mlflow-artifacts:/{experiment}/models/m-1/artifacts"),
            status: LoggedModelStatus::Pending,
            status_message: None,
            model_type: None,
            source_run_id: Some(run.clone()),
            created_at_ms: 1,
            updated_at_ms: 1,
            params: vec![Param {
                key: "p".to_owned(),
                value: "1".to_owned(),
            }],
            tags: vec![tag("t", "u")],
            metrics: Vec::new(),
        };
        logged_models::insert(&mut tx, &model).await.unwrap();
        let metric = |step: i64, value: f64, dataset: Option<&str>| Metric {
            key: "auc".to_owned(),
            point: point(step, 1, value),
            model_id: Some(model.id.clone()),
            dataset: dataset.map(|name| (name.to_owned(), "d".to_owned())),
        };
        let measured = [
            metric(2, 0.75, None),
            metric(1, 0.5, None),
            metric(0, f64::NAN, Some("bars")),
        ];
        let measured: Vec<&Metric> = measured.iter().collect();
        logged_models::log_metrics(&mut tx, &run, &model.id, &measured)
            .await
            .unwrap();
        logged_models::set_status(&mut tx, &model.id, LoggedModelStatus::Ready, 9)
            .await
            .unwrap();
        let output = ModelOutput {
            model_id: model.id.clone(),
            step: 4,
        };
        datasets::add_model_output(&mut tx, &run, &output)
            .await
            .unwrap();
        datasets::add_model_output(&mut tx, &run, &output)
            .await
            .unwrap();
        (tx, (experiment, run, model))
    })
    .await;
    let read = logged_models::by_id(store.pool(), &model.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (read.status, read.params, read.tags),
        (LoggedModelStatus::Ready, model.params, model.tags)
    );
    let shown: Vec<_> = read
        .metrics
        .iter()
        .map(|m| format!("{} {:?}", m.point.value, m.dataset))
        .collect();
    assert_eq!(shown, ["0.75 None", "NaN Some((\"bars\", \"d\"))"]);
    for (filter, expected) in [
        (
            "name = 'regime' and metrics.auc > 0.6 and params.p = '1'",
            1,
        ),
        ("metrics.auc < 0.6", 0),
        ("source_run_id = 'models' and tags.t LIKE 'u%'", 1),
    ] {
        let filter = parse_filter(Entity::LoggedModels, filter).unwrap();
        let order = [parse_order_by(Entity::LoggedModels, "metrics.auc DESC").unwrap()];
        let ids = [experiment.clone()];
        let found = logged_models::search(store.pool(), &ids, filter.as_ref(), &order, FIRST)
            .await
            .unwrap();
        assert_eq!(found.len(), expected, "{filter:?}");
    }
    let outputs = runs::by_id(store.pool(), &run)
        .await
        .unwrap()
        .unwrap()
        .model_outputs;
    assert_eq!(
        outputs,
        [ModelOutput {
            model_id: model.id,
            step: 4
        }]
    );
}
