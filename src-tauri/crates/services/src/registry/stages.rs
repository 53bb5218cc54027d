//! Moving a version from stage to stage: the only writer of `stage`, and of its history.

use domain::audit::Actor;
use domain::registry::{Stage, StagePolicy};
use domain::webhook::WebhookEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::registry::{self as rows, StageText, TransitionRow, VersionRow};

use super::change::{audit, commit};
use super::find::{missing, missing_version};
use super::versions::describe_version;
use super::view::ModelVersion;
use crate::Context;
use crate::error::Result;
use crate::webhooks::tell;

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PromoteInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    pub to: Stage,
    pub reason: String,
}

/// One move as asked for.
#[derive(Debug, Clone)]
pub struct Transition<'a> {
    pub name: &'a str,
    pub version: i64,
    pub to: Stage,
    pub reason: &'a str,
    /// Versions that stand in the target stage make room for this one.
    pub make_room: bool,
}

/// The window's promote: one version, one legal move, with its reason.
pub async fn promote(ctx: &Context, actor: &Actor, input: PromoteInput) -> Result<ModelVersion> {
    let asked = Transition {
        name: &input.name,
        version: input.version,
        to: input.to,
        reason: &input.reason,
        make_room: false,
    };
    let row = transition(ctx, actor, asked).await?;
    describe_version(ctx, row).await
}

/// Moves a version under the lock of its model, so that two who promote at once are served one after the other.
pub async fn transition(ctx: &Context, actor: &Actor, asked: Transition<'_>) -> Result<VersionRow> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    rows::lock_model(&mut tx, asked.name)
        .await?
        .ok_or_else(|| missing(asked.name))?;
    if asked.make_room {
        make_room(&mut tx, ctx, actor, &asked, now_ms).await?;
    }
    let row = move_stage(&mut tx, ctx, actor, &asked, now_ms).await?;
    commit(ctx, tx, asked.name).await?;
    Ok(row)
}

/// The move itself, inside a transaction that holds the model: a deployment promotes in its own.
pub(crate) async fn move_stage(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    asked: &Transition<'_>,
    now_ms: i64,
) -> Result<VersionRow> {
    let mut row = rows::version(&mut *tx, asked.name, asked.version)
        .await?
        .ok_or_else(|| missing_version(asked.name, asked.version))?;
    let from = row.stage.0;
    let policy = ctx.workspace.stage_policy;
    // Plain MLflow answers a move to the same stage with the version; so does the open policy.
    if from == asked.to && policy == StagePolicy::Open {
        return Ok(row);
    }
    let to = from.advance(asked.to, policy)?;
    rows::set_stage(tx, asked.name, asked.version, to, now_ms).await?;
    rows::touch_model(tx, asked.name, now_ms).await?;
    rows::insert_transition(
        tx,
        &TransitionRow {
            transition_id: uuid::Uuid::now_v7().to_string(),
            name: asked.name.to_owned(),
            version: asked.version,
            from_stage: StageText(from),
            to_stage: StageText(to),
            actor: actor.name.clone(),
            reason: asked.reason.to_owned(),
            at_ms: now_ms,
        },
    )
    .await?;
    let told = format!("v{} {from} to {to}: {}", asked.version, asked.reason);
    audit(tx, now_ms, actor, "model.stage", asked.name, &told).await?;
    let told = json!({
        "name": asked.name,
        "version": asked.version.to_string(),
        "from_stage": from.as_str(),
        "to_stage": to.as_str(),
        "reason": asked.reason,
        "actor": actor.name,
    });
    tell(tx, now_ms, WebhookEvent::STAGE_TRANSITIONED, &told).await?;
    row.stage = StageText(to);
    row.updated_at_ms = now_ms;
    Ok(row)
}

/// MLflow's `archive_existing_versions`. Under the lifecycle policy Staging has no move to Archived, so what stood there
/// goes back to None.
async fn make_room(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    asked: &Transition<'_>,
    now_ms: i64,
) -> Result<()> {
    let away = match (asked.to, ctx.workspace.stage_policy) {
        (Stage::Staging, StagePolicy::Lifecycle) => Stage::None,
        (Stage::Staging | Stage::Production, _) => Stage::Archived,
        (Stage::None | Stage::Archived, _) => return Ok(()),
    };
    let standing = rows::versions(&mut *tx, Some(asked.name)).await?;
    for other in standing
        .iter()
        .filter(|v| v.stage.0 == asked.to && v.version != asked.version)
    {
        let reason = format!("makes room for v{}", asked.version);
        let leave = Transition {
            name: asked.name,
            version: other.version,
            to: away,
            reason: &reason,
            make_room: false,
        };
        move_stage(tx, ctx, actor, &leave, now_ms).await?;
    }
    Ok(())
}
