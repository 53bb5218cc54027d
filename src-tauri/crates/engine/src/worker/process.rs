//! The caller's side of one worker process.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::frame::{self, Kind};
use super::watch::Used;
use super::wire::{Failure, Hello, Ready};
use super::{Limits, Program, Protection, fault, group};
use crate::job::{Job as _, Ping, pack, unpack};
use crate::{CancelToken, EngineError};

/// How often a caller's patience is asked for.
const TICK: Duration = Duration::from_millis(8);
/// From the request to stop until the process is killed: with a tick before and after it, under 50 ms.
const STOP_GRACE: Duration = Duration::from_millis(28);
/// How often the system is asked what the process uses.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Loading the program and confining it.
const START_MAX: Duration = Duration::from_secs(30);
/// Empty calls whose median is told.
const PINGS: usize = 33;
/// A worker that floods its caller waits until it has been read.
const EVENTS_MAX: usize = 64;
/// The end of what a worker writes to standard error.
const SAID_BYTES_MAX: usize = 8 << 10;

/// What a running worker is, for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkerReport {
    pub pid: u32,
    /// From the call for a process until it was ready, milliseconds.
    #[specta(type = Number)]
    pub start_ms: f64,
    /// An empty call there and back, microseconds, the median of 33.
    #[specta(type = Number)]
    pub overhead_p50_us: f64,
    pub protections: Vec<Protection>,
}

/// What a worker may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grants {
    pub library: PathBuf,
    pub reads: Vec<PathBuf>,
    pub writes: Vec<PathBuf>,
    pub gpu: bool,
    pub memory_bytes: u64,
}

impl Grants {
    /// Whether a worker with these may do what needs `wanted`.
    pub(super) fn cover(&self, wanted: &Self) -> bool {
        let all = |granted: &[PathBuf], wanted: &[PathBuf]| {
            wanted.iter().all(|path| granted.contains(path))
        };
        self.library == wanted.library
            && self.gpu == wanted.gpu
            && self.memory_bytes == wanted.memory_bytes
            && self.writes == wanted.writes
            && all(&self.reads, &wanted.reads)
    }
}

enum Event {
    Frame(Kind, Vec<u8>),
    /// The pipe has ended, or carries what is no frame.
    Ended(Option<String>),
}

pub(super) struct Worker {
    child: Child,
    to: Sender<(Kind, Vec<Vec<u8>>)>,
    events: Receiver<Event>,
    said: Arc<Mutex<Vec<u8>>>,
    listening: Option<JoinHandle<()>>,
    grants: Grants,
    report: WorkerReport,
    usable: bool,
    reaped: bool,
}

impl Worker {
    pub(super) fn start(
        program: &Program,
        grants: Grants,
        limits: &Limits,
    ) -> Result<Self, EngineError> {
        let started = Instant::now();
        let failed = |reason: String| EngineError::NoWorker { reason };
        let mut child = program
            .spawn()
            .map_err(|error| failed(format!("{}: {error}", program.path.display())))?;
        let said = Arc::default();
        let listening = listen(&mut child, &said);
        let (to, events) = pipes(&mut child, limits.memory_bytes);
        let mut worker = Self {
            report: WorkerReport {
                pid: child.id(),
                start_ms: 0.0,
                overhead_p50_us: 0.0,
                protections: Vec::new(),
            },
            child,
            to,
            events,
            said,
            listening,
            grants,
            usable: true,
            reaped: false,
        };
        worker.greet(limits)?;
        worker.report.start_ms = started.elapsed().as_secs_f64() * 1e3;
        worker.report.overhead_p50_us = worker.overhead_us(limits)?;
        let off: Vec<&str> = worker
            .report
            .protections
            .iter()
            .filter(|protection| !protection.on)
            .map(|protection| protection.name.as_str())
            .collect();
        tracing::info!(
            pid = worker.report.pid,
            start_ms = worker.report.start_ms,
            overhead_p50_us = worker.report.overhead_p50_us,
            off = off.join(", "),
            "worker started"
        );
        Ok(worker)
    }

    pub(super) fn report(&self) -> &WorkerReport {
        &self.report
    }

    pub(super) fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Whether it may be given another job.
    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    pub(super) fn resident_bytes(&self) -> Option<u64> {
        Some(Used::of(self.child.id())?.memory_bytes)
    }

