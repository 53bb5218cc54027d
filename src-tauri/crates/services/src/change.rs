//! Change tags: what a committed use case touched, told to every open window.

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// What may have changed. `id` narrows it: runs of an experiment, one model, one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeTag {
    pub kind: ChangeKind,
    pub id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Experiments,
    Runs,
    Models,
    Endpoints,
    Deployments,
    Workspace,
}

impl ChangeKind {
    /// All of this kind.
    pub fn any(self) -> ChangeTag {
        ChangeTag {
            kind: self,
            id: None,
        }
    }

    /// One of this kind.
    pub fn of(self, id: impl Into<String>) -> ChangeTag {
        ChangeTag {
            kind: self,
            id: Some(id.into()),
        }
    }
}

/// Publishes change tags after commit. A slow listener that lags loses old tags and is told so; it then refreshes all.
#[derive(Debug, Clone)]
pub struct ChangeHub {
    sender: broadcast::Sender<ChangeTag>,
}

impl Default for ChangeHub {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(1024).0,
        }
    }
}

impl ChangeHub {
    pub fn publish(&self, tags: impl IntoIterator<Item = ChangeTag>) {
        for tag in tags {
            // No listener (a headless server without a window) is fine.
            let _ = self.sender.send(tag);
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<ChangeTag> {
        self.sender.subscribe()
    }
}
