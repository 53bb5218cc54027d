//! One output, batch after batch, in constant memory.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::histogram::Differences;
use super::report::{OutputMetrics, WorstElement};
use super::{RankCorrelation, Sum, cell, difference};
use crate::EngineError;
use crate::tensor::{Data, Tensor};

/// What counts as equal: `|actual - expected| <= atol + rtol * |expected|`, NumPy's rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Tolerance {
    #[specta(type = Number)]
    pub rtol: f64,
    #[specta(type = Number)]
    pub atol: f64,
}

impl Tolerance {
    /// # Errors
    /// When one of the two is negative, NaN or infinite.
    pub fn check(self) -> Result<Self, EngineError> {
        for (name, value) in [("rtol", self.rtol), ("atol", self.atol)] {
            if !value.is_finite() || value < 0.0 {
                let reason = format!("is {value}, but must be a number of at least 0");
                return Err(EngineError::input(name, reason));
            }
        }
        Ok(self)
    }

    /// The largest difference that is let pass. Not `atol + rtol * |expected|` throughout: an infinite expected value
    /// would let everything pass.
    pub(crate) fn limit(self, expected: f64) -> f64 {
        if expected.is_finite() {
            self.atol + self.rtol * expected.abs()
        } else {
            0.0
        }
    }

    fn is_zero(self) -> bool {
        self.rtol == 0.0 && self.atol == 0.0
    }

    /// Whether a [score](Self::score) is one of a difference that is too large.
    pub(crate) fn is_outside(self, score: f64) -> bool {
        score > if self.is_zero() { 0.0 } else { 1.0 }
    }

    /// A difference in tolerances; as it is where the tolerance is zero.
    pub(crate) fn score(self, difference: f64, expected: f64) -> f64 {
        let limit = self.limit(expected);
        if difference == 0.0 || self.is_zero() {
            difference
        } else if difference <= limit {
            (difference / limit).min(1.0)
        } else {
            // Rounding must not put it on the other side of the limit.
            (difference / limit).max(1.0_f64.next_up())
        }
    }
}

/// Adds up how one output compares.
#[derive(Debug)]
pub struct Meter {
    output: String,
    expected: String,
    tolerance: Tolerance,
    label: bool,
    rows: u64,
    elements: u64,
    finite: u64,
    within: u64,
    max_abs: Option<(f64, WorstElement)>,
    max_rel: Option<(f64, WorstElement)>,
    sums: Sums,
    sign_flips: u64,
    nan_disagreements: u64,
    infinite_disagreements: u64,
    label_disagreements: u64,
    argmax_rows: u64,
    argmax_disagreements: u64,
    differences: Differences,
    ranks: RankCorrelation,
}

#[derive(Debug, Default)]
struct Sums {
    difference: Sum,
    abs: Sum,
    squared: Sum,
    actual: Sum,
    expected: Sum,
    product: Sum,
}

/// Both sides of a batch as numbers.
pub(crate) struct Numbers {
    pub actual: Vec<f64>,
    pub expected: Vec<f64>,
    /// Absolute; of integers exact, although their float64 forms may not be.
    pub difference: Vec<f64>,
}

impl Numbers {
    /// `None` where one side is text.
    pub(crate) fn of(actual: &Tensor, expected: &Tensor) -> Option<Self> {
        let exact = match (actual.data(), expected.data()) {
            (Data::Int64(a), Data::Int64(b)) => Some(
                a.iter()
                    .zip(b)
                    .map(|(a, b)| a.abs_diff(*b) as f64)
                    .collect(),
            ),
            (Data::Uint64(a), Data::Uint64(b)) => Some(
                a.iter()
                    .zip(b)
                    .map(|(a, b)| a.abs_diff(*b) as f64)
                    .collect(),
            ),
            _ => None,
        };
        let (actual, expected) = (actual.to_f64()?, expected.to_f64()?);
        let difference = exact.unwrap_or_else(|| {
            let pairs = actual.iter().zip(&expected);
            pairs.map(|(a, b)| difference(*a, *b)).collect()
        });
        Some(Self {
            actual,
            expected,
            difference,
        })
    }
}

