//! How long a model takes, under a load that is named.
//!
//! What is timed is [`CachedModel::run`], so a caller's whole cost: checking the inputs, handing them to the runtime,
//! computing, copying the outputs out. Warm-up runs come first and are not counted; whether the machine held still is
//! judged. Each percentile carries its bounds and is refused below the sample count it needs (see `stats`).

mod arms;
mod arrivals;
mod baseline;
mod closed;
mod load;
mod open;
mod report;
mod request;
mod steadiness;

use std::time::{Duration, Instant};

use stats::{CONFIDENCE, Histogram};

pub use arms::{
    Against, AgainstRequest, OutputAgreement, PercentileDifference, ShiftVerdict, against,
};
pub use arrivals::{ArrivalFile, TimeUnit};
pub use baseline::{BaselineComparison, BaselinePercentile, differing, with_baseline};
pub use report::{
    BenchmarkReport, LatencyHistogram, PercentileBound, QueueDepth, SendError, percentiles,
};
pub use request::{BenchmarkProgress, BenchmarkRequest, Scenario, WarmUp};
pub use steadiness::{Finding, FindingKind, LatencyTrace, Steadiness};

use crate::fingerprint::Environment;
use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError};
use load::{Callers, Limit, Measured, Tell};
use report::percentiles_of_answered;
use steadiness::finding;

const HISTOGRAM_BINS: usize = 60;
/// Samples beyond this are not taken: they bound any percentile that is asked for.
const SAMPLES_MAX: u64 = 5_000_000;
/// A warm-up that goes on because runs still get faster ends at so many times its duration.
const WARM_UP_MAX: u32 = 5;

