//! Spans as protobuf's JSON writes OpenTelemetry's messages: the form in which MLflow's clients read traces.

use domain::traces::{Span, SpanStatus};
use serde_json::{Map, Value, json};

use super::value::{base64, odd_number};

pub fn span(span: &Span) -> Value {
    let mut message = Map::new();
    let mut put = |key: &str, value: Value| {
        message.insert(key.to_owned(), value);
    };
    put("trace_id", id(span.trace_id.otel_bytes()));
    put("span_id", id(span.id.otel_bytes()));
    if let Some(parent) = &span.parent_id {
        put("parent_span_id", id(parent.otel_bytes()));
    }
    put("name", Value::from(span.name.as_str()));
    if span.body.otel_kind != 0 {
        put("kind", Value::from(span.body.otel_kind));
    }
    put("start_time_unix_nano", Value::from(span.started_ns));
    if let Some(ended) = span.ended_ns {
        put("end_time_unix_nano", Value::from(ended));
    }
    put("attributes", pairs(&span.body.attributes));
    if !span.body.events.is_empty() {
        let events = span.body.events.iter().map(|event| {
            json!({"time_unix_nano": event.at_ns, "name": event.name, "attributes": pairs(&event.attributes)})
        });
        put("events", events.collect());
    }
    if !span.body.links.is_empty() {
        let links = span.body.links.iter().map(|link| {
            json!({"trace_id": id(unhex(&link.trace_id)), "span_id": id(unhex(&link.span_id)),
                   "attributes": pairs(&link.attributes)})
        });
        put("links", links.collect());
    }
    put("status", status(span));
    Value::Object(message)
}

fn status(span: &Span) -> Value {
    let mut status = Map::new();
    if !span.body.status_message.is_empty() {
        let message = Value::from(span.body.status_message.as_str());
        status.insert("message".to_owned(), message);
    }
    let code = match span.status {
        SpanStatus::Unset => None,
        SpanStatus::Ok => Some("STATUS_CODE_OK"),
        SpanStatus::Error => Some("STATUS_CODE_ERROR"),
    };
    if let Some(code) = code {
        status.insert("code".to_owned(), Value::from(code));
    }
    Value::Object(status)
}

fn id(bytes: Option<Vec<u8>>) -> Value {
    Value::from(base64(&bytes.unwrap_or_default()))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    bytes
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn pairs(attributes: &Map<String, Value>) -> Value {
    attributes
        .iter()
        .map(|(key, value)| json!({"key": key, "value": any_value(value)}))
        .collect()
}

fn any_value(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(flag) => json!({"bool_value": flag}),
        Value::Number(number) if number.is_i64() => json!({"int_value": number}),
        Value::Number(number) => json!({"double_value": number}),
        Value::String(text) => json!({"string_value": text}),
        Value::Array(items) if items.is_empty() => json!({"array_value": {}}),
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(any_value).collect();
            json!({"array_value": {"values": items}})
        }
        Value::Object(fields) => match odd_number(fields) {
            Some(number) if number.is_nan() => json!({"double_value": "NaN"}),
            Some(number) if number > 0.0 => json!({"double_value": "Infinity"}),
            Some(_) => json!({"double_value": "-Infinity"}),
            None if fields.is_empty() => json!({"kvlist_value": {}}),
            None => json!({"kvlist_value": {"values": pairs(fields)}}),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind() {
        let shown = any_value(
            &json!({"a": [1, 1.5, null, true, "x", {}, []], "n": {"mlflow.double": "NaN"}}),
        );
        assert_eq!(
            shown,
            json!({"kvlist_value": {"values": [
                {"key": "a", "value": {"array_value": {"values": [
                    {"int_value": 1}, {"double_value": 1.5}, {}, {"bool_value": true}, {"string_value": "x"},
                    {"kvlist_value": {}}, {"array_value": {}}
                ]}}},
                {"key": "n", "value": {"double_value": "NaN"}}
            ]}})
        );
    }
}
