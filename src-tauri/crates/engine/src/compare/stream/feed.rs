//! Where rows come from: a file, or made up.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Reference;
use crate::data::{self, Batches, Columns, Table, bind, convert, rows};
use crate::signature::{Port, PortDim, PortKind, Signature};
use crate::tensor::Tensor;
use crate::{CachedModel, CancelToken, EngineError, inputs};

/// Rows to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RowSource {
    /// A table: see [`crate::data`].
    File { path: PathBuf },
    /// Made up for the first side's signature, batch by batch: the first from `seed`, the next from the seed after it.
    Generated { rows: u64, seed: u64 },
}

impl RowSource {
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::File { path } => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Self::Generated { seed, .. } => format!("generated, seed {seed}"),
        }
    }
}

/// Some rows, as both sides can take them.
pub(crate) struct Batch {
    pub rows: usize,
    /// Rows that a model of a fixed batch is given: the last row again, until there are enough.
    padded: usize,
    kind: Kind,
}

enum Kind {
    /// Columns of a file, the expected ones among them; the names of those that are no inputs.
    Columns(Columns, Arc<Vec<String>>),
    Generated(Vec<(String, Tensor)>),
}

impl Batch {
    /// As this signature takes them.
    pub(crate) fn inputs(
        &self,
        signature: &Signature,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        let mut inputs = match &self.kind {
            Kind::Columns(columns, expected) => {
                let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
                bind::bind(&columns.without(&expected), signature)?
            }
            Kind::Generated(inputs) => adapted(inputs, signature)?,
        };
        for (_, tensor) in &mut inputs {
            *tensor = padded(tensor, self.rows, self.padded)?;
        }
        Ok(inputs)
    }

    /// A file's columns.
    pub(crate) fn columns(&self) -> &[(String, Tensor)] {
        match &self.kind {
            Kind::Columns(columns, _) => &columns.columns,
            Kind::Generated(_) => &[],
        }
    }

    /// Runs `model` on what [`Batch::inputs`] gave; rows that only fill a fixed batch are dropped again.
    pub(crate) fn run(
        &self,
        model: &CachedModel,
        inputs: &[(String, Tensor)],
        cancel: &CancelToken,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        let mut outputs = model.run(inputs, Some(cancel))?;
        if self.padded > self.rows {
            for (_, tensor) in &mut outputs {
                if tensor.shape().first() == Some(&self.padded) {
                    *tensor = rows::slice(tensor, 0, self.rows);
                }
            }
        }
        Ok(outputs)
    }
}

/// Inputs of the first `rows` rows of a source, for work that repeats one batch, and how many rows that were.
///
/// # Errors
/// As reading the source does, and when it has no rows.
pub fn first_rows(
    source: &RowSource,
    signature: &Signature,
    rows: usize,
) -> Result<(usize, Vec<(String, Tensor)>), EngineError> {
    if rows == 0 {
        return Err(EngineError::input("rows", "is 0, but must be at least 1"));
    }
    let limited = match source {
        RowSource::Generated { seed, .. } => RowSource::Generated {
            rows: rows as u64,
            seed: *seed,
        },
        file @ RowSource::File { .. } => file.clone(),
    };
    let mut reference = Reference::nothing();
    let mut feed = Feed::open(&limited, signature, rows, &mut reference)?;
    let batch = feed.next()?;
    let batch = batch.ok_or_else(|| EngineError::input("data", "there are no rows"))?;
    Ok((batch.rows, batch.inputs(signature)?))
}

/// The same inputs for another model: by name, else by place; converted to its element types.
///
/// # Errors
/// When the other model takes an input that the first has not, or a value that does not fit.
pub fn for_other(
    inputs: &[(String, Tensor)],
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    adapted(inputs, signature)
}

/// Inputs of one signature as another takes them: by name, else by place; converted to its element types.
fn adapted(
    inputs: &[(String, Tensor)],
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let same_count = inputs.len() == signature.inputs.len();
    let mut adapted = Vec::with_capacity(signature.inputs.len());
    for (at, port) in signature.inputs.iter().enumerate() {
        let by_name = inputs.iter().find(|(name, _)| *name == port.name);
        let found = by_name.or_else(|| inputs.get(at).filter(|_| same_count));
        let (_, tensor) = found.ok_or_else(|| {
            EngineError::input(&port.name, "only one of the two models has this input")
        })?;
        adapted.push((port.name.clone(), converted(tensor, port)?));
    }
    Ok(adapted)
}

