//! Assessments: made, replaced, changed, taken back.

use std::collections::BTreeMap;

use domain::traces::{
    Assessment, AssessmentError, AssessmentId, AssessmentValue, NewAssessment, TraceId,
    check_assessment_name,
};
use serde_json::Value;
use store::traces::assessments as rows;

use super::{locked, missing};
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

/// What changes in an assessment; what is `None` stays. Metadata joins what is there.
#[derive(Debug, Clone, Default)]
pub struct AssessmentUpdate {
    pub name: Option<String>,
    pub expectation: Option<Value>,
    pub feedback: Option<(Value, Option<AssessmentError>)>,
    pub rationale: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

fn no_assessment(trace_id: &TraceId, id: &AssessmentId) -> ServiceError {
    ServiceError::not_found(format!(
        "Assessment with ID '{id}' not found for trace '{trace_id}'"
    ))
}

pub async fn create_assessment(
    ctx: &Context,
    trace_id: &str,
    new: NewAssessment,
) -> Result<Assessment> {
    let trace_id = TraceId::parse(trace_id)?;
    new.check()?;
    let id = AssessmentId::new(uuid::Uuid::new_v4());
    let mut tx = ctx.store.begin().await?;
    let row = locked(&mut tx, &trace_id).await?;
    if let Some(overridden) = &new.overrides
        && !rows::set_valid(&mut tx, &trace_id, overridden, false).await?
    {
        return Err(no_assessment(&trace_id, overridden));
    }
    let assessment = Assessment::new(id, trace_id, new, ctx.now_ms());
    rows::put(&mut tx, &assessment).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(row.experiment_id.as_str())]);
    Ok(assessment)
}

pub async fn assessment(ctx: &Context, trace_id: &str, id: &str) -> Result<Assessment> {
    let (trace_id, id) = (TraceId::parse(trace_id)?, AssessmentId::parse(id)?);
    let pool = ctx.store.pool();
    if let Some(found) = rows::by_id(pool, &trace_id, &id).await? {
        return Ok(found);
    }
    match store::traces::by_id(pool, &trace_id).await? {
        Some(_) => Err(no_assessment(&trace_id, &id)),
        None => Err(missing(&trace_id)),
    }
}

pub async fn update_assessment(
    ctx: &Context,
    trace_id: &str,
    id: &str,
    update: AssessmentUpdate,
) -> Result<Assessment> {
    let (trace_id, id) = (TraceId::parse(trace_id)?, AssessmentId::parse(id)?);
    if let Some(name) = &update.name {
        check_assessment_name(name)?;
    }
    let mut tx = ctx.store.begin().await?;
    let row = locked(&mut tx, &trace_id).await?;
    let mut assessment = rows::by_id(&mut tx, &trace_id, &id)
        .await?
        .ok_or_else(|| no_assessment(&trace_id, &id))?;
    change(&mut assessment, update)?;
    assessment.updated_at_ms = ctx.now_ms();
    rows::put(&mut tx, &assessment).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(row.experiment_id.as_str())]);
    Ok(assessment)
}

fn change(assessment: &mut Assessment, update: AssessmentUpdate) -> Result<()> {
    match (&mut assessment.value, update.expectation, update.feedback) {
        (_, None, None) => {}
        (_, Some(_), Some(_)) => {
            return Err(ServiceError::invalid(
                "assessment",
                "Cannot specify both `expectation` and `feedback` parameters.",
            ));
        }
        (AssessmentValue::Expectation { value }, Some(new), None) => *value = new,
        (AssessmentValue::Feedback { value, error }, None, Some((new, problem))) => {
            *value = new;
            *error = problem;
        }
        (other, Some(_), None) => {
            return Err(ServiceError::invalid(
                "assessment",
                format!(
                    "Cannot update expectation value on a {} assessment.",
                    other.kind()
                ),
            ));
        }
        (other, None, Some(_)) => {
            return Err(ServiceError::invalid(
                "assessment",
                format!(
                    "Cannot update feedback value on a {} assessment.",
                    other.kind()
                ),
            ));
        }
    }
    if let Some(name) = update.name {
        assessment.name = name;
    }
    if update.rationale.is_some() {
        assessment.rationale = update.rationale;
    }
    assessment.metadata.extend(update.metadata);
    Ok(())
}

/// Takes an assessment back; the one that it replaced counts again. Taking back what is not there changes nothing.
pub async fn delete_assessment(ctx: &Context, trace_id: &str, id: &str) -> Result<()> {
    let (trace_id, id) = (TraceId::parse(trace_id)?, AssessmentId::parse(id)?);
    let mut tx = ctx.store.begin().await?;
    let row = locked(&mut tx, &trace_id).await?;
    let Some(assessment) = rows::by_id(&mut tx, &trace_id, &id).await? else {
        return Ok(());
    };
    if let Some(overridden) = &assessment.overrides {
        rows::set_valid(&mut tx, &trace_id, overridden, true).await?;
    }
    rows::delete(&mut tx, &trace_id, &id).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Traces.of(row.experiment_id.as_str())]);
    Ok(())
}
