//! JSON as a table: records, `{name: list}`, a data frame as pandas splits it, or lists of lists. Read whole.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::{Map, Value};

use super::bad;
use super::table::{DataFormat, Held, Table, described};
use crate::EngineError;
use crate::tensor::{ElementType, Tensor};

/// JSON in memory takes some twenty times its length.
const BYTES_MAX: u64 = 256 << 20;

pub(super) fn open(path: &Path) -> Result<Table, EngineError> {
    let file = File::open(path).map_err(|error| bad(path, error))?;
    let size = file.metadata().map_err(|error| bad(path, error))?.len();
    if size > BYTES_MAX {
        return Err(bad(
            path,
            format!(
                "holds {size} bytes; JSON is read whole, up to {BYTES_MAX}: use Parquet or CSV"
            ),
        ));
    }
    let value: Value = serde_json::from_reader(BufReader::new(file))
        .map_err(|error| bad(path, format!("is not JSON: {error}")))?;
    let arrays = arrays(&value).map_err(|reason| bad(path, reason))?;
    let (columns, rows) = described(&arrays);
    Ok(Table::new(
        path,
        DataFormat::Json,
        columns,
        rows,
        Held(arrays),
    ))
}

/// The columns that JSON holds.
fn arrays(value: &Value) -> Result<Vec<(String, Tensor)>, String> {
    match value {
        Value::Object(fields) => {
            for form in [
                "dataframe_split",
                "dataframe_records",
                "inputs",
                "instances",
            ] {
                if let (Some(inner), 1) = (fields.get(form), fields.len()) {
                    return arrays(inner);
                }
            }
            match (fields.get("columns"), fields.get("data")) {
                (Some(Value::Array(names)), Some(Value::Array(rows))) => split(names, rows),
                _ => named(fields),
            }
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => records(items),
        Value::Array(_) => Ok(vec![("data".to_owned(), tensor("data", value)?)]),
        _ => Err("is neither a table nor lists".to_owned()),
    }
}

fn named(fields: &Map<String, Value>) -> Result<Vec<(String, Tensor)>, String> {
    if fields.is_empty() {
        return Err("is empty".to_owned());
    }
    let column = |(name, value): (&String, &Value)| Ok((name.clone(), tensor(name, value)?));
    fields.iter().map(column).collect()
}

fn split(names: &[Value], rows: &[Value]) -> Result<Vec<(String, Tensor)>, String> {
    let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(rows.len()); names.len()];
    for (row, cells) in rows.iter().enumerate() {
        let cells = cells.as_array().filter(|cells| cells.len() == names.len());
        let cells =
            cells.ok_or_else(|| format!("row {} is no list of {} cells", row + 1, names.len()))?;
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell.clone());
        }
    }
    let name = |name: &Value| {
        name.as_str()
            .map_or_else(|| name.to_string(), str::to_owned)
    };
    let column = |(at, cells)| {
        let name = name(at);
        let tensor = tensor(&name, &Value::Array(cells))?;
        Ok((name, tensor))
    };
    names.iter().zip(columns).map(column).collect()
}

fn records(records: &[Value]) -> Result<Vec<(String, Tensor)>, String> {
    let names: Vec<String> = records[0]
        .as_object()
        .map(|first| first.keys().cloned().collect())
        .unwrap_or_default();
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let cell = |(row, record): (usize, &Value)| {
            let cell = record.get(&name).cloned();
            cell.ok_or_else(|| format!("row {} has no '{name}', which row 1 has", row + 1))
        };
        let cells: Vec<Value> = records
            .iter()
            .enumerate()
            .map(cell)
            .collect::<Result<_, _>>()?;
        let tensor = tensor(&name, &Value::Array(cells))?;
        columns.push((name, tensor));
    }
    Ok(columns)
}

/// Lists of lists in the narrowest type that holds every element.
fn tensor(name: &str, value: &Value) -> Result<Tensor, String> {
    let mut seen = Seen::default();
    seen.look(value);
    Tensor::from_json_nested(seen.element(), value).map_err(|error| match error {
        EngineError::Input { reason, .. } => format!("column '{name}': {reason}"),
        other => other.to_string(),
    })
}

#[derive(Default)]
struct Seen {
    truths: bool,
    texts: bool,
    fractions: bool,
    missing: bool,
    huge: bool,
}

impl Seen {
    fn look(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.look(item)),
            Value::Bool(_) => self.truths = true,
            Value::Number(number) if number.is_f64() => self.fractions = true,
            Value::Number(number) => self.huge |= !number.is_i64(),
            Value::Null => self.missing = true,
            Value::String(text) if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {
                self.missing = true;
            }
            Value::String(_) | Value::Object(_) => self.texts = true,
        }
    }

    fn element(&self) -> ElementType {
        if self.texts {
            ElementType::String
        } else if self.fractions || self.missing {
            ElementType::Float64
        } else if self.truths {
            ElementType::Bool
        } else if self.huge {
            ElementType::Uint64
        } else {
            ElementType::Int64
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tensor::Data;

    fn read(text: &str) -> Result<Vec<(String, Tensor)>, String> {
        arrays(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn every_form_of_a_table_is_the_same_table() {
        for text in [
            r#"{"a": [1, 2], "b": [0.5, null]}"#,
            r#"[{"a": 1, "b": 0.5}, {"a": 2, "b": "NaN"}]"#,
            r#"{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 0.5], [2, null]]}}"#,
            r#"{"inputs": {"a": [1, 2], "b": [0.5, null]}}"#,
        ] {
            let columns = read(text).unwrap();
            assert_eq!(columns[0].1.data(), &Data::Int64(vec![1, 2]), "{text}");
            let Data::Float64(b) = columns[1].1.data() else {
                panic!("{text}")
            };
            assert!(b[0] == 0.5 && b[1].is_nan());
        }
        let matrix = read("[[1, 2, 3], [4, 5, 6]]").unwrap();
        assert_eq!(
            (matrix[0].0.as_str(), matrix[0].1.shape()),
            ("data", &[2, 3][..])
        );
        assert_eq!(
            read(r#"{"t": ["a", "b"]}"#).unwrap()[0].1.element_type(),
            ElementType::String
        );
        assert_eq!(
            read(r#"{"t": [true, false]}"#).unwrap()[0].1.element_type(),
            ElementType::Bool
        );
    }

    #[test]
    fn what_does_not_fit_says_where() {
        assert_eq!(
            read(r#"[{"a": 1}, {"b": 2}]"#).unwrap_err(),
            "row 2 has no 'a', which row 1 has"
        );
        let split = r#"{"columns": ["a", "b"], "data": [[1, 2], [3]]}"#;
        assert_eq!(read(split).unwrap_err(), "row 2 is no list of 2 cells");
        assert!(
            read(r#"{"a": [[1, 2], [3]]}"#)
                .unwrap_err()
                .contains("column 'a'")
        );
        assert!(
            read(r#"{"a": [1, "x"]}"#)
                .unwrap_err()
                .contains("1 is not a valid BYTES")
        );
    }
}
