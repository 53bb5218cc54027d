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

pub async fn traces_are_searched(client: &Client) {
    let experiment = experiment(client, "traces are searched").await;
    let spans = vec![
        span(
            0xc1,
            1,
            None,
            "one",
            json!({"mlflow.spanType": {"stringValue": "CHAIN"}, "a.b": {"stringValue": "50%"}}),
        ),
        span(
            0xc1,
            2,
            Some(1),
            "tool",
            json!({"mlflow.spanType": {"stringValue": "TOOL"}, "flag": {"boolValue": true}}),
        ),
        span(
            0xc2,
            3,
            None,
            "two",
            json!({"n": {"intValue": 5}, "deep": {"arrayValue": {"values": [{"intValue": 1}]}}}),
        ),
        span(
            0xc3,
            4,
            None,
            "three",
            json!({"text": {"stringValue": "a needle in it"}}),
        ),
    ];
    send_spans(client, &experiment, spans).await.ok();
    let feedback = |value: Value| {
        json!({"assessment": {
            "assessment_name": "good", "source": {"source_type": "HUMAN", "source_id": "ann"}, "feedback": {"value": value}
        }})
    };
    for (trace, value) in [
        (0xc1, json!(0.9)),
        (0xc2, json!("yes")),
        (0xc3, json!(false)),
    ] {
        let path = format!("traces/{}/assessments", trace_id(trace));
        call(client, Method::POST, &path, feedback(value))
            .await
            .ok();
    }
    for (filter, expected) in [
        ("", &["one", "two", "three"][..]),
        ("name = 'one'", &["one"]),
        ("trace.status = 'OK' and name != 'one'", &["two", "three"]),
        ("span.name = 'tool' and span.type = 'TOOL'", &["one"]),
        ("span.name = 'tool' and span.type = 'CHAIN'", &[]),
        (
            "span.type in ('TOOL', 'AGENT') or name like 'th%'",
            &["one", "three"],
        ),
        ("span.attributes.a.b = '50%'", &["one"]),
        ("span.attributes.`a.b` like '50%'", &["one"]),
        ("span.attributes.flag = 'true'", &["one"]),
        ("span.attributes.n = '5'", &["two"]),
        ("span.attributes.deep = '[1]'", &["two"]),
        ("span.attributes.none is null and name = 'two'", &["two"]),
        ("trace.text like '%needle%'", &["three"]),
        (
            "timestamp_ms > 1700000000001 and execution_time_ms = 100",
            &["two", "three"],
        ),
        ("end_time > 1700000000103", &["three"]),
        ("feedback.good > 0.5", &["one"]),
        ("feedback.good = 'yes'", &["two"]),
        ("feedback.good = 'false'", &["three"]),
        ("feedback.good != 'yes'", &["one", "three"]),
        ("feedback.other is null and name = 'one'", &["one"]),
        ("tags.`service.name` = 'desk'", &["one", "two", "three"]),
        ("metadata.none is null", &["one", "two", "three"]),
    ] {
        assert_eq!(
            found(client, &experiment, filter).await,
            expected,
            "{filter}"
        );
    }
    for filter in [
        "span.attributes.`a\"b` = 'x'",
        "metrics.x > 1",
        "span.name > 5",
        "name ==== 'x'",
        "feedback.good >",
        "tags.x = 5",
    ] {
        let body = json!({"locations": location(&experiment), "filter": filter});
        call(client, Method::POST, "traces/search", body)
            .await
            .error(400, "INVALID_PARAMETER_VALUE");
    }
    // A key that would be a path of its own in one of the databases is only a key.
    assert_eq!(
        found(client, &experiment, "span.attributes.`$[#-1]` = 'x'").await,
        Vec::<String>::new()
    );
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let body = json!({"locations": location(&experiment), "max_results": 2, "order_by": ["name DESC"], "page_token": token});
        let page = call(client, Method::POST, "traces/search", body).await.ok();
        seen.extend(names(&page));
        match page.get("next_page_token") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!(seen, ["two", "three", "one"]);
}

