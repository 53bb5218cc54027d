//! The two gates that run the model: golden outputs and latency.

use std::sync::Arc;
use std::time::Duration;

use domain::deployment::{GateCheck, GateLimits, Verdict};
use engine::benchmark::WarmUp;
use engine::{BenchmarkReport, BenchmarkRequest, CachedModel, CancelToken};

use super::gates::check;
use crate::Context;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, sample_inputs};

/// How long the latency gate measures: 662 samples, the least for a p99, of models up to about 2 ms.
const LATENCY_GATE: Duration = Duration::from_millis(1500);
/// Fast models stop earlier: more samples would only narrow a bound that is narrow already.
const LATENCY_SAMPLES_MAX: u64 = 100_000;

/// Runs the logged input example and compares with what the trainer logged for it.
pub(super) async fn golden_outputs(
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    limits: &GateLimits,
) -> Result<GateCheck> {
    let limit = format!(
        "rtol {:.0e}, atol {:.0e}",
        limits.golden_rtol, limits.golden_atol
    );
    let say = |verdict, measured: &str, detail: &str| {
        check(
            "golden",
            "Golden outputs",
            verdict,
            measured.to_owned(),
            limit.clone(),
            detail,
        )
    };
    let (Some(_), Some(expected)) = (&files.input_example, &files.expected_output) else {
        let missing = if files.input_example.is_none() {
            "input example"
        } else {
            "expected_output.json"
        };
        let detail =
            format!("no {missing} was logged with this version, so nothing can be compared");
        return Ok(say(Verdict::Inconclusive, "not compared", &detail));
    };
    let text = tokio::fs::read_to_string(expected)
        .await
        .map_err(ServiceError::io(format!(
            "cannot read {}",
            expected.display()
        )))?;
    let expected = match engine::golden::parse(&text) {
        Ok(expected) => expected,
        Err(error) => return Ok(say(Verdict::Fail, "not compared", &error.to_string())),
    };
    let inputs = match sample_inputs(files, model).await {
        Ok(sample) => sample.inputs,
        Err(error) => return Ok(say(Verdict::Fail, "not compared", &error.to_string())),
    };
    let runner = Arc::clone(model);
    let outputs = match blocking(move || Ok(runner.run(&inputs, None)?)).await {
        Ok(outputs) => outputs,
        Err(error) => return Ok(say(Verdict::Fail, "did not run", &error.to_string())),
    };
    let (rtol, atol) = (limits.golden_rtol, limits.golden_atol);
    let results = engine::golden::check(&expected, &outputs, rtol, atol);
    if let Some((output, reason)) = results
        .iter()
        .find_map(|r| Some((&r.output, r.result.as_ref().err()?)))
    {
        return Ok(say(
            Verdict::Fail,
            "not compared",
            &format!("{output}: {reason}"),
        ));
    }
    let compared: Vec<_> = results
        .iter()
        .filter_map(|r| Some((&r.output, r.result.as_ref().ok()?)))
        .collect();
    let elements: usize = compared.iter().map(|(_, c)| c.elements).sum();
    let outside: usize = compared.iter().map(|(_, c)| c.outside).sum();
    let max_abs = compared.iter().map(|(_, c)| c.max_abs).fold(0.0, f64::max);
    let verdict = if outside == 0 {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let measured = format!(
        "{} of {elements} equal, max abs {max_abs:.1e}",
        elements - outside
    );
    Ok(say(
        verdict,
        &measured,
        &format!("{} outputs of the logged input example", compared.len()),
    ))
}

/// Measures the input example, single stream, and holds the upper confidence bound of p99 against the limit.
pub(super) async fn latency_p99(
    ctx: &Context,
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
    limits: &GateLimits,
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
    let report = match measure(ctx, files, model).await {
        Ok(report) => report,
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
        report.samples, report.inputs
    );
    Ok(say(verdict, format!("{value:.3} ms"), &detail))
}

async fn measure(
    ctx: &Context,
    files: &MaterialisedModel,
    model: &Arc<CachedModel>,
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
    let (engine, model) = (ctx.inference_engine()?, Arc::clone(model));
    blocking(move || {
        let version = engine.runtime().version();
        Ok(engine::benchmark::run(
            version,
            &model,
            &request,
            &mut |_| {},
            &CancelToken::default(),
        )?)
    })
    .await
}
