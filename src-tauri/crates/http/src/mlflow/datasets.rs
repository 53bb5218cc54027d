//! `datasets/*`: evaluation datasets. Several fields are texts of JSON, as MLflow's messages have them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use domain::datasets::EvaluationDataset;
use domain::tracking::ExperimentId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use services::datasets::{self, NewDataset};
use services::{Context, SearchQuery};

use super::input::{Input, required};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Many, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

const PER_PAGE: i64 = 1000;

pub fn routes() -> Routes {
    Routes::of("datasets")
        .post("/datasets/create", Writes, create)
        .get("/datasets/search", Reads, search)
        .post("/datasets/search", Reads, search)
        .get("/datasets/{dataset_id}", Reads, by_id)
        .delete("/datasets/{dataset_id}", Writes, remove)
        .patch("/datasets/{dataset_id}/tags", Writes, set_tags)
        .delete("/datasets/{dataset_id}/tags/{key}", Writes, delete_tag)
        .get(
            "/datasets/{dataset_id}/experiment-ids",
            Reads,
            experiment_ids,
        )
        .post(
            "/datasets/{dataset_id}/add-experiments",
            Writes,
            add_experiments,
        )
        .post(
            "/datasets/{dataset_id}/remove-experiments",
            Writes,
            remove_experiments,
        )
}

#[derive(Debug, Serialize, JsonSchema)]
struct DatasetOut {
    dataset_id: String,
    name: String,
    /// An object in JSON.
    tags: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    digest: String,
    created_time: i64,
    last_update_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiment_ids: Vec<String>,
}

impl From<EvaluationDataset> for DatasetOut {
    fn from(dataset: EvaluationDataset) -> Self {
        let profile = json!({"num_records": dataset.record_count}).to_string();
        let ids = dataset.experiment_ids.into_iter();
        Self {
            dataset_id: dataset.id.as_str().to_owned(),
            name: dataset.name,
            tags: json!(dataset.tags).to_string(),
            schema: dataset.schema,
            profile: (dataset.record_count > 0).then_some(profile),
            digest: dataset.digest,
            created_time: dataset.created_at_ms,
            last_update_time: dataset.updated_at_ms,
            created_by: dataset.created_by,
            last_updated_by: dataset.updated_by,
            experiment_ids: ids.map(ExperimentId::into_string).collect(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneDataset {
    dataset: DatasetOut,
}

fn one(dataset: EvaluationDataset) -> Json<OneDataset> {
    Json(OneDataset {
        dataset: dataset.into(),
    })
}

/// Tags: a text of JSON, an object; what is null is left out, as MLflow does.
fn tags(text: &str) -> Result<BTreeMap<String, String>> {
    let wrong = |problem: String| ApiError::invalid(format!("tags is no JSON object: {problem}."));
    let tags: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let tags = tags.into_iter().filter_map(|(key, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((key, text)),
        other => Some((key, other.to_string())),
    });
    Ok(tags
        .map(|(key, value)| (key, value.replace('\0', "\u{FFFD}")))
        .collect())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    name: Option<Text>,
    #[serde(default)]
    experiment_ids: Many<Text>,
    tags: Option<Text>,
}

async fn create(
    State(ctx): State<Context>,
    Input(input): Input<CreateIn>,
) -> Result<Json<OneDataset>> {
    let given = input.tags.filter(|text| !text.0.is_empty());
    let new = NewDataset {
        name: required(input.name, "name")?.0,
        experiment_ids: input.experiment_ids.into_strings(),
        tags: given
            .map(|text| tags(&text.0))
            .transpose()?
            .unwrap_or_default(),
    };
    Ok(one(datasets::create_dataset(&ctx, &caller(), new).await?))
}

async fn by_id(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Json<OneDataset>> {
    Ok(one(datasets::dataset(&ctx, &id).await?))
}

async fn remove(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Done> {
    datasets::delete_dataset(&ctx, &caller(), &id).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchIn {
    #[serde(default)]
    experiment_ids: Many<Text>,
    filter_string: Option<Text>,
    max_results: Option<Int>,
    #[serde(default)]
    order_by: Many<Text>,
    page_token: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Datasets {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    datasets: Vec<DatasetOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(
    State(ctx): State<Context>,
    Input(input): Input<SearchIn>,
) -> Result<Json<Datasets>> {
    let query = SearchQuery {
        experiment_ids: input.experiment_ids.into_strings(),
        filter: input.filter_string.unwrap_or_default().0,
        order_by: input.order_by.into_strings(),
        max_results: input.max_results.map_or(PER_PAGE, |max| max.0),
        page_token: input.page_token.map(|text| text.0),
    };
    let page = datasets::search_datasets(&ctx, query).await?;
    Ok(Json(Datasets {
        datasets: page.items.into_iter().map(Into::into).collect(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TagsIn {
    tags: Option<Text>,
}

async fn set_tags(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<TagsIn>,
) -> Result<Json<OneDataset>> {
    let tags = tags(&required(input.tags, "tags")?.0)?;
    Ok(one(datasets::set_tags(&ctx, &id, tags).await?))
}

async fn delete_tag(
    State(ctx): State<Context>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Done> {
    datasets::delete_tag(&ctx, &id, &key).await?;
    Ok(done())
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExperimentIds {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiment_ids: Vec<String>,
}

async fn experiment_ids(
    State(ctx): State<Context>,
    Path(id): Path<String>,
) -> Result<Json<ExperimentIds>> {
    let dataset = datasets::dataset(&ctx, &id).await?;
    let experiment_ids = DatasetOut::from(dataset).experiment_ids;
    Ok(Json(ExperimentIds { experiment_ids }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ExperimentsIn {
    #[serde(default)]
    experiment_ids: Many<Text>,
}

async fn add_experiments(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<ExperimentsIn>,
) -> Result<Json<OneDataset>> {
    let ids = input.experiment_ids.into_strings();
    let moved = datasets::move_between_experiments(&ctx, &id, &ids, &[]).await?;
    Ok(one(moved))
}

async fn remove_experiments(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<ExperimentsIn>,
) -> Result<Json<OneDataset>> {
    let ids = input.experiment_ids.into_strings();
    let moved = datasets::move_between_experiments(&ctx, &id, &[], &ids).await?;
    Ok(one(moved))
}
