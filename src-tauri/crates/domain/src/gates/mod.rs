//! Gates: what a version must hold before it is deployed, what was measured of it, and the verdict.
//!
//! A gate file (TOML) says what is asked, [`Facts`] say what was measured, [`judge`] holds one against the other. All of
//! it is pure, so that the window, the command line and a build server reach the same verdict from the same inputs.

mod error;
mod example;
mod facts;
mod figures;
mod file;
mod found;
mod judge;
mod read;
mod section;
mod structure;
mod words;

pub use error::GateFileError;
pub use example::EXAMPLE;
pub use facts::{
    Fact, Facts, FilesFact, GoldenFact, GraphFact, Histogram, LoadFact, LoadRun, LoadedFact,
    MemoryFact, OpsetFact, ParityFact, PercentileFact, PlacementFact, PortFact, RegressionFact,
    Spread,
};
pub use figures::{bytes, count, difference, ms, percent};
pub use file::{
    Against, Fallback, GateFile, GateLoad, GateScenario, GoldenGate, LatencyGate, MemoryGate,
    OpsetGate, ParityGate, Percentile, PlacementGate, RegressionGate, SignatureGate, SizeGate,
    ThroughputGate,
};
pub use judge::{judge, verdict};
pub use read::parse;
pub use words::{AskedGate, asked};
