//! The records of a dataset: written, joined by their inputs, read in pages, deleted.

use std::collections::HashMap;

use domain::datasets::{DatasetId, EvaluationRecord, NewRecord, widen};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::datasets as rows;

use super::{changed, digest_of, missing};
use crate::error::{Result, ServiceError};
use crate::{Context, Paged};

const RECORDS_PER_PAGE_MAX: i64 = 10_000;
const RECORDS_AT_ONCE_MAX: usize = 50_000;

/// How many records were new, and how many were there with the same inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upserted {
    pub inserted: usize,
    pub updated: usize,
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
