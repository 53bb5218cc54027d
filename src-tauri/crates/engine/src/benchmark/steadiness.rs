//! What the course of a run says about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;
use stats::steady::{batch_medians, modes, step, trend, warm_up_end};

/// Medians that the course is judged by.
const BATCHES: usize = 100;
/// Fewer samples show no course.
const SAMPLES_MIN: usize = 200;
/// A finding needs less than this chance to come about on a steady machine ...
const LEVEL: f64 = 0.001;
/// ... and to matter: so much of the level.
const EFFECT: f64 = 0.03;
const TRACE_POINTS: usize = 240;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum FindingKind {
    WarmUp,
    Drift,
    TwoModes,
    Throttling,
    Overload,
    Errors,
    SendError,
    Busy,
}

/// Something that a reader of the figures has to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub kind: FindingKind,
    pub text: String,
}

/// Whether the machine held still, and what it did if not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Steadiness {
    /// Nothing was found.
    pub steady: bool,
    /// What was tested, in one sentence.
    pub summary: String,
    pub findings: Vec<Finding>,
    /// Change over the whole run, as a part of the level (Theil and Sen).
    #[specta(type = Option<Number>)]
    pub drift: Option<f64>,
}

/// Latency over time, thinned: of each stretch its middle and its worst.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct LatencyTrace {
    /// Where each stretch ends, seconds from the beginning of the warm-up.
    #[specta(type = Vec<Number>)]
    pub at_s: Vec<f64>,
    #[specta(type = Vec<Number>)]
    pub median_ms: Vec<f64>,
    #[specta(type = Vec<Number>)]
    pub max_ms: Vec<f64>,
    /// What lies before is not in the figures.
    #[specta(type = Number)]
    pub warm_up_ends_s: f64,
}

/// How many of the first samples are warm-up still: those that the MSER rule drops, if they were slower by what matters.
pub(super) fn still_warming(samples_ms: &[f64]) -> usize {
    if samples_ms.len() < SAMPLES_MIN {
        return 0;
    }
    let medians = batch_medians(samples_ms, BATCHES);
    let end = warm_up_end(&medians);
    let dropped = end.batches * (samples_ms.len() / BATCHES);
    let level = |batches: &[f64]| batch_medians(batches, 1).first().copied().unwrap_or(0.0);
    let slower = level(&medians[..end.batches]) > (1.0 + EFFECT) * level(&medians[end.batches..]);
    if slower { dropped } else { 0 }
}

/// Judges the samples that count, in the order of time.
pub(super) fn judge(samples_ms: &[f64], sorted_ms: &[f64], length: Duration) -> Steadiness {
    if samples_ms.len() < SAMPLES_MIN {
        return Steadiness {
            steady: false,
            summary: format!(
                "too few samples to judge the course of the run: {} of {SAMPLES_MIN}",
                samples_ms.len()
            ),
            findings: Vec::new(),
            drift: None,
        };
    }
    let medians = batch_medians(samples_ms, BATCHES);
    let level = batch_medians(&medians, 1).first().copied().unwrap_or(0.0);
    let mut findings = Vec::new();
    if !warm_up_end(&medians).settled && medians[0] > (1.0 + EFFECT) * level {
        findings.push(finding(
            FindingKind::WarmUp,
            "the run never settled: it was still getting faster half way".to_owned(),
        ));
    }
    let drift = drift(&medians, level, &mut findings);
    throttling(&medians, length, &mut findings);
    if let Some(modes) = modes(sorted_ms).filter(|modes| modes.p_value < LEVEL) {
        findings.push(finding(
            FindingKind::TwoModes,
            format!(
                "two modes, {:.3} and {:.3} ms; {:.0} % of the samples are in the slower one",
                modes.low,
                modes.high,
                modes.high_share * 100.0
            ),
        ));
    }
    let summary = match (findings.is_empty(), drift) {
        (true, Some(drift)) => format!(
            "steady: no drift ({:+.1} %), one mode, no step",
            drift * 100.0
        ),
        (true, None) => "steady".to_owned(),
        (false, _) => "not steady".to_owned(),
    };
    Steadiness {
        steady: findings.is_empty(),
        summary,
        findings,
        drift,
    }
}

pub(super) fn finding(kind: FindingKind, text: String) -> Finding {
    Finding { kind, text }
}

