//! MLflow's REST API, as its clients of versions 2.10 and 3.17 use it.
//!
//! Every route answers under `/api` and `/ajax-api`. [`input`] reads what clients send in all its spellings, `wire`
//! modules say what goes out, and a handler extracts, calls a service, answers.

mod artifacts;
mod experiments;
mod input;
mod logged_models;
mod meta;
mod model_versions;
mod output;
mod proxy;
mod registered_models;
mod runs;
mod runs_wire;
mod values;

use axum::Router;
use axum::http::StatusCode;
use domain::audit::Actor;
use services::Context;

use crate::error::ApiError;

/// Every route of the API.
pub fn router(ctx: &Context) -> Router {
    let version_2 = Router::new()
        .merge(experiments::routes())
        .merge(runs::routes())
        .merge(logged_models::routes())
        .merge(registered_models::routes())
        .merge(model_versions::routes())
        .merge(artifacts::routes());
    let mut router = Router::new()
        .merge(meta::routes())
        .merge(artifacts::root_routes());
    for prefix in ["/api", "/ajax-api"] {
        router = router
            .nest(&format!("{prefix}/2.0/mlflow"), version_2.clone())
            .nest(&format!("{prefix}/2.0/mlflow-artifacts"), proxy::routes())
            .nest(&format!("{prefix}/3.0/mlflow"), meta::version_3_routes());
    }
    router
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(ctx.clone())
}

/// The wire carries no name; a server on loopback is called by programs of the account that runs it.
fn caller() -> Actor {
    Actor::this_user()
}

async fn unknown_route(request: axum::extract::Request) -> ApiError {
    let (method, path) = (request.method(), request.uri().path());
    ApiError::new(
        StatusCode::NOT_FOUND,
        "ENDPOINT_NOT_FOUND",
        format!("{method} {path} is not an endpoint of this server"),
    )
}

async fn wrong_method(request: axum::extract::Request) -> ApiError {
    let (method, path) = (request.method(), request.uri().path());
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "BAD_REQUEST",
        format!("{path} does not answer {method}"),
    )
}

/// What has nothing to say answers `{}`.
type Done = axum::Json<output::Empty>;

fn done() -> Done {
    axum::Json(output::Empty {})
}
