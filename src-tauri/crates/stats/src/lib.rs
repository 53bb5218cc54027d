//! Numbers one can defend: quantiles with their confidence bounds, histograms, means and throughput.
//!
//! Pure functions over slices; no clock, no I/O, no units of its own: a sample in milliseconds gives bounds in
//! milliseconds. It is a crate apart so that every figure on a screen, in a gate or in a report comes from one tested
//! place, and so that the formulas can be read next to their sources.

mod difference;
mod histogram;
mod outlier;
mod power;
mod quantile;
mod random;
mod spread;
pub mod steady;
mod summary;

pub use difference::{
    BLOCKS, BLOCKS_MIN, DIFFERENCE_CONFIDENCE, Difference, NotCompared, Regression, Resampling,
    Shift, differences,
};
pub use histogram::{Histogram, evenly_spaced_edges, log_spaced_edges};
pub use outlier::{MODIFIED_Z_MAX, outliers};
pub use power::{SamplePlan, Sought, samples_for_shift};
pub use quantile::{
    CONFIDENCE, QuantileBound, TooFewSamples, nearest_rank, quantile_bound, samples_needed,
};
pub use random::SplitMix64;
pub use spread::{Range, Spread};
pub use summary::{mean, sort_samples, throughput_per_s};
