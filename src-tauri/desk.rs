//! The open workspace of this process. The window appears at once; commands wait here until the workspace is open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::audit::Actor;
use engine::CancelToken;
use http::{ListenOptions, RunningServer};
use services::workspace::{WorkspaceKind, WorkspaceOptions};
use services::{ChangeKind, ChangeTag, Clock, Context, Result, ServiceError};
use tauri::AppHandle;
use tauri_specta::Event as _;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::commands::events::Changed;
use crate::options::Options;
use crate::{logs, windows};

/// Still opening, open, or why not.
type State = Option<std::result::Result<Context, String>>;

pub struct Desk {
    state: watch::Sender<State>,
    server: Arc<AsyncMutex<Option<RunningServer>>>,
    tasks: Mutex<HashMap<String, CancelToken>>,
    started_with: Mutex<Option<String>>,
    wanted: Mutex<Options>,
    app: AppHandle,
}

impl Desk {
    pub fn open(app: AppHandle, options: Options) -> Self {
        let desk = Self {
            state: watch::Sender::new(None),
            server: Arc::default(),
            tasks: Mutex::default(),
            started_with: Mutex::new(options.file.as_deref().map(windows::full_path)),
            wanted: Mutex::new(options),
            app,
        };
        let (opening, workspace) = desk.opening();
        tauri::async_runtime::spawn(async move { opening.run(workspace).await });
        desk
    }

    /// What it takes to open the wanted workspace, now or again.
    fn opening(&self) -> (Opening, Result<WorkspaceOptions>) {
        let wanted = self.wanted();
        let opening = Opening {
            app: self.app.clone(),
            state: self.state.clone(),
            server: Arc::clone(&self.server),
            port: wanted.port,
        };
        (opening, wanted.workspace())
    }

    /// The workspace, as soon as it is open.
    pub async fn ctx(&self) -> Result<Context> {
        let mut state = self.state.subscribe();
        let known = state
            .wait_for(Option::is_some)
            .await
            .map(|state| state.clone());
        match known {
            Ok(Some(Ok(ctx))) => Ok(ctx),
            Ok(Some(Err(message))) => Err(ServiceError::Unavailable {
                message,
                hint: "nothing was changed; close what holds the workspace, then try again"
                    .to_owned(),
            }),
            Ok(None) | Err(_) => Err(ServiceError::Cancelled),
        }
    }

    pub fn actor(&self) -> Actor {
        Actor::this_user()
    }

    /// The model that the app was started with, once: a window that loads later than the start asks for it.
    pub fn take_started_with(&self) -> Option<String> {
        self.started_with
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// A cancellable task under the window's own name for it, known until the value is dropped.
    pub fn begin(&self, task_id: String) -> Task<'_> {
        let cancel = CancelToken::default();
        self.tasks().insert(task_id.clone(), cancel.clone());
        Task {
            desk: self,
            task_id,
            cancel,
        }
    }

    pub fn cancel(&self, task_id: &str) {
        if let Some(token) = self.tasks().get(task_id) {
            token.cancel();
        }
    }

    /// Closes and removes the demo workspace, then opens the user's own. Refused for anything that is no demo.
    pub async fn delete_demo(&self) -> Result<()> {
        let ctx = self.ctx().await?;
        if ctx.workspace.kind != WorkspaceKind::Demo {
            return Err(ServiceError::state(format!(
                "'{}' is your own workspace, not a demo; it stays",
                ctx.workspace.name
            )));
        }
        self.state.send_replace(None);
        self.close().await;
        let root = ctx.workspace.folders.root.clone();
        drop(ctx);
        let removed = tokio::fs::remove_dir_all(&root).await;
        // Removed or not, from now on it is the user's own that is wanted.
        self.wanted().data_dir = None;
        let (opening, workspace) = self.opening();
        opening.run(workspace).await;
        removed.map_err(ServiceError::io(format!(
            "the demo workspace was closed, but {} could not be removed",
            root.display()
        )))?;
        self.ctx().await.map(drop)
    }

    /// Opens again what could not be opened: what held it may be gone by now.
    pub async fn reopen(&self) -> Result<()> {
        // Whoever turns the failure into "opening" does the opening; a second click only waits.
        let mine = self.state.send_if_modified(|state| {
            let failed = matches!(state, Some(Err(_)));
            if failed {
                *state = None;
            }
            failed
        });
        if mine {
            let (opening, workspace) = self.opening();
            opening.run(workspace).await;
        }
        self.ctx().await.map(drop)
    }

    pub async fn close(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.stop().await;
        }
    }

    fn wanted(&self) -> std::sync::MutexGuard<'_, Options> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancelToken>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something long that runs for the window.
pub struct Task<'d> {
    desk: &'d Desk,
    task_id: String,
    cancel: CancelToken,
}

impl Task<'_> {
    pub fn cancel(&self) -> &CancelToken {
        &self.cancel
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.desk.tasks().remove(&self.task_id);
    }
}

/// What it takes to open a workspace, away from the window's thread.
struct Opening {
    app: AppHandle,
    state: watch::Sender<State>,
    server: Arc<AsyncMutex<Option<RunningServer>>>,
    port: u16,
}

impl Opening {
    async fn run(self, options: Result<WorkspaceOptions>) {
        let opened = match options {
            Ok(options) => self.open(options).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &opened {
            tracing::error!(%error, "the workspace could not be opened");
        }
        self.state
            .send_replace(Some(opened.map_err(|error| error.to_string())));
        let _ = Changed {
            tags: vec![ChangeKind::Workspace.any()],
        }
        .emit(&self.app);
    }

    async fn open(&self, options: WorkspaceOptions) -> Result<Context> {
        // Kept for the life of the process: a log that ends early hides the end.
        if let Some(guard) = logs::to_folder(&options.folders.logs()) {
            std::mem::forget(guard);
        }
        let ctx = Context::open(options, Clock::system()).await?;
        tauri::async_runtime::spawn(forward_changes(self.app.clone(), ctx.clone()));
        let listening = ListenOptions {
            port: self.port,
            ..ListenOptions::default()
        };
        let server = http::start(&ctx, listening).await?;
        *self.server.lock().await = Some(server);
        Ok(ctx)
    }
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
            Err(RecvError::Lagged(_)) => ChangeKind::ALL.map(ChangeKind::any).into(),
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