fn drift(medians: &[f64], level: f64, findings: &mut Vec<Finding>) -> Option<f64> {
    let trend = trend(medians, 1.0 - LEVEL)?;
    let whole = |slope: f64| slope * medians.len() as f64 / level;
    let drift = whole(trend.slope);
    if trend.p_value < LEVEL && drift.abs() > EFFECT {
        findings.push(finding(
            FindingKind::Drift,
            format!(
                "drift of {:+.1} % over the run (between {:+.1} and {:+.1} %)",
                drift * 100.0,
                whole(trend.slope_low) * 100.0,
                whole(trend.slope_high) * 100.0
            ),
        ));
    }
    Some(drift)
}

/// A level that steps up and stays there: what a processor does that gets too hot, or a neighbour that wakes up.
fn throttling(medians: &[f64], length: Duration, findings: &mut Vec<Finding>) {
    let Some(step) = step(medians) else { return };
    let up = step.after / step.before - 1.0;
    if step.p_value < LEVEL && up > EFFECT {
        let at_s = length.as_secs_f64() * step.at as f64 / medians.len() as f64;
        findings.push(finding(
            FindingKind::Throttling,
            format!("slower by {:.1} % from {at_s:.1} s on: the processor throttled, or something else began to run", up * 100.0),
        ));
    }
}

/// Thins `(seconds, milliseconds)` in the order of time.
pub(super) fn trace(samples: &[(f64, f64)], warm_up_ends_s: f64) -> LatencyTrace {
    let mut trace = LatencyTrace {
        warm_up_ends_s,
        ..LatencyTrace::default()
    };
    let size = samples.len().div_ceil(TRACE_POINTS).max(1);
    for stretch in samples.chunks(size) {
        let latencies: Vec<f64> = stretch.iter().map(|(_, ms)| *ms).collect();
        trace.at_s.push(stretch.last().map_or(0.0, |(at, _)| *at));
        trace
            .max_ms
            .push(latencies.iter().copied().fold(0.0, f64::max));
        trace.median_ms.extend(batch_medians(&latencies, 1));
    }
    trace
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deterministic machine: 1 ms and a little, in an order without a trend.
    fn level(count: usize) -> Vec<f64> {
        (0..count)
            .map(|i| 1.0 + (i * 7919 % 101) as f64 / 1000.0)
            .collect()
    }

    fn kinds(samples: &[f64]) -> Vec<FindingKind> {
        let mut sorted = samples.to_vec();
        stats::sort_samples(&mut sorted);
        judge(samples, &sorted, Duration::from_secs(10))
            .findings
            .iter()
            .map(|finding| finding.kind)
            .collect()
    }

    #[test]
    fn a_steady_run_is_called_steady() {
        assert_eq!(kinds(&level(5_000)), []);
        assert_eq!(still_warming(&level(5_000)), 0);
    }

    #[test]
    fn what_is_not_steady_is_named() {
        let drifting: Vec<f64> = level(5_000)
            .iter()
            .enumerate()
            .map(|(i, ms)| ms * (1.0 + i as f64 / 50_000.0))
            .collect();
        assert!(kinds(&drifting).contains(&FindingKind::Drift));
        let throttled: Vec<f64> = level(5_000)
            .iter()
            .enumerate()
            .map(|(i, ms)| if i < 3_000 { *ms } else { ms * 1.3 })
            .collect();
        let found = kinds(&throttled);
        assert!(
            found.contains(&FindingKind::Throttling) && found.contains(&FindingKind::TwoModes),
            "{found:?}"
        );
        let two: Vec<f64> = level(5_000)
            .iter()
            .enumerate()
            .map(|(i, ms)| if i % 5 == 0 { ms * 1.6 } else { *ms })
            .collect();
        assert_eq!(kinds(&two), [FindingKind::TwoModes]);
    }

    #[test]
    fn a_slow_beginning_is_warm_up() {
        let warming: Vec<f64> = level(5_000)
            .iter()
            .enumerate()
            .map(|(i, ms)| if i < 500 { ms * 2.0 } else { *ms })
            .collect();
        assert_eq!(still_warming(&warming), 500);
    }

    #[test]
    fn a_trace_keeps_the_worst() {
        let samples: Vec<(f64, f64)> = (0..1_000)
            .map(|i| (f64::from(i), if i == 500 { 9.0 } else { 1.0 }))
            .collect();
        let trace = trace(&samples, 0.0);
        assert_eq!((trace.at_s.len(), trace.at_s.last()), (200, Some(&999.0)));
        assert_eq!(trace.max_ms.iter().filter(|ms| **ms == 9.0).count(), 1);
        assert!(trace.median_ms.iter().all(|ms| *ms == 1.0));
    }
}
