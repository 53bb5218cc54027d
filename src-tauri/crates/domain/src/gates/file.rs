//! What a gate file asks, typed. A section that is not in the file is not asked; a key that is not in its section has the
//! default that is told here.

use std::fmt;

/// Everything that a version must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct GateFile {
    pub size: Option<SizeGate>,
    pub opset: Option<OpsetGate>,
    pub signature: Option<SignatureGate>,
    pub placement: Option<PlacementGate>,
    pub golden: Option<GoldenGate>,
    pub parity: Option<ParityGate>,
    pub latency: Vec<LatencyGate>,
    pub throughput: Option<ThroughputGate>,
    pub memory: Option<MemoryGate>,
    pub regression: Option<RegressionGate>,
}

/// What is asked of a model without a gate file.
impl Default for GateFile {
    fn default() -> Self {
        Self {
            size: Some(SizeGate::default()),
            placement: Some(PlacementGate::default()),
            golden: Some(GoldenGate::default()),
            latency: vec![LatencyGate::default()],
            ..Self::empty()
        }
    }
}

impl GateFile {
    /// Asks nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: None,
            opset: None,
            signature: None,
            placement: None,
            golden: None,
            parity: None,
            latency: Vec::new(),
            throughput: None,
            memory: None,
            regression: None,
        }
    }

    /// The measurements under load that its gates need, each once.
    #[must_use]
    pub fn loads(&self) -> Vec<&GateLoad> {
        let mut loads: Vec<&GateLoad> = Vec::new();
        let throughput = self.throughput.as_ref().map(|gate| &gate.load);
        for load in self.latency.iter().map(|gate| &gate.load).chain(throughput) {
            if !loads.contains(&load) {
                loads.push(load);
            }
        }
        loads
    }
}

/// `[size]`: all files of the model together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeGate {
    pub max_bytes: u64,
}

impl Default for SizeGate {
    fn default() -> Self {
        Self {
            max_bytes: 256_000_000,
        }
    }
}

/// `[opset]`: the version of the default operator set, and whose operators may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpsetGate {
    pub max: Option<i64>,
    pub domains: Option<Vec<String>>,
}

/// `[signature]`: what goes in and what comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureGate {
    /// `x: float32[N, 4]`, in the model's order; `None` when not asked.
    pub inputs: Option<Vec<String>>,
    pub outputs: Option<Vec<String>>,
    /// The version whose signature it must have.
    pub same_as: Option<Against>,
}

/// `[placement]`: where the nodes run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementGate {
    /// As the engine writes it: `cpu`, `cuda`, `tensorrt`, `directml`, `coreml`, `webgpu`.
    pub provider: String,
    pub fallback: Fallback,
}

impl Default for PlacementGate {
    fn default() -> Self {
        Self {
            provider: "cpu".to_owned(),
            fallback: Fallback::Fail,
        }
    }
}

/// What nodes on the CPU mean that were asked to run elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    Fail,
    Allow,
}

/// `[golden]`: the logged input example gives the logged outputs, `|actual - expected| <= atol + rtol * |expected|`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldenGate {
    pub rtol: f64,
    pub atol: f64,
}

impl Default for GoldenGate {
    fn default() -> Self {
        Self {
            rtol: 1e-5,
            atol: 1e-6,
        }
    }
}

/// `[parity]`: the rows of a file give the outputs that stand in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParityGate {
    pub data: String,
    pub rtol: f64,
    pub atol: f64,
    /// The share of elements that must lie within the tolerance, 0 to 1.
    pub share: f64,
}

/// How a model is loaded with work while it is measured. Gates of the same load share one measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct GateLoad {
    pub scenario: GateScenario,
    /// Threads inside one run; 0 is every core.
    pub threads: u32,
    /// Rows of one run; the logged input example's own where it is not said.
    pub batch: Option<u32>,
    /// How long is measured, at least.
    pub duration_ms: u32,
}

impl Default for GateLoad {
    fn default() -> Self {
        Self {
            scenario: GateScenario::SingleStream,
            threads: 1,
            batch: None,
            duration_ms: 1500,
        }
    }
}

/// The scenarios of MLPerf LoadGen, and the replay of recorded arrivals.
#[derive(Debug, Clone, PartialEq)]
pub enum GateScenario {
    SingleStream,
    /// Poisson arrivals.
    Server {
        rate_per_s: f64,
    },
    Offline,
    /// Arrivals from a file with timestamps.
    Replay {
        arrivals: String,
    },
}

impl GateScenario {
    /// As a gate file writes it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::SingleStream => "single-stream",
            Self::Server { .. } => "server",
            Self::Offline => "offline",
            Self::Replay { .. } => "replay",
        }
    }
}

impl fmt::Display for GateScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SingleStream => f.write_str("single stream"),
            Self::Server { rate_per_s } => write!(f, "server at {rate_per_s}/s"),
            Self::Offline => f.write_str("offline"),
            Self::Replay { arrivals } => write!(f, "replay of {arrivals}"),
        }
    }
}

/// A percentile that latency is held to: one of those that a measurement reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percentile {
    P50,
    P90,
    P95,
    P99,
    P999,
    P9999,
}

impl Percentile {
    pub const ALL: [Self; 6] = [
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::P999,
        Self::P9999,
    ];

    /// `p99.9`
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::P9999 => "p99.99",
        }
    }

    /// 99.9, as a gate file writes it.
    #[must_use]
    pub fn percent(self) -> f64 {
        match self {
            Self::P50 => 50.0,
            Self::P90 => 90.0,
            Self::P95 => 95.0,
            Self::P99 => 99.0,
            Self::P999 => 99.9,
            Self::P9999 => 99.99,
        }
    }

    /// From 0 to 1.
    #[must_use]
    pub fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
            Self::P9999 => 0.9999,
        }
    }
}

/// `[[latency]]`: the upper confidence bound of a percentile lies at or below the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyGate {
    pub percentile: Percentile,
    pub limit_ms: f64,
    pub load: GateLoad,
}

impl Default for LatencyGate {
    fn default() -> Self {
        Self {
            percentile: Percentile::P99,
            limit_ms: 5.0,
            load: GateLoad::default(),
        }
    }
}

/// `[throughput]`: rows a second.
#[derive(Debug, Clone, PartialEq)]
pub struct ThroughputGate {
    pub min_per_s: f64,
    pub load: GateLoad,
}

/// `[memory]`: the most that a process of its own held while it loaded and ran the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryGate {
    pub peak_rss_max_bytes: u64,
}

/// `[regression]`: a percentile is not slower than that of another version by more than a margin.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionGate {
    pub against: Against,
    pub percentile: Percentile,
    /// Slower by this much is still no regression, percent of the other version's percentile.
    pub margin_percent: f64,
    /// One-sided: how often two equal models may be told apart by chance.
    pub significance: f64,
    pub threads: u32,
    pub duration_ms: u32,
}

impl Default for RegressionGate {
    fn default() -> Self {
        Self {
            against: Against::Production,
            percentile: Percentile::P99,
            margin_percent: 5.0,
            significance: 0.01,
            threads: 1,
            duration_ms: 4000,
        }
    }
}

/// The version that a comparison is with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// The one that stands in Production.
    Production,
    Version(i64),
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.write_str("Production"),
            Self::Version(version) => write!(f, "v{version}"),
        }
    }
}
