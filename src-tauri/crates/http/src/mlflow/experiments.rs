//! `experiments/*`

use axum::Json;
use axum::extract::State;
use domain::pair::Pair;
use domain::tracking::{Experiment, Tag, ViewType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use services::tracking::{self, NewExperiment};
use services::{Context, SearchQuery};

use super::input::{Input, required};
use super::output::{Label, labels, lifecycle_stage};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Many, Text};
use super::{Done, caller, done};
use crate::error::{ApiError, Result};

pub fn routes() -> Routes {
    Routes::of("experiments")
        .post("/experiments/create", Writes, create)
        .get("/experiments/get", Reads, by_id)
        .get("/experiments/get-by-name", Reads, by_name)
        .get("/experiments/search", Reads, search)
        .post("/experiments/search", Reads, search)
        .post("/experiments/update", Writes, update)
        .post("/experiments/delete", Writes, delete)
        .post("/experiments/restore", Writes, restore)
        .post("/experiments/set-experiment-tag", Writes, set_tag)
        .post("/experiments/delete-experiment-tag", Writes, delete_tag)
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExperimentOut {
    experiment_id: String,
    name: String,
    artifact_location: String,
    lifecycle_stage: &'static str,
    last_update_time: i64,
    creation_time: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
}

impl From<Experiment> for ExperimentOut {
    fn from(experiment: Experiment) -> Self {
        Self {
            experiment_id: experiment.id.into_string(),
            name: experiment.name,
            artifact_location: experiment.artifact_location,
            lifecycle_stage: lifecycle_stage(experiment.lifecycle),
            last_update_time: experiment.updated_at_ms,
            creation_time: experiment.created_at_ms,
            tags: labels(experiment.tags),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct OneExperiment {
    experiment: ExperimentOut,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Experiments {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiments: Vec<ExperimentOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Created {
    experiment_id: String,
}

/// A tag as clients send it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TagIn {
    key: Option<Text>,
    value: Option<Text>,
}

impl TagIn {
    pub fn read(self) -> Result<Tag, ApiError> {
        Ok(Tag {
            key: required(self.key, "key")?.0,
            value: self.value.unwrap_or_default().0,
        })
    }
}

pub fn tags(tags: Many<TagIn>) -> Result<Vec<Tag>, ApiError> {
    tags.0.into_iter().map(TagIn::read).collect()
}

/// `ACTIVE_ONLY` when the client does not say.
pub fn view_type(text: Option<Text>) -> Result<ViewType, ApiError> {
    let Some(text) = text else {
        return Ok(ViewType::default());
    };
    match text.0.as_str() {
        // The numbers of the protobuf enumeration.
        "" | "1" => Ok(ViewType::ActiveOnly),
        "2" => Ok(ViewType::DeletedOnly),
        "3" => Ok(ViewType::All),
        word => word
            .parse()
            .map_err(|error| ApiError::invalid(format!("Invalid view type: {error}."))),
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateIn {
    name: Option<Text>,
    artifact_location: Option<Text>,
    #[serde(default)]
    tags: Many<TagIn>,
}

async fn create(
    State(ctx): State<Context>,
    Input(input): Input<CreateIn>,
) -> Result<Json<Created>> {
    let new = NewExperiment {
        name: required(input.name, "name")?.0,
        artifact_location: input.artifact_location.map(|text| text.0),
        tags: tags(input.tags)?,
    };
    let id = tracking::create_experiment(&ctx, &caller(), new).await?;
    Ok(Json(Created {
        experiment_id: id.into_string(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct IdIn {
    experiment_id: Option<Text>,
}

async fn by_id(
    State(ctx): State<Context>,
    Input(input): Input<IdIn>,
) -> Result<Json<OneExperiment>> {
    let id = required(input.experiment_id, "experiment_id")?.0;
    if id.parse::<i64>().is_err() {
        return Err(ApiError::invalid(format!(
            "Invalid experiment ID '{id}'. Experiment ID must be a valid integer."
        )));
    }
    let experiment = tracking::experiment(&ctx, &id).await?.into();
    Ok(Json(OneExperiment { experiment }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NameIn {
    experiment_name: Option<Text>,
}

async fn by_name(
    State(ctx): State<Context>,
    Input(input): Input<NameIn>,
) -> Result<Json<OneExperiment>> {
    let name = required(input.experiment_name, "experiment_name")?.0;
    let experiment = tracking::experiment_by_name(&ctx, &name).await?.into();
    Ok(Json(OneExperiment { experiment }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchIn {
    max_results: Option<Int>,
    page_token: Option<Text>,
    filter: Option<Text>,
    #[serde(default)]
    order_by: Many<Text>,
    view_type: Option<Text>,
}

async fn search(
    State(ctx): State<Context>,
    Input(input): Input<SearchIn>,
) -> Result<Json<Experiments>> {
    let view = view_type(input.view_type)?;
    let mut order_by = input.order_by.into_strings();
    if order_by.is_empty() {
        order_by = ["creation_time DESC", "experiment_id ASC"]
            .map(str::to_owned)
            .to_vec();
    }
    let query = SearchQuery {
        filter: input.filter.unwrap_or_default().0,
        order_by,
        max_results: required(input.max_results, "max_results")?.0,
        page_token: input.page_token.map(|text| text.0),
        ..SearchQuery::default()
    };
    let page = tracking::search_experiments(&ctx, view, query).await?;
    Ok(Json(Experiments {
        experiments: page.items.into_iter().map(ExperimentOut::from).collect(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateIn {
    experiment_id: Option<Text>,
    new_name: Option<Text>,
}

async fn update(State(ctx): State<Context>, Input(input): Input<UpdateIn>) -> Result<Done> {
    let id = required(input.experiment_id, "experiment_id")?.0;
    let name = required(input.new_name, "new_name")?.0;
    tracking::rename_experiment(&ctx, &caller(), &id, &name).await?;
    Ok(done())
}

async fn delete(State(ctx): State<Context>, Input(input): Input<IdIn>) -> Result<Done> {
    let id = required(input.experiment_id, "experiment_id")?.0;
    tracking::delete_experiment(&ctx, &caller(), &id).await?;
    Ok(done())
}

async fn restore(State(ctx): State<Context>, Input(input): Input<IdIn>) -> Result<Done> {
    let id = required(input.experiment_id, "experiment_id")?.0;
    tracking::restore_experiment(&ctx, &caller(), &id).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SetTagIn {
    experiment_id: Option<Text>,
    #[serde(flatten)]
    tag: TagIn,
}

async fn set_tag(State(ctx): State<Context>, Input(input): Input<SetTagIn>) -> Result<Done> {
    let id = required(input.experiment_id, "experiment_id")?.0;
    tracking::set_experiment_tag(&ctx, &caller(), &id, input.tag.read()?).await?;
    Ok(done())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteTagIn {
    experiment_id: Option<Text>,
    key: Option<Text>,
}

async fn delete_tag(State(ctx): State<Context>, Input(input): Input<DeleteTagIn>) -> Result<Done> {
    let id = required(input.experiment_id, "experiment_id")?.0;
    let key = required(input.key, "key")?.0;
    tracking::delete_experiment_tag(&ctx, &caller(), &id, &key).await?;
    Ok(done())
}

/// Tags as the registry keeps them.
pub fn pairs(given: Many<TagIn>) -> Result<Vec<Pair>, ApiError> {
    Ok(tags(given)?
        .into_iter()
        .map(|tag| Pair::new(tag.key, tag.value))
        .collect())
}
