use services::artifacts::{ArtifactEntry, ListRunArtifactsInput};
use services::tracking::{
    Experiment, MetricHistoryInput, MetricSeries, Run, RunPage, SearchRunsInput,
};

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn list_experiments(desk: DeskState<'_>) -> Answer<Vec<Experiment>> {
    Ok(services::tracking::list_experiments(&desk.ctx().await?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn search_runs(desk: DeskState<'_>, input: SearchRunsInput) -> Answer<RunPage> {
    Ok(services::tracking::search_runs(&desk.ctx().await?, input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn get_run(desk: DeskState<'_>, run_id: String) -> Answer<Run> {
    Ok(services::tracking::get_run(&desk.ctx().await?, &run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn metric_history(
    desk: DeskState<'_>,
    input: MetricHistoryInput,
) -> Answer<Vec<MetricSeries>> {
    Ok(services::tracking::metric_history(&desk.ctx().await?, input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn list_run_artifacts(
    desk: DeskState<'_>,
    input: ListRunArtifactsInput,
) -> Answer<Vec<ArtifactEntry>> {
    Ok(services::artifacts::list_run_artifacts(&desk.ctx().await?, input).await?)
}
