//! Loads that arrive when they arrive.
//!
//! Every free caller takes the next arrival and waits for its time, so a query is sent by whoever will run it: no hand-over
//! between threads is in its latency, and the callers are the servers of one queue. Latency counts from the scheduled
//! arrival; a query that found every caller busy has its waiting in it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stats::SplitMix64;

use super::load::{Answered, Callers, Measured, Tell};
use crate::EngineError;

/// The system wakes a sleeper late by some tens of microseconds, a busy one by more; the rest of the way is spun.
const SPIN: Duration = Duration::from_micros(250);
/// While sleeping towards a distant arrival, how often a caller looks whether it shall stop.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What is still unsent so long after the last arrival (or half the schedule, if that is longer) is dropped.
const DRAIN: Duration = Duration::from_secs(2);

/// `count` arrivals of a Poisson process, in seconds from its beginning.
pub(super) fn poisson(rate_per_s: f64, count: u64, seed: u64) -> Vec<f64> {
    let mut random = SplitMix64::new(seed);
    let mut at = 0.0;
    let next = |_| {
        at += random.exponential() / rate_per_s;
        at
    };
    (0..count).map(next).collect()
}

/// Sends a query at each of the arrivals, which ascend.
pub(super) fn scheduled(
    callers: &Callers<'_>,
    arrivals_s: &[f64],
    tell: &mut Tell<'_>,
) -> Result<Measured, EngineError> {
    let (next, dropped) = (AtomicUsize::new(0), AtomicU64::new(0));
    let length = Duration::from_secs_f64(arrivals_s.last().copied().unwrap_or(0.0));
    let cut_off = length + DRAIN.max(length / 2);
    let measured = callers.gather(tell, |callers, tick| {
        let (mut answered, mut slow) = (Vec::new(), false);
        while let Some(arrival) = arrivals_s.get(next.fetch_add(1, Ordering::Relaxed)) {
            let due = Duration::from_secs_f64(*arrival);
            let free = callers.started.elapsed();
            if !wait_until(callers, due, tick) {
                break;
            }
            let sent = callers.started.elapsed();
            if sent > cut_off {
                dropped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            if callers.run(&mut slow) {
                let done = callers.started.elapsed();
                answered.push(Answered {
                    due,
                    sent,
                    done,
                    late: sent - due.max(free),
                });
                callers.answered.fetch_add(1, Ordering::Relaxed);
            }
            tick();
        }
        answered
    })?;
    Ok(Measured {
        dropped: dropped.into_inner(),
        ..measured
    })
}

/// Sleeps most of the way and spins the rest. False when there is nothing to wait for any more.
fn wait_until(callers: &Callers<'_>, due: Duration, tick: &mut dyn FnMut()) -> bool {
    let due = callers.started + due;
    loop {
        if callers.stopped() {
            return false;
        }
        let left = due.saturating_duration_since(Instant::now());
        if left <= SPIN {
            break;
        }
        std::thread::sleep((left - SPIN).min(LOOK_EVERY));
        if left > LOOK_EVERY {
            tick();
        }
    }
    while Instant::now() < due {
        std::hint::spin_loop();
    }
    true
}

/// How many queries waited, seen by each as it arrived.
pub(super) fn queue_depths(answered: &[Answered]) -> Vec<f64> {
    let mut sent: Vec<Duration> = answered.iter().map(|query| query.sent).collect();
    sent.sort_unstable();
    let waiting = |(before, query): (usize, &Answered)| {
        before.saturating_sub(sent.partition_point(|sent| *sent <= query.due)) as f64
    };
    answered.iter().enumerate().map(waiting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gaps of a Poisson process have mean and deviation `1 / rate`; 20,000 of them leave a standard error of 0.7 %.
    #[test]
    fn arrivals_are_a_poisson_process_that_the_seed_decides() {
        let arrivals = poisson(400.0, 20_000, 7);
        assert_eq!(arrivals, poisson(400.0, 20_000, 7));
        assert_ne!(arrivals, poisson(400.0, 20_000, 8));
        let gaps: Vec<f64> = arrivals
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) * 400.0)
            .collect();
        let mean = stats::mean(&gaps).unwrap_or(0.0);
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!(
            (mean - 1.0).abs() < 0.03 && (variance - 1.0).abs() < 0.08,
            "{mean}, {variance}"
        );
    }

    #[test]
    fn a_queue_is_those_that_came_before_and_still_wait() {
        let query = |due, sent| Answered {
            due: Duration::from_millis(due),
            sent: Duration::from_millis(sent),
            done: Duration::from_millis(sent + 10),
            late: Duration::ZERO,
        };
        let answered = [
            query(0, 0),
            query(2, 10),
            query(5, 20),
            query(11, 30),
            query(40, 40),
        ];
        assert_eq!(queue_depths(&answered), [0.0, 0.0, 1.0, 1.0, 0.0]);
    }
}
