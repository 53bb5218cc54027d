//! CSV. One pass finds the types and counts the rows; the second reads them.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::infer::{self, Guess};
use super::table::{Batches, Columns, DataColumn, DataFormat, Source, Table};
use super::{bad, rows};
use crate::EngineError;
use crate::tensor::{Data, ElementType, Tensor};

/// The types are found over this much of the file; files beyond it are not read twice.
const INFERRED_BYTES_MAX: u64 = 256 << 20;
/// A head line longer than this is no head line.
const HEAD_BYTES_MAX: u64 = 16 << 20;

pub(super) fn open(path: &Path) -> Result<Table, EngineError> {
    let form = Form::of(path)?;
    let mut reader = form.reader(path)?;
    let mut guesses = vec![Guess::default(); form.names.len()];
    let mut record = StringRecord::new();
    let mut rows = 0;
    let mut whole = true;
    while reader
        .read_record(&mut record)
        .map_err(|error| in_words(path, &error))?
    {
        for (guess, cell) in guesses.iter_mut().zip(&record) {
            guess.look(cell);
        }
        rows += 1;
        if reader.position().byte() > INFERRED_BYTES_MAX {
            whole = false;
            break;
        }
    }
    let settled: Vec<(ElementType, Option<String>)> = guesses.iter().map(Guess::settled).collect();
    let columns = form.names.iter().zip(&settled);
    let columns = columns
        .map(|(name, (element, note))| DataColumn {
            note: note.clone(),
            ..DataColumn::plain(name, *element)
        })
        .collect();
    let mut notes = form.notes();
    if !whole {
        notes.push(format!("types were found over the first {rows} rows"));
    }
    let source = CsvSource {
        path: path.to_owned(),
        kinds: settled.into_iter().map(|(element, _)| element).collect(),
        form,
    };
    let mut table = Table::new(
        path,
        DataFormat::Csv,
        columns,
        whole.then_some(rows),
        source,
    );
    table.notes = notes;
    Ok(table)
}

/// What the first line says about the file.
#[derive(Debug, Clone)]
struct Form {
    delimiter: u8,
    has_names: bool,
    names: Vec<String>,
}

impl Form {
    fn of(path: &Path) -> Result<Self, EngineError> {
        let file = File::open(path).map_err(|error| bad(path, error))?;
        let mut line = Vec::new();
        BufReader::new(file)
            .take(HEAD_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .map_err(|error| bad(path, error))?;
        if line.is_empty() {
            return Err(bad(path, "the file is empty"));
        }
        let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
        let delimiter = b",;\t|"
            .iter()
            .copied()
            .max_by_key(|delimiter| (count(*delimiter), *delimiter == b','))
            .unwrap_or(b',');
        let mut form = Self {
            delimiter,
            has_names: false,
            names: Vec::new(),
        };
        let mut first = StringRecord::new();
        form.reader(path)?
            .read_record(&mut first)
            .map_err(|error| in_words(path, &error))?;
        form.has_names = first
            .iter()
            .any(|cell| infer::float(cell.trim()).is_none() && !infer::is_missing(cell.trim()));
        form.names = if form.has_names {
            first.iter().map(|cell| cell.trim().to_owned()).collect()
        } else {
            (0..first.len()).map(|index| index.to_string()).collect()
        };
        if let Some(twice) = repeated(&form.names) {
            return Err(bad(path, format!("two columns are named '{twice}'")));
        }
        Ok(form)
    }

    /// At the first row.
    fn reader(&self, path: &Path) -> Result<Reader<File>, EngineError> {
        let file = File::open(path).map_err(|error| bad(path, error))?;
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(self.has_names)
            .buffer_capacity(1 << 17)
            .from_reader(file);
        if self.has_names {
            // Read along with the first row, the names would give that row their line.
            reader
                .byte_headers()
                .map_err(|error| in_words(path, &error))?;
        }
        Ok(reader)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match self.delimiter {
            b'\t' => notes.push("separated by tabs".to_owned()),
            b',' => {}
            other => notes.push(format!("separated by '{}'", char::from(other))),
        }
        if !self.has_names {
            notes.push("the first line holds numbers: columns are named 0, 1, ...".to_owned());
        }
        notes
    }
}

fn repeated(names: &[String]) -> Option<&String> {
    let mut seen = std::collections::HashSet::new();
    names.iter().find(|name| !seen.insert(name.as_str()))
}

/// The library's errors, by their line.
fn in_words(path: &Path, error: &csv::Error) -> EngineError {
    match error.kind() {
        ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            bad(
                path,
                format!("line {line} has {len} cells, but the first line has {expected_len}"),
            )
        }
        ErrorKind::Utf8 { pos, err } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            bad(
                path,
                format!("line {line}, cell {} is not UTF-8", err.field() + 1),
            )
        }
        _ => bad(path, error),
    }
}

struct CsvSource {
    path: PathBuf,
    kinds: Vec<ElementType>,
    form: Form,
}

impl Source for CsvSource {
    fn batches(&self, chosen: &[usize], rows_max: usize) -> Result<Batches, EngineError> {
        let reading = Reading {
            reader: self.form.reader(&self.path)?,
            path: self.path.clone(),
            chosen: chosen
                .iter()
                .map(|&at| (at, self.form.names[at].clone(), self.kinds[at]))
                .collect(),
            rows_max,
            rows_before: 0,
            ended: false,
        };
        Ok(Batches(Box::new(reading)))
    }
}

