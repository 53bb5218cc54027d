use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::EngineError;
use crate::fingerprint::Environment;
use crate::tensor::Tensor;

/// The load that is put on the model, after the scenarios of MLPerf LoadGen. As many callers take part as the model has
/// sessions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, specta::Type)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Scenario {
    /// Every caller asks again as soon as it is answered. Latency is one run.
    #[default]
    SingleStream,
    /// One query is so many samples at once; it is answered when the last of them is. Latency is one query.
    MultiStream { samples_per_query: u32 },
    /// Queries arrive as a Poisson process, whether or not the ones before are answered. Latency counts from the scheduled
    /// arrival, so that waiting in the queue is in it.
    Server {
        #[specta(type = Number)]
        rate_per_s: f64,
        #[specta(type = Number)]
        seed: u64,
    },
    /// As much as can be computed. Latency is one run; throughput is the answer.
    Offline,
    /// Queries arrive when they did in a market, so many times as fast.
    Replay {
        /// Where the arrivals come from, for the report.
        source: String,
        #[specta(type = Number)]
        speed: f64,
    },
}

impl Scenario {
    /// As a sentence names it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::SingleStream => "single stream".to_owned(),
            Self::MultiStream { samples_per_query } => {
                format!("multi stream, {samples_per_query} samples a query")
            }
            Self::Server { rate_per_s, .. } => format!("server, Poisson at {rate_per_s}/s"),
            Self::Offline => "offline".to_owned(),
            Self::Replay { source, speed, .. } => format!("replay of {source} at {speed}x"),
        }
    }

    /// Queries come whether or not the ones before are answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Server { .. } | Self::Replay { .. })
    }

    /// # Errors
    /// [`EngineError::Input`] that names the field.
    pub fn check(&self) -> Result<(), EngineError> {
        let positive = |field: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                return Ok(());
            }
            let reason = format!("is {value}, but must be a number above 0");
            Err(EngineError::input(field, reason))
        };
        match self {
            Self::SingleStream | Self::Offline => Ok(()),
            Self::MultiStream { samples_per_query } => {
                positive("samplesPerQuery", f64::from(*samples_per_query))
            }
            Self::Server { rate_per_s, .. } => positive("ratePerS", *rate_per_s),
            Self::Replay { speed, .. } => positive("speed", *speed),
        }
    }
}

/// Arrivals are seconds on any clock, ascending.
fn check_arrivals(arrivals_s: &[f64]) -> Result<(), EngineError> {
    if arrivals_s.is_empty() {
        let reason = "there is no arrival to replay";
        return Err(EngineError::input("arrivals", reason));
    }
    if let Some(row) = arrivals_s.iter().position(|at| !at.is_finite()) {
        let reason = format!("row {} is {}, but must be a time", row + 1, arrivals_s[row]);
        return Err(EngineError::input("arrivals", reason));
    }
    if let Some(row) = arrivals_s.windows(2).position(|pair| pair[1] < pair[0]) {
        let reason = format!(
            "row {} is earlier than the row before it; arrivals must ascend",
            row + 2
        );
        return Err(EngineError::input("arrivals", reason));
    }
    Ok(())
}

/// What to measure. The limits end the run; whichever is reached first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BenchmarkRequest {
    /// What the report calls the model, and the digest of its bytes.
    pub model: String,
    pub digest: String,
    pub scenario: Scenario,
    /// For [`Scenario::Replay`]: when the queries arrived, in seconds on any clock, ascending. Empty otherwise.
    pub arrivals_s: Vec<f64>,
    pub inputs: Vec<(String, Tensor)>,
    /// Where the inputs come from: `logged input example`, `generated, seed 7`.
    pub inputs_label: String,
    /// Of the measurement; of each arm, where two are compared.
    pub duration: Duration,
    /// Of each arm as well.
    pub samples_max: u64,
    pub warm_up: WarmUp,
    pub started_at_ms: i64,
    /// Where it is measured; looked at when the measurement begins, if not given.
    pub environment: Option<Environment>,
}

impl BenchmarkRequest {
    /// # Errors
    /// [`EngineError::Input`] that names the field.
    pub fn check(&self) -> Result<(), EngineError> {
        if matches!(self.scenario, Scenario::Replay { .. }) {
            check_arrivals(&self.arrivals_s)?;
        }
        self.scenario.check()
    }
}

/// Runs that are not counted: at least `runs_min`, and as many more as fit into `duration`; then more while they still
/// get faster, up to five times `duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    pub runs_min: u32,
    pub duration: Duration,
}

impl Default for WarmUp {
    fn default() -> Self {
        Self {
            runs_min: 10,
            duration: Duration::from_millis(200),
        }
    }
}

/// How far a benchmark is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkProgress {
    pub step: Cow<'static, str>,
    pub samples: u64,
    /// From 0 to 1.
    pub fraction: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_cannot_be_put_on_names_its_field() {
        let refused = |rate_per_s| {
            let found = Scenario::Server {
                rate_per_s,
                seed: 1,
            }
            .check();
            found.map_err(|error| error.to_string())
        };
        assert_eq!(refused(400.0), Ok(()));
        assert_eq!(
            refused(f64::NAN),
            Err("input 'ratePerS': is NaN, but must be a number above 0".to_owned())
        );
        let refused =
            |arrivals: &[f64]| check_arrivals(arrivals).map_err(|error| error.to_string());
        assert_eq!(refused(&[0.0, 0.0, 1.0]), Ok(()));
        assert_eq!(
            refused(&[0.0, 2.0, 1.0]),
            Err(
                "input 'arrivals': row 3 is earlier than the row before it; arrivals must ascend"
                    .to_owned()
            )
        );
        assert!(refused(&[0.0, f64::NAN]).is_err() && refused(&[]).is_err());
    }
}
