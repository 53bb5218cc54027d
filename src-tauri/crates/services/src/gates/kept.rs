//! Evidence that is kept with its version.

use std::collections::HashMap;

use domain::deployment::Verdict;
use store::deployment::{self as rows, GateReportRow};
use store::{StoreError, Tx};

use super::evidence::{Evidence, GateReport};
use crate::Context;
use crate::error::{Result, ServiceError};
use crate::registry::{GateSummary, VersionInput};

/// As many runs of the gates of one version as a list shows.
const LISTED_MAX: i64 = 50;

/// Keeps evidence of a registered version.
pub(crate) async fn keep(tx: &mut Tx, evidence: &Evidence) -> Result<(), StoreError> {
    let row = GateReportRow {
        report_id: evidence.report_id.clone(),
        name: evidence.subject.model.clone(),
        version: evidence.subject.version.unwrap_or_default(),
        verdict: evidence.verdict.as_str().to_owned(),
        digest: evidence.subject.digest.clone(),
        report_json: serde_json::to_string(&evidence.report()).unwrap_or_default(),
        at_ms: evidence.started_at_ms,
    };
    rows::insert_gate_report(tx, &row).await?;
    let whole = serde_json::to_string(evidence).unwrap_or_default();
    rows::insert_gate_evidence(tx, &row.report_id, &whole).await
}

fn read(row: &GateReportRow) -> Result<GateReport> {
    let mut report: GateReport =
        serde_json::from_str(&row.report_json).map_err(|e| StoreError::Corrupt {
            table: "gate_reports",
            column: "report_json",
            row: row.report_id.clone(),
            problem: e.to_string(),
        })?;
    // A model may have been renamed since.
    report.model.clone_from(&row.name);
    Ok(report)
}

/// The runs of the gates of one version, newest first.
pub async fn gate_reports(ctx: &Context, input: VersionInput) -> Result<Vec<GateReport>> {
    let pool = ctx.store.pool();
    let rows = rows::gate_reports(pool, &input.name, input.version, LISTED_MAX).await?;
    rows.iter().map(read).collect()
}

/// The whole evidence of a report.
pub async fn evidence_of(ctx: &Context, report_id: &str) -> Result<Evidence> {
    let row = rows::gate_evidence(ctx.store.pool(), report_id)
        .await?
        .ok_or_else(|| {
            ServiceError::not_found(format!(
                "no evidence is kept under '{report_id}'; reports of earlier releases have none, so run the gates again"
            ))
        })?;
    Ok(
        serde_json::from_str(&row.evidence_json).map_err(|e| StoreError::Corrupt {
            table: "gate_evidence",
            column: "evidence_json",
            row: row.report_id,
            problem: e.to_string(),
        })?,
    )
}

/// The newest evidence of each version of a model.
async fn reports(ctx: &Context, name: &str) -> Result<Vec<GateReport>> {
    let rows = rows::latest_gate_reports(ctx.store.pool(), name).await?;
    rows.iter().map(read).collect()
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
        .filter_map(|report| Some((report.version?, summary(report))))
        .collect())
}

pub async fn latest_report(ctx: &Context, name: &str, version: i64) -> Result<Option<GateReport>> {
    Ok(reports(ctx, name)
        .await?
        .into_iter()
        .find(|report| report.version == Some(version)))
}
