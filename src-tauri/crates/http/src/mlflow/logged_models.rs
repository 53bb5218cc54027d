//! `logged-models/*`, which clients of version 3 use.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::search::OnDataset;
use domain::tracking::{LoggedModel, LoggedModelMetric, LoggedModelStatus, Param, RunId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::tracking::{self, ModelQuery, NewLoggedModel};
use services::{Context, SearchQuery};

use super::download::{Wanted, download};
use super::experiments::{TagIn, tags};
use super::input::{Input, required};
use super::output::{Files, Label, double, files_of, labels};

use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Flag, Int, Many, Text};
use super::{Done, done};
use crate::error::{ApiError, Result};

/// What MLflow answers only to its own pages.
pub fn ajax_routes() -> Routes {
    Routes::of("logged models").get("/logged-models/{id}/artifacts/files", Reads, read_file)
}

pub fn routes() -> Routes {
    Routes::of("logged models")
        .post("/logged-models", Writes, create)
        .post("/logged-models/search", Reads, search)
        .get("/logged-models/{id}", Reads, by_id)
        .patch("/logged-models/{id}", Writes, finish)
        .delete("/logged-models/{id}", Writes, remove)
        .post("/logged-models/{id}/params", Writes, log_params)
        .patch("/logged-models/{id}/tags", Writes, set_tags)
        .delete("/logged-models/{id}/tags/{key}", Writes, delete_tag)
        .get(
            "/logged-models/{id}/artifacts/directories",
            Reads,
            list_artifacts,
        )
}

