//! A report that was kept, held against a new one. Only figures of the same machine, load and settings are compared.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::{BenchmarkReport, ShiftVerdict};
use crate::{EngineError, fingerprint};

/// One percentile then and now, milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BaselinePercentile {
    pub label: String,
    #[specta(type = Number)]
    pub then_ms: f64,
    #[specta(type = Number)]
    pub now_ms: f64,
    /// Shown only where the two bounds do not meet: two runs at two times share no disturbance that would cancel.
    pub verdict: ShiftVerdict,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BaselineComparison {
    pub model: String,
    pub digest: String,
    #[specta(type = Number)]
    pub started_at_ms: i64,
    /// Those that both claim.
    pub percentiles: Vec<BaselinePercentile>,
}

/// What keeps two reports from being compared: name, now, then.
#[must_use]
pub fn differing(now: &BenchmarkReport, then: &BenchmarkReport) -> Vec<(String, String, String)> {
    let settings = |of: &BenchmarkReport| {
        let (threads, sessions, batch) = (
            of.threads.to_string(),
            of.sessions.to_string(),
            of.batch.to_string(),
        );
        [
            ("load", of.scenario.label()),
            ("provider", of.provider.requested.join(", ")),
            ("threads", threads),
            ("sessions", sessions),
            ("batch", batch),
            ("inputs", of.inputs.clone()),
        ]
    };
    let machine = fingerprint::differing(&now.fingerprint, &then.fingerprint);
    let pairs = settings(now).into_iter().zip(settings(then));
    let settings = pairs
        .filter(|((_, now), (_, then))| now != then)
        .map(|((name, now), (_, then))| (name, now, then));
    machine
        .into_iter()
        .chain(settings)
        .map(|(name, now, then)| (name.to_owned(), now, then))
        .collect()
}

/// Holds `now` against a baseline.
///
/// # Errors
/// [`EngineError::Input`] on `baseline` that names every differing field, when the two do not compare.
pub fn with_baseline(
    now: &BenchmarkReport,
    then: &BenchmarkReport,
) -> Result<BaselineComparison, EngineError> {
    let differing = differing(now, then);
    if !differing.is_empty() {
        let told: Vec<String> = differing
            .iter()
            .map(|(name, now, then)| format!("{name} is {now}, was {then}"))
            .collect();
        let reason = format!(
            "was measured under other conditions and is not compared: {}",
            told.join("; ")
        );
        return Err(EngineError::input("baseline", reason));
    }
    let held = now.percentiles.iter().filter_map(|now| {
        let then = then.percentile(&now.label)?;
        let verdict = if now.low_ms? > then.high_ms? {
            ShiftVerdict::Slower
        } else if now.high_ms? < then.low_ms? {
            ShiftVerdict::Faster
        } else {
            ShiftVerdict::Inconclusive
        };
        Some(BaselinePercentile {
            label: now.label.clone(),
            then_ms: then.value_ms?,
            now_ms: now.value_ms?,
            verdict,
        })
    });
    Ok(BaselineComparison {
        model: then.model.clone(),
        digest: then.digest.clone(),
        started_at_ms: then.started_at_ms,
        percentiles: held.collect(),
    })
}
