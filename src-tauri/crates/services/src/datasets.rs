//! Evaluation datasets: made, filled, searched, tied to experiments.

use std::collections::{BTreeMap, HashMap};

use domain::audit::Actor;
use domain::datasets::{
    DatasetId, EvaluationDataset, EvaluationRecord, NewRecord, check_name, widen,
};
use domain::names::{Invalid, truncated};
use domain::search::Entity;
use domain::tracking::ExperimentId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::audit::{AuditRow, append};
use store::datasets as rows;
use store::tracking::experiments;
use store::tracking::labels::{self, Labels};

use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context, Paged, SearchQuery};

const DATASETS_PER_PAGE_MAX: i64 = 1000;
const RECORDS_PER_PAGE_MAX: i64 = 10_000;
const RECORDS_AT_ONCE_MAX: usize = 50_000;
const TAG_VALUE_CHARS_MAX: usize = 5000;
const TAG_KEY_CHARS_MAX: usize = 255;
const EXPERIMENTS_MAX: usize = 1000;

#[derive(Debug, Clone, Default)]
pub struct NewDataset {
    pub name: String,
    pub experiment_ids: Vec<String>,
    pub tags: BTreeMap<String, String>,
}

/// How many records were new, and how many were there with the same inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upserted {
    pub inserted: usize,
    pub updated: usize,
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
    let row = AuditRow {
        at_ms: ctx.now_ms(),
        actor: &actor.name,
        action,
        subject: &format!("dataset/{id}"),
        detail,
    };
    Ok(append(tx, row).await?)
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

/// Writes records; those with inputs that are there already are joined with them.
pub async fn upsert_records(ctx: &Context, id: &str, records: Vec<Value>) -> Result<Upserted> {
    let id = DatasetId::parse(id)?;
    if records.len() > RECORDS_AT_ONCE_MAX {
        return Err(ServiceError::invalid(
            "records",
            format!("At most {RECORDS_AT_ONCE_MAX} records are written at once."),
        ));
    }
    let records = records
        .into_iter()
        .enumerate()
        .map(|(at, value)| NewRecord::read(at, value))
        .collect::<Result<Vec<_>, _>>()?;
    let keyed: Vec<(String, NewRecord)> = records
        .into_iter()
        .map(|record| (input_digest(&record), record))
        .collect();
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let mut dataset = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    let digests: Vec<&str> = keyed.iter().map(|(digest, _)| digest.as_str()).collect();
    let mut known = rows::records_by_input(&mut tx, &id, &digests).await?;
    let mut schema = parsed_schema(dataset.schema.as_deref());
    for (_, record) in &keyed {
        widen(&mut schema, record);
        if let Some(user) = record.tags.get("mlflow.user").and_then(Value::as_str) {
            dataset.updated_by = Some(user.to_owned());
        }
    }
    let (counts, order) = merge(&id, keyed, &mut known, now_ms);
    let written: Vec<(&str, &EvaluationRecord)> = order
        .iter()
        .filter_map(|digest| Some((digest.as_str(), known.get(digest)?)))
        .collect();
    rows::put_records(&mut tx, &written).await?;
    dataset.schema = schema.is_object().then(|| schema.to_string());
    dataset.record_count = rows::count_records(&mut tx, &id).await?;
    dataset.digest = digest_of(&dataset.name, now_ms);
    dataset.updated_at_ms = now_ms;
    rows::update(&mut tx, &dataset).await?;
    tx.commit().await?;
    changed(ctx, &id);
    Ok(counts)
}

fn input_digest(record: &NewRecord) -> String {
    let inputs = Value::Object(record.inputs.clone()).to_string();
    hex::encode(Sha256::digest(inputs))
}

fn parsed_schema(schema: Option<&str>) -> Value {
    schema
        .and_then(|schema| serde_json::from_str(schema).ok())
        .unwrap_or(Value::Null)
}

/// Joins new records with known ones; returns the counts and the digests touched, each once, in their order.
fn merge(
    id: &DatasetId,
    keyed: Vec<(String, NewRecord)>,
    known: &mut HashMap<String, EvaluationRecord>,
    now_ms: i64,
) -> (Upserted, Vec<String>) {
    let mut counts = Upserted {
        inserted: 0,
        updated: 0,
    };
    let mut touched = HashMap::new();
    for (digest, record) in keyed {
        let place = touched.len();
        touched.entry(digest.clone()).or_insert(place);
        if let Some(there) = known.get_mut(&digest) {
            record.merge_into(&mut there.body);
            there.updated_at_ms = now_ms;
            counts.updated += 1;
        } else {
            let made = EvaluationRecord {
                // In the order of their making, so that records of one request keep their order.
                id: format!("dr-{}", uuid::Uuid::now_v7().simple()),
                dataset_id: id.clone(),
                body: record.into_body(),
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            };
            known.insert(digest, made);
            counts.inserted += 1;
        }
    }
    let mut order: Vec<(String, usize)> = touched.into_iter().collect();
    order.sort_unstable_by_key(|(_, place)| *place);
    (
        counts,
        order.into_iter().map(|(digest, _)| digest).collect(),
    )
}

pub async fn records(
    ctx: &Context,
    id: &str,
    max_results: i64,
    page_token: Option<&str>,
) -> Result<Paged<EvaluationRecord>> {
    let id = DatasetId::parse(id)?;
    if !(1..=RECORDS_PER_PAGE_MAX).contains(&max_results) {
        return Err(ServiceError::invalid(
            "max_results",
            format!(
                "Invalid value {max_results} for parameter 'max_results' supplied: expected 1 to {RECORDS_PER_PAGE_MAX}."
            ),
        ));
    }
    let after = page_token
        .filter(|token| !token.is_empty())
        .map(|token| {
            cursor_of(token).ok_or_else(|| {
                ServiceError::invalid("page_token", format!("Invalid page token '{token}'."))
            })
        })
        .transpose()?;
    let pool = ctx.store.reading().await?;
    if rows::by_id(&pool, &id).await?.is_none() {
        return Err(missing(&id));
    }
    let from = after.as_ref().map(|(at_ms, id)| (*at_ms, id.as_str()));
    let mut items = rows::records(&pool, &id, from, max_results + 1).await?;
    let limit = usize::try_from(max_results).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_page_token = items
        .last()
        .filter(|_| more)
        .map(|last| hex::encode(format!("{}:{}", last.created_at_ms, last.id)));
    Ok(Paged {
        items,
        next_page_token,
    })
}

fn cursor_of(token: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
    let (at_ms, id) = text.split_once(':')?;
    let plain = id.len() <= 64
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then_some((at_ms.parse().ok()?, id.to_owned()))
}

/// Deletes records; returns how many were there.
pub async fn delete_records(ctx: &Context, id: &str, record_ids: &[String]) -> Result<u64> {
    let id = DatasetId::parse(id)?;
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    let mut dataset = rows::lock(&mut tx, &id)
        .await?
        .ok_or_else(|| missing(&id))?;
    let deleted = rows::delete_records(&mut tx, &id, record_ids).await?;
    if deleted > 0 {
        dataset.record_count = rows::count_records(&mut tx, &id).await?;
        dataset.digest = digest_of(&dataset.name, now_ms);
        dataset.updated_at_ms = now_ms;
        rows::update(&mut tx, &dataset).await?;
    }
    tx.commit().await?;
    changed(ctx, &id);
    Ok(deleted)
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