/// Measures. Blocks for as long as the request says; `progress` is called about ten times a second.
///
/// # Errors
/// [`EngineError::Input`] for a load that cannot be put on, [`EngineError::Cancelled`] when stopped, else whatever a run
/// fails with.
pub fn run(
    runtime_version: &str,
    model: &CachedModel,
    request: &BenchmarkRequest,
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<BenchmarkReport, EngineError> {
    request.check()?;
    let environment = request
        .environment
        .clone()
        .unwrap_or_else(Environment::here);
    let warm_up = warm_up(model, request, progress, cancel)?;
    let samples_max = request.samples_max.min(SAMPLES_MAX);
    let limit = Limit {
        duration: request.duration,
        samples: samples_max,
    };
    let mut tell = |samples: u64, elapsed: Duration| {
        let of_time = elapsed.as_secs_f64() / request.duration.as_secs_f64();
        let of_samples = samples as f64 / samples_max as f64;
        progress(BenchmarkProgress {
            step: "measuring".into(),
            samples,
            fraction: of_time.max(of_samples).min(1.0),
        });
    };
    let measured = stretch(model, request, 0, limit, &mut tell, cancel)?;
    Ok(Outcome {
        request,
        warm_up,
        environment,
        trim: true,
    }
    .report(runtime_version, model, &measured))
}

/// One stretch of the load that is asked for. `turn` tells the stretches of a run apart: each has arrivals of its own.
fn stretch(
    model: &CachedModel,
    request: &BenchmarkRequest,
    turn: u64,
    limit: Limit,
    tell: &mut Tell<'_>,
    cancel: &CancelToken,
) -> Result<Measured, EngineError> {
    let callers = Callers::new(model, &request.inputs, cancel);
    match &request.scenario {
        Scenario::SingleStream | Scenario::Offline => closed::stream(&callers, limit, tell),
        Scenario::MultiStream { samples_per_query } => {
            closed::multi_stream(&callers, *samples_per_query, limit, tell)
        }
        Scenario::Server { rate_per_s, seed } => {
            let fitting = (rate_per_s * limit.duration.as_secs_f64()).ceil().max(1.0);
            let count = limit.samples.min(fitting as u64);
            let arrivals = open::poisson(*rate_per_s, count, seed.wrapping_add(turn));
            open::scheduled(&callers, &arrivals, tell)
        }
        Scenario::Replay { speed, .. } => {
            let arrivals_s = &request.arrivals_s;
            let first = arrivals_s.first().copied().unwrap_or(0.0);
            let skip = (turn.saturating_mul(limit.samples)).min(arrivals_s.len() as u64) as usize;
            let from = arrivals_s.get(skip).copied().unwrap_or(first);
            let in_time = |at: &f64| *at <= limit.duration.as_secs_f64();
            let arrivals: Vec<f64> = arrivals_s[skip..]
                .iter()
                .map(|at| (at - from) / speed)
                .take_while(in_time)
                .take(limit.samples as usize)
                .collect();
            open::scheduled(&callers, &arrivals, tell)
        }
    }
}

/// Single runs before anything counts, each timed: `(seconds, milliseconds)`.
struct WarmedUp {
    samples: Vec<(f64, f64)>,
    length: Duration,
}

/// The first run under the token tells whether one run alone is too long to be cancelled between runs.
fn warm_up(
    model: &CachedModel,
    request: &BenchmarkRequest,
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<WarmedUp, EngineError> {
    progress(BenchmarkProgress {
        step: "warm-up".into(),
        samples: 0,
        fraction: 0.0,
    });
    let started = Instant::now();
    let mut samples = Vec::new();
    let mut judged = 0;
    loop {
        let before = started.elapsed();
        model.run(&request.inputs, Some(cancel))?;
        let after = started.elapsed();
        samples.push((after.as_secs_f64(), (after - before).as_secs_f64() * 1e3));
        let enough =
            samples.len() >= request.warm_up.runs_min as usize && after >= request.warm_up.duration;
        // A model so slow that the minimum alone takes longer than the measurement is warm after one run.
        if after > request.duration.max(request.warm_up.duration)
            || after > request.warm_up.duration * WARM_UP_MAX && enough
        {
            break;
        }
        if enough && samples.len() >= judged + judged / 4 {
            judged = samples.len();
            let latencies: Vec<f64> = samples.iter().map(|(_, ms)| *ms).collect();
            if steadiness::still_warming(&latencies) * 2 <= latencies.len() {
                break;
            }
        }
    }
    Ok(WarmedUp {
        samples,
        length: started.elapsed(),
    })
}

/// What a report is made of, beside what was measured.
struct Outcome<'a> {
    request: &'a BenchmarkRequest,
    warm_up: WarmedUp,
    environment: Environment,
    /// Whether what is measured, but found to be warm-up still, is dropped.
    trim: bool,
}

impl Outcome<'_> {
    fn report(
        self,
        runtime_version: &str,
        model: &CachedModel,
        measured: &Measured,
    ) -> BenchmarkReport {
        let request = self.request;
        let mut samples_ms: Vec<f64> = measured.latencies_ms().collect();
        let warmup_dropped = if self.trim {
            steadiness::still_warming(&samples_ms)
        } else {
            0
        };
        let mut trace = self.warm_up.samples.clone();
        let warm_up_s = self.warm_up.length.as_secs_f64();
        trace.extend(
            measured
                .answered
                .iter()
                .zip(&samples_ms)
                .map(|(query, ms)| (warm_up_s + query.due.as_secs_f64(), *ms)),
        );
        let counted_from = measured
            .answered
            .get(warmup_dropped)
            .map_or(0.0, |query| query.due.as_secs_f64());
        let trace = steadiness::trace(
            &trace,
            warm_up_s
                + if warmup_dropped > 0 {
                    counted_from
                } else {
                    0.0
                },
        );
        samples_ms.drain(..warmup_dropped);
        let mut sorted_ms = samples_ms.clone();
        stats::sort_samples(&mut sorted_ms);
        let histogram = Histogram::log_spaced(&samples_ms, HISTOGRAM_BINS);
        let per_query = runs_per_query(&request.scenario);
        let mut report = BenchmarkReport {
            model: request.model.clone(),
            digest: request.digest.clone(),
            scenario: request.scenario.clone(),
            provider: model.loaded().provider.clone(),
            batch: batch(&request.inputs),
            threads: u32::try_from(model.options().threads).unwrap_or(u32::MAX),
            sessions: u32::try_from(model.options().pool_size.max(1)).unwrap_or(u32::MAX),
            warmup_runs: self.warm_up.samples.len() as u64,
            warmup_dropped: warmup_dropped as u64,
            samples: samples_ms.len() as u64,
            errors: measured.errors,
            first_error: measured.first_error.as_ref().map(ToString::to_string),
            dropped: measured.dropped,
            confidence: CONFIDENCE,
            mean_ms: stats::mean(&samples_ms).unwrap_or(0.0),
            percentiles: percentiles_of_answered(&sorted_ms, measured.dropped),
            throughput_per_s: stats::throughput_per_s(
                measured.answered.len() as u64 * per_query,
                measured.elapsed.as_secs_f64(),
            ),
            target_rate_per_s: measured.target_rate(&request.scenario),
            send_error: measured.send_error(&request.scenario),
            queue: measured.queue(&request.scenario),
            load_ms: model.loaded().load_ms,
            duration_ms: measured.elapsed.as_secs_f64() * 1e3,
            histogram: LatencyHistogram {
                edges_ms: histogram.edges,
                counts: histogram.counts,
            },
            steadiness: steadiness::judge(&samples_ms, &sorted_ms, measured.elapsed),
            trace,
            inputs: request.inputs_label.clone(),
            fingerprint: self.environment.fingerprint.with_runtime(runtime_version),
            load_at_start: self.environment.load,
            started_at_ms: request.started_at_ms,
        };
        remark(&mut report);
        report
    }
}

