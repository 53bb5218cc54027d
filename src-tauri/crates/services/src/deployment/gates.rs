//! The gates of staging, in the order in which they cost: files, size, load, providers, golden outputs, latency.

use std::sync::Arc;

use domain::deployment::{GateCheck, GateLimits, Verdict};
use engine::{CachedModel, ProviderReport};

use super::figures::bytes;
use super::proof::{golden_outputs, latency_p99};
use super::report::{DeployStep, GateReport, Step, StepState, Watch, check, keep, limits_of};
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, materialise};
use crate::registry::{VersionInput, get_version_row};
use crate::{ChangeKind, Context};

/// What the gates found, and the loaded model if they got that far.
pub(super) struct Checked {
    pub report: GateReport,
    pub model: Option<(MaterialisedModel, Arc<CachedModel>)>,
}

/// Runs the gates and keeps their report as evidence; changes nothing else.
pub async fn check_gates(
    ctx: &Context,
    input: VersionInput,
    watch: Watch<'_>,
) -> Result<GateReport> {
    let checked = run_gates(ctx, &input, watch).await?;
    let mut tx = ctx.store.begin().await?;
    keep(&mut tx, &checked.report).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Models.of(&input.name)]);
    Ok(checked.report)
}

pub(super) async fn run_gates(
    ctx: &Context,
    input: &VersionInput,
    watch: Watch<'_>,
) -> Result<Checked> {
    let started_at_ms = ctx.now_ms();
    // A version that is not there is a wrong question, not a failed gate.
    let registered = get_version_row(ctx, &input.name, input.version).await?;
    let limits = limits_of(ctx, &input.name).await?;
    let mut checklist = Checklist {
        checks: Vec::new(),
        watch,
    };
    let model = checklist.walk(ctx, input, &limits).await?;
    let digest = match &model {
        Some((files, _)) => files.digest.clone(),
        None => registered.digest.unwrap_or_default(),
    };
    let report = GateReport {
        model: input.name.clone(),
        version: input.version,
        digest,
        verdict: Verdict::all(checklist.checks.iter().map(|c| c.verdict)),
        checks: checklist.checks,
        limits,
        started_at_ms,
        took_ms: ctx.now_ms() - started_at_ms,
        fingerprint: ctx.fingerprint(),
    };
    Ok(Checked { report, model })
}

struct Checklist<'a> {
    checks: Vec<GateCheck>,
    watch: Watch<'a>,
}

