//! The rows as they reach an ensemble.

use onnx::trees::Probe;

use crate::tensor::Data;
use crate::{EngineError, Tensor};

pub struct Table {
    pub rows: Tensor,
    pub count: usize,
    pub width: usize,
}

pub enum Row {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Row {
    pub fn values(&self) -> Vec<Option<f64>> {
        let finite = |value: f64| Some(value).filter(|value| !value.is_nan());
        match self {
            Self::Single(row) => row.iter().map(|value| finite(f64::from(*value))).collect(),
            Self::Double(row) => row.iter().map(|value| finite(*value)).collect(),
        }
    }
}

impl Table {
    pub fn of(
        probe: &Probe,
        given: &[(String, Tensor)],
        outputs: &[(String, Tensor)],
    ) -> Result<Self, EngineError> {
        let held = if probe.rows_are_input { given } else { outputs };
        let found = held.iter().find(|(name, _)| *name == probe.rows);
        let (_, rows) = found.ok_or_else(|| EngineError::input(&probe.rows, "is missing"))?;
        let (count, width) = match rows.shape() {
            [width] => (1, *width),
            [count, width] => (*count, *width),
            other => {
                let reason = format!("has shape {other:?}; trees take rows of features");
                return Err(EngineError::input(&probe.rows, reason));
            }
        };
        Ok(Self {
            rows: rows.clone(),
            count,
            width,
        })
    }

    pub fn row(&self, at: usize) -> Result<Row, EngineError> {
        if at >= self.count {
            let reason = format!("{} is asked for, but there are {} rows", at, self.count);
            return Err(EngineError::input("row", reason));
        }
        self.numbers(at * self.width..(at + 1) * self.width)
    }

    /// Every row, one after the other.
    pub fn all(&self) -> Result<Row, EngineError> {
        self.numbers(0..self.count * self.width)
    }

    fn numbers(&self, range: std::ops::Range<usize>) -> Result<Row, EngineError> {
        // Whole numbers are compared with float thresholds as floats.
        match self.rows.data() {
            Data::Float32(items) => Ok(Row::Single(items[range].to_vec())),
            Data::Float64(items) => Ok(Row::Double(items[range].to_vec())),
            Data::Int32(items) => Ok(Row::Single(
                items[range].iter().map(|v| *v as f32).collect(),
            )),
            Data::Int64(items) => Ok(Row::Single(
                items[range].iter().map(|v| *v as f32).collect(),
            )),
            _ => Err(EngineError::input(
                "row",
                format!(
                    "{} is no number that trees take",
                    self.rows.element_type().datatype()
                ),
            )),
        }
    }
}
