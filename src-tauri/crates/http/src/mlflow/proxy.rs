//! `mlflow-artifacts/*`: the bytes of artifacts, streamed both ways.

use axum::Json;
use axum::body::{Body, HttpBody as _};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use services::Context;
use services::artifacts;

use super::download::{Wanted, download};
use super::input::Input;
use super::output::{Files, Page, files_of};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("artifacts")
        .get("/artifacts", Reads, list)
        .get("/artifacts/{*path}", Reads, read)
        .put("/artifacts/{*path}", Writes, write)
        .delete("/artifacts/{*path}", Writes, delete)
}

pub(super) type Given = Result<Path<String>, PathRejection>;

pub(super) fn given(path: Given) -> Result<String, ApiError> {
    path.map(|Path(path)| path)
        .map_err(|_| ApiError::invalid("Invalid artifact path: it is not valid UTF-8.").suspect())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListIn {
    path: Option<Text>,
    /// Beyond MLflow: at most so many entries, and a token for those that follow.
    max_results: Option<Int>,
    page_token: Option<Text>,
}

async fn list(State(ctx): State<Context>, Input(input): Input<ListIn>) -> Result<Json<Files>> {
    let folder = input.path.unwrap_or_default().0;
    let page = Page::asked(input.max_results, input.page_token)?;
    let entries = page.of(|after, limit| async move {
        Ok(artifacts::list_page(&ctx, &folder, &after, limit).await?)
    });
    let (entries, next) = entries.await?;
    Ok(Json(files_of(None, entries).with_next(next)))
}

async fn read(State(ctx): State<Context>, path: Given, wanted: Wanted) -> Result<Response> {
    let opened = artifacts::open(&ctx, &given(path)?).await?;
    download(&opened, &wanted).await
}

async fn write(State(ctx): State<Context>, path: Given, body: Body) -> Result<Done> {
    // The Content-Length, where the client gave one.
    let announced = body.size_hint().exact();
    let bytes = body.into_data_stream();
    artifacts::upload_announced(&ctx, &given(path)?, announced, bytes).await?;
    Ok(done())
}

async fn delete(State(ctx): State<Context>, path: Given) -> Result<Done> {
    artifacts::discard(&ctx, &caller(), &given(path)?).await?;
    Ok(done())
}
