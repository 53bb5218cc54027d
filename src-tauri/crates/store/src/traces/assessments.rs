//! Assessments of traces.

use std::collections::{BTreeMap, HashMap};

use domain::traces::{
    Assessment, AssessmentError, AssessmentId, AssessmentSource, AssessmentValue, SpanId, TraceId,
};
use serde::{Deserialize, Serialize};

use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError, Tx};

const COLUMNS: &str = "assessment_id, trace_id, kind, name, value_json, is_valid, overrides, created_at_ms, \
                       updated_at_ms, body";

#[derive(Debug, sqlx::FromRow)]
struct AssessmentRow {
    #[sqlx(try_from = "String")]
    assessment_id: AssessmentId,
    #[sqlx(try_from = "String")]
    trace_id: TraceId,
    kind: String,
    name: String,
    value_json: String,
    is_valid: bool,
    overrides: Option<String>,
    created_at_ms: i64,
    updated_at_ms: i64,
    body: String,
}

/// What is shown and never searched.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    source: AssessmentSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<AssessmentError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rationale: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

/// Writes an assessment; one with its id is replaced.
pub async fn put(tx: &mut Tx, assessment: &Assessment) -> Result<(), StoreError> {
    let error = match &assessment.value {
        AssessmentValue::Feedback { error, .. } => error.clone(),
        AssessmentValue::Expectation { .. } | AssessmentValue::Issue { .. } => None,
    };
    let body = Body {
        source: assessment.source.clone(),
        span_id: assessment.span_id.as_ref().map(|id| id.as_str().to_owned()),
        error,
        rationale: assessment.rationale.clone(),
        metadata: assessment.metadata.clone(),
    };
    let body = serde_json::to_string(&body).unwrap_or_else(|_| "{}".to_owned());
    sql(
        "insert into trace_assessments (assessment_id, trace_id, kind, name, value_json, number_value, is_valid, \
         overrides, created_at_ms, updated_at_ms, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         on conflict (assessment_id) do update set kind = excluded.kind, name = excluded.name, \
         value_json = excluded.value_json, number_value = excluded.number_value, is_valid = excluded.is_valid, \
         overrides = excluded.overrides, updated_at_ms = excluded.updated_at_ms, body = excluded.body",
    )
    .bind(assessment.id.as_str())
    .bind(assessment.trace_id.as_str())
    .bind(assessment.value.kind())
    .bind(&assessment.name)
    .bind(assessment.value.value().to_string())
    .bind(assessment.value.number())
    .bind(assessment.is_valid)
    .bind(assessment.overrides.as_ref().map(AssessmentId::as_str))
    .bind(assessment.created_at_ms)
    .bind(assessment.updated_at_ms)
    .bind(body)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn by_id(
    conn: impl Into<Conn<'_>>,
    trace_id: &TraceId,
    id: &AssessmentId,
) -> Result<Option<Assessment>, StoreError> {
    let row: Option<AssessmentRow> = sql(format!(
        "select {COLUMNS} from trace_assessments where trace_id = $1 and assessment_id = $2"
    ))
    .bind(trace_id.as_str())
    .bind(id.as_str())
    .optional(conn)
    .await?;
    row.map(assessment).transpose()
}

/// False when there is none.
pub async fn set_valid(
    tx: &mut Tx,
    trace_id: &TraceId,
    id: &AssessmentId,
    is_valid: bool,
) -> Result<bool, StoreError> {
    let changed = sql(
        "update trace_assessments set is_valid = $1 where trace_id = $2 and assessment_id = $3",
    )
    .bind(is_valid)
    .bind(trace_id.as_str())
    .bind(id.as_str())
    .execute(tx)
    .await?;
    Ok(changed > 0)
}

pub async fn delete(
    tx: &mut Tx,
    trace_id: &TraceId,
    id: &AssessmentId,
) -> Result<bool, StoreError> {
    let deleted = sql("delete from trace_assessments where trace_id = $1 and assessment_id = $2")
        .bind(trace_id.as_str())
        .bind(id.as_str())
        .execute(tx)
        .await?;
    Ok(deleted > 0)
}

pub(super) async fn of_traces(
    pool: &Pool,
    ids: &[&str],
) -> Result<HashMap<String, Vec<Assessment>>, StoreError> {
    let list = dialect::in_list(1, ids.len());
    let rows: Vec<AssessmentRow> = sql(format!(
        "select {COLUMNS} from trace_assessments where trace_id in {list} \
         order by created_at_ms, assessment_id"
    ))
    .bind_all(ids.iter().copied())
    .all(pool)
    .await?;
    let mut traces: HashMap<String, Vec<Assessment>> = HashMap::new();
    for row in rows {
        let assessment = assessment(row)?;
        traces
            .entry(assessment.trace_id.as_str().to_owned())
            .or_default()
            .push(assessment);
    }
    Ok(traces)
}

fn assessment(row: AssessmentRow) -> Result<Assessment, StoreError> {
    let corrupt = |column: &'static str, problem: String| StoreError::Corrupt {
        table: "trace_assessments",
        column,
        row: row.assessment_id.to_string(),
        problem,
    };
    let body: Body =
        serde_json::from_str(&row.body).map_err(|problem| corrupt("body", problem.to_string()))?;
    let value: serde_json::Value = serde_json::from_str(&row.value_json)
        .map_err(|problem| corrupt("value_json", problem.to_string()))?;
    let value = match row.kind.as_str() {
        "feedback" => AssessmentValue::Feedback {
            value,
            error: body.error,
        },
        "expectation" => AssessmentValue::Expectation { value },
        "issue" => AssessmentValue::Issue {
            name: value.as_str().unwrap_or_default().to_owned(),
        },
        other => return Err(corrupt("kind", format!("unknown kind {other:?}"))),
    };
    let span_id = body.span_id.as_deref().map(SpanId::parse).transpose();
    let overrides = row
        .overrides
        .as_deref()
        .map(AssessmentId::parse)
        .transpose();
    Ok(Assessment {
        span_id: span_id.map_err(|problem| corrupt("body", problem.to_string()))?,
        overrides: overrides.map_err(|problem| corrupt("overrides", problem.to_string()))?,
        id: row.assessment_id,
        trace_id: row.trace_id,
        name: row.name,
        source: body.source,
        value,
        rationale: body.rationale,
        metadata: body.metadata,
        is_valid: row.is_valid,
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
    })
}
