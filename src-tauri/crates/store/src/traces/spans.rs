//! The spans of traces, one row each.

use std::collections::HashMap;

use domain::names::Invalid;
use domain::traces::{Span, SpanBody, SpanFigures, SpanId, SpanStatus, TraceId, keys};

use super::IDS_AT_ONCE;
use crate::dialect;
use crate::sql::{Value, sql};
use crate::{Pool, StoreError, Tx};

const WRITTEN: usize = 11;

#[derive(Debug, sqlx::FromRow)]
struct SpanRow {
    #[sqlx(try_from = "String")]
    trace_id: TraceId,
    #[sqlx(try_from = "String")]
    span_id: SpanId,
    parent_span_id: Option<String>,
    name: String,
    #[sqlx(try_from = "String")]
    status: SpanStatus,
    started_ns: i64,
    ended_ns: Option<i64>,
    body: String,
}

/// Writes spans; one that is there is replaced. Ids must not repeat.
pub async fn put(tx: &mut Tx, spans: &[&Span]) -> Result<(), StoreError> {
    for chunk in spans.chunks(250) {
        let rows = dialect::placeholders(chunk.len(), WRITTEN);
        let values = chunk.iter().flat_map(|span| values_of(span));
        sql(format!(
            "insert into trace_spans (trace_id, span_id, parent_span_id, name, kind, status, started_ns, ended_ns, \
             usage_json, cost_json, body) values {rows} on conflict (trace_id, span_id) do update set \
             parent_span_id = excluded.parent_span_id, name = excluded.name, kind = excluded.kind, \
             status = excluded.status, started_ns = excluded.started_ns, ended_ns = excluded.ended_ns, \
             usage_json = excluded.usage_json, cost_json = excluded.cost_json, body = excluded.body"
        ))
        .bind_all(values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

fn values_of(span: &Span) -> [Value; WRITTEN] {
    let body = serde_json::to_string(&span.body).unwrap_or_else(|_| "{}".to_owned());
    [
        span.trace_id.as_str().into(),
        span.id.as_str().into(),
        span.parent_id.as_ref().map(SpanId::as_str).into(),
        span.name.as_str().into(),
        span.kind().into(),
        span.status.as_str().into(),
        span.started_ns.into(),
        span.ended_ns.into(),
        span.object_json(keys::SPAN_USAGE).into(),
        span.object_json(keys::SPAN_COST).into(),
        body.into(),
    ]
}

/// How many spans a trace has by now.
pub async fn count(tx: &mut Tx, id: &TraceId) -> Result<i64, StoreError> {
    let (count,): (i64,) = sql("select count(*) from trace_spans where trace_id = $1")
        .bind(id.as_str())
        .one(tx)
        .await?;
    Ok(count)
}

/// What each span used, and what each cost, to be added up.
pub async fn figures(
    tx: &mut Tx,
    id: &TraceId,
) -> Result<(Vec<SpanFigures>, Vec<SpanFigures>), StoreError> {
    type Row = (String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = sql(
        "select span_id, parent_span_id, usage_json, cost_json from trace_spans where trace_id = $1",
    )
    .bind(id.as_str())
    .all(tx)
    .await?;
    let figures = |id: &str, parent: Option<&str>, json: Option<String>| SpanFigures {
        span_id: id.to_owned(),
        parent_span_id: parent.map(str::to_owned),
        figures: json.and_then(|json| serde_json::from_str(&json).ok()),
    };
    Ok(rows
        .into_iter()
        .map(|(id, parent, usage, cost)| {
            let parent = parent.as_deref();
            (figures(&id, parent, usage), figures(&id, parent, cost))
        })
        .unzip())
}

/// The spans of each trace: roots first, then by start.
pub async fn of_traces(
    pool: &Pool,
    ids: &[&str],
) -> Result<HashMap<String, Vec<Span>>, StoreError> {
    let mut traces: HashMap<String, Vec<Span>> = HashMap::new();
    for piece in ids.chunks(IDS_AT_ONCE) {
        let list = dialect::in_list(1, piece.len());
        let rows: Vec<SpanRow> = sql(format!(
            "select trace_id, span_id, parent_span_id, name, status, started_ns, ended_ns, body \
             from trace_spans where trace_id in {list} \
             order by case when parent_span_id is null then 0 else 1 end, started_ns, span_id"
        ))
        .bind_all(piece.iter().copied())
        .all(pool)
        .await?;
        for row in rows {
            let span = span(row)?;
            traces
                .entry(span.trace_id.as_str().to_owned())
                .or_default()
                .push(span);
        }
    }
    Ok(traces)
}

fn span(row: SpanRow) -> Result<Span, StoreError> {
    let corrupt = |column: &'static str, problem: String| StoreError::Corrupt {
        table: "trace_spans",
        column,
        row: format!("{}/{}", row.trace_id, row.span_id),
        problem,
    };
    let body: SpanBody =
        serde_json::from_str(&row.body).map_err(|problem| corrupt("body", problem.to_string()))?;
    let parent_id = row
        .parent_span_id
        .as_deref()
        .map(SpanId::parse)
        .transpose()
        .map_err(|problem: Invalid| corrupt("parent_span_id", problem.to_string()))?;
    Ok(Span {
        trace_id: row.trace_id,
        id: row.span_id,
        parent_id,
        name: row.name,
        status: row.status,
        started_ns: row.started_ns,
        ended_ns: row.ended_ns,
        body,
    })
}
