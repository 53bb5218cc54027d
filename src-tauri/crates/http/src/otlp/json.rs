//! OTLP's JSON: field names in camel case, ids as hex, 64-bit numbers as texts or numbers, unknown fields ignored.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Any, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as otel;
use serde_json::{Map, Value};

use crate::error::{ApiError, Result};

type Object = Map<String, Value>;

pub fn request(message: &[u8]) -> Result<ExportTraceServiceRequest> {
    let message: Value = serde_json::from_slice(message)
        .map_err(|error| ApiError::invalid(format!("Invalid OpenTelemetry format: {error}.")))?;
    let message = object(&message)?;
    Ok(ExportTraceServiceRequest {
        resource_spans: list(message, "resourceSpans", |of_resource| {
            let resource = of_resource.get("resource").map(object).transpose()?;
            Ok(otel::ResourceSpans {
                resource: resource.map(read_resource).transpose()?,
                scope_spans: list(of_resource, "scopeSpans", |of_scope| {
                    Ok(otel::ScopeSpans {
                        spans: list(of_scope, "spans", span)?,
                        ..otel::ScopeSpans::default()
                    })
                })?,
                ..otel::ResourceSpans::default()
            })
        })?,
    })
}

fn wrong(what: &str) -> ApiError {
    ApiError::invalid(format!("Invalid OpenTelemetry format: {what}."))
}

fn object(value: &Value) -> Result<&Object> {
    value
        .as_object()
        .ok_or_else(|| wrong("an object is expected"))
}

fn list<T>(of: &Object, key: &str, read: impl Fn(&Object) -> Result<T>) -> Result<Vec<T>> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| read(object(item)?)).collect(),
        Some(_) => Err(wrong(&format!("{key} is not a list"))),
    }
}

fn text(of: &Object, key: &str) -> Result<String> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(&format!("{key} is not a text"))),
    }
}

fn id(of: &Object, key: &str) -> Result<Vec<u8>> {
    let text = text(of, key)?;
    let digits = text.as_bytes();
    if digits.len() % 2 != 0 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong(&format!("{key} is not hexadecimal")));
    }
    let pairs = (0..digits.len()).step_by(2);
    Ok(pairs
        .filter_map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect())
}

fn nanoseconds(of: &Object, key: &str) -> Result<u64> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(0),
        Some(Value::String(text)) => text
            .parse()
            .map_err(|_| wrong(&format!("{key} is no time"))),
        Some(number) => number
            .as_u64()
            .ok_or_else(|| wrong(&format!("{key} is no time"))),
    }
}

fn read_resource(of: &Object) -> Result<Resource> {
    Ok(Resource {
        attributes: attributes(of)?,
        ..Resource::default()
    })
}

fn span(of: &Object) -> Result<otel::Span> {
    let status = match of.get("status") {
        None | Some(Value::Null) => None,
        Some(status) => {
            let status = object(status)?;
            Some(otel::Status {
                message: text(status, "message")?,
                code: number_of(
                    status.get("code"),
                    &["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"],
                )?,
            })
        }
    };
    Ok(otel::Span {
        trace_id: id(of, "traceId")?,
        span_id: id(of, "spanId")?,
        parent_span_id: id(of, "parentSpanId")?,
        name: text(of, "name")?,
        kind: number_of(of.get("kind"), &KINDS)?,
        start_time_unix_nano: nanoseconds(of, "startTimeUnixNano")?,
        end_time_unix_nano: nanoseconds(of, "endTimeUnixNano")?,
        attributes: attributes(of)?,
        events: list(of, "events", |event| {
            Ok(otel::span::Event {
                time_unix_nano: nanoseconds(event, "timeUnixNano")?,
                name: text(event, "name")?,
                attributes: attributes(event)?,
                ..otel::span::Event::default()
            })
        })?,
        links: list(of, "links", |link| {
            Ok(otel::span::Link {
                trace_id: id(link, "traceId")?,
                span_id: id(link, "spanId")?,
                attributes: attributes(link)?,
                ..otel::span::Link::default()
            })
        })?,
        status,
        ..otel::Span::default()
    })
}

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];

