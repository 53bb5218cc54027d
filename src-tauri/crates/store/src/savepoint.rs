//! A part of a transaction that can be undone by itself.

use crate::sql::sql;
use crate::{StoreError, Tx};

/// Begins a part. Parts do not nest.
pub async fn begin(tx: &mut Tx) -> Result<(), StoreError> {
    sql("savepoint part").execute(tx).await.map(drop)
}

/// Keeps the part, if the transaction commits.
pub async fn keep(tx: &mut Tx) -> Result<(), StoreError> {
    sql("release savepoint part").execute(tx).await.map(drop)
}

/// Undoes the part; what came before it stands.
pub async fn undo(tx: &mut Tx) -> Result<(), StoreError> {
    sql("rollback to savepoint part").execute(&mut *tx).await?;
    keep(tx).await
}
