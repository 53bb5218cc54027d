//! A measurement as text.

use engine::BenchmarkReport;
use engine::benchmark::{Against, BaselineComparison, PercentileDifference, ShiftVerdict};
use services::benchmark::BenchmarkOutcome;

use crate::out::line;

pub fn outcome(outcome: &BenchmarkOutcome) {
    report(&outcome.report);
    if let Some(other) = &outcome.against {
        line("");
        report(&other.report);
        line("");
        against(&outcome.report, other);
    }
}

fn report(report: &BenchmarkReport) {
    let placed: Vec<String> = report
        .provider
        .placements
        .iter()
        .map(|p| format!("{} nodes on {}", p.nodes, p.provider))
        .collect();
    line(format!(
        "{}  {}  batch {}  threads {}  sessions {}",
        report.model,
        placed.join(", "),
        report.batch,
        report.threads,
        report.sessions
    ));
    line(format!("  load        {}", report.scenario.label()));
    line(format!("  inputs      {}", report.inputs));
    let target = report
        .target_rate_per_s
        .map_or(String::new(), |rate| format!(" of {rate:.1}"));
    line(format!(
        "  throughput  {:.1}{target} runs/s over {:.0} ms, {} samples after {} warm-up runs, {} more dropped as warm-up",
        report.throughput_per_s,
        report.duration_ms,
        report.samples,
        report.warmup_runs,
        report.warmup_dropped
    ));
    if let Some(send) = &report.send_error {
        line(format!(
            "  send error  p50 {:.1} us, p99 {:.1} us, max {:.1} us",
            send.p50_us, send.p99_us, send.max_us
        ));
    }
    if let Some(queue) = &report.queue {
        line(format!(
            "  queue       mean {:.2}, max {:.0}",
            queue.mean, queue.max
        ));
    }
    percentiles(report);
    line(format!("  course      {}", report.steadiness.summary));
    for finding in &report.steadiness.findings {
        line(format!("              {}", finding.text));
    }
    let print = &report.fingerprint;
    line(format!(
        "  machine     {}, {} cores, {}, governor {}, affinity {}, fingerprint {}",
        print.cpu,
        print.cores,
        print.os,
        print.governor.as_deref().unwrap_or("not reported"),
        print.affinity.as_deref().unwrap_or("not reported"),
        print.digest
    ));
}

fn percentiles(report: &BenchmarkReport) {
    for p in &report.percentiles {
        match (p.value_ms, p.low_ms, p.high_ms) {
            (Some(value), Some(low), Some(high)) => line(format!(
                "  {:<11} {value:.4} ms  [{low:.4}, {high:.4}]  n {}",
                p.label, p.samples
            )),
            _ => line(format!(
                "  {:<11} {}",
                p.label,
                p.refused.as_deref().unwrap_or("not measured")
            )),
        }
    }
}

fn against(subject: &BenchmarkReport, other: &Against) {
    line(format!(
        "{} less {}: {} pairs of blocks of {} samples in turns, bootstrap of {} draws, {:.0} % intervals",
        subject.model,
        other.report.model,
        other.blocks,
        other.block_samples,
        other.draws,
        other.confidence * 100.0
    ));
    other.differences.iter().for_each(difference);
    let agreement = &other.agreement;
    let outputs = match (&agreement.differs, agreement.equal) {
        (Some(differs), _) => format!("not comparable: {differs}"),
        (None, true) => "equal in every element".to_owned(),
        (None, false) => format!(
            "differ by at most {:e}",
            agreement.max_abs.unwrap_or(f64::NAN)
        ),
    };
    line(format!("  outputs     {outputs}"));
    if let Some(needed) = other.samples_for_shift {
        line(format!(
            "  plan        a 5 % shift of p99 needs {needed} samples of each"
        ));
    }
}

fn difference(found: &PercentileDifference) {
    let told = match (found.difference_ms, found.low_ms, found.high_ms) {
        (Some(value), Some(low), Some(high)) => format!(
            "{value:+.4} ms  [{low:+.4}, {high:+.4}]  p {:.4}  {}",
            found.p_value.unwrap_or(f64::NAN),
            found.verdict.map_or("", word)
        ),
        _ => found.refused.clone().unwrap_or_default(),
    };
    line(format!("  {:<11} {told}", found.label));
}

fn word(verdict: ShiftVerdict) -> &'static str {
    match verdict {
        ShiftVerdict::Faster => "faster",
        ShiftVerdict::Slower => "slower",
        ShiftVerdict::NoDifference => "no difference beyond the margin",
        ShiftVerdict::Inconclusive => "inconclusive",
    }
}

pub fn baseline(held: &BaselineComparison) {
    line("");
    line(format!("against the baseline of {}", held.model));
    for p in &held.percentiles {
        line(format!(
            "  {:<11} {:.4} ms, was {:.4} ms  {}",
            p.label,
            p.now_ms,
            p.then_ms,
            word(p.verdict)
        ));
    }
}
