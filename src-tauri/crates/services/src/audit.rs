//! The audit log: who changed what, when and why, and what was refused.

use domain::audit::Actor;
use domain::names::shortened;
use store::audit::{AuditRow, append};
use store::{StoreError, Tx};

use crate::Context;
use crate::error::Result;

/// Notes a change in its own transaction. `subject` is `model/regime-classifier`, `endpoint/regime-staging`, ...
pub(crate) async fn note(
    tx: &mut Tx,
    at_ms: i64,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let row = AuditRow {
        at_ms,
        actor: &actor.name,
        action,
        subject,
        detail,
    };
    append(tx, row).await
}

/// A request that was refused because it looks like an attack: who it came from is not known, what it asked for is.
pub async fn request_refused(ctx: &Context, asked: &str, why: &str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    append(
        &mut tx,
        AuditRow {
            at_ms: ctx.now_ms(),
            actor: "unknown",
            action: "request.refused",
            // PostgreSQL keeps no NUL in a text.
            subject: &shortened(asked, 200).replace('\0', "\\0"),
            detail: &shortened(why, 300).replace('\0', "\\0"),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
