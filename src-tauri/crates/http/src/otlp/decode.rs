//! OpenTelemetry's messages as the house's spans.

use domain::traces::{Link, Span, SpanBody, SpanEvent, SpanId, SpanStatus, TraceId};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Any, KeyValue};
use opentelemetry_proto::tonic::trace::v1 as otel;
use serde_json::{Map, Value};
use services::traces::SpanBatch;

use super::value::{base64, double};
use crate::error::{ApiError, Result};

const SPANS_MAX: usize = 20_000;
const ATTRIBUTES_MAX: usize = 2_000;
const EVENTS_MAX: usize = 10_000;
const LINKS_MAX: usize = 1_000;
const NAME_CHARS_MAX: usize = 4_096;
/// The most that one span may weigh.
const SPAN_BYTES_MAX: usize = 16 * 1024 * 1024;

pub fn batches(request: ExportTraceServiceRequest) -> Result<Vec<SpanBatch>> {
    let mut count = 0;
    let mut batches = Vec::with_capacity(request.resource_spans.len());
    for of_resource in request.resource_spans {
        let resource = of_resource.resource.map(|resource| resource.attributes);
        let mut batch = SpanBatch {
            resource: attributes("resource", resource.unwrap_or_default())?,
            spans: Vec::new(),
        };
        for span in of_resource
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans)
        {
            count += 1;
            if count > SPANS_MAX {
                return Err(too_many("spans in a request", SPANS_MAX));
            }
            batch.spans.push(read_span(span)?);
        }
        batches.push(batch);
    }
    Ok(batches)
}

fn too_many(what: &str, limit: usize) -> ApiError {
    ApiError::invalid(format!("There are more than {limit} {what}."))
}

fn read_span(span: otel::Span) -> Result<Span> {
    if prost::Message::encoded_len(&span) > SPAN_BYTES_MAX {
        let limit = SPAN_BYTES_MAX / (1024 * 1024);
        return Err(ApiError::invalid(format!(
            "A span is larger than {limit} MB."
        )));
    }
    if span.events.len() > EVENTS_MAX {
        return Err(too_many("events in a span", EVENTS_MAX));
    }
    if span.links.len() > LINKS_MAX {
        return Err(too_many("links in a span", LINKS_MAX));
    }
    let trace_id = TraceId::from_otel(&span.trace_id)?;
    let parent = Some(&span.parent_span_id).filter(|id| id.iter().any(|byte| *byte != 0));
    let status = span.status.unwrap_or_default();
    let mut known = attributes("span", span.attributes)?;
    known.insert(
        domain::traces::keys::SPAN_REQUEST_ID.to_owned(),
        Value::from(trace_id.as_str()),
    );
    let events = span.events.into_iter().map(|event| {
        Ok(SpanEvent {
            name: clean(&event.name),
            at_ns: time("time_unix_nano", event.time_unix_nano)?,
            attributes: attributes("event", event.attributes)?,
        })
    });
    let links = span.links.into_iter().map(|link| {
        Ok(Link {
            trace_id: hex(&link.trace_id),
            span_id: hex(&link.span_id),
            attributes: attributes("link", link.attributes)?,
        })
    });
    Ok(Span {
        id: SpanId::from_otel(&span.span_id)?,
        parent_id: parent.map(|id| SpanId::from_otel(id)).transpose()?,
        name: clean(domain::names::truncated(&span.name, NAME_CHARS_MAX)),
        status: match status.code {
            1 => SpanStatus::Ok,
            2 => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
        started_ns: time("start_time_unix_nano", span.start_time_unix_nano)?,
        ended_ns: match span.end_time_unix_nano {
            0 => None,
            ended => Some(time("end_time_unix_nano", ended)?),
        },
        body: SpanBody {
            status_message: clean(&status.message),
            otel_kind: span.kind,
            attributes: known,
            events: events.collect::<Result<_>>()?,
            links: links.collect::<Result<_>>()?,
        },
        trace_id,
    })
}

fn time(field: &str, ns: u64) -> Result<i64> {
    i64::try_from(ns).map_err(|_| {
        ApiError::invalid(format!("{field} {ns} is not a time that a clock can show."))
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// PostgreSQL keeps no NUL in a text, so no workspace does. A whole trace is not refused for one of them.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn attributes(of: &str, pairs: Vec<KeyValue>) -> Result<Map<String, Value>> {
    if pairs.len() > ATTRIBUTES_MAX {
        return Err(too_many(&format!("attributes of a {of}"), ATTRIBUTES_MAX));
    }
    Ok(pairs
        .into_iter()
        .map(|pair| (clean(&pair.key), unwrapped(value(pair.value))))
        .collect())
}

/// Clients that write every attribute as JSON send texts that hold JSON; one layer of it is taken off, so that an object
/// is an object however it came. Numbers in texts stay texts.
fn unwrapped(value: Value) -> Value {
    let Value::String(text) = &value else {
        return value;
    };
    if !text.starts_with(['{', '[', '"']) {
        return value;
    }
    match serde_json::from_str(text) {
        Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => inner,
        _ => value,
    }
}

fn value(any: Option<Any>) -> Value {
    match any.and_then(|any| any.value) {
        None | Some(AnyValue::StringValueStrindex(_)) => Value::Null,
        Some(AnyValue::StringValue(text)) => Value::String(clean(&text)),
        Some(AnyValue::BoolValue(flag)) => Value::Bool(flag),
        Some(AnyValue::IntValue(number)) => Value::from(number),
        Some(AnyValue::DoubleValue(number)) => double(number),
        Some(AnyValue::BytesValue(bytes)) => Value::String(base64(&bytes)),
        Some(AnyValue::ArrayValue(list)) => {
            let items = list.values.into_iter().map(|item| value(Some(item)));
            Value::Array(items.collect())
        }
        Some(AnyValue::KvlistValue(map)) => {
            let fields = map.values.into_iter();
            let fields = fields.map(|pair| (clean(&pair.key), value(pair.value)));
            Value::Object(fields.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_that_hold_json_become_what_they_hold() {
        for (text, shown) in [
            (r#"{"a": 1}"#, json!({"a": 1})),
            (r#""quoted""#, json!("quoted")),
            ("[1, 2", json!("[1, 2")),
            ("17", json!("17")),
            ("true", json!("true")),
        ] {
            assert_eq!(unwrapped(Value::from(text)), shown, "{text}");
        }
    }

    #[test]
    fn a_span_without_ids_or_from_no_clock_is_refused() {
        let span = otel::Span {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            name: "a\0b".to_owned(),
            start_time_unix_nano: 5,
            ..otel::Span::default()
        };
        let read = read_span(span.clone()).unwrap();
        assert_eq!(read.name, "a\u{FFFD}b");
        assert_eq!((read.parent_id, read.ended_ns), (None, None));
        assert!(
            read_span(otel::Span {
                trace_id: vec![1; 8],
                ..span.clone()
            })
            .is_err()
        );
        assert!(
            read_span(otel::Span {
                span_id: Vec::new(),
                ..span.clone()
            })
            .is_err()
        );
        assert!(
            read_span(otel::Span {
                start_time_unix_nano: u64::MAX,
                ..span.clone()
            })
            .is_err()
        );
        let events = vec![otel::span::Event::default(); EVENTS_MAX + 1];
        assert!(read_span(otel::Span { events, ..span }).is_err());
    }
}
