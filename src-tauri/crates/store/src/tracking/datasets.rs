//! What a run read and what it produced: datasets and logged models.

use std::collections::HashMap;

use domain::tracking::{DatasetInput, LoggedModelId, ModelOutput, RunId, Tag};

use crate::dialect;
use crate::sql::sql;
use crate::{Pool, StoreError, Tx};

#[derive(Debug, sqlx::FromRow)]
struct DatasetRow {
    run_id: String,
    name: String,
    digest: String,
    source_type: String,
    source: String,
    schema_json: Option<String>,
    profile_json: Option<String>,
    tags_json: String,
}

#[derive(Debug, sqlx::FromRow)]
struct RunModelRow {
    run_id: String,
    #[sqlx(try_from = "String")]
    model_id: LoggedModelId,
    role: String,
    step: i64,
}

/// Says that a run read a dataset; saying it again replaces what was said.
pub async fn add(tx: &mut Tx, run_id: &RunId, dataset: &DatasetInput) -> Result<(), StoreError> {
    let tags: Vec<(&str, &str)> = dataset
        .tags
        .iter()
        .map(|t| (t.key.as_str(), t.value.as_str()))
        .collect();
    let tags_json = serde_json::to_string(&tags).unwrap_or_else(|_| "[]".to_owned());
    sql("insert into run_datasets (run_id, name, digest, source_type, source, schema_json, profile_json, context, \
         tags_json) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         on conflict (run_id, name, digest) do update set context = excluded.context, tags_json = excluded.tags_json")
    .bind(run_id.as_str())
    .bind(&dataset.name)
    .bind(&dataset.digest)
    .bind(&dataset.source_type)
    .bind(&dataset.source)
    .bind(dataset.schema.clone())
    .bind(dataset.profile.clone())
    .bind(dataset.context())
    .bind(tags_json)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn add_model_input(
    tx: &mut Tx,
    run_id: &RunId,
    model: &LoggedModelId,
) -> Result<(), StoreError> {
    add_model(tx, run_id, model, "input", 0).await
}

pub async fn add_model_output(
    tx: &mut Tx,
    run_id: &RunId,
    output: &ModelOutput,
) -> Result<(), StoreError> {
    add_model(tx, run_id, &output.model_id, "output", output.step).await
}

async fn add_model(
    tx: &mut Tx,
    run_id: &RunId,
    model: &LoggedModelId,
    role: &str,
    step: i64,
) -> Result<(), StoreError> {
    sql(
        "insert into run_models (run_id, model_id, role, step) values ($1, $2, $3, $4) \
         on conflict (run_id, role, model_id) do update set step = excluded.step",
    )
    .bind(run_id.as_str())
    .bind(model.as_str())
    .bind(role)
    .bind(step)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn of_runs(
    pool: &Pool,
    run_ids: &[&str],
) -> Result<HashMap<String, Vec<DatasetInput>>, StoreError> {
    let list = dialect::in_list(1, run_ids.len());
    let rows: Vec<DatasetRow> = sql(format!(
        "select run_id, name, digest, source_type, source, schema_json, profile_json, tags_json \
         from run_datasets where run_id in {list} order by name, digest"
    ))
    .bind_all(run_ids.iter().copied())
    .all(pool)
    .await?;
    let mut runs: HashMap<String, Vec<DatasetInput>> = HashMap::new();
    for row in rows {
        let tags = dataset_tags(&row)?;
        runs.entry(row.run_id).or_default().push(DatasetInput {
            name: row.name,
            digest: row.digest,
            source_type: row.source_type,
            source: row.source,
            schema: row.schema_json,
            profile: row.profile_json,
            tags,
        });
    }
    Ok(runs)
}

fn dataset_tags(row: &DatasetRow) -> Result<Vec<Tag>, StoreError> {
    let pairs: Vec<(String, String)> =
        serde_json::from_str(&row.tags_json).map_err(|problem| StoreError::Corrupt {
            table: "run_datasets",
            column: "tags_json",
            row: format!("{}/{}/{}", row.run_id, row.name, row.digest),
            problem: problem.to_string(),
        })?;
    Ok(pairs
        .into_iter()
        .map(|(key, value)| Tag { key, value })
        .collect())
}

/// The logged models that each run read and produced.
pub(super) async fn models_of_runs(
    pool: &Pool,
    run_ids: &[&str],
) -> Result<HashMap<String, (Vec<LoggedModelId>, Vec<ModelOutput>)>, StoreError> {
    let list = dialect::in_list(1, run_ids.len());
    let rows: Vec<RunModelRow> = sql(format!(
        "select run_id, model_id, role, step from run_models where run_id in {list} order by step, model_id"
    ))
    .bind_all(run_ids.iter().copied())
    .all(pool)
    .await?;
    let mut runs: HashMap<String, (Vec<LoggedModelId>, Vec<ModelOutput>)> = HashMap::new();
    for row in rows {
        let (inputs, outputs) = runs.entry(row.run_id).or_default();
        match row.role.as_str() {
            "input" => inputs.push(row.model_id),
            _ => outputs.push(ModelOutput {
                model_id: row.model_id,
                step: row.step,
            }),
        }
    }
    Ok(runs)
}
