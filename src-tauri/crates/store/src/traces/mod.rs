//! Traces: their heads, their spans, what is thought of them.
//!
//! A trace's writers take its row first ([`lock`]), several in the order of their ids, so that spans, the client's own
//! word on the trace and other batches never interleave or deadlock.

pub mod assessments;
pub mod spans;

use std::collections::{BTreeMap, HashMap};

use domain::search::{Entity, Filter, OrderBy};
use domain::traces::{Assessment, TraceId, TraceInfo, TraceState, keys};
use domain::tracking::ExperimentId;

use crate::dialect;
use crate::search::{Page, Search};
use crate::sql::{Conn, Value, sql};
use crate::tracking::labels::{self, Labels};
use crate::{Pool, StoreError, Tx};

/// Ids of one list go into one `in (...)`; longer lists are read in pieces of this size.
const IDS_AT_ONCE: usize = 500;

const COLUMNS: &str = "t.trace_id, t.experiment_id, t.requested_at_ms, t.duration_ms, t.state, t.client_request_id, \
                       t.request_preview, t.response_preview, t.is_final";

/// The head of a trace.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct TraceRow {
    #[sqlx(try_from = "String")]
    pub trace_id: TraceId,
    #[sqlx(try_from = "String")]
    pub experiment_id: ExperimentId,
    pub requested_at_ms: i64,
    pub duration_ms: Option<i64>,
    #[sqlx(try_from = "String")]
    pub state: TraceState,
    pub client_request_id: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    /// The client has told the trace as a whole.
    pub is_final: bool,
}

/// Makes the trace unless it is there; true when it was made.
pub async fn ensure(tx: &mut Tx, row: &TraceRow) -> Result<bool, StoreError> {
    let made = sql(
        "insert into traces (trace_id, experiment_id, requested_at_ms, duration_ms, state, client_request_id, \
         request_preview, response_preview, is_final) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         on conflict (trace_id) do nothing",
    )
    .bind(row.trace_id.as_str())
    .bind_all(values_of(row))
    .execute(tx)
    .await?;
    Ok(made > 0)
}

fn values_of(row: &TraceRow) -> [Value; 8] {
    [
        row.experiment_id.as_str().into(),
        row.requested_at_ms.into(),
        row.duration_ms.into(),
        row.state.as_str().into(),
        row.client_request_id.clone().into(),
        row.request_preview.clone().into(),
        row.response_preview.clone().into(),
        row.is_final.into(),
    ]
}

/// The trace, kept from changing until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &TraceId) -> Result<Option<TraceRow>, StoreError> {
    let conn = Conn::from(tx);
    let lock = dialect::for_update(&conn);
    sql(format!(
        "select {COLUMNS} from traces t where t.trace_id = $1{lock}"
    ))
    .bind(id.as_str())
    .optional(conn)
    .await
}

pub async fn update(tx: &mut Tx, row: &TraceRow) -> Result<(), StoreError> {
    sql(
        "update traces set experiment_id = $2, requested_at_ms = $3, duration_ms = $4, state = $5, \
         client_request_id = $6, request_preview = $7, response_preview = $8, is_final = $9 where trace_id = $1",
    )
    .bind(row.trace_id.as_str())
    .bind_all(values_of(row))
    .execute(tx)
    .await?;
    Ok(())
}

