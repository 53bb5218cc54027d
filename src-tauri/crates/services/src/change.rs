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
    Traces,
    Datasets,
    Workspace,
}

impl ChangeKind {
    pub const ALL: [Self; 8] = [
        Self::Experiments,
        Self::Runs,
        Self::Models,
        Self::Endpoints,
        Self::Deployments,
        Self::Traces,
        Self::Datasets,
        Self::Workspace,
    ];

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
    /// To this process's windows: its own changes and those of others.
    all: broadcast::Sender<ChangeTag>,
    /// To other processes: only what was committed here.
    own: broadcast::Sender<ChangeTag>,
}

impl Default for ChangeHub {
    fn default() -> Self {
        Self {
            all: broadcast::channel(1024).0,
            own: broadcast::channel(1024).0,
        }
    }
}

impl ChangeHub {
    /// Tells of what was committed here.
    pub fn publish(&self, tags: impl IntoIterator<Item = ChangeTag>) {
        for tag in tags {
            // No listener (a headless server without a window) is fine.
            if self.own.receiver_count() > 0 {
                let _ = self.own.send(tag.clone());
            }
            let _ = self.all.send(tag);
        }
    }

    /// Passes on what another process committed.
    pub(crate) fn heard(&self, tags: impl IntoIterator<Item = ChangeTag>) {
        for tag in tags {
            let _ = self.all.send(tag);
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<ChangeTag> {
        self.all.subscribe()
    }

    pub(crate) fn subscribe_own(&self) -> broadcast::Receiver<ChangeTag> {
        self.own.subscribe()
    }
}
