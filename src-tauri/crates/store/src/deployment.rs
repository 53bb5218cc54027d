//! Gate reports, endpoints, and every attempt to change what serves.

use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct GateReportRow {
    pub report_id: String,
    pub name: String,
    pub version: i64,
    pub verdict: String,
    pub digest: String,
    pub report_json: String,
    pub at_ms: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EndpointRow {
    pub name: String,
    pub environment: String,
    pub model_name: String,
    pub version: i64,
    pub digest: String,
    pub desired: String,
    pub port: i64,
    pub previous_version: Option<i64>,
    pub updated_at_ms: i64,
    /// The machine that serves it; none where a workspace has one host only.
    pub host_id: Option<String>,
}

/// A machine on which a team workspace is open.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HostRow {
    pub host_id: String,
    pub name: String,
    pub seen_at_ms: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeploymentRow {
    pub deployment_id: String,
    pub endpoint: String,
    pub model_name: String,
    pub version: i64,
    pub digest: String,
    pub action: String,
    pub outcome: String,
    pub reason: String,
    pub actor: String,
    pub detail: String,
    pub at_ms: i64,
    pub took_ms: i64,
}

pub async fn insert_gate_report(tx: &mut Tx, r: &GateReportRow) -> Result<(), StoreError> {
    sql(
        "insert into gate_reports (report_id, name, version, verdict, digest, report_json, at_ms) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&r.report_id)
    .bind(&r.name)
    .bind(r.version)
    .bind(&r.verdict)
    .bind(&r.digest)
    .bind(&r.report_json)
    .bind(r.at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// The whole evidence of a report that was inserted before.
pub async fn insert_gate_evidence(
    tx: &mut Tx,
    report_id: &str,
    evidence_json: &str,
) -> Result<(), StoreError> {
    sql("insert into gate_evidence (report_id, evidence_json) values ($1, $2)")
        .bind(report_id)
        .bind(evidence_json)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct GateEvidenceRow {
    pub report_id: String,
    pub evidence_json: String,
}

pub async fn gate_evidence(
    conn: impl Into<Conn<'_>>,
    report_id: &str,
) -> Result<Option<GateEvidenceRow>, StoreError> {
    sql("select * from gate_evidence where report_id = $1")
        .bind(report_id)
        .optional(conn)
        .await
}

/// Of one version, newest first, without those of a former model of the name.
pub async fn gate_reports(
    conn: impl Into<Conn<'_>>,
    name: &str,
    version: i64,
    limit: i64,
) -> Result<Vec<GateReportRow>, StoreError> {
    sql(
        "select * from gate_reports where name = $1 and version = $2 and not former \
         order by at_ms desc, report_id desc limit $3",
    )
    .bind(name)
    .bind(version)
    .bind(limit)
    .all(conn)
    .await
}

/// The newest report of each version of a model, without those of a former model of the name.
pub async fn latest_gate_reports(
    conn: impl Into<Conn<'_>>,
    name: &str,
) -> Result<Vec<GateReportRow>, StoreError> {
    sql("select * from gate_reports r where name = $1 and not former and not exists ( \
             select 1 from gate_reports newer where newer.name = r.name and newer.version = r.version and not newer.former \
             and (newer.at_ms > r.at_ms or (newer.at_ms = r.at_ms and newer.report_id > r.report_id)))")
    .bind(name)
    .all(conn)
    .await
}

pub async fn endpoints(conn: impl Into<Conn<'_>>) -> Result<Vec<EndpointRow>, StoreError> {
    sql("select * from endpoints order by name").all(conn).await
}

pub async fn endpoint(
    conn: impl Into<Conn<'_>>,
    name: &str,
) -> Result<Option<EndpointRow>, StoreError> {
    sql("select * from endpoints where name = $1")
        .bind(name)
        .optional(conn)
        .await
}

pub async fn save_endpoint(tx: &mut Tx, e: &EndpointRow) -> Result<(), StoreError> {
    sql("insert into endpoints (name, environment, model_name, version, digest, desired, port, previous_version, \
         updated_at_ms, host_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (name) do update set model_name = excluded.model_name, version = excluded.version, \
         digest = excluded.digest, desired = excluded.desired, port = excluded.port, \
         previous_version = excluded.previous_version, updated_at_ms = excluded.updated_at_ms, \
         host_id = excluded.host_id")
    .bind(&e.name)
    .bind(&e.environment)
    .bind(&e.model_name)
    .bind(e.version)
    .bind(&e.digest)
    .bind(&e.desired)
    .bind(e.port)
    .bind(e.previous_version)
    .bind(e.updated_at_ms)
    .bind(e.host_id.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn hosts(conn: impl Into<Conn<'_>>) -> Result<Vec<HostRow>, StoreError> {
    sql("select * from hosts order by host_id").all(conn).await
}

/// Notes that a machine is there.
pub async fn save_host(tx: &mut Tx, host: &HostRow) -> Result<(), StoreError> {
    sql("insert into hosts (host_id, name, seen_at_ms) values ($1, $2, $3) \
         on conflict (host_id) do update set name = excluded.name, seen_at_ms = excluded.seen_at_ms")
    .bind(&host.host_id)
    .bind(&host.name)
    .bind(host.seen_at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn insert_deployment(tx: &mut Tx, d: &DeploymentRow) -> Result<(), StoreError> {
    sql("insert into deployments (deployment_id, endpoint, model_name, version, digest, action, outcome, reason, \
         actor, detail, at_ms, took_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .bind(&d.deployment_id)
    .bind(&d.endpoint)
    .bind(&d.model_name)
    .bind(d.version)
    .bind(&d.digest)
    .bind(&d.action)
    .bind(&d.outcome)
    .bind(&d.reason)
    .bind(&d.actor)
    .bind(&d.detail)
    .bind(d.at_ms)
    .bind(d.took_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// What was live on an endpoint gives way: its newest `live` row becomes `replaced`, `rolled_back` or `stopped`.
pub async fn retire_live(tx: &mut Tx, endpoint: &str, outcome: &str) -> Result<u64, StoreError> {
    sql("update deployments set outcome = $1 where endpoint = $2 and outcome = 'live'")
        .bind(outcome)
        .bind(endpoint)
        .execute(tx)
        .await
}

/// Newest first.
pub async fn deployments(
    conn: impl Into<Conn<'_>>,
    limit: i64,
) -> Result<Vec<DeploymentRow>, StoreError> {
    sql("select * from deployments order by at_ms desc, deployment_id desc limit $1")
        .bind(limit)
        .all(conn)
        .await
}
