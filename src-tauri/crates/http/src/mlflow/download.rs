//! The answer that carries an artifact, or the range of it that was asked for.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use services::artifacts::OpenArtifact;

use crate::error::{ApiError, Result};

/// What of the file a request asks for.
#[derive(Debug)]
pub struct Wanted {
    range: Option<String>,
    if_range: Option<String>,
    head_only: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let text = |name| {
            let value = parts.headers.get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        Ok(Self {
            range: text(header::RANGE),
            if_range: text(header::IF_RANGE),
            head_only: parts.method == Method::HEAD,
        })
    }
}

/// What a `Range` header comes to for a file of this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    Whole,
    /// From the first byte to the one after the last.
    Part(u64, u64),
    Nothing,
}

/// One range is served; several, or what is no range, are answered with the whole file, as RFC 9110 allows.
fn span(range: Option<&str>, size: u64) -> Span {
    let Some(range) = range.and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Span::Whole;
    };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else {
        return Span::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    match (first.trim().is_empty(), number(first), number(last)) {
        (true, _, Ok(0)) => Span::Nothing,
        (true, _, Ok(_)) if size == 0 => Span::Nothing,
        (true, _, Ok(tail)) => Span::Part(size.saturating_sub(tail), size),
        (false, Ok(first), _) if last.trim().is_empty() && first < size => Span::Part(first, size),
        (false, Ok(first), Ok(last)) if first <= last && first < size => {
            Span::Part(first, last.saturating_add(1).min(size))
        }
        (false, Ok(first), Ok(last)) if first > last => Span::Whole,
        (false, Ok(_), _) if last.trim().is_empty() || number(last).is_ok() => Span::Nothing,
        _ => Span::Whole,
    }
}

/// What RFC 8187 leaves as it is in a file name.
const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The answer that carries an artifact. Whatever the bytes are, no browser may run or render them in our name.
pub async fn download(opened: &OpenArtifact, wanted: &Wanted) -> Result<Response> {
    let etag = format!("\"{}\"", opened.digest);
    let holds = wanted.if_range.as_ref().is_none_or(|known| *known == etag);
    let size = opened.size_bytes;
    let span = span(wanted.range.as_deref().filter(|_| holds), size);
    let (status, length, extent) = match span {
        Span::Whole => (StatusCode::OK, size, None),
        Span::Part(from, to) => (
            StatusCode::PARTIAL_CONTENT,
            to - from,
            Some(format!("bytes {from}-{}/{size}", to - 1)),
        ),
        Span::Nothing => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            0,
            Some(format!("bytes */{size}")),
        ),
    };
    let body = match span {
        _ if wanted.head_only => Body::empty(),
        Span::Whole => Body::from_stream(opened.bytes().await?),
        Span::Part(from, to) => Body::from_stream(opened.range(from, to).await?),
        Span::Nothing => Body::empty(),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    describe(headers, opened.path.name());
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    for (name, value) in [(header::ETAG, Some(etag)), (header::CONTENT_RANGE, extent)] {
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// What the file is called, and that it is a file to be saved, whatever it holds.
fn describe(headers: &mut HeaderMap, name: &str) {
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
    for (name, value) in [
        (header::CONTENT_TYPE, media_type(name)),
        (header::ACCEPT_RANGES, "bytes"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
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
    fn ranges_are_read_as_the_rfc_says() {
        for (range, size, expected) in [
            (None, 10, Span::Whole),
            (Some("bytes=0-0"), 10, Span::Part(0, 1)),
            (Some("bytes=2-"), 10, Span::Part(2, 10)),
            (Some("bytes=5-99"), 10, Span::Part(5, 10)),
            (Some("bytes=-3"), 10, Span::Part(7, 10)),
            (Some("bytes=-30"), 10, Span::Part(0, 10)),
            (Some("bytes=10-"), 10, Span::Nothing),
            (Some("bytes=10-12"), 10, Span::Nothing),
            (Some("bytes=-0"), 10, Span::Nothing),
            (Some("bytes=0-"), 0, Span::Nothing),
            (Some("bytes=-1"), 0, Span::Nothing),
            (Some("bytes=5-2"), 10, Span::Whole),
            (Some("bytes=0-1,4-5"), 10, Span::Whole),
            (Some("lines=0-1"), 10, Span::Whole),
            (Some("bytes=a-b"), 10, Span::Whole),
            (Some("bytes=99999999999999999999-"), 10, Span::Whole),
            (Some("bytes=1-18446744073709551615"), 10, Span::Part(1, 10)),
        ] {
            assert_eq!(span(range, size), expected, "{range:?} of {size}");
        }
    }

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
