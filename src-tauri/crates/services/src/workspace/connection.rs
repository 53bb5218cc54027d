//! Whether the database of a team workspace answers now: asked every few seconds, and at once when somebody noticed that
//! it does not. The window shows what it last read until it answers again.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use super::WorkspaceKind;
use crate::Context;

const ASK_EVERY: Duration = Duration::from_secs(2);
const ANSWER_LIMIT: Duration = Duration::from_secs(3);
/// How long to wait before trying again, the longer the more often it failed.
const RETRY_AFTER_MS: [i64; 5] = [500, 1_000, 2_000, 4_000, 8_000];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionState {
    /// The workspace stands on this machine: there is nothing to lose.
    #[default]
    Local,
    Connected,
    Lost,
}

/// How it stands with the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub state: ConnectionState,
    /// When the database last answered: what is shown is as old as this.
    #[specta(type = specta_typescript::Number)]
    pub answered_at_ms: i64,
    /// When it is tried again; 0 while connected.
    #[specta(type = specta_typescript::Number)]
    pub retry_at_ms: i64,
    pub problem: Option<String>,
}

/// The watch over one open workspace. Dropping it ends it.
#[derive(Debug)]
pub struct ConnectionWatch {
    state: watch::Receiver<Connection>,
    nudge: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl ConnectionWatch {
    pub fn over(ctx: &Context) -> Self {
        let first = Connection {
            state: match ctx.workspace.kind {
                WorkspaceKind::Team => ConnectionState::Connected,
                WorkspaceKind::Local | WorkspaceKind::Demo => ConnectionState::Local,
            },
            answered_at_ms: ctx.now_ms(),
            ..Connection::default()
        };
        let (send, state) = watch::channel(first);
        let nudge = Arc::new(Notify::new());
        let task = tokio::spawn(ask_again_and_again(ctx.clone(), send, Arc::clone(&nudge)));
        Self { state, nudge, task }
    }

    pub fn now(&self) -> Connection {
        self.state.borrow().clone()
    }

    /// For whoever tells the window.
    pub fn changes(&self) -> watch::Receiver<Connection> {
        self.state.clone()
    }

    /// Asks at once: somebody's read failed, or the user does not want to wait.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }
}

impl Drop for ConnectionWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn ask_again_and_again(ctx: Context, state: watch::Sender<Connection>, nudge: Arc<Notify>) {
    if state.borrow().state == ConnectionState::Local {
        return;
    }
    let mut failed: usize = 0;
    let mut wait = ASK_EVERY;
    loop {
        let _ = tokio::time::timeout(wait, nudge.notified()).await;
        let answer = ctx.store.answers(ANSWER_LIMIT).await;
        let now_ms = ctx.now_ms();
        match answer {
            Ok(()) => {
                if failed > 0 {
                    tracing::info!(tries = failed, "the database answers again");
                }
                failed = 0;
                wait = ASK_EVERY;
                state.send_modify(|known| {
                    *known = Connection {
                        state: ConnectionState::Connected,
                        answered_at_ms: now_ms,
                        retry_at_ms: 0,
                        problem: None,
                    };
                });
            }
            Err(error) => {
                let retry_ms = RETRY_AFTER_MS[failed.min(RETRY_AFTER_MS.len() - 1)];
                if failed == 0 {
                    tracing::warn!(%error, "the database does not answer; trying again");
                }
                failed += 1;
                wait = Duration::from_millis(retry_ms.unsigned_abs());
                state.send_modify(|known| {
                    known.state = ConnectionState::Lost;
                    known.retry_at_ms = now_ms + retry_ms;
                    known.problem = Some(error.to_string());
                });
            }
        }
    }
}