    fn greet(&mut self, limits: &Limits) -> Result<(), EngineError> {
        let hello = Hello {
            library: self.grants.library.clone(),
            reads: self.grants.reads.clone(),
            writes: self.grants.writes.clone(),
            gpu: self.grants.gpu,
            limits: *limits,
            caller: std::process::id(),
        };
        self.send(Kind::Hello, vec![pack(&hello)?]);
        let failed = |reason: String| EngineError::NoWorker { reason };
        match self.events.recv_timeout(START_MAX) {
            Ok(Event::Frame(Kind::Ready, ready)) => {
                self.report.protections = unpack::<Ready>(&ready)?.protections;
                Ok(())
            }
            Ok(Event::Frame(kind, _)) => Err(failed(format!("it began with {kind:?}"))),
            Ok(Event::Ended(why)) => {
                let said = self.end(why, limits).to_string();
                Err(failed(said))
            }
            Err(_) => Err(failed(format!(
                "it was not ready within {} s",
                START_MAX.as_secs()
            ))),
        }
    }

    fn overhead_us(&mut self, limits: &Limits) -> Result<f64, EngineError> {
        let mut took_us = Vec::with_capacity(PINGS);
        let empty = pack(&Ping)?;
        for _ in 0..PINGS {
            let before = Instant::now();
            let cancel = CancelToken::default();
            self.call(Ping::NAME, empty.clone(), limits, &mut |_| (), &cancel)?;
            took_us.push(before.elapsed().as_secs_f64() * 1e6);
        }
        took_us.sort_by(f64::total_cmp);
        Ok(took_us[PINGS / 2])
    }

    fn send(&self, kind: Kind, parts: Vec<Vec<u8>>) {
        // A worker that is gone is noticed where its answer is waited for.
        let _ = self.to.send((kind, parts));
    }

    /// One job. Whatever it does, this returns within its limits and a moment.
    pub(super) fn call(
        &mut self,
        name: &str,
        request: Vec<u8>,
        limits: &Limits,
        progress: &mut dyn FnMut(&[u8]),
        cancel: &CancelToken,
    ) -> Result<Vec<u8>, EngineError> {
        cancel.check()?;
        let mut head = limits.cpu.as_secs().to_le_bytes().to_vec();
        head.extend(name.as_bytes());
        head.push(0);
        self.send(Kind::Call, vec![head, request]);
        let mut under_way = UnderWay::begin(self.child.id(), *limits);
        loop {
            match self.events.recv_timeout(TICK) {
                Ok(Event::Frame(Kind::Progress, step)) => progress(&step),
                Ok(Event::Frame(Kind::Answer, answer)) => return Ok(answer),
                Ok(Event::Frame(Kind::Failed, failure)) => return Err(self.failed(&failure)),
                Ok(Event::Frame(kind, _)) => {
                    return Err(self.end(Some(format!("said {kind:?} in a job")), limits));
                }
                Ok(Event::Ended(why)) => return Err(self.end(why, limits)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.end(None, limits)),
            }
            // What it started may hold the pipe open after it has ended.
            if under_way.is_time_to_look() && group::has_ended(&mut self.child) {
                return Err(self.end(None, limits));
            }
            let stop = || self.send(Kind::Cancel, Vec::new());
            if let Err(reached) = under_way
                .patience(cancel, stop)
                .and_then(|()| under_way.look())
            {
                self.kill();
                return Err(reached);
            }
        }
    }

    fn failed(&mut self, failure: &[u8]) -> EngineError {
        let error = match unpack::<Failure>(failure) {
            Ok(failure) => EngineError::from(failure),
            Err(unreadable) => {
                // Whoever wrote it was not the worker's own code.
                self.usable = false;
                unreadable
            }
        };
        // Its memory is full of what did not fit.
        self.usable &= !matches!(error, EngineError::OutOfMemory { .. });
        error
    }

