//! The workspaces that this user knows: which there are, opening another, connecting to a team's.

use std::path::Path;

use services::workspace::address::{DatabaseAddress, read_postgres_url};
use services::workspace::check::{CheckReport, CheckStep, CheckWatch, check_connection};
use services::workspace::connection::Connection;
use services::workspace::known::WorkspaceId;
use services::workspace::list::{ChangeWorkspaceInput, TeamInput, WorkspaceList, cards, completed};
use services::workspace::secret::Secret;
use services::workspace::vault::VaultStatus;
use services::workspace::{Activity, Folders};
use services::{Clock, ServiceError};
use tauri::AppHandle;
use tauri::ipc::Channel;
use tauri_plugin_dialog::DialogExt as _;

use super::{Answer, DeskState};
use crate::closing;

#[tauri::command]
#[specta::specta]
pub async fn list_workspaces(desk: DeskState<'_>) -> Answer<WorkspaceList> {
    let (known, problem) = match desk.known.read() {
        Ok(known) => (known, None),
        Err(error) => (desk.known_workspaces()?, Some(error.to_string())),
    };
    let open = desk.open_now();
    let wanted = desk.wanted();
    let current = wanted.as_ref().map(|wanted| {
        let kind = open.as_ref().map(|open| open.ctx.workspace.kind);
        (wanted, kind.unwrap_or_else(|| wanted.kind()))
    });
    Ok(WorkspaceList {
        workspaces: cards(&known, &Folders::of_this_user()?, current),
        vault: desk.vault.status().await?,
        problem,
        retry_at_ms: desk.retries.at_ms(),
    })
}

#[tauri::command]
#[specta::specta]
pub async fn switch_workspace(desk: DeskState<'_>, id: WorkspaceId) -> Answer<()> {
    Ok(desk.switch(desk.find(&id)?).await?)
}

/// A name, or a port that counts from the next opening on.
#[tauri::command]
#[specta::specta]
pub async fn change_workspace(desk: DeskState<'_>, input: ChangeWorkspaceInput) -> Answer<()> {
    let standing = desk.find(&input.id)?;
    desk.renamed(desk.known.change_workspace(&standing, &input)?);
    Ok(())
}

/// Takes it off the list, with its secrets; what it holds stays where it is.
#[tauri::command]
#[specta::specta]
pub async fn forget_workspace(desk: DeskState<'_>, id: WorkspaceId) -> Answer<()> {
    if id == WorkspaceId::local() || desk.wanted().is_some_and(|open| open.id == id) {
        let told = "the workspace that is open, and your own, stay in the list";
        return Err(ServiceError::state(told).into());
    }
    if desk.find(&id)?.team().is_some() {
        desk.vault.forget(id.clone()).await?;
    }
    Ok(desk.known.forget(&id)?)
}

/// Puts a folder of this machine on the list; it becomes a workspace when it is opened.
#[tauri::command]
#[specta::specta]
pub async fn add_local_workspace(desk: DeskState<'_>, folder: String) -> Answer<WorkspaceId> {
    Ok(desk.known.add_local(Path::new(&folder))?.id)
}

#[tauri::command]
#[specta::specta]
pub fn read_database_address(url: String) -> Answer<DatabaseAddress> {
    Ok(read_postgres_url(&url)?)
}

#[tauri::command]
#[specta::specta]
pub async fn check_team_connection(
    desk: DeskState<'_>,
    input: TeamInput,
    task_id: String,
    progress: Channel<CheckStep>,
) -> Answer<CheckReport> {
    input.place.validate()?;
    let secrets = completed(&desk.vault, &input).await?;
    let task = desk.begin(task_id, None);
    let watch = CheckWatch {
        progress: &move |step| drop(progress.send(step)),
        cancel: task.cancel(),
    };
    Ok(check_connection(&input.place, &secrets, &Clock::system(), watch).await?)
}

/// Connects, keeps the secrets, puts it on the list and opens it here.
#[tauri::command]
#[specta::specta]
pub async fn connect_team_workspace(desk: DeskState<'_>, input: TeamInput) -> Answer<WorkspaceId> {
    Ok(desk.connect(input).await?)
}

/// The passphrase of the encrypted file; with none there yet, the one that it will have.
#[tauri::command]
#[specta::specta]
pub async fn unlock_secrets(desk: DeskState<'_>, passphrase: String) -> Answer<VaultStatus> {
    Ok(desk.vault.unlock(Secret::new(passphrase)).await?)
}

/// The native file dialog; `null` when it was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn pick_certificate_file(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("The authority that signed the server's certificate")
        .add_filter("Certificate", &["pem", "crt", "cer"])
        .pick_file(move |path| drop(send.send(path)));
    Ok(chosen.await.ok().flatten().map(|path| path.to_string()))
}

#[tauri::command]
#[specta::specta]
pub async fn pick_workspace_folder(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("A folder for a local workspace")
        .pick_folder(move |path| drop(send.send(path)));
    Ok(chosen.await.ok().flatten().map(|path| path.to_string()))
}

/// What would end if this workspace were closed now.
#[tauri::command]
#[specta::specta]
pub async fn workspace_activity(desk: DeskState<'_>) -> Answer<Activity> {
    Ok(closing::endings(&desk))
}

#[tauri::command]
#[specta::specta]
pub fn connection_status(desk: DeskState<'_>) -> Connection {
    desk.connection()
}

/// Tries the database at once instead of waiting for the next time.
#[tauri::command]
#[specta::specta]
pub fn retry_connection(desk: DeskState<'_>) {
    if let Some(open) = desk.open_now() {
        open.connection.nudge();
    }
}
