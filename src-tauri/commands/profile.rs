use engine::profile::{self, ProfileReport};
use services::benchmark::TaskProgress;
use services::inspection::ModelSource;
use services::profile::ProfileInput;
use tauri::AppHandle;
use tauri::ipc::Channel;

use super::{Answer, DeskState, dialogs};

/// Where the time of a model's runs goes; a file needs no workspace.
#[tauri::command]
#[specta::specta]
pub async fn profile_model(
    desk: DeskState<'_>,
    source: ModelSource,
    input: ProfileInput,
    progress: Channel<TaskProgress>,
) -> Answer<ProfileReport> {
    let ctx = match &source {
        ModelSource::File { .. } => None,
        _ => Some(desk.ctx().await?),
    };
    let task = desk.begin(input.task_id.clone(), Some("Profile of a model".to_owned()));
    let told = move |step| drop(progress.send(step));
    let report =
        services::profile::profile(ctx.as_ref(), &desk.lab, source, input, told, task.cancel());
    Ok(report.await?)
}

/// Asks where to, then writes the typical run there for ui.perfetto.dev; `null` when the dialog was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn save_profile_trace(app: AppHandle, report: ProfileReport) -> Answer<Option<String>> {
    let stem = report.model.replace([' ', '/', '\\'], "-");
    let name = format!("{}.trace.json", stem.trim_end_matches(".onnx"));
    let Some(target) = dialogs::save_as(&app, "Save a trace", &name).await else {
        return Ok(None);
    };
    let text = profile::trace_json(&report);
    tokio::fs::write(&target, text)
        .await
        .map_err(services::ServiceError::io(format!(
            "{} could not be written",
            target.display()
        )))?;
    Ok(Some(target.display().to_string()))
}
