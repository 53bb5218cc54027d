//! Putting a load on a model, and what came of each query.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::open::queue_depths;
use super::report::{QueueDepth, SendError};
use super::request::Scenario;
use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError};

/// One run at most is this long before each run is made cancellable itself: run options would cost every short one.
const CANCEL_BETWEEN_RUNS: Duration = Duration::from_millis(10);
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// A run that fails time after time measures nothing.
const ERRORS_MAX: u64 = 100;

/// When to stop; whichever is reached first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub duration: Duration,
    pub samples: u64,
}

/// What is told of a stretch while it goes on.
pub(super) type Tell<'a> = dyn FnMut(u64, Duration) + 'a;

/// A query that was answered. Times are from the beginning of the stretch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    /// When it was due: for closed loads, when it was sent.
    pub due: Duration,
    pub sent: Duration,
    pub done: Duration,
    /// How late it was sent though somebody was free to send it.
    pub late: Duration,
}

/// A stretch of load.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// In the order they were due.
    pub answered: Vec<Answered>,
    pub errors: u64,
    pub first_error: Option<EngineError>,
    /// Due, but never sent.
    pub dropped: u64,
    pub elapsed: Duration,
}

impl Measured {
    /// Milliseconds from due to done, in the order they were due.
    pub(super) fn latencies_ms(&self) -> impl Iterator<Item = f64> {
        self.answered
            .iter()
            .map(|query| (query.done - query.due).as_secs_f64() * 1e3)
    }

    /// Queries a second of the schedule, where there is one.
    pub(super) fn target_rate(&self, scenario: &Scenario) -> Option<f64> {
        match scenario {
            Scenario::Server { rate_per_s, .. } => Some(*rate_per_s),
            Scenario::Replay { .. } => {
                let last = self.answered.last()?.due.as_secs_f64();
                (last > 0.0).then(|| {
                    (self.answered.len() as u64 + self.errors + self.dropped) as f64 / last
                })
            }
            _ => None,
        }
    }

    pub(super) fn send_error(&self, scenario: &Scenario) -> Option<SendError> {
        if !scenario.is_open() {
            return None;
        }
        let mut late: Vec<f64> = self
            .answered
            .iter()
            .map(|query| query.late.as_secs_f64() * 1e6)
            .collect();
        stats::sort_samples(&mut late);
        Some(SendError {
            p50_us: stats::nearest_rank(&late, 0.5)?,
            p99_us: stats::nearest_rank(&late, 0.99)?,
            max_us: *late.last()?,
        })
    }

    pub(super) fn queue(&self, scenario: &Scenario) -> Option<QueueDepth> {
        if !scenario.is_open() {
            return None;
        }
        let depths = queue_depths(&self.answered);
        Some(QueueDepth {
            mean: stats::mean(&depths)?,
            max: depths.iter().copied().fold(0.0, f64::max),
        })
    }
}

/// Who sends: as many callers as the model has sessions, until somebody says stop.
pub(super) struct Callers<'a> {
    pub model: &'a CachedModel,
    pub inputs: &'a [(String, Tensor)],
    pub cancel: &'a CancelToken,
    pub count: usize,
    errors: AtomicU64,
    first_error: Mutex<Option<EngineError>>,
    pub answered: AtomicU64,
    stop: AtomicBool,
    pub started: Instant,
}

impl<'a> Callers<'a> {
    pub(super) fn new(
        model: &'a CachedModel,
        inputs: &'a [(String, Tensor)],
        cancel: &'a CancelToken,
    ) -> Self {
        Self {
            model,
            inputs,
            cancel,
            count: model.options().pool_size.max(1),
            errors: AtomicU64::new(0),
            first_error: Mutex::new(None),
            answered: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            started: Instant::now(),
        }
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.cancel.is_cancelled()
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Runs once; whether it was answered. `slow` remembers that single runs are long enough to be cancelled inside.
    pub(super) fn run(&self, slow: &mut bool) -> bool {
        let before = Instant::now();
        let result = self.model.run(self.inputs, slow.then_some(self.cancel));
        *slow |= before.elapsed() > CANCEL_BETWEEN_RUNS;
        match result {
            Ok(_) => true,
            Err(EngineError::Cancelled) => false,
            Err(error) => {
                let mut first = self
                    .first_error
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(error);
                if self.errors.fetch_add(1, Ordering::Relaxed) + 1 >= ERRORS_MAX {
                    self.stop();
                }
                false
            }
        }
    }

    /// Lets every caller do `work` and gathers what each was answered, in the order it was due. With one caller it works on
    /// this very thread, so that nothing else competes with it.
    pub(super) fn gather(
        &self,
        tell: &mut Tell<'_>,
        work: impl Fn(&Self, &mut dyn FnMut()) -> Vec<Answered> + Sync,
    ) -> Result<Measured, EngineError> {
        let mut told = Instant::now();
        let mut tick = || {
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                tell(
                    self.answered.load(Ordering::Relaxed),
                    self.started.elapsed(),
                );
            }
        };
        let mut answered = if self.count == 1 {
            work(self, &mut tick)
        } else {
            std::thread::scope(|scope| {
                let callers: Vec<_> = (0..self.count)
                    .map(|_| scope.spawn(|| work(self, &mut || {})))
                    .collect();
                while callers.iter().any(|caller| !caller.is_finished()) {
                    std::thread::sleep(Duration::from_millis(2));
                    tick();
                }
                callers
                    .into_iter()
                    .flat_map(|caller| caller.join().unwrap_or_default())
                    .collect()
            })
        };
        self.cancel.check()?;
        let elapsed = self.started.elapsed();
        let first_error = self
            .first_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let errors = self.errors.load(Ordering::Relaxed);
        if let Some(error) = first_error
            .as_ref()
            .filter(|_| answered.is_empty() || errors >= ERRORS_MAX)
        {
            return Err(EngineError::run(format!(
                "{errors} queries failed, the first with: {error}"
            )));
        }
        answered.sort_by_key(|query| query.due);
        Ok(Measured {
            answered,
            errors,
            first_error,
            dropped: 0,
            elapsed,
        })
    }
}
