//! Who runs a model for the gates: worker processes of the lab, or this very process.

use std::sync::Arc;
use std::time::Duration;

use engine::job::{Bench, Job};
use engine::worker::Use;
use engine::{CancelToken, EngineError, Limits};

use crate::engine::blocking;
use crate::error::Result;
use crate::lab::Lab;

/// Loading, warming up and writing the report come on top of what is measured.
const BESIDE_MEASURING: Duration = Duration::from_secs(600);

/// Where the jobs of the gates are done.
#[derive(Debug, Clone)]
pub enum Hands {
    /// In a process of their own each: what an earlier job left in its memory is not measured, and a model that crashes
    /// costs that process only.
    Workers(Lab),
    /// In this process, for tests whose executable is no worker.
    Here,
}

impl Hands {
    /// Workers of this program, whose `main` must know how to be one.
    #[must_use]
    pub fn of_this_program() -> Self {
        Self::Workers(Lab::of_this_program())
    }

    /// Does a job that measures for so long. What goes wrong stays apart, for whose fault it is decides the verdict.
    pub(super) async fn call<J>(
        &self,
        job: J,
        measuring: Duration,
        mut progress: impl FnMut(J::Progress) + Send + 'static,
        cancel: &CancelToken,
    ) -> Result<std::result::Result<J::Answer, EngineError>>
    where
        J: Job + Send + 'static,
        J::Answer: Send + 'static,
    {
        let (hands, cancel) = (self.clone(), cancel.clone());
        blocking(move || {
            let done = match hands {
                Self::Workers(lab) => {
                    let limits = Limits::within(measuring + BESIDE_MEASURING);
                    let workers = Arc::clone(&lab.workers());
                    workers.call(&Use::fresh().limits(limits), &job, &mut progress, &cancel)
                }
                Self::Here => job.run(&mut Bench::new(None), &mut progress, &cancel),
            };
            match done {
                // Of this machine and of whoever asked, not of the model.
                Err(
                    error @ (EngineError::NoRuntime { .. }
                    | EngineError::NoWorker { .. }
                    | EngineError::Cancelled),
                ) => Err(error.into()),
                done => Ok(done),
            }
        })
        .await
    }
}
