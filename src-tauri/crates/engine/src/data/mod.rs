//! Tables in files: CSV, Parquet, NPY, NPZ, JSON and ONNX's own TensorProto, read in batches.
//!
//! [`open`] looks at a file's head and says which columns it has; [`Table::batches`] streams the rows, a million of them in
//! the memory of one batch (JSON and compressed Fortran-order arrays are read whole, for want of any other way).
//! [`bind`](bind::bind) puts columns into a model's inputs, and [`write`] puts outputs back into files.
//!
//! Nothing is guessed in silence: what was decided about a column (its type, what an empty cell means) is in its note, and
//! what does not fit is an error with its row and column. Rows count from 1, as in an editor.

pub mod bind;
pub mod convert;
mod csv;
mod infer;
mod json;
mod npy;
mod npz;
mod parquet;
mod parquet_leaf;
mod proto;
pub mod rows;
mod table;
pub mod write;

use std::path::Path;

pub use bind::{bind, bind_noted};
pub use npy::Header as NpyHeader;
pub use proto::tensor_from_proto;
pub use table::{Batches, Columns, DataColumn, DataFormat, Table};

use crate::EngineError;

/// Opens a table by its extension: `.csv`, `.tsv`, `.parquet`, `.npy`, `.npz`, `.json`, `.pb`.
///
/// # Errors
/// When the file cannot be read, is not what its extension says, or has an extension that is none of these.
pub fn open(path: &Path) -> Result<Table, EngineError> {
    match DataFormat::of(path)? {
        DataFormat::Csv => csv::open(path),
        DataFormat::Parquet => parquet::open(path),
        DataFormat::Npy => npy::open(path),
        DataFormat::Npz => npz::open(path),
        DataFormat::Json => json::open(path),
        DataFormat::TensorProto => proto::open(path),
    }
}

/// An error about a file, in words.
pub(crate) fn bad(path: &Path, reason: impl std::fmt::Display) -> EngineError {
    EngineError::Data {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// `a, b, c and 17 more`: names in an error, never a screenful.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len() {
        0 => "none".to_owned(),
        count if count <= SHOWN => names.join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}
