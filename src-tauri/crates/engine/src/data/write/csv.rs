//! CSV as pandas reads it back: floats in the fewest digits that give the same bits, `nan`, `inf`, `-inf`.

use std::path::{Path, PathBuf};

use csv::Writer;
use tempfile::NamedTempFile;

use super::{TableWriter, agree, finished, head, unfinished};
use crate::EngineError;
use crate::data::bad;
use crate::data::table::Columns;
use crate::tensor::{Data, Tensor};

pub(super) struct CsvWriter {
    path: PathBuf,
    writer: Writer<NamedTempFile>,
    head: Option<Vec<(String, Tensor)>>,
}

impl CsvWriter {
    pub(super) fn new(path: &Path) -> Result<Self, EngineError> {
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::from_writer(unfinished(path)?),
            head: None,
        })
    }
}

impl TableWriter for CsvWriter {
    fn write(&mut self, batch: &Columns) -> Result<(), EngineError> {
        let failed = |error: csv::Error| bad(&self.path, format!("cannot be written: {error}"));
        if let Some(head) = &self.head {
            agree(&self.path, head, batch)?;
        } else {
            let names = batch
                .columns
                .iter()
                .flat_map(|(name, tensor)| names(name, tensor));
            self.writer.write_record(names).map_err(failed)?;
            self.head = Some(head(batch));
        }
        for row in 0..batch.rows {
            for (_, tensor) in &batch.columns {
                let width = tensor.shape()[1..].iter().product::<usize>();
                for at in row * width..(row + 1) * width {
                    self.writer
                        .write_field(text(tensor.data(), at))
                        .map_err(failed)?;
                }
            }
            self.writer.write_record(None::<&[u8]>).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| bad(&self.path, format!("cannot be written: {}", error.error())))?;
        finished(file, &self.path)
    }
}

fn names(name: &str, tensor: &Tensor) -> Vec<String> {
    if tensor.shape().len() == 1 {
        return vec![name.to_owned()];
    }
    let width = tensor.shape()[1..].iter().product::<usize>();
    (0..width).map(|at| format!("{name}[{at}]")).collect()
}

/// One element as text that reads back to the same bits.
#[must_use]
pub(crate) fn text(data: &Data, at: usize) -> String {
    fn float(text: String) -> String {
        match text.as_str() {
            "NaN" => "nan".to_owned(),
            _ => text,
        }
    }
    match data {
        Data::Bool(items) => if items[at] { "True" } else { "False" }.to_owned(),
        Data::Int8(items) => items[at].to_string(),
        Data::Int16(items) => items[at].to_string(),
        Data::Int32(items) => items[at].to_string(),
        Data::Int64(items) => items[at].to_string(),
        Data::Uint8(items) => items[at].to_string(),
        Data::Uint16(items) => items[at].to_string(),
        Data::Uint32(items) => items[at].to_string(),
        Data::Uint64(items) => items[at].to_string(),
        // The shortest text of the widened value is longer, but has the same bits.
        Data::Float16(items) => float(format!("{:?}", items[at].to_f32())),
        Data::BFloat16(items) => float(format!("{:?}", items[at].to_f32())),
        // `{:?}` is the shortest that reads back, with an exponent where that is shorter.
        Data::Float32(items) => float(format!("{:?}", items[at])),
        Data::Float64(items) => float(format!("{:?}", items[at])),
        Data::String(items) => items[at].clone(),
    }
}