/// Samples in one query.
fn runs_per_query(scenario: &Scenario) -> u64 {
    match scenario {
        Scenario::MultiStream { samples_per_query } => u64::from(*samples_per_query),
        _ => 1,
    }
}

/// A rate is held when at least this part of it was answered.
const HELD: f64 = 0.98;
/// Beyond this part of the median latency, the sender's own lateness is not small any more.
const SEND_ERROR_SHARE: f64 = 0.1;

/// What a reader has to know beside the course of the samples.
fn remark(report: &mut BenchmarkReport) {
    let mut found = Vec::new();
    if report.dropped > 0 {
        let text = format!(
            "{} queries were due and never sent: the model does not keep up with this load",
            report.dropped
        );
        found.push(finding(FindingKind::Overload, text));
    } else if let Some(target) = report.target_rate_per_s
        && report.throughput_per_s < HELD * target
        && report.samples >= 200
    {
        let text = format!(
            "{:.1} of {target:.1} queries a second were answered",
            report.throughput_per_s
        );
        found.push(finding(FindingKind::Overload, text));
    }
    if let Some(error) = &report.first_error {
        found.push(finding(
            FindingKind::Errors,
            format!("{} queries failed, the first with: {error}", report.errors),
        ));
    }
    let median = report.percentile("p50").and_then(|bound| bound.value_ms);
    if let (Some(send), Some(median_ms)) = (&report.send_error, median)
        && send.p99_us / 1e3 > SEND_ERROR_SHARE * median_ms
    {
        let text = format!(
            "1 % of the queries were sent more than {:.0} µs late; that is in their latency",
            send.p99_us
        );
        found.push(finding(FindingKind::SendError, text));
    }
    if let Some(load) = report
        .load_at_start
        .filter(|load| *load > 0.5 * f64::from(report.fingerprint.cores))
    {
        let text = format!(
            "the machine was busy before: {load:.1} of {} cores",
            report.fingerprint.cores
        );
        found.push(finding(FindingKind::Busy, text));
    }
    report.steadiness.steady &= found
        .iter()
        .all(|finding| finding.kind == FindingKind::Busy);
    report.steadiness.findings.extend(found);
    if !report.steadiness.steady && report.steadiness.summary.starts_with("steady") {
        report.steadiness.summary = "steady in its course, but not as asked".to_owned();
    }
}

fn batch(inputs: &[(String, Tensor)]) -> u64 {
    inputs
        .first()
        .and_then(|(_, tensor)| tensor.shape().first())
        .map_or(1, |rows| *rows as u64)
}
