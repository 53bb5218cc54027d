//! `artifacts/list`, and the downloads by run and by version that clients without a proxy use.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use services::Context;
use services::artifacts;

use super::download::{Wanted, download};
use super::input::{Input, required};
use super::output::{Files, Page, files_of};
use super::table::Access::Reads;
use super::table::Routes;
use super::values::{Int, Text};
use crate::error::Result;

pub fn routes() -> Routes {
    Routes::of("artifacts").get("/artifacts/list", Reads, list)
}

/// The two downloads stand at the root, where MLflow's own pages look for them.
pub fn root_routes() -> Routes {
    Routes::of("artifacts")
        .get("/get-artifact", Reads, get_artifact)
        .get("/model-versions/get-artifact", Reads, get_version_artifact)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListIn {
    run_id: Option<Text>,
    run_uuid: Option<Text>,
    path: Option<Text>,
    /// Beyond MLflow: at most so many entries, and a token for those that follow.
    max_results: Option<Int>,
    page_token: Option<Text>,
}

async fn list(State(ctx): State<Context>, Input(input): Input<ListIn>) -> Result<Json<Files>> {
    let run_id = required(input.run_id.or(input.run_uuid), "run_id")?.0;
    let path = input.path.unwrap_or_default().0;
    let page = Page::asked(input.max_results, input.page_token)?;
    let (uri, root) = artifacts::run_root(&ctx, &run_id).await?;
    let entries = page.of(|after, limit| async move {
        Ok(artifacts::list_beneath(&ctx, root.as_ref(), &path, &after, limit).await?)
    });
    let (entries, next) = entries.await?;
    Ok(Json(files_of(Some(uri), entries).with_next(next)))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct GetIn {
    run_id: Option<Text>,
    run_uuid: Option<Text>,
    path: Option<Text>,
}

async fn get_artifact(
    State(ctx): State<Context>,
    wanted: Wanted,
    Input(input): Input<GetIn>,
) -> Result<Response> {
    let run_id = required(input.run_id.or(input.run_uuid), "run_id")?.0;
    let path = required(input.path, "path")?.0;
    let opened = artifacts::open_of_run(&ctx, &run_id, &path).await?;
    download(&opened, &wanted).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct GetVersionIn {
    name: Option<Text>,
    version: Option<Int>,
    path: Option<Text>,
}

async fn get_version_artifact(
    State(ctx): State<Context>,
    wanted: Wanted,
    Input(input): Input<GetVersionIn>,
) -> Result<Response> {
    let name = required(input.name, "name")?.0;
    let version = required(input.version, "version")?.0;
    let path = required(input.path, "path")?.0;
    let row = services::registry::get_version_row(&ctx, &name, version).await?;
    let uri = services::registry::download_uri(&row);
    let opened = artifacts::open_at(&ctx, &uri, &path).await?;
    download(&opened, &wanted).await
}
