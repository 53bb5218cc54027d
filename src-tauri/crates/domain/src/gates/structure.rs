//! The gates that look at what the model is and where it runs: operator sets, signature, placement.

use super::facts::{Fact, GraphFact, PlacementFact, PortFact};
use super::file::{Fallback, OpsetGate, PlacementGate, SignatureGate};
use super::found::{Found, passes};
use crate::deployment::{Gauge, Verdict};

const DEFAULT_DOMAIN: &str = "ai.onnx";

pub(super) fn opset(gate: &OpsetGate, graph: &GraphFact) -> Found {
    let spoken: Vec<String> = graph
        .opsets
        .iter()
        .map(|set| format!("{} {}", set.domain, set.version))
        .collect();
    let own = graph
        .opsets
        .iter()
        .find(|set| set.domain == DEFAULT_DOMAIN)
        .map(|set| set.version);
    let mut wrong = Vec::new();
    if let (Some(max), Some(version)) = (gate.max, own)
        && version > max
    {
        wrong.push(format!("opset {version} is newer than {max}"));
    }
    if let Some(domains) = &gate.domains {
        let foreign = graph
            .opsets
            .iter()
            .filter(|set| !domains.contains(&set.domain));
        wrong.extend(foreign.map(|set| format!("domain {} is not allowed", set.domain)));
    }
    let mut found = Found::new(
        passes(wrong.is_empty()),
        spoken.join(", "),
        wrong.join("; "),
    );
    if let (Some(max), Some(version)) = (gate.max, own) {
        found.gauge = Some(Gauge {
            value: version as f64,
            low: None,
            high: None,
            limit: max as f64,
            unit: String::new(),
            at_most: true,
        });
    }
    found
}

pub(super) fn signature(
    gate: &SignatureGate,
    graph: &GraphFact,
    same_as: &Fact<GraphFact>,
) -> Found {
    let measured = format!("{} in, {} out", graph.inputs.len(), graph.outputs.len());
    let mut wrong = Vec::new();
    for (what, listed, ports) in [
        ("input", &gate.inputs, &graph.inputs),
        ("output", &gate.outputs, &graph.outputs),
    ] {
        if let Some(listed) = listed {
            let wanted: Vec<String> = listed.iter().map(|text| spaced(text)).collect();
            wrong.extend(apart(what, &wanted, ports));
        }
    }
    if gate.same_as.is_some() {
        match same_as {
            Fact::Measured(other) => {
                wrong.extend(apart("input", &texts(&other.inputs), &graph.inputs));
                wrong.extend(apart("output", &texts(&other.outputs), &graph.outputs));
            }
            Fact::Missing(reason) | Fact::Failed(reason) if wrong.is_empty() => {
                return Found::new(Verdict::Inconclusive, measured, reason);
            }
            Fact::NotReached if wrong.is_empty() => {
                return Found::new(
                    Verdict::Inconclusive,
                    measured,
                    "the other version was not read",
                );
            }
            Fact::Missing(_) | Fact::Failed(_) | Fact::NotReached => {}
        }
    }
    Found::new(passes(wrong.is_empty()), measured, wrong.join("; "))
}

fn texts(ports: &[PortFact]) -> Vec<String> {
    ports.iter().map(ToString::to_string).collect()
}

/// One blank after colons and commas and none elsewhere, as [`PortFact`] is written.
fn spaced(text: &str) -> String {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match bare.split_once('[') {
        Some((head, dims)) => format!(
            "{}[{}",
            head.replacen(':', ": ", 1),
            dims.replace(',', ", ")
        ),
        None => bare.replacen(':', ": ", 1),
    }
}

/// Where the ports are not those that are wanted, in their order.
fn apart(what: &str, wanted: &[String], ports: &[PortFact]) -> Vec<String> {
    let mut wrong = Vec::new();
    for at in 0..wanted.len().max(ports.len()) {
        let number = at + 1;
        match (wanted.get(at), ports.get(at).map(ToString::to_string)) {
            (Some(wanted), Some(found)) if *wanted == found => {}
            (Some(wanted), Some(found)) => {
                wrong.push(format!("{what} {number} is {found}, not {wanted}"));
            }
            (Some(wanted), None) => wrong.push(format!("{what} {number} ({wanted}) is missing")),
            (None, Some(found)) => wrong.push(format!("{what} {number} ({found}) is one too many")),
            (None, None) => {}
        }
    }
    wrong
}

pub(super) fn placement(gate: &PlacementGate, placed: &PlacementFact) -> Found {
    let nodes: u32 = placed.placed.iter().map(|(_, nodes)| nodes).sum();
    let spoken: Vec<String> = placed
        .placed
        .iter()
        .map(|(provider, own)| format!("{own} of {nodes} nodes on {provider}"))
        .collect();
    let elsewhere: Vec<&str> = placed
        .placed
        .iter()
        .map(|(provider, _)| provider.as_str())
        .filter(|provider| *provider != gate.provider)
        .collect();
    let only_cpu = elsewhere.iter().all(|provider| *provider == "cpu");
    let fell_back = placed.fell_back_to_cpu || !elsewhere.is_empty();
    let none_there = nodes > 0 && !placed.placed.iter().any(|(p, _)| *p == gate.provider);
    let (verdict, detail) = match (fell_back, gate.fallback) {
        // A model whose every node was computed away while it was loaded has nothing to place.
        (false, _) => (Verdict::Pass, ""),
        _ if none_there => (Verdict::Fail, "no node runs where it was asked to"),
        (true, Fallback::Allow) if only_cpu => {
            (Verdict::Pass, "the rest fell back to the CPU, as allowed")
        }
        (true, Fallback::Allow) => (Verdict::Fail, "nodes run neither there nor on the CPU"),
        (true, Fallback::Fail) => (Verdict::Fail, "nodes fell back"),
    };
    let measured = if spoken.is_empty() {
        "no node to run".to_owned()
    } else {
        spoken.join("; ")
    };
    Found::new(verdict, measured, detail)
}
