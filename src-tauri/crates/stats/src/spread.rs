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

/// Numbers that are taken in side by side, as the processor's registers hold them.
const LANES: usize = 8;

/// Sums of every eighth number: eight short chains of additions in place of a long one.
struct Lanes {
    sum: [f64; LANES],
    min: [f64; LANES],
    max: [f64; LANES],
    zeros: [f64; LANES],
    /// Zero as long as all numbers are finite: infinity less itself is NaN, as everything is with NaN.
    broken: [f64; LANES],
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            sum: [0.0; LANES],
            min: [f64::INFINITY; LANES],
            max: [f64::NEG_INFINITY; LANES],
            zeros: [0.0; LANES],
            broken: [0.0; LANES],
        }
    }
}

impl Lanes {
    fn add(&mut self, numbers: &[f64; LANES]) {
        for (lane, number) in numbers.iter().enumerate() {
            self.sum[lane] += number;
            self.min[lane] = if *number < self.min[lane] {
                *number
            } else {
                self.min[lane]
            };
            self.max[lane] = if *number > self.max[lane] {
                *number
            } else {
                self.max[lane]
            };
            self.zeros[lane] += f64::from(u8::from(*number == 0.0));
            // Zero for a finite number, NaN for any other: without a branch.
            self.broken[lane] += number * 0.0;
        }
    }

    fn finite(&self) -> bool {
        self.broken.iter().all(|broken| *broken == 0.0)
    }
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
        let (whole, rest) = numbers.as_chunks::<LANES>();
        let mut lanes = Lanes::default();
        for numbers in whole {
            lanes.add(numbers);
        }
        self.count += numbers.len() as u64;
        if lanes.finite() {
            self.zeros += lanes.zeros.iter().sum::<f64>() as u64;
            self.min = lanes.min.iter().copied().fold(self.min, f64::min);
            self.max = lanes.max.iter().copied().fold(self.max, f64::max);
            self.sum_up(lanes.sum.iter().sum());
            self.add_each(rest);
        } else {
            self.add_each(numbers);
        }
    }

    /// One by one, looking at what each is.
    fn add_each(&mut self, numbers: &[f64]) {
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
        self.sum_up(sum);
    }

    /// Takes in what another pass over other numbers has found.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.nan += other.nan;
        self.infinite += other.infinite;
        self.zeros += other.zeros;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum_up(other.sum);
        self.lost += other.lost;
    }

    /// Pieces are summed with compensation (Neumaier 1974), so that billions of numbers lose no digits.
    fn sum_up(&mut self, sum: f64) {
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

    /// Takes in what another pass over other numbers of the same range has found.
    pub fn merge(&mut self, other: &Self) {
        self.squares += other.squares;
        for (count, more) in self
            .histogram
            .counts
            .iter_mut()
            .zip(&other.histogram.counts)
        {
            *count += more;
        }
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
        let cut = |piece: usize| {
            let mut range = Range::default();
            for numbers in numbers().chunks(piece) {
                let mut part = Range::default();
                part.add(numbers);
                range.merge(&part);
            }
            let mut spread = Spread::over(&range, 12);
            for numbers in numbers().chunks(piece) {
                let mut part = Spread::over(&range, 12);
                part.add(numbers);
                spread.merge(&part);
            }
            (range, spread)
        };
        let whole = [1, 7, 4096].map(|piece| measured(&numbers(), piece, 12));
        for (range, spread) in whole.into_iter().chain([1, 13, 1000].map(cut)) {
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
