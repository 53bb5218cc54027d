//! A table behind one face, whatever file it lies in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{bad, listed, rows};
use crate::EngineError;
use crate::tensor::{ElementType, Tensor};

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFormat {
    Csv,
    Parquet,
    Npy,
    Npz,
    Json,
    TensorProto,
}

impl DataFormat {
    /// # Errors
    /// When the extension is none that is read.
    pub fn of(path: &Path) -> Result<Self, EngineError> {
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("csv" | "tsv" | "txt") => Ok(Self::Csv),
            Some("parquet" | "pq") => Ok(Self::Parquet),
            Some("npy") => Ok(Self::Npy),
            Some("npz") => Ok(Self::Npz),
            Some("json") => Ok(Self::Json),
            Some("pb") => Ok(Self::TensorProto),
            _ => Err(bad(
                path,
                "tables are read from .csv, .tsv, .parquet, .npy, .npz, .json and .pb files",
            )),
        }
    }
}

impl fmt::Display for DataFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Json => "JSON",
            Self::TensorProto => "TensorProto",
        })
    }
}

/// What is known of a column before its rows are read.
#[derive(Debug, Clone, PartialEq)]
pub struct DataColumn {
    pub name: String,
    pub element: ElementType,
    /// Of one row: empty for a number, `[4]` for a list of four. `None` where only reading tells.
    pub row_shape: Option<Vec<usize>>,
    /// What was decided about it, such as `3 empty cells are NaN`.
    pub note: Option<String>,
    /// Why it cannot be read, if it cannot: it stands in the list all the same.
    pub unreadable: Option<String>,
}

impl DataColumn {
    pub(crate) fn plain(name: impl Into<String>, element: ElementType) -> Self {
        Self {
            name: name.into(),
            element,
            row_shape: Some(Vec::new()),
            note: None,
            unreadable: None,
        }
    }
}

/// Some rows of some columns; the first dim of each tensor is `rows`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    pub rows: usize,
    pub columns: Vec<(String, Tensor)>,
}

impl Columns {
    /// # Errors
    /// When a tensor has no rows or the tensors disagree on how many there are.
    pub fn new(columns: Vec<(String, Tensor)>) -> Result<Self, EngineError> {
        let rows = columns
            .first()
            .and_then(|(_, tensor)| tensor.shape().first().copied())
            .unwrap_or(0);
        for (name, tensor) in &columns {
            if tensor.shape().first() != Some(&rows) {
                let reason = format!("its shape is {:?}, not {rows} rows", tensor.shape());
                return Err(EngineError::input(name, reason));
            }
        }
        Ok(Self { rows, columns })
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.columns
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, tensor)| tensor)
    }

    /// The same rows without some columns.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self
            .columns
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()));
        Self {
            rows: self.rows,
            columns: kept.cloned().collect(),
        }
    }

    /// Some of the rows.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> Self {
        let (from, to) = (from.min(self.rows), to.min(self.rows));
        let cut = |(name, tensor): &(String, Tensor)| (name.clone(), rows::slice(tensor, from, to));
        Self {
            rows: to.saturating_sub(from),
            columns: self.columns.iter().map(cut).collect(),
        }
    }
}

/// How a format gives its rows.
pub(crate) trait Source: Send + Sync {
    /// Batches of the columns at `chosen`, of exactly `rows_max` rows but for the last.
    fn batches(&self, chosen: &[usize], rows_max: usize) -> Result<Batches, EngineError>;

    /// The rows `from..to`; formats that can, read no others.
    fn between(
        &self,
        chosen: &[usize],
        from: usize,
        to: usize,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        let arrays = self.arrays(chosen)?;
        let cut = |(name, tensor): (String, Tensor)| {
            let cut = rows::slice(&tensor, from, to);
            (name, cut)
        };
        Ok(arrays.into_iter().map(cut).collect())
    }

    /// Every array as it is, for files whose arrays need not have the same number of rows.
    fn arrays(&self, chosen: &[usize]) -> Result<Vec<(String, Tensor)>, EngineError> {
        let mut whole: Option<Columns> = None;
        for batch in self.batches(chosen, usize::MAX)? {
            match &mut whole {
                None => whole = Some(batch?),
                Some(whole) => rows::append(whole, batch?)?,
            }
        }
        Ok(whole.unwrap_or_default().columns)
    }
}

/// Rows in batches, in the file's order. Errors end it.
pub struct Batches(pub(crate) Box<dyn Iterator<Item = Result<Columns, EngineError>> + Send>);

