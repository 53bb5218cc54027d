//! Measuring what a gate file asks: each function finds one fact and judges nothing.

mod golden;
mod graph;
mod load;
mod parity;
mod regression;

pub(super) use golden::{expected_of, golden_outputs};
pub(super) use graph::graph_of;
pub(super) use load::{Loaded, blamed, under_load};
pub(super) use parity::{data_file, parity};
pub(super) use regression::regression;