impl Meter {
    /// `expected` names what the output is compared with; `scratch` is the folder for ranks that do not fit in memory.
    #[must_use]
    pub fn new(
        output: impl Into<String>,
        expected: impl Into<String>,
        tolerance: Tolerance,
        scratch: Option<PathBuf>,
    ) -> Self {
        Self {
            output: output.into(),
            expected: expected.into(),
            tolerance,
            label: false,
            rows: 0,
            elements: 0,
            finite: 0,
            within: 0,
            max_abs: None,
            max_rel: None,
            sums: Sums::default(),
            sign_flips: 0,
            nan_disagreements: 0,
            infinite_disagreements: 0,
            label_disagreements: 0,
            argmax_rows: 0,
            argmax_disagreements: 0,
            differences: Differences::default(),
            ranks: RankCorrelation::new(scratch),
        }
    }

    #[must_use]
    pub fn output(&self) -> &str {
        &self.output
    }

    /// Adds a batch whose first row is number `first_row` of all. `scores` has a place for each row, which rises to the
    /// row's largest difference in tolerances.
    ///
    /// # Errors
    /// [`EngineError::Input`] when the two have different rows or widths, or text meets numbers.
    pub fn add(
        &mut self,
        first_row: u64,
        actual: &Tensor,
        expected: &Tensor,
        scores: &mut [f64],
    ) -> Result<(), EngineError> {
        let rows = scores.len();
        if actual.len() != expected.len() || (rows > 0 && !actual.len().is_multiple_of(rows)) {
            return Err(EngineError::input(
                &self.expected,
                format!(
                    "shape {:?} cannot be compared with {:?} of output '{}' over {rows} rows",
                    expected.shape(),
                    actual.shape(),
                    self.output
                ),
            ));
        }
        let at = At {
            first_row,
            width: actual.len().checked_div(rows).unwrap_or(1).max(1),
            actual,
            expected,
        };
        self.rows += rows as u64;
        self.elements += actual.len() as u64;
        if let (Data::String(a), Data::String(b)) = (actual.data(), expected.data()) {
            self.texts(&at, a, b, scores);
            return Ok(());
        }
        let numbers = Numbers::of(actual, expected).ok_or_else(|| {
            let kind = |tensor: &Tensor| tensor.element_type().datatype();
            let (actual, expected) = (kind(actual), kind(expected));
            let reason = format!(
                "is {expected}, which cannot be compared with {actual} of output '{}'",
                self.output
            );
            EngineError::input(&self.expected, reason)
        })?;
        let label = !actual.element_type().is_float();
        self.label |= label;
        for index in 0..numbers.difference.len() {
            let score = self.number(&at, &numbers, index);
            let row = &mut scores[index / at.width];
            *row = row.max(score);
        }
        if !label && at.width > 1 {
            self.argmax(at.width, &numbers);
        }
        Ok(())
    }

    fn texts(&mut self, at: &At<'_>, actual: &[String], expected: &[String], scores: &mut [f64]) {
        self.label = true;
        for (index, (a, b)) in actual.iter().zip(expected).enumerate() {
            if a == b {
                self.within += 1;
                self.differences.add(0.0);
            } else {
                self.label_disagreements += 1;
                self.differences.add(f64::INFINITY);
                scores[index / at.width] = f64::INFINITY;
                keep(&mut self.max_abs, f64::INFINITY, || at.element(index));
            }
        }
    }

    fn number(&mut self, at: &At<'_>, numbers: &Numbers, index: usize) -> f64 {
        let (a, b) = (numbers.actual[index], numbers.expected[index]);
        let difference = numbers.difference[index];
        self.differences.add(difference);
        self.within += u64::from(difference <= self.tolerance.limit(b));
        self.label_disagreements += u64::from(difference != 0.0);
        self.sign_flips += u64::from((a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0));
        if a.is_finite() && b.is_finite() {
            self.finite += 1;
            self.sums.add(a, b);
            self.ranks.add(a, b);
        } else if a.is_nan() != b.is_nan() {
            self.nan_disagreements += 1;
        } else if difference > 0.0 {
            self.infinite_disagreements += 1;
        }
        if difference > 0.0 {
            keep(&mut self.max_abs, difference, || at.element(index));
            if b.abs() > 0.0 {
                let relative = if b.is_finite() {
                    difference / b.abs()
                } else {
                    difference
                };
                keep(&mut self.max_rel, relative, || at.element(index));
            }
        }
        self.tolerance.score(difference, b)
    }

