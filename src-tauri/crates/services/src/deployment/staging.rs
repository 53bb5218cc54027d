//! The stages of the versions that trade places on an endpoint.

use domain::audit::Actor;
use domain::registry::Stage;
use store::Tx;

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::registry::{Transition, move_stage};

/// The version that makes way leaves Staging, if it still stands there.
pub(super) async fn stand_down(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    name: &str,
    version: i64,
    reason: &str,
) -> Result<()> {
    let standing = store::registry::version(&mut *tx, name, version).await?;
    if standing.is_some_and(|v| v.stage.0 == Stage::Staging) {
        let leave = Transition {
            name,
            version,
            to: Stage::None,
            reason,
            make_room: false,
        };
        move_stage(tx, ctx, actor, &leave, ctx.now_ms()).await?;
    }
    Ok(())
}

/// The version that is to serve stands in Staging afterwards.
pub(super) async fn stage_up(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    name: &str,
    version: i64,
    reason: &str,
) -> Result<()> {
    let row = store::registry::version(&mut *tx, name, version)
        .await?
        .ok_or_else(|| {
            ServiceError::not_found(format!("{name} v{version} was deleted meanwhile"))
        })?;
    if row.stage.0 != Stage::Staging {
        let up = Transition {
            name,
            version,
            to: Stage::Staging,
            reason,
            make_room: false,
        };
        move_stage(tx, ctx, actor, &up, ctx.now_ms()).await?;
    }
    Ok(())
}