#[derive(Debug, Serialize, JsonSchema)]
struct InfoOut {
    model_id: String,
    experiment_id: String,
    name: String,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MetricOut {
    key: String,
    #[serde(serialize_with = "double")]
    #[schemars(with = "super::values::Double")]
    value: f64,
    timestamp: i64,
    step: i64,
    model_id: String,
    run_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_digest: Option<String>,
}

impl MetricOut {
    fn new(model_id: &str, metric: LoggedModelMetric) -> Self {
        let (dataset_name, dataset_digest) = metric.dataset.unzip();
        Self {
            key: metric.key,
            value: metric.point.value,
            timestamp: metric.point.timestamp_ms,
            step: metric.point.step,
            model_id: model_id.to_owned(),
            run_id: metric.run_id.into_string(),
            dataset_name,
            dataset_digest,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct DataOut {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Label>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricOut>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ModelOut {
    info: InfoOut,
    data: DataOut,
}

impl From<LoggedModel> for ModelOut {
    fn from(model: LoggedModel) -> Self {
        let metrics = model
            .metrics
            .into_iter()
            .map(|metric| MetricOut::new(model.id.as_str(), metric))
            .collect();
        Self {
            data: DataOut {
                params: labels(model.params),
                metrics,
            },
            info: InfoOut {
                model_id: model.id.into_string(),
                experiment_id: model.experiment_id.into_string(),
                name: model.name,
                creation_timestamp_ms: model.created_at_ms,
                last_updated_timestamp_ms: model.updated_at_ms,
                artifact_uri: model.artifact_uri,
                status: model.status.as_str(),
                model_type: model.model_type,
                source_run_id: model.source_run_id.map(RunId::into_string),
                status_message: model.status_message,
                tags: labels(model.tags),
            },
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneModel {
    model: ModelOut,
}

fn one(model: LoggedModel) -> Json<OneModel> {
    Json(OneModel {
        model: model.into(),
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    experiment_id: Option<Text>,
    name: Option<Text>,
    model_type: Option<Text>,
    source_run_id: Option<Text>,
    #[serde(default)]
    params: Many<TagIn>,
    #[serde(default)]
    tags: Many<TagIn>,
}

fn params(given: Many<TagIn>) -> Result<Vec<Param>, ApiError> {
    let pairs = tags(given)?;
    Ok(pairs
        .into_iter()
        .map(|pair| Param {
            key: pair.key,
            value: pair.value,
        })
        .collect())
}

async fn create(
    State(ctx): State<Context>,
    Input(input): Input<CreateIn>,
) -> Result<Json<OneModel>> {
    let new = NewLoggedModel {
        experiment_id: required(input.experiment_id, "experiment_id")?.0,
        name: input.name.map(|text| text.0),
        model_type: input.model_type.map(|text| text.0),
        source_run_id: input.source_run_id.map(|text| text.0),
        params: params(input.params)?,
        tags: tags(input.tags)?,
    };
    Ok(one(tracking::create_logged_model(&ctx, new).await?))
}

async fn by_id(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Json<OneModel>> {
    Ok(one(tracking::logged_model(&ctx, &id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct FinishIn {
    status: Option<Text>,
}

fn status(text: &str) -> Result<LoggedModelStatus, ApiError> {
    match text {
        // The numbers of the protobuf enumeration.
        "1" => Ok(LoggedModelStatus::Pending),
        "2" => Ok(LoggedModelStatus::Ready),
        "3" => Ok(LoggedModelStatus::UploadFailed),
        word => word
            .parse()
            .map_err(|error| ApiError::invalid(format!("Invalid model status: {error}."))),
    }
}

async fn finish(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<FinishIn>,
) -> Result<Json<OneModel>> {
    let status = status(&required(input.status, "status")?.0)?;
    Ok(one(tracking::finish_logged_model(&ctx, &id, status).await?))
}

async fn remove(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Done> {
    tracking::delete_logged_model(&ctx, &id).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ParamsIn {
    #[serde(default)]
    params: Many<TagIn>,
}

async fn log_params(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<ParamsIn>,
) -> Result<Done> {
    tracking::log_logged_model_params(&ctx, &id, params(input.params)?).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TagsIn {
    #[serde(default)]
    tags: Many<TagIn>,
}

async fn set_tags(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<TagsIn>,
) -> Result<Json<OneModel>> {
    Ok(one(tracking::set_logged_model_tags(
        &ctx,
        &id,
        tags(input.tags)?,
    )
    .await?))
}

async fn delete_tag(
    State(ctx): State<Context>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Done> {
    tracking::delete_logged_model_tag(&ctx, &id, &key).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OrderIn {
    field_name: Option<Text>,
    ascending: Option<Flag>,
    /// Metrics count as they were measured on this dataset.
    dataset_name: Option<Text>,
    dataset_digest: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OnDatasetIn {
    dataset_name: Option<Text>,
    dataset_digest: Option<Text>,
}

/// What is empty is not asked for.
fn on_dataset(name: Option<Text>, digest: Option<Text>) -> OnDataset {
    let given = |text: Option<Text>| text.map(|text| text.0).filter(|text| !text.is_empty());
    OnDataset {
        name: given(name),
        digest: given(digest),
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchIn {
    #[serde(default)]
    experiment_ids: Many<Text>,
    filter: Option<Text>,
    /// Metrics count where they were measured on one of these.
    #[serde(default)]
    datasets: Many<OnDatasetIn>,
    max_results: Option<Int>,
    #[serde(default)]
    order_by: Many<OrderIn>,
    page_token: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Models {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<ModelOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn search(State(ctx): State<Context>, Input(input): Input<SearchIn>) -> Result<Json<Models>> {
    let mut query = ModelQuery {
        search: SearchQuery {
            experiment_ids: input.experiment_ids.into_strings(),
            filter: input.filter.unwrap_or_default().0,
            order_by: Vec::new(),
            max_results: input.max_results.filter(|n| n.0 != 0).unwrap_or(Int(100)).0,
            page_token: input.page_token.map(|text| text.0),
        },
        ..ModelQuery::default()
    };
    for order in input.order_by.0 {
        let field = required(order.field_name, "order_by.field_name")?.0;
        let direction = if order.ascending.unwrap_or(Flag(true)).0 {
            "ASC"
        } else {
            "DESC"
        };
        query.search.order_by.push(format!("{field} {direction}"));
        let on = on_dataset(order.dataset_name, order.dataset_digest);
        query.order_datasets.push(on);
    }
    let datasets = input.datasets.0.into_iter();
    let on = |given: OnDatasetIn| on_dataset(given.dataset_name, given.dataset_digest);
    query.datasets = datasets.map(on).collect();
    let page = tracking::search_logged_models(&ctx, query).await?;
    Ok(Json(Models {
        models: page.items.into_iter().map(ModelOut::from).collect(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListIn {
    artifact_directory_path: Option<Text>,
}

async fn list_artifacts(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<ListIn>,
) -> Result<Json<Files>> {
    let model = tracking::logged_model(&ctx, &id).await?;
    let below = input.artifact_directory_path.unwrap_or_default().0;
    let entries = services::artifacts::list_at(&ctx, &model.artifact_uri, &below).await?;
    Ok(Json(files_of(Some(model.artifact_uri), entries)))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct FileIn {
    artifact_file_path: Option<Text>,
}

async fn read_file(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    wanted: Wanted,
    Input(input): Input<FileIn>,
) -> Result<Response> {
    let below = required(input.artifact_file_path, "artifact_file_path")?.0;
    let model = tracking::logged_model(&ctx, &id).await?;
    let opened = services::artifacts::open_at(&ctx, &model.artifact_uri, &below).await?;
    download(&opened, &wanted).await
}
