//! Sums that do not lose what they add up.

/// A sum whose rounding errors are kept beside it and added at the end: as exact as if it were computed with twice the
/// digits and rounded once. Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005):
/// `Sum2` and `Dot2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub fn add(&mut self, value: f64) {
        let (high, error) = two_sum(self.high, value);
        self.high = high;
        self.low += error;
    }

    /// Adds `a * b`, whose own rounding error is kept as well.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        let lost = a.mul_add(b, -product);
        self.add(product);
        self.low += lost;
    }

    /// Infinite when the sum has left the range of float64.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.high.is_finite() {
            self.high + self.low
        } else {
            self.high
        }
    }
}

/// Knuth's: the rounded sum, and exactly what rounding took from it.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_leaves_the_rest() {
        let mut sum = Sum::default();
        for value in [1e100, 1.0, -1e100, 1e-30] {
            sum.add(value);
        }
        assert!((sum.value() - 1.0).abs() < 1e-15, "{}", sum.value());
        // (1 + 2^-30)^2 - 1 - 2^-29 is 2^-60, which a product of float64 has already lost.
        let near_one = 1.0 + 2_f64.powi(-30);
        let mut dot = Sum::default();
        dot.add_product(near_one, near_one);
        dot.add_product(-1.0, 1.0);
        dot.add(-(2_f64.powi(-29)));
        assert_eq!(dot.value(), 2_f64.powi(-60));
    }

    #[test]
    fn beyond_the_range_is_infinite_and_not_undefined() {
        let mut sum = Sum::default();
        sum.add_product(1e200, 1e200);
        sum.add(1.0);
        assert_eq!(sum.value(), f64::INFINITY);
    }
}