    /// It is gone, or talks nonsense and is made to go.
    fn end(&mut self, nonsense: Option<String>, limits: &Limits) -> EngineError {
        let gone = nonsense.is_none() && self.gone_in_a_moment();
        let status = self.kill().filter(|_| gone);
        if let Some(listening) = self.listening.take() {
            let patience = Instant::now();
            while !listening.is_finished() && patience.elapsed() < Duration::from_millis(200) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = String::from_utf8_lossy(&said).into_owned();
        tracing::warn!(
            pid = self.report.pid,
            ?status,
            said,
            "worker ended in a job"
        );
        match nonsense {
            Some(what) => EngineError::Crashed {
                how: format!("answered what no worker answers: {what}"),
                said: String::new(),
            },
            None => fault::ended(status, &said, limits),
        }
    }

    /// The pipe may end a moment before the process does.
    fn gone_in_a_moment(&mut self) -> bool {
        let patience = Instant::now();
        while !group::has_ended(&mut self.child) {
            if patience.elapsed() > Duration::from_millis(500) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// It may be gone already; either way it is reaped, with whatever it started.
    fn kill(&mut self) -> Option<ExitStatus> {
        self.usable = false;
        if !std::mem::replace(&mut self.reaped, true) {
            group::kill(&mut self.child);
        }
        self.child.wait().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A job, its clock, and what its process had used before it.
struct UnderWay {
    pid: u32,
    limits: Limits,
    began: Instant,
    looked: Instant,
    cpu_before: Duration,
    stop_asked: Option<Instant>,
}

impl UnderWay {
    fn begin(pid: u32, limits: Limits) -> Self {
        Self {
            pid,
            limits,
            began: Instant::now(),
            looked: Instant::now(),
            cpu_before: Used::of(pid).map(|used| used.cpu).unwrap_or_default(),
            stop_asked: None,
        }
    }

    /// Asks the job to stop once its caller wants that, and does not wait for long.
    fn patience(&mut self, cancel: &CancelToken, stop: impl FnOnce()) -> Result<(), EngineError> {
        match self.stop_asked {
            Some(asked) if asked.elapsed() >= STOP_GRACE => return Err(EngineError::Cancelled),
            None if cancel.is_cancelled() => {
                stop();
                self.stop_asked = Some(Instant::now());
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn is_time_to_look(&self) -> bool {
        self.looked.elapsed() >= LOOK_EVERY
    }

    /// # Errors
    /// The limit that the job must be ended for.
    fn look(&mut self) -> Result<(), EngineError> {
        if !self.is_time_to_look() {
            return Ok(());
        }
        self.looked = Instant::now();
        if self.began.elapsed() > self.limits.wall {
            return Err(out_of_time("on the clock", self.limits.wall));
        }
        let Some(used) = Used::of(self.pid) else {
            return Ok(());
        };
        if used.memory_bytes > self.limits.memory_bytes {
            return Err(EngineError::OutOfMemory {
                limit_bytes: self.limits.memory_bytes,
                said: format!("{} MiB were in use", used.memory_bytes >> 20),
            });
        }
        if used.cpu.saturating_sub(self.cpu_before) > self.limits.cpu {
            return Err(out_of_time("of processor time", self.limits.cpu));
        }
        if used.threads > self.limits.threads_max {
            return Err(EngineError::Sandbox {
                reason: format!(
                    "it had {} threads, and {} are the most",
                    used.threads, self.limits.threads_max
                ),
            });
        }
        Ok(())
    }
}

fn out_of_time(what: &str, limit: Duration) -> EngineError {
    EngineError::OutOfTime {
        what: what.to_owned(),
        limit_s: limit.as_secs_f64(),
    }
}

type Outgoing = Sender<(Kind, Vec<Vec<u8>>)>;

/// A thread writes, for a worker that does not read must not hold its caller up; another reads.
fn pipes(child: &mut Child, frame_bytes_max: u64) -> (Outgoing, Receiver<Event>) {
    let (to, outgoing) = channel::<(Kind, Vec<Vec<u8>>)>();
    let (incoming, events): (SyncSender<Event>, _) = sync_channel(EVENTS_MAX);
    if let Some(mut stdin) = child.stdin.take() {
        std::thread::spawn(move || {
            while let Ok((kind, parts)) = outgoing.recv() {
                let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                if frame::write(&mut stdin, kind, &parts).is_err() {
                    break;
                }
            }
        });
    }
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut stdout = std::io::BufReader::with_capacity(1 << 16, stdout);
            loop {
                let event = match frame::read(&mut stdout, frame_bytes_max) {
                    Ok(Some((kind, content))) => Event::Frame(kind, content),
                    Ok(None) => Event::Ended(None),
                    Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                        Event::Ended(Some(error.to_string()))
                    }
                    Err(_) => Event::Ended(None),
                };
                let last = matches!(event, Event::Ended(_));
                if incoming.send(event).is_err() || last {
                    break;
                }
            }
        });
    }
    (to, events)
}

/// Keeps the end of what the worker writes to standard error, and drains the rest.
fn listen(child: &mut Child, said: &Arc<Mutex<Vec<u8>>>) -> Option<JoinHandle<()>> {
    let mut stderr = child.stderr.take()?;
    let said = Arc::clone(said);
    Some(std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = stderr.read(&mut piece) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.extend_from_slice(&piece[..length]);
            let surplus = said.len().saturating_sub(SAID_BYTES_MAX);
            said.drain(..surplus);
        }
    }))
}
