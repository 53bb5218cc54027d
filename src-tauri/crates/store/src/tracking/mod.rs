//! Experiments, runs, metrics, params, tags, datasets, logged models.
//!
//! A run's writers take its row lock first ([`runs::lock`]), so that two batches of one run never interleave or deadlock.

pub mod datasets;
pub mod experiments;
pub mod find;
pub mod labels;
pub mod logged_models;
pub mod metrics;
pub mod runs;
pub mod series;
pub mod trash;
pub mod whole;

/// Ids of one list go into one `in (...)`; longer lists are read in pieces of this size.
const IDS_AT_ONCE: usize = 500;
