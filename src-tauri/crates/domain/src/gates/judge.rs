//! Facts against limits: the same facts and the same file give the same verdict everywhere.
//!
//! A figure with bounds passes when its worse bound keeps the limit, fails when its better bound breaks it, and is
//! inconclusive in between. Whatever could not be measured is inconclusive, never a pass.

use super::facts::{
    Fact, Facts, GoldenFact, LoadFact, LoadRun, ParityFact, RegressionFact, Spread,
};
use super::figures::{bytes, count, difference, ms, percent};
use super::file::{GateFile, GateLoad, LatencyGate};
use super::found::{Found, passes};
use super::structure;
use super::words::{AskedGate, asked, latency_id, shortest, tolerance};
use crate::deployment::{GateCheck, Gauge, Verdict};

/// Holds what was measured against what is asked: a line for each gate, in the order of [`asked`].
#[must_use]
pub fn judge(file: &GateFile, facts: &Facts) -> Vec<GateCheck> {
    let line = |gate: AskedGate| {
        let found = one(file, facts, &gate.id);
        GateCheck {
            id: gate.id,
            title: gate.title,
            verdict: found.verdict,
            measured: found.measured,
            limit: found.limit.unwrap_or(gate.limit),
            detail: found.detail,
            gauge: found.gauge,
        }
    };
    asked(file).into_iter().map(line).collect()
}

/// One failure fails all; one missing answer leaves the whole inconclusive.
#[must_use]
pub fn verdict(checks: &[GateCheck]) -> Verdict {
    Verdict::all(checks.iter().map(|check| check.verdict))
}

fn one(file: &GateFile, facts: &Facts, id: &str) -> Found {
    structural(file, facts, id)
        .or_else(|| running(file, facts, id))
        .unwrap_or_else(|| Found::new(Verdict::Inconclusive, "not asked", ""))
}

/// The gates that look at files and graph.
fn structural(file: &GateFile, facts: &Facts, id: &str) -> Option<Found> {
    Some(match id {
        "digest" => known(&facts.files, "refused", |files| {
            let short = files.digest.get(..12).unwrap_or(&files.digest);
            let s = if files.files == 1 { "" } else { "s" };
            let measured = format!("{} file{s}, sha256 {short}", count(files.files));
            let mut found = Found::new(Verdict::Pass, measured, "");
            if !files.registered {
                found.limit = Some("as it is on disk".to_owned());
            }
            found
        }),
        "size" => {
            let gate = file.size?;
            known(&facts.size_bytes, "not known", |size| {
                bytes_at_most(*size, gate.max_bytes, "all files of the model together")
            })
        }
        "opset" => {
            let gate = file.opset.as_ref()?;
            known(&facts.graph, "not read", |graph| {
                structure::opset(gate, graph)
            })
        }
        "signature" => {
            let gate = file.signature.as_ref()?;
            known(&facts.graph, "not read", |graph| {
                structure::signature(gate, graph, &facts.same_as)
            })
        }
        "load" => known(&facts.loaded, "refused", |loaded| {
            let measured = format!("loaded in {:.0} ms", loaded.load_ms);
            Found::new(Verdict::Pass, measured, "")
        }),
        "provider" => {
            let gate = file.placement.as_ref()?;
            known(&facts.placement, "not known", |placed| {
                structure::placement(gate, placed)
            })
        }
        _ => return None,
    })
}

/// The gates that run the model.
fn running(file: &GateFile, facts: &Facts, id: &str) -> Option<Found> {
    Some(match id {
        "golden" => known(&facts.golden, "not compared", golden),
        "parity" => {
            let gate = file.parity.as_ref()?;
            known(&facts.parity, "not compared", |fact| {
                parity(gate.share, fact)
            })
        }
        "throughput" => {
            let gate = file.throughput.as_ref()?;
            known(run_of(facts, &gate.load), "did not run", |fact| {
                throughput(gate.min_per_s, fact)
            })
        }
        "memory" => {
            let gate = file.memory?;
            let of = "the worker process that loaded and ran the model";
            known(&facts.memory, "not measured", |fact| {
                bytes_at_most(fact.peak_rss_bytes, gate.peak_rss_max_bytes, of)
            })
        }
        "regression" => {
            let gate = file.regression.as_ref()?;
            known(&facts.regression, "not compared", |fact| {
                regression(gate.margin_percent, fact)
            })
        }
        latency_gate => {
            let mut gates = file.latency.iter();
            let gate = gates.find(|gate| latency_id(gate) == latency_gate)?;
            known(run_of(facts, &gate.load), "did not run", |fact| {
                latency(gate, fact)
            })
        }
    })
}

fn bytes_at_most(found: u64, max: u64, of: &str) -> Found {
    Found::new(passes(found <= max), bytes(found), of).with(Gauge {
        value: found as f64,
        low: None,
        high: None,
        limit: max as f64,
        unit: "bytes".to_owned(),
        at_most: true,
    })
}

/// What was measured is judged; what is missing is inconclusive; where the model stood in the way, it fails.
fn known<T>(fact: &Fact<T>, failed: &str, judged: impl FnOnce(&T) -> Found) -> Found {
    match fact {
        Fact::Measured(fact) => judged(fact),
        Fact::Failed(reason) => Found::new(Verdict::Fail, failed, reason),
        Fact::Missing(reason) => Found::new(Verdict::Inconclusive, "not measured", reason),
        Fact::NotReached => {
            let detail = "an earlier gate ended the run before this one was reached";
            Found::new(Verdict::Inconclusive, "not reached", detail)
        }
    }
}

fn run_of<'f>(facts: &'f Facts, load: &GateLoad) -> &'f Fact<LoadFact> {
    let key = load.key();
    let run = facts.loads.iter().find(|run| run.load == key);
    run.map_or(&Fact::NotReached, |run: &LoadRun| &run.result)
}

