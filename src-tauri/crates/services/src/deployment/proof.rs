//! The two gates that run the model: golden outputs and latency.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::deployment::{GateCheck, GateLimits, Verdict};
use engine::benchmark::WarmUp;
use engine::golden::GoldenResult;
use engine::{BenchmarkReport, BenchmarkRequest, CachedModel, CancelToken};

use super::figures::{count, difference};
use super::report::check;
use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, sample_inputs};

/// How long the latency gate measures: 662 samples, the least for a p99, of models up to about 2 ms.
const LATENCY_GATE: Duration = Duration::from_millis(1500);
/// Fast models stop earlier: more samples would only narrow a bound that is narrow already.
const LATENCY_SAMPLES_MAX: u64 = 100_000;

/// What running the model showed, before it becomes a line of the checklist.
struct Found {
    verdict: Verdict,
    measured: String,
    detail: String,
}

impl Found {
    fn new(verdict: Verdict, measured: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            verdict,
            measured: measured.into(),
            detail: detail.into(),
        }
    }
}

/// How far an output may be from what was expected: `|actual - expected| <= atol + rtol * |expected|`.
#[derive(Clone, Copy)]
struct Tolerance {
    rtol: f64,
    atol: f64,
}

/// Runs the logged input example and compares with what the trainer logged for it. The trainer's own tolerance counts
/// where it is stricter than the model's limits; it never loosens them.
pub(super) async fn golden_outputs(
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    limits: &GateLimits,
    cancel: &CancelToken,
) -> Result<GateCheck> {
    let mut tolerance = Tolerance {
        rtol: limits.golden_rtol,
        atol: limits.golden_atol,
    };
    let found = compare_golden(files, model, &mut tolerance, cancel).await?;
    let limit = format!("rtol {:.0e}, atol {:.0e}", tolerance.rtol, tolerance.atol);
    let (title, detail) = ("Golden outputs", found.detail);
    Ok(check(
        "golden",
        title,
        found.verdict,
        found.measured,
        limit,
        &detail,
    ))
}

async fn compare_golden(
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    tolerance: &mut Tolerance,
    cancel: &CancelToken,
) -> Result<Found> {
    let missing = match (&files.input_example, &files.expected_output) {
        (None, _) => Some("input example"),
        (_, None) => Some("expected_output.json"),
        (Some(_), Some(_)) => None,
    };
    if let Some(missing) = missing {
        let detail =
            format!("no {missing} was logged with this version, so nothing can be compared");
        return Ok(Found::new(Verdict::Inconclusive, "not compared", detail));
    }
    // From here on, whatever cannot be read or run is the model's failure, told on its line.
    Ok(match run_golden(files, model, tolerance, cancel).await {
        Ok(results) => judge(&results),
        Err(ServiceError::Cancelled) => return Err(ServiceError::Cancelled),
        Err(error) => Found::new(Verdict::Fail, "not compared", error.to_string()),
    })
}

async fn run_golden(
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    tolerance: &mut Tolerance,
    cancel: &CancelToken,
) -> Result<Vec<GoldenResult>> {
    let path = files.expected_output.as_deref().unwrap_or(Path::new(""));
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(ServiceError::io(format!("cannot read {}", path.display())))?;
    let expected = engine::golden::parse(&text)?;
    tolerance.rtol = expected
        .rtol
        .map_or(tolerance.rtol, |own| own.min(tolerance.rtol));
    tolerance.atol = expected
        .atol
        .map_or(tolerance.atol, |own| own.min(tolerance.atol));
    let inputs = sample_inputs(files, model).await?.inputs;
    let (runner, cancel) = (Arc::clone(model), cancel.clone());
    let outputs = blocking(move || Ok(runner.run(&inputs, Some(&cancel))?)).await?;
    let Tolerance { rtol, atol } = *tolerance;
    Ok(engine::golden::check(&expected, &outputs, rtol, atol))
}

fn judge(results: &[GoldenResult]) -> Found {
    let (mut elements, mut outside, mut max_abs) = (0, 0, 0.0_f64);
    for golden in results {
        match &golden.result {
            Ok(compared) => {
                elements += compared.elements;
                outside += compared.outside;
                max_abs = max_abs.max(compared.max_abs);
            }
            Err(reason) => {
                let detail = format!("{}: {reason}", golden.output);
                return Found::new(Verdict::Fail, "not compared", detail);
            }
        }
    }
    let verdict = if outside == 0 {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let measured = format!(
        "{} of {} equal, max abs {}",
        count(elements - outside),
        count(elements),
        difference(max_abs)
    );
    let detail = format!("{} outputs of the logged input example", results.len());
    Found::new(verdict, measured, detail)
}

/// Measures the input example, single stream, and holds the upper confidence bound of p99 against the limit.
pub(super) async fn latency_p99(
    ctx: &Context,
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    limits: &GateLimits,
    cancel: &CancelToken,
) -> Result<GateCheck> {
    let limit_ms = limits.latency_p99_ms_max;
    let limit = format!("≤ {limit_ms} ms");
    let say = |verdict, measured: String, detail: &str| {
        check(
            "latency_p99",
            "Latency p99, single stream",
            verdict,
            measured,
            limit.clone(),
            detail,
        )
    };
    let report = match measure(ctx, files, model, cancel).await {
        Ok(report) => report,
        Err(ServiceError::Cancelled) => return Err(ServiceError::Cancelled),
        Err(error) => {
            return Ok(say(
                Verdict::Fail,
                "did not run".to_owned(),
                &error.to_string(),
            ));
        }
    };
    let p99 = report.percentiles.iter().find(|p| p.label == "p99");
    let Some((value, high)) = p99.and_then(|p| Some((p.value_ms?, p.high_ms?))) else {
        let refused = p99.and_then(|p| p.refused.clone()).unwrap_or_default();
        return Ok(say(Verdict::Inconclusive, "refused".to_owned(), &refused));
    };
    let verdict = match (high <= limit_ms, value <= limit_ms) {
        (true, _) => Verdict::Pass,
        (false, true) => Verdict::Inconclusive,
        (false, false) => Verdict::Fail,
    };
    let detail = format!(
        "upper bound {high:.3} ms, n {}, {}",
        count(report.samples),
        report.inputs
    );
    Ok(say(verdict, format!("{value:.3} ms"), &detail))
}

async fn measure(
    ctx: &Context,
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    cancel: &CancelToken,
) -> Result<BenchmarkReport> {
    let sample = sample_inputs(files, model).await?;
    let request = BenchmarkRequest {
        model: files.onnx_path.display().to_string(),
        digest: files.digest.clone(),
        inputs: sample.inputs,
        inputs_label: sample.label,
        duration: LATENCY_GATE,
        samples_max: LATENCY_SAMPLES_MAX,
        warm_up: WarmUp::default(),
        started_at_ms: ctx.now_ms(),
    };
    let (engine, model, cancel) = (ctx.inference_engine()?, Arc::clone(model), cancel.clone());
    blocking(move || {
        let version = engine.runtime().version();
        Ok(engine::benchmark::run(
            version,
            &model,
            &request,
            &mut |_| {},
            &cancel,
        )?)
    })
    .await
}
