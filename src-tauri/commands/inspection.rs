use onnx::ModelReport;
use services::registry::VersionInput;

use super::{Answer, DeskState};

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
