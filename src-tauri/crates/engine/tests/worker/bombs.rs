//! Models and native code that would take the app with them, if it ran them.

use std::path::PathBuf;

use engine::job::{Bench, Job};
use engine::{CancelToken, EngineError};
use serde::{Deserialize, Serialize};

use crate::Test;

pub const TESTS: &[Test] = &[];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bomb;

impl Job for Bomb {
    const NAME: &'static str = "bomb";
    type Progress = ();
    type Answer = ();

    fn reads(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn run(self, _: &mut Bench, _: &mut dyn FnMut(()), _: &CancelToken) -> Result<(), EngineError> {
        Ok(())
    }
}
