//! How the page is drawn where no graphics processor is.
//!
//! The web view then composes its layers in software, which costs more than drawing them: at 1440 x 900 a touched canvas
//! took 42 ms a frame instead of 16, and panning a graph of 10,000 nodes 60 instead of 11 (median, two cores).

use tauri::App;

#[cfg(target_os = "linux")]
pub fn suit_the_machine(app: &App) {
    use tauri::Manager as _;
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

    if has_graphics_processor() {
        return;
    }
    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    let told = window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
    match told {
        Ok(()) => {
            tracing::info!("no graphics processor: the page is drawn without composed layers");
        }
        Err(error) => tracing::warn!(%error, "the web view could not be told to draw in software"),
    }
}

#[cfg(not(target_os = "linux"))]
pub fn suit_the_machine(_app: &App) {}

/// The kernel gives each one that can draw a render node.
#[cfg(target_os = "linux")]
fn has_graphics_processor() -> bool {
    let devices = std::fs::read_dir("/dev/dri")
        .into_iter()
        .flatten()
        .flatten();
    devices
        .map(|device| device.file_name())
        .any(|name| name.to_string_lossy().starts_with("renderD"))
}
