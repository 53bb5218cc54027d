//! Evaluation datasets: made, filled, searched, tied to experiments.

mod records;

use std::collections::BTreeMap;

use domain::audit::Actor;
use domain::datasets::{DatasetId, EvaluationDataset, check_name};
use domain::names::{Invalid, truncated};
use domain::search::Entity;
use domain::tracking::ExperimentId;
use sha2::{Digest as _, Sha256};
use store::datasets as rows;
use store::tracking::experiments;
use store::tracking::labels::{self, Labels};

use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context, Paged, SearchQuery, audit};

pub use records::{Upserted, delete_records, records, upsert_records};

const DATASETS_PER_PAGE_MAX: i64 = 1000;
const TAG_VALUE_CHARS_MAX: usize = 5000;
const TAG_KEY_CHARS_MAX: usize = 255;
const EXPERIMENTS_MAX: usize = 1000;

#[derive(Debug, Clone, Default)]
pub struct NewDataset {
    pub name: String,
    pub experiment_ids: Vec<String>,
    pub tags: BTreeMap<String, String>,
}

fn missing(id: &DatasetId) -> ServiceError {
    ServiceError::not_found(format!("Evaluation dataset with id '{id}' not found"))
}

fn digest_of(name: &str, at_ms: i64) -> String {
    let digest = Sha256::digest(format!("{name}:{at_ms}"));
    hex::encode(&digest[..4])
}

fn checked_tags(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let mut checked = BTreeMap::new();
    for (key, value) in tags {
        let length = key.chars().count();
        if length == 0 || length > TAG_KEY_CHARS_MAX || key.chars().any(char::is_control) {
            return Err(Invalid::new("tags.key", key, "1 to 255 printable characters").into());
        }
        checked.insert(key, truncated(&value, TAG_VALUE_CHARS_MAX).to_owned());
    }
    Ok(checked)
}

async fn known_experiments(ctx: &Context, ids: &[String]) -> Result<Vec<ExperimentId>> {
    if ids.len() > EXPERIMENTS_MAX {
        return Err(ServiceError::invalid(
            "experiment_ids",
            format!("At most {EXPERIMENTS_MAX} experiments are named at once."),
        ));
    }
    let mut known = Vec::with_capacity(ids.len());
    for id in ids {
        let id = ExperimentId::parse(id)?;
        if experiments::by_id(ctx.store.pool(), &id).await?.is_none() {
            return Err(crate::tracking::missing_experiment(&id));
        }
        known.push(id);
    }
    Ok(known)
}

pub async fn create_dataset(
    ctx: &Context,
    actor: &Actor,
    new: NewDataset,
) -> Result<EvaluationDataset> {
    check_name(&new.name)?;
    let tags = checked_tags(new.tags)?;
    let experiment_ids = known_experiments(ctx, &new.experiment_ids).await?;
    let now_ms = ctx.now_ms();
    let user = tags.get("mlflow.user").cloned();
    let dataset = EvaluationDataset {
        id: DatasetId::new(uuid::Uuid::new_v4()),
        digest: digest_of(&new.name, now_ms),
        name: new.name,
        schema: None,
        record_count: 0,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        created_by: user.clone(),
        updated_by: user,
        tags,
        experiment_ids,
    };
    let mut tx = ctx.store.begin().await?;
    rows::insert(&mut tx, &dataset).await?;
    let told = &dataset.name;
    note(ctx, &mut tx, actor, "dataset.create", &dataset.id, told).await?;
    tx.commit().await?;
    changed(ctx, &dataset.id);
    Ok(dataset)
}

async fn note(
    ctx: &Context,
    tx: &mut store::Tx,
    actor: &Actor,
    action: &str,
    id: &DatasetId,
    detail: &str,
) -> Result<()> {
    let subject = format!("dataset/{id}");
    Ok(audit::note(tx, ctx.now_ms(), actor, action, &subject, detail).await?)
}

fn changed(ctx: &Context, id: &DatasetId) {
    ctx.publish([ChangeKind::Datasets.of(id.as_str())]);
}

pub async fn dataset(ctx: &Context, id: &str) -> Result<EvaluationDataset> {
    let id = DatasetId::parse(id)?;
    rows::by_id(ctx.store.pool(), &id)
        .await?
        .ok_or_else(|| missing(&id))
}

/// Deletes a dataset for good. One that is not there is gone already.
pub async fn delete_dataset(ctx: &Context, actor: &Actor, id: &str) -> Result<()> {
    let id = DatasetId::parse(id)?;
    let mut tx = ctx.store.begin().await?;
    if !rows::delete(&mut tx, &id).await? {
        return Ok(());
    }
    note(ctx, &mut tx, actor, "dataset.delete", &id, "").await?;
    tx.commit().await?;
    changed(ctx, &id);
    Ok(())
}

pub async fn search_datasets(
    ctx: &Context,
    query: SearchQuery,
) -> Result<Paged<EvaluationDataset>> {
    let wanted = query.read(Entity::EvaluationDatasets, DATASETS_PER_PAGE_MAX)?;
    let pool = ctx.store.reading().await?;
    let found = rows::search(
        &pool,
        &wanted.experiment_ids,
        wanted.filter.as_ref(),
        &wanted.order,
        wanted.window.with_lookahead(),
    )
    .await?;
    Ok(wanted.window.finish(found))
}

pub async fn set_tags(
    ctx: &Context,
    id: &str,
    tags: BTreeMap<String, String>,
) -> Result<EvaluationDataset> {
    let id = DatasetId::parse(id)?;
    let tags = checked_tags(tags)?;
    let mut tx = ctx.store.begin().await?;
    rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    let pairs = tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    labels::set(&mut tx, Labels::DatasetTags, id.as_str(), pairs).await?;
    tx.commit().await?;
    changed(ctx, &id);
    dataset(ctx, id.as_str()).await
}

/// A tag that is not there is gone already.
pub async fn delete_tag(ctx: &Context, id: &str, key: &str) -> Result<()> {
    let id = DatasetId::parse(id)?;
    let mut tx = ctx.store.begin().await?;
    labels::delete(&mut tx, Labels::DatasetTags, id.as_str(), key).await?;
    tx.commit().await?;
    changed(ctx, &id);
    Ok(())
}

/// Ties the dataset to further experiments, or unties it from some.
pub async fn move_between_experiments(
    ctx: &Context,
    id: &str,
    add: &[String],
    remove: &[String],
) -> Result<EvaluationDataset> {
    let id = DatasetId::parse(id)?;
    let added = known_experiments(ctx, add).await?;
    let mut tx = ctx.store.begin().await?;
    let mut dataset = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    for experiment_id in &added {
        rows::add_experiment(&mut tx, &id, experiment_id).await?;
    }
    for experiment_id in remove {
        rows::remove_experiment(&mut tx, &id, experiment_id).await?;
    }
    dataset.updated_at_ms = ctx.now_ms();
    rows::update(&mut tx, &dataset).await?;
    tx.commit().await?;
    changed(ctx, &id);
    self::dataset(ctx, id.as_str()).await
}
