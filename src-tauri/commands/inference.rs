use std::path::PathBuf;
use std::sync::Arc;

use engine::inference::OutputPage;
use services::benchmark::TaskProgress;
use services::inference::{self, KeptRun, RunDataLook, RunInputs, RunModelInput, RunSetup};
use services::inspection::ModelSource;
use tauri::AppHandle;
use tauri::ipc::Channel;
use tauri_plugin_dialog::DialogExt as _;

use super::inspection::path_of;
use super::{Answer, DeskState, dialogs};

/// What the model can be run on; nothing runs.
#[tauri::command]
#[specta::specta]
pub async fn run_setup(desk: DeskState<'_>, source: ModelSource) -> Answer<RunSetup> {
    let path = path_of(&desk, source).await?;
    Ok(inference::setup(Arc::clone(&desk.models), path).await?)
}

/// Asks for a data file and looks at it; `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn pick_run_data(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Rows to run the model on")
        .add_filter(
            "Tables and arrays",
            &["csv", "tsv", "parquet", "npy", "npz", "json", "pb"],
        )
        .pick_file(move |path| {
            let _ = send.send(path);
        });
    let path = chosen
        .await
        .ok()
        .flatten()
        .and_then(|path| path.into_path().ok());
    Ok(path.map(|path| path.display().to_string()))
}

#[tauri::command]
#[specta::specta]
pub async fn look_at_run_data(
    desk: DeskState<'_>,
    source: ModelSource,
    file: PathBuf,
) -> Answer<RunDataLook> {
    let path = path_of(&desk, source).await?;
    Ok(inference::look(Arc::clone(&desk.models), path, file).await?)
}

/// Runs the model in a worker process; `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn run_model(
    desk: DeskState<'_>,
    source: ModelSource,
    input: RunModelInput,
    progress: Channel<TaskProgress>,
) -> Answer<KeptRun> {
    let task = desk.begin(input.task_id.clone(), Some("Run of a model".to_owned()));
    let path = path_of(&desk, source).await?;
    let ctx = match &input.inputs {
        RunInputs::Dataset { .. } => Some(desk.ctx().await?),
        _ => None,
    };
    let rows = input.inputs.clone().rows(&path, ctx.as_ref()).await?;
    // A window that closed meanwhile needs no progress.
    let told = move |step| drop(progress.send(step));
    Ok(inference::run(
        &desk.lab,
        &desk.kept_runs,
        &path,
        rows,
        &input,
        told,
        task.cancel(),
    )
    .await?)
}

/// Cells of an output: `rows` from `first_row`, `columns` from `first_column`.
#[tauri::command]
#[specta::specta]
pub async fn read_run_output(
    desk: DeskState<'_>,
    run_id: String,
    output: String,
    first_row: u32,
    rows: u32,
    first_column: u32,
    columns: u32,
) -> Answer<OutputPage> {
    let range = |first: u32, count: u32| u64::from(first)..u64::from(first) + u64::from(count);
    let (rows, columns) = (range(first_row, rows), range(first_column, columns));
    Ok(inference::page(&desk.kept_runs, &run_id, &output, rows, columns).await?)
}

/// Asks where to, then writes all outputs there; `null` when the dialog was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn save_run_outputs(
    app: AppHandle,
    desk: DeskState<'_>,
    run_id: String,
    extension: String,
) -> Answer<Option<String>> {
    let name = format!("outputs.{extension}");
    let Some(target) = dialogs::save_as(&app, "Save outputs", &name).await else {
        return Ok(None);
    };
    inference::save(&desk.kept_runs, &run_id, target.clone()).await?;
    Ok(Some(target.display().to_string()))
}
