//! Answers that a client of MLflow relies on, where MLflow's own server was read for what they are.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Client;

const INVALID: &str = "INVALID_PARAMETER_VALUE";

pub async fn as_mlflow_answers(client: &Client) {
    tags_of_experiments_are_whole_or_refused(client).await;
    experiments_come_newest_first(client).await;
    versions_name_runs_of_other_servers(client).await;
    models_are_searched_by_dataset(client).await;
}

async fn tags_of_experiments_are_whole_or_refused(client: &Client) {
    let long = "ü".repeat(20_000);
    let new = json!({"name": "long tags", "tags": [{"key": "note", "value": long}]});
    let made = client.post("experiments/create", new).await.ok();
    let id = made["experiment_id"].as_str().unwrap();
    let set = |key: &str, value: &str| {
        let body = json!({"experiment_id": id, "key": key, "value": value});
        client.post("experiments/set-experiment-tag", body)
    };
    set("again", &long).await.ok();
    set("longer", &format!("{long}x")).await.error(400, INVALID);
    let new =
        json!({"name": "longer tags", "tags": [{"key": "note", "value": format!("{long}x")}]});
    client
        .post("experiments/create", new)
        .await
        .error(400, INVALID);
    let read = client
        .get(&format!("experiments/get?experiment_id={id}"))
        .await
        .ok();
    let tags = read["experiment"]["tags"].as_array().unwrap();
    assert_eq!(tags.len(), 2);
    assert!(tags.iter().all(|tag| tag["value"] == long));
}

fn ids(found: &Value) -> Vec<i64> {
    let found = found["experiments"].as_array().unwrap().iter();
    found
        .map(|e| e["experiment_id"].as_str().unwrap().parse().unwrap())
        .collect()
}

/// Newest by when they were made, not by when they changed; ids are numbers.
async fn experiments_come_newest_first(client: &Client) {
    let mut made = Vec::new();
    for n in 0..11 {
        // So that no two are made in one millisecond.
        tokio::time::sleep(Duration::from_millis(3)).await;
        let name = json!({"name": format!("in order {n}")});
        let answer = client.post("experiments/create", name).await.ok();
        let id = answer["experiment_id"].as_str().unwrap();
        made.push(id.parse::<i64>().unwrap());
    }
    let renamed = json!({"experiment_id": made[0].to_string(), "new_name": "in order, renamed"});
    client.post("experiments/update", renamed).await.ok();
    let search = async |order: Value| {
        let body =
            json!({"max_results": 100, "filter": "name LIKE 'in order%'", "order_by": order});
        ids(&client.post("experiments/search", body).await.ok())
    };
    assert_eq!(search(json!(["experiment_id ASC"])).await, made);
    made.reverse();
    assert_eq!(search(json!([])).await, made);
    assert_eq!(search(json!(["experiment_id DESC"])).await, made);
}

async fn versions_name_runs_of_other_servers(client: &Client) {
    let name = json!({"name": "from elsewhere"});
    client.post("registered-models/create", name).await.ok();
    let version = |source: &str| {
        let body =
            json!({"name": "from elsewhere", "source": source, "run_id": "of_another_server"});
        client.post("model-versions/create", body)
    };
    let made = version("s3://bucket/1/model").await.ok();
    assert_eq!(made["model_version"]["run_id"], "of_another_server");
    version("sftp://user@host/1/model").await.ok();
    for here in [
        "mlflow-artifacts:/1/x/artifacts/model",
        "runs:/of_another_server/model",
    ] {
        version(here).await.error(404, "RESOURCE_DOES_NOT_EXIST");
    }
    for (name, place) in [("r2", "r2://b@h/x"), ("b2", "b2://b/x")] {
        let new = json!({"name": format!("in {name}"), "artifact_location": place});
        client.post("experiments/create", new).await.ok();
    }
}

/// The metric `auc` of a model: dataset, time, step, value.
type Measured = (&'static str, i64, i64, f64);

/// What each of a few models measured.
const MEASURED: [(&str, &[Measured]); 4] = [
    // The latest by time is not the greatest, nor the one of the greatest step.
    ("falling", &[("bars", 1, 9, 0.9), ("ticks", 2, 1, 0.1)]),
    ("steady", &[("bars", 1, 1, 0.5)]),
    ("rising", &[("ticks", 1, 1, 0.2), ("bars", 2, 2, 0.8)]),
    ("silent", &[]),
];

async fn measured_models(client: &Client, experiment: &str, run: &str) {
    for (name, metrics) in MEASURED {
        let new = json!({"experiment_id": experiment, "name": name, "source_run_id": run});
        let made = client.post("logged-models", new).await.ok();
        let id = made["model"]["info"]["model_id"].as_str().unwrap();
        for (dataset, at, step, value) in metrics {
            let metric = json!({
                "run_id": run, "key": "auc", "value": value, "timestamp": at, "step": step, "model_id": id,
                "dataset_name": dataset, "dataset_digest": format!("{dataset}-1"),
            });
            client.post("runs/log-metric", metric).await.ok();
        }
    }
}

async fn models_are_searched_by_dataset(client: &Client) {
    let (experiment, run) = client.new_run("models by dataset").await;
    measured_models(client, &experiment, &run).await;
    let search = async |datasets: Value, filter: &str, order: Value| {
        let body = json!({"experiment_ids": [experiment], "datasets": datasets, "filter": filter, "order_by": [order]});
        let found = client.post("logged-models/search", body).await.ok();
        let found = found["models"].as_array().cloned().unwrap_or_default();
        let name = |model: &Value| model["info"]["name"].as_str().unwrap().to_owned();
        found.iter().map(name).collect::<Vec<_>>()
    };
    let by = |more: Value| {
        let mut order = json!({"field_name": "metrics.auc", "ascending": false});
        let more = more.as_object().unwrap().clone();
        order.as_object_mut().unwrap().extend(more);
        order
    };
    let none = || json!([]);
    let on_bars = json!({"dataset_name": "bars"});
    assert_eq!(
        search(none(), "", by(json!({}))).await,
        ["rising", "steady", "falling", "silent"]
    );
    assert_eq!(
        search(none(), "", by(on_bars.clone())).await,
        ["falling", "rising", "steady", "silent"]
    );
    assert_eq!(
        search(none(), "", by(json!({"dataset_digest": "ticks-1"}))).await[..2],
        ["rising", "falling"]
    );
    assert_eq!(
        search(json!([on_bars]), "metrics.auc < 0.6", by(json!({}))).await,
        ["steady"]
    );
    let ticks = json!([{"dataset_name": "ticks", "dataset_digest": "ticks-1"}]);
    assert_eq!(
        search(ticks, "", by(json!({}))).await,
        ["rising", "falling"]
    );
    let other = json!([{"dataset_name": "ticks", "dataset_digest": "ticks-2"}]);
    assert!(search(other, "", by(json!({}))).await.is_empty());
    let body = json!({"experiment_ids": [experiment], "datasets": [{"dataset_digest": "d"}]});
    client
        .post("logged-models/search", body)
        .await
        .error(400, INVALID);
}
