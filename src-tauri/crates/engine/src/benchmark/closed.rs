//! Loads that wait for an answer before they ask again.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::load::{Answered, Callers, Limit, Measured, Tell};
use crate::EngineError;

/// Every caller runs, again and again.
pub(super) fn stream(
    callers: &Callers<'_>,
    limit: Limit,
    tell: &mut Tell<'_>,
) -> Result<Measured, EngineError> {
    let asked = AtomicU64::new(0);
    callers.gather(tell, |callers, tick| {
        let mut answered = Vec::with_capacity(limit.samples.min(1 << 16) as usize);
        let mut slow = false;
        while !callers.stopped()
            && callers.started.elapsed() < limit.duration
            && asked.fetch_add(1, Ordering::Relaxed) < limit.samples
        {
            let sent = callers.started.elapsed();
            if callers.run(&mut slow) {
                answered.push(query(sent, callers.started.elapsed()));
                callers.answered.fetch_add(1, Ordering::Relaxed);
            }
            tick();
        }
        answered
    })
}

/// One query after the other, each of `samples` runs that all callers share.
pub(super) fn multi_stream(
    callers: &Callers<'_>,
    samples: u32,
    limit: Limit,
    tell: &mut Tell<'_>,
) -> Result<Measured, EngineError> {
    if callers.count == 1 {
        return alone(callers, samples, limit, tell);
    }
    let (next, all_answered, over) = (
        AtomicU32::new(samples),
        AtomicBool::new(true),
        AtomicBool::new(false),
    );
    let gate = Barrier::new(callers.count);
    // One of the callers leads: it opens each query and closes it.
    let leads = AtomicBool::new(false);
    callers.gather(tell, |callers, _| {
        let leader = !leads.swap(true, Ordering::SeqCst);
        let (mut answered, mut slow) = (Vec::new(), false);
        loop {
            if leader {
                let enough = callers.started.elapsed() >= limit.duration
                    || answered.len() as u64 >= limit.samples;
                over.store(enough || callers.stopped(), Ordering::SeqCst);
                all_answered.store(true, Ordering::SeqCst);
                next.store(0, Ordering::SeqCst);
            }
            let sent = Instant::now();
            gate.wait();
            if over.load(Ordering::SeqCst) {
                return answered;
            }
            while next.fetch_add(1, Ordering::SeqCst) < samples {
                if !callers.run(&mut slow) {
                    all_answered.store(false, Ordering::SeqCst);
                }
            }
            gate.wait();
            if leader && all_answered.load(Ordering::SeqCst) {
                answered.push(query(sent - callers.started, callers.started.elapsed()));
                callers.answered.fetch_add(1, Ordering::Relaxed);
            }
        }
    })
}

fn alone(
    callers: &Callers<'_>,
    samples: u32,
    limit: Limit,
    tell: &mut Tell<'_>,
) -> Result<Measured, EngineError> {
    callers.gather(tell, |callers, tick| {
        let (mut answered, mut slow) = (Vec::new(), false);
        while !callers.stopped()
            && callers.started.elapsed() < limit.duration
            && (answered.len() as u64) < limit.samples
        {
            let sent = callers.started.elapsed();
            if (0..samples).fold(true, |all, _| callers.run(&mut slow) && all) {
                answered.push(query(sent, callers.started.elapsed()));
                callers.answered.fetch_add(1, Ordering::Relaxed);
            }
            tick();
        }
        answered
    })
}

fn query(sent: Duration, done: Duration) -> Answered {
    Answered {
        due: sent,
        sent,
        done,
        late: Duration::ZERO,
    }
}
