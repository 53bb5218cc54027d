//! Outputs into files: CSV, Parquet, NPY, NPZ, batch by batch, so that a million rows take the memory of one batch.
//!
//! CSV and Parquet are tables: every output must have a row for each row. An output of several values a row becomes the
//! columns `name[0]`, `name[1]`, ... in CSV and one list column in Parquet; [`super::bind()`] reads both back. NPY and NPZ
//! keep every shape.

mod csv;
mod npy;
mod parquet;

use std::path::Path;

pub(crate) use csv::text;

use super::table::Columns;
use super::{DataFormat, bad};
use crate::EngineError;
use crate::tensor::Tensor;

/// Takes batches in their order. The file is complete, and under its name, only after [`TableWriter::finish`].
pub trait TableWriter {
    /// # Errors
    /// When the columns are not those of the first batch, or cannot be written in this format.
    fn write(&mut self, batch: &Columns) -> Result<(), EngineError>;

    /// # Errors
    /// When the file cannot be completed.
    fn finish(self: Box<Self>) -> Result<(), EngineError>;
}

/// A writer for the extension of `path`: `.csv`, `.parquet`, `.npy`, `.npz`.
///
/// # Errors
/// When the extension is another, or the file cannot be made.
pub fn create(path: &Path) -> Result<Box<dyn TableWriter + Send>, EngineError> {
    match DataFormat::of(path) {
        Ok(DataFormat::Csv) => Ok(Box::new(csv::CsvWriter::new(path)?)),
        Ok(DataFormat::Parquet) => Ok(Box::new(parquet::ParquetWriter::new(path)?)),
        Ok(DataFormat::Npy | DataFormat::Npz) => Ok(Box::new(npy::ArrayWriter::new(path)?)),
        _ => Err(bad(
            path,
            "outputs are written to .csv, .parquet, .npy and .npz files",
        )),
    }
}

/// Writes outputs that stand in memory whole.
///
/// # Errors
/// As [`create`], and when an output is no table's column in a format that is one.
pub fn save(path: &Path, outputs: &[(String, Tensor)]) -> Result<(), EngineError> {
    let mut writer = create(path)?;
    let keeps_shapes = matches!(DataFormat::of(path), Ok(DataFormat::Npy | DataFormat::Npz));
    if keeps_shapes {
        writer.write(&Columns {
            rows: 0,
            columns: outputs.to_vec(),
        })?;
        return writer.finish();
    }
    let rows = outputs
        .first()
        .and_then(|(_, tensor)| tensor.shape().first().copied());
    for (name, tensor) in outputs {
        if tensor.shape().first().copied() != rows || rows.is_none() {
            let reason = format!(
                "output '{name}' has the shape {:?} and is no column of a table; save the outputs as .npz",
                tensor.shape()
            );
            return Err(bad(path, reason));
        }
    }
    writer.write(&Columns {
        rows: rows.unwrap_or(0),
        columns: outputs.to_vec(),
    })?;
    writer.finish()
}

pub(super) fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A file that has its name only when it is complete.
pub(super) fn unfinished(path: &Path) -> Result<tempfile::NamedTempFile, EngineError> {
    tempfile::Builder::new()
        .prefix(".drydock-")
        .tempfile_in(folder_of(path))
        .map_err(|error| bad(path, format!("cannot be written: {error}")))
}

pub(super) fn finished(file: tempfile::NamedTempFile, path: &Path) -> Result<(), EngineError> {
    let written = file
        .persist(path)
        .map_err(|error| bad(path, format!("cannot be written: {}", error.error)))?;
    written.sync_all().map_err(|error| bad(path, error))
}

/// The first batch says what the columns are; later ones must agree.
pub(super) fn agree(
    path: &Path,
    first: &[(String, Tensor)],
    batch: &Columns,
) -> Result<(), EngineError> {
    let same = first.len() == batch.columns.len()
        && first
            .iter()
            .zip(&batch.columns)
            .all(|((name, one), (other, two))| {
                name == other
                    && one.element_type() == two.element_type()
                    && one.shape().get(1..) == two.shape().get(1..)
            });
    if same {
        return Ok(());
    }
    let described = |columns: &[(String, Tensor)]| {
        let column = |(name, tensor): &(String, Tensor)| {
            format!(
                "{name} {}{:?}",
                tensor.element_type().datatype(),
                tensor.shape()
            )
        };
        columns.iter().map(column).collect::<Vec<_>>().join(", ")
    };
    Err(bad(
        path,
        format!(
            "the outputs changed from one batch to the next: {} became {}",
            described(first),
            described(&batch.columns)
        ),
    ))
}

/// The columns of the first batch without their rows.
pub(super) fn head(batch: &Columns) -> Vec<(String, Tensor)> {
    batch.slice(0, 0).columns
}
