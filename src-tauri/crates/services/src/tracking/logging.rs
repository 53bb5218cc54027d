//! What a running script logs: metrics, params, tags, datasets, models.
//!
//! A batch is one transaction under the run's lock: all of it is there, durably, when it is acknowledged, or none of it.

use domain::names::{
    BATCH_ITEMS_MAX, BATCH_METRICS_MAX, BATCH_PARAMS_MAX, BATCH_TAGS_MAX, Invalid, check_key,
    check_length,
};
use domain::tracking::{DatasetInput, LoggedModelId, Metric, ModelOutput, Param, RunId, Tag};
use store::tracking::datasets;
use store::tracking::labels::{self, Labels};

use super::group::{self, Write};
use super::runs::{changed, writable};
use crate::Context;
use crate::error::{Result, ServiceError};

const DATASET_NAME_CHARS_MAX: usize = 500;
const DATASET_DIGEST_CHARS_MAX: usize = 36;
const DATASET_SOURCE_CHARS_MAX: usize = 65_535;
const DATASET_SCHEMA_CHARS_MAX: usize = 1_048_575;
const DATASET_PROFILE_CHARS_MAX: usize = 16_777_215;
const DATASET_TAG_KEY_CHARS_MAX: usize = 255;
const DATASET_TAG_VALUE_CHARS_MAX: usize = 500;

/// What one call logs.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub metrics: Vec<Metric>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, Default)]
pub struct RunInputs {
    pub datasets: Vec<DatasetInput>,
    pub models: Vec<LoggedModelId>,
}

pub async fn log_batch(ctx: &Context, run_id: &str, batch: Batch) -> Result<()> {
    let id = RunId::parse(run_id)?;
    check_sizes(&batch)?;
    check_keys(&batch)?;
    group::write(ctx, Write::Log(id, batch)).await.map(drop)
}

fn check_sizes(batch: &Batch) -> Result<()> {
    let (metrics, params, tags) = (batch.metrics.len(), batch.params.len(), batch.tags.len());
    for (what, count, limit) in [
        ("metrics", metrics, BATCH_METRICS_MAX),
        ("params", params, BATCH_PARAMS_MAX),
        ("tags", tags, BATCH_TAGS_MAX),
        (
            "metrics, params, and tags",
            metrics + params + tags,
            BATCH_ITEMS_MAX,
        ),
    ] {
        if count > limit {
            return Err(ServiceError::invalid(
                what,
                format!(
                    "A batch logging request can contain at most {limit} {what}. Got {count} {what}. Please split up {what} across multiple requests and try again."
                ),
            ));
        }
    }
    Ok(())
}

fn check_keys(batch: &Batch) -> Result<()> {
    check_each("metrics", batch.metrics.iter().map(|metric| &metric.key))?;
    check_each("params", batch.params.iter().map(|param| &param.key))?;
    check_each("tags", batch.tags.iter().map(|tag| &tag.key))?;
    let mut keys: Vec<&str> = batch
        .params
        .iter()
        .map(|param| param.key.as_str())
        .collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ServiceError::invalid(
            "params",
            format!(
                "Duplicate parameter keys have been submitted: ['{}']. Please ensure the request contains only one param value per param key.",
                pair[0]
            ),
        )),
        None => Ok(()),
    }
}

fn check_each<'k>(what: &str, keys: impl Iterator<Item = &'k String>) -> Result<()> {
    for (index, key) in keys.enumerate() {
        check_key("", key).map_err(|invalid| Invalid {
            field: format!("{what}[{index}].key"),
            ..invalid
        })?;
    }
    Ok(())
}

pub async fn set_run_tag(ctx: &Context, run_id: &str, tag: Tag) -> Result<()> {
    log_batch(
        ctx,
        run_id,
        Batch {
            tags: vec![tag],
            ..Batch::default()
        },
    )
    .await
}

pub async fn delete_run_tag(ctx: &Context, run_id: &str, key: &str) -> Result<()> {
    let id = RunId::parse(run_id)?;
    let mut tx = ctx.store.begin().await?;
    let run = writable(&mut tx, &id).await?;
    if !labels::delete(&mut tx, Labels::RunTags, id.as_str(), key).await? {
        return Err(ServiceError::not_found(format!(
            "No tag with name: {key} in run with id {id}"
        )));
    }
    tx.commit().await?;
    changed(ctx, &run);
    Ok(())
}

