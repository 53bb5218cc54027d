use serde::{Deserialize, Serialize};
use services::workspace::{WorkspaceStatus, status};
use tauri::window::Color;
use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::DialogExt as _;
use tauri_plugin_opener::OpenerExt as _;

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn workspace_status(desk: DeskState<'_>) -> Answer<WorkspaceStatus> {
    let opened = desk.opened().await?;
    Ok(WorkspaceStatus {
        name: opened.known.name,
        ..status(&opened.ctx).await?
    })
}

/// Tries again to open a workspace that could not be opened.
#[tauri::command]
#[specta::specta]
pub async fn reopen_workspace(desk: DeskState<'_>) -> Answer<()> {
    Ok(desk.reopen().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn delete_demo_workspace(desk: DeskState<'_>) -> Answer<()> {
    Ok(desk.delete_demo().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn open_logs_folder(app: AppHandle) -> Answer<()> {
    Ok(open_logs(&app).await?)
}

pub async fn open_logs(app: &AppHandle) -> services::Result<()> {
    let ctx = crate::desk::of(app).opened().await?.ctx;
    let folder = ctx.workspace.folders.logs();
    app.opener()
        .open_path(folder.display().to_string(), None::<&str>)
        .map_err(|error| services::ServiceError::Unavailable {
            message: format!("the system could not open {}: {error}", folder.display()),
            hint: "open the folder yourself".to_owned(),
        })
}

/// The native file dialog; `null` when it was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn pick_model_file(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Open a model to inspect")
        .add_filter("ONNX model", &["onnx"])
        .pick_file(move |path| {
            let _ = send.send(path);
        });
    Ok(chosen.await.ok().flatten().map(|path| path.to_string()))
}

/// The page's theme, for what the system draws: the menu bar, dialogs, the window's frame.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum WindowTheme {
    Dark,
    Light,
}

#[tauri::command]
#[specta::specta]
pub fn set_window_theme(app: AppHandle, theme: WindowTheme) {
    // The background shows through the menu bar, and while the page loads.
    let (theme, background) = match theme {
        WindowTheme::Dark => (tauri::Theme::Dark, Color(0x0c, 0x0e, 0x12, 0xff)),
        WindowTheme::Light => (tauri::Theme::Light, Color(0xf6, 0xf7, 0xf9, 0xff)),
    };
    app.set_theme(Some(theme));
    for window in app.webview_windows().values() {
        // A platform that cannot recolour a window keeps the colour it has.
        let _ = window.set_background_color(Some(background));
    }
}

/// The answer to [`super::events::CloseAsked`].
#[tauri::command]
#[specta::specta]
pub fn answer_close(app: AppHandle, desk: DeskState<'_>, close: bool) {
    if close {
        app.exit(0);
    } else {
        desk.closing.stay();
    }
}

/// The model that the app was started with; given out once.
#[tauri::command]
#[specta::specta]
pub fn started_with_model_file(desk: DeskState<'_>) -> Option<String> {
    desk.take_started_with()
}

/// Cancels a long task by the name that the window gave it.
#[tauri::command]
#[specta::specta]
pub fn cancel_task(desk: DeskState<'_>, task_id: String) {
    desk.cancel(&task_id);
}
