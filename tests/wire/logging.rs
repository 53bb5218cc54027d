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
