//! Values that stand apart from the others of their kind.

use crate::summary::sort_samples;

/// A modified z-score beyond this is an outlier (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993).
pub const MODIFIED_Z_MAX: f64 = 3.5;
/// The 0.75 quantile of the standard normal: the median absolute deviation of normal values is this part of their
/// standard deviation.
const NORMAL: f64 = 0.674_489_750_196_081_7;

/// The places of values whose modified z-score, `0.6745 (x - median) / MAD`, is beyond [`MODIFIED_Z_MAX`] on either side.
/// None stands apart where more than half are equal (`MAD = 0`). Values that are not finite always do.
#[must_use]
pub fn outliers(values: &[f64]) -> Vec<usize> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let median = median(finite.clone().collect());
    let deviation = median.map_or(0.0, |median| {
        self::median(finite.map(|value| (value - median).abs()).collect()).unwrap_or(0.0)
    });
    let apart = |value: f64| {
        let Some(median) = median.filter(|_| value.is_finite()) else {
            return true;
        };
        deviation > 0.0 && (NORMAL * (value - median) / deviation).abs() > MODIFIED_Z_MAX
    };
    let places = values.iter().enumerate();
    places
        .filter(|(_, value)| apart(**value))
        .map(|(place, _)| place)
        .collect()
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    sort_samples(&mut values);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[middle - 1], upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1, `norm.ppf(0.75) * (x - median(x)) / median_abs_deviation(x)`: 10.30 at 6, -6.34 at 11, 5.89 at 14; the next is
    /// 1.84 at 8.
    #[test]
    fn those_beyond_the_limit_are_named() {
        let values = [
            1.0, 1.1, 0.9, 1.05, 0.95, 1.2, 2.15, 1.0, 0.8, 1.02, 0.98, 0.3, 1.08, 0.93, 1.66, 1.01,
        ];
        assert_eq!(outliers(&values), [6, 11, 14]);
    }

    #[test]
    fn equal_values_have_none_and_broken_ones_are() {
        assert_eq!(outliers(&[1.0, 1.0, 1.0, 9.0]), Vec::<usize>::new());
        assert_eq!(outliers(&[1.0, f64::NAN, 1.1, 0.9, f64::INFINITY]), [1, 4]);
        assert_eq!(outliers(&[]), Vec::<usize>::new());
    }
}