fn golden(fact: &GoldenFact) -> Found {
    let measured = format!(
        "{} of {} equal, max abs {}",
        count(fact.elements - fact.outside.min(fact.elements)),
        count(fact.elements),
        fact.max_abs
            .map_or_else(|| "infinite".to_owned(), difference),
    );
    let detail = format!("{} outputs of the logged input example", fact.outputs);
    let mut found = Found::new(passes(fact.outside == 0), measured, detail);
    found.limit = Some(tolerance(fact.rtol, fact.atol));
    found
}

fn parity(share: f64, fact: &ParityFact) -> Found {
    if fact.elements == 0 {
        let detail = format!("{} has no row to compare", fact.data);
        return Found::new(Verdict::Inconclusive, "nothing compared", detail);
    }
    let within = (fact.elements - fact.outside.min(fact.elements)) as f64 / fact.elements as f64;
    let measured = format!(
        "{} of {} within, max abs {}",
        count(fact.elements - fact.outside.min(fact.elements)),
        count(fact.elements),
        fact.max_abs
            .map_or_else(|| "infinite".to_owned(), difference),
    );
    let worst = fact
        .worst_row
        .map(|row| format!(", worst in row {}", count(row)));
    let detail = format!(
        "{} rows of {}, sha256 {}{}",
        count(fact.rows),
        fact.data,
        fact.data_sha256.get(..12).unwrap_or(&fact.data_sha256),
        worst.unwrap_or_default()
    );
    Found::new(passes(within >= share), measured, detail).with(Gauge {
        value: within * 100.0,
        low: None,
        high: None,
        limit: share * 100.0,
        unit: "%".to_owned(),
        at_most: false,
    })
}

/// The upper confidence bound of the percentile is what is held.
fn latency(gate: &LatencyGate, fact: &LoadFact) -> Found {
    let label = gate.percentile.label();
    let percentile = fact.percentiles.iter().find(|p| p.label == label);
    let Some(bound) = percentile.and_then(|p| p.bound) else {
        let refused = percentile.and_then(|p| p.refused.clone());
        let refused = refused.unwrap_or_else(|| format!("{label} was not reported"));
        let detail = format!("{refused}; raise duration_ms");
        return Found::new(Verdict::Inconclusive, "refused", detail);
    };
    let verdict = doubted(at_most(bound, gate.limit_ms), fact);
    let mut detail = format!(
        "upper bound {}, n {}, {}",
        ms(bound.high),
        count(fact.samples),
        fact.inputs
    );
    doubts_into(&mut detail, fact);
    Found::new(verdict, ms(bound.value), detail).with(gauge(bound, gate.limit_ms, "ms", true))
}

fn throughput(min_per_s: f64, fact: &LoadFact) -> Found {
    let Some(bound) = fact.throughput_per_s else {
        return Found::new(Verdict::Inconclusive, "not measured", "");
    };
    let verdict = match (bound.low >= min_per_s, bound.high < min_per_s) {
        (true, _) => Verdict::Pass,
        (false, true) => Verdict::Fail,
        (false, false) => Verdict::Inconclusive,
    };
    let mut detail = format!(
        "between {} and {}/s, n {}, {}",
        figure(bound.low),
        figure(bound.high),
        count(fact.samples),
        fact.inputs
    );
    doubts_into(&mut detail, fact);
    Found::new(
        doubted(verdict, fact),
        format!("{}/s", figure(bound.value)),
        detail,
    )
    .with(gauge(bound, min_per_s, "/s", false))
}

fn regression(margin_percent: f64, fact: &RegressionFact) -> Found {
    let margin = margin_percent / 100.0;
    let verdict = at_most(fact.change, margin);
    let detail = format!(
        "{} against {} of {}, change between {} and {}, {}, n {} each",
        ms(fact.value_ms),
        ms(fact.against_ms),
        fact.against,
        percent(fact.change.low),
        percent(fact.change.high),
        fact.method,
        count(fact.samples)
    );
    let scaled = Spread {
        value: fact.change.value * 100.0,
        low: fact.change.low * 100.0,
        high: fact.change.high * 100.0,
    };
    Found::new(verdict, percent(fact.change.value), detail).with(gauge(
        scaled,
        margin_percent,
        "%",
        true,
    ))
}

/// A bound that straddles the limit decides nothing.
fn at_most(bound: Spread, limit: f64) -> Verdict {
    match (bound.high <= limit, bound.low > limit) {
        (true, _) => Verdict::Pass,
        (false, true) => Verdict::Fail,
        (false, false) => Verdict::Inconclusive,
    }
}

/// A measurement that is itself in doubt passes nothing; that it fails is believed.
fn doubted(verdict: Verdict, fact: &LoadFact) -> Verdict {
    if verdict == Verdict::Pass && !fact.doubts.is_empty() {
        Verdict::Inconclusive
    } else {
        verdict
    }
}

fn doubts_into(detail: &mut String, fact: &LoadFact) {
    for doubt in &fact.doubts {
        detail.push_str(", ");
        detail.push_str(doubt);
    }
}

fn gauge(bound: Spread, limit: f64, unit: &str, at_most: bool) -> Gauge {
    Gauge {
        value: bound.value,
        low: Some(bound.low),
        high: Some(bound.high),
        limit,
        unit: unit.to_owned(),
        at_most,
    }
}

/// A rate: whole numbers from a hundred on.
fn figure(x: f64) -> String {
    if x >= 100.0 {
        count(x.round() as u64)
    } else {
        shortest((x * 100.0).round() / 100.0)
    }
}

#[cfg(test)]
mod tests;