pub async fn log_inputs(ctx: &Context, run_id: &str, inputs: RunInputs) -> Result<()> {
    let id = RunId::parse(run_id)?;
    for dataset in &inputs.datasets {
        check_dataset(dataset)?;
    }
    let mut tx = ctx.store.begin().await?;
    let run = writable(&mut tx, &id).await?;
    for dataset in &inputs.datasets {
        datasets::add(&mut tx, &id, dataset).await?;
    }
    for model in &inputs.models {
        datasets::add_model_input(&mut tx, &id, model).await?;
    }
    tx.commit().await?;
    changed(ctx, &run);
    Ok(())
}

/// MLflow's rules; a name and a digest are part of an index too, which takes no longer ones.
fn check_dataset(dataset: &DatasetInput) -> Result<()> {
    if dataset.name.is_empty() || dataset.digest.is_empty() {
        return Err(ServiceError::invalid(
            "datasets",
            "A dataset needs a name and a digest.",
        ));
    }
    let (schema, profile) = (dataset.schema.as_deref(), dataset.profile.as_deref());
    for (field, value, chars_max) in [
        ("name", Some(&*dataset.name), DATASET_NAME_CHARS_MAX),
        ("digest", Some(&*dataset.digest), DATASET_DIGEST_CHARS_MAX),
        ("source", Some(&*dataset.source), DATASET_SOURCE_CHARS_MAX),
        ("schema", schema, DATASET_SCHEMA_CHARS_MAX),
        ("profile", profile, DATASET_PROFILE_CHARS_MAX),
    ] {
        check_length(field, value.unwrap_or_default(), chars_max)?;
    }
    for tag in &dataset.tags {
        check_length("key", &tag.key, DATASET_TAG_KEY_CHARS_MAX)?;
        check_length("value", &tag.value, DATASET_TAG_VALUE_CHARS_MAX)?;
    }
    Ok(())
}

pub async fn log_outputs(ctx: &Context, run_id: &str, outputs: &[ModelOutput]) -> Result<()> {
    let id = RunId::parse(run_id)?;
    let mut tx = ctx.store.begin().await?;
    let run = writable(&mut tx, &id).await?;
    for output in outputs {
        datasets::add_model_output(&mut tx, &id, output).await?;
    }
    tx.commit().await?;
    changed(ctx, &run);
    Ok(())
}

/// Clients of version 2 describe each model they log; the descriptions are kept as a list in a tag.
pub async fn log_model_record(ctx: &Context, run_id: &str, model_json: &str) -> Result<()> {
    const HISTORY_TAG: &str = "mlflow.log-model.history";
    let id = RunId::parse(run_id)?;
    let record: serde_json::Value = serde_json::from_str(model_json).map_err(|error| {
        ServiceError::invalid("model_json", format!("Malformed model info. \n {error}"))
    })?;
    let complete = ["artifact_path", "flavors", "utc_time_created", "run_id"]
        .iter()
        .all(|key| record.get(key).is_some());
    if !complete {
        return Err(ServiceError::invalid(
            "model_json",
            "Model json is missing mandatory fields: artifact_path, flavors, utc_time_created, run_id",
        ));
    }
    let mut tx = ctx.store.begin().await?;
    let run = writable(&mut tx, &id).await?;
    let tags = labels::of_owner(&mut tx, Labels::RunTags, id.as_str()).await?;
    let standing = tags
        .get(HISTORY_TAG)
        .and_then(|text| serde_json::from_str(text).ok());
    let mut history: Vec<serde_json::Value> = standing.unwrap_or_default();
    history.push(record);
    let text = serde_json::Value::Array(history).to_string();
    labels::set(
        &mut tx,
        Labels::RunTags,
        id.as_str(),
        [(HISTORY_TAG, text.as_str())],
    )
    .await?;
    tx.commit().await?;
    changed(ctx, &run);
    Ok(())
}
