//! Logged models and their metrics.

use domain::search::{Entity, OnDataset, parse_filter, parse_order_by};
use domain::tracking::{LoggedModel, LoggedModelId, LoggedModelStatus, Metric, ModelOutput, Param};
use store::Store;
use store::tracking::logged_models::{self, ModelSearch};
use store::tracking::{datasets, whole};

use super::{FIRST, add_experiment, add_run, point, tag};
use crate::write;

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
        let order = parse_order_by(Entity::LoggedModels, "metrics.auc DESC").unwrap();
        let wanted = ModelSearch {
            experiment_ids: vec![experiment.clone()],
            filter: parse_filter(Entity::LoggedModels, filter).unwrap(),
            datasets: Vec::new(),
            order: vec![(order, OnDataset::default())],
        };
        let found = logged_models::search(store.pool(), &wanted, FIRST)
            .await
            .unwrap();
        assert_eq!(found.len(), expected, "{filter:?}");
    }
    let outputs = whole::by_id(store.pool(), &run)
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
