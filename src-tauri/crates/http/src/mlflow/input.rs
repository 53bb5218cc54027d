//! What a client sends: a JSON body, or the query of a GET.

use axum::extract::{FromRequest, Query, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::whole;
use crate::error::ApiError;

/// The message of a request, read from the query of a GET and from the body otherwise, as MLflow's servers do.
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        if request.method() == Method::GET {
            return from_query(&request).map(Input);
        }
        let media_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|value| value.to_str().unwrap_or("?").to_owned());
        let body = whole(request.into_body()).await?;
        check_media_type(media_type.as_deref())?;
        if body.trim_ascii().is_empty() {
            return read(b"{}").map(Input);
        }
        read(&body).map(Input)
    }
}

/// A browser can send text/plain to any address without asking; JSON it cannot.
fn check_media_type(media_type: Option<&str>) -> Result<(), ApiError> {
    let Some(media_type) = media_type else {
        return Err(ApiError::invalid(
            "Bad Request. Content-Type must be application/json.",
        ));
    };
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "INVALID_PARAMETER_VALUE",
        format!("Content-Type must be application/json, not {essence}."),
    )
    .suspect())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if has_escaped_nul(body) {
        return Err(nul_refused());
    }
    let first = match serde_json::from_slice(body) {
        Ok(message) => return Ok(message),
        Err(error) => error,
    };
    // Python writes NaN and Infinity bare; that is no JSON, but it is what scripts send.
    if let Some(quoted) = with_quoted_numbers(body)
        && let Ok(message) = serde_json::from_slice(&quoted)
    {
        return Ok(message);
    }
    Err(ApiError::invalid(format!(
        "The request cannot be read: {first}."
    )))
}

/// PostgreSQL keeps no NUL in a text, so no workspace does.
fn nul_refused() -> ApiError {
    ApiError::invalid("Texts must not contain the NUL character (\\u0000).").suspect()
}

/// Refuses a NUL in the path, before a handler takes it for a name.
pub async fn refuse_nul_in_path(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") {
        return nul_refused().into_response();
    }
    next.run(request).await
}

/// Whether a JSON text holds `\u0000`, which is not the same as a backslash (`\\`) before `u0000`.
fn has_escaped_nul(body: &[u8]) -> bool {
    const NUL: &[u8] = br"\u0000";
    // Large bodies are numbers and plain words.
    if !body.contains(&b'\\') {
        return false;
    }
    body.windows(NUL.len()).enumerate().any(|(at, window)| {
        let before = body[..at].iter().rev().take_while(|byte| **byte == b'\\');
        window == NUL && before.count() % 2 == 0
    })
}

/// The body with bare `NaN`, `Infinity` and `-Infinity` in quotes; `None` when there are none.
fn with_quoted_numbers(body: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut quoted = Vec::with_capacity(body.len() + 64);
    let (mut at, mut in_text, mut found) = (0, false, false);
    while at < body.len() {
        let byte = body[at];
        let word = WORDS
            .iter()
            .find(|word| !in_text && body[at..].starts_with(word));
        if let Some(word) = word {
            quoted.push(b'"');
            quoted.extend_from_slice(word);
            quoted.push(b'"');
            at += word.len();
            found = true;
            continue;
        }
        if byte == b'"' {
            in_text = !in_text;
        } else if byte == b'\\' && in_text {
            quoted.push(byte);
            at += 1;
        }
        if let Some(byte) = body.get(at) {
            quoted.push(*byte);
        }
        at += 1;
    }
    found.then_some(quoted)
}

fn from_query<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map_err(|error| ApiError::invalid(format!("The query cannot be read: {error}.")))?;
    let mut message = Map::new();
    for (key, value) in pairs {
        if value.contains('\0') {
            return Err(nul_refused());
        }
        let value = Value::String(value);
        match message.get_mut(&key) {
            None => {
                message.insert(key, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => {
                let both = vec![first.take(), value];
                *first = Value::Array(both);
            }
        }
    }
    serde_json::from_value(Value::Object(message))
        .map_err(|error| ApiError::invalid(format!("The query cannot be read: {error}.")))
}

/// A field that must be there and not be empty.
pub fn required<T: IsEmpty>(value: Option<T>, name: &str) -> Result<T, ApiError> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        ApiError::invalid(format!(
            "Missing value for required parameter '{name}'. See the API docs for more information about request parameters."
        ))
    })
}

pub trait IsEmpty {
    fn is_empty(&self) -> bool;
}

impl IsEmpty for super::values::Text {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IsEmpty for super::values::Int {
    fn is_empty(&self) -> bool {
        false
    }
}

impl IsEmpty for super::values::Double {
    fn is_empty(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bare_numbers_are_quoted_outside_of_texts_only() {
        let body = br#"{"a": NaN, "b": "NaN \" NaN", "c": [-Infinity, Infinity]}"#;
        let quoted = String::from_utf8(with_quoted_numbers(body).unwrap()).unwrap();
        assert_eq!(
            quoted,
            r#"{"a": "NaN", "b": "NaN \" NaN", "c": ["-Infinity", "Infinity"]}"#
        );
        assert_eq!(with_quoted_numbers(br#"{"a": "NaN"}"#), None);
    }

    #[test]
    fn deep_json_is_an_error_and_no_crash() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let error = read::<Value>(deep.as_bytes()).unwrap_err();
        assert!(
            error.message.contains("recursion limit"),
            "{}",
            error.message
        );
    }

    #[test]
    fn nul_is_refused() {
        assert!(has_escaped_nul(br#"{"a": "x\u0000"}"#));
        assert!(has_escaped_nul(br#"{"a": "x\\\u0000"}"#));
        assert!(!has_escaped_nul(br#"{"a": "x\\u0000", "b": "\u0001"}"#));
    }

    #[test]
    fn media_types() {
        assert!(check_media_type(Some("application/json; charset=utf-8")).is_ok());
        assert_eq!(
            check_media_type(None).unwrap_err().status,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(
            check_media_type(Some("text/plain")).unwrap_err().status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
    }
}
