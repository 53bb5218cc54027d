//! What a workspace remembers about itself.

use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

/// Made once and never changed: the marker beside the artifacts carries it too.
pub const WORKSPACE_ID: &str = "workspace.id";

pub async fn get(conn: impl Into<Conn<'_>>, key: &str) -> Result<Option<String>, StoreError> {
    let row = sql("select value from settings where key = $1")
        .bind(key)
        .optional::<(String,)>(conn)
        .await?;
    Ok(row.map(|(value,)| value))
}

/// Sets what is not set yet, and answers what is set then: of several that come at once, one sets it for all.
pub async fn get_or_set(tx: &mut Tx, key: &str, value: &str) -> Result<String, StoreError> {
    sql("insert into settings (key, value) values ($1, $2) on conflict (key) do nothing")
        .bind(key)
        .bind(value)
        .execute(&mut *tx)
        .await?;
    Ok(get(tx, key).await?.unwrap_or_else(|| value.to_owned()))
}

pub async fn set(tx: &mut Tx, key: &str, value: &str) -> Result<(), StoreError> {
    sql("insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value")
        .bind(key)
        .bind(value)
        .execute(tx)
        .await?;
    Ok(())
}
