//! Logged models, as clients of version 3 make them.

use std::collections::BTreeMap;

use domain::names::{
    PARAM_VALUE_CHARS_MAX, TAG_VALUE_CHARS_MAX, check_key, check_logged_model_name, truncated,
};
use domain::search::{Entity, OnDataset};
use domain::tracking::{
    ExperimentId, LoggedModel, LoggedModelId, LoggedModelStatus, Param, RunId, Tag,
};
use store::tracking::labels::{self, Labels};
use store::tracking::logged_models::ModelSearch;
use store::tracking::{experiments, logged_models as rows};

use super::experiments::{checked_tag, missing as missing_experiment, must_be_active};
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context, Paged, SearchQuery};

const MODELS_PER_PAGE_MAX: i64 = 50_000;

#[derive(Debug, Clone, Default)]
pub struct NewLoggedModel {
    pub experiment_id: String,
    pub name: Option<String>,
    pub model_type: Option<String>,
    pub source_run_id: Option<String>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
}

pub async fn create_logged_model(ctx: &Context, new: NewLoggedModel) -> Result<LoggedModel> {
    let experiment_id = ExperimentId::parse(&new.experiment_id)?;
    let random = uuid::Uuid::new_v4();
    let name = match new.name.filter(|name| !name.is_empty()) {
        Some(name) => name,
        None => super::names::run_name(random),
    };
    check_logged_model_name(&name)?;
    let source_run_id = new
        .source_run_id
        .as_deref()
        .filter(|id| !id.is_empty())
        .map(RunId::parse)
        .transpose()?;
    let tags: BTreeMap<String, Tag> = new
        .tags
        .into_iter()
        .map(|tag| checked_tag(tag).map(|tag| (tag.key.clone(), tag)))
        .collect::<Result<_>>()?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let experiment = experiments::lock(&mut tx, &experiment_id)
        .await?
        .ok_or_else(|| missing_experiment(&experiment_id))?;
    must_be_active(&experiment)?;
    let id = LoggedModelId::new(random);
    let location = experiment.artifact_location.trim_end_matches('/');
    let model = LoggedModel {
        artifact_uri: format!("{location}/models/{id}/artifacts"),
        id,
        experiment_id,
        name,
        status: LoggedModelStatus::Pending,
        status_message: None,
        model_type: new.model_type.filter(|kind| !kind.is_empty()),
        source_run_id,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        params: checked_params(new.params)?,
        tags: tags.into_values().collect(),
        metrics: Vec::new(),
    };
    rows::insert(&mut tx, &model).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Runs.of(model.experiment_id.as_str())]);
    Ok(model)
}

fn checked_params(params: Vec<Param>) -> Result<Vec<Param>> {
    let mut checked: BTreeMap<String, Param> = BTreeMap::new();
    for param in params {
        check_key("params.key", &param.key)?;
        let value = truncated(&param.value, PARAM_VALUE_CHARS_MAX).to_owned();
        checked.insert(param.key.clone(), Param { value, ..param });
    }
    Ok(checked.into_values().collect())
}

pub async fn logged_model(ctx: &Context, id: &str) -> Result<LoggedModel> {
    let id = LoggedModelId::parse(id)?;
    rows::by_id(ctx.store.pool(), &id)
        .await?
        .ok_or_else(|| missing(&id))
}

fn missing(id: &LoggedModelId) -> ServiceError {
    ServiceError::not_found(format!("Logged model with ID '{id}' not found."))
}

/// Says how the upload of a model ended.
pub async fn finish_logged_model(
    ctx: &Context,
    id: &str,
    status: LoggedModelStatus,
) -> Result<LoggedModel> {
    let id = LoggedModelId::parse(id)?;
    let mut tx = locked(ctx, &id).await?;
    rows::set_status(&mut tx, &id, status, ctx.now_ms()).await?;
    tx.commit().await?;
    let model = logged_model(ctx, id.as_str()).await?;
    ctx.publish([ChangeKind::Runs.of(model.experiment_id.as_str())]);
    Ok(model)
}

async fn locked(ctx: &Context, id: &LoggedModelId) -> Result<store::Tx> {
    let mut tx = ctx.store.begin().await?;
    match rows::lock(&mut tx, id).await? {
        true => Ok(tx),
        false => Err(missing(id)),
    }
}

pub async fn delete_logged_model(ctx: &Context, id: &str) -> Result<()> {
    let id = LoggedModelId::parse(id)?;
    let mut tx = locked(ctx, &id).await?;
    rows::delete(&mut tx, &id, ctx.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn set_logged_model_tags(ctx: &Context, id: &str, tags: Vec<Tag>) -> Result<LoggedModel> {
    let id = LoggedModelId::parse(id)?;
    for tag in &tags {
        check_key("tags.key", &tag.key)?;
    }
    let pairs: BTreeMap<&str, &str> = tags
        .iter()
        .map(|tag| (tag.key.as_str(), truncated(&tag.value, TAG_VALUE_CHARS_MAX)))
        .collect();
    let mut tx = locked(ctx, &id).await?;
    labels::set(&mut tx, Labels::ModelTags, id.as_str(), pairs).await?;
    tx.commit().await?;
    logged_model(ctx, id.as_str()).await
}

pub async fn delete_logged_model_tag(ctx: &Context, id: &str, key: &str) -> Result<()> {
    let id = LoggedModelId::parse(id)?;
    let mut tx = locked(ctx, &id).await?;
    if !labels::delete(&mut tx, Labels::ModelTags, id.as_str(), key).await? {
        return Err(ServiceError::not_found(format!(
            "No tag with key {key:?} found for model with ID {id:?}.",
            id = id.as_str()
        )));
    }
    tx.commit().await?;
    Ok(())
}

pub async fn log_logged_model_params(ctx: &Context, id: &str, params: Vec<Param>) -> Result<()> {
    let id = LoggedModelId::parse(id)?;
    let params = checked_params(params)?;
    let mut tx = locked(ctx, &id).await?;
    let pairs = params
        .iter()
        .map(|param| (param.key.as_str(), param.value.as_str()));
    labels::add(&mut tx, Labels::ModelParams, id.as_str(), pairs).await?;
    tx.commit().await?;
    Ok(())
}

/// A search in which metrics may be asked for by the dataset that they were measured on.
#[derive(Debug, Clone, Default)]
pub struct ModelQuery {
    pub search: SearchQuery,
    /// Each needs a name.
    pub datasets: Vec<OnDataset>,
    /// Beside each clause of the order.
    pub order_datasets: Vec<OnDataset>,
}

pub async fn search_logged_models(ctx: &Context, query: ModelQuery) -> Result<Paged<LoggedModel>> {
    if query.datasets.iter().any(|dataset| dataset.name.is_none()) {
        return Err(ServiceError::invalid(
            "datasets",
            "`dataset_name` in the `datasets` clause must be specified.",
        ));
    }
    let wanted = query
        .search
        .read(Entity::LoggedModels, MODELS_PER_PAGE_MAX)?;
    let mut beside = query.order_datasets.into_iter();
    let order = wanted.order.into_iter();
    let search = ModelSearch {
        experiment_ids: wanted.experiment_ids,
        filter: wanted.filter,
        datasets: query.datasets,
        order: order
            .map(|clause| (clause, beside.next().unwrap_or_default()))
            .collect(),
    };
    let page = wanted.window.with_lookahead();
    let found = rows::search(ctx.store.pool(), &search, page).await?;
    Ok(wanted.window.finish(found))
}
