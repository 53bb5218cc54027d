//! Reading ONNX models without running them, and without loading their weights.
//!
//! A model file is mapped into memory, walked once to prove that it is whole and sane, and decoded by prost into messages
//! whose weights stay slices of the map: a file of gigabytes opens in milliseconds. Nothing here needs ONNX Runtime, and
//! nothing here trusts the file: it may be truncated, mistaken for a model, or made to hurt. Whatever is refused is
//! refused with a sentence that names the file, what was found and what would be right.
//!
//! - [`open`] gives a [`Model`]; [`report`] describes it for people and programs.
//! - [`graph`] draws it: boxes and lines, placed by [`layout`].
//! - [`diff`](mod@diff) compares two of them.
//! - [`trees`] reads the tree ensembles among its nodes.
//! - [`cost`] counts what it takes, from the [`shapes`] of its tensors.
//! - [`weights`] reads their numbers.
//! - [`write`] builds and saves models from the same messages.

mod attribute;
mod check;
pub mod cost;
pub mod diff;
mod error;
mod external;
mod file;
mod foreign;
pub mod graph;
mod kind;
pub mod layout;
mod narrow;
pub mod npy;
pub mod proto;
mod report;
mod scan;
pub mod shapes;
pub mod trees;
mod walk;
pub mod weights;
pub mod write;

#[cfg(feature = "fixtures")]
pub mod fixtures;

pub use error::OnnxError;
pub use file::{Model, open};
pub use report::{
    ExternalFile, FunctionInfo, InitializerInfo, ModelReport, NodeInfo, OpCount, OpsetImport,
    TensorInfo, report,
};
pub use walk::inner_reads;
