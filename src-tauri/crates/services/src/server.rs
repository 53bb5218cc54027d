//! What is known of the tracking server that this process runs: where it listens, and who was last seen.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Shared between the HTTP shell, which writes, and the window's status bar, which reads.
#[derive(Debug, Default)]
pub struct ServerStatus {
    state: Mutex<TrackingServer>,
}

/// The embedded tracking server, as the window shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TrackingServer {
    pub running: bool,
    /// `http://127.0.0.1:5000`; empty while not running.
    pub address: String,
    pub requested_port: u16,
    /// Which process holds the requested port, when another port had to be taken.
    pub port_holder: Option<String>,
    #[specta(type = specta_typescript::Number)]
    pub started_at_ms: i64,
    pub last_client: Option<ClientSeen>,
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ClientSeen {
    #[specta(type = specta_typescript::Number)]
    pub at_ms: i64,
    /// What the client calls itself, `mlflow-python-client/3.17.2`.
    pub agent: String,
}

impl ServerStatus {
    pub fn read(&self) -> TrackingServer {
        self.lock().clone()
    }

    pub fn listening(&self, server: TrackingServer) {
        *self.lock() = server;
    }

    pub fn stopped(&self, problem: Option<String>) {
        let mut state = self.lock();
        state.running = false;
        state.problem = problem;
    }

    /// Notes a client; true when the window should hear of it (a new client, or a second since the last note).
    pub fn seen(&self, agent: &str, now_ms: i64) -> bool {
        let mut state = self.lock();
        let fresh = state
            .last_client
            .as_ref()
            .is_none_or(|last| now_ms - last.at_ms >= 1000 || last.agent != agent);
        if fresh {
            state.last_client = Some(ClientSeen {
                at_ms: now_ms,
                agent: agent.to_owned(),
            });
        }
        fresh
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, TrackingServer> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
