//! The rows that are furthest off, however many rows there are.

use super::meter::Numbers;
use super::report::{ComparedCell, ComparedRow, InputCell};
use super::{Tolerance, cell};
use crate::tensor::Tensor;

/// Values of a row's inputs that are kept.
const INPUTS_MAX: usize = 64;
/// An output with more elements a row than this shows the worst of them only.
const ELEMENTS_MAX: usize = 8;

/// One output of a batch beside what was expected of it.
#[derive(Debug, Clone, Copy)]
pub struct Pairing<'a> {
    pub output: &'a str,
    /// What the expected values are called: columns of a file, or the other side's output.
    pub against: &'a str,
    pub actual: &'a Tensor,
    pub expected: &'a Tensor,
}

/// Keeps the `rows_max` rows with the highest scores; of equal ones the first.
#[derive(Debug)]
pub struct WorstRows {
    rows_max: usize,
    kept: Vec<(f64, ComparedRow)>,
}

impl WorstRows {
    #[must_use]
    pub fn new(rows_max: usize) -> Self {
        Self {
            rows_max,
            kept: Vec::new(),
        }
    }

    /// Looks at a batch: one score for each row, as [`super::Meter::add`] left them. Rows that are equal are not kept.
    pub fn offer(
        &mut self,
        first_row: u64,
        scores: &[f64],
        inputs: &[(String, Tensor)],
        pairings: &[Pairing<'_>],
        tolerance: Tolerance,
    ) {
        for (row, score) in scores.iter().enumerate() {
            let least = self.kept.last().map_or(0.0, |(score, _)| *score);
            let full = self.kept.len() >= self.rows_max;
            if *score <= 0.0 || (full && *score <= least) {
                continue;
            }
            let (shown, inputs_left_out) = inputs_of(inputs, row, scores.len());
            let found = ComparedRow {
                row: first_row + row as u64,
                score: score.is_finite().then_some(*score),
                inputs: shown,
                inputs_left_out,
                outputs: pairings
                    .iter()
                    .flat_map(|pairing| cells(pairing, row, scores.len(), tolerance))
                    .collect(),
            };
            let place = self.kept.partition_point(|(kept, _)| *kept >= *score);
            self.kept.insert(place, (*score, found));
            self.kept.truncate(self.rows_max);
        }
    }

    /// Worst first.
    #[must_use]
    pub fn finish(self) -> Vec<ComparedRow> {
        self.kept.into_iter().map(|(_, row)| row).collect()
    }
}

fn inputs_of(inputs: &[(String, Tensor)], row: usize, rows: usize) -> (Vec<InputCell>, u64) {
    let mut shown = Vec::new();
    let mut left_out = 0;
    for (name, tensor) in inputs {
        let width = tensor.len().checked_div(rows).unwrap_or(0);
        for element in 0..width {
            if shown.len() == INPUTS_MAX {
                left_out += (width - element) as u64;
                break;
            }
            shown.push(InputCell {
                name: if width == 1 {
                    name.clone()
                } else {
                    format!("{name}[{element}]")
                },
                value: cell(tensor, row * width + element),
            });
        }
    }
    (shown, left_out)
}

fn cells(
    pairing: &Pairing<'_>,
    row: usize,
    rows: usize,
    tolerance: Tolerance,
) -> Vec<ComparedCell> {
    let width = pairing.actual.len().checked_div(rows).unwrap_or(0);
    let range = row * width..(row + 1) * width;
    let both = (
        pairing.actual.slice_flat(range.clone()),
        pairing.expected.slice_flat(range),
    );
    let (Some(actual), Some(expected)) = both else {
        return Vec::new();
    };
    let numbers = Numbers::of(&actual, &expected);
    let cell_at = |element: usize| {
        let (shown, wanted) = (cell(&actual, element), cell(&expected, element));
        let (difference, within) = match &numbers {
            Some(numbers) => {
                let difference = numbers.difference[element];
                let limit = tolerance.limit(numbers.expected[element]);
                (
                    difference.is_finite().then_some(difference),
                    difference <= limit,
                )
            }
            None => (None, shown == wanted),
        };
        ComparedCell {
            output: pairing.output.to_owned(),
            element: element as u64,
            expected: wanted,
            actual: shown,
            difference,
            within,
        }
    };
    if width <= ELEMENTS_MAX {
        return (0..width).map(cell_at).collect();
    }
    let score = |element: &usize| {
        numbers.as_ref().map_or(0.0, |numbers| {
            tolerance.score(numbers.difference[*element], numbers.expected[*element])
        })
    };
    let worst = (0..width).max_by(|a, b| score(a).total_cmp(&score(b)).then(b.cmp(a)));
    worst.map(cell_at).into_iter().collect()
}
