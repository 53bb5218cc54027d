//! Parquet, column by column and a page at a time: a file of any length takes the memory of one batch.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::parquet_leaf::{self, Broken, Leaf};
use super::table::{Batches, Columns, DataFormat, Source, Table};
use super::{bad, rows};
use crate::EngineError;
use crate::tensor::Tensor;

/// What pandas calls the column that it keeps a frame's index in.
const PANDAS_INDEX: &str = "__index_level_";

pub(super) fn open(path: &Path) -> Result<Table, EngineError> {
    let reader = reader(path)?;
    let metadata = reader.metadata().file_metadata();
    let schema = metadata.schema_descr();
    let leaves: Vec<Leaf> = (0..schema.num_columns())
        .map(|at| Leaf::new(at, &schema.column(at)))
        .collect();
    let (index, leaves): (Vec<Leaf>, Vec<Leaf>) = leaves
        .into_iter()
        .partition(|leaf| leaf.name.starts_with(PANDAS_INDEX));
    let columns = leaves.iter().map(Leaf::described).collect();
    let rows = u64::try_from(metadata.num_rows()).ok();
    let source = ParquetSource {
        path: path.to_owned(),
        leaves,
    };
    let mut table = Table::new(path, DataFormat::Parquet, columns, rows, source);
    if !index.is_empty() {
        table
            .notes
            .push("the index that pandas stored is left out".to_owned());
    }
    Ok(table)
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, EngineError> {
    let file = File::open(path).map_err(|error| bad(path, error))?;
    SerializedFileReader::new(file)
        .map_err(|error| bad(path, format!("is no readable Parquet file: {error}")))
}

struct ParquetSource {
    path: PathBuf,
    leaves: Vec<Leaf>,
}

impl Source for ParquetSource {
    fn batches(&self, chosen: &[usize], rows_max: usize) -> Result<Batches, EngineError> {
        let reader = reader(&self.path)?;
        let reading = Reading {
            path: self.path.clone(),
            leaves: chosen.iter().map(|&at| self.leaves[at].clone()).collect(),
            reader: Arc::new(reader),
            group: 0,
            columns: Vec::new(),
            left_in_group: 0,
            rows_max,
            rows_before: 0,
            ended: false,
        };
        Ok(Batches(Box::new(reading)))
    }
}

struct Reading {
    path: PathBuf,
    leaves: Vec<Leaf>,
    reader: Arc<SerializedFileReader<File>>,
    /// The next row group.
    group: usize,
    columns: Vec<ColumnReader>,
    left_in_group: usize,
    rows_max: usize,
    rows_before: u64,
    ended: bool,
}

impl Iterator for Reading {
    type Item = Result<Columns, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let batch = self.batch();
        self.ended = !matches!(&batch, Ok(Some(batch)) if batch.rows == self.rows_max);
        batch.transpose()
    }
}

impl Reading {
    /// Row groups end where they like; batches do not.
    fn batch(&mut self) -> Result<Option<Columns>, EngineError> {
        let mut batch: Option<Columns> = None;
        loop {
            let have = batch.as_ref().map_or(0, |batch| batch.rows);
            if have == self.rows_max || !self.enter_group()? {
                break;
            }
            let part = self.part(have, (self.rows_max - have).min(self.left_in_group))?;
            match &mut batch {
                None => batch = Some(part),
                Some(batch) => {
                    rows::append(batch, part).map_err(|error| bad(&self.path, error))?;
                }
            }
        }
        self.rows_before += batch.as_ref().map_or(0, |batch| batch.rows as u64);
        Ok(batch)
    }

    /// Goes into the next row group if this one is at its end; false when there is none.
    fn enter_group(&mut self) -> Result<bool, EngineError> {
        while self.left_in_group == 0 {
            if self.group >= self.reader.num_row_groups() {
                return Ok(false);
            }
            let group = self
                .reader
                .get_row_group(self.group)
                .map_err(|error| bad(&self.path, error))?;
            self.group += 1;
            self.left_in_group = usize::try_from(group.metadata().num_rows())
                .map_err(|_| bad(&self.path, "a row group has a negative number of rows"))?;
            self.columns = self
                .leaves
                .iter()
                .map(|leaf| group.get_column_reader(leaf.at))
                .collect::<Result<_, _>>()
                .map_err(|error| bad(&self.path, error))?;
        }
        Ok(true)
    }

    /// `rows` rows of this row group, after `have` others of the batch.
    fn part(&mut self, have: usize, rows: usize) -> Result<Columns, EngineError> {
        let mut columns = Vec::with_capacity(self.leaves.len());
        let before = self.rows_before + have as u64;
        for (leaf, reader) in self.leaves.iter().zip(&mut self.columns) {
            let chunk = parquet_leaf::read(reader, leaf, rows)
                .map_err(|broken| placed(&self.path, leaf, before, &broken))?;
            let shape = if leaf.is_list {
                vec![rows, chunk.width]
            } else {
                vec![rows]
            };
            columns.push((leaf.name.clone(), Tensor::new(shape, chunk.data)?));
        }
        self.left_in_group -= rows;
        Ok(Columns { rows, columns })
    }
}

fn placed(path: &Path, leaf: &Leaf, rows_before: u64, broken: &Broken) -> EngineError {
    let (name, reason) = (&leaf.name, &broken.reason);
    match broken.row {
        Some(row) => bad(
            path,
            format!(
                "row {}, column '{name}': {reason}",
                rows_before + row as u64 + 1
            ),
        ),
        None => bad(path, format!("column '{name}': {reason}")),
    }
}
