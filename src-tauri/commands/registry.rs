use services::registry::VersionInput;
use services::registry::{
    AliasInput, ModelDetail, ModelVersion, PromoteInput, RegisteredModel, RemoveAliasInput,
    VersionDetail,
};

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn list_models(desk: DeskState<'_>) -> Answer<Vec<RegisteredModel>> {
    Ok(services::registry::list_models(&desk.ctx().await?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn get_model(desk: DeskState<'_>, name: String) -> Answer<ModelDetail> {
    Ok(services::registry::model_detail(&desk.ctx().await?, &name).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn get_model_version(desk: DeskState<'_>, input: VersionInput) -> Answer<VersionDetail> {
    Ok(services::registry::version_detail(&desk.ctx().await?, input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn promote_model_version(
    desk: DeskState<'_>,
    input: PromoteInput,
) -> Answer<ModelVersion> {
    Ok(services::registry::promote(&desk.ctx().await?, &desk.actor(), input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_model_alias(desk: DeskState<'_>, input: AliasInput) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::registry::set_alias(
        &ctx,
        &desk.actor(),
        &input.name,
        &input.alias,
        input.version,
    )
    .await?)
}

#[tauri::command]
#[specta::specta]
pub async fn delete_model_alias(desk: DeskState<'_>, input: RemoveAliasInput) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::registry::delete_alias(&ctx, &desk.actor(), &input.name, &input.alias).await?)
}
