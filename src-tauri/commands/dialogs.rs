//! Where a file is to go: asked by the system's own dialog, so that the page never names a path to write to.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt as _;

/// The chosen place; `None` when the dialog was closed.
pub async fn save_as(app: &AppHandle, title: &str, name: &str) -> Option<PathBuf> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title(title)
        .set_file_name(name)
        .save_file(move |path| {
            let _ = send.send(path);
        });
    chosen.await.ok().flatten()?.into_path().ok()
}

/// The chosen file; `None` when the dialog was closed.
pub async fn open_file(app: &AppHandle, title: &str, kinds: &[&str]) -> Option<PathBuf> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title(title)
        .add_filter(title, kinds)
        .pick_file(move |path| {
            let _ = send.send(path);
        });
    chosen.await.ok().flatten()?.into_path().ok()
}
