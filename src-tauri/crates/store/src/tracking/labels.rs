//! Params and tags of runs and logged models: small texts under a key.

use std::collections::HashMap;

use crate::bulk::{Kind, Rows};
use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{Pool, StoreError, Tx};

/// The tables of labels, which differ in name only.
#[derive(Debug, Clone, Copy)]
pub enum Labels {
    RunParams,
    RunTags,
    ModelParams,
    ModelTags,
    TraceTags,
    TraceMetadata,
    DatasetTags,
}

impl Labels {
    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::RunParams => ("run_params", "run_id"),
            Self::RunTags => ("run_tags", "run_id"),
            Self::ModelParams => ("logged_model_params", "model_id"),
            Self::ModelTags => ("logged_model_tags", "model_id"),
            Self::TraceTags => ("trace_tags", "trace_id"),
            Self::TraceMetadata => ("trace_metadata", "trace_id"),
            Self::DatasetTags => ("evaluation_dataset_tags", "dataset_id"),
        }
    }
}

const REPLACE: &str = "do update set value = excluded.value";
const KEEP: &str = "do nothing";

/// Writes labels, replacing the value of keys that are there. Keys must not repeat.
pub async fn set<'l>(
    tx: &mut Tx,
    labels: Labels,
    owner: &str,
    pairs: impl IntoIterator<Item = (&'l str, &'l str)>,
) -> Result<(), StoreError> {
    let rows = rows_of(pairs.into_iter().map(|(key, value)| (owner, key, value)));
    insert(tx, labels, rows, REPLACE).await.map(drop)
}

/// Writes labels whose keys are new; returns how many were. Keys must not repeat.
pub async fn add<'l>(
    tx: &mut Tx,
    labels: Labels,
    owner: &str,
    pairs: impl IntoIterator<Item = (&'l str, &'l str)>,
) -> Result<u64, StoreError> {
    let rows = rows_of(pairs.into_iter().map(|(key, value)| (owner, key, value)));
    insert(tx, labels, rows, KEEP).await
}

/// Writes labels of several owners, replacing what is there. No owner's keys may repeat.
pub async fn set_all<'l>(
    tx: &mut Tx,
    labels: Labels,
    rows: impl Iterator<Item = (&'l str, &'l str, &'l str)>,
) -> Result<(), StoreError> {
    let rows = rows_of(rows);
    insert(tx, labels, rows, REPLACE).await.map(drop)
}

/// Writes labels of several owners where their keys are new; returns how many were. No owner's keys may repeat.
pub async fn add_all<'l>(
    tx: &mut Tx,
    labels: Labels,
    rows: impl Iterator<Item = (&'l str, &'l str, &'l str)>,
) -> Result<u64, StoreError> {
    let rows = rows_of(rows);
    insert(tx, labels, rows, KEEP).await
}

fn rows_of<'l>(labels: impl Iterator<Item = (&'l str, &'l str, &'l str)>) -> Rows<3> {
    let mut rows = Rows::new([Kind::Text, Kind::Text, Kind::Text]);
    for (owner, key, value) in labels {
        rows.push([owner.into(), key.into(), value.into()]);
    }
    rows
}

async fn insert(
    tx: &mut Tx,
    labels: Labels,
    rows: Rows<3>,
    on_conflict: &str,
) -> Result<u64, StoreError> {
    let (table, id) = labels.table();
    let mut inserted = 0;
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        inserted += sql(format!(
            "insert into {table} ({id}, key, value) {} on conflict ({id}, key) {on_conflict}",
            piece.source
        ))
        .bind_all(piece.values)
        .execute(&mut *tx)
        .await?;
    }
    Ok(inserted)
}

/// The values of these keys of these owners, as far as they are there.
pub async fn of_keys<'l>(
    tx: &mut Tx,
    labels: Labels,
    places: impl Iterator<Item = (&'l str, &'l str)>,
) -> Result<HashMap<(String, String), String>, StoreError> {
    let (table, id) = labels.table();
    let mut rows = Rows::new([Kind::Text, Kind::Text]);
    for (owner, key) in places {
        rows.push([owner.into(), key.into()]);
    }
    let mut found = HashMap::new();
    for piece in rows.pieces(&Conn::from(&mut *tx)) {
        let values: Vec<(String, String, String)> = sql(format!(
            "with wanted(wanted_id, wanted_key) as ({}) select l.{id}, l.key, l.value from wanted w \
             join {table} l on l.{id} = w.wanted_id and l.key = w.wanted_key",
            piece.source
        ))
        .bind_all(piece.values)
        .all(&mut *tx)
        .await?;
        found.extend(
            values
                .into_iter()
                .map(|(owner, key, value)| ((owner, key), value)),
        );
    }
    Ok(found)
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
