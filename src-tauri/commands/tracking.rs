use domain::tracking::Tag;
use services::tracking::{
    BulkDone, Experiment, ExportDone, ExportFormat, ExportRunsInput, MetricHistoryInput,
    MetricSeries, Pair, Run, RunDetail, RunPage, RunScope, SearchRunsInput, TagRunsInput, Trash,
};
use tauri::AppHandle;

use super::{Answer, DeskState, dialogs};

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
pub async fn run_detail(desk: DeskState<'_>, run_id: String) -> Answer<RunDetail> {
    Ok(services::tracking::run_detail(&desk.ctx().await?, &run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn rename_run(desk: DeskState<'_>, run_id: String, name: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::tracking::rename_run(&ctx, &desk.actor(), &run_id, &name).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn tag_runs(desk: DeskState<'_>, input: TagRunsInput) -> Answer<BulkDone> {
    Ok(services::tracking::tag_runs(&desk.ctx().await?, &desk.actor(), input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn trash_runs(desk: DeskState<'_>, scope: RunScope) -> Answer<BulkDone> {
    Ok(services::tracking::trash_runs(&desk.ctx().await?, &desk.actor(), scope).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn restore_runs(desk: DeskState<'_>, run_ids: Vec<String>) -> Answer<BulkDone> {
    Ok(services::tracking::restore_runs(&desk.ctx().await?, &desk.actor(), run_ids).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn list_trash(desk: DeskState<'_>) -> Answer<Trash> {
    Ok(services::tracking::list_trash(&desk.ctx().await?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn rename_experiment(
    desk: DeskState<'_>,
    experiment_id: String,
    name: String,
) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::tracking::rename_experiment(&ctx, &desk.actor(), &experiment_id, &name).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn tag_experiment(desk: DeskState<'_>, experiment_id: String, tag: Pair) -> Answer<()> {
    let tag = Tag {
        key: tag.key,
        value: tag.value,
    };
    let ctx = desk.ctx().await?;
    Ok(services::tracking::set_experiment_tag(&ctx, &desk.actor(), &experiment_id, tag).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn trash_experiment(desk: DeskState<'_>, experiment_id: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::tracking::delete_experiment(&ctx, &desk.actor(), &experiment_id).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn restore_experiment(desk: DeskState<'_>, experiment_id: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::tracking::restore_experiment(&ctx, &desk.actor(), &experiment_id).await?)
}

/// Asks where to, then writes the table there; `null` when the dialog was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn export_runs(
    app: AppHandle,
    desk: DeskState<'_>,
    input: ExportRunsInput,
) -> Answer<Option<ExportDone>> {
    let ctx = desk.ctx().await?;
    let name = match input.format {
        ExportFormat::Csv => "runs.csv",
        ExportFormat::Json => "runs.json",
    };
    let Some(target) = dialogs::save_as(&app, "Export runs", name).await else {
        return Ok(None);
    };
    Ok(Some(
        services::tracking::export_runs(&ctx, &input, &target).await?,
    ))
}
