//! The deployment itself: gates first, then one transaction, then the swap.

use std::sync::Arc;

use domain::audit::Actor;
use domain::deployment::{DeploymentAction, DeploymentOutcome, Desired, Environment, Verdict};
use engine::CachedModel;
use serde::{Deserialize, Serialize};
use store::deployment::{self as rows, EndpointRow};

use super::endpoint::{Endpoint, describe_endpoint};
use super::history::{Told, record};
use super::hosting::{may_change, own_host};
use super::plan::blocked;
use super::running::serve;
use super::staging::{stage_up, stand_down};
use crate::audit::note;
use crate::error::{Result, ServiceError};
use crate::gates::{
    DeployStep, Evidence, GateReport, Gated, Hands, Step, StepState, Watch, keep, run_on_version,
    still_holds,
};
use crate::models::MaterialisedModel;
use crate::registry::{VersionInput, get_version_row};
use crate::serving::Served;
use crate::{ChangeKind, Context};

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeployInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub reason: String,
    /// Why to deploy although a gate could not be answered, such as a version without golden outputs. What failed is
    /// never deployed.
    #[serde(default)]
    pub waiver: Option<String>,
}

/// How a deployment ended. A refusal is an answer, not an error.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeployOutcome {
    pub deployed: bool,
    pub report: GateReport,
    pub endpoint: Option<Endpoint>,
}

/// Deploys a version to staging on this machine, or says which gate refused it and leaves everything as it was.
pub async fn deploy_to_staging(
    ctx: &Context,
    hands: &Hands,
    actor: &Actor,
    input: DeployInput,
    watch: Watch<'_>,
) -> Result<DeployOutcome> {
    let _one_at_a_time = ctx.serving.switching.lock().await;
    let started_ms = ctx.now_ms();
    let row = get_version_row(ctx, &input.name, input.version).await?;
    if let Some(reason) = blocked(row.stage.0, ctx.workspace.stage_policy) {
        return Err(ServiceError::state(format!(
            "{} v{} cannot be deployed to staging: {reason}",
            input.name, input.version
        )));
    }
    let endpoint = Environment::Staging.endpoint_name(&input.name);
    if let Some(standing) = rows::endpoint(ctx.store.pool(), &endpoint).await? {
        may_change(ctx, &standing).await?;
    }
    let version = VersionInput {
        name: input.name.clone(),
        version: input.version,
    };
    let waived = waiver(&input)?;
    let Gated { evidence, files } = run_on_version(ctx, hands, &version, watch).await?;
    let report = evidence.report();
    let passed = match report.verdict {
        Verdict::Pass => true,
        Verdict::Inconclusive => waived.is_some(),
        Verdict::Fail => false,
    };
    let Some(files) = files.filter(|_| passed) else {
        refuse(ctx, actor, &input, &evidence, started_ms).await?;
        return Ok(DeployOutcome {
            deployed: false,
            report,
            endpoint: None,
        });
    };
    let say = |state, detail: &str| {
        (watch.progress)(DeployStep {
            step: Step::Switch,
            state,
            detail: detail.to_owned(),
            check: None,
        });
    };
    // The last moment to stop: from here on the deployment is carried out.
    watch.cancel.check()?;
    say(StepState::Running, "loading what is to serve");
    let model = crate::engine::load(ctx, &files).await?;
    watch.cancel.check()?;
    say(StepState::Running, "switching the endpoint");
    match switch(ctx, actor, &input, &evidence, files, model, started_ms).await {
        Ok(endpoint) => {
            say(
                StepState::Done,
                endpoint.address.as_deref().unwrap_or_default(),
            );
            Ok(DeployOutcome {
                deployed: true,
                report,
                endpoint: Some(endpoint),
            })
        }
        Err(error) => {
            say(StepState::Failed, &error.to_string());
            Err(error)
        }
    }
}

/// Opens the port (when the endpoint is new), commits stage, endpoint and history together, then swaps the model in.
async fn switch(
    ctx: &Context,
    actor: &Actor,
    input: &DeployInput,
    evidence: &Evidence,
    files: MaterialisedModel,
    model: Arc<CachedModel>,
    started_ms: i64,
) -> Result<Endpoint> {
    let name = Environment::Staging.endpoint_name(&input.name);
    let served = Served::from_files(&input.name, input.version, &files, model).await;
    let standing = rows::endpoint(ctx.store.pool(), &name).await?;
    let live = ctx.serving.get(&name);
    let address = match live.as_ref().and_then(|e| e.address()) {
        Some(address) => address,
        None => {
            serve(
                ctx,
                &name,
                served.clone(),
                standing.as_ref().map_or(0, |e| e.port),
            )
            .await?
        }
    };
    let row = EndpointRow {
        name: name.clone(),
        environment: Environment::Staging.as_str().to_owned(),
        model_name: input.name.clone(),
        version: input.version,
        digest: files.digest.clone(),
        desired: Desired::Running.as_str().to_owned(),
        port: i64::from(address.port()),
        previous_version: previous_version(standing.as_ref(), input.version),
        updated_at_ms: ctx.now_ms(),
        host_id: own_host(ctx),
    };
    let committed = commit_switch(
        ctx,
        actor,
        input,
        evidence,
        standing.as_ref(),
        &row,
        started_ms,
    )
    .await;
    match (committed, live) {
        (Ok(()), Some(live)) => live.swap(served),
        (Ok(()), None) => {}
        (Err(error), live) => {
            // A port that was opened for this deployment goes with it.
            if live.is_none() {
                ctx.serving.close(&name);
            }
            return Err(error);
        }
    }
    ctx.publish([
        ChangeKind::Endpoints.any(),
        ChangeKind::Deployments.any(),
        ChangeKind::Models.of(&input.name),
    ]);
    describe_endpoint(ctx, row)
}

