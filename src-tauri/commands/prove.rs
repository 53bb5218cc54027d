use engine::compare::divergence::DivergenceReport;
use engine::compare::{ComparisonReport, DeterminismReport};
use services::Context;
use services::benchmark::TaskProgress;
use services::prove::{self, CompareOutputsInput, DivergenceInput, ProveSide, RepeatRunsInput};
use tauri::ipc::Channel;
use tauri::{AppHandle, Wry};
use tauri_plugin_dialog::{DialogExt as _, FileDialogBuilder};

use super::{Answer, DeskState};

/// Outputs against expected ones, or another side's. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn compare_outputs(
    desk: DeskState<'_>,
    input: CompareOutputsInput,
    progress: Channel<TaskProgress>,
) -> Answer<ComparisonReport> {
    let ctx = workspace(&desk, [Some(&input.side), input.against.as_ref()]).await?;
    let task = desk.begin(
        input.task_id.clone(),
        Some("Comparison of outputs".to_owned()),
    );
    let told = move |step| drop(progress.send(step));
    Ok(prove::compare(ctx.as_ref(), &desk.lab, input, told, task.cancel()).await?)
}

/// The first tensor that differs between two sides. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn find_divergence(
    desk: DeskState<'_>,
    input: DivergenceInput,
    progress: Channel<TaskProgress>,
) -> Answer<DivergenceReport> {
    let ctx = workspace(&desk, [Some(&input.side), Some(&input.against)]).await?;
    let what = "Search for the first layer that differs".to_owned();
    let task = desk.begin(input.task_id.clone(), Some(what));
    let told = move |step| drop(progress.send(step));
    Ok(prove::divergence(ctx.as_ref(), &desk.lab, input, told, task.cancel()).await?)
}

/// Whether a model repeats itself. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn repeat_runs(
    desk: DeskState<'_>,
    input: RepeatRunsInput,
    progress: Channel<TaskProgress>,
) -> Answer<DeterminismReport> {
    let ctx = workspace(&desk, [Some(&input.side), None]).await?;
    let task = desk.begin(input.task_id.clone(), Some("Determinism check".to_owned()));
    let told = move |step| drop(progress.send(step));
    Ok(prove::determinism(ctx.as_ref(), &desk.lab, input, told, task.cancel()).await?)
}

/// The table with the rows to run.
#[tauri::command]
#[specta::specta]
pub async fn pick_rows_file(app: AppHandle) -> Answer<Option<String>> {
    let kinds = ["csv", "tsv", "parquet", "pq", "npy", "npz", "json"];
    let dialog = app.dialog().file().set_title("Rows to run");
    Ok(picked(dialog.add_filter("Tables", &kinds)).await)
}

/// Another ONNX Runtime.
#[tauri::command]
#[specta::specta]
pub async fn pick_runtime_library(app: AppHandle) -> Answer<Option<String>> {
    Ok(picked(app.dialog().file().set_title("ONNX Runtime library")).await)
}

async fn picked(dialog: FileDialogBuilder<Wry>) -> Option<String> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    dialog.pick_file(move |path| drop(send.send(path)));
    chosen.await.ok().flatten().map(|path| path.to_string())
}

/// Files on this machine need no workspace.
async fn workspace(
    desk: &DeskState<'_>,
    sides: [Option<&ProveSide>; 2],
) -> Answer<Option<Context>> {
    if sides.into_iter().flatten().any(ProveSide::needs_workspace) {
        Ok(Some(desk.ctx().await?))
    } else {
        Ok(None)
    }
}
