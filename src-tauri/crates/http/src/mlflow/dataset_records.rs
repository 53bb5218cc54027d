//! `datasets/{id}/records`: what an evaluation dataset holds.

use axum::Json;
use axum::extract::{Path, State};
use domain::datasets::EvaluationRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use services::{Context, datasets};

use super::input::{Input, required};
use super::table::Access::{Reads, Writes};
use super::table::Routes;
use super::values::{Int, Many, Text};
use crate::error::{ApiError, Result};

const PER_PAGE: i64 = 1000;

pub fn routes() -> Routes {
    Routes::of("datasets")
        .get("/datasets/{dataset_id}/records", Reads, read)
        .post("/datasets/{dataset_id}/records", Writes, upsert)
        .delete("/datasets/{dataset_id}/records", Writes, delete)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RecordsIn {
    max_results: Option<Int>,
    page_token: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Records {
    /// A list of objects in JSON.
    records: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

fn record_out(record: EvaluationRecord) -> Value {
    let body = record.body;
    let mut out = json!({
        "dataset_record_id": record.id,
        "dataset_id": record.dataset_id.as_str(),
        "inputs": body.inputs,
        "tags": body.tags,
        "created_time": record.created_at_ms,
        "last_update_time": record.updated_at_ms,
    });
    if let Some(source) = &body.source {
        out["source"] = json!(source);
        out["source_type"] = Value::from(source.source_type.as_str());
        if let Some(id) = source.id() {
            out["source_id"] = Value::from(id);
        }
    }
    for (key, value) in [
        ("outputs", body.outputs),
        ("expectations", body.expectations.map(Value::Object)),
        ("created_by", body.created_by.map(Value::from)),
        ("last_updated_by", body.updated_by.map(Value::from)),
    ] {
        if let Some(value) = value {
            out[key] = value;
        }
    }
    out
}

async fn read(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<RecordsIn>,
) -> Result<Json<Records>> {
    let token = input.page_token.map(|text| text.0);
    let max = input.max_results.map_or(PER_PAGE, |max| max.0);
    let page = datasets::records(&ctx, &id, max, token.as_deref()).await?;
    let list: Vec<Value> = page.items.into_iter().map(record_out).collect();
    Ok(Json(Records {
        records: Value::Array(list).to_string(),
        next_page_token: page.next_page_token,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpsertIn {
    records: Option<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Upserted {
    inserted_count: usize,
    updated_count: usize,
}

async fn upsert(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<UpsertIn>,
) -> Result<Json<Upserted>> {
    let text = required(input.records, "records")?.0;
    let records = serde_json::from_str(&text)
        .map_err(|error| ApiError::invalid(format!("records is no JSON list: {error}.")))?;
    let counts = datasets::upsert_records(&ctx, &id, records).await?;
    Ok(Json(Upserted {
        inserted_count: counts.inserted,
        updated_count: counts.updated,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteIn {
    #[serde(default)]
    dataset_record_ids: Many<Text>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Deleted {
    deleted_count: u64,
}

async fn delete(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Input(input): Input<DeleteIn>,
) -> Result<Json<Deleted>> {
    let ids = input.dataset_record_ids.into_strings();
    let deleted_count = datasets::delete_records(&ctx, &id, &ids).await?;
    Ok(Json(Deleted { deleted_count }))
}
