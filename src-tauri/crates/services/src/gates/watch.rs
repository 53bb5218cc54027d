//! How a run of the gates is told while it goes on.

use domain::deployment::GateCheck;
use engine::CancelToken;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Fetch,
    Verify,
    Load,
    Warm,
    Smoke,
    Switch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    Running,
    Done,
    Failed,
}

/// A step as it happens; `check` carries a line of the checklist as soon as it is known.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeployStep {
    pub step: Step,
    pub state: StepState,
    pub detail: String,
    pub check: Option<GateCheck>,
}

/// Who attends a run of the gates: hears each step (a window's channel, a terminal, nobody), and may stop it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    pub progress: &'a (dyn Fn(DeployStep) + Send + Sync),
    pub cancel: &'a CancelToken,
}

impl Watch<'_> {
    pub(super) fn running(&self, step: Step, detail: impl Into<String>) {
        (self.progress)(DeployStep {
            step,
            state: StepState::Running,
            detail: detail.into(),
            check: None,
        });
    }
}
