//! What the shell tells the window.

use serde::{Deserialize, Serialize};
use services::ChangeTag;
use services::workspace::Activity;
use services::workspace::connection::Connection;

/// Something that is shown may be stale.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub struct Changed {
    pub tags: Vec<ChangeTag>,
}

/// The database of a team workspace was lost, will be tried again, or is back.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub struct ConnectionChanged {
    pub connection: Connection,
}

/// The window was asked to close while something runs; it stays open until it has answered.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub struct CloseAsked {
    pub activity: Activity,
}

/// A model file was handed to the app by a second start or the file manager.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub struct OpenModelFile {
    pub path: String,
}

/// A choice in the native menu that the window carries out.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub struct MenuCommand {
    pub command: WindowCommand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "kebab-case")]
pub enum WindowCommand {
    OpenFile,
    Import,
    TogglePanel,
    ToggleTheme,
    TabRegistry,
    TabTraining,
    TabDeployment,
    TabMonitoring,
    CommandPalette,
    Shortcuts,
}
