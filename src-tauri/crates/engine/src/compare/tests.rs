//! Golden values are those of tests/data/compare.py (numpy 2.4.6, scipy 1.17.1) for the same arithmetic.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::tensor::{Data, Tensor};

const TOLERANCE: Tolerance = Tolerance {
    rtol: 1e-6,
    atol: 1e-7,
};

fn both() -> (Vec<f64>, Vec<f64>) {
    let mut expected = Vec::new();
    let mut actual = Vec::new();
    for n in 0..9_000_i64 {
        let value = ((n * 7_919) % 10_007) as f64 / 1_000.0 - 5.0;
        expected.push(value);
        actual.push(value * (1.0 + ((n % 11) - 5) as f64 * 1e-6) + ((n % 7) - 3) as f64 * 1e-7);
    }
    actual[4_321] += 0.25;
    (actual[17], actual[18], expected[18]) = (f64::NAN, f64::NAN, f64::NAN);
    (expected[19], actual[20]) = (f64::INFINITY, f64::NEG_INFINITY);
    actual[30] = -expected[30];
    (actual, expected)
}

/// Compared in batches of `batch` rows of three.
fn metered(batch: usize, rows_max: usize) -> (OutputMetrics, Vec<ComparedRow>) {
    let (actual, expected) = both();
    let mut meter = Meter::new("y", "target", TOLERANCE, None);
    let mut worst = WorstRows::new(rows_max);
    for (index, (a, b)) in actual
        .chunks(batch * 3)
        .zip(expected.chunks(batch * 3))
        .enumerate()
    {
        let tensor = |values: &[f64]| {
            Tensor::new(vec![values.len() / 3, 3], Data::Float64(values.to_vec())).unwrap()
        };
        let (a, b) = (tensor(a), tensor(b));
        let first = (index * batch) as u64;
        let mut scores = vec![0.0; a.shape()[0]];
        meter.add(first, &a, &b, &mut scores).unwrap();
        let pairing = Pairing {
            output: "y",
            against: "target",
            actual: &a,
            expected: &b,
        };
        let inputs = [("x".to_owned(), b.clone())];
        worst.offer(first, &scores, &inputs, &[pairing], TOLERANCE);
    }
    (meter.finish(), worst.finish())
}

fn close(found: Option<f64>, golden: f64) {
    let found = found.unwrap();
    assert!(
        (found - golden).abs() <= 1e-12 * golden.abs(),
        "{found} against {golden}"
    );
}

#[test]
fn metrics_are_numpys_whatever_the_batch() {
    for batch in [1, 7, 512, 3_000] {
        let (found, _) = metered(batch, 3);
        assert_eq!(
            (found.rows, found.elements, found.finite, found.within),
            (3_000, 9_000, 8_996, 1_966)
        );
        let worst = found.max_abs.unwrap();
        assert_eq!(
            (worst.row, worst.element, worst.value),
            (5, 2, None),
            "the first NaN is infinitely far off"
        );
        close(found.mean_difference, -0.000_507_781_589_928_856_5);
        close(found.mean_abs, 0.000_570_199_781_569_556);
        close(found.rms, 0.050_865_806_189_910_455);
        close(found.cosine, 0.999_844_969_205_193_3);
        close(found.snr_db, 35.085_531_913_928_314);
        close(found.rank_correlation, 0.999_844_888_286_718_4);
        assert_eq!((found.sign_flips, found.argmax_disagreements), (3, Some(2)));
        assert_eq!(
            (found.nan_disagreements, found.infinite_disagreements),
            (1, 2)
        );
        assert_eq!(found.label_disagreements, None);
        let counted = found.histogram.counts.iter().sum::<u64>();
        assert_eq!(
            counted + found.histogram.equal + found.histogram.infinite,
            9_000
        );
    }
}

#[test]
fn the_largest_finite_differences_are_found_with_row_and_element() {
    let (mut actual, mut expected) = both();
    for index in [17, 19, 20] {
        (actual[index], expected[index]) = (0.0, 0.0);
    }
    let tensor = |values: Vec<f64>| Tensor::new(vec![3_000, 3], Data::Float64(values)).unwrap();
    let mut meter = Meter::new("y", "target", TOLERANCE, None);
    let mut scores = vec![0.0; 3_000];
    meter
        .add(0, &tensor(actual), &tensor(expected), &mut scores)
        .unwrap();
    let found = meter.finish();
    let (abs, rel) = (found.max_abs.unwrap(), found.max_rel.unwrap());
    assert_eq!((abs.row, abs.element), (10, 0));
    close(abs.value, 4.818);
    assert_eq!((rel.row, rel.element, rel.value), (10, 0, Some(2.0)));
    assert_eq!(
        (abs.expected.as_str(), abs.actual.as_str()),
        ("2.409", "-2.409")
    );
}

#[test]
fn the_worst_rows_are_kept_whatever_the_batch() {
    let golden = [5, 6, 10, 1_440, 993, 1_378];
    for batch in [1, 64, 3_000] {
        let (_, rows) = metered(batch, golden.len());
        let found: Vec<u64> = rows.iter().map(|row| row.row).collect();
        assert_eq!(found, golden, "batch {batch}");
    }
    let (_, rows) = metered(100, 4);
    let seeded = &rows[3];
    assert_eq!(seeded.inputs[1].name, "x[1]");
    let cell = &seeded.outputs[1];
    assert_eq!(
        (cell.element, cell.within, seeded.outputs[0].element),
        (1, false, 0)
    );
    assert!((cell.difference.unwrap() - 0.25).abs() < 1e-4, "{cell:?}");
}

#[test]
fn labels_are_counted() {
    let names = |names: &[&str]| {
        let names = names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>();
        Tensor::new(vec![names.len()], Data::String(names)).unwrap()
    };
    let mut meter = Meter::new("label", "regime", TOLERANCE, None);
    let mut scores = vec![0.0; 3];
    let (a, b) = (
        names(&["bull", "bear", "flat"]),
        names(&["bull", "flat", "flat"]),
    );
    meter.add(40, &a, &b, &mut scores).unwrap();
    let found = meter.finish();
    assert_eq!(
        (found.label, found.label_disagreements, found.within),
        (true, Some(1), 2)
    );
    assert_eq!(
        found.max_abs.map(|worst| (worst.row, worst.expected)),
        Some((41, "flat".to_owned()))
    );
    assert_eq!(scores, [0.0, f64::INFINITY, 0.0]);
    assert_eq!(
        (found.cosine, found.rank_correlation, found.rms),
        (None, None, None)
    );
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let numbers = Tensor::new(vec![2], Data::Float32(vec![0.0; 2])).unwrap();
    let wide = Tensor::new(vec![2, 2], Data::Float32(vec![0.0; 4])).unwrap();
    let names = Tensor::new(vec![2], Data::String(vec!["a".into(), "b".into()])).unwrap();
    let mut meter = Meter::new("y", "target", TOLERANCE, None);
    let refused = |expected: &Tensor, meter: &mut Meter| {
        meter
            .add(0, &numbers, expected, &mut [0.0; 2])
            .unwrap_err()
            .to_string()
    };
    let shapes = refused(&wide, &mut meter);
    assert!(
        shapes.contains("'target'") && shapes.contains("[2, 2]"),
        "{shapes}"
    );
    let kinds = refused(&names, &mut meter);
    assert!(
        kinds.contains("BYTES") && kinds.contains("output 'y'"),
        "{kinds}"
    );
    assert!(
        Tolerance {
            rtol: -1.0,
            atol: 0.0
        }
        .check()
        .is_err()
    );
}
