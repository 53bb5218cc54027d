//! The HTTP shell: MLflow's REST API, the artifact proxy, and the inference protocols of serving endpoints.
//!
//! A handler extracts, calls a service, answers. [`guard`] stands before every route; [`error`] turns service errors
//! into statuses in one place.

mod body;
pub mod control;
pub mod error;
pub mod guard;
pub mod inference;
mod listen;
pub mod mlflow;
mod otlp;
mod port;
mod refusals;
mod server;

use axum::Router;
use services::Context;

pub use server::{ListenOptions, RunningServer, start};

/// Every route of the tracking server.
pub fn router(ctx: &Context) -> Router {
    mlflow::router(ctx).merge(control::router(ctx))
}
