//! Measured values: points, the summary of a series, and which point is the latest.

use super::LoggedModelId;

/// One measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricPoint {
    pub step: i64,
    pub timestamp_ms: i64,
    pub value: f64,
}

/// A point with the name of what was measured, and perhaps the logged model that it describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub key: String,
    pub point: MetricPoint,
    pub model_id: Option<LoggedModelId>,
    pub dataset: Option<(String, String)>,
}

/// What is kept of a series at all times, so that no list ever reads its points.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSummary {
    pub key: String,
    pub count: i64,
    pub latest: MetricPoint,
    /// Over the finite and infinite values; `None` when every value is NaN.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl MetricSummary {
    /// The summary of a series with one point.
    pub fn of(key: &str, point: MetricPoint) -> Self {
        let number = (!point.value.is_nan()).then_some(point.value);
        Self {
            key: key.to_owned(),
            count: 1,
            latest: point,
            min: number,
            max: number,
        }
    }

    /// Takes one more point in. `count` is not touched: only the database knows which points are new.
    pub fn absorb(&mut self, point: MetricPoint) {
        if point.supersedes(&self.latest) {
            self.latest = point;
        }
        if !point.value.is_nan() {
            self.min = Some(self.min.map_or(point.value, |min| min.min(point.value)));
            self.max = Some(self.max.map_or(point.value, |max| max.max(point.value)));
        }
    }
}

impl MetricPoint {
    /// `latest` as MLflow defines it: the highest step, then the newest timestamp, then the largest value. NaN is below
    /// every number.
    pub fn supersedes(&self, other: &Self) -> bool {
        let place = |point: &Self| (point.step, point.timestamp_ms);
        match place(self).cmp(&place(other)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => {
                self.value > other.value || (other.value.is_nan() && !self.value.is_nan())
            }
        }
    }

    /// The value as an integer that sorts as the value does (IEEE 754 total order), which both databases keep exactly:
    /// NaN and the infinities included.
    pub fn value_bits(&self) -> i64 {
        sortable(self.value.to_bits().cast_signed())
    }

    pub fn value_from_bits(bits: i64) -> f64 {
        f64::from_bits(sortable(bits).cast_unsigned())
    }
}

/// Flips the magnitude bits of negative numbers; its own inverse.
fn sortable(bits: i64) -> i64 {
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: i64, timestamp_ms: i64, value: f64) -> MetricPoint {
        MetricPoint {
            step,
            timestamp_ms,
            value,
        }
    }

    #[test]
    fn bits_sort_as_values_do_and_come_back() {
        let values = [
            f64::NEG_INFINITY,
            -2.5,
            -0.0,
            0.0,
            1e-300,
            7.0,
            f64::INFINITY,
            f64::NAN,
        ];
        let bits: Vec<i64> = values
            .iter()
            .map(|v| point(0, 0, *v).value_bits())
            .collect();
        assert!(bits.is_sorted(), "{bits:?}");
        for (value, bits) in values.iter().zip(bits) {
            assert_eq!(
                MetricPoint::value_from_bits(bits).to_bits(),
                value.to_bits()
            );
        }
    }

    #[test]
    fn latest_is_highest_step_then_newest_then_largest() {
        let mut summary = MetricSummary::of("loss", point(1, 10, 5.0));
        for (next, latest) in [
            (point(0, 99, 1.0), 5.0),
            (point(1, 9, 7.0), 5.0),
            (point(1, 10, 4.0), 5.0),
            (point(1, 10, 6.0), 6.0),
            (point(1, 11, 2.0), 2.0),
            (point(2, 0, f64::NAN), f64::NAN),
            (point(2, 0, 3.0), 3.0),
            (point(2, 0, f64::NAN), 3.0),
        ] {
            summary.absorb(next);
            assert!(
                summary.latest.value == latest || latest.is_nan() && summary.latest.value.is_nan()
            );
        }
        assert_eq!((summary.min, summary.max), (Some(1.0), Some(7.0)));
    }

    #[test]
    fn a_series_of_nan_has_no_extremes() {
        let mut summary = MetricSummary::of("loss", point(0, 0, f64::NAN));
        summary.absorb(point(1, 0, f64::NAN));
        assert_eq!((summary.min, summary.max), (None, None));
        summary.absorb(point(2, 0, f64::INFINITY));
        assert_eq!(
            (summary.min, summary.max),
            (Some(f64::INFINITY), Some(f64::INFINITY))
        );
    }
}
