//! The nouns of Drydock and their rules: ids, names, stages, runs, the search language. No I/O.
//!
//! Everything here is pure: a function of its arguments, tested by tables. Other crates bring clocks, disks and wires.

pub mod artifact;
pub mod audit;
pub mod calendar;
pub mod datasets;
pub mod deployment;
pub mod gates;
pub mod names;
pub mod pair;
pub mod registry;
pub mod search;
pub mod traces;
pub mod tracking;
pub mod webhook;
mod word_id;

pub use pair::Pair;
