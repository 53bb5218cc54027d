use services::runtime::{self, RuntimeCheck, RuntimeFile, RuntimeSettings};
use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt as _;

use super::{Answer, DeskState};

/// Which ONNX Runtime is loaded, and which is chosen. Works without a workspace.
#[tauri::command]
#[specta::specta]
pub async fn runtime_settings(desk: DeskState<'_>) -> Answer<RuntimeSettings> {
    let ctx = desk.open_now().map(|open| open.ctx);
    Ok(runtime::settings(ctx.as_ref(), &RuntimeFile::of_this_user()?).await?)
}

/// Looks into a folder and has a worker try what it finds; nothing is chosen yet.
#[tauri::command]
#[specta::specta]
pub async fn check_runtime_folder(desk: DeskState<'_>, folder: String) -> Answer<RuntimeCheck> {
    Ok(runtime::check(&desk.lab, folder.into()).await?)
}

/// `null` goes back to the library that came along.
#[tauri::command]
#[specta::specta]
pub async fn choose_runtime_folder(
    desk: DeskState<'_>,
    folder: Option<String>,
) -> Answer<RuntimeSettings> {
    let file = RuntimeFile::of_this_user()?;
    runtime::choose(&desk.lab, &file, folder.map(Into::into)).await?;
    let ctx = desk.open_now().map(|open| open.ctx);
    Ok(runtime::settings(ctx.as_ref(), &file).await?)
}

/// The native file dialog; `null` when it was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn pick_runtime_folder(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("The folder with ONNX Runtime's libraries")
        .pick_folder(move |path| drop(send.send(path)));
    Ok(chosen.await.ok().flatten().map(|path| path.to_string()))
}
