//! Workers by what they are used for: one is kept warm, with its models, for each use.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::process::{Grants, Worker};
use super::{Limits, Program, WorkerReport};
use crate::job::{Job, pack, unpack};
use crate::{CancelToken, EngineError, Runtime};

/// A worker that nobody has used for this long ends, and its models with it.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// What a job is done for, and how.
#[derive(Debug, Clone, Default)]
pub struct Use {
    /// Jobs of the same use share a worker, one after the other; `None` takes a new one and ends it afterwards.
    pub name: Option<&'static str>,
    pub limits: Limits,
    /// Another ONNX Runtime than the usual one.
    pub library: Option<PathBuf>,
}

impl Use {
    /// With the worker that is kept for `name`.
    #[must_use]
    pub fn warm(name: &'static str) -> Self {
        Self {
            name: Some(name),
            ..Self::default()
        }
    }

    /// With a worker that has done nothing before.
    #[must_use]
    pub fn fresh() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    #[must_use]
    pub fn library(self, library: Option<PathBuf>) -> Self {
        Self { library, ..self }
    }
}

/// Starts workers, gives them jobs, and keeps those that may be needed again.
pub struct Workers {
    program: Program,
    idle: Mutex<Vec<Idle>>,
    last: Mutex<Option<WorkerReport>>,
    busy: AtomicU32,
}

/// What the workers of this process are doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkersStatus {
    /// How many have a job.
    pub busy: u32,
    pub idle: Vec<IdleWorker>,
    /// The one that was started last: what protects it, and what speaking to it costs. None has been, while this is empty.
    pub started: Option<WorkerReport>,
}

/// A worker that is kept, with its models, for the next job of its use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct IdleWorker {
    pub purpose: String,
    #[specta(type = Number)]
    pub resident_bytes: u64,
}

struct Idle {
    name: &'static str,
    since: Instant,
    worker: Worker,
}

impl Workers {
    #[must_use]
    pub fn new(program: Program) -> Self {
        Self {
            program,
            idle: Mutex::default(),
            last: Mutex::default(),
            busy: AtomicU32::new(0),
        }
    }

    /// Has a worker do the job. Blocks. Progress is told on this thread; a cancelled job ends within 50 ms, if need be with
    /// its process.
    ///
    /// # Errors
    /// What the job fails with; [`EngineError::Crashed`], [`EngineError::OutOfMemory`], [`EngineError::OutOfTime`],
    /// [`EngineError::Sandbox`] where its process was ended; [`EngineError::NoWorker`] where none could be started. In each
    /// case the next job has a worker again.
    pub fn call<J: Job>(
        &self,
        purpose: &Use,
        job: &J,
        progress: &mut dyn FnMut(J::Progress),
        cancel: &CancelToken,
    ) -> Result<J::Answer, EngineError> {
        cancel.check()?;
        let grants = grants(purpose, job)?;
        let request = pack(job)?;
        let mut worker = self.take(purpose, grants)?;
        let mut tell = |step: &[u8]| {
            if let Ok(step) = unpack(step) {
                progress(step);
            }
        };
        self.busy.fetch_add(1, Ordering::Relaxed);
        let answer = worker.call(J::NAME, request, &purpose.limits, &mut tell, cancel);
        self.busy.fetch_sub(1, Ordering::Relaxed);
        let answer = answer.map(|answer| unpack(&answer));
        let readable = !matches!(answer, Ok(Err(_)));
        if let Some(name) = purpose.name
            && worker.is_usable()
            && readable
        {
            self.put_back(name, worker);
        }
        answer?
    }

    /// The worker that was started last: what it is protected by, and what speaking to it costs.
    #[must_use]
    pub fn last_started(&self) -> Option<WorkerReport> {
        lock(&self.last).clone()
    }

    /// Memory of the workers that wait, by their use.
    #[must_use]
    pub fn idle_bytes(&self) -> Vec<(&'static str, u64)> {
        let idle = lock(&self.idle);
        let bytes = |idle: &Idle| Some((idle.name, idle.worker.resident_bytes()?));
        idle.iter().filter_map(bytes).collect()
    }

    /// Asked every few seconds by whoever shows it; those that have waited long are ended on the way.
    #[must_use]
    pub fn status(&self) -> WorkersStatus {
        self.sweep();
        let idle = self.idle_bytes().into_iter();
        WorkersStatus {
            busy: self.busy.load(Ordering::Relaxed),
            idle: idle
                .map(|(purpose, resident_bytes)| IdleWorker {
                    purpose: purpose.to_owned(),
                    resident_bytes,
                })
                .collect(),
            started: self.last_started(),
        }
    }

    /// Ends the workers that wait: at the end of the program, or to give memory back.
    pub fn let_go(&self) {
        lock(&self.idle).clear();
    }

    fn take(&self, purpose: &Use, grants: Grants) -> Result<Worker, EngineError> {
        self.sweep();
        if let Some(name) = purpose.name {
            let mut idle = lock(&self.idle);
            let same = idle.iter().position(|idle| idle.name == name);
            if let Some(found) = same.map(|at| idle.swap_remove(at)) {
                drop(idle);
                if found.worker.grants().cover(&grants) {
                    return Ok(found.worker);
                }
                // Of another model: what it may read cannot be widened.
            }
        }
        let worker = Worker::start(&self.program, grants, &purpose.limits)?;
        *lock(&self.last) = Some(worker.report().clone());
        Ok(worker)
    }

    fn put_back(&self, name: &'static str, worker: Worker) {
        let mut idle = lock(&self.idle);
        // Two jobs of one use at the same time: the later stays.
        let before = idle.iter().position(|idle| idle.name == name);
        let before = before.map(|at| idle.swap_remove(at));
        idle.push(Idle {
            name,
            since: Instant::now(),
            worker,
        });
        drop(idle);
        drop(before);
    }

    /// Ends the workers that have waited long.
    pub fn sweep(&self) {
        let mut idle = lock(&self.idle);
        let old: Vec<Idle> = idle
            .extract_if(.., |idle| idle.since.elapsed() > IDLE_MAX)
            .collect();
        drop(idle);
        drop(old);
    }
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers")
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn grants<J: Job>(purpose: &Use, job: &J) -> Result<Grants, EngineError> {
    let mut reads = Vec::new();
    for path in job.reads() {
        if !path.is_absolute() {
            return Err(EngineError::Sandbox {
                reason: format!(
                    "'{}' is not an absolute path, and a worker stands elsewhere",
                    path.display()
                ),
            });
        }
        // What a link points to is what the kernel looks at.
        let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        for path in [path, real] {
            let folder = folder_of(&path);
            if !reads.contains(&folder) {
                reads.push(folder);
            }
        }
    }
    Ok(Grants {
        library: Runtime::locate(purpose.library.as_deref())?,
        reads,
        writes: job.writes(),
        gpu: job.uses_gpu(),
        memory_bytes: purpose.limits.memory_bytes,
    })
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !path.is_dir() => folder.to_owned(),
        _ => path.to_owned(),
    }
}
