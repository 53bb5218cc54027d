use services::monitoring::{EndpointStats, StatsInput};

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn endpoint_stats(desk: DeskState<'_>, input: StatsInput) -> Answer<EndpointStats> {
    Ok(
        services::deployment::endpoint_stats(&desk.ctx().await?, &input.endpoint, input.window_s)
            .await?,
    )
}
