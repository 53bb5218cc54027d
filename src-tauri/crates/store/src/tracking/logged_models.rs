//! Logged models: models as things of their own, beside the runs that made them.

use std::collections::HashMap;

use domain::search::{Entity, Filter, OnDataset, OrderBy};
use domain::tracking::{
    ExperimentId, Lifecycle, LoggedModel, LoggedModelId, LoggedModelMetric, LoggedModelStatus,
    Metric, MetricPoint, Param, RunId, Tag,
};

use super::IDS_AT_ONCE;
use super::labels::{self, Labels};
use crate::dialect;
use crate::search::{Page, Search};
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError, Tx};

const COLUMNS: &str = "m.model_id, m.experiment_id, m.name, m.artifact_uri, m.status, m.status_message, m.model_type, \
                       m.source_run_id, m.created_at_ms, m.updated_at_ms";

#[derive(Debug, sqlx::FromRow)]
struct LoggedModelRow {
    #[sqlx(try_from = "String")]
    model_id: LoggedModelId,
    #[sqlx(try_from = "String")]
    experiment_id: ExperimentId,
    name: String,
    artifact_uri: String,
    #[sqlx(try_from = "String")]
    status: LoggedModelStatus,
    status_message: Option<String>,
    model_type: Option<String>,
    source_run_id: Option<String>,
    created_at_ms: i64,
    updated_at_ms: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct MetricRow {
    model_id: String,
    key: String,
    #[sqlx(try_from = "String")]
    run_id: RunId,
    dataset_name: String,
    dataset_digest: String,
    step: i64,
    timestamp_ms: i64,
    value: f64,
    is_nan: bool,
}

pub async fn insert(tx: &mut Tx, model: &LoggedModel) -> Result<(), StoreError> {
    sql("insert into logged_models (model_id, experiment_id, name, artifact_uri, status, status_message, model_type, \
         source_run_id, lifecycle, created_at_ms, updated_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .bind(model.id.as_str())
    .bind(model.experiment_id.as_str())
    .bind(&model.name)
    .bind(&model.artifact_uri)
    .bind(model.status.as_str())
    .bind(model.status_message.clone())
    .bind(model.model_type.clone())
    .bind(model.source_run_id.as_ref().map(RunId::as_str))
    .bind(Lifecycle::Active.as_str())
    .bind(model.created_at_ms)
    .bind(model.updated_at_ms)
    .execute(&mut *tx)
    .await?;
    let id = model.id.as_str();
    let params = model
        .params
        .iter()
        .map(|p| (p.key.as_str(), p.value.as_str()));
    labels::set(tx, Labels::ModelParams, id, params).await?;
    let tags = model
        .tags
        .iter()
        .map(|t| (t.key.as_str(), t.value.as_str()));
    labels::set(tx, Labels::ModelTags, id, tags).await
}

pub async fn by_id(pool: &Pool, id: &LoggedModelId) -> Result<Option<LoggedModel>, StoreError> {
    let row: Option<LoggedModelRow> = sql(format!(
        "select {COLUMNS} from logged_models m where m.model_id = $1 and m.lifecycle = 'active'"
    ))
    .bind(id.as_str())
    .optional(pool)
    .await?;
    match row {
        Some(row) => Ok(filled(pool, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// Whether the model is there, kept so until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &LoggedModelId) -> Result<bool, StoreError> {
    let conn = Conn::from(tx);
    let lock = dialect::for_update(&conn);
    let row: Option<(String,)> = sql(format!(
        "select model_id from logged_models where model_id = $1 and lifecycle = 'active'{lock}"
    ))
    .bind(id.as_str())
    .optional(conn)
    .await?;
    Ok(row.is_some())
}

pub async fn set_status(
    tx: &mut Tx,
    id: &LoggedModelId,
    status: LoggedModelStatus,
    now_ms: i64,
) -> Result<(), StoreError> {
    sql("update logged_models set status = $1, updated_at_ms = $2 where model_id = $3")
        .bind(status.as_str())
        .bind(now_ms)
        .bind(id.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: &LoggedModelId, now_ms: i64) -> Result<(), StoreError> {
    sql("update logged_models set lifecycle = 'deleted', updated_at_ms = $1, deleted_at_ms = $1 where model_id = $2")
        .bind(now_ms)
        .bind(id.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps the latest value of each metric that describes a model: by time, then by step, as MLflow orders models by it.
pub async fn log_metrics(
    tx: &mut Tx,
    run_id: &RunId,
    model_id: &LoggedModelId,
    metrics: &[&Metric],
) -> Result<(), StoreError> {
    for metric in metrics {
        let (name, digest) = metric
            .dataset
            .as_ref()
            .map_or(("", ""), |(n, d)| (n.as_str(), d.as_str()));
        let [value, is_nan] = dialect::number_and_flag(metric.point.value);
        sql("insert into logged_model_metrics (model_id, key, run_id, dataset_name, dataset_digest, step, \
             timestamp_ms, value, is_nan) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             on conflict (model_id, key, run_id, dataset_name, dataset_digest) do update set \
             step = excluded.step, timestamp_ms = excluded.timestamp_ms, value = excluded.value, \
             is_nan = excluded.is_nan where (excluded.timestamp_ms, excluded.step) >= \
             (logged_model_metrics.timestamp_ms, logged_model_metrics.step)")
        .bind(model_id.as_str())
        .bind(&metric.key)
        .bind(run_id.as_str())
        .bind(name)
        .bind(digest)
        .bind(metric.point.step)
        .bind(metric.point.timestamp_ms)
        .bind(value)
        .bind(is_nan)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Which logged models are looked for.
#[derive(Debug, Clone)]
pub struct ModelSearch {
    pub experiment_ids: Vec<ExperimentId>,
    pub filter: Option<Filter>,
    /// Metrics count where they were measured on one of these; on anything when empty.
    pub datasets: Vec<OnDataset>,
    pub order: Vec<(OrderBy, OnDataset)>,
}

pub async fn search(
    pool: &Pool,
    wanted: &ModelSearch,
    page: Page,
) -> Result<Vec<LoggedModel>, StoreError> {
    let ids = wanted.experiment_ids.iter().map(ExperimentId::as_str);
    let rows = Search::new(pool, Entity::LoggedModels)
        .among("experiment_id", ids)
        .only("lifecycle", Lifecycle::Active.as_str())
        .filter_on(wanted.filter.as_ref(), &wanted.datasets)
        .order_on(&wanted.order)
        .page(pool, COLUMNS, page)
        .await?;
    filled(pool, rows).await
}

async fn filled(pool: &Pool, rows: Vec<LoggedModelRow>) -> Result<Vec<LoggedModel>, StoreError> {
    let mut models = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let piece: Vec<_> = rows.by_ref().take(IDS_AT_ONCE).collect();
        let ids: Vec<&str> = piece.iter().map(|row| row.model_id.as_str()).collect();
        let mut params = labels::of_owners(pool, Labels::ModelParams, &ids).await?;
        let mut tags = labels::of_owners(pool, Labels::ModelTags, &ids).await?;
        let mut metrics = metrics_of(pool, &ids).await?;
        for row in piece {
            let id = row.model_id.as_str();
            let params = params.remove(id).unwrap_or_default();
            let tags = tags.remove(id).unwrap_or_default();
            let metrics = metrics.remove(id).unwrap_or_default();
            models.push(model(
                row,
                params
                    .into_iter()
                    .map(|(key, value)| Param { key, value })
                    .collect(),
                tags.into_iter()
                    .map(|(key, value)| Tag { key, value })
                    .collect(),
                metrics,
            )?);
        }
    }
    Ok(models)
}

fn model(
    row: LoggedModelRow,
    params: Vec<Param>,
    tags: Vec<Tag>,
    metrics: Vec<LoggedModelMetric>,
) -> Result<LoggedModel, StoreError> {
    let source_run_id = row.source_run_id.as_deref().map(RunId::parse).transpose();
    let source_run_id = source_run_id.map_err(|problem| StoreError::Corrupt {
        table: "logged_models",
        column: "source_run_id",
        row: row.model_id.to_string(),
        problem: problem.to_string(),
    })?;
    Ok(LoggedModel {
        id: row.model_id,
        experiment_id: row.experiment_id,
        name: row.name,
        artifact_uri: row.artifact_uri,
        status: row.status,
        status_message: row.status_message,
        model_type: row.model_type,
        source_run_id,
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
        params,
        tags,
        metrics,
    })
}

async fn metrics_of(
    pool: &Pool,
    ids: &[&str],
) -> Result<HashMap<String, Vec<LoggedModelMetric>>, StoreError> {
    let list = dialect::in_list(1, ids.len());
    let rows: Vec<MetricRow> = sql(format!(
        "select model_id, key, run_id, dataset_name, dataset_digest, step, timestamp_ms, value, is_nan \
         from logged_model_metrics where model_id in {list} order by key, timestamp_ms, run_id"
    ))
    .bind_all(ids.iter().copied())
    .all(pool)
    .await?;
    let mut models: HashMap<String, Vec<LoggedModelMetric>> = HashMap::new();
    for row in rows {
        models
            .entry(row.model_id)
            .or_default()
            .push(LoggedModelMetric {
                key: row.key,
                point: MetricPoint {
                    step: row.step,
                    timestamp_ms: row.timestamp_ms,
                    value: if row.is_nan { f64::NAN } else { row.value },
                },
                run_id: row.run_id,
                dataset: (!row.dataset_name.is_empty())
                    .then_some((row.dataset_name, row.dataset_digest)),
            });
    }
    Ok(models)
}

/// Id and name of each model that is there.
pub async fn names(pool: &Pool, ids: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
    let list = dialect::in_list(1, ids.len());
    sql(format!(
        "select model_id, name from logged_models where model_id in {list}"
    ))
    .bind_all(ids.iter().copied())
    .all(pool)
    .await
}

/// Whether a model of this id was deleted; its name, until it is deleted for good.
pub async fn deleted_name(pool: &Pool, id: &LoggedModelId) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> =
        sql("select name from logged_models where model_id = $1 and lifecycle = 'deleted'")
            .bind(id.as_str())
            .optional(pool)
            .await?;
    Ok(row.map(|(name,)| name))
}

/// Id, name and address of the models that a run produced, newest first.
pub async fn of_run(
    pool: &Pool,
    run_id: &RunId,
) -> Result<Vec<(String, String, String)>, StoreError> {
    sql("select model_id, name, artifact_uri from logged_models where source_run_id = $1 and lifecycle = 'active' \
         order by created_at_ms desc, model_id")
    .bind(run_id.as_str())
    .all(pool)
    .await
}
