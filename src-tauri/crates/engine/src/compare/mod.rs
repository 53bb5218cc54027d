//! Proving what a model computes: its outputs against expected ones, against another model's, against itself under
//! other conditions.
//!
//! - [`compare`] takes two tensors; [`Meter`] any number of batches, in constant memory.
//! - [`RankCorrelation`] sorts on disk what does not fit; [`WorstRows`] keeps the rows that are furthest off.

mod comparer;
mod determinism;
pub mod divergence;
mod expected;
mod histogram;
mod meter;
mod rank;
mod report;
pub mod stream;
mod sum;
mod tensors;
mod text;
mod worst;

pub use comparer::{Comparer, agreement};
pub use determinism::{DeterminismReport, DeterminismRequest, RepeatGroup, determinism};
pub use expected::{ColumnMapping, ExpectedColumns};
pub use histogram::DifferenceHistogram;
pub use meter::{Meter, Tolerance};
pub use rank::{RankCorrelation, RankResult};
pub use report::{
    Agreement, ComparedCell, ComparedRow, ComparisonReport, InputCell, OutputMetrics, SideReport,
    WorstElement,
};
pub use sum::Sum;
pub use tensors::{Comparison, compare};
pub use worst::{Pairing, WorstRows};

pub(crate) use tensors::difference;
pub(crate) use text::cell;

#[cfg(test)]
mod tests;
