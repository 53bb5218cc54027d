//! Traces over the wire: sent as spans, told as a whole, searched, judged, deleted.

mod assessments;
mod ingest;
mod search;

pub use assessments::*;
pub use ingest::*;
pub use search::*;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Client, answer};

const V3: &str = "/api/3.0/mlflow";

async fn call(client: &Client, method: Method, path: &str, body: Value) -> Answer {
    client.send(method, &format!("{V3}/{path}"), body).await
}

async fn experiment(client: &Client, name: &str) -> String {
    let made = client
        .post("experiments/create", json!({"name": name}))
        .await
        .ok();
    made["experiment_id"].as_str().unwrap().to_owned()
}

fn trace_id(number: u8) -> String {
    format!("tr-{}", format!("{number:02x}").repeat(16))
}

fn span(trace: u8, span: u8, parent: Option<u8>, name: &str, attributes: Value) -> Value {
    let hex = |number: u8, times: usize| format!("{number:02x}").repeat(times);
    let attributes: Vec<Value> = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    json!({
        "traceId": hex(trace, 16), "spanId": hex(span, 8),
        "parentSpanId": parent.map(|parent| hex(parent, 8)).unwrap_or_default(),
        "name": name, "attributes": attributes, "status": {"code": 1},
        "startTimeUnixNano": format!("{}", 1_700_000_000_000_000_000_i64 + i64::from(span) * 1_000_000),
        "endTimeUnixNano": format!("{}", 1_700_000_000_100_000_000_i64 + i64::from(span) * 1_000_000),
    })
}

async fn send_spans(client: &Client, experiment: &str, spans: Vec<Value>) -> Answer {
    let message = json!({"resourceSpans": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "desk"}},
            {"key": "telemetry.sdk.name", "value": {"stringValue": "x"}},
            {"key": "mlflow.trace.spansLocation", "value": {"stringValue": "elsewhere"}}
        ]},
        "scopeSpans": [{"spans": spans}]
    }]});
    let request = client
        .raw(Method::POST, "/v1/traces")
        .header("x-mlflow-experiment-id", experiment)
        .json(&message);
    answer(request).await
}

async fn found(client: &Client, experiment: &str, filter: &str) -> Vec<String> {
    let body =
        json!({"locations": location(experiment), "filter": filter, "order_by": ["timestamp ASC"]});
    let page = call(client, Method::POST, "traces/search", body).await.ok();
    names(&page)
}

fn names(page: &Value) -> Vec<String> {
    let traces = page["traces"].as_array().cloned().unwrap_or_default();
    traces
        .iter()
        .map(|trace| {
            trace["tags"]["mlflow.traceName"]
                .as_str()
                .unwrap_or("?")
                .to_owned()
        })
        .collect()
}

fn location(experiment: &str) -> Value {
    json!([{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}])
}

pub async fn traces_are_deleted(client: &Client) {
    let experiment = experiment(client, "traces are deleted").await;
    let spans = (1..=5).map(|n| span(0xf0 + n, n, None, &format!("t{n}"), json!({})));
    send_spans(client, &experiment, spans.collect()).await.ok();
    let delete = async |more: Value| {
        let mut body = json!({"experiment_id": experiment});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        client.post("traces/delete-traces", body).await
    };
    delete(json!({}))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    delete(json!({"max_timestamp_millis": 5, "request_ids": ["tr-1"]}))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    delete(json!({"max_timestamp_millis": 5, "max_traces": 0}))
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    let named = json!({"request_ids": [trace_id(0xf3), "tr-none"]});
    assert_eq!(delete(named).await.ok(), json!({"traces_deleted": 1}));
    let oldest = json!({"max_timestamp_millis": 1_700_000_000_004_i64, "max_traces": 2});
    assert_eq!(delete(oldest).await.ok(), json!({"traces_deleted": 2}));
    assert_eq!(found(client, &experiment, "").await, ["t4", "t5"]);
    let rest = json!({"max_timestamp_millis": 1_800_000_000_000_i64});
    assert_eq!(delete(rest).await.ok(), json!({"traces_deleted": 2}));
    let path = format!("traces/{}/tags", trace_id(0xf4));
    call(
        client,
        Method::PATCH,
        &path,
        json!({"key": "a", "value": "b"}),
    )
    .await
    .error(404, "RESOURCE_DOES_NOT_EXIST");
}
