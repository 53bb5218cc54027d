//! How a model is loaded.

use std::path::Path;

use crate::{EngineError, Provider};

/// Threads of one session, and sessions of one model: beyond this a number is a mistake, and the runtime would try.
const COUNT_MAX: usize = 1024;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelOptions {
    /// In order of preference. Without the CPU in it, a node that no other provider can run is an error.
    pub providers: Vec<Provider>,
    /// Threads inside one run; 0 takes every core.
    pub threads: usize,
    /// Runs with generated inputs before the model counts as loaded.
    pub warm_up_runs: u32,
    /// Sessions, so runs that may go on at the same time. Each holds its own copy of the weights.
    pub pool_size: usize,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            providers: vec![Provider::Cpu],
            threads: 1,
            warm_up_runs: 3,
            pool_size: 1,
        }
    }
}

impl ModelOptions {
    pub(crate) fn check(&self, path: &Path) -> Result<(), EngineError> {
        let wrong = |reason: String| EngineError::Load {
            path: path.to_owned(),
            reason,
        };
        if self.threads > COUNT_MAX || self.pool_size > COUNT_MAX {
            let (threads, sessions) = (self.threads, self.pool_size);
            return Err(wrong(format!(
                "{threads} threads and {sessions} sessions were asked for; {COUNT_MAX} is the most"
            )));
        }
        if self.providers.is_empty() {
            return Err(wrong("no execution provider was named".to_owned()));
        }
        Ok(())
    }
}
