use services::deployment::{Endpoint, TryAnswer, TryInput};

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn list_endpoints(desk: DeskState<'_>) -> Answer<Vec<Endpoint>> {
    Ok(services::deployment::list_endpoints(&desk.ctx().await?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn example_request(desk: DeskState<'_>, endpoint: String) -> Answer<String> {
    Ok(services::deployment::example_request(
        &desk.ctx().await?,
        &endpoint,
    )?)
}

#[tauri::command]
#[specta::specta]
pub async fn try_endpoint(desk: DeskState<'_>, input: TryInput) -> Answer<TryAnswer> {
    Ok(services::deployment::try_endpoint(&desk.ctx().await?, input).await?)
}
