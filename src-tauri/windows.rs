//! What reaches the window from outside: a second start, a file from the command line, a missing display.

use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager as _};
use tauri_specta::Event as _;

use crate::commands::events::OpenModelFile;

/// On Linux a window needs a display; say so in words instead of a backtrace.
pub fn display_is_there() -> Result<(), String> {
    let named = ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().find_map(|key| {
        let value = std::env::var(key).ok().filter(|value| !value.is_empty())?;
        Some(format!("{key}={value}"))
    });
    if cfg!(target_os = "linux") && named.is_none() {
        return Err("Drydock needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set. Without one, use \
                    `drydock server`, or run under `xvfb-run`."
            .to_owned());
    }
    display_answers(&named.unwrap_or_default())
}

/// Asked here, where the answer can be a sentence: the window library would end the process with a panic. A display that
/// starts over, as when a session begins, refuses for a moment.
#[cfg(target_os = "linux")]
fn display_answers(named: &str) -> Result<(), String> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let began = Instant::now();
    while gtk::init().is_err() {
        if began.elapsed() > PATIENCE {
            return Err(format!(
                "Drydock needs a display, and {named} does not answer. Without one, use `drydock server`, or run \
                 under `xvfb-run`."
            ));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn display_answers(_named: &str) -> Result<(), String> {
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
