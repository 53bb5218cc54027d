//! Words and figures that all forms of a report share.

use domain::calendar::civil;
use domain::deployment::{Gauge, Verdict};
use domain::gates::{bytes, ms};

use crate::gates::{Evidence, GateFileOrigin};

pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
    }
}

/// `regime-classifier v14`, or a file's name.
pub fn subject(evidence: &Evidence) -> String {
    match evidence.subject.version {
        Some(version) => format!("{} v{version}", evidence.subject.model),
        None => evidence.subject.model.clone(),
    }
}

/// `8 of 9 gates pass`
pub fn tally(evidence: &Evidence) -> String {
    let passed = evidence
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Pass)
        .count();
    format!("{passed} of {} gates pass", evidence.checks.len())
}

/// `2026-11-28 13:05:09 UTC`
pub fn utc(at_ms: i64) -> String {
    let seconds = at_ms.div_euclid(1000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Where the gate file comes from.
pub fn gate_file(evidence: &Evidence) -> String {
    let about = &evidence.gate_file;
    match (about.origin, about.revision, &about.file_name) {
        (GateFileOrigin::Registry, Some(revision), _) => format!("revision {revision}"),
        (GateFileOrigin::Registry, None, _) => "registry".to_owned(),
        (GateFileOrigin::Tags, ..) => "the model's gate tags".to_owned(),
        (GateFileOrigin::Default, ..) => "the defaults".to_owned(),
        (GateFileOrigin::Disk, _, name) => name.clone().unwrap_or_else(|| "a file".to_owned()),
    }
}

/// A number in the unit of its gate.
pub fn figure(value: f64, unit: &str) -> String {
    match unit {
        "ms" => ms(value),
        "bytes" => bytes(value.max(0.0) as u64),
        "%" => format!("{value:.2} %"),
        "/s" => format!("{value:.1}/s"),
        _ => format!("{value}"),
    }
}

/// `3.700 ms to 3.940 ms`; nothing where there is no bound.
pub fn bound(gauge: Option<&Gauge>) -> String {
    let ends = gauge.and_then(|gauge| gauge.low.zip(gauge.high).map(|ends| (ends, &gauge.unit)));
    ends.map(|((low, high), unit)| format!("{} to {}", figure(low, unit), figure(high, unit)))
        .unwrap_or_default()
}

/// What a reader needs to measure again: label and value.
pub fn environment(evidence: &Evidence) -> Vec<(&'static str, String)> {
    let machine = &evidence.fingerprint;
    let unknown = || "not known".to_owned();
    vec![
        ("Measured", utc(evidence.started_at_ms)),
        ("Took", format!("{:.1} s", evidence.took_ms as f64 / 1000.0)),
        ("Processor", machine.cpu.clone()),
        ("Cores", machine.cores.to_string()),
        ("Memory", bytes(machine.memory_bytes)),
        ("System", machine.os.clone()),
        ("Governor", machine.governor.clone().unwrap_or_else(unknown)),
        (
            "ONNX Runtime",
            machine.runtime_version.clone().unwrap_or_else(unknown),
        ),
        ("Machine fingerprint", machine.digest.clone()),
        ("Seed of generated inputs", evidence.seed.to_string()),
        ("Drydock", evidence.drydock.clone()),
    ]
}
