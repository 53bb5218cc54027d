//! Endpoints that answer: what each serves now, on which port, and how to swap it without dropping a request.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use engine::{CachedModel, Tensor};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::{Result, ServiceError};
use crate::models::MaterialisedModel;
use crate::monitoring::RequestLog;

/// One version, loaded and ready.
#[derive(Debug, Clone)]
pub struct Served {
    pub model_name: String,
    pub version: i64,
    pub digest: String,
    pub model: Arc<CachedModel>,
    /// The input example as it was logged, for "Try it".
    pub example: Option<String>,
}

/// An endpoint with its port. What it serves can be swapped; requests under way keep the model they began with.
#[derive(Debug)]
pub struct LiveEndpoint {
    pub name: String,
    pub log: RequestLog,
    pub started_at_ms: i64,
    clock: Clock,
    now: RwLock<Arc<Served>>,
    port: OnceLock<OpenPort>,
}

/// A listening socket; cancelling `stop` closes it.
#[derive(Debug, Clone)]
pub struct OpenPort {
    pub address: SocketAddr,
    pub stop: CancellationToken,
}

type Opening = Pin<Box<dyn Future<Output = Result<OpenPort>> + Send>>;

/// How a shell opens a port for an endpoint; port 0 lets it choose.
pub trait PortOpener: Send + Sync {
    fn open(&self, endpoint: Arc<LiveEndpoint>, port: u16) -> Opening;
}

impl LiveEndpoint {
    pub fn new(name: &str, served: Served, clock: Clock) -> Arc<Self> {
        let now_ms = clock.now_ms();
        Arc::new(Self {
            name: name.to_owned(),
            log: RequestLog::new(now_ms),
            started_at_ms: now_ms,
            clock,
            now: RwLock::new(Arc::new(served)),
            port: OnceLock::new(),
        })
    }

    pub fn served(&self) -> Arc<Served> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn swap(&self, served: Served) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(served);
    }

    pub fn address(&self) -> Option<SocketAddr> {
        self.port.get().map(|port| port.address)
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}

/// All endpoints of this process.
#[derive(Default)]
pub struct Serving {
    live: Mutex<HashMap<String, Arc<LiveEndpoint>>>,
    /// Why an endpoint that should run does not.
    failed: Mutex<HashMap<String, String>>,
    opener: OnceLock<Arc<dyn PortOpener>>,
    /// One change of endpoints at a time: a deploy and a rollback never interleave.
    pub(crate) switching: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Serving")
    }
}

impl Serving {
    pub fn set_opener(&self, opener: Arc<dyn PortOpener>) {
        // The first shell of the process wins; there is only one.
        let _ = self.opener.set(opener);
    }

    pub fn get(&self, name: &str) -> Option<Arc<LiveEndpoint>> {
        lock(&self.live).get(name).cloned()
    }

    pub fn problem(&self, name: &str) -> Option<String> {
        lock(&self.failed).get(name).cloned()
    }

    pub(crate) fn failed(&self, name: &str, problem: String) {
        lock(&self.failed).insert(name.to_owned(), problem);
    }

    /// Opens a port for a new endpoint. It answers from now on; [`Serving::close`] takes it back.
    pub(crate) async fn open(&self, endpoint: Arc<LiveEndpoint>, port: u16) -> Result<SocketAddr> {
        let opener = self.opener.get().ok_or_else(|| ServiceError::Unavailable {
            message: "no process hosts this workspace, so nothing could answer requests".to_owned(),
            hint: "open the desktop app or start `drydock server` on this workspace".to_owned(),
        })?;
        let opened = opener.open(Arc::clone(&endpoint), port).await?;
        let address = opened.address;
        let _ = endpoint.port.set(opened);
        lock(&self.failed).remove(&endpoint.name);
        lock(&self.live).insert(endpoint.name.clone(), endpoint);
        Ok(address)
    }

    /// Closes an endpoint's port; requests under way finish.
    pub(crate) fn close(&self, name: &str) {
        lock(&self.failed).remove(name);
        let removed = lock(&self.live).remove(name);
        if let Some(port) = removed.as_ref().and_then(|endpoint| endpoint.port.get()) {
            port.stop.cancel();
        }
    }

    /// What answers now, by name.
    pub fn names(&self) -> Vec<String> {
        lock(&self.live).keys().cloned().collect()
    }

    pub fn close_all(&self) {
        for name in self.names() {
            self.close(&name);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Served {
    pub(crate) async fn from_files(
        name: &str,
        version: i64,
        files: &MaterialisedModel,
        model: Arc<CachedModel>,
    ) -> Self {
        let example = match &files.input_example {
            Some(path) => tokio::fs::read_to_string(path).await.ok(),
            None => None,
        };
        Self {
            model_name: name.to_owned(),
            version,
            digest: files.digest.clone(),
            model,
            example,
        }
    }
}

/// Runs one prediction away from the threads that answer requests.
pub async fn infer(
    served: &Arc<Served>,
    inputs: Vec<(String, Tensor)>,
) -> Result<Vec<(String, Tensor)>> {
    let model = Arc::clone(&served.model);
    crate::engine::blocking(move || Ok(model.run(&inputs, None)?)).await
}
