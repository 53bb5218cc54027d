//! Stopping a run from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ort::session::RunOptions;

use crate::EngineError;
use crate::error::ort_text;

/// Shared by whoever waits and whoever may lose patience. Once cancelled, it stays cancelled.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    running: Mutex<Vec<Arc<RunOptions>>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken")
            .field("cancelled", &self.cancelled)
            .finish_non_exhaustive()
    }
}

impl CancelToken {
    /// Stops every run under way with this token, within milliseconds, and refuses new ones.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        for options in self.running().iter() {
            // The only failure is a null pointer, which these options cannot be.
            let _ = options.terminate();
        }
    }

    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// # Errors
    /// [`EngineError::Cancelled`] once cancelled.
    pub fn check(&self) -> Result<(), EngineError> {
        if self.is_cancelled() {
            Err(EngineError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Options for one run, known to [`CancelToken::cancel`] until the guard is dropped.
    pub(crate) fn begin(&self) -> Result<CancellableRun<'_>, EngineError> {
        let options =
            Arc::new(RunOptions::new().map_err(|error| EngineError::run(ort_text(&error)))?);
        self.running().push(Arc::clone(&options));
        // After registering: a cancellation in between would otherwise be missed.
        let run = CancellableRun {
            token: self,
            options,
        };
        self.check()?;
        Ok(run)
    }

    fn running(&self) -> MutexGuard<'_, Vec<Arc<RunOptions>>> {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct CancellableRun<'a> {
    token: &'a CancelToken,
    options: Arc<RunOptions>,
}

impl CancellableRun<'_> {
    pub(crate) fn options(&self) -> &RunOptions {
        &self.options
    }
}

impl Drop for CancellableRun<'_> {
    fn drop(&mut self) {
        self.token
            .running()
            .retain(|running| !Arc::ptr_eq(running, &self.options));
    }
}
