use services::registry::VersionInput;
use services::registry::{
    AliasInput, CompareInput, ModelDetail, ModelVersion, ProductionOnInput, PromoteInput,
    RegisteredModel, RemoveAliasInput, StoodInProduction, VersionComparison, VersionDetail,
};
use services::tracking::Pair;

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

#[tauri::command]
#[specta::specta]
pub async fn compare_versions(
    desk: DeskState<'_>,
    input: CompareInput,
) -> Answer<VersionComparison> {
    Ok(services::registry::compare_versions(&desk.ctx().await?, input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn production_on(
    desk: DeskState<'_>,
    input: ProductionOnInput,
) -> Answer<Vec<StoodInProduction>> {
    Ok(services::registry::production_on(&desk.ctx().await?, input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn describe_model(desk: DeskState<'_>, name: String, text: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    services::registry::update_model(&ctx, &desk.actor(), &name, &text).await?;
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn tag_model(desk: DeskState<'_>, name: String, tag: Pair) -> Answer<()> {
    let ctx = desk.ctx().await?;
    let actor = desk.actor();
    Ok(services::registry::set_model_tag(&ctx, &actor, &name, &tag.key, &tag.value).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn untag_model(desk: DeskState<'_>, name: String, key: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    Ok(services::registry::delete_model_tag(&ctx, &desk.actor(), &name, &key).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn delete_model(desk: DeskState<'_>, name: String) -> Answer<()> {
    Ok(services::registry::delete_model(&desk.ctx().await?, &desk.actor(), &name).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn describe_version(
    desk: DeskState<'_>,
    input: VersionInput,
    text: String,
) -> Answer<()> {
    let ctx = desk.ctx().await?;
    let VersionInput { name, version } = input;
    services::registry::update_version(&ctx, &desk.actor(), &name, version, &text).await?;
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn tag_version(desk: DeskState<'_>, input: VersionInput, tag: Pair) -> Answer<()> {
    let ctx = desk.ctx().await?;
    let VersionInput { name, version } = input;
    let actor = desk.actor();
    Ok(
        services::registry::set_version_tag(&ctx, &actor, &name, version, &tag.key, &tag.value)
            .await?,
    )
}

#[tauri::command]
#[specta::specta]
pub async fn untag_version(desk: DeskState<'_>, input: VersionInput, key: String) -> Answer<()> {
    let ctx = desk.ctx().await?;
    let VersionInput { name, version } = input;
    let actor = desk.actor();
    Ok(services::registry::delete_version_tag(&ctx, &actor, &name, version, &key).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn delete_version(desk: DeskState<'_>, input: VersionInput) -> Answer<()> {
    let ctx = desk.ctx().await?;
    let VersionInput { name, version } = input;
    Ok(services::registry::delete_version(&ctx, &desk.actor(), &name, version).await?)
}