pub async fn assessments_replace_each_other(client: &Client) {
    let experiment = experiment(client, "assessments").await;
    send_spans(
        client,
        &experiment,
        vec![span(0xd1, 1, None, "judged", json!({}))],
    )
    .await
    .ok();
    let path = format!("traces/{}/assessments", trace_id(0xd1));
    let made = call(client, Method::POST, &path, json!({"assessment": {
        "assessment_name": "good", "trace_id": trace_id(0xd1), "source": {"source_type": "CODE", "source_id": "default"},
        "create_time": "2026-11-23T07:43:11.312Z", "last_update_time": "2026-11-23T07:43:11.312Z",
        "feedback": {"value": 0.9, "error": {"error_code": "E", "error_message": "m"}},
        "rationale": "r", "metadata": {"m": "1"}, "valid": true
    }})).await.ok();
    let first = made["assessment"]["assessment_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        made["assessment"]["create_time"],
        "2026-11-23T07:43:11.312Z"
    );
    let update = json!({
        "assessment": {"assessment_name": "ignored", "feedback": {"value": 0.5}, "metadata": {"n": "2"}},
        "update_mask": "feedback,metadata"
    });
    let changed = call(client, Method::PATCH, &format!("{path}/{first}"), update)
        .await
        .ok();
    let assessment = &changed["assessment"];
    assert_eq!(
        (
            &assessment["feedback"],
            &assessment["metadata"],
            &assessment["assessment_name"]
        ),
        (
            &json!({"value": 0.5}),
            &json!({"m": "1", "n": "2"}),
            &json!("good")
        )
    );
    let over = json!({"assessment": {"assessment_name": "good", "source": {"source_type": "HUMAN"},
        "feedback": {"value": 1.0}, "overrides": first}});
    let second = call(client, Method::POST, &path, over).await.ok();
    let second = second["assessment"]["assessment_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let valid = async |id: &str| {
        let read = call(client, Method::GET, &format!("{path}/{id}"), Value::Null)
            .await
            .ok();
        read["assessment"]["valid"].as_bool().unwrap()
    };
    assert_eq!((valid(&first).await, valid(&second).await), (false, true));
    assert_eq!(
        found(client, &experiment, "feedback.good = '0.5'").await,
        Vec::<String>::new()
    );
    for _ in 0..2 {
        call(
            client,
            Method::DELETE,
            &format!("{path}/{second}"),
            Value::Null,
        )
        .await
        .ok();
    }
    assert!(valid(&first).await);
    let expectation = json!({"assessment": {"assessment_name": "answer", "source": {"source_type": "HUMAN"},
        "expectation": {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "{\"a\": [1]}"}}}});
    let made = call(client, Method::POST, &path, expectation).await.ok();
    assert_eq!(
        made["assessment"]["expectation"]["serialized_value"]["value"],
        "{\"a\":[1]}"
    );
    let wrong = made["assessment"]["assessment_id"].as_str().unwrap();
    let update = json!({"assessment": {"feedback": {"value": 1}}, "update_mask": "feedback"});
    call(client, Method::PATCH, &format!("{path}/{wrong}"), update)
        .await
        .error(400, "INVALID_PARAMETER_VALUE");
    for body in [
        json!({}),
        json!({"assessment": {"assessment_name": "x", "source": {"source_type": "HUMAN"}}}),
        json!({"assessment": {"assessment_name": "x", "source": {"source_type": "RUMOUR"}, "feedback": {"value": 1}}}),
        json!({"assessment": {"assessment_name": "", "source": {"source_type": "HUMAN"}, "feedback": {"value": 1}}}),
        json!({"assessment": {"assessment_name": "x", "create_time": "soon", "feedback": {"value": 1}}}),
    ] {
        call(client, Method::POST, &path, body)
            .await
            .error(400, "INVALID_PARAMETER_VALUE");
    }
    let missing = format!("{path}/a-none");
    call(client, Method::GET, &missing, Value::Null)
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
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
