//! What a model costs over batch, threads, provider, optimisation level and binding, on this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::job::SweepPointJob;
use engine::sweep::{self, PointRequest, PointSettings, SweepGrid, SweepReport, SweepRequest};
use engine::worker::Use;
use engine::{CancelToken, Limits, fingerprint};
use serde::{Deserialize, Serialize};

use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::inspection::ModelSource;
use crate::lab::Lab;
use crate::models::{SEED, to_run};
use crate::{Clock, Context};

/// Enough for a p99.9 with room.
const SAMPLES_MAX: u64 = 200_000;
/// Loading and warming up come on top of the measurement of a point.
const BESIDE_MEASURING: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SweepInput {
    pub grid: SweepGrid,
    /// Of each point.
    pub duration_ms: u32,
    /// The caller's name for this work, with which it can be cancelled.
    pub task_id: String,
}

/// Sweeps any model, each point in a worker of its own. `folder` keeps what is done under the model, the machine and the
/// length of a point; the same sweep goes on there. `progress` is given the report as it stands.
pub async fn run(
    ctx: Option<&Context>,
    lab: &Lab,
    source: ModelSource,
    input: SweepInput,
    folder: PathBuf,
    progress: impl Fn(SweepReport) + Send + 'static,
    cancel: &CancelToken,
) -> Result<SweepReport> {
    let (path, request) = asked(ctx, lab, source, input).await?;
    let (workers, cancel) = (lab.workers(), cancel.clone());
    blocking(move || {
        let kept = kept_in(&folder, &request);
        let mut measure = |settings: &PointSettings| {
            let job = SweepPointJob(PointRequest {
                path: path.clone(),
                settings: settings.clone(),
                seed: request.seed,
                duration: request.duration,
                samples_max: request.samples_max,
            });
            let limits = Limits::within(request.duration + BESIDE_MEASURING);
            let purpose = Use::fresh().limits(limits);
            workers.call(&purpose, &job, &mut |()| {}, &cancel)
        };
        let mut tell = |report: &SweepReport| progress(report.clone());
        Ok(sweep::sweep(
            &request,
            &kept,
            &mut measure,
            &mut tell,
            &cancel,
        )?)
    })
    .await
}

/// What of a sweep is there already; nothing is measured.
pub async fn standing(
    ctx: Option<&Context>,
    lab: &Lab,
    source: ModelSource,
    input: SweepInput,
    folder: PathBuf,
) -> Result<SweepReport> {
    let (_, request) = asked(ctx, lab, source, input).await?;
    blocking(move || Ok(sweep::resume(&request, &kept_in(&folder, &request))?)).await
}

async fn asked(
    ctx: Option<&Context>,
    lab: &Lab,
    source: ModelSource,
    input: SweepInput,
) -> Result<(PathBuf, SweepRequest)> {
    if input.duration_ms == 0 {
        let told = "the duration of a point must be at least 1 ms";
        return Err(ServiceError::invalid("durationMs", told));
    }
    input.grid.points()?;
    let clock = ctx.map_or_else(Clock::system, Context::clock);
    let (model, files) = to_run(ctx, source).await?;
    let version = crate::runtime::version(lab).await?;
    let request = SweepRequest {
        model,
        digest: files.digest.clone(),
        grid: input.grid,
        seed: SEED,
        duration: Duration::from_millis(u64::from(input.duration_ms)),
        samples_max: SAMPLES_MAX,
        fingerprint: fingerprint::collect(Some(&version)),
        started_at_ms: clock.now_ms(),
    };
    Ok((files.onnx_path, request))
}

/// Where this account keeps what its sweeps have measured.
///
/// # Errors
/// When the account has no home folder.
pub fn folder_of_this_user() -> Result<PathBuf> {
    let project = directories::ProjectDirs::from("", "", "Drydock").ok_or_else(|| {
        ServiceError::Unavailable {
            message: "this account has no home folder to keep a sweep in".to_owned(),
            hint: "set HOME, or name a folder".to_owned(),
        }
    })?;
    Ok(project.cache_dir().join("sweeps"))
}

/// One file for each sweep whose points compare.
fn kept_in(folder: &Path, request: &SweepRequest) -> PathBuf {
    let key = request.key();
    let model = key.model.get(..16).unwrap_or(&key.model);
    folder.join(format!(
        "{model}-{}-{}ms.json",
        key.machine, key.duration_ms
    ))
}
