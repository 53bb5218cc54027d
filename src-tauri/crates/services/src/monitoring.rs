//! What an endpoint did lately: requests, errors and latency, a second at a time, for the last ten minutes.
//!
//! Each second keeps a histogram of two significant digits (a latency is exact to 1 %), so ten minutes of any load cost
//! a bounded few megabytes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Seconds kept.
const KEPT_S: usize = 600;
/// A second with fewer requests has no p99: it would be its slowest request under another name.
const P99_OF_A_SECOND_MIN: u64 = 100;
/// Latencies above a minute are counted as a minute.
const LATENCY_US_MAX: u64 = 60_000_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct StatPoint {
    #[specta(type = specta_typescript::Number)]
    pub at_ms: i64,
    #[specta(type = specta_typescript::Number)]
    pub requests: u64,
    #[specta(type = specta_typescript::Number)]
    pub errors: u64,
    #[specta(type = Option<specta_typescript::Number>)]
    pub p50_ms: Option<f64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub p99_ms: Option<f64>,
}

/// The last `window_s` seconds of an endpoint. A percentile is refused where there are too few requests for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct EndpointStats {
    pub window_s: u32,
    #[specta(type = specta_typescript::Number)]
    pub requests: u64,
    #[specta(type = specta_typescript::Number)]
    pub errors: u64,
    #[specta(type = specta_typescript::Number)]
    pub rate_per_s: f64,
    #[specta(type = Option<specta_typescript::Number>)]
    pub p50_ms: Option<f64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub p95_ms: Option<f64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub p99_ms: Option<f64>,
    pub p99_refused: Option<String>,
    /// One point a second, oldest first; seconds without a request are points too.
    pub series: Vec<StatPoint>,
}

#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct StatsInput {
    pub endpoint: String,
    pub window_s: u32,
}

struct Second {
    at_s: i64,
    errors: u64,
    latency_us: Histogram<u32>,
}

/// Written by the endpoint's handlers, read by the window.
pub struct RequestLog {
    seconds: Mutex<VecDeque<Second>>,
    since_s: i64,
}

impl std::fmt::Debug for RequestLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RequestLog since {}", self.since_s)
    }
}

impl RequestLog {
    pub fn new(now_ms: i64) -> Self {
        Self {
            seconds: Mutex::default(),
            since_s: now_ms.div_euclid(1000),
        }
    }

    /// Notes one answered request.
    pub fn record(&self, now_ms: i64, took: Duration, failed: bool) {
        let at_s = now_ms.div_euclid(1000);
        let mut seconds = self.lock();
        if seconds.back().is_none_or(|last| last.at_s < at_s) {
            if seconds.len() == KEPT_S {
                seconds.pop_front();
            }
            // Two digits up to a minute is always a valid range.
            let Ok(latency_us) = Histogram::new_with_bounds(1, LATENCY_US_MAX, 2) else {
                return;
            };
            seconds.push_back(Second {
                at_s,
                errors: 0,
                latency_us,
            });
        }
        if let Some(second) = seconds.back_mut() {
            second.errors += u64::from(failed);
            let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            second
                .latency_us
                .saturating_record(took_us.clamp(1, LATENCY_US_MAX));
        }
    }

