//! How many numbers spread: read twice, in pieces, however many there are.

use crate::histogram::{Histogram, evenly_spaced_edges};

/// What a first pass tells. All but the counts is about the finite numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub count: u64,
    pub nan: u64,
    /// Of either sign.
    pub infinite: u64,
    /// Of either sign.
    pub zeros: u64,
    /// `+inf` when no number is finite.
    pub min: f64,
    /// `-inf` when no number is finite.
    pub max: f64,
    sum: f64,
    lost: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self {
            count: 0,
            nan: 0,
            infinite: 0,
            zeros: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            lost: 0.0,
        }
    }
}

impl Range {
    /// Takes in some more numbers.
    pub fn add(&mut self, numbers: &[f64]) {
        let mut sum = 0.0;
        for number in numbers {
            if number.is_finite() {
                sum += number;
                self.zeros += u64::from(*number == 0.0);
                self.min = self.min.min(*number);
                self.max = self.max.max(*number);
            } else if number.is_nan() {
                self.nan += 1;
            } else {
                self.infinite += 1;
            }
        }
        self.count += numbers.len() as u64;
        // Pieces are summed with compensation (Neumaier 1974), so that billions of numbers lose no digits.
        let next = self.sum + sum;
        self.lost += if self.sum.abs() >= sum.abs() {
            (self.sum - next) + sum
        } else {
            (sum - next) + self.sum
        };
        self.sum = next;
    }

    #[must_use]
    pub fn finite(&self) -> u64 {
        self.count - self.nan - self.infinite
    }

    /// `None` when no number is finite.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.finite() > 0).then(|| (self.sum + self.lost) / self.finite() as f64)
    }
}

/// What a second pass over the same numbers adds.
#[derive(Debug, Clone)]
pub struct Spread {
    mean: f64,
    squares: f64,
    finite: u64,
    histogram: Histogram,
}

impl Spread {
    /// Of the numbers that gave this range, in so many bins of equal width.
    #[must_use]
    pub fn over(range: &Range, bins: usize) -> Self {
        let edges = if range.finite() == 0 {
            Vec::new()
        } else {
            evenly_spaced_edges(range.min, range.max, bins.max(1))
        };
        Self {
            mean: range.mean().unwrap_or(0.0),
            squares: 0.0,
            finite: range.finite(),
            histogram: Histogram {
                counts: vec![0; edges.len().saturating_sub(1)],
                edges,
            },
        }
    }

    /// Takes in some more of the numbers, in any order.
    pub fn add(&mut self, numbers: &[f64]) {
        let Histogram { edges, counts } = &mut self.histogram;
        let (Some(low), Some(high), Some(last)) =
            (edges.first(), edges.last(), counts.len().checked_sub(1))
        else {
            return;
        };
        let scale = counts.len() as f64 / (high - low);
        let mut squares = 0.0;
        for number in numbers.iter().filter(|number| number.is_finite()) {
            squares += (number - self.mean) * (number - self.mean);
            // The multiplication may miss by one: the edges decide, as in numpy.histogram.
            let mut bin = (((number - low) * scale) as usize).min(last);
            bin -= usize::from(*number < edges[bin]);
            bin += usize::from(bin < last && *number >= edges[bin + 1]);
            counts[bin] += 1;
        }
        self.squares += squares;
    }

    /// The population's standard deviation (`numpy.std`); `None` when no number is finite.
    #[must_use]
    pub fn std(&self) -> Option<f64> {
        (self.finite > 0).then(|| (self.squares / self.finite as f64).sqrt())
    }

    /// Of the finite numbers; without bins when there are none.
    #[must_use]
    pub fn into_histogram(self) -> Histogram {
        self.histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x[i] = ((i * 7919) % 1009 - 500) / 64`, with an odd one out here and there.
    fn numbers() -> Vec<f64> {
        let mut numbers: Vec<f64> = (0..3000_i64)
            .map(|i| ((i * 7919) % 1009 - 500) as f64 / 64.0)
            .collect();
        (numbers[10], numbers[20], numbers[30]) = (f64::NAN, f64::INFINITY, f64::NEG_INFINITY);
        numbers
    }

    fn measured(numbers: &[f64], piece: usize, bins: usize) -> (Range, Spread) {
        let mut range = Range::default();
        numbers.chunks(piece).for_each(|numbers| range.add(numbers));
        let mut spread = Spread::over(&range, bins);
        numbers
            .chunks(piece)
            .for_each(|numbers| spread.add(numbers));
        (range, spread)
    }

    /// numpy 2.4.6 over the finite ones: `min max mean std`, `numpy.histogram(x, 12)`.
    #[test]
    fn figures_are_those_of_numpy_however_the_numbers_come() {
        for piece in [1, 7, 4096] {
            let (range, spread) = measured(&numbers(), piece, 12);
            assert_eq!(
                (range.count, range.nan, range.infinite, range.zeros),
                (3000, 1, 2, 3)
            );
            assert_eq!((range.min, range.max), (-7.8125, 7.9375));
            let close = |found: f64, numpy: f64| (found - numpy).abs() <= 1e-12 * numpy.abs();
            assert!(
                close(range.mean().unwrap_or(f64::NAN), 0.06126438938938939),
                "{:?}",
                range.mean()
            );
            assert!(
                close(spread.std().unwrap_or(f64::NAN), 4.551259980092573),
                "{:?}",
                spread.std()
            );
            assert_eq!(
                spread.into_histogram().counts,
                [250, 249, 250, 250, 250, 247, 250, 250, 250, 249, 250, 252]
            );
        }
    }

    #[test]
    fn one_value_and_none_at_all() {
        let (range, spread) = measured(&[2.5; 9], 4, 8);
        assert_eq!((range.mean(), spread.std()), (Some(2.5), Some(0.0)));
        assert_eq!(spread.into_histogram().counts.iter().sum::<u64>(), 9);
        let (range, spread) = measured(&[f64::NAN], 4, 8);
        assert_eq!((range.mean(), spread.std()), (None, None));
        assert!(spread.into_histogram().counts.is_empty());
    }
}
