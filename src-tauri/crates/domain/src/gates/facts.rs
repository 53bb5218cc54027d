//! What was measured of a version, before anybody judges it.

use serde::{Deserialize, Serialize};

/// One thing that was to be found out. Only what was measured can pass.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "fact")]
pub enum Fact<T> {
    Measured(T),
    /// It could not be found out, and says nothing about the model: no expected output, no other version, no device.
    Missing(String),
    /// The model itself stood in the way: it did not load, it did not run.
    Failed(String),
    /// Nobody asked, or an earlier gate ended the walk.
    #[default]
    NotReached,
}

impl<T> Fact<T> {
    pub fn measured(&self) -> Option<&T> {
        match self {
            Self::Measured(fact) => Some(fact),
            Self::Missing(_) | Self::Failed(_) | Self::NotReached => None,
        }
    }
}

/// Everything that was measured of a version in one run of its gates.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    pub files: Fact<FilesFact>,
    pub size_bytes: Fact<u64>,
    pub graph: Fact<GraphFact>,
    /// The signature that it must have, and whose.
    pub same_as: Fact<GraphFact>,
    pub loaded: Fact<LoadedFact>,
    pub placement: Fact<PlacementFact>,
    pub golden: Fact<GoldenFact>,
    pub parity: Fact<ParityFact>,
    /// In the order of [`super::GateFile::loads`].
    pub loads: Vec<LoadRun>,
    pub memory: Fact<MemoryFact>,
    pub regression: Fact<RegressionFact>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilesFact {
    pub files: u64,
    /// SHA-256 over the files.
    pub digest: String,
    /// They are those that were registered; a file on disk has nothing to be held to.
    pub registered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphFact {
    /// Whose graph it is, where it is not the version's own: `v12, Production`.
    pub of: Option<String>,
    pub opsets: Vec<OpsetFact>,
    pub inputs: Vec<PortFact>,
    pub outputs: Vec<PortFact>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpsetFact {
    /// `ai.onnx` is the default one.
    pub domain: String,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortFact {
    pub name: String,
    pub element_type: String,
    pub dims: Vec<String>,
}

impl std::fmt::Display for PortFact {
    /// `x: float32[N, 4]`, as a gate file writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {}[{}]",
            self.name,
            self.element_type,
            self.dims.join(", ")
        )
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadedFact {
    pub load_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacementFact {
    pub requested: Vec<String>,
    /// Provider and its nodes of the optimised graph, most first.
    pub placed: Vec<(String, u32)>,
    pub fell_back_to_cpu: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoldenFact {
    pub outputs: u64,
    pub elements: u64,
    /// Elements outside the tolerance.
    pub outside: u64,
    /// `None`: infinite, one side is NaN or infinite and the other is not the same.
    pub max_abs: Option<f64>,
    /// What was held: the gate's own, or the trainer's where that is stricter.
    pub rtol: f64,
    pub atol: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParityFact {
    pub data: String,
    pub data_sha256: String,
    pub rows: u64,
    pub elements: u64,
    pub outside: u64,
    /// `None`: infinite.
    pub max_abs: Option<f64>,
    /// The row that is furthest off, counted from 0.
    pub worst_row: Option<u64>,
}

/// A figure and the bounds between which the truth lies, each side at the confidence of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PercentileFact {
    /// `p99.9`
    pub label: String,
    pub bound: Option<Spread>,
    /// Why there is no bound.
    pub refused: Option<String>,
}

/// Counts between edges, milliseconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Histogram {
    pub edges_ms: Vec<f64>,
    pub counts: Vec<u64>,
}

/// One measurement under load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadRun {
    /// The load in words, with which a gate finds its measurement: `single stream, 1 thread`.
    pub load: String,
    pub result: Fact<LoadFact>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadFact {
    pub samples: u64,
    pub warmup_runs: u64,
    pub duration_ms: f64,
    /// One-sided confidence of each bound.
    pub confidence: f64,
    /// Rows of one run.
    pub batch: u64,
    /// Where the inputs come from: `logged input example`, `generated, seed 7`.
    pub inputs: String,
    pub percentiles: Vec<PercentileFact>,
    /// Rows a second, where a gate asks.
    pub throughput_per_s: Option<Spread>,
    /// What is wrong with the measurement itself: drift, two modes, throttling.
    pub doubts: Vec<String>,
    pub histogram: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryFact {
    pub peak_rss_bytes: u64,
}

/// An interleaved comparison with another version on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegressionFact {
    /// `v12, Production`
    pub against: String,
    pub against_digest: String,
    /// Of each arm.
    pub samples: u64,
    pub value_ms: f64,
    pub against_ms: f64,
    /// `(value - against) / against` of the percentile, between its one-sided bounds at `1 - significance`.
    pub change: Spread,
    pub method: String,
    pub seed: u64,
}
