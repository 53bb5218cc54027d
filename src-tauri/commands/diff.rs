use std::sync::Arc;

use onnx::diff::ModelDiff;
use services::inspection::ModelSource;

use super::inspection::path_of;
use super::{Answer, DeskState};

/// Everything in which two models differ. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn diff_models(
    desk: DeskState<'_>,
    left: ModelSource,
    right: ModelSource,
    task_id: String,
) -> Answer<ModelDiff> {
    let (left, right) = (path_of(&desk, left).await?, path_of(&desk, right).await?);
    let task = desk.begin(task_id, None);
    let models = Arc::clone(&desk.models);
    Ok(services::diff::compare(models, left, right, task.cancel().clone()).await?)
}
