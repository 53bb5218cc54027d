//! How another program of the same user asks the host of a workspace to act: `drydock deploy` while the app is open.
//!
//! A token that lies in the workspace folder (readable by its owner only) proves the caller. Answers are lines of JSON:
//! steps as they happen, then one `result` or `error`.

use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use domain::audit::Actor;
use engine::CancelToken;
use serde::{Deserialize, Serialize};
use services::deployment::{
    DeployInput, DeployOutcome, DeployStep, Endpoint, EndpointInput, Watch, deploy_to_staging,
    rollback_endpoint, start_endpoint, stop_endpoint,
};
use services::gates::Hands;
use services::{Context, ServiceError};
use tokio::sync::mpsc;

use crate::error::ApiError;

/// The header that carries the token.
pub const TOKEN_HEADER: &str = "x-drydock-token";

/// One line of a streamed answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    Step(DeployStep),
    Result(Box<DeployOutcome>),
    Error { kind: String, message: String },
}

/// This process's token, made at its first use.
pub fn token() -> &'static str {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN.get_or_init(|| {
        format!(
            "{}{}",
            uuid::Uuid::new_v4().simple(),
            uuid::Uuid::new_v4().simple()
        )
    })
}

pub fn router(ctx: &Context) -> Router {
    Router::new()
        .route("/api/drydock/v1/deploy", post(deploy))
        .route("/api/drydock/v1/changed", post(changed))
        .route("/api/drydock/v1/endpoints/rollback", post(rollback))
        .route("/api/drydock/v1/endpoints/stop", post(stop))
        .route("/api/drydock/v1/endpoints/start", post(start))
        .layer(middleware::from_fn(require_token))
        .with_state(ctx.clone())
}

async fn require_token(request: Request, next: Next) -> Response {
    let shown = request
        .headers()
        .get(TOKEN_HEADER)
        .map(HeaderValue::as_bytes);
    if shown == Some(token().as_bytes()) {
        next.run(request).await
    } else {
        let message = format!("this route needs the workspace's token in {TOKEN_HEADER}");
        ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message).into_response()
    }
}

/// Another process has written into this workspace: `drydock import` or `drydock gc` beside the app. Its windows read
/// again.
async fn changed(State(ctx): State<Context>) -> StatusCode {
    use services::ChangeKind::{Experiments, Models, Runs, Traces};
    ctx.publish([Experiments, Runs, Models, Traces].map(services::ChangeKind::any));
    StatusCode::NO_CONTENT
}

async fn deploy(State(ctx): State<Context>, Json(input): Json<DeployInput>) -> Response {
    let (lines, mut received) = mpsc::unbounded_channel::<Line>();
    tokio::spawn(async move {
        let (hands, cancel) = (Hands::of_this_program(), CancelToken::default());
        let progress = |step: DeployStep| {
            // A caller that hung up has stopped the deployment.
            if lines.send(Line::Step(step)).is_err() {
                cancel.cancel();
            }
        };
        let watch = Watch {
            progress: &progress,
            cancel: &cancel,
        };
        let last = match deploy_to_staging(&ctx, &hands, &Actor::this_user(), input, watch).await {
            Ok(outcome) => Line::Result(Box::new(outcome)),
            Err(error) => Line::Error {
                kind: error.kind().to_owned(),
                message: error.to_string(),
            },
        };
        let _ = lines.send(last);
    });
    let stream = futures_util::stream::poll_fn(move |cx| {
        received.poll_recv(cx).map(|line| line.as_ref().map(encode))
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(stream),
    )
        .into_response()
}

fn encode(line: &Line) -> Result<Bytes, std::convert::Infallible> {
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    Ok(Bytes::from(text))
}

async fn rollback(
    State(ctx): State<Context>,
    Json(input): Json<EndpointInput>,
) -> Result<Json<Endpoint>, ApiError> {
    answer(rollback_endpoint(&ctx, &Actor::this_user(), input).await)
}

async fn stop(
    State(ctx): State<Context>,
    Json(input): Json<EndpointInput>,
) -> Result<Json<Endpoint>, ApiError> {
    answer(stop_endpoint(&ctx, &Actor::this_user(), input).await)
}

async fn start(
    State(ctx): State<Context>,
    Json(input): Json<EndpointInput>,
) -> Result<Json<Endpoint>, ApiError> {
    answer(start_endpoint(&ctx, &Actor::this_user(), input).await)
}

fn answer(result: Result<Endpoint, ServiceError>) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(result?))
}
