//! The Open Inference Protocol (KServe V2), REST with JSON tensors.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::{ElementType, Port, PortDim, PortKind, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use services::ServiceError;
use services::serving::{LiveEndpoint, Served, infer as run};

type Endpoint = State<Arc<LiveEndpoint>>;

#[derive(Deserialize)]
struct InferRequest {
    id: Option<String>,
    inputs: Vec<InputTensor>,
    /// Which outputs are wanted; all when it is absent.
    outputs: Option<Vec<WantedOutput>>,
}

#[derive(Deserialize)]
struct InputTensor {
    name: String,
    shape: Vec<usize>,
    datatype: String,
    data: Value,
}

#[derive(Deserialize)]
struct WantedOutput {
    name: String,
}

#[derive(Serialize)]
struct OutputTensor {
    name: String,
    shape: Vec<usize>,
    datatype: &'static str,
    data: Value,
}

/// `{"error": ...}`, the protocol's one error shape.
pub struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        let status = match &error {
            ServiceError::Invalid { .. } => StatusCode::BAD_REQUEST,
            ServiceError::NotFound { .. } => StatusCode::NOT_FOUND,
            ServiceError::Unavailable { .. } | ServiceError::State { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

pub async fn server() -> Json<Value> {
    Json(json!({ "name": "drydock", "version": env!("CARGO_PKG_VERSION"), "extensions": [] }))
}

pub async fn live() -> Json<Value> {
    Json(json!({ "live": true, "ready": true }))
}

pub async fn model(
    State(endpoint): Endpoint,
    Path(model): Path<String>,
) -> Result<Json<Value>, Refusal> {
    describe(&*named(&endpoint, &model, None)?)
}

pub async fn model_version(
    State(endpoint): Endpoint,
    Path((model, version)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    describe(&*named(&endpoint, &model, Some(&version))?)
}

pub async fn model_ready(
    State(endpoint): Endpoint,
    Path(model): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let served = named(&endpoint, &model, None)?;
    Ok(Json(json!({ "name": served.model_name, "ready": true })))
}

pub async fn model_version_ready(
    State(endpoint): Endpoint,
    Path((model, version)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let served = named(&endpoint, &model, Some(&version))?;
    Ok(Json(json!({ "name": served.model_name, "ready": true })))
}

pub async fn infer(
    State(endpoint): Endpoint,
    Path(model): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    predict(named(&endpoint, &model, None)?, &body).await
}

pub async fn infer_version(
    State(endpoint): Endpoint,
    Path((model, version)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    predict(named(&endpoint, &model, Some(&version))?, &body).await
}

/// What is served now, if that is what was asked for: a caller that pins a version never gets another.
fn named(
    endpoint: &LiveEndpoint,
    model: &str,
    version: Option<&str>,
) -> Result<Arc<Served>, Refusal> {
    let served = endpoint.served();
    let version_fits = version.is_none_or(|v| v == served.version.to_string());
    if served.model_name == model && version_fits {
        return Ok(served);
    }
    let asked = version.map_or_else(|| model.to_owned(), |v| format!("{model} version {v}"));
    Err(Refusal(
        StatusCode::NOT_FOUND,
        format!(
            "this endpoint serves {} version {}, not {asked}",
            served.model_name, served.version
        ),
    ))
}

fn describe(served: &Served) -> Result<Json<Value>, Refusal> {
    let signature = served.model.signature();
    Ok(Json(json!({
        "name": served.model_name,
        "versions": [served.version.to_string()],
        "platform": "onnxruntime_onnx",
        "inputs": signature.inputs.iter().map(describe_port).collect::<Vec<_>>(),
        "outputs": signature.outputs.iter().map(describe_port).collect::<Vec<_>>(),
    })))
}

/// An open dim is -1, as the protocol says.
fn describe_port(port: &Port) -> Value {
    match &port.kind {
        PortKind::Tensor { element, dims } => {
            let size = |dim: &PortDim| match dim {
                PortDim::Fixed(size) => i64::try_from(*size).unwrap_or(i64::MAX),
                PortDim::Open(_) => -1,
            };
            let shape: Vec<i64> = dims.iter().map(size).collect();
            json!({ "name": port.name, "datatype": element.datatype(), "shape": shape })
        }
        // A map from class to score is answered as one column a class.
        PortKind::ClassScores => json!({ "name": port.name, "datatype": "FP32", "shape": [-1] }),
        PortKind::Other(kind) => json!({ "name": port.name, "datatype": kind, "shape": [] }),
    }
}

async fn predict(served: Arc<Served>, body: &[u8]) -> Result<Json<Value>, Refusal> {
    let bad = |message: String| Refusal(StatusCode::BAD_REQUEST, message);
    let request: InferRequest = serde_json::from_slice(body)
        .map_err(|e| bad(format!("the request is not an inference request: {e}")))?;
    let mut inputs = Vec::with_capacity(request.inputs.len());
    for input in request.inputs {
        let element = ElementType::from_datatype(&input.datatype).ok_or_else(|| {
            bad(format!(
                "input '{}': unknown datatype '{}'",
                input.name, input.datatype
            ))
        })?;
        let tensor = Tensor::from_json(element, &input.shape, &input.data)
            .map_err(|e| bad(format!("input '{}': {e}", input.name)))?;
        inputs.push((input.name, tensor));
    }
    let outputs = run(&served, inputs).await?;
    let wanted = request.outputs.unwrap_or_default();
    if let Some(unknown) = wanted
        .iter()
        .find(|w| !outputs.iter().any(|(name, _)| *name == w.name))
    {
        return Err(bad(format!("the model has no output '{}'", unknown.name)));
    }
    let outputs: Vec<OutputTensor> = outputs
        .into_iter()
        .filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w.name == *name))
        .map(|(name, tensor)| OutputTensor {
            name,
            shape: tensor.shape().to_vec(),
            datatype: tensor.element_type().datatype(),
            data: tensor.to_json_flat(),
        })
        .collect();
    Ok(Json(json!({
        "id": request.id,
        "model_name": served.model_name,
        "model_version": served.version.to_string(),
        "outputs": outputs,
    })))
}
