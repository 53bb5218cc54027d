use std::path::PathBuf;
use std::sync::Arc;

use onnx::ModelReport;
use onnx::graph::{FoundNodes, NodeDetail, SceneView, Way};
use services::benchmark::TaskProgress;
use services::inspection::{self, ModelSource};
use services::registry::VersionInput;
use services::weights::{self, WeightLine, WeightReport};
use tauri::AppHandle;
use tauri::ipc::Channel;

use super::bytes::Bytes;
use super::{Answer, DeskState, dialogs};

/// Works without a workspace and without ONNX Runtime: reading a model never runs it.
#[tauri::command]
#[specta::specta]
pub async fn inspect_file(path: String) -> Answer<ModelReport> {
    Ok(services::inspection::inspect_file(path.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn inspect_model_version(
    desk: DeskState<'_>,
    input: VersionInput,
) -> Answer<ModelReport> {
    Ok(services::inspection::inspect_version(&desk.ctx().await?, input).await?)
}

/// A graph of a model, laid out: see `onnx::graph` for what the bytes mean.
#[tauri::command]
#[specta::specta]
pub async fn draw_model(
    desk: DeskState<'_>,
    source: ModelSource,
    view: SceneView,
) -> Answer<Bytes> {
    let path = path_of(&desk, source).await?;
    Ok(Bytes(
        inspection::draw(Arc::clone(&desk.models), path, view).await?,
    ))
}

#[tauri::command]
#[specta::specta]
pub async fn search_model(
    desk: DeskState<'_>,
    source: ModelSource,
    query: String,
) -> Answer<FoundNodes> {
    let path = path_of(&desk, source).await?;
    Ok(inspection::search(Arc::clone(&desk.models), path, query).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn model_node(
    desk: DeskState<'_>,
    source: ModelSource,
    way: Way,
    node: u32,
) -> Answer<NodeDetail> {
    let path = path_of(&desk, source).await?;
    Ok(inspection::node(Arc::clone(&desk.models), path, way, node).await?)
}

/// How the numbers of a weight spread. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn weight_report(
    desk: DeskState<'_>,
    source: ModelSource,
    way: Way,
    tensor: String,
    task_id: String,
) -> Answer<WeightReport> {
    let path = path_of(&desk, source).await?;
    let models = Arc::clone(&desk.models);
    let task = desk.begin(task_id, None);
    Ok(weights::report(models, path, way, tensor, task.cancel().clone()).await?)
}

/// A file is looked at whether or not a workspace is open.
pub(super) async fn path_of(desk: &DeskState<'_>, source: ModelSource) -> Answer<PathBuf> {
    match source {
        ModelSource::File { path } => Ok(path),
        source => Ok(inspection::path_of(&desk.ctx().await?, source).await?),
    }
}

/// The numbers of all weights, a line each. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn survey_weights(
    desk: DeskState<'_>,
    source: ModelSource,
    task_id: String,
    progress: Channel<TaskProgress>,
) -> Answer<Vec<WeightLine>> {
    let path = path_of(&desk, source).await?;
    let models = Arc::clone(&desk.models);
    let task = desk.begin(task_id, None);
    let told = move |done: f64| {
        drop(progress.send(TaskProgress {
            step: "read".to_owned(),
            detail: String::new(),
            fraction: Some(done),
        }));
    };
    Ok(weights::survey(models, path, told, task.cancel().clone()).await?)
}

/// Asks where to, then writes a weight there as NumPy reads it; `null` when the dialog was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn save_weight(
    app: AppHandle,
    desk: DeskState<'_>,
    source: ModelSource,
    way: Way,
    tensor: String,
    task_id: String,
) -> Answer<Option<String>> {
    let path = path_of(&desk, source).await?;
    let plain = |c: char| {
        if c.is_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = tensor.chars().map(plain).take(100).collect();
    let Some(target) = dialogs::save_as(&app, "Save the weight", &format!("{name}.npy")).await
    else {
        return Ok(None);
    };
    let models = Arc::clone(&desk.models);
    let task = desk.begin(task_id, Some(format!("Saving {tensor}")));
    let to = target.clone();
    weights::save_npy(models, path, way, tensor, to, task.cancel().clone()).await?;
    Ok(Some(target.display().to_string()))
}
