use services::deployment::{
    DeployInput, DeployOutcome, DeployStep, Deployment, DeploymentPlan, Endpoint, EndpointInput,
    Watch,
};
use services::gates::Hands;
use services::registry::VersionInput;
use tauri::ipc::Channel;

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn plan_deployment(desk: DeskState<'_>, input: VersionInput) -> Answer<DeploymentPlan> {
    Ok(services::deployment::plan_deployment(&desk.ctx().await?, input).await?)
}

/// Can be cancelled until the gates have passed; the switch itself is carried out.
#[tauri::command]
#[specta::specta]
pub async fn deploy_to_staging(
    desk: DeskState<'_>,
    input: DeployInput,
    task_id: String,
    progress: Channel<DeployStep>,
) -> Answer<DeployOutcome> {
    let ctx = desk.ctx().await?;
    let hands = Hands::Workers(desk.lab.clone());
    let what = format!("Deployment of {} v{}", input.name, input.version);
    let task = desk.begin(task_id, Some(what));
    let watch = Watch {
        progress: &move |step| drop(progress.send(step)),
        cancel: task.cancel(),
    };
    Ok(services::deployment::deploy_to_staging(&ctx, &hands, &desk.actor(), input, watch).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn list_deployments(desk: DeskState<'_>) -> Answer<Vec<Deployment>> {
    Ok(services::deployment::list_deployments(&desk.ctx().await?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn rollback_endpoint(desk: DeskState<'_>, input: EndpointInput) -> Answer<Endpoint> {
    Ok(services::deployment::rollback_endpoint(&desk.ctx().await?, &desk.actor(), input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn stop_endpoint(desk: DeskState<'_>, input: EndpointInput) -> Answer<Endpoint> {
    Ok(services::deployment::stop_endpoint(&desk.ctx().await?, &desk.actor(), input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn start_endpoint(desk: DeskState<'_>, input: EndpointInput) -> Answer<Endpoint> {
    Ok(services::deployment::start_endpoint(&desk.ctx().await?, &desk.actor(), input).await?)
}
