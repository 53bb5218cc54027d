//! The audit log, for what no use case writes by itself.

use domain::names::shortened;
use store::audit::{AuditRow, append};

use crate::Context;
use crate::error::Result;

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
