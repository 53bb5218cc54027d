//! MLflow's REST API, as its clients of versions 2.10 and 3.17 use it.
//!
//! Every route answers under `/api` and `/ajax-api`. [`input`] reads what clients send in all its spellings, `wire`
//! modules say what goes out, and a handler extracts, calls a service, answers. Each capability's module declares its
//! routes in a [`table::Routes`]; [`table()`] is all of them.

mod artifacts;
mod assessments;
pub mod compatibility;
mod dataset_records;
mod datasets;
mod download;
mod experiments;
mod input;
mod logged_models;
mod meta;
mod metrics;
mod model_versions;
mod multipart;
pub mod openapi;
mod output;
mod proxy;
mod registered_models;
mod runs;
mod runs_search;
mod runs_wire;
mod shape;
pub mod table;
mod times;
mod traces;
mod traces_wire;
mod values;
mod webhooks;

use axum::Router;
use axum::http::StatusCode;
use domain::audit::Actor;
use services::Context;

use table::{Root, Table};

use crate::error::ApiError;

/// Every route of the API, declared once.
pub fn table() -> Table {
    let mut table = Table::default()
        .with(Root::Plain, "", meta::routes())
        .with(Root::Plain, "", artifacts::root_routes())
        .with(Root::Plain, "", crate::otlp::routes())
        .with(Root::Twins, "/3.0/mlflow", meta::version_3_routes())
        .with(Root::Twins, "/3.0/mlflow", traces::routes())
        .with(Root::Twins, "/3.0/mlflow", assessments::routes())
        .with(Root::Twins, "/3.0/mlflow", datasets::routes())
        .with(Root::Twins, "/3.0/mlflow", dataset_records::routes())
        .with(Root::AjaxOnly, "/2.0/mlflow", logged_models::ajax_routes());
    for routes in [
        experiments::routes(),
        runs::routes(),
        metrics::routes(),
        logged_models::routes(),
        registered_models::routes(),
        model_versions::routes(),
        webhooks::routes(),
        traces::version_2_routes(),
        artifacts::routes(),
    ] {
        table = table.with(Root::Twins, "/2.0/mlflow", routes);
    }
    table
        .with(Root::AjaxOnly, "/2.0/mlflow", metrics::page_routes())
        .with(Root::Twins, "/2.0/mlflow-artifacts", proxy::routes())
        .with(Root::Twins, "/2.0/mlflow-artifacts", multipart::routes())
}

/// The router that answers them.
pub fn router(ctx: &Context) -> Router {
    table()
        .router()
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn(input::refuse_nul_in_path))
        .layer(axum::middleware::map_response(crate::error::worded))
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
