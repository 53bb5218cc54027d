//! What is sent: bodies written as text, because a driver that builds trees measures itself.

use std::fmt::Write as _;

use serde_json::json;

use crate::wire::Request;

const API: &str = "/api/2.0/mlflow";

/// Metrics of one batch: 20 series of 50 steps.
pub const BATCH: usize = SERIES * STEPS;
const SERIES: usize = 20;
const STEPS: usize = 50;

pub fn post(path: &str, body: String) -> Request {
    Request {
        method: "POST",
        path: format!("{API}/{path}"),
        body: body.into_bytes(),
        zeros: 0,
    }
}

fn get(path: String) -> Request {
    Request {
        method: "GET",
        path,
        body: Vec::new(),
        zeros: 0,
    }
}

pub fn create_run(experiment: &str, n: usize) -> Request {
    let body = json!({"experiment_id": experiment, "start_time": 1_000 + n, "tags": [{"key": "desk", "value": "fx"}]});
    post("runs/create", body.to_string())
}

pub fn log_metric(run: &str, n: usize) -> Request {
    let value = 1.0 / (n as f64 + 1.0);
    let time = 1_700_000_000_000 + n;
    post(
        "runs/log-metric",
        format!(
            r#"{{"run_id":"{run}","key":"loss","value":{value},"timestamp":{time},"step":{n}}}"#
        ),
    )
}

pub fn log_batch(run: &str, n: usize) -> Request {
    let mut body = String::with_capacity(BATCH * 80);
    let _ = write!(body, r#"{{"run_id":"{run}","metrics":["#);
    for at in 0..BATCH {
        let (series, step) = (at / STEPS, n * STEPS + at % STEPS);
        let comma = if at == 0 { "" } else { "," };
        let value = (step as f64 * 0.37 + series as f64).sin();
        let time = 1_700_000_000_000 + step;
        let _ = write!(
            body,
            r#"{comma}{{"key":"metric_{series}","value":{value},"timestamp":{time},"step":{step}}}"#
        );
    }
    body.push_str("]}");
    post("runs/log-batch", body)
}

/// 20 metrics and 10 params of run number `n`; one in seven has the value that the search asks for.
pub fn fill(run: &str, n: usize) -> Request {
    let metrics: Vec<_> = (0..20)
        .map(|m| {
            let value = ((n * 7_919 + m * 104_729) % 100_003) as f64 / 100_003.0;
            json!({"key": format!("metric_{m}"), "value": value, "timestamp": 1_700_000_000_000_usize + n, "step": 1})
        })
        .collect();
    let params: Vec<_> = (0..10)
        .map(|p| json!({"key": format!("param_{p}"), "value": format!("{}", (n + p) % 7)}))
        .collect();
    post(
        "runs/log-batch",
        json!({"run_id": run, "metrics": metrics, "params": params}).to_string(),
    )
}

/// About half of a seventh of the runs, ordered by another metric; the limit moves, so that no two questions are the same.
pub fn search(experiment: &str, rows: usize, n: usize) -> Request {
    let limit = 0.2 + (n % 100) as f64 / 10_000.0;
    let body = json!({
        "experiment_ids": [experiment],
        "filter": format!("metrics.metric_3 > {limit} and params.param_1 != '3'"),
        "order_by": ["metrics.metric_5 DESC"],
        "max_results": rows,
    });
    post("runs/search", body.to_string())
}

pub fn points(run: &str, from: usize, count: usize) -> Request {
    let mut body = String::with_capacity(count * 80);
    let _ = write!(body, r#"{{"run_id":"{run}","metrics":["#);
    for step in from..from + count {
        let comma = if step == from { "" } else { "," };
        let value = (step as f64 * 0.001).sin() + ((step * 7_919) % 1_000) as f64 / 5_000.0;
        let time = 1_700_000_000_000 + step;
        let _ = write!(
            body,
            r#"{comma}{{"key":"loss","value":{value},"timestamp":{time},"step":{step}}}"#
        );
    }
    body.push_str("]}");
    post("runs/log-batch", body)
}

pub fn history(run: &str) -> Request {
    get(format!(
        "{API}/metrics/get-history?run_id={run}&metric_key=loss"
    ))
}

/// The call that MLflow's own charts make.
pub fn chart(run: &str, points: usize) -> Request {
    get(format!(
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=loss&max_results={points}"
    ))
}

fn artifact(run: &str, n: usize) -> String {
    format!("/api/2.0/mlflow-artifacts/artifacts/{run}/artifacts/load/{n}.bin")
}

pub fn upload(run: &str, n: usize) -> Request {
    Request {
        method: "PUT",
        ..get(artifact(run, n))
    }
}

pub fn download(run: &str) -> Request {
    get(artifact(run, 0))
}
