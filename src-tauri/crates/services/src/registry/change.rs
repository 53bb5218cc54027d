//! What every change of the registry has in common: it is audited in its transaction, told after it, and never pulls the
//! ground from under an endpoint.

use domain::audit::Actor;
use domain::registry::Stage;
use store::registry::{self as rows, StageText, TransitionRow, VersionRow};
use store::{StoreError, Tx};

use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

/// A version (or any version of the model) that an endpoint serves or would serve again cannot go.
pub(super) async fn refuse_if_serving(tx: &mut Tx, name: &str, version: Option<i64>) -> Result<()> {
    let endpoints = store::deployment::endpoints(&mut *tx).await?;
    let serving = endpoints.into_iter().find(|e| {
        e.model_name == name
            && e.desired == "running"
            && version.is_none_or(|version| e.version == version)
    });
    match serving {
        Some(e) => Err(ServiceError::state(format!(
            "endpoint {} serves {} v{}; stop it before deleting what it serves",
            e.name, e.model_name, e.version
        ))),
        None => Ok(()),
    }
}

/// The last line of a version's history: from now on it stands nowhere.
pub(super) async fn close_history(
    tx: &mut Tx,
    actor: &Actor,
    version: &VersionRow,
    reason: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let closing = TransitionRow {
        transition_id: uuid::Uuid::now_v7().to_string(),
        name: version.name.clone(),
        version: version.version,
        from_stage: version.stage,
        to_stage: StageText(Stage::None),
        actor: actor.name.clone(),
        reason: reason.to_owned(),
        at_ms: now_ms,
    };
    rows::insert_transition(tx, &closing).await
}

pub(super) async fn audit(
    tx: &mut Tx,
    at_ms: i64,
    actor: &Actor,
    action: &str,
    name: &str,
    detail: &str,
) -> Result<(), StoreError> {
    crate::audit::note(tx, at_ms, actor, action, &format!("model/{name}"), detail).await
}

/// Commits, then tells the windows.
pub(super) async fn commit(ctx: &Context, tx: Tx, name: &str) -> Result<()> {
    tx.commit().await?;
    ctx.publish([ChangeKind::Models.of(name)]);
    Ok(())
}
