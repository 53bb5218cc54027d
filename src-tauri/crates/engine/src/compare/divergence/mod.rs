//! Where two sides begin to differ: the first tensor whose makers' inputs agree and which itself does not.
//!
//! The graph's tensors stand in an order that no value goes against. The search exposes a few of them at a time as
//! outputs, on both sides, and runs both: what differs draws the upper bound down, what agrees draws the lower one up
//! (bisection with several cuts). Values may agree again further down (a `Relu` swallows a sign), so a bound is a guess
//! until the end: then every input of the node that was found is looked at, and if one differs, the search goes on
//! above it. Only so many tensors are exposed at once as fit into the memory that is given.

mod exposed;
mod report;
mod search;

pub use exposed::Exposable;
pub use report::{CheckedTensor, DivergenceOutcome, DivergenceReport, SkippedTensor};
pub use search::{Divergence, DivergenceLimits, DivergenceProgress, Sides, find};
