//! What the elements of an output are like, read twice from the kept file: first their range and moments, then, knowing the
//! range, the histogram and the lines.

use std::collections::BTreeMap;

use super::outputs::{ClassShare, OutputSummary, RowSeries, ValueHistogram};
use crate::data::Table;
use crate::tensor::{Data, ElementType, Tensor};
use crate::{CancelToken, EngineError};

/// Rows that are read at a time.
const READ_ROWS: usize = 16_384;
const BINS: usize = 60;
/// Columns that a line is drawn for.
const SERIES_MAX: usize = 8;
/// Points of a line: about as many as a chart has pixels.
const POINTS_MAX: u64 = 600;
/// A label with more values than this is a number.
const CLASSES_MAX: usize = 24;

pub(super) fn of(
    table: &Table,
    columns: &[String],
    width: usize,
    cancel: &CancelToken,
) -> Result<OutputSummary, EngineError> {
    let mut first = First::default();
    let rows = table.rows();
    each(table, cancel, |_, tensors| {
        tensors.iter().for_each(|tensor| first.look(tensor));
    })?;
    let mut summary = first.summary();
    let Some((low, high)) = summary.min.zip(summary.max) else {
        return Ok(summary);
    };
    let edges = stats::evenly_spaced_edges(low, high, BINS);
    let mut counts = vec![0; BINS];
    let mut lines = Lines::new(rows.unwrap_or(1), columns, width);
    each(table, cancel, |row, tensors| {
        for tensor in tensors {
            let values = tensor.to_f64().unwrap_or_default();
            let found = stats::Histogram::between(edges.clone(), &values);
            counts
                .iter_mut()
                .zip(&found.counts)
                .for_each(|(count, more)| *count += more);
        }
        lines.look(row, tensors);
    })?;
    summary.histogram = (low < high).then_some(ValueHistogram { edges, counts });
    summary.series_rows = lines.rows_a_point;
    summary.series = if rows.is_some_and(|rows| rows > 1) {
        lines.series
    } else {
        Vec::new()
    };
    Ok(summary)
}

/// The arrays, some rows at a time, with the row that they begin at.
fn each(
    table: &Table,
    cancel: &CancelToken,
    mut look: impl FnMut(u64, &[Tensor]),
) -> Result<(), EngineError> {
    if table.rows().is_none() {
        let tensors: Vec<Tensor> = table
            .arrays()?
            .into_iter()
            .map(|(_, tensor)| tensor)
            .collect();
        look(0, &tensors);
        return Ok(());
    }
    let mut row = 0;
    for batch in table.batches(READ_ROWS)? {
        cancel.check()?;
        let batch = batch?;
        let rows = batch.rows as u64;
        let tensors: Vec<Tensor> = batch
            .columns
            .into_iter()
            .map(|(_, tensor)| tensor)
            .collect();
        look(row, &tensors);
        row += rows;
    }
    Ok(())
}

/// Counts and moments. The moments are West's update of mean and squared deviations ("Updating mean and variance estimates:
/// an improved method", 1979): stable over any length.
#[derive(Default)]
struct First {
    summary: OutputSummary,
    finite: f64,
    mean: f64,
    squares: f64,
    low: Option<f64>,
    high: Option<f64>,
    classes: Option<BTreeMap<String, u64>>,
    too_many: bool,
}

impl First {
    fn look(&mut self, tensor: &Tensor) {
        self.summary.count += tensor.len() as u64;
        self.labels(tensor);
        for value in tensor.to_f64().unwrap_or_default() {
            if value.is_nan() {
                self.summary.nan_count += 1;
                continue;
            }
            if value.is_infinite() {
                self.summary.inf_count += 1;
                continue;
            }
            self.summary.zero_count += u64::from(value == 0.0);
            self.finite += 1.0;
            let off = value - self.mean;
            self.mean += off / self.finite;
            self.squares += off * (value - self.mean);
            self.low = Some(self.low.map_or(value, |low| low.min(value)));
            self.high = Some(self.high.map_or(value, |high| high.max(value)));
        }
    }

    fn labels(&mut self, tensor: &Tensor) {
        let element = tensor.element_type();
        if element.is_float() || self.too_many {
            return;
        }
        let classes = self.classes.get_or_insert_default();
        let labels: Box<dyn Iterator<Item = String>> = match tensor.data() {
            Data::String(items) => Box::new(items.iter().cloned()),
            Data::Bool(items) => Box::new(items.iter().map(ToString::to_string)),
            _ => Box::new(
                tensor
                    .to_f64()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|value| value.to_string()),
            ),
        };
        for label in labels {
            *classes.entry(label).or_default() += 1;
            if classes.len() > CLASSES_MAX && element != ElementType::String {
                self.too_many = true;
                break;
            }
            if classes.len() > 100_000 {
                self.too_many = true;
                break;
            }
        }
    }

    fn summary(self) -> OutputSummary {
        let any = self.finite > 0.0;
        let mut summary = self.summary;
        summary.min = self.low;
        summary.max = self.high;
        summary.mean = any.then_some(self.mean);
        summary.std = any.then(|| (self.squares / self.finite).sqrt());
        let classes = self.classes.filter(|_| !self.too_many).unwrap_or_default();
        let mut classes: Vec<ClassShare> = classes
            .into_iter()
            .map(|(label, count)| ClassShare {
                label,
                count,
                share: count as f64 / summary.count as f64,
            })
            .collect();
        classes.sort_by(|one, two| {
            two.count
                .cmp(&one.count)
                .then_with(|| one.label.cmp(&two.label))
        });
        classes.truncate(CLASSES_MAX);
        summary.classes = classes;
        summary
    }
}

/// The least and greatest value of so many rows, for the first columns.
struct Lines {
    rows_a_point: u64,
    series: Vec<RowSeries>,
}

impl Lines {
    fn new(rows: u64, columns: &[String], width: usize) -> Self {
        let rows_a_point = rows.div_ceil(POINTS_MAX).max(1);
        let points = rows.div_ceil(rows_a_point) as usize;
        let series = (0..width.min(SERIES_MAX)).map(|at| RowSeries {
            label: columns.get(at).cloned().unwrap_or_else(|| {
                if width == 1 {
                    String::new()
                } else {
                    format!("[{at}]")
                }
            }),
            low: vec![None; points],
            high: vec![None; points],
        });
        Self {
            rows_a_point,
            series: series.collect(),
        }
    }

    fn look(&mut self, first_row: u64, tensors: &[Tensor]) {
        let mut column = 0;
        for tensor in tensors {
            let rows = tensor.shape().first().copied().unwrap_or(1);
            let width = tensor.len().checked_div(rows).unwrap_or(0);
            let values = tensor.to_f64().unwrap_or_default();
            for at in 0..width {
                let Some(series) = self.series.get_mut(column) else {
                    return;
                };
                column += 1;
                for row in 0..rows {
                    let value = values.get(row * width + at).copied().unwrap_or(f64::NAN);
                    let point = ((first_row + row as u64) / self.rows_a_point) as usize;
                    if value.is_finite()
                        && let (Some(low), Some(high)) =
                            (series.low.get_mut(point), series.high.get_mut(point))
                    {
                        *low = Some(low.map_or(value, |low: f64| low.min(value)));
                        *high = Some(high.map_or(value, |high: f64| high.max(value)));
                    }
                }
            }
        }
    }
}