/// Deploying the same version again keeps the way back that was there.
fn previous_version(standing: Option<&EndpointRow>, version: i64) -> Option<i64> {
    standing.and_then(|e| {
        if e.version == version {
            e.previous_version
        } else {
            Some(e.version)
        }
    })
}

async fn commit_switch(
    ctx: &Context,
    actor: &Actor,
    input: &DeployInput,
    evidence: &Evidence,
    standing: Option<&EndpointRow>,
    endpoint: &EndpointRow,
    started_ms: i64,
) -> Result<()> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    store::registry::lock_model(&mut tx, &input.name).await?;
    if !still_holds(&mut tx, &input.name, &evidence.gate_file).await? {
        return Err(ServiceError::state(format!(
            "the gate file of {} was changed while its gates ran; deploy again, so that the new one is asked",
            input.name
        )));
    }
    if let Some(old) = standing.filter(|old| old.version != input.version) {
        stand_down(
            &mut tx,
            ctx,
            actor,
            &input.name,
            old.version,
            &format!("replaced by v{}", input.version),
        )
        .await?;
    }
    stage_up(
        &mut tx,
        ctx,
        actor,
        &input.name,
        input.version,
        &input.reason,
    )
    .await?;
    keep(&mut tx, evidence).await?;
    rows::save_endpoint(&mut tx, endpoint).await?;
    rows::retire_live(
        &mut tx,
        &endpoint.name,
        &DeploymentOutcome::Replaced.to_string(),
    )
    .await?;
    let detail = match waiver(input)? {
        Some(why) if evidence.verdict == Verdict::Inconclusive => {
            let subject = format!("model/{}", input.name);
            let told = format!(
                "v{}: {}; waived: {why}",
                input.version,
                open_gates(evidence)
            );
            note(&mut tx, now_ms, actor, "gates.waive", &subject, &told).await?;
            format!("waived: {why}")
        }
        _ => String::new(),
    };
    let told = Told {
        action: DeploymentAction::Deploy,
        outcome: DeploymentOutcome::Live,
        reason: &input.reason,
        detail: &detail,
    };
    record(&mut tx, actor, endpoint, &told, now_ms, now_ms - started_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// The typed reason, where one was given. A blank one is no reason.
fn waiver(input: &DeployInput) -> Result<Option<&str>> {
    match input.waiver.as_deref().map(str::trim) {
        Some("") => Err(ServiceError::invalid(
            "waiver",
            "say why it is deployed although a gate could not be judged",
        )),
        other => Ok(other),
    }
}

/// What did not pass: the failures, or what could not be judged where nothing failed.
fn open_gates(evidence: &Evidence) -> String {
    let told: Vec<String> = evidence
        .checks
        .iter()
        .filter(|c| c.verdict == evidence.verdict && c.verdict != Verdict::Pass)
        .map(|c| format!("{}: {} against {}", c.title, c.measured, c.limit))
        .collect();
    told.join("; ")
}

/// A refusal changes nothing that serves; it leaves its evidence and a line in the history.
async fn refuse(
    ctx: &Context,
    actor: &Actor,
    input: &DeployInput,
    evidence: &Evidence,
    started_ms: i64,
) -> Result<()> {
    let report = evidence.report();
    let detail = open_gates(evidence);
    let now_ms = ctx.now_ms();
    let endpoint = EndpointRow {
        name: Environment::Staging.endpoint_name(&input.name),
        environment: Environment::Staging.as_str().to_owned(),
        model_name: input.name.clone(),
        version: input.version,
        digest: report.digest.clone(),
        desired: Desired::Stopped.as_str().to_owned(),
        port: 0,
        previous_version: None,
        updated_at_ms: now_ms,
        host_id: None,
    };
    let mut tx = ctx.store.begin().await?;
    keep(&mut tx, evidence).await?;
    let told = Told {
        action: DeploymentAction::Deploy,
        outcome: DeploymentOutcome::Refused,
        reason: &input.reason,
        detail: &detail,
    };
    record(
        &mut tx,
        actor,
        &endpoint,
        &told,
        now_ms,
        now_ms - started_ms,
    )
    .await?;
    tx.commit().await?;
    ctx.publish([
        ChangeKind::Deployments.any(),
        ChangeKind::Models.of(&input.name),
    ]);
    Ok(())
}
