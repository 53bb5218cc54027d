//! When queries arrived in a market: a column of times in a file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::SAMPLES_MAX;
use crate::tensor::{Data, ElementType};
use crate::{EngineError, data};

const ROWS_AT_ONCE: usize = 1 << 16;

/// What a number in the column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    #[default]
    S,
    Ms,
    Us,
    Ns,
}

impl TimeUnit {
    fn per_second(self) -> f64 {
        match self {
            Self::S => 1.0,
            Self::Ms => 1e3,
            Self::Us => 1e6,
            Self::Ns => 1e9,
        }
    }
}

/// A CSV, Parquet, NPY, NPZ or JSON file, and the column of it that holds the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ArrivalFile {
    pub path: PathBuf,
    /// Without it, the first column of numbers.
    pub column: Option<String>,
    pub unit: TimeUnit,
}

impl ArrivalFile {
    /// What a report calls it.
    #[must_use]
    pub fn label(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Seconds since the first arrival; at most as many as a run can have samples.
    ///
    /// # Errors
    /// When the file cannot be read, has no such column, or the column is not numbers.
    pub fn read(&self) -> Result<Vec<f64>, EngineError> {
        let table = data::open(&self.path)?;
        let name = self.column_of(&table)?;
        let mut first = None;
        let mut arrivals = Vec::new();
        for batch in table.only(&[&name])?.batches(ROWS_AT_ONCE)? {
            let batch = batch?;
            let refused =
                || EngineError::input("arrivals", format!("column '{name}' holds no numbers"));
            let tensor = batch.get(&name).ok_or_else(refused)?;
            // Nanoseconds of today do not fit a double: whole numbers are counted from the first before they become one.
            match tensor.data() {
                Data::Int64(times) => {
                    let zero = *first.get_or_insert(times.first().copied().unwrap_or(0));
                    arrivals.extend(times.iter().map(|at| at.saturating_sub(zero) as f64));
                }
                _ => arrivals.extend(tensor.to_f64().ok_or_else(refused)?),
            }
            if arrivals.len() as u64 >= SAMPLES_MAX {
                break;
            }
        }
        arrivals.truncate(SAMPLES_MAX as usize);
        let (zero, per_second) = (
            arrivals.first().copied().unwrap_or(0.0),
            self.unit.per_second(),
        );
        Ok(arrivals
            .into_iter()
            .map(|at| (at - zero) / per_second)
            .collect())
    }

    fn column_of(&self, table: &data::Table) -> Result<String, EngineError> {
        let columns = table.columns();
        if let Some(wanted) = &self.column {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let reason = || {
                format!(
                    "{} has no column '{wanted}'; it has {}",
                    self.label(),
                    names.join(", ")
                )
            };
            return match names.contains(&wanted.as_str()) {
                true => Ok(wanted.clone()),
                false => Err(EngineError::input("arrivals", reason())),
            };
        }
        let numbers = |column: &&data::DataColumn| {
            column.unreadable.is_none()
                && !matches!(column.element, ElementType::String | ElementType::Bool)
        };
        let first = columns
            .iter()
            .find(numbers)
            .map(|column| column.name.clone());
        first.ok_or_else(|| {
            EngineError::input(
                "arrivals",
                format!("{} has no column of numbers", self.label()),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn file(path: &Path, column: Option<&str>, unit: TimeUnit) -> ArrivalFile {
        ArrivalFile {
            path: path.to_owned(),
            column: column.map(str::to_owned),
            unit,
        }
    }

    #[test]
    fn times_are_read_in_their_unit_from_the_first_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ticks.csv");
        std::fs::write(&path, "symbol,ts,price\nES,1764336000000000001,5\nES,1764336000000250001,6\nES,1764336001000000001,7\n").unwrap();
        let read = |column, unit| file(&path, column, unit).read();
        assert_eq!(
            read(Some("ts"), TimeUnit::Ns).unwrap(),
            [0.0, 0.00025, 1.0],
            "no nanosecond is lost"
        );
        assert_eq!(
            read(None, TimeUnit::Ns).unwrap(),
            [0.0, 0.00025, 1.0],
            "the first column of numbers"
        );
        assert_eq!(read(Some("price"), TimeUnit::S).unwrap(), [0.0, 1.0, 2.0]);
        let missing = read(Some("time"), TimeUnit::S).unwrap_err().to_string();
        assert_eq!(
            missing,
            "input 'arrivals': ticks.csv has no column 'time'; it has symbol, ts, price"
        );
        assert!(read(Some("symbol"), TimeUnit::S).is_err());
    }
}
