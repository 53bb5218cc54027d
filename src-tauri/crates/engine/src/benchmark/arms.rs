//! Two models under the same load, measured in turns, so that whatever happens to the machine happens to both.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use specta_typescript::Number;
use stats::{
    BLOCKS, BLOCKS_MIN, Difference, Histogram, Resampling, Shift, Sought, differences,
    log_spaced_edges, samples_for_shift,
};

use super::load::{Answered, Limit, Measured};
use super::report::PERCENTILES;
use super::{
    BenchmarkProgress, BenchmarkReport, BenchmarkRequest, HISTOGRAM_BINS, LatencyHistogram,
    Outcome, SAMPLES_MAX, Scenario, WarmedUp, stretch, warm_up,
};
use crate::fingerprint::Environment;
use crate::{CachedModel, CancelToken, EngineError, compare};

/// The shift that a plan of samples is made for, and the chance to find it.
const PLANNED_SHIFT: f64 = 0.05;
const PLANNED_POWER: f64 = 0.95;
/// An arm that is so much slower than its warm-up promised ends the run early, at a whole pair of blocks.
const OVERTIME: u32 = 3;

/// The other model, and what counts as the same speed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgainstRequest {
    pub model: String,
    pub digest: String,
    /// As a part of the reference's percentile: 0.05 is 5 %.
    pub margin: f64,
    /// One-sided confidence of each end of an interval; [`stats::DIFFERENCE_CONFIDENCE`] where nobody asks.
    pub confidence: Option<f64>,
}

/// What the difference of a percentile shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum ShiftVerdict {
    Faster,
    Slower,
    /// Within the margin on both sides.
    NoDifference,
    Inconclusive,
}

impl From<Shift> for ShiftVerdict {
    fn from(shift: Shift) -> Self {
        match shift {
            Shift::Faster => Self::Faster,
            Shift::Slower => Self::Slower,
            Shift::NoDifference => Self::NoDifference,
            Shift::Inconclusive => Self::Inconclusive,
        }
    }
}

/// The subject's percentile less the reference's, milliseconds; or why that is not claimed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PercentileDifference {
    pub label: String,
    #[specta(type = Option<Number>)]
    pub difference_ms: Option<f64>,
    #[specta(type = Option<Number>)]
    pub low_ms: Option<f64>,
    #[specta(type = Option<Number>)]
    pub high_ms: Option<f64>,
    /// Two-sided.
    #[specta(type = Option<Number>)]
    pub p_value: Option<f64>,
    #[specta(type = Option<Number>)]
    pub margin_ms: Option<f64>,
    pub verdict: Option<ShiftVerdict>,
    /// The bootstrap distribution of the difference.
    pub distribution: Option<LatencyHistogram>,
    pub refused: Option<String>,
}

/// Whether the two give the same for the inputs that were measured with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OutputAgreement {
    /// Every element of every output, exactly.
    pub equal: bool,
    #[specta(type = Option<Number>)]
    pub max_abs: Option<f64>,
    /// Why they cannot be compared: other outputs, other shapes.
    pub differs: Option<String>,
}

/// The reference arm, and how the subject differs from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Against {
    pub report: BenchmarkReport,
    /// Pairs of blocks, in turns: A B, B A, A B, ...
    pub blocks: u32,
    #[specta(type = Number)]
    pub block_samples: u64,
    pub draws: u32,
    /// Of each interval, both ends together.
    #[specta(type = Number)]
    pub confidence: f64,
    /// As a part of the reference's percentile.
    #[specta(type = Number)]
    pub margin: f64,
    pub differences: Vec<PercentileDifference>,
    /// Samples in each arm that would show a shift of 5 % of the p99 with 95 % power.
    #[specta(type = Option<Number>)]
    pub samples_for_shift: Option<u64>,
    pub agreement: OutputAgreement,
}

/// One of the two while it is measured.
struct Arm<'a> {
    model: &'a CachedModel,
    request: BenchmarkRequest,
    warm_up: WarmedUp,
    blocks: Vec<Vec<f64>>,
    whole: Measured,
}

