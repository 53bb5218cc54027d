//! `model-versions/*`

use axum::Json;
use axum::extract::State;
use domain::registry::Stage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::registry::{self, CreateVersion, Transition, VersionRow, VersionView};
use services::{Context, SearchQuery};

use super::experiments::{TagIn, pairs};
use super::input::{Input, required};
use super::output::{Label, labels};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Flag, Int, Many, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("model versions")
        .post("/model-versions/create", Writes, create)
        .get("/model-versions/get", Reads, by_number)
        .get("/model-versions/search", Reads, search)
        .patch("/model-versions/update", Writes, update)
        .delete("/model-versions/delete", Writes, delete)
        .post("/model-versions/transition-stage", Writes, transition)
        .get("/model-versions/get-download-uri", Reads, download_uri)
        .post("/model-versions/set-tag", Writes, set_tag)
        .delete("/model-versions/delete-tag", Writes, delete_tag)
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct VersionOut {
    name: String,
    version: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_id: String,
    current_stage: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    status_message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
    #[serde(skip_serializing_if = "String::is_empty")]
    run_link: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
}

impl From<VersionView> for VersionOut {
    fn from(view: VersionView) -> Self {
        let row = view.row;
        Self {
            name: row.name,
            version: row.version.to_string(),
            creation_timestamp: row.created_at_ms,
            last_updated_timestamp: row.updated_at_ms,
            user_id: row.user_id,
            current_stage: row.stage.0.as_str(),
            description: row.description,
            source: row.source,
            run_id: row.run_id,
            status: row.status,
            status_message: row.status_message,
            tags: labels(view.tags),
            run_link: row.run_link,
            aliases: view.aliases,
            model_id: row.model_id,
        }
    }
}

/// The newest version of each stage, from versions that come newest first.
pub fn newest_by_stage(versions: Vec<VersionView>) -> Vec<VersionView> {
    let mut newest: Vec<VersionView> = Vec::new();
    for view in versions {
        if !newest
            .iter()
            .any(|seen| seen.row.stage.0 == view.row.stage.0)
        {
            newest.push(view);
        }
    }
    newest
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct OneVersion {
    model_version: VersionOut,
}

impl OneVersion {
    pub async fn read(ctx: &Context, row: VersionRow) -> Result<Json<Self>> {
        let view = registry::version_view(ctx, row).await?;
        Ok(Json(Self {
            model_version: view.into(),
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    name: Option<Text>,
    source: Option<Text>,
    run_id: Option<Text>,
    run_link: Option<Text>,
    description: Option<Text>,
    model_id: Option<Text>,
    #[serde(default)]
    tags: Many<TagIn>,
}

async fn create(
    State(ctx): State<Context>,
    Input(input): Input<CreateIn>,
) -> Result<Json<OneVersion>> {
    let given = |text: Option<Text>| text.map(|text| text.0).filter(|text| !text.is_empty());
    let new = CreateVersion {
        name: required(input.name, "name")?.0,
        source: required(input.source, "source")?.0,
        run_id: given(input.run_id),
        run_link: input.run_link.unwrap_or_default().0,
        model_id: given(input.model_id),
        description: input.description.unwrap_or_default().0,
        tags: pairs(input.tags)?,
    };
    let view = registry::create_version(&ctx, &caller(), new).await?;
    Ok(Json(OneVersion {
        model_version: view.into(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct VersionRef {
    name: Option<Text>,
    version: Option<Int>,
}

impl VersionRef {
    fn read(self) -> Result<(String, i64), ApiError> {
        Ok((
            required(self.name, "name")?.0,
            required(self.version, "version")?.0,
        ))
    }
}

async fn by_number(
    State(ctx): State<Context>,
    Input(input): Input<VersionRef>,
) -> Result<Json<OneVersion>> {
    let (name, version) = input.read()?;
    let row = registry::get_version_row(&ctx, &name, version).await?;
    OneVersion::read(&ctx, row).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchIn {
    filter: Option<Text>,
    max_results: Option<Int>,
    #[serde(default)]
    order_by: Many<Text>,
    page_token: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Versions {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_versions: Vec<VersionOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(
    State(ctx): State<Context>,
    Input(input): Input<SearchIn>,
) -> Result<Json<Versions>> {
    if input.max_results == Some(Int(0)) {
        return Err(ApiError::invalid(
            "Invalid value for max_results. It must be a positive integer, but got 0",
        ));
    }
    let query = SearchQuery {
        filter: input.filter.unwrap_or_default().0,
        order_by: input.order_by.into_strings(),
        max_results: input.max_results.unwrap_or(Int(10_000)).0,
        page_token: input.page_token.map(|text| text.0),
        ..SearchQuery::default()
    };
    let page = registry::search_versions(&ctx, query).await?;
    Ok(Json(Versions {
        model_versions: page.items.into_iter().map(VersionOut::from).collect(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateIn {
    #[serde(flatten)]
    of: VersionRef,
    description: Option<Text>,
}

async fn update(
    State(ctx): State<Context>,
    Input(input): Input<UpdateIn>,
) -> Result<Json<OneVersion>> {
    let (name, version) = input.of.read()?;
    let description = input.description.unwrap_or_default().0;
    let row = registry::update_version(&ctx, &caller(), &name, version, &description).await?;
    OneVersion::read(&ctx, row).await
}

async fn delete(State(ctx): State<Context>, Input(input): Input<VersionRef>) -> Result<Done> {
    let (name, version) = input.read()?;
    registry::delete_version(&ctx, &caller(), &name, version).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TransitionIn {
    #[serde(flatten)]
    of: VersionRef,
    stage: Option<Text>,
    archive_existing_versions: Option<Flag>,
}

async fn transition(
    State(ctx): State<Context>,
    Input(input): Input<TransitionIn>,
) -> Result<Json<OneVersion>> {
    let (name, version) = input.of.read()?;
    let stage = required(input.stage, "stage")?.0;
    let asked = Transition {
        name: &name,
        version,
        to: stage
            .parse::<Stage>()
            .map_err(|error| ApiError::invalid(error.to_string()))?,
        reason: "by an MLflow client",
        make_room: input.archive_existing_versions.unwrap_or_default().0,
    };
    let row = registry::transition(&ctx, &caller(), asked).await?;
    OneVersion::read(&ctx, row).await
}

#[derive(Debug, Serialize, JsonSchema)]
struct DownloadUri {
    artifact_uri: String,
}

async fn download_uri(
    State(ctx): State<Context>,
    Input(input): Input<VersionRef>,
) -> Result<Json<DownloadUri>> {
    let (name, version) = input.read()?;
    let row = registry::get_version_row(&ctx, &name, version).await?;
    Ok(Json(DownloadUri {
        artifact_uri: registry::download_uri(&row),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SetTagIn {
    #[serde(flatten)]
    of: VersionRef,
    #[serde(flatten)]
    tag: TagIn,
}

async fn set_tag(State(ctx): State<Context>, Input(input): Input<SetTagIn>) -> Result<Done> {
    let (name, version) = input.of.read()?;
    let tag = input.tag.read()?;
    registry::set_version_tag(&ctx, &caller(), &name, version, &tag.key, &tag.value).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteTagIn {
    #[serde(flatten)]
    of: VersionRef,
    key: Option<Text>,
}

async fn delete_tag(State(ctx): State<Context>, Input(input): Input<DeleteTagIn>) -> Result<Done> {
    let (name, version) = input.of.read()?;
    let key = required(input.key, "key")?.0;
    registry::delete_version_tag(&ctx, &caller(), &name, version, &key).await?;
    Ok(done())
}