impl Checklist<'_> {
    /// Each gate in turn. A gate that cannot be asked because an earlier one failed stays off the list: nothing was
    /// measured, so nothing is said.
    async fn walk(
        &mut self,
        ctx: &Context,
        input: &VersionInput,
        limits: &GateLimits,
    ) -> Result<Option<(MaterialisedModel, Arc<CachedModel>)>> {
        let Some(files) = self.files(ctx, input).await? else {
            return Ok(None);
        };
        self.size(&files, limits);
        self.watch.cancel.check()?;
        let Some(model) = self.load(ctx, &files).await? else {
            return Ok(None);
        };
        self.provider(&model.loaded().provider);
        self.watch.cancel.check()?;
        self.golden(&files, &model, limits).await?;
        self.latency(ctx, &files, &model, limits).await?;
        Ok(Some((files, model)))
    }

    fn say(
        &self,
        step: Step,
        state: StepState,
        detail: impl Into<String>,
        check: Option<GateCheck>,
    ) {
        (self.watch.progress)(DeployStep {
            step,
            state,
            detail: detail.into(),
            check,
        });
    }

    fn add(&mut self, step: Step, check: GateCheck) {
        let state = if check.verdict == Verdict::Fail {
            StepState::Failed
        } else {
            StepState::Done
        };
        self.say(step, state, check.measured.clone(), Some(check.clone()));
        self.checks.push(check);
    }

    async fn files(
        &mut self,
        ctx: &Context,
        input: &VersionInput,
    ) -> Result<Option<MaterialisedModel>> {
        self.say(
            Step::Fetch,
            StepState::Running,
            "copying files into the model cache",
            None,
        );
        let limit = "bytes as registered".to_owned();
        match materialise(ctx, &input.name, input.version).await {
            Ok(files) => {
                self.say(
                    Step::Fetch,
                    StepState::Done,
                    format!("{} files", files.files.len()),
                    None,
                );
                let measured = format!(
                    "{} files, sha256 {}",
                    files.files.len(),
                    &files.digest[..12]
                );
                self.add(
                    Step::Verify,
                    check(
                        "digest",
                        "Files and SHA-256",
                        Verdict::Pass,
                        measured,
                        limit,
                        "",
                    ),
                );
                Ok(Some(files))
            }
            Err(ServiceError::State { message } | ServiceError::NotFound { message }) => {
                let failed = check(
                    "digest",
                    "Files and SHA-256",
                    Verdict::Fail,
                    "refused".to_owned(),
                    limit,
                    &message,
                );
                self.add(Step::Verify, failed);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    fn size(&mut self, files: &MaterialisedModel, limits: &GateLimits) {
        let verdict = if files.size_bytes <= limits.size_bytes_max {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
        let (measured, limit) = (
            bytes(files.size_bytes),
            format!("≤ {}", bytes(limits.size_bytes_max)),
        );
        self.add(
            Step::Verify,
            check(
                "size",
                "Size",
                verdict,
                measured,
                limit,
                "all files of the model together",
            ),
        );
    }

    async fn load(
        &mut self,
        ctx: &Context,
        files: &MaterialisedModel,
    ) -> Result<Option<Arc<CachedModel>>> {
        self.say(
            Step::Load,
            StepState::Running,
            "loading into ONNX Runtime",
            None,
        );
        match crate::engine::load(ctx, files).await {
            Ok(model) => {
                let measured = format!("loaded in {:.0} ms", model.loaded().load_ms);
                let limit = "loads".to_owned();
                self.add(
                    Step::Load,
                    check(
                        "load",
                        "Load in ONNX Runtime",
                        Verdict::Pass,
                        measured,
                        limit,
                        "",
                    ),
                );
                Ok(Some(model))
            }
            // No runtime on this machine says nothing about the model.
            Err(error @ ServiceError::Unavailable { .. }) => Err(error),
            Err(error) => {
                let (measured, limit) = ("refused".to_owned(), "loads".to_owned());
                let told = error.to_string();
                self.add(
                    Step::Load,
                    check(
                        "load",
                        "Load in ONNX Runtime",
                        Verdict::Fail,
                        measured,
                        limit,
                        &told,
                    ),
                );
                Ok(None)
            }
        }
    }

    fn provider(&mut self, found: &ProviderReport) {
        let nodes: u32 = found.placements.iter().map(|p| p.nodes).sum();
        let placed: Vec<String> = found
            .placements
            .iter()
            .map(|p| format!("{} of {nodes} nodes on {}", p.nodes, p.provider))
            .collect();
        let verdict = if found.fell_back_to_cpu {
            Verdict::Fail
        } else {
            Verdict::Pass
        };
        let limit = format!("{}, no fallback", found.requested.join(", "));
        self.add(
            Step::Load,
            check(
                "provider",
                "Execution provider",
                verdict,
                placed.join("; "),
                limit,
                "",
            ),
        );
    }

    async fn golden(
        &mut self,
        files: &MaterialisedModel,
        model: &Arc<CachedModel>,
        limits: &GateLimits,
    ) -> Result<()> {
        self.say(
            Step::Smoke,
            StepState::Running,
            "running the input example",
            None,
        );
        let found = golden_outputs(files, model, limits, self.watch.cancel).await?;
        self.add(Step::Smoke, found);
        Ok(())
    }

    async fn latency(
        &mut self,
        ctx: &Context,
        files: &MaterialisedModel,
        model: &Arc<CachedModel>,
        limits: &GateLimits,
    ) -> Result<()> {
        self.say(Step::Warm, StepState::Running, "measuring latency", None);
        let found = latency_p99(ctx, files, model, limits, self.watch.cancel).await?;
        self.add(Step::Warm, found);
        Ok(())
    }
}