/// Measures `subject` and `reference` in turns, under the load of `request`, with its inputs.
///
/// # Errors
/// As [`super::run`]; also when the reference does not take the inputs.
pub fn against(
    runtime_version: &str,
    (subject, request): (&CachedModel, &BenchmarkRequest),
    (reference, other): (&CachedModel, &AgainstRequest),
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<(BenchmarkReport, Against), EngineError> {
    request.check()?;
    if !(other.margin.is_finite() && other.margin >= 0.0) {
        let reason = format!(
            "is {}, but must be a part of the percentile from 0 on",
            other.margin
        );
        return Err(EngineError::input("margin", reason));
    }
    let environment = request
        .environment
        .clone()
        .unwrap_or_else(Environment::here);
    let agreement = agreement(subject, reference, request, cancel)?;
    let mut arm = |model, request: BenchmarkRequest| -> Result<Arm<'_>, EngineError> {
        let warm_up = warm_up(model, &request, progress, cancel)?;
        Ok(Arm {
            model,
            request,
            warm_up,
            blocks: Vec::new(),
            whole: Measured::default(),
        })
    };
    let named = BenchmarkRequest {
        model: other.model.clone(),
        digest: other.digest.clone(),
        ..request.clone()
    };
    let mut arms = [arm(subject, request.clone())?, arm(reference, named)?];
    let size = block_size(&arms);
    in_turns(&mut arms, size, progress, cancel)?;
    let [subject, reference] = arms;
    let plain = Resampling::default();
    let how = Resampling {
        confidence: other.confidence.unwrap_or(plain.confidence),
        ..plain
    };
    let differences = compared(&subject.blocks, &reference.blocks, other.margin, &how);
    let sought = Sought {
        quantile: 0.99,
        relative_shift: PLANNED_SHIFT,
        confidence: how.confidence,
        power: PLANNED_POWER,
    };
    let plan = samples_for_shift(&views(&reference.blocks), &sought).ok();
    let blocks = subject.blocks.len() as u32;
    let [subject, reference] = reports(runtime_version, [subject, reference], &environment);
    let against = Against {
        report: reference,
        blocks,
        block_samples: size,
        draws: how.draws,
        confidence: 1.0 - 2.0 * (1.0 - how.confidence),
        margin: other.margin,
        differences,
        samples_for_shift: plan.map(|plan| plan.samples),
        agreement,
    };
    Ok((subject, against))
}

/// Samples in a block, so that [`BLOCKS`] of them fit into what was asked for, by the slower of the two.
fn block_size(arms: &[Arm<'_>; 2]) -> u64 {
    let request = &arms[0].request;
    let seconds = request.duration.as_secs_f64();
    let fitting = match &request.scenario {
        Scenario::Server { rate_per_s, .. } => rate_per_s * seconds,
        Scenario::Replay { speed, .. } => {
            let arrivals_s = &request.arrivals_s;
            let first = arrivals_s.first().copied().unwrap_or(0.0);
            arrivals_s.partition_point(|at| (at - first) / speed <= seconds) as f64
        }
        closed => {
            let runs = match closed {
                Scenario::MultiStream { samples_per_query } => f64::from(*samples_per_query),
                _ => 1.0,
            };
            let callers = arms[0].model.options().pool_size.max(1) as f64;
            let slower = arms.iter().map(Arm::run_s).fold(1e-9, f64::max);
            seconds / slower / runs * callers
        }
    };
    ((fitting as u64).min(request.samples_max).min(SAMPLES_MAX) / BLOCKS as u64).max(1)
}

impl Arm<'_> {
    /// Seconds of one run, as the second half of the warm-up had it.
    fn run_s(&self) -> f64 {
        let half = &self.warm_up.samples[self.warm_up.samples.len() / 2..];
        let mut latencies: Vec<f64> = half.iter().map(|(_, ms)| *ms).collect();
        stats::sort_samples(&mut latencies);
        stats::nearest_rank(&latencies, 0.5).unwrap_or(1.0) / 1e3
    }

    fn add(&mut self, block: Measured, since: Duration) {
        self.blocks.push(block.latencies_ms().collect());
        let shifted = |query: Answered| Answered {
            due: query.due + since,
            sent: query.sent + since,
            done: query.done + since,
            late: query.late,
        };
        self.whole
            .answered
            .extend(block.answered.into_iter().map(shifted));
        self.whole.errors += block.errors;
        self.whole.dropped += block.dropped;
        self.whole.elapsed += block.elapsed;
        if self.whole.first_error.is_none() {
            self.whole.first_error = block.first_error;
        }
    }
}

