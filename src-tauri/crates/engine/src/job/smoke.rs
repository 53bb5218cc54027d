//! Loading a model and running it once, as the gates do before anything is measured under load.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bench, Job, SampleInputs};
use crate::{CancelToken, EngineError, ModelOptions, Provider, ProviderReport, Tensor};

/// Loads; runs once where inputs are given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SmokeJob {
    pub path: PathBuf,
    pub options: ModelOptions,
    pub inputs: Option<SampleInputs>,
}

/// Told as soon as the model is loaded: an error after it is one of running.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmokeLoaded {
    pub load_ms: f64,
    pub provider: ProviderReport,
    pub runtime_version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmokeAnswer {
    /// In the model's order; empty where nothing was run.
    pub outputs: Vec<(String, Tensor)>,
    /// The most that this process has held in memory since it began; `None` where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
}

impl Job for SmokeJob {
    const NAME: &'static str = "smoke";
    type Progress = SmokeLoaded;
    type Answer = SmokeAnswer;

    fn reads(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn uses_gpu(&self) -> bool {
        Provider::any_gpu(&self.options.providers)
    }

    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(SmokeLoaded),
        cancel: &CancelToken,
    ) -> Result<SmokeAnswer, EngineError> {
        let runtime = bench.runtime()?;
        let model = bench.model(&self.path, &self.options)?;
        let loaded = model.loaded();
        progress(SmokeLoaded {
            load_ms: loaded.load_ms,
            provider: loaded.provider.clone(),
            runtime_version: runtime.version().to_owned(),
        });
        let outputs = match self.inputs {
            Some(inputs) => {
                let sample = inputs.resolve(model.signature())?;
                model.run(&sample.inputs, Some(cancel))?
            }
            None => Vec::new(),
        };
        Ok(SmokeAnswer {
            outputs,
            peak_rss_bytes: peak_rss_bytes(),
        })
    }
}

/// `VmHWM` of `proc_pid_status(5)`: of this program alone, unlike `getrusage`, which remembers what was there before it.
#[cfg(target_os = "linux")]
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(not(target_os = "linux"))]
fn peak_rss_bytes() -> Option<u64> {
    None
}
