//! The open workspace of this process. The window appears at once; commands wait here until the workspace is open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::audit::Actor;
use engine::CancelToken;
use http::RunningServer;
use services::inference::KeptRuns;
use services::inspection::OpenModels;
use services::lab::Lab;
use services::workspace::WorkspaceKind;
use services::workspace::connection::{Connection, ConnectionState};
use services::workspace::known::{KnownFile, KnownWorkspace, KnownWorkspaces, WorkspaceId};
use services::workspace::list::TeamInput;
use services::workspace::vault::Vault;
use services::{Clock, Context, Result, ServiceError};
use tauri::{AppHandle, Manager as _};
use tauri_specta::Event as _;
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::closing::Closing;
use crate::commands::events::Changed;
use crate::opening::{self, Opened};
use crate::options::{self, Options};
use crate::waiting::{self, Retries};
use crate::windows;

/// Still opening, open, or why not.
type State = Option<std::result::Result<Opened, Problem>>;

/// Why a workspace is not open, for whoever asks for it.
#[derive(Debug, Clone)]
struct Problem {
    message: String,
    hint: String,
}

impl From<&ServiceError> for Problem {
    fn from(error: &ServiceError) -> Self {
        let usual = "nothing was changed; close what holds the workspace, then try again";
        Self {
            message: error.to_string(),
            hint: error.hint().unwrap_or(usual).to_owned(),
        }
    }
}

impl Problem {
    fn for_now(message: String) -> Self {
        Self {
            message,
            hint: "nothing is lost; Drydock tries again by itself".to_owned(),
        }
    }
}

pub struct Desk {
    app: AppHandle,
    state: watch::Sender<State>,
    server: AsyncMutex<Option<RunningServer>>,
    /// One opening, switching or closing at a time.
    turn: AsyncMutex<()>,
    tasks: Mutex<HashMap<String, Running>>,
    started_with: Mutex<Option<String>>,
    options: Options,
    /// What is open, or should be.
    wanted: Mutex<Option<KnownWorkspace>>,
    pub known: KnownFile,
    pub vault: Vault,
    pub closing: Closing,
    pub models: Arc<OpenModels>,
    pub lab: Lab,
    pub kept_runs: KeptRuns,
    pub retries: Retries,
}

/// Long work that the window has begun.
struct Running {
    cancel: CancelToken,
    /// "Benchmark of regime v2"; none for what is only asked, and costs nothing when it ends.
    what: Option<String>,
}

impl Desk {
    pub fn open(app: AppHandle, options: Options, known: KnownFile) -> Arc<Self> {
        let desk = Arc::new(Self {
            vault: Vault::of_this_user(known.folder()),
            known,
            state: watch::Sender::new(None),
            server: AsyncMutex::default(),
            turn: AsyncMutex::default(),
            tasks: Mutex::default(),
            started_with: Mutex::new(options.file.as_deref().map(windows::full_path)),
            wanted: Mutex::default(),
            closing: Closing::default(),
            models: Arc::default(),
            lab: Lab::of_this_program(),
            kept_runs: KeptRuns::default(),
            retries: Retries::default(),
            options,
            app,
        });
        let opening = Arc::clone(&desk);
        tauri::async_runtime::spawn(async move {
            let first = opening
                .known_workspaces()
                .and_then(|known| opening.options.first(&known));
            match first {
                Ok(first) => opening.open_first(first).await,
                Err(error) => opening.settle(Err(error)),
            }
        });
        desk
    }

    /// A list that cannot be read must not keep the account's own workspace closed.
    pub fn known_workspaces(&self) -> Result<KnownWorkspaces> {
        self.known.read().or_else(|error| {
            tracing::error!(%error, "the list of workspaces could not be read");
            Ok(KnownWorkspaces::default())
        })
    }

    /// The workspace, as soon as it is open, and as long as its database can be reached.
    pub async fn ctx(&self) -> Result<Context> {
        let opened = self.opened().await?;
        let connection = opened.connection.now();
        if connection.state == ConnectionState::Lost {
            return Err(ServiceError::Unavailable {
                message: format!("the database of '{}' cannot be reached", opened.known.name),
                hint: "nothing was changed; Drydock reconnects by itself".to_owned(),
            });
        }
        Ok(opened.ctx)
    }

