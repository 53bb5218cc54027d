//! What a gate found, on its way to the checklist.

use crate::deployment::{Gauge, Verdict};

/// What one gate found, before it becomes a line of the checklist.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub verdict: Verdict,
    pub measured: String,
    pub detail: String,
    pub gauge: Option<Gauge>,
    /// Where the limit that was held differs from the file's.
    pub limit: Option<String>,
}

impl Found {
    pub fn new(verdict: Verdict, measured: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            verdict,
            measured: measured.into(),
            detail: detail.into(),
            gauge: None,
            limit: None,
        }
    }

    pub fn with(mut self, gauge: Gauge) -> Self {
        self.gauge = Some(gauge);
        self
    }
}

pub(super) fn passes(holds: bool) -> Verdict {
    if holds { Verdict::Pass } else { Verdict::Fail }
}
