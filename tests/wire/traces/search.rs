//! Traces found by the search language, a page at a time.

use reqwest::Method;
use serde_json::{Value, json};

use super::{call, experiment, found, location, names, send_spans, span, trace_id};
use crate::Client;

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
