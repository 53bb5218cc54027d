//! Deleting, so that it can be undone for a while.

use std::collections::{BTreeSet, HashMap};

use domain::artifact::ArtifactPath;
use domain::audit::Actor;
use serde::{Deserialize, Serialize};
use store::artifacts as rows;
use store::tracking::{logged_models, runs};
use store::trash::{self, Deletion};

use super::{changed, file_path};
use crate::Context;
use crate::audit::note;
use crate::error::{Result, ServiceError};

/// Owners named by one statement.
const IDS_AT_ONCE: usize = 500;

/// One deletion of files that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TrashEntry {
    pub trash_id: String,
    /// The file, or the folder that held them all, with a `/` at its end.
    pub path: String,
    /// Whose they were: a run, or a logged model.
    pub owner_name: String,
    /// The run, unless they were a logged model's.
    pub run_id: Option<String>,
    #[specta(type = specta_typescript::Number)]
    pub files: i64,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
    #[specta(type = specta_typescript::Number)]
    pub deleted_at_ms: i64,
    pub deleted_by: String,
}

/// Deletions of files, the last first; the counts tell of those beyond the list too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TrashedArtifacts {
    pub deletions: Vec<TrashEntry>,
    #[specta(type = specta_typescript::Number)]
    pub deletion_count: i64,
    #[specta(type = specta_typescript::Number)]
    pub file_count: i64,
}

/// What a deletion moved, and the id by which it comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Discarded {
    pub trash_id: String,
    #[specta(type = specta_typescript::Number)]
    pub files: u64,
}

/// Moves a file or a folder to the trash, in the name of the account that runs this process.
pub async fn delete(ctx: &Context, path: &str) -> Result<()> {
    discard(ctx, &Actor::this_user(), path).await?;
    Ok(())
}

/// Moves a file or a folder to the trash.
pub async fn discard(ctx: &Context, actor: &Actor, path: &str) -> Result<Discarded> {
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
    Ok(Discarded { trash_id, files })
}

/// What can be restored: so many deletions, the last first, and how many there are in all.
pub async fn list_trash(ctx: &Context, limit: i64) -> Result<TrashedArtifacts> {
    let pool = ctx.store.pool();
    let rows = trash::list(pool, limit).await?;
    let ids: BTreeSet<&str> = rows.iter().map(|row| owner_id(&row.scope)).collect();
    let mut names = HashMap::new();
    for some in ids.into_iter().collect::<Vec<_>>().chunks(IDS_AT_ONCE) {
        let runs = runs::titles(pool, some).await?;
        names.extend(runs.into_iter().map(|run| (run.run_id, run.name)));
        names.extend(logged_models::names(pool, some).await?);
    }
    let (deletion_count, file_count) = trash::totals(pool).await?;
    Ok(TrashedArtifacts {
        deletions: rows.into_iter().map(|row| entry(row, &names)).collect(),
        deletion_count,
        file_count,
    })
}

/// The id of a run or a logged model, at the end of its scope.
fn owner_id(scope: &str) -> &str {
    scope.rsplit('/').next().unwrap_or(scope)
}

fn entry(row: trash::TrashRow, names: &HashMap<String, String>) -> TrashEntry {
    let id = owner_id(&row.scope);
    let of_model = row.scope.split('/').nth(1) == Some("models");
    let path = shared(&row.first_path, &row.last_path);
    let below = path.strip_prefix(&row.scope).unwrap_or(path);
    TrashEntry {
        path: below
            .trim_start_matches('/')
            .trim_start_matches("artifacts/")
            .to_owned(),
        owner_name: names.get(id).cloned().unwrap_or_else(|| id.to_owned()),
        run_id: (!of_model).then(|| id.to_owned()),
        trash_id: row.trash_id,
        files: row.files,
        size_bytes: row.size_bytes,
        deleted_at_ms: row.deleted_at_ms,
        deleted_by: row.deleted_by,
    }
}

/// The file, if both are the same, else the folder in which the first, the last and so all between them stand.
fn shared<'a>(first: &'a str, last: &str) -> &'a str {
    if first == last {
        return first;
    }
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b);
    let same = first.as_bytes().split_at(same.count()).0;
    let folder = same.iter().rposition(|byte| *byte == b'/');
    &first[..folder.map_or(0, |slash| slash + 1)]
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
    // A collector, or whoever else restores them, may have come since they were read.
    if trash::take_out(&mut tx, trash_id).await? != files.len() as u64 {
        return Err(ServiceError::state(format!(
            "'{trash_id}' cannot be restored: its files were restored or deleted for good this very moment"
        )));
    }
    let top = ArtifactPath::parse(&first.path)?;
    let at_ms = ctx.now_ms();
    for file in &files {
        let path = ArtifactPath::parse(&file.path)?;
        let there = match rows::clash(&mut tx, &path).await? {
            Some(other) => Some(other),
            None => {
                let (digest, size) = (&file.sha256, file.size_bytes);
                let set = rows::set_where_free(&mut tx, &path, digest, size, at_ms).await?;
                (!set).then(|| file.path.clone())
            }
        };
        if let Some(there) = there {
            return Err(ServiceError::state(format!(
                "'{path}' cannot be restored: '{there}' stands there now"
            )));
        }
    }
    let count = i64::try_from(files.len()).unwrap_or(i64::MAX);
    let subject = format!("artifact/{top}");
    let told = format!("{count} files, trash {trash_id}");
    note(&mut tx, at_ms, actor, "artifacts.restore", &subject, &told).await?;
    tx.commit().await?;
    changed(ctx, &top);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn a_deletion_is_called_by_its_file_or_its_folder() {
        assert_eq!(shared("0/r/a.csv", "0/r/a.csv"), "0/r/a.csv");
        assert_eq!(shared("0/r/plots/a", "0/r/plots/b/c"), "0/r/plots/");
        assert_eq!(shared("0/r/a", "0/r/ab"), "0/r/");
        assert_eq!(
            shared("0/r/gr\u{f6}\u{df}e/1", "0/r/gr\u{f6}\u{e4}"),
            "0/r/"
        );
    }
}
