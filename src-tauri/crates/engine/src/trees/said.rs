//! What the runtime gave for a row, and how far from it other numbers are.

use onnx::trees::Probe;

use crate::Tensor;
use crate::tensor::Data;

/// What the runtime gave for one row.
pub struct Said {
    pub outputs: Vec<f64>,
    pub label: Option<String>,
    pub double: bool,
}

impl Said {
    pub fn of(probe: &Probe, outputs: &[(String, Tensor)], row: usize) -> Self {
        let named = |name: Option<&String>| {
            let found = outputs.iter().find(|(given, _)| Some(given) == name);
            found.map(|(_, tensor)| tensor)
        };
        // A classifier gives its labels first, then its scores.
        let scores = named(probe.outputs.last());
        let labels = if probe.outputs.len() > 1 {
            named(probe.outputs.first())
        } else {
            None
        };
        let width = scores.map_or(0, |tensor| match tensor.shape() {
            [_, width] => *width,
            _ => 1,
        });
        let all = scores.and_then(Tensor::to_f64).unwrap_or_default();
        let label = labels.and_then(|tensor| match tensor.data() {
            Data::Int64(items) => items.get(row).map(i64::to_string),
            Data::String(items) => items.get(row).cloned(),
            _ => None,
        });
        Self {
            outputs: all
                .chunks(width.max(1))
                .nth(row)
                .unwrap_or_default()
                .to_vec(),
            label,
            double: scores.is_some_and(|t| t.element_type() == crate::ElementType::Float64),
        }
    }
}

/// The largest distance between two lists of numbers, counted in numbers of their type.
pub fn ulps(ours: &[f64], theirs: &[f64], double: bool) -> u64 {
    if ours.len() != theirs.len() {
        return u64::MAX;
    }
    let distance = |(a, b): (&f64, &f64)| match (a.is_nan(), b.is_nan()) {
        (true, true) => 0,
        (false, false) if double => ordered(*a).abs_diff(ordered(*b)),
        (false, false) => ordered_single(*a as f32).abs_diff(ordered_single(*b as f32)),
        _ => u64::MAX,
    };
    ours.iter().zip(theirs).map(distance).max().unwrap_or(0)
}

/// The place of a number among all of its type; both zeros are one.
fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

fn ordered_single(value: f32) -> i64 {
    let bits = i64::from(value.to_bits().cast_signed());
    if bits < 0 {
        i64::from(i32::MIN) - bits
    } else {
        bits
    }
}
