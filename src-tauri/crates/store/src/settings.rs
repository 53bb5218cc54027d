//! What a workspace remembers about itself.

use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

pub async fn get(conn: impl Into<Conn<'_>>, key: &str) -> Result<Option<String>, StoreError> {
    let row = sql("select value from settings where key = $1")
        .bind(key)
        .optional::<(String,)>(conn)
        .await?;
    Ok(row.map(|(value,)| value))
}

pub async fn set(tx: &mut Tx, key: &str, value: &str) -> Result<(), StoreError> {
    sql("insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value")
        .bind(key)
        .bind(value)
        .execute(tx)
        .await?;
    Ok(())
}
