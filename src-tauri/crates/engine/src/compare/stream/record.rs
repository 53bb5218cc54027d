//! Outputs of one side, kept in a file for the other: two ONNX Runtimes do not live in one process.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CompareProgress, Feed, Reference, RowSource};
use crate::compare::report::SideReport;
use crate::job::{pack, unpack};
use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError};

/// A batch of outputs longer than this was not written by [`record`].
const BATCH_BYTES_MAX: u64 = 4 << 30;

fn failed(path: &Path, error: impl std::fmt::Display) -> EngineError {
    EngineError::run(format!("{}: {error}", path.display()))
}

/// Runs all rows and writes the outputs to `path`, batch by batch. How many rows there were.
///
/// # Errors
/// As [`super::compare_rows`], and when the file cannot be written.
pub fn record(
    model: &Arc<CachedModel>,
    source: &RowSource,
    batch_rows: usize,
    path: &Path,
    progress: &mut dyn FnMut(CompareProgress),
    cancel: &CancelToken,
) -> Result<u64, EngineError> {
    let file = File::create(path).map_err(|error| failed(path, error))?;
    let mut out = BufWriter::new(file);
    // Nothing is compared yet; columns that are expected outputs are still no inputs.
    let mut reference = Reference::nothing();
    let mut feed = Feed::open(source, model.signature(), batch_rows, &mut reference)?;
    let mut rows = 0;
    while let Some(batch) = feed.next()? {
        cancel.check()?;
        let inputs = batch.inputs(model.signature())?;
        let bytes = pack(&batch.run(model, &inputs, cancel)?)?;
        rows += batch.rows as u64;
        for part in [
            &(batch.rows as u64).to_le_bytes()[..],
            &(bytes.len() as u64).to_le_bytes(),
            &bytes,
        ] {
            out.write_all(part).map_err(|error| failed(path, error))?;
        }
        progress(CompareProgress {
            rows,
            rows_total: feed.rows_total(),
            rows_outside: 0,
        });
    }
    out.flush().map_err(|error| failed(path, error))?;
    Ok(rows)
}

/// Reads what [`record`] wrote, batch by batch.
pub struct Recorded {
    path: PathBuf,
    side: Option<SideReport>,
    file: Option<BufReader<File>>,
}

impl Recorded {
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, side: SideReport) -> Result<Self, EngineError> {
        let file = File::open(path).map_err(|error| failed(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            side: Some(side),
            file: Some(BufReader::new(file)),
        })
    }

    pub(super) fn nothing() -> Self {
        Self {
            path: PathBuf::new(),
            side: None,
            file: None,
        }
    }

    pub(super) fn side(&self) -> Option<SideReport> {
        self.side.clone()
    }

    pub(super) fn next(&mut self, rows: usize) -> Result<Vec<(String, Tensor)>, EngineError> {
        let recorded = self.length()?.ok_or_else(|| {
            EngineError::run("the other side ended before this one: it read fewer rows")
        })?;
        if recorded != rows as u64 {
            return Err(EngineError::run(format!(
                "the other side took {recorded} rows at a time and this one takes {rows}"
            )));
        }
        let length = self.length()?.filter(|length| *length <= BATCH_BYTES_MAX);
        let length =
            length.ok_or_else(|| failed(&self.path, "the recorded outputs are cut off"))?;
        let mut bytes = vec![0; length as usize];
        if let Some(file) = &mut self.file {
            file.read_exact(&mut bytes)
                .map_err(|error| failed(&self.path, error))?;
        }
        unpack(&bytes)
    }

    pub(super) fn end(&mut self) -> Result<(), EngineError> {
        match self.length()? {
            None => Ok(()),
            Some(_) => Err(EngineError::run(
                "the other side read more rows than this one: the file was changed meanwhile",
            )),
        }
    }

    fn length(&mut self) -> Result<Option<u64>, EngineError> {
        let Some(file) = &mut self.file else {
            return Ok(None);
        };
        let mut bytes = [0; 8];
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(u64::from_le_bytes(bytes))),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(failed(&self.path, error)),
        }
    }
}
