//! All outputs of a model together, batch after batch.

use std::path::PathBuf;

use super::report::{Agreement, ComparedRow, OutputMetrics};
use super::{Meter, Pairing, Tolerance, WorstRows};
use crate::EngineError;
use crate::tensor::Tensor;

/// Adds up batches of everything that is compared.
#[derive(Debug)]
pub struct Comparer {
    tolerance: Tolerance,
    scratch: Option<PathBuf>,
    rows: u64,
    rows_outside: u64,
    meters: Vec<Meter>,
    worst: WorstRows,
}

impl Comparer {
    /// Keeps the `worst_max` rows that are furthest off; `scratch` is the folder for what does not fit in memory.
    #[must_use]
    pub fn new(tolerance: Tolerance, worst_max: usize, scratch: Option<PathBuf>) -> Self {
        Self {
            tolerance,
            scratch,
            rows: 0,
            rows_outside: 0,
            meters: Vec::new(),
            worst: WorstRows::new(worst_max),
        }
    }

    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows with an element outside the tolerance.
    #[must_use]
    pub fn rows_outside(&self) -> u64 {
        self.rows_outside
    }

    /// Adds a batch of `rows` rows. An output whose first dim is not the rows (a total, a state) is compared as one row, and
    /// takes no part in the worst rows.
    ///
    /// # Errors
    /// As [`Meter::add`].
    pub fn add(
        &mut self,
        rows: usize,
        inputs: &[(String, Tensor)],
        pairings: &[Pairing<'_>],
    ) -> Result<(), EngineError> {
        let mut scores = vec![0.0; rows];
        let of_rows = |pairing: &Pairing<'_>| pairing.actual.shape().first() == Some(&rows);
        for pairing in pairings {
            let first = self.rows;
            let meter = self.meter(pairing);
            if of_rows(pairing) {
                meter.add(first, pairing.actual, pairing.expected, &mut scores)?;
            } else {
                meter.add(first, pairing.actual, pairing.expected, &mut [0.0])?;
            }
        }
        let by_rows: Vec<Pairing<'_>> = pairings.iter().copied().filter(of_rows).collect();
        self.worst
            .offer(self.rows, &scores, inputs, &by_rows, self.tolerance);
        self.rows += rows as u64;
        let outside = scores
            .iter()
            .filter(|score| self.tolerance.is_outside(**score));
        self.rows_outside += outside.count() as u64;
        Ok(())
    }

    fn meter(&mut self, pairing: &Pairing<'_>) -> &mut Meter {
        let known = self
            .meters
            .iter()
            .position(|meter| meter.output() == pairing.output);
        let at = known.unwrap_or_else(|| {
            self.meters.push(Meter::new(
                pairing.output,
                pairing.against,
                self.tolerance,
                self.scratch.clone(),
            ));
            self.meters.len() - 1
        });
        &mut self.meters[at]
    }

    /// Figures of every output, and the worst rows first.
    #[must_use]
    pub fn finish(self) -> (Vec<OutputMetrics>, Vec<ComparedRow>) {
        let outputs = self.meters.into_iter().map(Meter::finish).collect();
        (outputs, self.worst.finish())
    }
}

/// What the figures come to. Nothing compared proves nothing.
#[must_use]
pub fn agreement(outputs: &[OutputMetrics]) -> Agreement {
    if outputs.iter().all(|output| output.elements == 0) {
        Agreement::Inconclusive
    } else if outputs.iter().all(OutputMetrics::is_within) {
        Agreement::Equal
    } else {
        Agreement::Different
    }
}
