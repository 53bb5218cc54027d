//! Evaluation datasets and their records.

use std::collections::HashMap;

use domain::datasets::{DatasetId, EvaluationDataset, EvaluationRecord, RecordBody};
use domain::search::{Entity, Filter, OrderBy};
use domain::tracking::ExperimentId;

use crate::dialect;
use crate::search::{Page, Search};
use crate::sql::{Conn, Value, sql};
use crate::tracking::labels::{self, Labels};
use crate::{Pool, StoreError, Tx};

const IDS_AT_ONCE: usize = 500;
const COLUMNS: &str = "h.dataset_id, h.name, h.schema_json, h.record_count, h.digest, h.created_at_ms, \
                       h.updated_at_ms, h.created_by, h.updated_by";

#[derive(Debug, Clone, sqlx::FromRow)]
struct DatasetRow {
    #[sqlx(try_from = "String")]
    dataset_id: DatasetId,
    name: String,
    schema_json: Option<String>,
    record_count: i64,
    digest: String,
    created_at_ms: i64,
    updated_at_ms: i64,
    created_by: Option<String>,
    updated_by: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct RecordRow {
    record_id: String,
    #[sqlx(try_from = "String")]
    dataset_id: DatasetId,
    body: String,
    created_at_ms: i64,
    updated_at_ms: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct KeyedRow {
    input_digest: String,
    #[sqlx(flatten)]
    row: RecordRow,
}

pub async fn insert(tx: &mut Tx, dataset: &EvaluationDataset) -> Result<(), StoreError> {
    sql("insert into evaluation_datasets (dataset_id, name, schema_json, record_count, digest, created_at_ms, \
         updated_at_ms, created_by, updated_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(dataset.id.as_str())
    .bind(&dataset.name)
    .bind(dataset.schema.clone())
    .bind(dataset.record_count)
    .bind(&dataset.digest)
    .bind(dataset.created_at_ms)
    .bind(dataset.updated_at_ms)
    .bind(dataset.created_by.clone())
    .bind(dataset.updated_by.clone())
    .execute(&mut *tx)
    .await?;
    let tags = dataset.tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    labels::set(tx, Labels::DatasetTags, dataset.id.as_str(), tags).await?;
    for id in &dataset.experiment_ids {
        add_experiment(tx, &dataset.id, id).await?;
    }
    Ok(())
}

pub async fn add_experiment(
    tx: &mut Tx,
    id: &DatasetId,
    experiment_id: &ExperimentId,
) -> Result<(), StoreError> {
    sql(
        "insert into evaluation_dataset_experiments (dataset_id, experiment_id) values ($1, $2) \
         on conflict do nothing",
    )
    .bind(id.as_str())
    .bind(experiment_id.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn remove_experiment(
    tx: &mut Tx,
    id: &DatasetId,
    experiment_id: &str,
) -> Result<(), StoreError> {
    sql("delete from evaluation_dataset_experiments where dataset_id = $1 and experiment_id = $2")
        .bind(id.as_str())
        .bind(experiment_id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn by_id(pool: &Pool, id: &DatasetId) -> Result<Option<EvaluationDataset>, StoreError> {
    let row: Option<DatasetRow> = sql(format!(
        "select {COLUMNS} from evaluation_datasets h where h.dataset_id = $1"
    ))
    .bind(id.as_str())
    .optional(pool)
    .await?;
    Ok(filled(pool, row.into_iter().collect()).await?.pop())
}

/// The dataset without tags and experiments, kept from changing until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &DatasetId) -> Result<Option<EvaluationDataset>, StoreError> {
    let conn = Conn::from(tx);
    let lock = dialect::for_update(&conn);
    let row: Option<DatasetRow> = sql(format!(
        "select {COLUMNS} from evaluation_datasets h where h.dataset_id = $1{lock}"
    ))
    .bind(id.as_str())
    .optional(conn)
    .await?;
    Ok(row.map(dataset))
}

/// Writes what changes in a dataset's life.
pub async fn update(tx: &mut Tx, dataset: &EvaluationDataset) -> Result<(), StoreError> {
    sql("update evaluation_datasets set schema_json = $1, record_count = $2, digest = $3, updated_at_ms = $4, \
         updated_by = $5 where dataset_id = $6")
    .bind(dataset.schema.clone())
    .bind(dataset.record_count)
    .bind(&dataset.digest)
    .bind(dataset.updated_at_ms)
    .bind(dataset.updated_by.clone())
    .bind(dataset.id.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: &DatasetId) -> Result<bool, StoreError> {
    let deleted = sql("delete from evaluation_datasets where dataset_id = $1")
        .bind(id.as_str())
        .execute(tx)
        .await?;
    Ok(deleted > 0)
}

pub async fn search(
    pool: &Pool,
    experiment_ids: &[ExperimentId],
    filter: Option<&Filter>,
    order: &[OrderBy],
    page: Page,
) -> Result<Vec<EvaluationDataset>, StoreError> {
    let mut search = Search::new(pool, Entity::EvaluationDatasets);
    if !experiment_ids.is_empty() {
        search = search.holding_any(
            "exists (select 1 from evaluation_dataset_experiments x where x.dataset_id = h.dataset_id \
             and x.experiment_id in {})",
            experiment_ids.iter().map(ExperimentId::as_str),
        );
    }
    let rows = search
        .filter(filter)
        .order(order)
        .page(pool, COLUMNS, page)
        .await?;
    filled(pool, rows).await
}

async fn filled(pool: &Pool, rows: Vec<DatasetRow>) -> Result<Vec<EvaluationDataset>, StoreError> {
    let mut datasets = Vec::with_capacity(rows.len());
    for piece in rows.chunks(IDS_AT_ONCE) {
        let ids: Vec<&str> = piece.iter().map(|row| row.dataset_id.as_str()).collect();
        let mut tags = labels::of_owners(pool, Labels::DatasetTags, &ids).await?;
        let mut experiments = experiments_of(pool, &ids).await?;
        for row in piece {
            let mut dataset = dataset(row.clone());
            let id = dataset.id.as_str();
            dataset.tags = tags.remove(id).unwrap_or_default().into_iter().collect();
            dataset.experiment_ids = experiments.remove(id).unwrap_or_default();
            datasets.push(dataset);
        }
    }
    Ok(datasets)
}

async fn experiments_of(
    pool: &Pool,
    ids: &[&str],
) -> Result<HashMap<String, Vec<ExperimentId>>, StoreError> {
    let list = dialect::in_list(1, ids.len());
    let rows: Vec<(String, String)> = sql(format!(
        "select dataset_id, experiment_id from evaluation_dataset_experiments where dataset_id in {list} \
         order by experiment_id"
    ))
    .bind_all(ids.iter().copied())
    .all(pool)
    .await?;
    let mut datasets: HashMap<String, Vec<ExperimentId>> = HashMap::new();
    for (dataset_id, experiment_id) in rows {
        let id = ExperimentId::try_from(experiment_id).map_err(|problem| StoreError::Corrupt {
            table: "evaluation_dataset_experiments",
            column: "experiment_id",
            row: dataset_id.clone(),
            problem: problem.to_string(),
        })?;
        datasets.entry(dataset_id).or_default().push(id);
    }
    Ok(datasets)
}

fn dataset(row: DatasetRow) -> EvaluationDataset {
    EvaluationDataset {
        id: row.dataset_id,
        name: row.name,
        schema: row.schema_json,
        record_count: row.record_count,
        digest: row.digest,
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
        created_by: row.created_by,
        updated_by: row.updated_by,
        tags: std::collections::BTreeMap::new(),
        experiment_ids: Vec::new(),
    }
}

/// Records by the digest of their inputs, as the open transaction sees them.
pub async fn records_by_input(
    tx: &mut Tx,
    id: &DatasetId,
    digests: &[&str],
) -> Result<HashMap<String, EvaluationRecord>, StoreError> {
    let mut found = HashMap::new();
    for piece in digests.chunks(IDS_AT_ONCE) {
        let list = dialect::in_list(2, piece.len());
        let rows: Vec<KeyedRow> = sql(format!(
            "select input_digest, record_id, dataset_id, body, created_at_ms, updated_at_ms \
             from evaluation_records where dataset_id = $1 and input_digest in {list}"
        ))
        .bind(id.as_str())
        .bind_all(piece.iter().copied())
        .all(&mut *tx)
        .await?;
        for KeyedRow { input_digest, row } in rows {
            found.insert(input_digest, record(row)?);
        }
    }
    Ok(found)
}

/// Writes records under the digests of their inputs; one that is there is replaced. Digests must not repeat.
pub async fn put_records(
    tx: &mut Tx,
    records: &[(&str, &EvaluationRecord)],
) -> Result<(), StoreError> {
    for chunk in records.chunks(500) {
        let rows = dialect::placeholders(chunk.len(), 6);
        let values = chunk.iter().flat_map(|(digest, record)| {
            let body = serde_json::to_string(&record.body).unwrap_or_else(|_| "{}".to_owned());
            [
                Value::from(record.id.as_str()),
                record.dataset_id.as_str().into(),
                Value::from(*digest),
                body.into(),
                record.created_at_ms.into(),
                record.updated_at_ms.into(),
            ]
        });
        sql(format!(
            "insert into evaluation_records (record_id, dataset_id, input_digest, body, created_at_ms, updated_at_ms) \
             values {rows} on conflict (dataset_id, input_digest) do update set body = excluded.body, \
             updated_at_ms = excluded.updated_at_ms"
        ))
        .bind_all(values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

pub async fn count_records(tx: &mut Tx, id: &DatasetId) -> Result<i64, StoreError> {
    let (count,): (i64,) = sql("select count(*) from evaluation_records where dataset_id = $1")
        .bind(id.as_str())
        .one(tx)
        .await?;
    Ok(count)
}

/// Records in the order of their making, after the one named.
pub async fn records(
    pool: &Pool,
    id: &DatasetId,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<EvaluationRecord>, StoreError> {
    let (at_ms, record_id) = after.unwrap_or((i64::MIN, ""));
    let rows: Vec<RecordRow> = sql(
        "select record_id, dataset_id, body, created_at_ms, updated_at_ms from evaluation_records \
         where dataset_id = $1 and (created_at_ms, record_id) > ($2, $3) \
         order by created_at_ms, record_id limit $4",
    )
    .bind(id.as_str())
    .bind(at_ms)
    .bind(record_id)
    .bind(limit)
    .all(pool)
    .await?;
    rows.into_iter().map(record).collect()
}

pub async fn delete_records(
    tx: &mut Tx,
    id: &DatasetId,
    record_ids: &[String],
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for piece in record_ids.chunks(IDS_AT_ONCE) {
        let list = dialect::in_list(2, piece.len());
        deleted += sql(format!(
            "delete from evaluation_records where dataset_id = $1 and record_id in {list}"
        ))
        .bind(id.as_str())
        .bind_all(piece)
        .execute(&mut *tx)
        .await?;
    }
    Ok(deleted)
}

fn record(row: RecordRow) -> Result<EvaluationRecord, StoreError> {
    let body: RecordBody =
        serde_json::from_str(&row.body).map_err(|problem| StoreError::Corrupt {
            table: "evaluation_records",
            column: "body",
            row: row.record_id.clone(),
            problem: problem.to_string(),
        })?;
    Ok(EvaluationRecord {
        id: row.record_id,
        dataset_id: row.dataset_id,
        body,
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
    })
}
