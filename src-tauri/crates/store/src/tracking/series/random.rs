//! Random points for the tests of this module: repeated, out of order, with every odd value.

use domain::tracking::MetricPoint;

/// A small generator (xorshift), so that a failing test fails again.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn value(&mut self) -> f64 {
        match self.below(12) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            4 => 0.0,
            _ => self.below(1000) as f64 / 7.0 - 60.0,
        }
    }

    /// Points whose timestamps and steps are below `spread`.
    pub fn points(&mut self, count: usize, spread: u64) -> Vec<MetricPoint> {
        (0..count)
            .map(|_| MetricPoint {
                step: self.below(spread).cast_signed() - 5,
                timestamp_ms: self.below(spread).cast_signed(),
                value: self.value(),
            })
            .collect()
    }
}

/// What two lists of points are compared by: NaN equals itself, and -0 is not 0.
pub fn exact(points: &[MetricPoint]) -> Vec<(i64, i64, i64)> {
    points
        .iter()
        .map(|point| (point.timestamp_ms, point.step, point.value_bits()))
        .collect()
}
