//! Who changed what, when and why; written in the transaction of the change.

use crate::sql::sql;
use crate::{StoreError, Tx};

/// One audited change. `subject` is `model/regime-classifier/3`, `endpoint/regime-staging`, ...
#[derive(Debug, Clone)]
pub struct AuditRow<'a> {
    pub at_ms: i64,
    pub actor: &'a str,
    pub action: &'a str,
    pub subject: &'a str,
    pub detail: &'a str,
}

pub async fn append(tx: &mut Tx, row: AuditRow<'_>) -> Result<(), StoreError> {
    sql("insert into audit_log (audit_id, at_ms, actor, action, subject, detail) values ($1, $2, $3, $4, $5, $6)")
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(row.at_ms)
        .bind(row.actor)
        .bind(row.action)
        .bind(row.subject)
        .bind(row.detail)
        .execute(tx)
        .await?;
    Ok(())
}