    /// The same whether or not its database answers now.
    pub async fn opened(&self) -> Result<Opened> {
        let mut state = self.state.subscribe();
        let known = state
            .wait_for(Option::is_some)
            .await
            .map(|state| state.clone());
        match known {
            Ok(Some(Ok(opened))) => Ok(opened),
            Ok(Some(Err(Problem { message, hint }))) => {
                Err(ServiceError::Unavailable { message, hint })
            }
            Ok(None) | Err(_) => Err(ServiceError::Cancelled),
        }
    }

    /// What is open now, without waiting for it.
    pub fn open_now(&self) -> Option<Opened> {
        let state = self.state.borrow();
        state
            .as_ref()
            .and_then(|state| state.as_ref().ok())
            .cloned()
    }

    pub fn connection(&self) -> Connection {
        self.open_now()
            .map(|opened| opened.connection.now())
            .unwrap_or_default()
    }

    pub fn actor(&self) -> Actor {
        Actor::this_user()
    }

    /// The model that the app was started with, once: a window that loads later than the start asks for it.
    pub fn take_started_with(&self) -> Option<String> {
        lock(&self.started_with).take()
    }

    /// A cancellable task under the window's own name for it, known until the value is dropped.
    pub fn begin(&self, task_id: String, what: Option<String>) -> Task<'_> {
        let cancel = CancelToken::default();
        let running = Running {
            cancel: cancel.clone(),
            what,
        };
        self.tasks().insert(task_id.clone(), running);
        Task {
            desk: self,
            task_id,
            cancel,
        }
    }

    pub fn cancel(&self, task_id: &str) {
        if let Some(task) = self.tasks().get(task_id) {
            task.cancel.cancel();
        }
    }

    /// Long work that the window has begun and that is not done, in words.
    pub fn tasks_running(&self) -> Vec<String> {
        let mut named: Vec<String> = self
            .tasks()
            .values()
            .filter_map(|task| task.what.clone())
            .collect();
        named.sort();
        named
    }

    /// What is open, or should be.
    pub fn wanted(&self) -> Option<KnownWorkspace> {
        lock(&self.wanted).clone()
    }

    /// A workspace of the list, or the one that is open without being in it.
    pub fn find(&self, id: &WorkspaceId) -> Result<KnownWorkspace> {
        let known = self.known.read()?;
        if *id == WorkspaceId::local() {
            return options::own(&known);
        }
        let listed = known.find(id).cloned();
        listed
            .or_else(|| self.wanted().filter(|open| open.id == *id))
            .ok_or_else(|| ServiceError::not_found("this workspace is not in the list any more"))
    }

    /// Opens another workspace in this window. Until the other's database is open, nothing of this one ends.
    pub async fn switch(&self, target: KnownWorkspace) -> Result<()> {
        let _turn = self.turn.lock().await;
        if self.open_now().is_some_and(|open| open.known == target) {
            return Ok(());
        }
        let options = self.options_of(&target).await?;
        let ctx = opening::open_context(options).await?;
        self.replace(ctx, target).await
    }

    /// Connects to a team workspace for the first time, or with other words than before.
    pub async fn connect(&self, input: TeamInput) -> Result<WorkspaceId> {
        use services::workspace::known::Place;
        use services::workspace::list::{completed, valid_name};
        use services::workspace::open_team::{team_folders, team_options};
        let _turn = self.turn.lock().await;
        input.place.validate()?;
        let standing = match &input.id {
            Some(id) => Some(self.find(id)?),
            None => None,
        };
        let target = KnownWorkspace {
            id: input.id.clone().unwrap_or_default(),
            name: valid_name(&input.name)?,
            port: standing.and_then(|standing| standing.port),
            place: Place::Team(Box::new(input.place.clone())),
        };
        let secrets = completed(&self.vault, &input).await?;
        let options = team_options(&input.place, &secrets, team_folders(&target.id)?)?;
        let ctx = opening::open_context(options).await?;
        let kept = match self.vault.keep(target.id.clone(), secrets).await {
            Ok(_) => self.known.remember(target.clone()),
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            ctx.store.close().await;
            return Err(error);
        }
        let id = target.id.clone();
        self.replace(ctx, target).await?;
        Ok(id)
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
        let _turn = self.turn.lock().await;
        self.state.send_replace(None);
        self.close().await;
        let root = ctx.workspace.folders.root.clone();
        drop(ctx);
        let removed = tokio::fs::remove_dir_all(&root).await;
        // Removed or not, from now on it is the user's own that is wanted.
        let demo = lock(&self.wanted).take();
        let known = self.known_workspaces()?;
        let own = options::own(&known)?;
        if let Some(demo) = demo.filter(|demo| known.find(&demo.id).is_some()) {
            self.known.forget(&demo.id)?;
        }
        self.open_wanted(own, None).await;
        removed.map_err(ServiceError::io(format!(
            "the demo workspace was closed, but {} could not be removed",
            root.display()
        )))?;
        self.opened().await.map(drop)
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
            let _turn = self.turn.lock().await;
            let wanted = self.wanted();
            match wanted.map_or_else(|| self.first(), Ok) {
                Ok(wanted) => self.open_wanted(wanted, self.options.port).await,
                Err(error) => self.settle(Err(error)),
            }
        }
        self.opened().await.map(drop)
    }

    pub async fn close(&self) {
        for task in self.tasks().values() {
            task.cancel.cancel();
        }
        if let Some(server) = self.server.lock().await.take() {
            server.stop().await;
        }
    }

    fn first(&self) -> Result<KnownWorkspace> {
        self.options.first(&self.known_workspaces()?)
    }

    async fn open_first(&self, first: KnownWorkspace) {
        let _turn = self.turn.lock().await;
        self.open_wanted(first, self.options.port).await;
    }

    async fn open_wanted(&self, wanted: KnownWorkspace, port: Option<u16>) {
        *lock(&self.wanted) = Some(wanted.clone());
        let opened = async {
            let options = self.options_of(&wanted).await?;
            let ctx = opening::open_context(options).await?;
            self.listen(ctx, wanted, port).await
        };
        let opened = opened.await;
        self.settle(opened);
    }

    /// The open database takes the place of what was open until now.
    async fn replace(&self, ctx: Context, target: KnownWorkspace) -> Result<()> {
        self.state.send_replace(None);
        self.close().await;
        *lock(&self.wanted) = Some(target.clone());
        let id = target.id.clone();
        let opened = self.listen(ctx, target, None).await;
        if opened.is_ok()
            && let Err(error) = self.known.remember_last(&id)
        {
            tracing::warn!(%error, "the next start will not know which workspace was open");
        }
        self.settle(opened);
        self.opened().await.map(drop)
    }

    async fn listen(
        &self,
        ctx: Context,
        known: KnownWorkspace,
        port: Option<u16>,
    ) -> Result<Opened> {
        let (opened, server) = opening::begin(&self.app, ctx, known, port).await?;
        *self.server.lock().await = Some(server);
        *lock(&self.wanted) = Some(opened.known.clone());
        Ok(opened)
    }

    async fn options_of(
        &self,
        known: &KnownWorkspace,
    ) -> Result<services::workspace::WorkspaceOptions> {
        opening::options_of(known, self.options.stage_policy, &self.vault).await
    }

    /// Tells everyone who waits how the opening ended.
    fn settle(&self, opened: Result<Opened>) {
        if let Err(error) = &opened {
            tracing::error!(%error, "the workspace could not be opened");
        }
        let mut waits = false;
        let opened = opened.map_err(|error| {
            let later = waiting::out_of_reach(&error, self.wanted());
            waits = later.is_some();
            later.map_or_else(|| Problem::from(&error), Problem::for_now)
        });
        self.state.send_replace(Some(opened));
        if let Some(retry) = self.retries.note(waits, Clock::system().now_ms()) {
            waiting::again(self.app.clone(), retry);
        }
        let _ = Changed {
            tags: opening::everything(),
        }
        .emit(&self.app);
    }

    /// The name or port of what is open has changed in the list.
    pub fn renamed(&self, changed: KnownWorkspace) {
        if self.wanted().is_none_or(|open| open.id != changed.id) {
            return;
        }
        *lock(&self.wanted) = Some(changed.clone());
        self.state.send_if_modified(|state| {
            if let Some(Ok(opened)) = state {
                opened.known = changed;
            }
            false
        });
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        lock(&self.tasks)
    }
}

/// The desk of this app.
pub fn of(app: &AppHandle) -> Arc<Desk> {
    Arc::clone(&app.state::<Arc<Desk>>())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