/// Says that a trace belongs to a run or used a prompt; saying it again changes nothing.
pub async fn link(
    tx: &mut Tx,
    id: &TraceId,
    kind: &str,
    target_id: &str,
) -> Result<(), StoreError> {
    sql(
        "insert into trace_links (trace_id, kind, target_id) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(id.as_str())
    .bind(kind)
    .bind(target_id)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn by_id(pool: &Pool, id: &TraceId) -> Result<Option<TraceInfo>, StoreError> {
    Ok(by_ids(pool, std::slice::from_ref(id)).await?.pop())
}

/// Those of the traces that are there, in the order of `ids`.
pub async fn by_ids(pool: &Pool, ids: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for piece in ids.chunks(IDS_AT_ONCE) {
        let list = dialect::in_list(1, piece.len());
        let rows: Vec<TraceRow> = sql(format!(
            "select {COLUMNS} from traces t where t.trace_id in {list}"
        ))
        .bind_all(piece.iter().map(TraceId::as_str))
        .all(pool)
        .await?;
        for info in filled(pool, rows).await? {
            found.insert(info.id.clone(), info);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

pub async fn search(
    pool: &Pool,
    experiment_ids: &[ExperimentId],
    filter: Option<&Filter>,
    order: &[OrderBy],
    page: Page,
) -> Result<Vec<TraceInfo>, StoreError> {
    let rows: Vec<TraceRow> = Search::new(pool, Entity::Traces)
        .among(
            "experiment_id",
            experiment_ids.iter().map(ExperimentId::as_str),
        )
        .filter(filter)
        .order(order)
        .page(pool, COLUMNS, page)
        .await?;
    let mut infos = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let piece = rows.by_ref().take(IDS_AT_ONCE).collect();
        infos.extend(filled(pool, piece).await?);
    }
    Ok(infos)
}

async fn filled(pool: &Pool, rows: Vec<TraceRow>) -> Result<Vec<TraceInfo>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.trace_id.as_str()).collect();
    let mut tags = labels::of_owners(pool, Labels::TraceTags, &ids).await?;
    let mut metadata = labels::of_owners(pool, Labels::TraceMetadata, &ids).await?;
    let mut thoughts = assessments::of_traces(pool, &ids).await?;
    let infos = rows.into_iter().map(|row| {
        let id = row.trace_id.as_str();
        let map =
            |pairs: Option<Vec<(String, String)>>| pairs.unwrap_or_default().into_iter().collect();
        let (tags, metadata) = (map(tags.remove(id)), map(metadata.remove(id)));
        let assessments = thoughts.remove(id).unwrap_or_default();
        info(row, tags, metadata, assessments)
    });
    Ok(infos.collect())
}

fn info(
    row: TraceRow,
    tags: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
    assessments: Vec<Assessment>,
) -> TraceInfo {
    TraceInfo {
        id: row.trace_id,
        experiment_id: row.experiment_id,
        requested_at_ms: row.requested_at_ms,
        duration_ms: row.duration_ms,
        state: row.state,
        client_request_id: row.client_request_id,
        request_preview: row.request_preview,
        response_preview: row.response_preview,
        tags,
        metadata,
        assessments,
    }
}

/// The oldest traces of an experiment, up to a time, at most so many.
pub async fn oldest(
    tx: &mut Tx,
    experiment_id: &ExperimentId,
    until_ms: i64,
    limit: i64,
) -> Result<Vec<TraceId>, StoreError> {
    let rows: Vec<(String,)> = sql(
        "select trace_id from traces where experiment_id = $1 and requested_at_ms <= $2 \
         order by requested_at_ms, trace_id limit $3",
    )
    .bind(experiment_id.as_str())
    .bind(until_ms)
    .bind(limit)
    .all(tx)
    .await?;
    rows.into_iter()
        .map(|(id,)| TraceId::try_from(id).map_err(|problem| corrupt("trace_id", &problem)))
        .collect()
}

fn corrupt(column: &'static str, problem: &domain::names::Invalid) -> StoreError {
    StoreError::Corrupt {
        table: "traces",
        column,
        row: problem.value.clone(),
        problem: problem.to_string(),
    }
}

/// Where the files of those of the traces are that are in the experiment.
pub async fn artifact_locations(
    tx: &mut Tx,
    experiment_id: &ExperimentId,
    ids: &[TraceId],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for piece in ids.chunks(IDS_AT_ONCE) {
        let list = dialect::in_list(3, piece.len());
        let rows: Vec<(String, String)> = sql(format!(
            "select t.trace_id, g.value from traces t join trace_tags g on g.trace_id = t.trace_id and g.key = $2 \
             where t.experiment_id = $1 and t.trace_id in {list}"
        ))
        .bind(experiment_id.as_str())
        .bind(keys::ARTIFACT_LOCATION)
        .bind_all(piece.iter().map(TraceId::as_str))
        .all(&mut *tx)
        .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Deletes those of the traces that are in the experiment, with everything of theirs; returns which.
pub async fn delete(
    tx: &mut Tx,
    experiment_id: &ExperimentId,
    ids: &[TraceId],
) -> Result<Vec<String>, StoreError> {
    let mut deleted = Vec::with_capacity(ids.len());
    for piece in ids.chunks(IDS_AT_ONCE) {
        let list = dialect::in_list(2, piece.len());
        let rows: Vec<(String,)> = sql(format!(
            "delete from traces where experiment_id = $1 and trace_id in {list} returning trace_id"
        ))
        .bind(experiment_id.as_str())
        .bind_all(piece.iter().map(TraceId::as_str))
        .all(&mut *tx)
        .await?;
        deleted.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(deleted)
}
