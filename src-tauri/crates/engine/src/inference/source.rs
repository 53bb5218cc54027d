//! Where rows come from, as batches of a model's inputs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::InferenceRequest;
use crate::data::{self, Batches, bind, bind::plan, bind_noted};
use crate::inputs::{GeneratedInputs, fixed_rows, make};
use crate::signature::Signature;
use crate::{EngineError, Tensor, example};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RowSource {
    /// A table or arrays in a file: see [`data::open`].
    File(PathBuf),
    Generated(GeneratedInputs),
    /// The text of an input example, in any form that [`example::parse`] reads; run at once.
    Text {
        text: String,
        label: String,
    },
}

type Inputs = Vec<(String, Tensor)>;

/// Batches of inputs, one after the other.
pub(super) struct Feed<'a> {
    signature: &'a Signature,
    from: From,
    label: String,
    notes: Vec<String>,
    conversions: BTreeMap<String, u64>,
    rows_left: u64,
    rows_total: Option<u64>,
    /// The model takes exactly so many at a time.
    fixed: Option<usize>,
}

enum From {
    Whole(Option<Inputs>),
    Table(Batches),
    Generated {
        request: GeneratedInputs,
        at: u64,
        batch: u64,
    },
}

impl RowSource {
    pub(super) fn feed<'a>(
        &self,
        signature: &'a Signature,
        request: &InferenceRequest,
    ) -> Result<Feed<'a>, EngineError> {
        let fixed = fixed_rows(signature);
        let batch = fixed.map_or(request.batch_rows.max(1), |rows| rows as u64);
        let rows_max = request.rows_max.unwrap_or(u64::MAX);
        let mut feed = Feed {
            signature,
            from: From::Whole(None),
            label: String::new(),
            notes: Vec::new(),
            conversions: BTreeMap::new(),
            rows_left: rows_max,
            rows_total: None,
            fixed,
        };
        match self {
            Self::Text { text, label } => {
                feed.from = From::Whole(Some(example::parse(text, signature)?));
                feed.label.clone_from(label);
            }
            Self::Generated(asked) => {
                let rows = fixed.map_or(asked.rows, |rows| rows as u64);
                feed.label = format!("generated, seed {}", asked.seed);
                feed.rows_total = Some(rows.min(rows_max));
                feed.rows_left = rows.min(rows_max);
                feed.from = From::Generated {
                    request: GeneratedInputs {
                        rows,
                        ..asked.clone()
                    },
                    at: 0,
                    batch,
                };
            }
            Self::File(path) => feed.open(path, batch, rows_max)?,
        }
        Ok(feed)
    }
}

impl Feed<'_> {
    fn open(&mut self, path: &Path, batch: u64, rows_max: u64) -> Result<(), EngineError> {
        let table = data::open(path)?;
        self.label = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        self.notes.extend(table.notes().iter().cloned());
        let wanted: Vec<String> = plan(table.columns(), self.signature)?
            .into_iter()
            .flat_map(|binding| binding.columns)
            .collect();
        let table = table.only(&wanted)?;
        for column in table.columns() {
            self.notes.extend(
                column
                    .note
                    .iter()
                    .map(|note| format!("{}: {note}", column.name)),
            );
        }
        if table.rows().is_none() && table.format() != data::DataFormat::Csv {
            // Arrays that do not share their rows are inputs as they stand.
            self.from = From::Whole(Some(whole(&table.arrays()?, self.signature)?));
            return Ok(());
        }
        self.rows_total = table.rows().map(|rows| rows.min(rows_max));
        let batch = usize::try_from(batch.min(rows_max.max(1))).unwrap_or(usize::MAX);
        self.from = From::Table(table.batches(batch)?);
        Ok(())
    }

    /// Rows of the next run and its inputs.
    pub(super) fn next(&mut self) -> Result<Option<(usize, Inputs)>, EngineError> {
        match &mut self.from {
            From::Whole(inputs) => Ok(inputs.take().map(|inputs| (rows_of(&inputs), inputs))),
            From::Generated { request, at, batch } => {
                let rows = (*batch).min(self.rows_left);
                if rows == 0 {
                    return Ok(None);
                }
                let inputs = make(self.signature, request, *at..*at + rows)?;
                *at += rows;
                self.rows_left -= rows;
                Ok(Some((rows as usize, inputs)))
            }
            From::Table(batches) => {
                if self.rows_left == 0 {
                    return Ok(None);
                }
                let Some(columns) = batches.next() else {
                    return Ok(None);
                };
                let mut columns = columns?;
                if columns.rows as u64 > self.rows_left {
                    columns = columns.slice(0, self.rows_left as usize);
                }
                if let Some(fixed) = self.fixed
                    && columns.rows < fixed
                {
                    self.notes.push(format!(
                        "the last {} rows do not fill a run of {fixed}, which the model fixes, and were left out",
                        columns.rows
                    ));
                    return Ok(None);
                }
                self.rows_left -= columns.rows as u64;
                let (inputs, notes) = bind_noted(&columns, self.signature)?;
                for note in notes {
                    *self.conversions.entry(note).or_default() += 1;
                }
                Ok(Some((columns.rows, inputs)))
            }
        }
    }

    pub(super) fn rows_total(&self) -> Option<u64> {
        self.rows_total
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Each conversion once, however many runs it was done for.
    pub(super) fn into_notes(mut self) -> Vec<String> {
        const SHOWN: usize = 24;
        let more = self.conversions.len().saturating_sub(SHOWN);
        self.notes.extend(self.conversions.into_keys().take(SHOWN));
        if more > 0 {
            self.notes.push(format!("and {more} more conversions"));
        }
        self.notes
    }
}

fn rows_of(inputs: &Inputs) -> usize {
    inputs
        .first()
        .and_then(|(_, tensor)| tensor.shape().first().copied())
        .unwrap_or(1)
}

/// Arrays by name, converted, in the shapes that they have.
fn whole(arrays: &Inputs, signature: &Signature) -> Result<Inputs, EngineError> {
    let mut inputs = Vec::with_capacity(signature.inputs.len());
    for port in &signature.inputs {
        let (_, tensor) = arrays
            .iter()
            .find(|(name, _)| *name == port.name)
            .ok_or_else(|| EngineError::input(&port.name, "no array has this name"))?;
        inputs.push((port.name.clone(), bind::array(port, tensor.clone())?));
    }
    Ok(inputs)
}
