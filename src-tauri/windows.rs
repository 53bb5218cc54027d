//! What reaches the window from outside: a second start, a file from the command line, a missing display.

use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager as _};
use tauri_specta::Event as _;

use crate::commands::events::OpenModelFile;

/// On Linux a window needs a display; say so in words instead of a backtrace.
pub fn display_is_there() -> Result<(), String> {
    let named = |key| std::env::var_os(key).is_some_and(|v| !v.is_empty());
    if cfg!(target_os = "linux") && !named("DISPLAY") && !named("WAYLAND_DISPLAY") {
        return Err("Drydock needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set. Without one, use \
                    `drydock server`, or run under `xvfb-run`."
            .to_owned());
    }
    Ok(())
}

/// The one message that a desktop program prints: why there is no window.
pub fn say(message: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// A second start brings the window to the front, and opens the model that it was given.
pub fn second_start(app: &AppHandle, argv: &[String], cwd: &str) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
    let file = argv
        .iter()
        .skip(1)
        .map(|arg| Path::new(cwd).join(arg))
        .find(|path| is_model(path) && path.is_file());
    if let Some(file) = file {
        open_model_file(app, &file);
    }
}

fn open_model_file(app: &AppHandle, path: &Path) {
    let _ = OpenModelFile {
        path: full_path(path),
    }
    .emit(app);
}

pub fn full_path(path: &Path) -> String {
    let path: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}

fn is_model(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ext| ext.eq_ignore_ascii_case("onnx"))
}
