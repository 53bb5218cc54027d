//! Where the lab runs models: in worker processes, never in this one.

use std::sync::Arc;

use engine::job::{Job, Ping};
use engine::worker::{Program, Use, WorkerReport, WorkersStatus};
use engine::{CancelToken, Workers};

use crate::engine::blocking;
use crate::error::Result;

/// A handle on the workers. Needs no workspace; cheap to clone.
#[derive(Debug, Clone)]
pub struct Lab(Arc<Workers>);

impl Lab {
    /// Workers are this program again, whose `main` hands `drydock worker` to [`engine::worker::serve`].
    #[must_use]
    pub fn of_this_program() -> Self {
        Self(Arc::new(Workers::new(Program::this())))
    }

    /// Has a worker do the job, and tells its progress on a thread that may block. Paths in the job are absolute.
    pub async fn call<J>(
        &self,
        purpose: Use,
        job: J,
        mut progress: impl FnMut(J::Progress) + Send + 'static,
        cancel: &CancelToken,
    ) -> Result<J::Answer>
    where
        J: Job + Send + 'static,
        J::Answer: Send + 'static,
    {
        let (workers, cancel) = (Arc::clone(&self.0), cancel.clone());
        blocking(move || Ok(workers.call(&purpose, &job, &mut progress, &cancel)?)).await
    }

    /// What the workers are doing, and what one costs.
    #[must_use]
    pub fn status(&self) -> WorkersStatus {
        self.0.status()
    }

    /// Starts a worker that does nothing, to see what protects it here and what speaking to it costs.
    pub async fn try_out(&self) -> Result<Option<WorkerReport>> {
        let none = CancelToken::default();
        self.call(Use::fresh(), Ping, |()| (), &none).await?;
        Ok(self.0.last_started())
    }

    /// The workers themselves, for what blocks anyway.
    #[must_use]
    pub fn workers(&self) -> Arc<Workers> {
        Arc::clone(&self.0)
    }

    /// Ends the workers that wait for a job.
    pub fn let_go(&self) {
        self.0.let_go();
    }
}
