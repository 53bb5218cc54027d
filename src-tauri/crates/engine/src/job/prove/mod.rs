//! Proving, in the worker: comparisons of rows, the search for the first difference, repeats.

mod compare;
mod determinism;
mod divergence;

pub use compare::{CompareAgainst, CompareJob, RecordJob};
pub use determinism::DeterminismJob;
pub use divergence::DivergenceJob;

use std::path::PathBuf;

use crate::compare::stream::{ModelSide, RowSource};

/// The files of sides and rows.
fn files<'a>(sides: impl IntoIterator<Item = &'a ModelSide>, source: &RowSource) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = sides.into_iter().map(|side| side.path.clone()).collect();
    if let RowSource::File { path } = source {
        files.push(path.clone());
    }
    files
}
