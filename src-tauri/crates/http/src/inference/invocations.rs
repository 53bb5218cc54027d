//! MLflow's scoring protocol: `/ping`, `/version` and `/invocations`, so that a client of `mlflow models serve` needs no
//! change.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use engine::Tensor;
use serde_json::{Map, Value, json};
use services::ServiceError;
use services::serving::{LiveEndpoint, infer};

use crate::error::{ApiError, Result};

pub async fn ping() -> &'static str {
    "\n"
}

pub async fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// One of `dataframe_split`, `dataframe_records`, `instances`, `inputs`. Data frames are answered in rows, tensors in
/// columns, as MLflow's ONNX flavour does.
pub async fn score(
    State(endpoint): State<Arc<LiveEndpoint>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>> {
    require_json(&headers)?;
    let body: Value = serde_json::from_slice(&body)
        .map_err(|e| bad_request(format!("the body is not JSON: {e}")))?;
    require_one_form(&body)?;
    let served = endpoint.served();
    let inputs = engine::example::from_json(&body, served.model.signature())
        .map_err(|e| bad_request(e.to_string()))?;
    let in_rows = body
        .get("dataframe_split")
        .or_else(|| body.get("dataframe_records"))
        .is_some();
    let outputs = infer(&served, inputs).await.map_err(|error| match error {
        ServiceError::Invalid { message, .. } => bad_request(message),
        other => other.into(),
    })?;
    let predictions = if in_rows {
        rows(&outputs)
    } else {
        columns(&outputs)
    };
    Ok(Json(json!({ "predictions": predictions })))
}

/// A logged example may be a bare list; a request may not, as with MLflow.
fn require_one_form(body: &Value) -> Result<()> {
    const FORMS: [&str; 4] = [
        "dataframe_split",
        "dataframe_records",
        "instances",
        "inputs",
    ];
    let given = body.as_object().map(|body| {
        FORMS
            .iter()
            .filter(|form| body.contains_key(**form))
            .count()
    });
    if given == Some(1) {
        return Ok(());
    }
    let message = format!(
        "the body must be an object with exactly one of {}",
        FORMS.join(", ")
    );
    Err(bad_request(message))
}

fn bad_request(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

fn require_json(headers: &HeaderMap) -> Result<()> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let kind = sent.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = format!("Content-Type '{sent}' is not understood here; send application/json");
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "BAD_REQUEST",
        message,
    ))
}

fn columns(outputs: &[(String, Tensor)]) -> Value {
    Value::Object(
        outputs
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor.to_json_nested()))
            .collect(),
    )
}

/// One object a row, where every output has as many rows; otherwise columns, which lose nothing.
fn rows(outputs: &[(String, Tensor)]) -> Value {
    let nested: Vec<(&String, Value)> = outputs
        .iter()
        .map(|(name, t)| (name, t.to_json_nested()))
        .collect();
    let lengths: Vec<Option<usize>> = nested
        .iter()
        .map(|(_, v)| v.as_array().map(Vec::len))
        .collect();
    let Some(Some(count)) = lengths
        .first()
        .copied()
        .filter(|first| lengths.iter().all(|l| l == first))
    else {
        return columns(outputs);
    };
    let row = |index: usize| {
        let cells = nested
            .iter()
            .map(|(name, value)| ((*name).clone(), value[index].clone()));
        Value::Object(cells.collect::<Map<_, _>>())
    };
    Value::Array((0..count).map(row).collect())
}
