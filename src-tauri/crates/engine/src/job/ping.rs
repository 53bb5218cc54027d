//! Nothing: what it costs to ask a worker at all.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job};
use crate::{CancelToken, EngineError};

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ping;

impl Job for Ping {
    const NAME: &'static str = "ping";
    type Progress = ();
    type Answer = ();

    fn reads(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn run(self, _: &mut Bench, _: &mut dyn FnMut(()), _: &CancelToken) -> Result<(), EngineError> {
        Ok(())
    }
}
