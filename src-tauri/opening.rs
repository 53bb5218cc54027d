//! Opening a workspace, away from the window's thread: its database first, so that what cannot be reached changes
//! nothing, then its tracking server.

use std::sync::Arc;

use domain::registry::StagePolicy;
use http::{ListenOptions, RunningServer};
use services::workspace::connection::{Connection, ConnectionState, ConnectionWatch};
use services::workspace::known::{KnownWorkspace, Place};
use services::workspace::open_team::{team_folders, team_options};
use services::workspace::vault::Vault;
use services::workspace::{Folders, WorkspaceOptions, current_host};
use services::{ChangeKind, ChangeTag, Clock, Context, Result, ServiceError};
use tauri::AppHandle;
use tauri_specta::Event as _;
use tokio::sync::broadcast::error::RecvError;

use crate::commands::events::{Changed, ConnectionChanged};
use crate::logs;
use crate::options::USUAL_PORT;

/// A workspace that is open in this window.
#[derive(Debug, Clone)]
pub struct Opened {
    pub ctx: Context,
    pub known: KnownWorkspace,
    pub connection: Arc<ConnectionWatch>,
}

/// How to open what is known, with its secrets if it needs some.
pub async fn options_of(
    known: &KnownWorkspace,
    stage_policy: StagePolicy,
    vault: &Vault,
) -> Result<WorkspaceOptions> {
    match &known.place {
        Place::Local { folder } => Ok(WorkspaceOptions {
            stage_policy,
            ..WorkspaceOptions::local(Folders::new(folder))
        }),
        Place::Team(team) => {
            let secrets = vault.secrets(known.id.clone()).await?;
            let secrets = secrets.ok_or_else(|| ServiceError::Unavailable {
                message: format!("no password and keys are kept for '{}'", known.name),
                hint: "edit its connection and enter them again".to_owned(),
            })?;
            team_options(team, &secrets, team_folders(&known.id)?)
        }
    }
}

/// Opens the database; the tracking server does not listen yet.
pub async fn open_context(options: WorkspaceOptions) -> Result<Context> {
    let folders = options.folders.clone();
    if let Some(host) = current_host(&folders)
        && host.pid != std::process::id()
    {
        return Err(ServiceError::Unavailable {
            message: format!(
                "the workspace {} is already open in process {}",
                folders.root.display(),
                host.pid
            ),
            hint: "close the other Drydock, or pass another --data-dir".to_owned(),
        });
    }
    // Kept for the life of the process: a log that ends early hides the end.
    if let Some(guard) = logs::to_folder(&folders.logs()) {
        std::mem::forget(guard);
    }
    Context::open(options, Clock::system()).await
}

/// Listens for clients, and tells the window what changes from now on.
pub async fn begin(
    app: &AppHandle,
    ctx: Context,
    mut known: KnownWorkspace,
    port: Option<u16>,
) -> Result<(Opened, RunningServer)> {
    let listening = ListenOptions {
        port: port.or(known.port).unwrap_or(USUAL_PORT),
        ..ListenOptions::default()
    };
    let server = match http::start(&ctx, listening).await {
        Ok(server) => server,
        Err(error) => {
            ctx.store.close().await;
            return Err(error);
        }
    };
    if known.name.is_empty() {
        known.name = ctx.workspace.name.clone();
    }
    tauri::async_runtime::spawn(forward_changes(app.clone(), ctx.clone()));
    let connection = Arc::new(ConnectionWatch::over(&ctx));
    tauri::async_runtime::spawn(forward_connection(app.clone(), connection.changes()));
    let opened = Opened {
        ctx,
        known,
        connection,
    };
    Ok((opened, server))
}

/// One event for all tags that come together: a batch of a thousand metrics makes the window read once.
async fn forward_changes(app: AppHandle, ctx: Context) {
    const GATHER: std::time::Duration = std::time::Duration::from_millis(100);
    let mut changes = ctx.changes.subscribe();
    drop(ctx);
    loop {
        let mut tags: Vec<ChangeTag> = match changes.recv().await {
            Ok(tag) => vec![tag],
            // After a lag nobody knows what was missed.
            Err(RecvError::Lagged(_)) => everything(),
            Err(RecvError::Closed) => return,
        };
        tokio::time::sleep(GATHER).await;
        while let Ok(tag) = changes.try_recv() {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let _ = Changed { tags }.emit(&app);
    }
}

/// The window hears when the connection is lost, each time it will be tried again, and when it is back.
async fn forward_connection(app: AppHandle, mut state: tokio::sync::watch::Receiver<Connection>) {
    let mut was = state.borrow_and_update().clone();
    while state.changed().await.is_ok() {
        let now = state.borrow_and_update().clone();
        let back = was.state == ConnectionState::Lost && now.state == ConnectionState::Connected;
        // Every answer moves the time of the last one; the window asks for that when it needs it.
        if now.state != was.state || now.state == ConnectionState::Lost {
            let _ = ConnectionChanged {
                connection: now.clone(),
            }
            .emit(&app);
        }
        if back {
            let _ = Changed { tags: everything() }.emit(&app);
        }
        was = now;
    }
}

pub fn everything() -> Vec<ChangeTag> {
    ChangeKind::ALL.map(ChangeKind::any).into()
}
