//! What a client asks of the server itself.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use services::Context;

use super::table::Access::Reads;
use super::table::Routes;

/// The version of MLflow's API that this server speaks; clients decide by it what they may call.
const API_VERSION: &str = "3.17.2";

pub fn routes() -> Routes {
    Routes::of("server")
        .get("/health", Reads, health)
        .get("/version", Reads, version)
}

pub fn version_3_routes() -> Routes {
    Routes::of("server").get("/server-info", Reads, server_info)
}

async fn version() -> &'static str {
    API_VERSION
}

/// `OK` only when the database answers.
async fn health(State(ctx): State<Context>) -> crate::error::Result<&'static str> {
    ctx.ping().await?;
    Ok("OK")
}

#[derive(Debug, Serialize, JsonSchema)]
struct ServerInfo {
    store_type: &'static str,
    workspaces_enabled: bool,
    trace_archival_enabled: bool,
    multipart_uploads_enabled: bool,
    multipart_downloads_enabled: bool,
    presigned_upload_run_id_supported: bool,
    presigned_upload_model_id_supported: bool,
}

async fn server_info(State(ctx): State<Context>) -> Json<ServerInfo> {
    let beside_us = ctx.artifacts.is_s3();
    Json(ServerInfo {
        store_type: "SqlStore",
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: beside_us,
        multipart_downloads_enabled: beside_us,
        presigned_upload_run_id_supported: false,
        presigned_upload_model_id_supported: false,
    })
}
