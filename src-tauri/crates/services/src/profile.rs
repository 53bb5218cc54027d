//! Where the time of a model's runs goes, on this machine.

use std::time::Duration;

use engine::job::{ProfileJob, SampleInputs};
use engine::profile::{ProfileProgress, ProfileReport, ProfileRequest};
use engine::worker::Use;
use engine::{CancelToken, Limits, ModelOptions, Optimisation, Provider};
use serde::{Deserialize, Serialize};

use crate::benchmark::TaskProgress;
use crate::error::{Result, ServiceError};
use crate::inspection::ModelSource;
use crate::lab::Lab;
use crate::models::{SEED, sample_of, to_run};
use crate::{Clock, Context};

/// What the window asks of a profile.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProfileInput {
    /// In order of preference. Without the CPU in it, a node that no other can run is an error.
    pub providers: Vec<Provider>,
    /// Threads inside one run.
    pub threads: u32,
    pub optimisation: Optimisation,
    /// Rows of generated inputs; `null` takes the logged input example, or one generated row where none was logged.
    pub rows: Option<u32>,
    pub runs: u32,
    pub warm_up_runs: u32,
    /// The caller's name for this work, with which it can be cancelled.
    pub task_id: String,
}

const WALL_MAX: Duration = Duration::from_secs(3600);

/// Profiles any model in a worker of its own. `ctx` is needed for what stands in a workspace.
pub async fn profile(
    ctx: Option<&Context>,
    lab: &Lab,
    source: ModelSource,
    input: ProfileInput,
    progress: impl Fn(TaskProgress) + Send + 'static,
    cancel: &CancelToken,
) -> Result<ProfileReport> {
    if input.rows == Some(0) {
        return Err(ServiceError::invalid(
            "rows",
            "0 rows were asked for; 1 is the least",
        ));
    }
    progress(TaskProgress {
        step: "fetch".to_owned(),
        detail: String::new(),
        fraction: None,
    });
    let clock = ctx.map_or_else(Clock::system, Context::clock);
    let (model, files) = to_run(ctx, source).await?;
    let inputs = match input.rows {
        Some(rows) => SampleInputs::Generated {
            rows: rows as usize,
            seed: SEED,
        },
        None => sample_of(&files).await?,
    };
    let request = ProfileRequest {
        path: files.onnx_path.clone(),
        model,
        digest: files.digest.clone(),
        options: ModelOptions {
            providers: input.providers,
            threads: input.threads as usize,
            optimisation: input.optimisation,
            ..ModelOptions::default()
        },
        inputs,
        runs: input.runs,
        warm_up_runs: input.warm_up_runs,
        started_at_ms: clock.now_ms(),
    };
    let scratch =
        tempfile::tempdir().map_err(ServiceError::io("no temporary folder can be made"))?;
    let job = ProfileJob {
        request,
        scratch: scratch.path().to_owned(),
    };
    let tell = move |at: ProfileProgress| {
        progress(TaskProgress {
            detail: format!("{} of {}", at.done, at.of),
            fraction: Some(f64::from(at.done) / f64::from(at.of.max(1))),
            step: at.step,
        });
    };
    let purpose = Use::fresh().limits(Limits::within(WALL_MAX));
    lab.call(purpose, job, tell, cancel).await
}
