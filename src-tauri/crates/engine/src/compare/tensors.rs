//! Two tensors, element by element.

use crate::tensor::{Data, Tensor};

/// How one output compares. `rtol` and `atol` are applied as NumPy's `allclose` does:
/// `|actual - expected| <= atol + rtol * |expected|`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub elements: usize,
    /// Elements outside the tolerance.
    pub outside: usize,
    /// Largest `|actual - expected|`; infinite where one side is NaN or infinite and the other is not the same.
    pub max_abs: f64,
    /// Largest `|actual - expected| / |expected|` over elements whose expected value is not zero.
    pub max_rel: f64,
    /// Flat index of the element with the largest absolute difference.
    pub worst: Option<usize>,
}

impl Comparison {
    #[must_use]
    pub fn within(&self) -> bool {
        self.outside == 0
    }
}

/// Compares two tensors of the same shape. NaN equals NaN, an infinity equals itself. Strings and booleans must be equal;
/// a difference counts as infinitely large. `None` when the shapes differ, or a string meets a number.
#[must_use]
pub fn compare(actual: &Tensor, expected: &Tensor, rtol: f64, atol: f64) -> Option<Comparison> {
    if actual.shape() != expected.shape() {
        return None;
    }
    if let (Data::String(actual), Data::String(expected)) = (actual.data(), expected.data()) {
        let apart = |(a, b): (&String, &String)| if a == b { 0.0 } else { f64::INFINITY };
        return Some(fold(
            actual
                .iter()
                .zip(expected)
                .map(apart)
                .map(|difference| (difference, 1.0)),
            0.0,
            0.0,
        ));
    }
    if let (Data::Int64(actual), Data::Int64(expected)) = (actual.data(), expected.data()) {
        // As floats, integers beyond 2^53 would be equal to their neighbours.
        let pairs = actual.iter().zip(expected);
        return Some(fold(
            pairs.map(|(&a, &b)| (a.abs_diff(b) as f64, b.unsigned_abs() as f64)),
            rtol,
            atol,
        ));
    }
    let (actual, expected) = (actual.to_f64()?, expected.to_f64()?);
    let pairs = actual
        .iter()
        .zip(&expected)
        .map(|(&a, &b)| (difference(a, b), b.abs()));
    Some(fold(pairs, rtol, atol))
}

pub(crate) fn difference(actual: f64, expected: f64) -> f64 {
    if actual == expected || (actual.is_nan() && expected.is_nan()) {
        return 0.0;
    }
    let difference = (actual - expected).abs();
    if difference.is_finite() {
        difference
    } else {
        f64::INFINITY
    }
}

/// Each pair is a difference and the magnitude of the expected value.
fn fold(pairs: impl Iterator<Item = (f64, f64)>, rtol: f64, atol: f64) -> Comparison {
    let mut comparison = Comparison {
        elements: 0,
        outside: 0,
        max_abs: 0.0,
        max_rel: 0.0,
        worst: None,
    };
    for (index, (difference, magnitude)) in pairs.enumerate() {
        comparison.elements += 1;
        // Not `difference <= limit`: an infinite expected value would make the limit infinite, too.
        let limit = if magnitude.is_finite() {
            atol + rtol * magnitude
        } else {
            0.0
        };
        comparison.outside += usize::from(difference > limit);
        if difference > comparison.max_abs {
            comparison.max_abs = difference;
            comparison.worst = Some(index);
        }
        if magnitude > 0.0 && difference > 0.0 {
            comparison.max_rel = comparison.max_rel.max(if magnitude.is_finite() {
                difference / magnitude
            } else {
                difference
            });
        }
    }
    comparison
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn floats(values: &[f64]) -> Tensor {
        Tensor::new(vec![values.len()], Data::Float64(values.to_vec())).unwrap()
    }

    /// numpy 2.4.6: `isclose([1, 1.001, 100], [1, 1, 100.05], rtol=1e-4, atol=1e-5)` is `[True, False, False]`;
    /// the largest differences are 0.05 absolute and 0.001 relative.
    #[test]
    fn tolerances_are_those_of_allclose() {
        let found = compare(
            &floats(&[1.0, 1.001, 100.0]),
            &floats(&[1.0, 1.0, 100.05]),
            1e-4,
            1e-5,
        )
        .unwrap();
        assert_eq!(
            (found.elements, found.outside, found.worst),
            (3, 2, Some(2))
        );
        assert!((found.max_abs - 0.05).abs() < 1e-12 && (found.max_rel - 1e-3).abs() < 1e-12);
        assert!(
            compare(&floats(&[1.0]), &floats(&[1.000_009]), 0.0, 1e-5)
                .unwrap()
                .within()
        );
    }

    #[test]
    fn nan_equals_nan_and_nothing_else() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        assert!(
            compare(
                &floats(&[nan, inf, -inf]),
                &floats(&[nan, inf, -inf]),
                0.0,
                0.0
            )
            .unwrap()
            .within()
        );
        for (actual, expected) in [(nan, 1.0), (1.0, nan), (inf, -inf), (1.0, inf), (inf, 1.0)] {
            let found = compare(&floats(&[actual]), &floats(&[expected]), 1.0, 1e9).unwrap();
            assert_eq!(
                (found.outside, found.max_abs),
                (1, inf),
                "{actual} against {expected}"
            );
        }
    }

    #[test]
    fn large_integers_are_compared_as_integers() {
        let ids = |id| Tensor::new(vec![1], Data::Int64(vec![id])).unwrap();
        let found = compare(&ids(i64::MAX), &ids(i64::MAX - 1), 0.0, 0.0).unwrap();
        assert_eq!((found.outside, found.max_abs), (1, 1.0));
    }

    #[test]
    fn shapes_and_kinds_must_agree() {
        let names = |names: &[&str]| {
            Tensor::new(
                vec![names.len()],
                Data::String(names.iter().map(|name| (*name).to_owned()).collect()),
            )
            .unwrap()
        };
        assert!(compare(&floats(&[1.0]), &floats(&[1.0, 1.0]), 0.0, 0.0).is_none());
        assert!(compare(&floats(&[1.0]), &names(&["a"]), 0.0, 0.0).is_none());
        assert_eq!(
            compare(
                &names(&["bull", "bear"]),
                &names(&["bull", "flat"]),
                1.0,
                1.0
            )
            .unwrap()
            .outside,
            1
        );
        assert!(
            compare(&floats(&[]), &floats(&[]), 0.0, 0.0)
                .unwrap()
                .within()
        );
    }
}
