//! Deleting, so that it can be undone for a while.

use domain::artifact::ArtifactPath;
use domain::audit::Actor;
use serde::{Deserialize, Serialize};
use store::artifacts as rows;
use store::trash::{self, Deletion};

use super::{changed, file_path};
use crate::Context;
use crate::audit::note;
use crate::error::{Result, ServiceError};

/// One deletion of files that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TrashEntry {
    pub trash_id: String,
    /// The run or logged model whose files they were: `<experiment>/<run>`.
    pub scope: String,
    pub first_path: String,
    #[specta(type = specta_typescript::Number)]
    pub files: i64,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
    #[specta(type = specta_typescript::Number)]
    pub deleted_at_ms: i64,
    pub deleted_by: String,
}

/// Moves a file or a folder to the trash, in the name of the account that runs this process.
pub async fn delete(ctx: &Context, path: &str) -> Result<()> {
    discard(ctx, &Actor::this_user(), path).await
}

/// Moves a file or a folder to the trash.
pub async fn discard(ctx: &Context, actor: &Actor, path: &str) -> Result<()> {
    let path = file_path(path)?;
    let trash_id = uuid::Uuid::now_v7().simple().to_string();
    let at_ms = ctx.now_ms();
    let deletion = Deletion {
        trash_id: &trash_id,
        at_ms,
        by: &actor.name,
    };
    let mut tx = ctx.store.begin().await?;
    let files = trash::discard(&mut tx, &path, &deletion).await?;
    if files == 0 {
        return Err(ServiceError::not_found(format!(
            "No such artifact: '{path}'"
        )));
    }
    let subject = format!("artifact/{path}");
    let told = format!("{files} files, trash {trash_id}");
    note(&mut tx, at_ms, actor, "artifacts.delete", &subject, &told).await?;
    tx.commit().await?;
    changed(ctx, &path);
    Ok(())
}

/// What can be restored, the last deletion first.
pub async fn list_trash(ctx: &Context, limit: i64) -> Result<Vec<TrashEntry>> {
    let rows = trash::list(ctx.store.pool(), limit).await?;
    let entry = |row: trash::TrashRow| TrashEntry {
        trash_id: row.trash_id,
        scope: row.scope,
        first_path: row.first_path,
        files: row.files,
        size_bytes: row.size_bytes,
        deleted_at_ms: row.deleted_at_ms,
        deleted_by: row.deleted_by,
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Puts the files of one deletion back where they stood; refused as a whole when something stands there now.
pub async fn restore(ctx: &Context, actor: &Actor, trash_id: &str) -> Result<i64> {
    let mut tx = ctx.store.begin().await?;
    let files = trash::files_of(&mut tx, trash_id).await?;
    let Some(first) = files.first() else {
        return Err(ServiceError::not_found(format!(
            "Nothing in the trash is called '{trash_id}'"
        )));
    };
    let top = ArtifactPath::parse(&first.path)?;
    let at_ms = ctx.now_ms();
    for file in &files {
        let path = ArtifactPath::parse(&file.path)?;
        let there = match rows::get(&mut tx, &path).await? {
            Some(row) => Some(row.path),
            None => rows::clash(&mut tx, &path).await?,
        };
        if let Some(there) = there {
            return Err(ServiceError::state(format!(
                "'{path}' cannot be restored: '{there}' stands there now"
            )));
        }
        rows::set(&mut tx, &path, &file.sha256, file.size_bytes, at_ms).await?;
    }
    trash::take_out(&mut tx, trash_id).await?;
    let count = i64::try_from(files.len()).unwrap_or(i64::MAX);
    let subject = format!("artifact/{top}");
    let told = format!("{count} files, trash {trash_id}");
    note(&mut tx, at_ms, actor, "artifacts.restore", &subject, &told).await?;
    tx.commit().await?;
    changed(ctx, &top);
    Ok(count)
}
