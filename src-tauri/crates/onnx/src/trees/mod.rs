//! Tree ensembles as trees: what quants really ship.
//!
//! [`find`] names the ensembles of a model, [`Ensemble::read`] checks one of them and reads it whole, [`summary`] tells its
//! shape, [`TreeView`] gives one tree to be drawn, and [`Ensemble::follow`] takes a row through all trees with the very
//! arithmetic of ONNX Runtime. Read are `TreeEnsembleRegressor` and `TreeEnsembleClassifier` of `ai.onnx.ml` 1 to 3, and
//! `TreeEnsemble` of `ai.onnx.ml` 5.

mod attributes;
mod ensemble;
mod error;
mod find;
mod follow;
mod probe;
mod read;
mod read5;
mod shape;
mod summary;
mod transform;
mod view;

pub use ensemble::{Aggregate, Ensemble, EnsembleOp, Node, NodeKind, PostTransform, Split, Test};
pub use error::{TreeError, TreeFault};
pub use find::{EnsemblePlace, find};
pub use follow::{Real, RowPath, TreePath};
pub use probe::{Probe, probe};
pub use shape::TreeShape;
pub use summary::{EnsembleSummary, FeatureUse, TreeLine, summary};
pub use view::{TreeView, TreeViewNode, TreeVote};

#[cfg(test)]
mod tests;
