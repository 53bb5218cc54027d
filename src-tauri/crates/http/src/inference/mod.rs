//! The ports of serving endpoints: the Open Inference Protocol under `/v2`, MLflow's scoring protocol at `/invocations`.

mod invocations;
mod v2;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use services::ServiceError;
use services::serving::{LiveEndpoint, OpenPort, PortOpener};
use tokio_util::sync::CancellationToken;

use crate::guard::{AllowedHosts, refuse_foreign};
use crate::{listen, port};

/// Where endpoints look for a port when they had none before.
const FIRST_PORT: u16 = 5101;
/// The most that one request may hold: about two million numbers as JSON.
const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Opens endpoints on loopback.
pub fn opener() -> Arc<dyn PortOpener> {
    Arc::new(Loopback)
}

struct Loopback;

impl PortOpener for Loopback {
    fn open(
        &self,
        endpoint: Arc<LiveEndpoint>,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = Result<OpenPort, ServiceError>> + Send>> {
        Box::pin(open(endpoint, port))
    }
}

async fn open(endpoint: Arc<LiveEndpoint>, port: u16) -> Result<OpenPort, ServiceError> {
    let wanted = if port == 0 { FIRST_PORT } else { port };
    let bound = port::bind(IpAddr::from([127, 0, 0, 1]), wanted)
        .await
        .map_err(ServiceError::io(format!(
            "cannot open a port for endpoint {}",
            endpoint.name
        )))?;
    let stop = CancellationToken::new();
    let allowed = AllowedHosts::new(bound.address, &[]);
    let app = router(endpoint).layer(middleware::from_fn_with_state(allowed, refuse_foreign));
    tokio::spawn(listen::serve(bound.listener, app, stop.clone()));
    Ok(OpenPort {
        address: bound.address,
        stop,
    })
}

/// Only predictions are measured: a health probe every second is no load.
fn router(endpoint: Arc<LiveEndpoint>) -> Router {
    let predictions = Router::new()
        .route("/invocations", post(invocations::score))
        .route("/v2/models/{model}/infer", post(v2::infer))
        .route(
            "/v2/models/{model}/versions/{version}/infer",
            post(v2::infer_version),
        )
        .layer(middleware::from_fn_with_state(
            Arc::clone(&endpoint),
            measure,
        ))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX));
    Router::new()
        .route("/ping", get(invocations::ping))
        .route("/health", get(invocations::ping))
        .route("/version", get(invocations::version))
        .route("/v2", get(v2::server))
        .route("/v2/health/live", get(v2::live))
        .route("/v2/health/ready", get(v2::live))
        .route("/v2/models/{model}", get(v2::model))
        .route("/v2/models/{model}/ready", get(v2::model_ready))
        .route(
            "/v2/models/{model}/versions/{version}",
            get(v2::model_version),
        )
        .route(
            "/v2/models/{model}/versions/{version}/ready",
            get(v2::model_version_ready),
        )
        .merge(predictions)
        .with_state(endpoint)
}

async fn measure(
    State(endpoint): State<Arc<LiveEndpoint>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let response = next.run(request).await;
    endpoint.log.record(
        endpoint.now_ms(),
        started.elapsed(),
        !response.status().is_success(),
    );
    response
}
