//! The list of steps as it grows: each is timed, limited, told to whoever watches, and can be cancelled.

use std::future::Future;
use std::time::Duration;

use super::report::{CheckFault, CheckId, CheckReport, CheckState, CheckStep, CheckWatch};
use crate::Clock;
use crate::error::{Result, ServiceError};

/// Longer than any part of a way that works.
const STEP_LIMIT: Duration = Duration::from_secs(15);

/// A step that went well, with what the next one needs of it.
pub(super) struct Good<T> {
    value: T,
    sentence: String,
    warned: bool,
}

impl<T> Good<T> {
    pub fn new(value: T, sentence: impl Into<String>) -> Self {
        Self {
            value,
            sentence: sentence.into(),
            warned: false,
        }
    }

    /// It works, and there is something to know.
    pub fn but(value: T, sentence: impl Into<String>) -> Self {
        Self {
            warned: true,
            ..Self::new(value, sentence)
        }
    }
}

/// A step that did not go well.
#[derive(Debug)]
pub(super) struct Bad {
    pub fault: CheckFault,
    pub sentence: String,
}

impl Bad {
    pub fn new(fault: CheckFault, sentence: impl Into<String>) -> Self {
        Self {
            fault,
            sentence: sentence.into(),
        }
    }
}

pub(super) struct Steps<'a> {
    watch: CheckWatch<'a>,
    clock: &'a Clock,
    done: Vec<CheckStep>,
}

impl<'a> Steps<'a> {
    pub fn new(watch: CheckWatch<'a>, clock: &'a Clock) -> Self {
        Self {
            watch,
            clock,
            done: Vec::new(),
        }
    }

    /// `None` when the step failed; an error only when the whole test was cancelled.
    pub async fn step<T>(
        &mut self,
        id: CheckId,
        work: impl Future<Output = std::result::Result<Good<T>, Bad>>,
    ) -> Result<Option<T>> {
        let started_ms = self.clock.now_ms();
        (self.watch.progress)(CheckStep {
            id,
            state: CheckState::Running,
            sentence: String::new(),
            fault: None,
            took_ms: 0,
        });
        let ended = tokio::select! {
            ended = tokio::time::timeout(STEP_LIMIT, work) => ended,
            () = cancelled(self.watch) => return Err(ServiceError::Cancelled),
        };
        let ended = ended.unwrap_or_else(|_| {
            let limit = STEP_LIMIT.as_secs();
            Err(Bad::new(
                CheckFault::NoAnswer,
                format!("No answer within {limit} s."),
            ))
        });
        let took_ms = u32::try_from(self.clock.now_ms() - started_ms).unwrap_or(0);
        let (state, sentence, fault, value) = match ended {
            Ok(good) if good.warned => (CheckState::Warned, good.sentence, None, Some(good.value)),
            Ok(good) => (CheckState::Passed, good.sentence, None, Some(good.value)),
            Err(bad) => (CheckState::Failed, bad.sentence, Some(bad.fault), None),
        };
        self.tell(CheckStep {
            id,
            state,
            sentence,
            fault,
            took_ms,
        });
        Ok(value)
    }

    /// Whatever of these was not tried.
    pub fn skip_rest(&mut self, all: &[CheckId]) {
        for id in all {
            if !self.done.iter().any(|step| step.id == *id) {
                self.tell(CheckStep {
                    id: *id,
                    state: CheckState::Skipped,
                    sentence: "Not tried.".to_owned(),
                    fault: None,
                    took_ms: 0,
                });
            }
        }
    }

    pub fn report(self) -> CheckReport {
        CheckReport {
            passed: self
                .done
                .iter()
                .all(|step| !matches!(step.state, CheckState::Failed | CheckState::Skipped)),
            steps: self.done,
        }
    }

    fn tell(&mut self, step: CheckStep) {
        (self.watch.progress)(step.clone());
        self.done.push(step);
    }
}

async fn cancelled(watch: CheckWatch<'_>) {
    while !watch.cancel.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
