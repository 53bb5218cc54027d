//! Proving what a model computes: its outputs against expected ones, against another model's, against itself under
//! other conditions.
//!
//! - [`compare`] takes two tensors; [`Meter`] any number of batches, in constant memory.
//! - [`RankCorrelation`] sorts on disk what does not fit; [`WorstRows`] keeps the rows that are furthest off.

mod histogram;
mod meter;
mod rank;
mod report;
mod sum;
mod tensors;
mod text;
mod worst;

pub use histogram::DifferenceHistogram;
pub use meter::{Meter, Tolerance};
pub use rank::{RankCorrelation, RankResult};
pub use report::{ComparedCell, ComparedRow, InputCell, OutputMetrics, WorstElement};
pub use sum::Sum;
pub use tensors::{Comparison, compare};
pub use worst::{Pairing, WorstRows};

pub(crate) use tensors::difference;
pub(crate) use text::cell;

#[cfg(test)]
mod tests;
