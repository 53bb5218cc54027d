//! Latency and throughput under a load.

use std::path::Path;
use std::time::Duration;

use domain::gates::{Fact, GateLoad, GateScenario, Histogram, LoadFact, PercentileFact, Spread};
use engine::benchmark::{ArrivalFile, FindingKind, TimeUnit, WarmUp};
use engine::fingerprint::Environment;
use engine::job::{BenchmarkJob, SampleInputs};
use engine::{BenchmarkReport, CancelToken, EngineError, ModelOptions, Scenario};

use super::parity::data_file;
use crate::engine::blocking;
use crate::error::Result;
use crate::gates::hands::Hands;
use crate::models::{MaterialisedModel, SEED, sample_of};

/// Fast models stop earlier: more samples would only narrow a bound that is narrow already.
const SAMPLES_MAX: u64 = 100_000;
/// Throughput is the mean over this many stretches of the measurement, ...
const STRETCHES: u32 = 20;
/// ... and its one-sided bound at 0.99 is this many standard errors away: `scipy.stats.t.ppf(0.99, 19)`.
const T_19_099: f64 = 2.539_483_190_622_288;

/// A model and how it is loaded.
pub(in crate::gates) struct Loaded<'a> {
    pub hands: &'a Hands,
    pub files: &'a MaterialisedModel,
    pub options: ModelOptions,
    /// Of a gate file on disk.
    pub folder: Option<&'a Path>,
    pub cancel: &'a CancelToken,
}

/// Measures one load. `rates` asks for the bound of the throughput as well, which costs as long again.
pub(in crate::gates) async fn under_load(
    model: &Loaded<'_>,
    load: &GateLoad,
    rates: bool,
) -> Result<Fact<LoadFact>> {
    let scenario = match &load.scenario {
        GateScenario::SingleStream => Scenario::SingleStream,
        GateScenario::Server { rate_per_s } => Scenario::Server {
            rate_per_s: *rate_per_s,
            seed: SEED,
        },
        GateScenario::Offline => Scenario::Offline,
        GateScenario::Replay { arrivals } => Scenario::Replay {
            source: arrivals.clone(),
            speed: 1.0,
        },
    };
    let arrivals = match &load.scenario {
        GateScenario::Replay { arrivals } => match data_file(arrivals, model.files, model.folder) {
            Ok(path) => Some(ArrivalFile {
                path,
                column: None,
                unit: TimeUnit::S,
            }),
            Err(reason) => return Ok(Fact::Missing(reason)),
        },
        _ => None,
    };
    put_on(model, load, (scenario, arrivals), rates).await
}

async fn put_on(
    model: &Loaded<'_>,
    load: &GateLoad,
    (scenario, arrivals): (Scenario, Option<ArrivalFile>),
    rates: bool,
) -> Result<Fact<LoadFact>> {
    let whole = Duration::from_millis(u64::from(load.duration_ms));
    // Each session is a caller: a stream has one, a schedule is answered by as many as serve.
    let pool_size = if scenario.is_open() {
        model.options.pool_size
    } else {
        1
    };
    let job = BenchmarkJob {
        path: model.files.onnx_path.clone(),
        options: ModelOptions {
            threads: load.threads as usize,
            pool_size,
            ..model.options.clone()
        },
        inputs: inputs(model.files, load).await?,
        model: String::new(),
        digest: model.files.digest.clone(),
        scenario,
        arrivals,
        duration: whole,
        samples_max: SAMPLES_MAX,
        warm_up: WarmUp::default(),
        started_at_ms: 0,
        environment: blocking(|| Ok(Environment::here())).await?,
        against: None,
    };
    let report = match measured(model, job.clone()).await? {
        Ok(report) => report,
        Err(error) => return Ok(blamed(&error)),
    };
    let mut throughput = None;
    if rates {
        let stretch = BenchmarkJob {
            duration: whole / STRETCHES,
            ..job
        };
        let mut found = Vec::new();
        for _ in 0..STRETCHES {
            match measured(model, stretch.clone()).await? {
                Ok(one) => found.push(one.throughput_per_s * one.batch as f64),
                Err(error) => return Ok(blamed(&error)),
            }
        }
        throughput = Some(rate(&found));
    }
    Ok(Fact::Measured(fact(&report, throughput)))
}

async fn measured(
    model: &Loaded<'_>,
    job: BenchmarkJob,
) -> Result<std::result::Result<BenchmarkReport, EngineError>> {
    let duration = job.duration;
    let answer = model
        .hands
        .call(job, duration, |_| {}, model.cancel)
        .await?;
    Ok(answer.map(|answer| answer.report))
}

/// A provider that this machine does not have is not the model's fault.
pub(in crate::gates) fn blamed<T>(error: &EngineError) -> Fact<T> {
    match error {
        EngineError::Provider { .. } => Fact::Missing(error.to_string()),
        _ => Fact::Failed(error.to_string()),
    }
}

/// The logged example, unless another number of rows is asked for.
async fn inputs(files: &MaterialisedModel, load: &GateLoad) -> Result<SampleInputs> {
    match load.batch {
        Some(batch) => Ok(SampleInputs::Generated {
            rows: batch as usize,
            seed: SEED,
        }),
        None => sample_of(files).await,
    }
}

/// A load that was not put on as asked passes nothing. What a noisy machine does to the course of a run is told in the
/// benchmark, and is in the bounds here.
fn doubts(report: &BenchmarkReport) -> Vec<String> {
    let findings = report.steadiness.findings.iter();
    findings
        .filter(|found| matches!(found.kind, FindingKind::Overload | FindingKind::Errors))
        .map(|found| found.text.clone())
        .collect()
}

/// The mean of the stretches between its Student bounds.
fn rate(stretches: &[f64]) -> Spread {
    let n = stretches.len() as f64;
    let mean = stretches.iter().sum::<f64>() / n;
    let square = |x: &f64| (x - mean) * (x - mean);
    let variance = stretches.iter().map(square).sum::<f64>() / (n - 1.0);
    let reach = T_19_099 * (variance / n).sqrt();
    Spread {
        value: mean,
        low: mean - reach,
        high: mean + reach,
    }
}

fn fact(report: &BenchmarkReport, throughput_per_s: Option<Spread>) -> LoadFact {
    LoadFact {
        samples: report.samples,
        warmup_runs: report.warmup_runs,
        duration_ms: report.duration_ms,
        confidence: report.confidence,
        batch: report.batch,
        inputs: report.inputs.clone(),
        percentiles: report
            .percentiles
            .iter()
            .map(|p| PercentileFact {
                label: p.label.clone(),
                bound: p
                    .value_ms
                    .zip(p.low_ms)
                    .zip(p.high_ms)
                    .map(|((value, low), high)| Spread { value, low, high }),
                refused: p.refused.clone(),
            })
            .collect(),
        throughput_per_s,
        doubts: doubts(report),
        histogram: Histogram {
            edges_ms: report.histogram.edges_ms.clone(),
            counts: report.histogram.counts.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy and scipy: `x = np.arange(1, 21.0)`; mean 10.5, `t.ppf(.99, 19) * x.std(ddof=1) / 20**.5` = 3.359420.
    #[test]
    fn a_rate_has_its_student_bounds() {
        let stretches: Vec<f64> = (1..=20).map(f64::from).collect();
        let found = rate(&stretches);
        assert_eq!(found.value, 10.5);
        assert!(
            (found.high - found.value - 3.359_420).abs() < 1e-6,
            "{found:?}"
        );
        assert!((found.value - found.low - 3.359_420).abs() < 1e-6);
    }
}
