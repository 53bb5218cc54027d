use engine::worker::WorkersStatus;

use super::{Answer, DeskState};

/// The processes in which the lab runs models.
#[tauri::command]
#[specta::specta]
pub async fn worker_status(desk: DeskState<'_>) -> Answer<WorkersStatus> {
    Ok(desk.lab.status())
}
