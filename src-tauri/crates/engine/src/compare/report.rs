//! What a comparison found, as it is shown and sent.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::{DifferenceHistogram, Tolerance};
use crate::{ModelOptions, ProviderReport};

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum Agreement {
    /// Every element is within the tolerance.
    Equal,
    Different,
    /// There was nothing to compare.
    Inconclusive,
}

/// One side of a comparison: a model, and how it was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SideReport {
    pub label: String,
    pub options: ModelOptions,
    pub provider: ProviderReport,
    /// Of ONNX Runtime.
    pub runtime_version: String,
}

/// How a model's outputs compare with what was expected, or with another side's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonReport {
    pub agreement: Agreement,
    /// Why it is inconclusive.
    pub reason: Option<String>,
    #[specta(type = Number)]
    pub rows: u64,
    /// Rows with an element outside the tolerance.
    #[specta(type = Number)]
    pub rows_outside: u64,
    #[specta(type = Number)]
    pub batch_rows: u64,
    pub tolerance: Tolerance,
    pub actual: SideReport,
    /// The side that the first one is compared with; none for a file's expected outputs.
    pub expected: Option<SideReport>,
    /// Where the inputs come from: `fx.parquet`, `generated, seed 7`.
    pub inputs: String,
    pub outputs: Vec<OutputMetrics>,
    /// Furthest off first.
    pub worst_rows: Vec<ComparedRow>,
    /// Outputs that nothing was expected of, or that the other side does not have.
    pub outputs_left_out: Vec<String>,
    /// What else was decided: how columns were matched, which rows were left out.
    pub notes: Vec<String>,
    #[specta(type = Number)]
    pub took_ms: f64,
}

impl ComparisonReport {
    /// The largest absolute difference of all outputs: which output, and where.
    #[must_use]
    pub fn worst(&self) -> Option<(&OutputMetrics, &WorstElement)> {
        let found = |output: &'_ OutputMetrics| output.max_abs.is_some();
        let size = |output: &&OutputMetrics| {
            let worst = output.max_abs.as_ref();
            worst.map_or(0.0, |worst| worst.value.unwrap_or(f64::INFINITY))
        };
        let worst = self
            .outputs
            .iter()
            .filter(|output| found(output))
            .max_by(|a, b| size(a).total_cmp(&size(b)))?;
        Some((worst, worst.max_abs.as_ref()?))
    }
}

/// One element of one row. Rows and elements count from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct WorstElement {
    #[specta(type = Number)]
    pub row: u64,
    /// Place within the row, row-major.
    #[specta(type = Number)]
    pub element: u64,
    pub expected: String,
    pub actual: String,
    /// None when it is infinite: a NaN or an infinity against something else.
    #[specta(type = Option<Number>)]
    pub value: Option<f64>,
}

/// How one output compares, over all rows. Sums, means and correlations are over the pairs of which both are finite;
/// everything else is over all elements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OutputMetrics {
    pub output: String,
    /// What it was compared with: columns of a file, or the other side's output.
    pub expected: String,
    /// Floats are measured; labels (text, booleans, integers) are counted, integers both.
    pub label: bool,
    #[specta(type = Number)]
    pub rows: u64,
    #[specta(type = Number)]
    pub elements: u64,
    #[specta(type = Number)]
    pub finite: u64,
    /// Elements with `|actual - expected| <= atol + rtol * |expected|`, as `numpy.isclose` with `equal_nan` has it.
    #[specta(type = Number)]
    pub within: u64,
    pub max_abs: Option<WorstElement>,
    /// Largest `|actual - expected| / |expected|` where the expected value is not zero.
    pub max_rel: Option<WorstElement>,
    /// Mean of `actual - expected`.
    #[specta(type = Option<Number>)]
    pub mean_difference: Option<f64>,
    #[specta(type = Option<Number>)]
    pub mean_abs: Option<f64>,
    /// Root of the mean squared difference.
    #[specta(type = Option<Number>)]
    pub rms: Option<f64>,
    #[specta(type = Option<Number>)]
    pub cosine: Option<f64>,
    /// `10 log10(sum expected^2 / sum (actual - expected)^2)`, decibels; none where nothing differs (infinite), or the
    /// expected output is all zeros.
    #[specta(type = Option<Number>)]
    pub snr_db: Option<f64>,
    /// Spearman's.
    #[specta(type = Option<Number>)]
    pub rank_correlation: Option<f64>,
    pub rank_refused: Option<String>,
    /// One side above zero, the other below.
    #[specta(type = Number)]
    pub sign_flips: u64,
    /// Exactly one side is NaN.
    #[specta(type = Number)]
    pub nan_disagreements: u64,
    /// Neither is NaN, and they are not the same infinity although one is infinite.
    #[specta(type = Number)]
    pub infinite_disagreements: u64,
    /// Labels that differ; none for floats.
    #[specta(type = Option<Number>)]
    pub label_disagreements: Option<u64>,
    /// Rows whose largest element stands elsewhere; none for rows of one element.
    #[specta(type = Option<Number>)]
    pub argmax_disagreements: Option<u64>,
    pub histogram: DifferenceHistogram,
}

impl OutputMetrics {
    /// Whether every element is within the tolerance.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.within == self.elements
    }
}

/// A value of an input, as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct InputCell {
    pub name: String,
    pub value: String,
}

/// One element of an output in a row that is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ComparedCell {
    pub output: String,
    #[specta(type = Number)]
    pub element: u64,
    pub expected: String,
    pub actual: String,
    /// None when it is infinite, or one text against another.
    #[specta(type = Option<Number>)]
    pub difference: Option<f64>,
    pub within: bool,
}

/// One of the rows that are furthest off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ComparedRow {
    /// Counted from 0.
    #[specta(type = Number)]
    pub row: u64,
    /// The largest difference of the row, in tolerances (or as it is, where the tolerance is zero); none when infinite.
    #[specta(type = Option<Number>)]
    pub score: Option<f64>,
    pub inputs: Vec<InputCell>,
    /// Values that the row has beyond those in `inputs`.
    #[specta(type = Number)]
    pub inputs_left_out: u64,
    pub outputs: Vec<ComparedCell>,
}
