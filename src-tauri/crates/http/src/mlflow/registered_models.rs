//! `registered-models/*`

use axum::Json;
use axum::extract::State;
use domain::registry::Stage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::registry::{self, ModelView};
use services::{Context, SearchQuery};

use super::experiments::{TagIn, pairs};
use super::input::{Input, required};
use super::model_versions::{OneVersion, VersionOut, newest_by_stage};
use super::output::{Label, labels};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Many, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("registered models")
        .post("/registered-models/create", Writes, create)
        .get("/registered-models/get", Reads, by_name)
        .get("/registered-models/search", Reads, search)
        .patch("/registered-models/update", Writes, update)
        .post("/registered-models/rename", Writes, rename)
        .delete("/registered-models/delete", Writes, delete)
        .get("/registered-models/get-latest-versions", Reads, latest)
        .post("/registered-models/get-latest-versions", Reads, latest)
        .post("/registered-models/set-tag", Writes, set_tag)
        .delete("/registered-models/delete-tag", Writes, delete_tag)
        .get("/registered-models/alias", Reads, by_alias)
        .post("/registered-models/alias", Writes, set_alias)
        .delete("/registered-models/alias", Writes, delete_alias)
}

#[derive(Debug, Serialize, JsonSchema)]
struct AliasOut {
    alias: String,
    version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ModelOut {
    name: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latest_versions: Vec<VersionOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<AliasOut>,
}

impl From<ModelView> for ModelOut {
    fn from(view: ModelView) -> Self {
        let alias = |alias: registry::Alias| AliasOut {
            alias: alias.alias,
            version: alias.version.to_string(),
        };
        Self {
            name: view.row.name,
            creation_timestamp: view.row.created_at_ms,
            last_updated_timestamp: view.row.updated_at_ms,
            description: view.row.description,
            latest_versions: newest_by_stage(view.versions)
                .into_iter()
                .map(VersionOut::from)
                .collect(),
            tags: labels(view.tags),
            aliases: view.aliases.into_iter().map(alias).collect(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneModel {
    registered_model: ModelOut,
}

async fn one(ctx: &Context, name: &str) -> Result<Json<OneModel>> {
    let registered_model = registry::model_view(ctx, name).await?.into();
    Ok(Json(OneModel { registered_model }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    name: Option<Text>,
    description: Option<Text>,
    #[serde(default)]
    tags: Many<TagIn>,
}

async fn create(
    State(ctx): State<Context>,
    Input(input): Input<CreateIn>,
) -> Result<Json<OneModel>> {
    let name = input.name.unwrap_or_default().0;
    let description = input.description.unwrap_or_default().0;
    registry::create_model(&ctx, &caller(), &name, &description, &pairs(input.tags)?).await?;
    one(&ctx, &name).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NameIn {
    name: Option<Text>,
}

async fn by_name(
    State(ctx): State<Context>,
    Input(input): Input<NameIn>,
) -> Result<Json<OneModel>> {
    one(&ctx, &required(input.name, "name")?.0).await
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
struct Models {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registered_models: Vec<ModelOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(ctx): State<Context>, Input(input): Input<SearchIn>) -> Result<Json<Models>> {
    let query = SearchQuery {
        filter: input.filter.unwrap_or_default().0,
        order_by: input.order_by.into_strings(),
        max_results: input.max_results.unwrap_or(Int(100)).0,
        page_token: input.page_token.map(|text| text.0),
        ..SearchQuery::default()
    };
    let page = registry::search_models(&ctx, query).await?;
    Ok(Json(Models {
        registered_models: page.items.into_iter().map(ModelOut::from).collect(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateIn {
    name: Option<Text>,
    description: Option<Text>,
}

async fn update(
    State(ctx): State<Context>,
    Input(input): Input<UpdateIn>,
) -> Result<Json<OneModel>> {
    let name = required(input.name, "name")?.0;
    registry::update_model(
        &ctx,
        &caller(),
        &name,
        &input.description.unwrap_or_default().0,
    )
    .await?;
    one(&ctx, &name).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RenameIn {
    name: Option<Text>,
    new_name: Option<Text>,
}

async fn rename(
    State(ctx): State<Context>,
    Input(input): Input<RenameIn>,
) -> Result<Json<OneModel>> {
    let name = required(input.name, "name")?.0;
    let to = required(input.new_name, "new_name")?.0;
    registry::rename_model(&ctx, &caller(), &name, &to).await?;
    one(&ctx, &to).await
}

async fn delete(State(ctx): State<Context>, Input(input): Input<NameIn>) -> Result<Done> {
    registry::delete_model(&ctx, &caller(), &required(input.name, "name")?.0).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct LatestIn {
    name: Option<Text>,
    #[serde(default)]
    stages: Many<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Latest {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_versions: Vec<VersionOut>,
}

async fn latest(State(ctx): State<Context>, Input(input): Input<LatestIn>) -> Result<Json<Latest>> {
    let stage = |text: Text| {
        text.0
            .parse::<Stage>()
            .map_err(|error| ApiError::invalid(error.to_string()))
    };
    let stages = input
        .stages
        .0
        .into_iter()
        .map(stage)
        .collect::<Result<Vec<_>>>()?;
    let versions =
        registry::latest_versions(&ctx, &required(input.name, "name")?.0, &stages).await?;
    Ok(Json(Latest {
        model_versions: versions.into_iter().map(VersionOut::from).collect(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SetTagIn {
    name: Option<Text>,
    #[serde(flatten)]
    tag: TagIn,
}

async fn set_tag(State(ctx): State<Context>, Input(input): Input<SetTagIn>) -> Result<Done> {
    let tag = input.tag.read()?;
    let name = required(input.name, "name")?.0;
    registry::set_model_tag(&ctx, &caller(), &name, &tag.key, &tag.value).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteTagIn {
    name: Option<Text>,
    key: Option<Text>,
}

async fn delete_tag(State(ctx): State<Context>, Input(input): Input<DeleteTagIn>) -> Result<Done> {
    let key = required(input.key, "key")?.0;
    let name = required(input.name, "name")?.0;
    registry::delete_model_tag(&ctx, &caller(), &name, &key).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AliasIn {
    name: Option<Text>,
    alias: Option<Text>,
    version: Option<Int>,
}

async fn by_alias(
    State(ctx): State<Context>,
    Input(input): Input<AliasIn>,
) -> Result<Json<OneVersion>> {
    let name = required(input.name, "name")?.0;
    let row = registry::version_by_alias(&ctx, &name, &required(input.alias, "alias")?.0).await?;
    OneVersion::read(&ctx, row).await
}

async fn set_alias(State(ctx): State<Context>, Input(input): Input<AliasIn>) -> Result<Done> {
    let name = required(input.name, "name")?.0;
    let alias = required(input.alias, "alias")?.0;
    let version = required(input.version, "version")?.0;
    registry::set_alias(&ctx, &caller(), &name, &alias, version).await?;
    Ok(done())
}

async fn delete_alias(State(ctx): State<Context>, Input(input): Input<AliasIn>) -> Result<Done> {
    let name = required(input.name, "name")?.0;
    registry::delete_alias(&ctx, &caller(), &name, &required(input.alias, "alias")?.0).await?;
    Ok(done())
}
