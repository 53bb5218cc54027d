use onnx::ModelReport;
use services::artifact_view::{
    self, ArtifactAbout, ArtifactImage, ArtifactRef, TableInput, TablePage, TextInput, TextPiece,
};
use services::artifacts::{ArtifactEntry, Discarded, ListRunArtifactsInput, TrashedArtifacts};
use services::inspection::{self, ModelSource};
use tauri::AppHandle;

use super::{Answer, DeskState, dialogs};

#[tauri::command]
#[specta::specta]
pub async fn list_run_artifacts(
    desk: DeskState<'_>,
    input: ListRunArtifactsInput,
) -> Answer<Vec<ArtifactEntry>> {
    Ok(services::artifacts::list_run_artifacts(&desk.ctx().await?, input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn about_artifact(desk: DeskState<'_>, file: ArtifactRef) -> Answer<ArtifactAbout> {
    Ok(artifact_view::about(&desk.ctx().await?, &file).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn read_artifact_text(desk: DeskState<'_>, input: TextInput) -> Answer<TextPiece> {
    Ok(artifact_view::read_text(&desk.ctx().await?, &input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn read_artifact_table(desk: DeskState<'_>, input: TableInput) -> Answer<TablePage> {
    Ok(artifact_view::read_table(&desk.ctx().await?, &input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn read_artifact_image(desk: DeskState<'_>, file: ArtifactRef) -> Answer<ArtifactImage> {
    Ok(artifact_view::read_image(&desk.ctx().await?, &file).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn trash_artifact(desk: DeskState<'_>, file: ArtifactRef) -> Answer<Discarded> {
    Ok(artifact_view::trash(&desk.ctx().await?, &desk.actor(), &file).await?)
}

/// The last deletions of files that can be undone, and how many there are in all.
#[tauri::command]
#[specta::specta]
pub async fn list_trashed_artifacts(desk: DeskState<'_>) -> Answer<TrashedArtifacts> {
    const LISTED_MAX: i64 = 500;
    Ok(services::artifacts::list_trash(&desk.ctx().await?, LISTED_MAX).await?)
}

/// Undoes one deletion.
#[tauri::command]
#[specta::specta]
pub async fn restore_artifacts(desk: DeskState<'_>, trash_id: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    services::artifacts::restore(&ctx, &desk.actor(), &trash_id).await?;
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn inspect_artifact(desk: DeskState<'_>, file: ArtifactRef) -> Answer<ModelReport> {
    let path = inspection::path_of(&desk.ctx().await?, ModelSource::Artifact { file }).await?;
    Ok(inspection::inspect_file(path).await?)
}

/// Asks where to, then copies the file there; `null` when the dialog was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn save_artifact(
    app: AppHandle,
    desk: DeskState<'_>,
    file: ArtifactRef,
) -> Answer<Option<String>> {
    let ctx = desk.ctx().await?;
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(target) = dialogs::save_as(&app, "Save a copy", name).await else {
        return Ok(None);
    };
    artifact_view::save(&ctx, &file, &target).await?;
    Ok(Some(target.display().to_string()))
}
