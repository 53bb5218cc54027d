//! The native menu. What the window does is told to the window; what the system does is done here.

use tauri::menu::{AboutMetadata, Menu, MenuBuilder, MenuEvent, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Wry};
use tauri_specta::Event as _;

use crate::closing;
use crate::commands::events::{MenuCommand, WindowCommand};
use crate::commands::workspace::open_logs;

const LOGS: &str = "logs-folder";
const QUIT: &str = "quit";

/// Identifier, label, shortcut, and what the window is told.
const COMMANDS: [(&str, &str, &str, WindowCommand); 10] = [
    (
        "open-file",
        "Open Model...",
        "CmdOrCtrl+O",
        WindowCommand::OpenFile,
    ),
    ("import", "Import from MLflow...", "", WindowCommand::Import),
    (
        "tab-registry",
        "Registry",
        "CmdOrCtrl+1",
        WindowCommand::TabRegistry,
    ),
    (
        "tab-training",
        "Training",
        "CmdOrCtrl+2",
        WindowCommand::TabTraining,
    ),
    (
        "tab-deployment",
        "Deployment",
        "CmdOrCtrl+3",
        WindowCommand::TabDeployment,
    ),
    (
        "tab-monitoring",
        "Monitoring",
        "CmdOrCtrl+4",
        WindowCommand::TabMonitoring,
    ),
    (
        "toggle-panel",
        "Left Panel",
        "CmdOrCtrl+B",
        WindowCommand::TogglePanel,
    ),
    (
        "toggle-theme",
        "Light or Dark",
        "",
        WindowCommand::ToggleTheme,
    ),
    (
        "command-palette",
        "Run a Command...",
        "CmdOrCtrl+K",
        WindowCommand::CommandPalette,
    ),
    (
        "shortcuts",
        "Keyboard Shortcuts",
        "",
        WindowCommand::Shortcuts,
    ),
];

pub fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    let item = |id: &str| {
        let (id, label, shortcut, _) = COMMANDS
            .iter()
            .find(|(known, ..)| *known == id)
            .unwrap_or(&COMMANDS[0]);
        let item = MenuItemBuilder::with_id(*id, *label);
        // The page handles the keys itself; on macOS the menu must name them to own them.
        if cfg!(target_os = "macos") && !shortcut.is_empty() {
            item.accelerator(*shortcut)
        } else {
            item
        }
        .build(app)
    };
    // The system's own Quit would end what runs without a word.
    let quit = MenuItemBuilder::with_id(QUIT, "Quit Drydock")
        .accelerator("CmdOrCtrl+Q")
        .build(app)?;
    let file = SubmenuBuilder::new(app, "File")
        .item(&item("open-file")?)
        .item(&item("import")?)
        .separator()
        .item(&quit)
        .build()?;
    let edit = SubmenuBuilder::new(app, "Edit")
        .cut()
        .copy()
        .paste()
        .select_all()
        .build()?;
    let view = SubmenuBuilder::new(app, "View")
        .items(&[
            &item("tab-registry")?,
            &item("tab-training")?,
            &item("tab-deployment")?,
            &item("tab-monitoring")?,
        ])
        .separator()
        .items(&[
            &item("toggle-panel")?,
            &item("toggle-theme")?,
            &item("command-palette")?,
        ])
        .build()?;
    let about = AboutMetadata {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..AboutMetadata::default()
    };
    let help = SubmenuBuilder::new(app, "Help")
        .item(&item("shortcuts")?)
        .item(&MenuItemBuilder::with_id(LOGS, "Open Logs Folder").build(app)?)
        .separator()
        .about(Some(about))
        .build()?;
    MenuBuilder::new(app)
        .items(&[&file, &edit, &view, &help])
        .build()
}

pub fn clicked(app: &AppHandle, event: MenuEvent) {
    let id = event.id().as_ref();
    if id == LOGS {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            if let Err(error) = open_logs(&app).await {
                tracing::warn!(%error, "the logs folder could not be opened");
            }
        });
    } else if id == QUIT {
        closing::request(app);
    } else if let Some((.., command)) = COMMANDS.iter().find(|(known, ..)| *known == id) {
        let _ = MenuCommand { command: *command }.emit(app);
    }
}
