//! How a model is loaded.

use std::path::Path;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::{EngineError, Provider};

/// Threads of one session, and sessions of one model: beyond this a number is a mistake, and the runtime would try.
const COUNT_MAX: usize = 1024;

/// How far the runtime may rewrite the graph before it runs: none, what is provably the same (constant folding, dead
/// nodes), fused operators too, or changes of the memory layout as well.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "lowercase")]
pub enum Optimisation {
    Off,
    Basic,
    Extended,
    #[default]
    All,
}

impl Optimisation {
    pub const ALL: [Self; 4] = [Self::Off, Self::Basic, Self::Extended, Self::All];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Basic => "basic",
            Self::Extended => "extended",
            Self::All => "all",
        }
    }
}

impl std::fmt::Display for Optimisation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Optimisation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL
            .into_iter()
            .find(|level| text.eq_ignore_ascii_case(level.as_str()));
        found.ok_or_else(|| {
            format!("'{text}' is no optimisation level; there are off, basic, extended and all")
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelOptions {
    /// In order of preference. Without the CPU in it, a node that no other provider can run is an error.
    pub providers: Vec<Provider>,
    /// Threads inside one run; 0 takes every core.
    #[specta(type = Number)]
    pub threads: usize,
    pub optimisation: Optimisation,
    /// Runs with generated inputs before the model counts as loaded.
    pub warm_up_runs: u32,
    /// Sessions, so runs that may go on at the same time. Each holds its own copy of the weights.
    #[specta(type = Number)]
    pub pool_size: usize,
    /// Measurements bind inputs and outputs to the session once, instead of handing them over in each run.
    #[serde(default)]
    pub io_binding: bool,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            providers: vec![Provider::Cpu],
            threads: 1,
            optimisation: Optimisation::All,
            warm_up_runs: 3,
            pool_size: 1,
            io_binding: false,
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
