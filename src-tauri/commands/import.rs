use services::import::{ImportInput, ImportPreview, ImportReport, ImportStep, Watch};
use tauri::AppHandle;
use tauri::ipc::Channel;
use tauri_plugin_dialog::DialogExt as _;

use super::{Answer, DeskState};

/// The native folder dialog; `null` when it was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn pick_import_folder(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Choose an mlruns folder")
        .pick_folder(move |path| {
            let _ = send.send(path);
        });
    Ok(chosen.await.ok().flatten().map(|path| path.to_string()))
}

/// What the source holds; nothing is changed.
#[tauri::command]
#[specta::specta]
pub async fn preview_import(
    desk: DeskState<'_>,
    input: ImportInput,
    task_id: String,
    progress: Channel<ImportStep>,
) -> Answer<ImportPreview> {
    let ctx = desk.ctx().await?;
    let task = desk.begin(task_id, None);
    let watch = Watch {
        progress: &move |step| drop(progress.send(step)),
        cancel: task.cancel(),
    };
    Ok(services::import::preview(&ctx, &desk.actor(), &input, watch).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn run_import(
    desk: DeskState<'_>,
    input: ImportInput,
    task_id: String,
    progress: Channel<ImportStep>,
) -> Answer<ImportReport> {
    let ctx = desk.ctx().await?;
    let task = desk.begin(task_id, Some(format!("Import from {}", input.from)));
    let watch = Watch {
        progress: &move |step| drop(progress.send(step)),
        cancel: task.cancel(),
    };
    Ok(services::import::import(&ctx, &desk.actor(), &input, watch).await?)
}

/// The newest first.
#[tauri::command]
#[specta::specta]
pub async fn list_imports(desk: DeskState<'_>) -> Answer<Vec<ImportReport>> {
    Ok(services::import::reports(&desk.ctx().await?).await?)
}
