//! Registered models with their tags and aliases.

use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ModelRow {
    pub name: String,
    pub description: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AliasRow {
    pub name: String,
    pub alias: String,
    pub version: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ModelTagRow {
    pub name: String,
    pub key: String,
    pub value: String,
}

pub async fn insert_model(tx: &mut Tx, model: &ModelRow) -> Result<(), StoreError> {
    sql("insert into registered_models (name, description, created_at_ms, updated_at_ms) values ($1, $2, $3, $4)")
        .bind(&model.name)
        .bind(&model.description)
        .bind(model.created_at_ms)
        .bind(model.updated_at_ms)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn model(conn: impl Into<Conn<'_>>, name: &str) -> Result<Option<ModelRow>, StoreError> {
    sql("select * from registered_models where name = $1")
        .bind(name)
        .optional(conn)
        .await
}

/// The model, locked until the transaction ends: whoever moves one of its versions waits here.
pub async fn lock_model(tx: &mut Tx, name: &str) -> Result<Option<ModelRow>, StoreError> {
    let conn = Conn::from(tx);
    let lock = dialect::for_update(&conn);
    sql(format!(
        "select * from registered_models where name = $1{lock}"
    ))
    .bind(name)
    .optional(conn)
    .await
}

pub async fn all_models(conn: impl Into<Conn<'_>>) -> Result<Vec<ModelRow>, StoreError> {
    sql("select * from registered_models order by name")
        .all(conn)
        .await
}

pub async fn set_model_description(
    tx: &mut Tx,
    name: &str,
    text: &str,
    now_ms: i64,
) -> Result<u64, StoreError> {
    sql("update registered_models set description = $1, updated_at_ms = $2 where name = $3")
        .bind(text)
        .bind(now_ms)
        .bind(name)
        .execute(tx)
        .await
}

pub async fn touch_model(tx: &mut Tx, name: &str, now_ms: i64) -> Result<u64, StoreError> {
    sql("update registered_models set updated_at_ms = $1 where name = $2")
        .bind(now_ms)
        .bind(name)
        .execute(tx)
        .await
}

/// Versions, tags and aliases follow by `on update cascade`; the history is told here, since it outlives its model. What a
/// former model of the name left behind stays with that name.
pub async fn rename_model(
    tx: &mut Tx,
    name: &str,
    to: &str,
    now_ms: i64,
) -> Result<u64, StoreError> {
    for statement in [
        "update stage_transitions set name = $1 where name = $2 and not former",
        "update gate_reports set name = $1 where name = $2 and not former",
        "update endpoints set model_name = $1 where model_name = $2",
    ] {
        sql(statement).bind(to).bind(name).execute(&mut *tx).await?;
    }
    sql("update registered_models set name = $1, updated_at_ms = $2 where name = $3")
        .bind(to)
        .bind(now_ms)
        .bind(name)
        .execute(tx)
        .await
}

/// Versions, tags and aliases go with it; its history and its evidence stay, as those of a former model.
pub async fn delete_model(tx: &mut Tx, name: &str) -> Result<u64, StoreError> {
    for statement in [
        "update stage_transitions set former = true where name = $1",
        "update gate_reports set former = true where name = $1",
    ] {
        sql(statement).bind(name).execute(&mut *tx).await?;
    }
    sql("delete from registered_models where name = $1")
        .bind(name)
        .execute(tx)
        .await
}

pub async fn set_model_tag(
    tx: &mut Tx,
    name: &str,
    key: &str,
    value: &str,
) -> Result<(), StoreError> {
    sql(
        "insert into registered_model_tags (name, key, value) values ($1, $2, $3) \
         on conflict (name, key) do update set value = excluded.value",
    )
    .bind(name)
    .bind(key)
    .bind(value)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn delete_model_tag(tx: &mut Tx, name: &str, key: &str) -> Result<u64, StoreError> {
    sql("delete from registered_model_tags where name = $1 and key = $2")
        .bind(name)
        .bind(key)
        .execute(tx)
        .await
}

/// Tags of one model, or of all.
pub async fn model_tags(
    conn: impl Into<Conn<'_>>,
    name: Option<&str>,
) -> Result<Vec<ModelTagRow>, StoreError> {
    sql("select * from registered_model_tags where $1 is null or name = $1 order by name, key")
        .bind(name)
        .all(conn)
        .await
}

pub async fn set_alias(
    tx: &mut Tx,
    name: &str,
    alias: &str,
    version: i64,
) -> Result<(), StoreError> {
    sql(
        "insert into model_aliases (name, alias, version) values ($1, $2, $3) \
         on conflict (name, alias) do update set version = excluded.version",
    )
    .bind(name)
    .bind(alias)
    .bind(version)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn delete_alias(tx: &mut Tx, name: &str, alias: &str) -> Result<u64, StoreError> {
    sql("delete from model_aliases where name = $1 and alias = $2")
        .bind(name)
        .bind(alias)
        .execute(tx)
        .await
}

/// Aliases of one model, or of all.
pub async fn aliases(
    conn: impl Into<Conn<'_>>,
    name: Option<&str>,
) -> Result<Vec<AliasRow>, StoreError> {
    sql("select * from model_aliases where $1 is null or name = $1 order by name, alias")
        .bind(name)
        .all(conn)
        .await
}