/// A B, B A, A B, ...: what changes steadily over the run then weighs on both alike.
fn in_turns(
    arms: &mut [Arm<'_>; 2],
    size: u64,
    progress: &mut dyn FnMut(BenchmarkProgress),
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let started = Instant::now();
    let overtime = arms[0].request.duration.saturating_mul(2 * OVERTIME);
    let limit = Limit {
        duration: Duration::from_secs(1 << 30),
        samples: size,
    };
    let mut samples = 0;
    for pair in 0..BLOCKS {
        let order = if pair % 2 == 0 { [0, 1] } else { [1, 0] };
        for (turn, arm) in order.into_iter().enumerate() {
            let done = (2 * pair + turn) as f64 / (2 * BLOCKS) as f64;
            let mut tell = |more: u64, _| {
                let fraction = done + more as f64 / (size * 2 * BLOCKS as u64) as f64;
                progress(BenchmarkProgress {
                    step: "measuring in turns".into(),
                    samples: samples + more,
                    fraction: fraction.min(1.0),
                });
            };
            tell(0, Duration::ZERO);
            let since = started.elapsed();
            let block = stretch(
                arms[arm].model,
                &arms[arm].request,
                pair as u64,
                limit,
                &mut tell,
                cancel,
            )?;
            samples += block.answered.len() as u64;
            arms[arm].add(block, since);
        }
        if started.elapsed() > overtime && pair + 1 >= BLOCKS_MIN {
            break;
        }
    }
    Ok(())
}

fn compared(
    subject: &[Vec<f64>],
    reference: &[Vec<f64>],
    margin: f64,
    how: &Resampling,
) -> Vec<PercentileDifference> {
    let (subject, reference) = (views(subject), views(reference));
    let quantiles = PERCENTILES.map(|(_, quantile)| quantile);
    let found = differences(&subject, &reference, &quantiles, how);
    PERCENTILES
        .iter()
        .zip(found)
        .map(|((label, _), found)| match found {
            Ok(difference) => claimed(label, difference, margin),
            Err(refused) => PercentileDifference {
                label: (*label).to_owned(),
                difference_ms: None,
                low_ms: None,
                high_ms: None,
                p_value: None,
                margin_ms: None,
                verdict: None,
                distribution: None,
                refused: Some(refused.to_string()),
            },
        })
        .collect()
}

fn views(blocks: &[Vec<f64>]) -> Vec<&[f64]> {
    blocks.iter().map(Vec::as_slice).collect()
}

fn claimed(label: &str, difference: Difference, margin: f64) -> PercentileDifference {
    let margin_ms = margin * difference.reference.abs();
    PercentileDifference {
        label: label.to_owned(),
        difference_ms: Some(difference.value),
        low_ms: Some(difference.low),
        high_ms: Some(difference.high),
        p_value: Some(difference.p_value),
        margin_ms: Some(margin_ms),
        verdict: Some(difference.shift(margin_ms).into()),
        distribution: Some(LatencyHistogram {
            edges_ms: difference.distribution.edges,
            counts: difference.distribution.counts,
        }),
        refused: None,
    }
}

/// Both reports, their histograms over the same edges.
fn reports(
    runtime_version: &str,
    arms: [Arm<'_>; 2],
    environment: &Environment,
) -> [BenchmarkReport; 2] {
    let all = || {
        arms.iter()
            .flat_map(|arm| arm.blocks.iter().flatten().copied())
    };
    let (low, high) = (
        all().fold(f64::INFINITY, f64::min),
        all().fold(0.0, f64::max),
    );
    let edges = if low <= high && low > 0.0 {
        log_spaced_edges(low, high, HISTOGRAM_BINS)
    } else {
        Vec::new()
    };
    arms.map(|arm| {
        let samples: Vec<f64> = arm.blocks.concat();
        let histogram = Histogram::between(edges.clone(), &samples);
        // Blocks are compared in pairs: nothing of one arm is dropped as warm-up.
        let outcome = Outcome {
            request: &arm.request,
            warm_up: arm.warm_up,
            environment: environment.clone(),
            trim: false,
        };
        let mut report = outcome.report(runtime_version, arm.model, &arm.whole);
        report.histogram = LatencyHistogram {
            edges_ms: histogram.edges,
            counts: histogram.counts,
        };
        report
    })
}

fn agreement(
    subject: &CachedModel,
    reference: &CachedModel,
    request: &BenchmarkRequest,
    cancel: &CancelToken,
) -> Result<OutputAgreement, EngineError> {
    let ours = subject.run(&request.inputs, Some(cancel))?;
    let theirs = reference.run(&request.inputs, Some(cancel))?;
    let mut found = OutputAgreement {
        equal: true,
        max_abs: Some(0.0),
        differs: None,
    };
    if ours.len() != theirs.len() {
        let reason = format!("{} outputs against {}", ours.len(), theirs.len());
        return Ok(OutputAgreement {
            equal: false,
            max_abs: None,
            differs: Some(reason),
        });
    }
    for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
        match compare::compare(ours, theirs, 0.0, 0.0) {
            Some(compared) => {
                found.equal &= compared.within();
                found.max_abs = found.max_abs.map(|most| most.max(compared.max_abs));
            }
            None => {
                let reason = format!(
                    "'{name}' is {:?} against {:?}",
                    ours.shape(),
                    theirs.shape()
                );
                found = OutputAgreement {
                    equal: false,
                    max_abs: None,
                    differs: Some(reason),
                };
                break;
            }
        }
    }
    Ok(found)
}
