//! Spans in OpenTelemetry's own protocol: `POST /v1/traces`, as protobuf or JSON, plain, gzip or deflate.
//!
//! Every exporter speaks it, MLflow's client as well; the header `x-mlflow-experiment-id` says where the spans belong.

mod decode;
mod encode;
mod json;
mod value;

use std::io::Read;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use services::Context;
use services::traces::{SpanBatch, record_spans};

pub use encode::span as rendered_span;

use crate::error::{ApiError, Result};
use crate::mlflow::table::Access::Writes;
use crate::mlflow::table::Routes;

/// The most that a request may hold once it is unpacked.
const UNPACKED_BYTES_MAX: usize = 64 * 1024 * 1024;

const EXPERIMENT_NAME: &str = "x-mlflow-experiment-id";
const EXPERIMENT: HeaderName = HeaderName::from_static(EXPERIMENT_NAME);
const RUN_NAME: &str = "x-mlflow-run-id";
const RUN: HeaderName = HeaderName::from_static(RUN_NAME);

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

pub fn routes() -> Routes {
    Routes::of("traces")
        .post("/v1/traces", Writes, export)
        .speaking(&[JSON, PROTOBUF])
        .header(EXPERIMENT_NAME, true)
        .header(RUN_NAME, false)
}

/// How the message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Protobuf,
    Json,
}

async fn export(State(ctx): State<Context>, headers: HeaderMap, body: Body) -> Result<Response> {
    let packed = crate::body::whole(body).await?;
    let format = format_of(&headers)?;
    let experiment_id = text(&headers, &EXPERIMENT)
        .filter(|id| !id.is_empty())
        .ok_or_else(|| {
            ApiError::invalid(format!(
                "The header '{EXPERIMENT}' is missing: it names the experiment."
            ))
        })?;
    let run_id = text(&headers, &RUN);
    let encoding = text(&headers, &header::CONTENT_ENCODING);
    // Unpacking and reading megabytes would hold up every other request of this thread.
    let read = tokio::task::spawn_blocking(move || {
        let message = unpacked(packed, encoding.as_deref())?;
        read(format, &message)
    });
    let batches = read
        .await
        .map_err(|_| ApiError::invalid("The spans cannot be read."))??;
    record_spans(&ctx, &experiment_id, run_id.as_deref(), batches).await?;
    Ok(match format {
        // An empty ExportTraceServiceResponse has no bytes.
        Format::Protobuf => answer(PROTOBUF, ""),
        Format::Json => answer(JSON, "{}"),
    })
}

fn answer(media_type: &'static str, body: &'static str) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))];
    (StatusCode::OK, kind, body).into_response()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

fn format_of(headers: &HeaderMap) -> Result<Format> {
    let kind = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        PROTOBUF => Ok(Format::Protobuf),
        JSON => Ok(Format::Json),
        _ => Err(ApiError::invalid(format!(
            "Invalid Content-Type: '{essence}'. Expected: {PROTOBUF} or {JSON}."
        ))),
    }
}

fn unpacked(packed: Vec<u8>, encoding: Option<&str>) -> Result<Vec<u8>> {
    let encoding = encoding.unwrap_or_default().to_ascii_lowercase();
    match encoding.as_str() {
        "" | "identity" => Ok(packed),
        "gzip" => drain(flate2::read::MultiGzDecoder::new(packed.as_slice()), "gzip"),
        // Some clients send the bare stream without zlib's frame.
        "deflate" => {
            drain(flate2::read::ZlibDecoder::new(packed.as_slice()), "deflate").or_else(|error| {
                match error.status {
                    StatusCode::PAYLOAD_TOO_LARGE => Err(error),
                    _ => drain(
                        flate2::read::DeflateDecoder::new(packed.as_slice()),
                        "deflate",
                    ),
                }
            })
        }
        other => Err(ApiError::invalid(format!(
            "Unsupported Content-Encoding: {other}. Expected gzip, deflate or none."
        ))),
    }
}

fn drain(reader: impl Read, encoding: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = reader.take(UNPACKED_BYTES_MAX as u64 + 1);
    reader
        .read_to_end(&mut bytes)
        .map_err(|_| ApiError::invalid(format!("Failed to decompress {encoding} payload.")))?;
    if bytes.len() > UNPACKED_BYTES_MAX {
        let limit = UNPACKED_BYTES_MAX / (1024 * 1024);
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "INVALID_PARAMETER_VALUE",
            format!("The spans are larger than {limit} MB when they are unpacked."),
        ));
    }
    Ok(bytes)
}

fn read(format: Format, message: &[u8]) -> Result<Vec<SpanBatch>> {
    let request = match format {
        Format::Protobuf => ExportTraceServiceRequest::decode(message).map_err(|error| {
            ApiError::invalid(format!("Invalid OpenTelemetry format: {error}."))
        })?,
        Format::Json => json::request(message)?,
    };
    if request.resource_spans.is_empty() {
        return Err(ApiError::invalid(
            "Invalid OpenTelemetry format - no spans found.",
        ));
    }
    decode::batches(request)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write as _;

    #[test]
    fn packed_bodies_come_out_or_are_refused() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"spans").unwrap();
        let packed = gzip.finish().unwrap();
        assert_eq!(unpacked(packed.clone(), Some("GZip")).unwrap(), b"spans");
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        bare.write_all(b"spans").unwrap();
        assert_eq!(
            unpacked(bare.finish().unwrap(), Some("deflate")).unwrap(),
            b"spans"
        );
        assert_eq!(unpacked(b"x".to_vec(), None).unwrap(), b"x");
        for (bytes, encoding) in [(packed[..9].to_vec(), "gzip"), (b"x".to_vec(), "br")] {
            let error = unpacked(bytes, Some(encoding)).unwrap_err();
            assert_eq!(error.status, StatusCode::BAD_REQUEST, "{encoding}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_memory() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let zeros = vec![0; 1024 * 1024];
        for _ in 0..65 {
            gzip.write_all(&zeros).unwrap();
        }
        let error = unpacked(gzip.finish().unwrap(), Some("gzip")).unwrap_err();
        assert_eq!(error.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for (format, bytes) in [
            (Format::Protobuf, &b"\xff\xff\xff"[..]),
            (Format::Protobuf, b""),
            (Format::Json, b"{"),
            (Format::Json, b"{}"),
            (Format::Json, br#"{"resourceSpans": 7}"#),
        ] {
            let error = read(format, bytes).unwrap_err();
            assert_eq!(
                error.status,
                StatusCode::BAD_REQUEST,
                "{format:?} {bytes:?}"
            );
        }
    }
}