    /// The last `window_s` whole seconds before now, or fewer if the endpoint is younger.
    pub fn stats(&self, now_ms: i64, window_s: u32) -> EndpointStats {
        let end_s = now_ms.div_euclid(1000);
        let start_s = (end_s - i64::from(window_s))
            .max(self.since_s)
            .max(end_s - KEPT_S as i64);
        let seconds = self.lock();
        let inside: Vec<&Second> = seconds
            .iter()
            .filter(|s| s.at_s >= start_s && s.at_s < end_s)
            .collect();
        let mut merged = Histogram::<u32>::new_with_bounds(1, LATENCY_US_MAX, 2).ok();
        for second in &inside {
            if let Some(all) = merged.as_mut() {
                let _ = all.add(&second.latency_us);
            }
        }
        let requests = merged.as_ref().map_or(0, Histogram::len);
        let at = |q: f64| merged.as_ref().and_then(|all| quantile_ms(all, q));
        let needed = stats::samples_needed(0.99, stats::CONFIDENCE);
        EndpointStats {
            window_s: u32::try_from(end_s - start_s).unwrap_or_default(),
            requests,
            errors: inside.iter().map(|s| s.errors).sum(),
            rate_per_s: if end_s > start_s {
                requests as f64 / (end_s - start_s) as f64
            } else {
                0.0
            },
            p50_ms: at(0.50),
            p95_ms: at(0.95).filter(|_| requests >= stats::samples_needed(0.95, stats::CONFIDENCE)),
            p99_ms: at(0.99).filter(|_| requests >= needed),
            p99_refused: (requests < needed)
                .then(|| format!("refused: needs {needed} samples, has {requests}")),
            series: series(&inside, start_s, end_s),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Second>> {
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An idle second is a fact too: it becomes a point with no latency.
fn series(inside: &[&Second], start_s: i64, end_s: i64) -> Vec<StatPoint> {
    let mut known = inside.iter().peekable();
    (start_s..end_s)
        .map(|at_s| {
            let second = known.next_if(|s| s.at_s == at_s);
            StatPoint {
                at_ms: at_s * 1000,
                requests: second.map_or(0, |s| s.latency_us.len()),
                errors: second.map_or(0, |s| s.errors),
                p50_ms: second.and_then(|s| quantile_ms(&s.latency_us, 0.50)),
                p99_ms: second
                    .filter(|s| s.latency_us.len() >= P99_OF_A_SECOND_MIN)
                    .and_then(|s| quantile_ms(&s.latency_us, 0.99)),
            }
        })
        .collect()
}

fn quantile_ms<C: hdrhistogram::Counter>(histogram: &Histogram<C>, q: f64) -> Option<f64> {
    (!histogram.is_empty()).then(|| histogram.value_at_quantile(q) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_seconds_are_points_and_a_thin_p99_is_refused() {
        let log = RequestLog::new(1_000_000);
        for n in 0..10u64 {
            log.record(1_002_000, Duration::from_micros(1000 + n), n == 0);
        }
        let stats = log.stats(1_005_000, 60);
        assert_eq!((stats.window_s, stats.requests, stats.errors), (5, 10, 1));
        assert_eq!(stats.series.len(), 5);
        assert_eq!(
            stats.series.iter().map(|p| p.requests).collect::<Vec<_>>(),
            [0, 0, 10, 0, 0]
        );
        assert_eq!(stats.series[0].p50_ms, None);
        assert!((stats.p50_ms.unwrap() - 1.0).abs() < 0.02);
        assert_eq!(stats.p99_ms, None);
        assert_eq!(
            stats.p99_refused.unwrap(),
            "refused: needs 662 samples, has 10"
        );
        assert!((stats.rate_per_s - 2.0).abs() < 1e-9);
    }

    #[test]
    fn percentiles_agree_with_the_samples_within_one_percent() {
        let log = RequestLog::new(0);
        for n in 1..=1000u64 {
            log.record(500, Duration::from_micros(n * 10), false);
        }
        let stats = log.stats(1_000, 60);
        assert!(
            (stats.p50_ms.unwrap() - 5.0).abs() < 0.05,
            "{:?}",
            stats.p50_ms
        );
        assert!(
            (stats.p99_ms.unwrap() - 9.9).abs() < 0.1,
            "{:?}",
            stats.p99_ms
        );
    }

    #[test]
    fn old_seconds_are_forgotten() {
        let log = RequestLog::new(0);
        for second in 0..2_000i64 {
            log.record(second * 1000, Duration::from_millis(1), false);
        }
        let stats = log.stats(2_000_000, 3600);
        assert_eq!(stats.requests, 600);
    }
}
