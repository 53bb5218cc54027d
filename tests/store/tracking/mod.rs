//! Experiments, runs and what is logged to them.

mod logged_models;
mod logging;
mod search;

pub use logged_models::*;
pub use logging::*;
pub use search::*;

use domain::search::{Entity, parse_filter, parse_order_by};
use domain::tracking::{
    Experiment, ExperimentId, Lifecycle, MetricPoint, RunId, RunInfo, RunStatus, Tag, ViewType,
};
use store::search::Page;
use store::tracking::{experiments, runs, whole};
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
    let run = whole::by_id(store.pool(), &RunId::parse("exprun").unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.info.lifecycle, Lifecycle::Deleted);
}
