//! `mlflow-artifacts/*`: the bytes of artifacts, streamed both ways.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Deserialize;
use services::Context;
use services::artifacts::{self, OpenArtifact};

use super::input::Input;
use super::output::{Files, files_of};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::Text;
use super::{Done, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("artifacts")
        .get("/artifacts", Reads, list)
        .get("/artifacts/{*path}", Reads, read)
        .put("/artifacts/{*path}", Writes, write)
        .delete("/artifacts/{*path}", Writes, delete)
        .post("/mpu/{*path}", Writes, no_multipart)
        .get("/presigned/{*path}", Reads, no_multipart)
}

type Given = Result<Path<String>, PathRejection>;

fn given(path: Given) -> Result<String, ApiError> {
    path.map(|Path(path)| path)
        .map_err(|_| ApiError::invalid("Invalid artifact path: it is not valid UTF-8."))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListIn {
    path: Option<Text>,
}

async fn list(State(ctx): State<Context>, Input(input): Input<ListIn>) -> Result<Json<Files>> {
    let entries = artifacts::list(&ctx, &input.path.unwrap_or_default().0).await?;
    Ok(Json(files_of(None, entries)))
}

async fn read(State(ctx): State<Context>, path: Given) -> Result<Response> {
    let opened = artifacts::open(&ctx, &given(path)?).await?;
    Ok(download(opened))
}

async fn write(State(ctx): State<Context>, path: Given, body: Body) -> Result<Done> {
    artifacts::upload(&ctx, &given(path)?, body.into_data_stream()).await?;
    Ok(done())
}

async fn delete(State(ctx): State<Context>, path: Given) -> Result<Done> {
    artifacts::delete(&ctx, &given(path)?).await?;
    Ok(done())
}

/// As MLflow answers on a folder store: the client then sends the file in one piece.
async fn no_multipart() -> Result<Done> {
    Err(ApiError::new(
        StatusCode::NOT_IMPLEMENTED,
        "NOT_IMPLEMENTED",
        "Multipart and presigned transfers are not supported by this artifact store.",
    ))
}

/// What RFC 8187 leaves as it is in a file name.
const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The answer that carries an artifact. Whatever the bytes are, no browser may run or render them in our name.
pub fn download(opened: OpenArtifact) -> Response {
    let name = opened.path.name();
    let size = opened.bytes.size_bytes();
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_. ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded = utf8_percent_encode(name, FILE_NAME);
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let mut response = Body::from_stream(opened.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    for (name, value) in [
        (header::CONTENT_DISPOSITION, disposition),
        (header::ETAG, format!("\"{}\"", opened.digest)),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// By the file's name; types that a browser would run are sent as plain bytes.
fn media_type(name: &str) -> &'static str {
    let guessed = mime_guess::from_path(name)
        .first_raw()
        .unwrap_or("application/octet-stream");
    let active = ["html", "svg", "xml", "script", "shockwave", "pdf"];
    if active.iter().any(|word| guessed.contains(word)) {
        "application/octet-stream"
    } else {
        guessed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_content_is_sent_as_bytes() {
        for name in [
            "a.html",
            "a.svg",
            "a.xml",
            "a.js",
            "a.xhtml",
            "MLmodel",
            "model.onnx",
        ] {
            assert_eq!(media_type(name), "application/octet-stream", "{name}");
        }
        assert_eq!(media_type("plot.png"), "image/png");
        assert_eq!(media_type("notes.txt"), "text/plain");
    }
}
