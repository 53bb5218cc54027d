//! The gate report: evidence that is kept with the version, and how its steps are told while they run.

use std::collections::HashMap;

use domain::deployment::{GateCheck, GateLimits, Verdict};
use engine::{CancelToken, Fingerprint};
use serde::{Deserialize, Serialize};
use store::deployment::{self as rows, GateReportRow};
use store::{StoreError, Tx};

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::registry::GateSummary;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateReport {
    pub model: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub digest: String,
    pub verdict: Verdict,
    pub checks: Vec<GateCheck>,
    pub limits: GateLimits,
    #[specta(type = specta_typescript::Number)]
    pub started_at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub took_ms: i64,
    pub fingerprint: Fingerprint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Fetch,
    Verify,
    Load,
    Warm,
    Smoke,
    Switch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    Running,
    Done,
    Failed,
}

/// A step as it happens; `check` carries a line of the checklist as soon as it is known.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeployStep {
    pub step: Step,
    pub state: StepState,
    pub detail: String,
    pub check: Option<GateCheck>,
}

/// Who attends a run of the gates: hears each step (a window's channel, a terminal, nobody), and may stop it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    pub progress: &'a (dyn Fn(DeployStep) + Send + Sync),
    pub cancel: &'a CancelToken,
}

/// The limits of a model: the defaults, overridden by its tags `gate.latency_p99_ms_max`, `gate.size_bytes_max`,
/// `gate.golden_rtol` and `gate.golden_atol`. A tag that is no number is an error, never a silent default.
pub async fn limits_of(ctx: &Context, name: &str) -> Result<GateLimits> {
    let mut limits = GateLimits::default();
    for tag in store::registry::model_tags(ctx.store.pool(), Some(name)).await? {
        let Some(limit) = tag.key.strip_prefix("gate.") else {
            continue;
        };
        let bad = |wanted: &str| {
            ServiceError::invalid(
                tag.key.clone(),
                format!(
                    "tag {} of {name} is '{}'; it must be {wanted}",
                    tag.key, tag.value
                ),
            )
        };
        let number = || {
            let parsed = tag.value.trim().parse::<f64>().ok();
            parsed
                .filter(|n| n.is_finite() && *n >= 0.0)
                .ok_or_else(|| bad("a number of at least 0"))
        };
        match limit {
            "latency_p99_ms_max" => limits.latency_p99_ms_max = number()?,
            "size_bytes_max" => {
                limits.size_bytes_max = tag
                    .value
                    .trim()
                    .parse()
                    .map_err(|_| bad("a whole number of bytes"))?;
            }
            "golden_rtol" => limits.golden_rtol = number()?,
            "golden_atol" => limits.golden_atol = number()?,
            _ => {
                return Err(ServiceError::invalid(
                    tag.key.clone(),
                    format!(
                        "tag {} of {name} names no gate; known are gate.latency_p99_ms_max, gate.size_bytes_max, \
                             gate.golden_rtol, gate.golden_atol",
                        tag.key
                    ),
                ));
            }
        }
    }
    Ok(limits)
}

pub(super) async fn keep(tx: &mut Tx, report: &GateReport) -> Result<(), StoreError> {
    let row = GateReportRow {
        report_id: uuid::Uuid::now_v7().to_string(),
        name: report.model.clone(),
        version: report.version,
        verdict: report.verdict.as_str().to_owned(),
        digest: report.digest.clone(),
        report_json: serde_json::to_string(report).unwrap_or_default(),
        at_ms: report.started_at_ms,
    };
    rows::insert_gate_report(tx, &row).await
}

/// The newest evidence of each version of a model.
async fn reports(ctx: &Context, name: &str) -> Result<Vec<GateReport>> {
    let mut reports = Vec::new();
    for row in rows::latest_gate_reports(ctx.store.pool(), name).await? {
        let report = serde_json::from_str(&row.report_json).map_err(|e| StoreError::Corrupt {
            table: "gate_reports",
            column: "report_json",
            row: row.report_id.clone(),
            problem: e.to_string(),
        })?;
        reports.push(report);
    }
    Ok(reports)
}

pub async fn gate_summaries(ctx: &Context, name: &str) -> Result<HashMap<i64, GateSummary>> {
    let summary = |report: &GateReport| GateSummary {
        verdict: report.verdict,
        passed: report
            .checks
            .iter()
            .filter(|c| c.verdict == Verdict::Pass)
            .count() as u32,
        total: report.checks.len() as u32,
        checked_at_ms: report.started_at_ms,
    };
    Ok(reports(ctx, name)
        .await?
        .iter()
        .map(|report| (report.version, summary(report)))
        .collect())
}

pub async fn latest_report(ctx: &Context, name: &str, version: i64) -> Result<Option<GateReport>> {
    Ok(reports(ctx, name)
        .await?
        .into_iter()
        .find(|report| report.version == version))
}

/// A line of the checklist.
pub(super) fn check(
    id: &str,
    title: &str,
    verdict: Verdict,
    measured: String,
    limit: String,
    detail: &str,
) -> GateCheck {
    GateCheck {
        id: id.to_owned(),
        title: title.to_owned(),
        verdict,
        measured,
        limit,
        detail: detail.to_owned(),
    }
}
