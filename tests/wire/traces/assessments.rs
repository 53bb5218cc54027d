//! What people, code and judges say of a trace.

use reqwest::Method;
use serde_json::{Value, json};

use super::{call, experiment, found, send_spans, span, trace_id};
use crate::Client;

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