impl Iterator for Batches {
    type Item = Result<Columns, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// An opened table. Cheap to clone; the file is opened anew for each reading.
#[derive(Clone)]
pub struct Table {
    pub(crate) path: PathBuf,
    pub(crate) format: DataFormat,
    pub(crate) columns: Vec<DataColumn>,
    /// Where each of `columns` stands in the file.
    pub(crate) chosen: Vec<usize>,
    pub(crate) rows: Option<u64>,
    pub(crate) notes: Vec<String>,
    pub(crate) source: Arc<dyn Source>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("path", &self.path)
            .field("columns", &self.columns)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Table {
    pub(crate) fn new(
        path: &Path,
        format: DataFormat,
        columns: Vec<DataColumn>,
        rows: Option<u64>,
        source: impl Source + 'static,
    ) -> Self {
        Self {
            path: path.to_owned(),
            format,
            chosen: (0..columns.len()).collect(),
            columns,
            rows,
            notes: Vec::new(),
            source: Arc::new(source),
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    #[must_use]
    pub fn format(&self) -> DataFormat {
        self.format
    }

    #[must_use]
    pub fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    /// How many rows, where the file says; `None` for a CSV too large to be counted beforehand, and for arrays that do not
    /// have the same number of rows.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// What was decided about the file as a whole, such as its delimiter.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The same table with only these columns, in this order: others are not even read.
    ///
    /// # Errors
    /// When a column is not there.
    pub fn only(&self, names: &[impl AsRef<str>]) -> Result<Self, EngineError> {
        let mut table = self.clone();
        (table.columns, table.chosen) = (Vec::new(), Vec::new());
        for name in names {
            let name = name.as_ref();
            let at = self.columns.iter().position(|column| column.name == name);
            let at = at.ok_or_else(|| {
                let there = listed(self.columns.iter().map(|column| column.name.as_str()));
                bad(
                    &self.path,
                    format!("there is no column '{name}'; the file has {there}"),
                )
            })?;
            table.columns.push(self.columns[at].clone());
            table.chosen.push(self.chosen[at]);
        }
        Ok(table)
    }

    /// The same table without these columns; ones that are not there are no error.
    #[must_use]
    pub fn without(&self, names: &[impl AsRef<str>]) -> Self {
        let mut table = self.clone();
        let kept: Vec<usize> = (0..self.columns.len())
            .filter(|&at| {
                !names
                    .iter()
                    .any(|name| name.as_ref() == self.columns[at].name)
            })
            .collect();
        table.columns = kept.iter().map(|&at| self.columns[at].clone()).collect();
        table.chosen = kept.iter().map(|&at| self.chosen[at]).collect();
        table
    }

    /// The rows, `rows_max` at a time; only the last batch may be shorter. Each call begins anew.
    ///
    /// # Errors
    /// When the file cannot be opened again, or a column cannot be read. The iterator gives the errors that come later.
    pub fn batches(&self, rows_max: usize) -> Result<Batches, EngineError> {
        self.readable()?;
        self.source.batches(&self.chosen, rows_max.max(1))
    }

    /// Every column whole, with the shape that it has: for files of arrays that are no table.
    ///
    /// # Errors
    /// As [`Table::batches`].
    pub fn arrays(&self) -> Result<Vec<(String, Tensor)>, EngineError> {
        self.readable()?;
        self.source.arrays(&self.chosen)
    }

    /// The rows between, from 0; arrays without rows come as they are.
    ///
    /// # Errors
    /// As [`Table::batches`].
    pub fn rows_between(
        &self,
        range: std::ops::Range<u64>,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        self.readable()?;
        let at = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        self.source
            .between(&self.chosen, at(range.start), at(range.end))
    }

    fn readable(&self) -> Result<(), EngineError> {
        for column in &self.columns {
            if let Some(reason) = &column.unreadable {
                return Err(bad(
                    &self.path,
                    format!("column '{}': {reason}", column.name),
                ));
            }
        }
        Ok(())
    }
}

/// A table that is in memory already.
pub(crate) struct Held(pub(crate) Vec<(String, Tensor)>);

impl Source for Held {
    fn batches(&self, chosen: &[usize], rows_max: usize) -> Result<Batches, EngineError> {
        let held = Columns::new(self.arrays(chosen)?)?;
        let mut from = 0;
        Ok(Batches(Box::new(std::iter::from_fn(move || {
            if from >= held.rows {
                return None;
            }
            let to = from.saturating_add(rows_max).min(held.rows);
            let batch = held.slice(from, to);
            from = to;
            Some(Ok(batch))
        }))))
    }

    fn arrays(&self, chosen: &[usize]) -> Result<Vec<(String, Tensor)>, EngineError> {
        Ok(chosen.iter().map(|&at| self.0[at].clone()).collect())
    }
}

/// The columns of arrays in memory, and how many rows they have if they agree.
pub(crate) fn described(arrays: &[(String, Tensor)]) -> (Vec<DataColumn>, Option<u64>) {
    let column = |(name, tensor): &(String, Tensor)| DataColumn {
        row_shape: Some(tensor.shape().get(1..).unwrap_or_default().to_vec()),
        ..DataColumn::plain(name, tensor.element_type())
    };
    let lengths = arrays
        .iter()
        .map(|(_, tensor)| tensor.shape().first().copied());
    (
        arrays.iter().map(column).collect(),
        same_rows(lengths.map(|length| length.map(|rows| rows as u64))),
    )
}

pub(crate) fn same_rows(mut lengths: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    let first = lengths.next()??;
    lengths.all(|length| length == Some(first)).then_some(first)
}
