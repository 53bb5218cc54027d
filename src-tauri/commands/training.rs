use services::training::{LogToMe, log_to_me as snippets};

use super::{Answer, DeskState};

/// What a script needs to log into this workspace.
#[tauri::command]
#[specta::specta]
pub async fn log_to_me(desk: DeskState<'_>) -> Answer<LogToMe> {
    Ok(snippets(&desk.ctx().await?)?)
}
