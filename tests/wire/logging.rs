use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, answer};

pub async fn numbers_cross_the_wire(client: &Client) {
    let (experiment, run) = client.new_run("numbers").await;
    // As Python writes it: bare NaN, int64 as text, a field of a later version.
    let body = format!(
        r#"{{"run_uuid": "{run}", "key": "loss", "value": NaN, "timestamp": "9007199254740993", "step": "-3", "later": 1}}"#
    );
    let path = "/ajax-api/2.0/mlflow/runs/log-metric";
    let sent = client
        .raw(Method::POST, path)
        .header("content-type", "application/json")
        .body(body);
    assert_eq!(answer(sent).await.ok(), json!({}));
    for (value, step) in [
        (json!("Infinity"), 1),
        (json!("-Infinity"), 2),
        (json!("1.5"), 3),
        (json!(2), 4),
    ] {
        let metric =
            json!({"run_id": run, "key": "loss", "value": value, "timestamp": 1, "step": step});
        client.post("runs/log-metric", metric.clone()).await.ok();
        // The same point again is swallowed.
        client.post("runs/log-metric", metric).await.ok();
    }
    let history = client
        .get(&format!("metrics/get-history?run_id={run}&metric_key=loss"))
        .await
        .ok();
    let shown: Vec<String> = history["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| format!("{} {}", m["value"], m["step"]))
        .collect();
    assert_eq!(
        shown,
        [
            "\"Infinity\" 1",
            "\"-Infinity\" 2",
            "1.5 3",
            "2.0 4",
            "\"NaN\" -3"
        ]
    );
    assert_eq!(
        history["metrics"][4]["timestamp"],
        json!(9_007_199_254_740_993_i64)
    );
    let first = client
        .get(&format!(
            "metrics/get-history?run_id={run}&metric_key=loss&max_results=2"
        ))
        .await
        .ok();
    let token = first["next_page_token"].as_str().unwrap();
    let rest = client
        .get(&format!(
            "metrics/get-history?run_id={run}&metric_key=loss&page_token={token}"
        ))
        .await
        .ok();
    assert_eq!(rest["metrics"].as_array().unwrap().len(), 3);
    assert_eq!(rest["next_page_token"], json!(null));
    let exact = format!("metrics/get-history?run_id={run}&metric_key=loss&max_results=5");
    assert_eq!(
        client.get(&exact).await.ok()["next_page_token"],
        json!(null)
    );
    let read = client.get(&format!("runs/get?run_uuid={run}")).await.ok();
    let info = &read["run"]["info"];
    assert_eq!(
        (&info["run_id"], &info["run_uuid"], &info["start_time"]),
        (&json!(run), &json!(run), &json!(5))
    );
    assert_eq!(info["experiment_id"], json!(experiment));
    assert_eq!(read["run"]["data"]["metrics"][0]["value"], json!(2.0));
    assert_eq!(
        read["run"]["data"].get("params"),
        None,
        "empty lists are left out"
    );
}

pub async fn a_batch_is_all_or_nothing(client: &Client) {
    let (_, run) = client.new_run("batches").await;
    let batch = |metric: &str, value: &str| {
        json!({
            "run_id": run,
            "metrics": [{"key": metric, "value": 1, "timestamp": 1}],
            "params": [{"key": "lr", "value": value}],
            "tags": [{"key": "note", "value": value}],
        })
    };
    client.post("runs/log-batch", batch("a", "1")).await.ok();
    let said = client
        .post("runs/log-batch", batch("b", "2"))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    assert!(
        said.starts_with("Changing param values is not allowed. Param with key='lr'"),
        "{said}"
    );
    let said = client
        .post("runs/log-batch", batch("a/../b", "1"))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    assert!(
        said.contains("'a/../b' for parameter 'metrics[0].key'"),
        "{said}"
    );
    let twice =
        json!({"run_id": run, "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]});
    client
        .post("runs/log-batch", twice)
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    let many: Vec<Value> = (0..1001)
        .map(|i| json!({"key": "m", "value": i, "timestamp": i}))
        .collect();
    client
        .post("runs/log-batch", json!({"run_id": run, "metrics": many}))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    let data = &client.get(&format!("runs/get?run_id={run}")).await.ok()["run"]["data"];
    assert_eq!(data["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(data["params"], json!([{"key": "lr", "value": "1"}]));
    let long = json!({"run_id": run, "params": [{"key": "long", "value": "ü".repeat(7000)}]});
    client.post("runs/log-batch", long).await.ok();
    let data = &client.get(&format!("runs/get?run_id={run}")).await.ok()["run"]["data"];
    assert_eq!(
        data["params"][0]["value"].as_str().unwrap().chars().count(),
        6000
    );
}

pub async fn sixteen_scripts_log_at_once(client: &Client) {
    let (_, run) = client.new_run("sixteen").await;
    let scripts = (0..16_i64).map(|script| {
        let (client, run) = (client.clone(), run.clone());
        tokio::spawn(async move {
            for batch in 0..10_i64 {
                let metric = |key: &str| json!({"key": key, "value": 1, "timestamp": batch, "step": script * 100 + batch});
                let own = format!("own{script}");
                let body = json!({
                    "run_id": run,
                    "metrics": [metric("shared"), metric(&own)],
                    "params": [{"key": format!("p{script}"), "value": "x"}],
                    "tags": [{"key": "last", "value": script.to_string()}, {"key": own, "value": "y"}],
                });
                client.post("runs/log-batch", body).await.ok();
                // Among the good ones, some that must fail by themselves.
                let bad = json!({"run_id": run, "params": [{"key": format!("p{script}"), "value": "z"}]});
                client.post("runs/log-batch", bad).await.error(400, "INVALID_PARAMETER_VALUE");
            }
        })
    });
    for script in scripts.collect::<Vec<_>>() {
        script.await.unwrap();
    }
    let history = client
        .get(&format!(
            "metrics/get-history?run_id={run}&metric_key=shared"
        ))
        .await
        .ok();
    assert_eq!(history["metrics"].as_array().unwrap().len(), 160);
    let data = &client.get(&format!("runs/get?run_id={run}")).await.ok()["run"]["data"];
    assert_eq!(data["metrics"].as_array().unwrap().len(), 17);
    assert_eq!(data["params"].as_array().unwrap().len(), 16);
    let shared = data["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["key"] == "shared")
        .unwrap();
    assert_eq!(shared["step"], json!(1509));
}

pub async fn pages_cover_everything_once(client: &Client) {
    let (experiment, _) = client.new_run("pages").await;
    for number in 0..24 {
        let run =
            json!({"experiment_id": experiment, "start_time": 7, "run_name": format!("r{number}")});
        client.post("runs/create", run).await.ok();
    }
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let body = json!({"experiment_ids": [experiment], "max_results": 10, "page_token": token});
        let page = client.post("runs/search", body).await.ok();
        let ids = page["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["info"]["run_id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        match page["next_page_token"].as_str() {
            Some(next) => token = Some(next.to_owned()),
            None => break,
        }
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((count, seen.len()), (25, 25));
    let bad = json!({"experiment_ids": [experiment], "page_token": "x"});
    client
        .post("runs/search", bad)
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    let bad = json!({"experiment_ids": [experiment], "filter": "metrics.a > 1 metrics.b"});
    let said = client
        .post("runs/search", bad)
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    assert_eq!(
        said,
        "Invalid filter at position 15: expected 'and', 'or' or the end of the filter"
    );
}

pub async fn names_are_taken_until_deleted_for_good(client: &Client) {
    let (experiment, run) = client.new_run("taken").await;
    client
        .post("experiments/create", json!({"name": "taken"}))
        .await
        .error(400, "RESOURCE_ALREADY_EXISTS");
    client
        .post("experiments/delete", json!({"experiment_id": experiment}))
        .await
        .ok();
    client
        .post("experiments/delete", json!({"experiment_id": experiment}))
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    let said = client
        .post("experiments/create", json!({"name": "taken"}))
        .await
        .error(400, "RESOURCE_ALREADY_EXISTS");
    assert!(said.contains("deleted state"), "{said}");
    let metric = json!({"run_id": run, "key": "a", "value": 1, "timestamp": 1});
    client
        .post("runs/log-metric", metric.clone())
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    client
        .post("runs/create", json!({"experiment_id": experiment}))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    client
        .post("experiments/restore", json!({"experiment_id": experiment}))
        .await
        .ok();
    client.post("runs/log-metric", metric).await.ok();
    client
        .get("experiments/get?experiment_id=424242")
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    client
        .get("experiments/get-by-name?experiment_name=nobody")
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    client
        .get("runs/get?run_id=0000")
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
}

/// `get-history-bulk` and `get-history-bulk-interval`, as MLflow's own pages ask.
pub async fn histories_of_several_runs(client: &Client) {
    let (_, one) = client.new_run("histories one").await;
    let (_, two) = client.new_run("histories two").await;
    for run in [&one, &two] {
        let metrics: Vec<Value> = (0..10)
            .map(|step| json!({"key": "m", "value": step, "timestamp": 100 + step, "step": step}))
            .collect();
        let batch = json!({"run_id": run, "metrics": metrics});
        client.post("runs/log-batch", batch).await.ok();
    }
    let sampled = client
        .get(&format!(
            "metrics/get-history-bulk-interval?run_ids={two}&run_ids={one}&metric_key=m&max_results=4"
        ))
        .await
        .ok();
    let shown: Vec<String> = sampled["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| {
            let run = if m["run_id"] == json!(one) { 1 } else { 2 };
            format!("{run}:{}", m["step"])
        })
        .collect();
    assert_eq!(
        shown,
        ["2:0", "2:3", "2:6", "2:9", "1:0", "1:3", "1:6", "1:9"]
    );
    assert_eq!(
        sampled["metrics"][1],
        json!({"key": "m", "value": 3.0, "timestamp": 103, "step": 3, "run_id": two})
    );
    let within = format!(
        "metrics/get-history-bulk-interval?run_ids={one}&metric_key=m&start_step=2&end_step=4"
    );
    assert_eq!(
        client.get(&within).await.ok()["metrics"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    for (query, message) in [
        (
            format!("run_ids={one}&metric_key=m&max_results=2501"),
            "max_results must be between 1 and 2500.",
        ),
        (
            format!("run_ids={one}&metric_key=m&max_results=0"),
            "max_results must be between 1 and 2500.",
        ),
        (
            format!("run_ids={one}&metric_key=m&start_step=1"),
            "If either start step or end step are specified, both must be specified.",
        ),
        (
            format!("run_ids={one}&metric_key=m&start_step=2&end_step=1"),
            "end_step must be greater than start_step. Found start_step=2 and end_step=1.",
        ),
        (
            "metric_key=m".to_owned(),
            "GetMetricHistoryBulkInterval request must specify at least one run_id.",
        ),
    ] {
        let refused = client
            .get(&format!("metrics/get-history-bulk-interval?{query}"))
            .await
            .error(400, "INVALID_PARAMETER_VALUE");
        assert_eq!(refused, message, "{query}");
    }
    let bulk = format!(
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={two}&run_id={one}&metric_key=m&max_results=12"
    );
    let found = client.send(Method::GET, &bulk, Value::Null).await.ok();
    let runs: Vec<&str> = found["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["run_id"].as_str().unwrap())
        .collect();
    assert_eq!(runs.len(), 12);
    assert!(runs.is_sorted() && runs[9] != runs[10]);
    let none = "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=none&metric_key=m";
    let nothing = client.send(Method::GET, none, Value::Null).await.ok();
    assert_eq!(nothing, json!({"metrics": []}));
}

/// A search's answer is made from kept runs: whatever is written to a run must show in the next one.
pub async fn a_search_shows_what_was_just_written(client: &Client) {
    let (experiment, run) = client.new_run("just written").await;
    let search =
        json!({"experiment_ids": [experiment], "order_by": ["metrics.m DESC"], "max_results": 5});
    let found = || async {
        let found = client.post("runs/search", search.clone()).await.ok();
        found["runs"][0].clone()
    };
    assert_eq!(found().await["data"]["metrics"], json!(null));
    for value in 1..4 {
        let metric =
            json!({"run_id": run, "key": "m", "value": value, "timestamp": value, "step": 1});
        client.post("runs/log-metric", metric).await.ok();
        assert_eq!(
            found().await["data"]["metrics"][0]["value"],
            json!(f64::from(value))
        );
    }
    let tag = json!({"run_id": run, "key": "t", "value": "u"});
    client.post("runs/set-tag", tag.clone()).await.ok();
    assert!(found().await["data"]["tags"].to_string().contains("\"u\""));
    client.post("runs/delete-tag", tag).await.ok();
    assert!(!found().await["data"]["tags"].to_string().contains("\"u\""));
    let ended = json!({"run_id": run, "status": "FINISHED", "end_time": 9});
    client.post("runs/update", ended).await.ok();
    assert_eq!(found().await["info"]["status"], json!("FINISHED"));
    let outputs = json!({"run_id": run, "models": [{"model_id": "m-1", "step": 3}]});
    client.post("runs/outputs", outputs).await.ok();
    assert_eq!(
        found().await["outputs"]["model_outputs"][0]["step"],
        json!(3)
    );
    client
        .post("runs/delete", json!({"run_id": run}))
        .await
        .ok();
    assert_eq!(found().await, json!(null));
    let refused = json!({"experiment_ids": [experiment], "page_token": "6f66667365743a32"});
    client
        .post("runs/search", refused)
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
}
