use engine::profile::{self, ProfileReport};
use engine::sweep::SweepReport;
use services::Context;
use services::benchmark::TaskProgress;
use services::inspection::ModelSource;
use services::profile::ProfileInput;
use services::sweep::{self, SweepInput};
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
    let ctx = ctx_of(&desk, &source).await?;
    let task = desk.begin(input.task_id.clone(), Some("Profile of a model".to_owned()));
    let told = move |step| drop(progress.send(step));
    let report =
        services::profile::profile(ctx.as_ref(), &desk.lab, source, input, told, task.cancel());
    Ok(report.await?)
}

/// Measures every combination that is not measured yet; what is done is kept, so it may be cancelled and goes on later.
#[tauri::command]
#[specta::specta]
pub async fn sweep_model(
    desk: DeskState<'_>,
    source: ModelSource,
    input: SweepInput,
    progress: Channel<SweepReport>,
) -> Answer<SweepReport> {
    let ctx = ctx_of(&desk, &source).await?;
    let task = desk.begin(input.task_id.clone(), Some("Sweep of a model".to_owned()));
    let told = move |step| drop(progress.send(step));
    let folder = sweep::folder_of_this_user()?;
    let report = sweep::run(
        ctx.as_ref(),
        &desk.lab,
        source,
        input,
        folder,
        told,
        task.cancel(),
    );
    Ok(report.await?)
}

/// What of a sweep is done already; nothing is measured.
#[tauri::command]
#[specta::specta]
pub async fn sweep_standing(
    desk: DeskState<'_>,
    source: ModelSource,
    input: SweepInput,
) -> Answer<SweepReport> {
    let ctx = ctx_of(&desk, &source).await?;
    let folder = sweep::folder_of_this_user()?;
    Ok(sweep::standing(ctx.as_ref(), &desk.lab, source, input, folder).await?)
}

/// A file needs no workspace.
async fn ctx_of(desk: &DeskState<'_>, source: &ModelSource) -> Answer<Option<Context>> {
    match source {
        ModelSource::File { .. } => Ok(None),
        _ => Ok(Some(desk.ctx().await?)),
    }
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
