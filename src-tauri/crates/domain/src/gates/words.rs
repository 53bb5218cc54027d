//! What a gate file asks, in words: shown before anything has run.

use serde::{Deserialize, Serialize};

use super::figures::bytes;
use super::file::{Fallback, GateFile, GateLoad, GateScenario, LatencyGate, RegressionGate};

/// A gate and its limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct AskedGate {
    /// Stable name for machines: `digest`, `size`, `latency_p99`.
    pub id: String,
    pub title: String,
    pub limit: String,
}

impl AskedGate {
    fn new(id: impl Into<String>, title: impl Into<String>, limit: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            limit: limit.into(),
        }
    }
}

/// Every gate of a file, in the order in which they are asked: what costs least comes first. The files' digest and that the
/// model loads are always asked.
#[must_use]
pub fn asked(file: &GateFile) -> Vec<AskedGate> {
    let mut gates = vec![AskedGate::new(
        "digest",
        "Files and SHA-256",
        "bytes as registered",
    )];
    if let Some(gate) = &file.size {
        let limit = format!("≤ {}", bytes(gate.max_bytes));
        gates.push(AskedGate::new("size", "Size", limit));
    }
    if file.opset.is_some() {
        gates.push(AskedGate::new("opset", "Operator sets", opset_limit(file)));
    }
    if file.signature.is_some() {
        gates.push(AskedGate::new(
            "signature",
            "Signature",
            signature_limit(file),
        ));
    }
    gates.push(AskedGate::new("load", "Load in ONNX Runtime", "loads"));
    if let Some(gate) = &file.placement {
        let limit = match gate.fallback {
            Fallback::Fail => format!("{}, no fallback", gate.provider),
            Fallback::Allow => format!("{}, CPU where it must", gate.provider),
        };
        gates.push(AskedGate::new("provider", "Execution provider", limit));
    }
    if let Some(gate) = &file.golden {
        let limit = tolerance(gate.rtol, gate.atol);
        gates.push(AskedGate::new("golden", "Golden outputs", limit));
    }
    if let Some(gate) = &file.parity {
        let share = format!("≥ {} % within", shortest(gate.share * 100.0));
        let limit = format!("{share} {}", tolerance(gate.rtol, gate.atol));
        gates.push(AskedGate::new("parity", "Parity", limit));
    }
    gates.extend(file.latency.iter().map(latency));
    if let Some(gate) = &file.throughput {
        let limit = format!("≥ {}/s", shortest(gate.min_per_s));
        let title = format!("Throughput, {}", load_words(&gate.load));
        gates.push(AskedGate::new("throughput", title, limit));
    }
    if let Some(gate) = &file.memory {
        let limit = format!("≤ {}", bytes(gate.peak_rss_max_bytes));
        gates.push(AskedGate::new("memory", "Peak memory", limit));
    }
    if let Some(gate) = &file.regression {
        gates.push(regression(gate));
    }
    gates
}

fn latency(gate: &LatencyGate) -> AskedGate {
    let label = gate.percentile.label();
    let title = format!("Latency {label}, {}", load_words(&gate.load));
    AskedGate::new(
        latency_id(gate),
        title,
        format!("≤ {} ms", shortest(gate.limit_ms)),
    )
}

/// `latency_p99` for the plain case; what differs from it is told: `latency_p99_server_400_t4_b8`.
pub(super) fn latency_id(gate: &LatencyGate) -> String {
    let mut id = format!("latency_{}", gate.percentile.label());
    match &gate.load.scenario {
        GateScenario::SingleStream => {}
        GateScenario::Server { rate_per_s } => id.push_str(&format!("_server_{rate_per_s}")),
        GateScenario::Offline => id.push_str("_offline"),
        GateScenario::Replay { arrivals } => id.push_str(&format!("_replay_{arrivals}")),
    }
    if gate.load.threads != 1 {
        id.push_str(&format!("_t{}", gate.load.threads));
    }
    if let Some(batch) = gate.load.batch {
        id.push_str(&format!("_b{batch}"));
    }
    id
}

/// `single stream`, `server at 400/s, 4 threads, batch 8`.
pub(super) fn load_words(load: &GateLoad) -> String {
    let mut text = load.scenario.to_string();
    match load.threads {
        1 => {}
        0 => text.push_str(", every core"),
        threads => text.push_str(&format!(", {threads} threads")),
    }
    if let Some(batch) = load.batch {
        text.push_str(&format!(", batch {batch}"));
    }
    text
}

impl GateFile {
    /// The gates that one measurement under load answers.
    #[must_use]
    pub fn gates_of_load(&self, key: &str) -> Vec<String> {
        let latency = self.latency.iter().filter(|gate| gate.load.key() == key);
        let throughput = self.throughput.iter().filter(|gate| gate.load.key() == key);
        latency
            .map(latency_id)
            .chain(throughput.map(|_| "throughput".to_owned()))
            .collect()
    }
}

impl GateLoad {
    /// With what tells it from every other load: a measurement is found by it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}, {} ms", load_words(self), self.duration_ms)
    }
}

fn regression(gate: &RegressionGate) -> AskedGate {
    let title = format!(
        "No regression of {} against {}",
        gate.percentile.label(),
        gate.against
    );
    let limit = format!("≤ +{} %", shortest(gate.margin_percent));
    AskedGate::new("regression", title, limit)
}

fn opset_limit(file: &GateFile) -> String {
    let Some(gate) = &file.opset else {
        return String::new();
    };
    let max = gate.max.map(|max| format!("≤ {max}"));
    let domains = gate
        .domains
        .as_ref()
        .map(|domains| format!("only {}", domains.join(", ")));
    [max, domains]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn signature_limit(file: &GateFile) -> String {
    let Some(gate) = &file.signature else {
        return String::new();
    };
    let listed = (gate.inputs.is_some() || gate.outputs.is_some()).then(|| "as listed".to_owned());
    let same = gate.same_as.map(|against| format!("as {against}"));
    [listed, same]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" and ")
}

/// `rtol 1e-5, atol 1e-6`
pub(super) fn tolerance(rtol: f64, atol: f64) -> String {
    format!("rtol {}, atol {}", scientific(rtol), scientific(atol))
}

fn scientific(x: f64) -> String {
    if x == 0.0 {
        "0".to_owned()
    } else {
        format!("{x:e}")
    }
}

/// `5`, `99.9`, without what floats add.
pub(super) fn shortest(x: f64) -> String {
    let text = format!("{x:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
