//! Numbers one can defend: quantiles with their confidence bounds, histograms, means and throughput.
//!
//! Pure functions over slices; no clock, no I/O, no units of its own: a sample in milliseconds gives bounds in
//! milliseconds. It is a crate apart so that every figure on a screen, in a gate or in a report comes from one tested
//! place, and so that the formulas can be read next to their sources.

mod histogram;
mod outlier;
mod quantile;
mod spread;
mod summary;

pub use histogram::{Histogram, evenly_spaced_edges, log_spaced_edges};
pub use outlier::{MODIFIED_Z_MAX, outliers};
pub use quantile::{
    CONFIDENCE, QuantileBound, TooFewSamples, nearest_rank, quantile_bound, samples_needed,
};
pub use spread::{Range, Spread};
pub use summary::{mean, sort_samples, throughput_per_s};
