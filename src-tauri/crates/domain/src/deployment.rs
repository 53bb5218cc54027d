//! Gates and endpoints: the words with which a deployment is decided and told.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a gate says. Inconclusive is not a pass: the evidence was missing or too thin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Pass,
    Fail,
    Inconclusive,
}

impl Verdict {
    /// One failure fails all; one missing answer leaves the whole inconclusive.
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts
            .into_iter()
            .fold(Self::Pass, |worst, next| match (worst, next) {
                (Self::Fail, _) | (_, Self::Fail) => Self::Fail,
                (Self::Inconclusive, _) | (_, Self::Inconclusive) => Self::Inconclusive,
                (Self::Pass, Self::Pass) => Self::Pass,
            })
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pass" => Ok(Self::Pass),
            "fail" => Ok(Self::Fail),
            "inconclusive" => Ok(Self::Inconclusive),
            other => Err(format!("unknown verdict '{other}'")),
        }
    }
}

/// One line of the checklist: what was measured, against which limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GateCheck {
    /// Stable name for machines: `digest`, `load`, `provider`, `golden`, `latency_p99`, `size`.
    pub id: String,
    pub title: String,
    pub verdict: Verdict,
    pub measured: String,
    pub limit: String,
    pub detail: String,
    /// The same in numbers, where it is one; reports of earlier releases have none.
    #[serde(default)]
    pub gauge: Option<Gauge>,
}

/// A measured number beside its limit, in the unit of the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Gauge {
    #[specta(type = specta_typescript::Number)]
    pub value: f64,
    /// The bounds between which the truth lies, where it was measured with any.
    #[specta(type = Option<specta_typescript::Number>)]
    pub low: Option<f64>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub high: Option<f64>,
    #[specta(type = specta_typescript::Number)]
    pub limit: f64,
    /// `ms`, `bytes`, `/s`, `%`, or nothing.
    pub unit: String,
    /// The value must not exceed the limit; else it must reach it.
    pub at_most: bool,
}

/// Whether the owner wants the endpoint up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desired {
    Running,
    Stopped,
}

impl Desired {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }
}

impl FromStr for Desired {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "running" => Ok(Self::Running),
            "stopped" => Ok(Self::Stopped),
            other => Err(format!("unknown desired state '{other}'")),
        }
    }
}

/// The environments that an endpoint can stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Staging,
    Production,
}

impl Environment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// `regime-classifier` in staging is served as `regime-classifier-staging`.
    pub fn endpoint_name(self, model: &str) -> String {
        format!("{model}-{}", self.as_str())
    }
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "staging" => Ok(Self::Staging),
            "production" => Ok(Self::Production),
            other => Err(format!("unknown environment '{other}'")),
        }
    }
}

/// What was asked of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentAction {
    Deploy,
    Rollback,
    Stop,
    Start,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentOutcome {
    Live,
    Replaced,
    Refused,
    RolledBack,
    Stopped,
}

macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),*) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),* })
            }
        }
        impl FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($word => Ok(Self::$variant),)* other => Err(format!("unknown word '{other}'")) }
            }
        }
    };
}
words!(DeploymentAction: Deploy = "deploy", Rollback = "rollback", Stop = "stop", Start = "start");
words!(DeploymentOutcome: Live = "live", Replaced = "replaced", Refused = "refused", RolledBack = "rolled_back", Stopped = "stopped");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_outweighs_everything() {
        use Verdict::{Fail, Inconclusive, Pass};
        assert_eq!(Verdict::all([]), Pass);
        assert_eq!(Verdict::all([Pass, Pass]), Pass);
        assert_eq!(Verdict::all([Pass, Inconclusive]), Inconclusive);
        assert_eq!(Verdict::all([Inconclusive, Fail, Pass]), Fail);
    }
}