    fn argmax(&mut self, width: usize, numbers: &Numbers) {
        let rows = numbers
            .actual
            .chunks_exact(width)
            .zip(numbers.expected.chunks_exact(width));
        for (actual, expected) in rows {
            self.argmax_rows += 1;
            self.argmax_disagreements += u64::from(argmax(actual) != argmax(expected));
        }
    }

    /// What all batches came to.
    #[must_use]
    pub fn finish(self) -> OutputMetrics {
        let count = self.finite as f64;
        let mean = |sum: Sum| (self.finite > 0).then(|| sum.value() / count);
        let (noise, signal) = (self.sums.squared.value(), self.sums.expected.value());
        let lengths = self.sums.actual.value().sqrt() * signal.sqrt();
        let ranks = self.ranks.finish();
        OutputMetrics {
            output: self.output,
            expected: self.expected,
            label: self.label,
            rows: self.rows,
            elements: self.elements,
            finite: self.finite,
            within: self.within,
            max_abs: self.max_abs.map(told),
            max_rel: self.max_rel.map(told),
            mean_difference: mean(self.sums.difference),
            mean_abs: mean(self.sums.abs),
            rms: mean(self.sums.squared).map(f64::sqrt),
            // Rounding of the lengths must not make equal outputs unequal.
            cosine: (lengths > 0.0).then(|| match noise {
                0.0 => 1.0,
                _ => (self.sums.product.value() / lengths).clamp(-1.0, 1.0),
            }),
            snr_db: (noise > 0.0 && signal > 0.0).then(|| 10.0 * (signal / noise).log10()),
            rank_correlation: ranks.value,
            rank_refused: ranks.refused,
            sign_flips: self.sign_flips,
            nan_disagreements: self.nan_disagreements,
            infinite_disagreements: self.infinite_disagreements,
            label_disagreements: self.label.then_some(self.label_disagreements),
            argmax_disagreements: (self.argmax_rows > 0).then_some(self.argmax_disagreements),
            histogram: self.differences.report(),
        }
    }
}

impl Sums {
    fn add(&mut self, actual: f64, expected: f64) {
        let difference = actual - expected;
        self.difference.add(difference);
        self.abs.add(difference.abs());
        self.squared.add_product(difference, difference);
        self.actual.add_product(actual, actual);
        self.expected.add_product(expected, expected);
        self.product.add_product(actual, expected);
    }
}

/// Where a batch stands among all rows.
struct At<'a> {
    first_row: u64,
    width: usize,
    actual: &'a Tensor,
    expected: &'a Tensor,
}

impl At<'_> {
    fn element(&self, index: usize) -> WorstElement {
        WorstElement {
            row: self.first_row + (index / self.width) as u64,
            element: (index % self.width) as u64,
            expected: cell(self.expected, index),
            actual: cell(self.actual, index),
            value: None,
        }
    }
}

/// The first of the largest stays.
fn keep(
    worst: &mut Option<(f64, WorstElement)>,
    value: f64,
    element: impl FnOnce() -> WorstElement,
) {
    if worst.as_ref().is_none_or(|(most, _)| value > *most) {
        *worst = Some((value, element()));
    }
}

fn told((value, element): (f64, WorstElement)) -> WorstElement {
    WorstElement {
        value: value.is_finite().then_some(value),
        ..element
    }
}

/// As `numpy.argmax`: the first of the largest, and the first NaN above everything.
fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if values[best].is_nan() {
            break;
        }
        if value.is_nan() || *value > values[best] {
            best = index;
        }
    }
    best
}
