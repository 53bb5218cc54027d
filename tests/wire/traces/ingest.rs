//! Traces made by their spans, told by their client, or refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::{call, experiment, found, location, send_spans, span, trace_id};
use crate::{Client, answer};

fn tokens(input: i64, output: i64) -> Value {
    json!({"kvlistValue": {"values": [
        {"key": "input_tokens", "value": {"intValue": input}},
        {"key": "output_tokens", "value": {"intValue": output}},
        {"key": "total_tokens", "value": {"intValue": input + output}}
    ]}})
}

pub async fn spans_make_a_trace(client: &Client) {
    let experiment = experiment(client, "spans make a trace").await;
    // The children first, the root later: a trace grows as its spans arrive.
    let inner = span(
        0xa1,
        2,
        Some(1),
        "inner",
        json!({
            "openinference.span.kind": {"stringValue": "LLM"},
            "mlflow.chat.tokenUsage": tokens(3, 4),
            "input.value": {"stringValue": "{\"q\": 1}"},
            "odd": {"doubleValue": "NaN"}, "quote'\"%_": {"stringValue": "'; drop table traces; --"}
        }),
    );
    assert_eq!(
        send_spans(client, &experiment, vec![inner.clone()])
            .await
            .ok(),
        json!({})
    );
    let id = trace_id(0xa1);
    let path = format!("traces/{id}");
    let partial = call(client, Method::GET, &path, Value::Null).await.ok();
    assert_eq!(partial["trace"]["trace_info"]["state"], "IN_PROGRESS");
    let root = span(
        0xa1,
        1,
        None,
        "ask \u{0}the desk",
        json!({
            "mlflow.spanInputs": {"kvlistValue": {"values": [{"key": "x", "value": {"intValue": "5"}}]}},
            "mlflow.spanOutputs": {"stringValue": "done"},
            "session.id": {"stringValue": "s-7"}, "user.id": {"stringValue": "ann"},
            "mlflow.traceTag.team": {"stringValue": "alpha"},
            "mlflow.traceTag.mlflow.artifactLocation": {"stringValue": "file:///etc"},
            "mlflow.chat.tokenUsage": tokens(30, 40)
        }),
    );
    // Sent twice, as an exporter that lost the answer does.
    for _ in 0..2 {
        send_spans(client, &experiment, vec![root.clone(), inner.clone()])
            .await
            .ok();
    }
    let whole = call(
        client,
        Method::GET,
        &format!("traces/get?trace_id={id}"),
        Value::Null,
    )
    .await
    .ok();
    let info = &whole["trace"]["trace_info"];
    assert_eq!(info["state"], "OK");
    assert_eq!(info["request_time"], "2023-11-14T22:13:20.001Z");
    assert_eq!(info["execution_duration"], "0.101s");
    assert_eq!(
        (&info["request_preview"], &info["response_preview"]),
        (&json!("{\"x\": 5}"), &json!("\"done\""))
    );
    assert_eq!(
        info["trace_metadata"],
        json!({
            "mlflow.trace.session": "s-7", "mlflow.trace.user": "ann",
            "mlflow.trace.tokenUsage": "{\"input_tokens\": 30, \"output_tokens\": 40, \"total_tokens\": 70}"
        })
    );
    assert_eq!(
        info["tags"],
        json!({
            "mlflow.traceName": "ask \u{FFFD}the desk", "service.name": "desk", "team": "alpha",
            "mlflow.trace.spansLocation": "TRACKING_STORE",
            "mlflow.artifactLocation": format!("mlflow-artifacts:/{experiment}/traces/{id}/artifacts")
        })
    );
    let spans = whole["trace"]["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 2);
    assert_eq!(
        (&spans[0]["trace_id"], spans[0].get("parent_span_id")),
        (&json!("oaGhoaGhoaGhoaGhoaGhoQ=="), None)
    );
    assert_eq!(spans[1]["parent_span_id"], "AQEBAQEBAQE=");
    let attribute = |key: &str| {
        let pairs = spans[1]["attributes"].as_array().unwrap();
        pairs
            .iter()
            .find(|pair| pair["key"] == key)
            .map(|pair| pair["value"].clone())
    };
    assert_eq!(
        attribute("mlflow.spanType"),
        Some(json!({"string_value": "LLM"}))
    );
    assert_eq!(attribute("odd"), Some(json!({"double_value": "NaN"})));
    assert_eq!(
        attribute("quote'\"%_"),
        Some(json!({"string_value": "'; drop table traces; --"}))
    );
    let inputs = json!({"kvlist_value": {"values": [{"key": "q", "value": {"int_value": 1}}]}});
    assert_eq!(attribute("mlflow.spanInputs"), Some(inputs));
}

pub async fn a_told_trace_stands(client: &Client) {
    let (experiment, run) = client.new_run("a told trace stands").await;
    let id = trace_id(0xb1);
    let told = json!({"trace": {"trace_info": {
        "trace_id": id, "client_request_id": "req-1", "trace_location": location(&experiment)[0],
        "request_time": "2026-11-23T07:43:05.488Z", "execution_duration": "1.500s", "state": "ERROR",
        "request_preview": "asked", "tags": {"mlflow.traceName": "told", "mlflow.artifactLocation": "file:///etc"},
        "trace_metadata": {
            "mlflow.sourceRun": run, "mlflow.trace.tokenUsage": "{\"input_tokens\": 1}",
            "mlflow.trace.sizeStats": "{\"num_spans\": 1}"
        },
        "assessments": [{"assessment_name": "good", "source": {"source_type": "CODE"}, "feedback": {"value": "yes"}}]
    }}});
    let answered = call(client, Method::POST, "traces", told.clone())
        .await
        .ok();
    let info = &answered["trace"]["trace_info"];
    assert_eq!(info["execution_duration"], "1.500s");
    assert_eq!(
        info["tags"].get("mlflow.trace.spansLocation"),
        None,
        "its spans are not here yet"
    );
    assert_eq!(info["assessments"][0]["feedback"], json!({"value": "yes"}));
    // Without spans it is not complete, and clients are told to come back.
    let batch = format!("traces/batchGet?trace_ids={id}&trace_ids=tr-none");
    assert_eq!(
        call(client, Method::GET, &batch, Value::Null).await.ok(),
        json!({})
    );
    let late = span(
        0xb1,
        1,
        None,
        "late",
        json!({"mlflow.chat.tokenUsage": tokens(9, 9)}),
    );
    send_spans(client, &experiment, vec![late]).await.ok();
    let whole = call(client, Method::GET, &batch, Value::Null).await.ok();
    let info = &whole["traces"][0]["trace_info"];
    assert_eq!(
        (&info["state"], &info["request_time"]),
        (&json!("ERROR"), &json!("2026-11-23T07:43:05.488Z"))
    );
    assert_eq!(
        info["trace_metadata"]["mlflow.trace.tokenUsage"],
        "{\"input_tokens\": 1}"
    );
    assert_eq!(info["tags"]["mlflow.traceName"], "told");
    assert_eq!(
        found(client, &experiment, &format!("attributes.run_id = '{run}'")).await,
        ["told"]
    );
    // Telling it again changes it and adds to what is there.
    call(
        client,
        Method::PATCH,
        &format!("traces/{id}/tags"),
        json!({"key": "mood", "value": "fine"}),
    )
    .await
    .ok();
    call(client, Method::POST, "traces", told).await.ok();
    assert_eq!(
        found(
            client,
            &experiment,
            "tags.mood = 'fine' and client_request_id = 'req-1'"
        )
        .await,
        ["told"]
    );
    let link = json!({"trace_ids": [id, "tr-none"], "run_id": run});
    client.post("traces/link-to-run", link).await.ok();
}

pub async fn wrong_spans_are_refused_whole(client: &Client) {
    let experiment = experiment(client, "wrong spans").await;
    let good = span(0xe1, 1, None, "good", json!({}));
    let mut bad = span(0xe1, 2, None, "bad", json!({}));
    bad["spanId"] = json!("");
    send_spans(client, &experiment, vec![good.clone(), bad])
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    let missing = format!("traces/{}", trace_id(0xe1));
    call(client, Method::GET, &missing, Value::Null)
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    send_spans(client, "987654", vec![good.clone()])
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    send_spans(client, "../x", vec![good.clone()])
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    client
        .post("experiments/delete", json!({"experiment_id": experiment}))
        .await
        .ok();
    send_spans(client, &experiment, vec![good])
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    for (kind, encoding, body) in [
        ("application/x-protobuf", None, &b"\xff\xff\xff\xff"[..]),
        ("application/x-protobuf", None, b""),
        ("application/x-protobuf", Some("gzip"), b"not gzip"),
        ("application/x-protobuf", Some("br"), b""),
        ("text/plain", None, b"{}"),
        ("application/json", None, b"[[[["),
    ] {
        let mut request = client
            .raw(Method::POST, "/v1/traces")
            .header("x-mlflow-experiment-id", "0")
            .header("content-type", kind)
            .body(body.to_vec());
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        answer(request).await.error(400, "INVALID_PARAMETER_VALUE");
    }
    let nameless = client.raw(Method::POST, "/v1/traces").json(&json!({}));
    answer(nameless).await.error(400, "INVALID_PARAMETER_VALUE");
    let told = |info: Value| json!({"trace": {"trace_info": info}});
    for info in [
        json!({}),
        json!({"trace_id": "tr-1"}),
        json!({"trace_id": "a/b", "trace_location": location("0")[0]}),
        json!({"trace_id": "tr-1", "trace_location": location("0")[0], "request_time": "now"}),
        json!({"trace_id": "tr-1", "trace_location": location("0")[0], "state": "FINE"}),
        json!({"trace_id": "tr-1", "trace_location": location("0")[0], "tags": {"": "x"}}),
    ] {
        call(client, Method::POST, "traces", told(info))
            .await
            .error(400, "INVALID_PARAMETER_VALUE");
    }
}