/// An enumeration, as its number or its name.
fn number_of(value: Option<&Value>, names: &[&str]) -> Result<i32> {
    let place = match value {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(name)) => names.iter().position(|known| known == name),
        Some(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok()),
    };
    place
        .and_then(|place| i32::try_from(place).ok())
        .ok_or_else(|| wrong("an enumeration has an unknown value"))
}

fn attributes(of: &Object) -> Result<Vec<KeyValue>> {
    list(of, "attributes", pair)
}

fn pair(of: &Object) -> Result<KeyValue> {
    Ok(KeyValue {
        key: text(of, "key")?,
        value: of.get("value").map(any).transpose()?,
        ..KeyValue::default()
    })
}

fn any(value: &Value) -> Result<Any> {
    let of = object(value)?;
    let Some((kind, value)) = of.iter().find(|(_, value)| !value.is_null()) else {
        return Ok(Any { value: None });
    };
    let as_text = || value.as_str().map(str::to_owned);
    let read = match kind.as_str() {
        "stringValue" => as_text().map(AnyValue::StringValue),
        "boolValue" => value.as_bool().map(AnyValue::BoolValue),
        "intValue" => match value {
            Value::String(text) => text.parse().ok(),
            number => number.as_i64(),
        }
        .map(AnyValue::IntValue),
        "doubleValue" => match value {
            Value::String(text) => text.parse().ok(),
            number => number.as_f64(),
        }
        .map(AnyValue::DoubleValue),
        // Bytes come as base64, and are shown so.
        "bytesValue" => as_text().map(AnyValue::StringValue),
        "arrayValue" => {
            let values = list(object(value)?, "values", |item| {
                any(&Value::Object(item.clone()))
            })?;
            Some(AnyValue::ArrayValue(ArrayValue { values }))
        }
        "kvlistValue" => {
            let values = list(object(value)?, "values", pair)?;
            Some(AnyValue::KvlistValue(KeyValueList { values }))
        }
        _ => return Ok(Any { value: None }),
    };
    read.map(|value| Any { value: Some(value) })
        .ok_or_else(|| wrong(&format!("{kind} does not fit its kind")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_message_of_every_kind_of_value() {
        let message = br#"{"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "desk"}}]},
            "scopeSpans": [{"spans": [{
                "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
                "name": "step", "kind": "SPAN_KIND_CLIENT", "startTimeUnixNano": "1544712660000000000",
                "endTimeUnixNano": 1544712661000000000, "status": {"code": 2, "message": "no"},
                "attributes": [
                    {"key": "i", "value": {"intValue": "7"}}, {"key": "d", "value": {"doubleValue": 1.5}},
                    {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": true}]}}},
                    {"key": "none", "value": {}}
                ], "later": {"unknown": 1}
            }]}]
        }]}"#;
        let request = request(message).unwrap();
        let span = &request.resource_spans[0].scope_spans[0].spans[0];
        assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
        assert_eq!((span.kind, span.status.as_ref().unwrap().code), (3, 2));
        assert_eq!(span.end_time_unix_nano, 1_544_712_661_000_000_000);
        let kinds: Vec<_> = span
            .attributes
            .iter()
            .map(|pair| pair.value.clone().unwrap().value)
            .collect();
        assert_eq!(kinds[0], Some(AnyValue::IntValue(7)));
        assert_eq!(kinds[3], None);
    }

    #[test]
    fn wrong_fields_are_refused() {
        for span in [
            r#"{"traceId": "xyz"}"#,
            r#"{"startTimeUnixNano": "-1"}"#,
            r#"{"attributes": [{"key": "a", "value": {"intValue": "x"}}]}"#,
            r#"{"kind": "SPAN_KIND_FREE"}"#,
            "7",
        ] {
            let message =
                format!(r#"{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{span}]}}]}}]}}"#);
            assert!(request(message.as_bytes()).is_err(), "{span}");
        }
    }
}
