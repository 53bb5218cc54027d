//! A loaded model: a pool of sessions behind one signature, shared by everyone who runs it.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ort::session::Session;

use crate::options::ModelOptions;
use crate::signature::Signature;
use crate::tensor::Tensor;
use crate::values::Value;
use crate::{CancelToken, EngineError, ProviderReport, Runtime, assignment, inputs, session};

/// How long a waiter sleeps before it looks whether it was cancelled.
const POOL_WAIT: Duration = Duration::from_millis(20);

/// What loading found out.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedReport {
    /// Building the first session, milliseconds.
    pub load_ms: f64,
    pub provider: ProviderReport,
}

/// A model ready to run. Running it needs no exclusive access; more callers than sessions wait for one another.
pub struct CachedModel {
    path: PathBuf,
    options: ModelOptions,
    signature: Signature,
    loaded: LoadedReport,
    memory_bytes: u64,
    idle: Mutex<Vec<Session>>,
    returned: Condvar,
}

impl CachedModel {
    /// Checks the file, builds the sessions and warms them up.
    ///
    /// # Errors
    /// When the file is no sane model, the runtime refuses it, or a provider cannot be used.
    pub fn load(
        runtime: &Runtime,
        path: &Path,
        options: &ModelOptions,
    ) -> Result<Self, EngineError> {
        options.check(path)?;
        let memory_bytes = memory_bytes(path)?.saturating_mul(options.pool_size.max(1) as u64);
        let started = Instant::now();
        let first = session::build(runtime, path, options)?;
        let load_ms = started.elapsed().as_secs_f64() * 1e3;
        let provider = ProviderReport::new(&options.providers, assignment::placements(&first)?);
        let signature = session::signature(&first);
        let mut sessions = vec![first];
        while sessions.len() < options.pool_size {
            sessions.push(session::build(runtime, path, options)?);
        }
        let model = Self {
            path: path.to_owned(),
            options: options.clone(),
            signature,
            loaded: LoadedReport { load_ms, provider },
            memory_bytes,
            idle: Mutex::new(sessions),
            returned: Condvar::new(),
        };
        model.warm_up();
        tracing::info!(path = %path.display(), load_ms, sessions = options.pool_size, "model loaded");
        Ok(model)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    #[must_use]
    pub fn options(&self) -> &ModelOptions {
        &self.options
    }

    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    #[must_use]
    pub fn loaded(&self) -> &LoadedReport {
        &self.loaded
    }

    /// An estimate: the model's files, once for each session.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Runs the model once. Outputs come in the model's order; class scores as a column for each class, named
    /// `output.class`.
    ///
    /// # Errors
    /// [`EngineError::Input`] when the inputs do not fit, [`EngineError::Cancelled`] when stopped,
    /// [`EngineError::Run`] when the runtime fails.
    pub fn run(
        &self,
        inputs: &[(String, Tensor)],
        cancel: Option<&CancelToken>,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        self.accept(inputs)?;
        let mut session = self.lease(cancel)?;
        session::run(&mut session, inputs, cancel)
    }

    /// Runs the model once with values of any kind, which come out as they are: sequences as sequences, class scores as
    /// maps. What does not fit is refused by the runtime.
    ///
    /// # Errors
    /// As [`CachedModel::run`].
    pub fn run_values(
        &self,
        inputs: &[(String, Value)],
        cancel: Option<&CancelToken>,
    ) -> Result<Vec<(String, Value)>, EngineError> {
        let mut session = self.lease(cancel)?;
        session::run_values(&mut session, inputs, cancel)
    }

    pub(crate) fn accept(&self, inputs: &[(String, Tensor)]) -> Result<(), EngineError> {
        for (name, tensor) in inputs {
            let port = self.signature.inputs.iter().find(|port| port.name == *name);
            port.ok_or_else(|| {
                EngineError::input(
                    name,
                    format!("the model has no such input; {}", self.names()),
                )
            })?
            .accept(tensor)?;
        }
        for port in &self.signature.inputs {
            if !inputs.iter().any(|(name, _)| *name == port.name) {
                return Err(EngineError::input(
                    &port.name,
                    format!("is missing; the model wants {}", port.kind),
                ));
            }
        }
        if inputs.len() > self.signature.inputs.len() {
            return Err(EngineError::input("", "an input is given twice"));
        }
        Ok(())
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self
            .signature
            .inputs
            .iter()
            .map(|port| port.name.as_str())
            .collect();
        format!("it takes {}", names.join(", "))
    }

    /// The first runs allocate arenas and pack weights; they belong to loading. Inputs that are only generated may not
    /// suit the model (an index out of range), which says nothing about it.
    fn warm_up(&self) {
        let Ok(inputs) = inputs::generate(&self.signature, 1, inputs::SEED) else {
            return;
        };
        for _ in 0..self.options.warm_up_runs {
            for session in self.idle().iter_mut() {
                if let Err(error) = session::run(session, &inputs, None) {
                    tracing::debug!(path = %self.path.display(), %error, "warm-up with generated inputs failed");
                    return;
                }
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lease(&self, cancel: Option<&CancelToken>) -> Result<Lease<'_>, EngineError> {
        let mut idle = self.idle();
        loop {
            if let Some(session) = idle.pop() {
                return Ok(Lease {
                    model: self,
                    session: Some(session),
                });
            }
            cancel.map(CancelToken::check).transpose()?;
            let waited = self.returned.wait_timeout(idle, POOL_WAIT);
            idle = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl std::fmt::Debug for CachedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedModel")
            .field("path", &self.path)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A session on loan; it goes back when dropped, also when the run failed.
pub(crate) struct Lease<'a> {
    model: &'a CachedModel,
    session: Option<Session>,
}

impl std::ops::Deref for Lease<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
            .as_ref()
            .expect("a lease holds its session until it is dropped")
    }
}

impl std::ops::DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
            .as_mut()
            .expect("a lease holds its session until it is dropped")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.model.idle().extend(self.session.take());
        self.model.returned.notify_one();
    }
}

/// Refuses what is no sane model, and adds up its files: the runtime keeps the weights of each session in memory.
fn memory_bytes(path: &Path) -> Result<u64, EngineError> {
    let model = onnx::open(path)?;
    let external = model.external_files().map(|(_, size)| size.unwrap_or(0));
    Ok(external.fold(model.size_bytes(), u64::saturating_add))
}
