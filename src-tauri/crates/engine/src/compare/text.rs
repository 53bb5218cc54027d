//! Single values as people read them.

use crate::tensor::{Data, Tensor, for_each_type};

/// Values longer than this are cut; a string may be as long as a file.
const CHARACTERS_MAX: usize = 64;

/// One element in the shortest form that reads back as the same value of its type, so that a float32 shows as `0.3`.
pub(crate) fn cell(tensor: &Tensor, index: usize) -> String {
    match tensor.data() {
        Data::String(items) => clip(items.get(index).map_or("", String::as_str)),
        Data::Float32(items) => items.get(index).map(number_f32).unwrap_or_default(),
        Data::Float64(items) => items
            .get(index)
            .map(|value| number(*value))
            .unwrap_or_default(),
        data => {
            for_each_type!(data, items => items.get(index).map(ToString::to_string).unwrap_or_default())
        }
    }
}

/// Exponents where plain digits would be long, as Python's `repr` has them.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && size.is_finite() && !(1e-4..1e16).contains(&size) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

fn number_f32(value: &f32) -> String {
    let size = value.abs();
    if size != 0.0 && size.is_finite() && !(1e-4..1e16).contains(&size) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_float32_is_not_shown_with_the_digits_of_a_float64() {
        let values = vec![0.3, 1e-9, f32::NAN, -0.0];
        let tensor = Tensor::new(vec![4], Data::Float32(values)).unwrap();
        let shown: Vec<String> = (0..4).map(|index| cell(&tensor, index)).collect();
        assert_eq!(shown, ["0.3", "1e-9", "NaN", "-0"]);
    }
}
