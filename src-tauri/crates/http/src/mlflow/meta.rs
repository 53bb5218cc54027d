//! What a client asks of the server itself.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use services::Context;

/// The version of MLflow's API that this server speaks; clients decide by it what they may call.
const API_VERSION: &str = "3.17.2";

pub fn routes() -> Router<Context> {
    Router::new()
        .route("/health", get(health))
        .route("/version", get(version))
}

pub fn version_3_routes() -> Router<Context> {
    Router::new().route("/server-info", get(server_info))
}

async fn version() -> &'static str {
    API_VERSION
}

/// `OK` only when the database answers.
async fn health(State(ctx): State<Context>) -> crate::error::Result<&'static str> {
    services::tracking::experiment(&ctx, "0")
        .await
        .map(|_| "OK")
        .map_err(Into::into)
}

#[derive(Debug, Serialize)]
struct ServerInfo {
    store_type: &'static str,
    workspaces_enabled: bool,
    trace_archival_enabled: bool,
    multipart_uploads_enabled: bool,
    multipart_downloads_enabled: bool,
    presigned_upload_run_id_supported: bool,
    presigned_upload_model_id_supported: bool,
}

async fn server_info() -> Json<ServerInfo> {
    Json(ServerInfo {
        store_type: "SqlStore",
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
        presigned_upload_run_id_supported: false,
        presigned_upload_model_id_supported: false,
    })
}
