use std::sync::Arc;

use engine::ceiling::MachineCeiling;
use engine::compat::ModelCompatibility;
use services::Clock;
use services::cost::{self, CostInput, ModelCost, ShapeOrigin};
use services::inspection::ModelSource;

use super::inspection::path_of;
use super::{Answer, DeskState};

/// What a model costs with these dims, from shapes that a worker infers. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn model_cost(
    desk: DeskState<'_>,
    source: ModelSource,
    input: CostInput,
    task_id: String,
) -> Answer<ModelCost> {
    let path = path_of(&desk, source).await?;
    let task = desk.begin(task_id, None);
    let models = Arc::clone(&desk.models);
    Ok(cost::cost(&desk.lab, models, path, input, task.cancel()).await?)
}

/// Has a worker infer the shapes of all tensors; the nodes of the graph tell them from then on. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn infer_shapes(
    desk: DeskState<'_>,
    source: ModelSource,
    task_id: String,
) -> Answer<ShapeOrigin> {
    let path = path_of(&desk, source).await?;
    let task = desk.begin(task_id, None);
    let models = Arc::clone(&desk.models);
    Ok(cost::infer_shapes(&desk.lab, models, path, task.cancel()).await?)
}

/// What this machine reaches at best; `anew` measures it again. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn machine_ceiling(
    desk: DeskState<'_>,
    anew: bool,
    task_id: String,
) -> Answer<MachineCeiling> {
    let task = desk.begin(task_id, None);
    let folder = desk.known.folder();
    Ok(cost::machine_ceiling(&desk.lab, folder, anew, &Clock::system(), task.cancel()).await?)
}

/// Whether the runtime of this machine can load the model, tried in a worker. `task_id` cancels it.
#[tauri::command]
#[specta::specta]
pub async fn model_compatibility(
    desk: DeskState<'_>,
    source: ModelSource,
    task_id: String,
) -> Answer<ModelCompatibility> {
    let path = path_of(&desk, source).await?;
    let task = desk.begin(task_id, None);
    Ok(cost::compatibility(&desk.lab, path, task.cancel()).await?)
}
