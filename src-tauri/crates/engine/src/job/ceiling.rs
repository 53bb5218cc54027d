//! What this machine reaches at best, measured where models run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::ceiling::{self, MachineCeiling};
use crate::{CancelToken, EngineError};

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct CeilingJob {
    pub measured_at_ms: i64,
}

impl Job for CeilingJob {
    const NAME: &'static str = "ceiling";
    type Progress = ();
    type Answer = MachineCeiling;

    fn reads(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn run(
        self,
        bench: &mut Bench,
        _: &mut dyn FnMut(()),
        cancel: &CancelToken,
    ) -> Result<MachineCeiling, EngineError> {
        ceiling::measure(&bench.runtime()?, self.measured_at_ms, cancel)
    }
}
