//! Params and tags of runs and logged models: small texts under a key.

use std::collections::HashMap;

use crate::dialect;
use crate::sql::{Value, sql};
use crate::{Pool, StoreError, Tx};

/// The four tables of labels, which differ in name only.
#[derive(Debug, Clone, Copy)]
pub enum Labels {
    RunParams,
    RunTags,
    ModelParams,
    ModelTags,
}

impl Labels {
    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::RunParams => ("run_params", "run_id"),
            Self::RunTags => ("run_tags", "run_id"),
            Self::ModelParams => ("logged_model_params", "model_id"),
            Self::ModelTags => ("logged_model_tags", "model_id"),
        }
    }
}

/// Writes labels, replacing the value of keys that are there. Keys must not repeat.
pub async fn set<'l>(
    tx: &mut Tx,
    labels: Labels,
    owner: &str,
    pairs: impl IntoIterator<Item = (&'l str, &'l str)>,
) -> Result<(), StoreError> {
    let (table, id) = labels.table();
    let conflict = format!("({id}, key) do update set value = excluded.value");
    insert(tx, table, id, owner, pairs, &conflict).await?;
    Ok(())
}

/// Writes labels whose keys are new; returns how many were. Keys must not repeat.
pub async fn add<'l>(
    tx: &mut Tx,
    labels: Labels,
    owner: &str,
    pairs: impl IntoIterator<Item = (&'l str, &'l str)>,
) -> Result<u64, StoreError> {
    let (table, id) = labels.table();
    insert(
        tx,
        table,
        id,
        owner,
        pairs,
        &format!("({id}, key) do nothing"),
    )
    .await
}

async fn insert<'l>(
    tx: &mut Tx,
    table: &str,
    id: &str,
    owner: &str,
    pairs: impl IntoIterator<Item = (&'l str, &'l str)>,
    conflict: &str,
) -> Result<u64, StoreError> {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let mut inserted = 0;
    for chunk in dialect::chunks(&pairs, 3) {
        let rows = dialect::placeholders(chunk.len(), 3);
        let values = chunk
            .iter()
            .flat_map(|(key, value)| [owner, *key, *value])
            .map(Value::from);
        inserted += sql(format!(
            "insert into {table} ({id}, key, value) values {rows} on conflict {conflict}"
        ))
        .bind_all(values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(inserted)
}

/// False when the key was not there.
pub async fn delete(
    tx: &mut Tx,
    labels: Labels,
    owner: &str,
    key: &str,
) -> Result<bool, StoreError> {
    let (table, id) = labels.table();
    let deleted = sql(format!("delete from {table} where {id} = $1 and key = $2"))
        .bind(owner)
        .bind(key)
        .execute(tx)
        .await?;
    Ok(deleted > 0)
}

/// The values of one owner, as the open transaction sees them.
pub async fn of_owner(
    tx: &mut Tx,
    labels: Labels,
    owner: &str,
) -> Result<HashMap<String, String>, StoreError> {
    let (table, id) = labels.table();
    let rows: Vec<(String, String)> =
        sql(format!("select key, value from {table} where {id} = $1"))
            .bind(owner)
            .all(tx)
            .await?;
    Ok(rows.into_iter().collect())
}

/// The labels of several owners, by owner, each list by key.
pub async fn of_owners(
    pool: &Pool,
    labels: Labels,
    owners: &[&str],
) -> Result<HashMap<String, Vec<(String, String)>>, StoreError> {
    let (table, id) = labels.table();
    let list = dialect::in_list(1, owners.len());
    let rows = sql(format!(
        "select {id}, key, value from {table} where {id} in {list}"
    ))
    .bind_all(owners.iter().copied())
    .all(pool)
    .await?;
    Ok(by_owner(rows))
}

pub(super) fn by_owner(
    rows: Vec<(String, String, String)>,
) -> HashMap<String, Vec<(String, String)>> {
    let mut owners: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for (owner, key, value) in rows {
        owners.entry(owner).or_default().push((key, value));
    }
    for pairs in owners.values_mut() {
        pairs.sort_unstable();
    }
    owners
}
