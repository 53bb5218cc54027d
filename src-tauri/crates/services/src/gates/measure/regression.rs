//! No regression: the version and another one, measured in turns, so that whatever happens to the machine happens to both.

use std::time::Duration;

use domain::gates::{Fact, RegressionFact, RegressionGate, Spread};
use engine::benchmark::{AgainstRequest, PercentileDifference, Scenario, WarmUp};
use engine::fingerprint::Environment;
use engine::job::{AgainstJob, BenchmarkAnswer, BenchmarkJob};
use engine::{EngineError, ModelOptions};

use super::{Loaded, blamed};
use crate::engine::blocking;
use crate::error::Result;
use crate::models::{MaterialisedModel, SEED, sample_of};

const SAMPLES_MAX: u64 = 1_000_000;

/// Measures both and compares the percentile. `called` is how the other is named: `v12, Production`.
pub(in crate::gates) async fn regression(
    model: &Loaded<'_>,
    gate: &RegressionGate,
    other: &MaterialisedModel,
    called: String,
) -> Result<Fact<RegressionFact>> {
    let options = ModelOptions {
        threads: gate.threads as usize,
        // One caller: the two take turns, and nothing else runs.
        pool_size: 1,
        ..model.options.clone()
    };
    let duration = Duration::from_millis(u64::from(gate.duration_ms));
    let job = BenchmarkJob {
        path: model.files.onnx_path.clone(),
        inputs: sample_of(model.files).await?,
        model: String::new(),
        digest: model.files.digest.clone(),
        scenario: Scenario::SingleStream,
        arrivals: None,
        duration,
        samples_max: SAMPLES_MAX,
        warm_up: WarmUp::default(),
        started_at_ms: 0,
        environment: blocking(|| Ok(Environment::here())).await?,
        against: Some(AgainstJob {
            path: other.onnx_path.clone(),
            options: options.clone(),
            request: AgainstRequest {
                model: called.clone(),
                digest: other.digest.clone(),
                margin: gate.margin_percent / 100.0,
                confidence: Some(1.0 - gate.significance),
            },
        }),
        options,
    };
    let measured = model
        .hands
        .call(job, duration * 8, |_| {}, model.cancel)
        .await?;
    Ok(match measured {
        Ok(answer) => fact(gate, &answer, called, other.digest.clone()),
        // The other one does not take these inputs, or does not run: nothing was learnt of this one.
        Err(error @ EngineError::Input { .. }) => Fact::Missing(error.to_string()),
        Err(error) => blamed(&error),
    })
}

fn fact(
    gate: &RegressionGate,
    answer: &BenchmarkAnswer,
    against: String,
    against_digest: String,
) -> Fact<RegressionFact> {
    let label = gate.percentile.label();
    let Some(found) = &answer.against else {
        return Fact::Missing("the two were not measured in turns".to_owned());
    };
    let difference = found.differences.iter().find(|one| one.label == label);
    let percentile = |report: &engine::BenchmarkReport| {
        let mut all = report.percentiles.iter();
        all.find(|p| p.label == label).and_then(|p| p.value_ms)
    };
    let (Some(value_ms), Some(against_ms), Some(change)) = (
        percentile(&answer.report),
        percentile(&found.report),
        difference.and_then(ends),
    ) else {
        let refused = difference.and_then(|one| one.refused.clone());
        let refused = refused.unwrap_or_else(|| format!("{label} was not bounded"));
        return Fact::Missing(format!("{refused}; raise duration_ms"));
    };
    Fact::Measured(RegressionFact {
        against,
        against_digest,
        samples: answer.report.samples.min(found.report.samples),
        value_ms,
        against_ms,
        change: Spread {
            value: change.value / against_ms,
            low: change.low / against_ms,
            high: change.high / against_ms,
        },
        method: format!(
            "block bootstrap, {} blocks, {} draws",
            found.blocks, found.draws
        ),
        seed: SEED,
    })
}

/// The difference of the percentile between its ends, milliseconds.
fn ends(one: &PercentileDifference) -> Option<Spread> {
    Some(Spread {
        value: one.difference_ms?,
        low: one.low_ms?,
        high: one.high_ms?,
    })
}