fn converted(tensor: &Tensor, port: &Port) -> Result<Tensor, EngineError> {
    let PortKind::Tensor { element, .. } = &port.kind else {
        return Ok(tensor.clone());
    };
    convert::convert(tensor.clone(), *element)
        .map(|done| done.tensor)
        .map_err(|(_, reason)| EngineError::input(&port.name, reason))
}

fn padded(tensor: &Tensor, given: usize, wanted: usize) -> Result<Tensor, EngineError> {
    let mut filled = tensor.clone();
    if tensor.shape().first() == Some(&given) {
        for _ in given..wanted {
            rows::stack(&mut filled, rows::slice(tensor, given - 1, given))?;
        }
    }
    Ok(filled)
}

/// Reads or makes batch after batch.
pub(crate) struct Feed {
    batch_rows: usize,
    fixed: bool,
    rows_total: Option<u64>,
    notes: Vec<String>,
    from: From,
}

enum From {
    File {
        batches: Batches,
        expected: Arc<Vec<String>>,
    },
    Generated {
        signature: Signature,
        left: u64,
        seed: u64,
    },
}

impl Feed {
    /// Tells `reference` which columns there are, so that what is expected is not taken for an input, and reads no column
    /// that nobody needs.
    pub(crate) fn open(
        source: &RowSource,
        signature: &Signature,
        batch_rows: usize,
        reference: &mut Reference,
    ) -> Result<Self, EngineError> {
        let fixed = fixed_rows(signature);
        let mut feed = Self {
            batch_rows: fixed.unwrap_or(batch_rows),
            fixed: fixed.is_some(),
            rows_total: None,
            notes: Vec::new(),
            from: From::Generated {
                signature: signature.clone(),
                left: 0,
                seed: 0,
            },
        };
        if let Some(rows) = fixed.filter(|rows| *rows != batch_rows) {
            feed.notes
                .push(format!("the model takes {rows} rows at a time"));
        }
        match source {
            RowSource::Generated { rows, seed } => {
                reference.columns(None, signature)?;
                feed.rows_total = Some(*rows);
                feed.from = From::Generated {
                    signature: signature.clone(),
                    left: *rows,
                    seed: *seed,
                };
            }
            RowSource::File { path } => {
                let table = data::open(path)?;
                let expected = reference.columns(Some(&table), signature)?;
                let read = needed(&table, &expected, signature)?;
                feed.rows_total = table.rows();
                feed.notes.extend(table.notes().iter().cloned());
                feed.notes.extend(reference.notes());
                feed.from = From::File {
                    batches: read.batches(feed.batch_rows)?,
                    expected: Arc::new(expected),
                };
            }
        }
        Ok(feed)
    }

    pub(crate) fn batch_rows(&self) -> usize {
        self.batch_rows
    }

    pub(crate) fn rows_total(&self) -> Option<u64> {
        self.rows_total
    }

    pub(crate) fn notes(self) -> Vec<String> {
        self.notes
    }

    pub(crate) fn next(&mut self) -> Result<Option<Batch>, EngineError> {
        let (rows, kind) = match &mut self.from {
            From::File { batches, expected } => match batches.next().transpose()? {
                Some(columns) => (columns.rows, Kind::Columns(columns, Arc::clone(expected))),
                None => return Ok(None),
            },
            From::Generated { left: 0, .. } => return Ok(None),
            From::Generated {
                signature,
                left,
                seed,
            } => {
                let rows = (*left).min(self.batch_rows as u64) as usize;
                let made = inputs::generate(signature, rows, *seed)?;
                *left -= rows as u64;
                *seed = seed.wrapping_add(1);
                (rows, Kind::Generated(made))
            }
        };
        Ok(Some(Batch {
            rows,
            padded: if self.fixed {
                self.batch_rows.max(rows)
            } else {
                rows
            },
            kind,
        }))
    }
}

/// The file without columns that are neither expected nor read by the model.
fn needed(table: &Table, expected: &[String], signature: &Signature) -> Result<Table, EngineError> {
    let plan = bind::plan(table.without(expected).columns(), signature)?;
    let mut names: Vec<String> = plan.into_iter().flat_map(|input| input.columns).collect();
    names.extend(expected.iter().cloned());
    table.only(&names)
}

/// How many rows the model takes, where it takes no other number.
fn fixed_rows(signature: &Signature) -> Option<usize> {
    let first = |port: &Port| match &port.kind {
        PortKind::Tensor { dims, .. } => match dims.first() {
            Some(PortDim::Fixed(rows)) => Some(*rows),
            _ => None,
        },
        _ => None,
    };
    let rows = signature.inputs.first().and_then(first)?;
    let same = signature
        .inputs
        .iter()
        .all(|port| first(port) == Some(rows));
    (same && rows > 0).then_some(rows)
}