struct Reading {
    reader: Reader<File>,
    path: PathBuf,
    chosen: Vec<(usize, String, ElementType)>,
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
    fn batch(&mut self) -> Result<Option<Columns>, EngineError> {
        let mut data: Vec<Data> = self
            .chosen
            .iter()
            .map(|(_, _, kind)| rows::empty(*kind))
            .collect();
        let mut record = StringRecord::new();
        let mut rows = 0;
        while rows < self.rows_max
            && self
                .reader
                .read_record(&mut record)
                .map_err(|error| in_words(&self.path, &error))?
        {
            rows += 1;
            for ((at, name, kind), data) in self.chosen.iter().zip(&mut data) {
                let cell = record.get(*at).unwrap_or_default();
                push(data, cell).ok_or_else(|| {
                    let row = self.rows_before + rows as u64;
                    let line = record.position().map_or(0, csv::Position::line);
                    let shown: String = cell.chars().take(40).collect();
                    bad(
                        &self.path,
                        format!(
                            "row {row} (line {line}), column '{name}': '{shown}' is not a valid {}",
                            kind.datatype()
                        ),
                    )
                })?;
            }
        }
        self.rows_before += rows as u64;
        if rows == 0 {
            return Ok(None);
        }
        let columns = self.chosen.iter().zip(data);
        let columns = columns
            .map(|((_, name, _), data)| Ok((name.clone(), Tensor::new(vec![rows], data)?)))
            .collect::<Result<_, EngineError>>()?;
        Ok(Some(Columns { rows, columns }))
    }
}

fn push(data: &mut Data, cell: &str) -> Option<()> {
    let trimmed = cell.trim();
    match data {
        Data::Bool(items) => items.push(infer::bool(trimmed)?),
        Data::Int64(items) => items.push(infer::integer(trimmed)?),
        Data::Float64(items) if infer::is_missing(trimmed) => items.push(f64::NAN),
        Data::Float64(items) => items.push(infer::float(trimmed)?),
        Data::String(items) => items.push(cell.to_owned()),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn file(text: impl AsRef<[u8]>) -> tempfile::TempPath {
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file.into_temp_path()
    }

    fn all(table: &Table, rows_max: usize) -> Vec<Columns> {
        table
            .batches(rows_max)
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn rows_come_in_batches_with_their_types() {
        let path = file("ret,side,n,up\n1.5,buy,1,true\n,\"sell, all\",2,false\n-inf,,3,true\n");
        let table = open(&path).unwrap();
        assert_eq!(table.rows(), Some(3));
        let kinds: Vec<ElementType> = table.columns().iter().map(|c| c.element).collect();
        let (float, text) = (ElementType::Float64, ElementType::String);
        assert_eq!(kinds, [float, text, ElementType::Int64, ElementType::Bool]);
        assert_eq!(
            table.columns()[0].note.as_deref(),
            Some("1 empty cell is NaN")
        );
        let batches = all(&table, 2);
        assert_eq!((batches.len(), batches[0].rows, batches[1].rows), (2, 2, 1));
        let Data::Float64(rets) = batches[0].get("ret").unwrap().data() else {
            panic!()
        };
        assert!(rets[0] == 1.5 && rets[1].is_nan());
        assert_eq!(
            batches[0].get("side").unwrap().data(),
            &Data::String(vec!["buy".into(), "sell, all".into()])
        );
        assert_eq!(
            batches[1].get("ret").unwrap().data(),
            &Data::Float64(vec![f64::NEG_INFINITY])
        );
    }

    #[test]
    fn a_file_without_names_and_other_separators() {
        let path = file("1;2.5\n3;4.5\n");
        let table = open(&path).unwrap();
        let batch = &all(&table, 100)[0];
        assert_eq!(batch.get("0").unwrap().data(), &Data::Int64(vec![1, 3]));
        assert_eq!(table.notes().len(), 2, "{:?}", table.notes());
        let tabs = open(&file("a\tb\r\n1\t2\r\n")).unwrap();
        assert_eq!(tabs.columns()[1].name, "b");
        let marked = open(&file("\u{feff}a,b\n1,2\n")).unwrap();
        assert_eq!(
            marked.columns()[0].name,
            "a",
            "a byte order mark is no name"
        );
    }

    #[test]
    fn only_the_columns_that_are_asked_for_are_read() {
        let path = file("a,b,c\n1,2,3\n");
        let table = open(&path).unwrap();
        let some = table.only(&["c", "a"]).unwrap();
        let names: Vec<String> = all(&some, 9)[0]
            .columns
            .iter()
            .map(|c| c.0.clone())
            .collect();
        assert_eq!(names, ["c", "a"]);
        assert_eq!(some.without(&["c"]).columns().len(), 1);
        let missing = table.only(&["d"]).unwrap_err().to_string();
        assert!(
            missing.ends_with("there is no column 'd'; the file has a, b, c"),
            "{missing}"
        );
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let said = |text: &[u8]| open(&file(text)).map(drop).unwrap_err().to_string();
        assert!(said(b"a,b\n1,2\n1\n").contains("line 3 has 1 cells, but the first line has 2"));
        assert!(said(b"a,a\n1,2\n").contains("two columns are named 'a'"));
        let bytes = said(b"a,b\n1,\xff\n");
        assert!(bytes.contains("line 2, cell 2 is not UTF-8"), "{bytes}");
        assert!(said(b"").contains("the file is empty"));
    }

    #[test]
    fn a_cell_that_breaks_the_type_found_before_has_its_row_and_column() {
        let path = file("a,b\n1,2\n3,x\n");
        let source = CsvSource {
            path: path.to_path_buf(),
            kinds: vec![ElementType::Int64, ElementType::Int64],
            form: Form::of(&path).unwrap(),
        };
        let error = source
            .batches(&[0, 1], 9)
            .unwrap()
            .next()
            .unwrap()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("row 2 (line 3), column 'b': 'x' is not a valid INT64"),
            "{error}"
        );
    }
}
