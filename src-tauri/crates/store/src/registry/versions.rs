//! Model versions with their tags, and the history of their stages.

use domain::artifact::ArtifactPath;
use domain::registry::Stage;

use crate::dialect;
use crate::sql::{Conn, sql};
use crate::{StoreError, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VersionRow {
    pub name: String,
    pub version: i64,
    #[sqlx(try_from = "String")]
    pub stage: StageText,
    pub description: String,
    pub source: String,
    pub artifact_path: Option<String>,
    pub run_id: Option<String>,
    pub run_link: String,
    pub model_id: Option<String>,
    pub user_id: String,
    pub digest: Option<String>,
    pub size_bytes: Option<i64>,
    pub status: String,
    pub status_message: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// A stage as it is stored: its word. A word that no version of the app writes is a decode error that names the column.
#[derive(Debug, Clone, Copy)]
pub struct StageText(pub Stage);

impl TryFrom<String> for StageText {
    type Error = domain::registry::UnknownStage;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VersionTagRow {
    pub name: String,
    pub version: i64,
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TransitionRow {
    pub transition_id: String,
    pub name: String,
    pub version: i64,
    #[sqlx(try_from = "String")]
    pub from_stage: StageText,
    #[sqlx(try_from = "String")]
    pub to_stage: StageText,
    pub actor: String,
    pub reason: String,
    pub at_ms: i64,
}

/// The next version number. Call under [`lock_model`]; numbers of deleted versions are not given again, those of a former
/// model of the name are.
pub async fn next_version(tx: &mut Tx, name: &str) -> Result<i64, StoreError> {
    let (next,): (i64,) = sql(
        "select cast(coalesce(max(version), 0) + 1 as bigint) from ( \
             select version from model_versions where name = $1 \
             union all select version from stage_transitions where name = $1 and not former) as known",
    )
    .bind(name)
    .one(tx)
    .await?;
    Ok(next)
}

pub async fn insert_version(tx: &mut Tx, v: &VersionRow) -> Result<(), StoreError> {
    sql("insert into model_versions (name, version, stage, description, source, artifact_path, run_id, run_link, \
         model_id, user_id, digest, size_bytes, status, status_message, created_at_ms, updated_at_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)")
    .bind(&v.name)
    .bind(v.version)
    .bind(v.stage.0.as_str())
    .bind(&v.description)
    .bind(&v.source)
    .bind(v.artifact_path.clone())
    .bind(v.run_id.clone())
    .bind(&v.run_link)
    .bind(v.model_id.clone())
    .bind(&v.user_id)
    .bind(v.digest.clone())
    .bind(v.size_bytes)
    .bind(&v.status)
    .bind(&v.status_message)
    .bind(v.created_at_ms)
    .bind(v.updated_at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn version(
    conn: impl Into<Conn<'_>>,
    name: &str,
    version: i64,
) -> Result<Option<VersionRow>, StoreError> {
    sql("select * from model_versions where name = $1 and version = $2")
        .bind(name)
        .bind(version)
        .optional(conn)
        .await
}

/// Versions of one model, or of all; newest first within a model.
pub async fn versions(
    conn: impl Into<Conn<'_>>,
    name: Option<&str>,
) -> Result<Vec<VersionRow>, StoreError> {
    sql("select * from model_versions where $1 is null or name = $1 order by name, version desc")
        .bind(name)
        .all(conn)
        .await
}

pub async fn versions_of_run(
    conn: impl Into<Conn<'_>>,
    run_id: &str,
) -> Result<Vec<VersionRow>, StoreError> {
    sql("select * from model_versions where run_id = $1 order by name, version desc")
        .bind(run_id)
        .all(conn)
        .await
}

/// The first of the versions whose files stand at a path, beneath it, or in a folder above it.
pub async fn standing_at(
    conn: impl Into<Conn<'_>>,
    path: &ArtifactPath,
) -> Result<Option<(String, i64)>, StoreError> {
    sql("select name, version from model_versions where artifact_path = $1 or artifact_path like $2 escape '\\' \
         or substr($1, 1, length(artifact_path) + 1) = artifact_path || '/' order by name, version limit 1")
        .bind(path.as_str())
        .bind(format!("{}/%", dialect::like_literal(path.as_str())))
        .optional(conn)
        .await
}

pub async fn set_stage(
    tx: &mut Tx,
    name: &str,
    version: i64,
    stage: Stage,
    now_ms: i64,
) -> Result<u64, StoreError> {
    sql("update model_versions set stage = $1, updated_at_ms = $2 where name = $3 and version = $4")
        .bind(stage.as_str())
        .bind(now_ms)
        .bind(name)
        .bind(version)
        .execute(tx)
        .await
}

pub async fn set_version_description(
    tx: &mut Tx,
    name: &str,
    version: i64,
    text: &str,
    now_ms: i64,
) -> Result<u64, StoreError> {
    sql("update model_versions set description = $1, updated_at_ms = $2 where name = $3 and version = $4")
        .bind(text)
        .bind(now_ms)
        .bind(name)
        .bind(version)
        .execute(tx)
        .await
}

/// The digest of a version that was registered before its files were complete.
pub async fn set_version_digest(
    tx: &mut Tx,
    name: &str,
    version: i64,
    digest: &str,
    size_bytes: i64,
) -> Result<u64, StoreError> {
    sql("update model_versions set digest = $1, size_bytes = $2 where name = $3 and version = $4 and digest is null")
        .bind(digest)
        .bind(size_bytes)
        .bind(name)
        .bind(version)
        .execute(tx)
        .await
}

pub async fn delete_version(tx: &mut Tx, name: &str, version: i64) -> Result<u64, StoreError> {
    sql("delete from model_versions where name = $1 and version = $2")
        .bind(name)
        .bind(version)
        .execute(tx)
        .await
}

pub async fn set_version_tag(
    tx: &mut Tx,
    name: &str,
    version: i64,
    key: &str,
    value: &str,
) -> Result<(), StoreError> {
    sql(
        "insert into model_version_tags (name, version, key, value) values ($1, $2, $3, $4) \
         on conflict (name, version, key) do update set value = excluded.value",
    )
    .bind(name)
    .bind(version)
    .bind(key)
    .bind(value)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn delete_version_tag(
    tx: &mut Tx,
    name: &str,
    version: i64,
    key: &str,
) -> Result<u64, StoreError> {
    sql("delete from model_version_tags where name = $1 and version = $2 and key = $3")
        .bind(name)
        .bind(version)
        .bind(key)
        .execute(tx)
        .await
}

/// Tags of all versions of one model, or of all models.
pub async fn version_tags(
    conn: impl Into<Conn<'_>>,
    name: Option<&str>,
) -> Result<Vec<VersionTagRow>, StoreError> {
    sql("select * from model_version_tags where $1 is null or name = $1 order by name, version, key")
        .bind(name)
        .all(conn)
        .await
}

pub async fn insert_transition(tx: &mut Tx, t: &TransitionRow) -> Result<(), StoreError> {
    sql("insert into stage_transitions (transition_id, name, version, from_stage, to_stage, actor, reason, at_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&t.transition_id)
    .bind(&t.name)
    .bind(t.version)
    .bind(t.from_stage.0.as_str())
    .bind(t.to_stage.0.as_str())
    .bind(&t.actor)
    .bind(&t.reason)
    .bind(t.at_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// Newest first, without those of a former model of the name.
pub async fn transitions(
    conn: impl Into<Conn<'_>>,
    name: &str,
) -> Result<Vec<TransitionRow>, StoreError> {
    sql("select * from stage_transitions where name = $1 and not former order by at_ms desc, transition_id desc")
        .bind(name)
        .all(conn)
        .await
}
