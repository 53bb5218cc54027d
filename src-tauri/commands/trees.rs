use std::sync::Arc;

use engine::trees::{FollowRowRequest, FollowedRow, TreeCover};
use onnx::trees::{EnsemblePlace, TreeView};
use services::benchmark::TaskProgress;
use services::inspection::ModelSource;
use services::trees::{self, EnsembleList, LoggedColumns};
use tauri::ipc::Channel;

use super::inspection::path_of;
use super::{Answer, DeskState};

/// The tree ensembles of a model.
#[tauri::command]
#[specta::specta]
pub async fn list_ensembles(desk: DeskState<'_>, source: ModelSource) -> Answer<EnsembleList> {
    let logged = match &source {
        ModelSource::File { .. } => LoggedColumns::default(),
        source => trees::logged_columns(&desk.ctx().await?, source).await?,
    };
    let path = path_of(&desk, source).await?;
    Ok(trees::list(Arc::clone(&desk.models), path, logged).await?)
}

/// One tree of an ensemble, to be drawn.
#[tauri::command]
#[specta::specta]
pub async fn read_tree(
    desk: DeskState<'_>,
    source: ModelSource,
    place: EnsemblePlace,
    tree: u32,
) -> Answer<TreeView> {
    let path = path_of(&desk, source).await?;
    Ok(trees::tree(Arc::clone(&desk.models), path, place, tree).await?)
}

/// The way of a row through all trees, and what ONNX Runtime gives for it. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn follow_tree_row(
    desk: DeskState<'_>,
    source: ModelSource,
    request: FollowRowRequest,
    task_id: String,
) -> Answer<FollowedRow> {
    let path = path_of(&desk, source).await?;
    let task = desk.begin(task_id, None);
    Ok(trees::follow(&desk.lab, path, request, task.cancel()).await?)
}

/// Where the rows of a file go. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn tree_cover(
    desk: DeskState<'_>,
    source: ModelSource,
    place: EnsemblePlace,
    rows: String,
    task_id: String,
    progress: Channel<TaskProgress>,
) -> Answer<TreeCover> {
    let path = path_of(&desk, source).await?;
    let task = desk.begin(task_id, Some("Rows counted through trees".to_owned()));
    // A window that closed meanwhile needs no progress.
    let told = move |step| drop(progress.send(step));
    Ok(trees::cover(&desk.lab, path, place, rows.into(), told, task.cancel()).await?)
}
