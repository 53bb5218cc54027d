//! One element type into another, where nothing is lost but the last digits of a float, and then it is said.

use half::{bf16, f16};

use crate::tensor::{Data, ElementType, Tensor};

/// A conversion that went well, and what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    pub tensor: Tensor,
    /// Such as `INT64 to FP32, 3 values rounded`; `None` where nothing had to change.
    pub note: Option<String>,
}

/// Whether any value of `from` could ever become `to`: what [`convert`] refuses for the type alone.
#[must_use]
pub fn convertible(from: ElementType, to: ElementType) -> bool {
    let integer = |kind: ElementType| !kind.is_float() && kind != ElementType::String;
    match (from, to) {
        (from, to) if from == to => true,
        (ElementType::String, _) => false,
        (from, ElementType::String) => integer(from) && from != ElementType::Bool,
        _ => true,
    }
}

/// Converts every element. Floats may be rounded to a narrower float (and whole numbers to a float), which the note counts;
/// whole numbers must be in range, floats that become whole numbers must have no fraction, truth values must be 0 or 1.
///
/// # Errors
/// In words, with the first element that does not fit; its place is the flat index (from 0).
pub fn convert(tensor: Tensor, to: ElementType) -> Result<Converted, (Option<usize>, String)> {
    let from = tensor.element_type();
    if from == to {
        return Ok(Converted { tensor, note: None });
    }
    if !convertible(from, to) {
        return Err((
            None,
            format!("{} does not become {}", from.datatype(), to.datatype()),
        ));
    }
    let shape = tensor.shape().to_vec();
    let mut rounded = 0_u64;
    let data = into(tensor.data(), to, &mut rounded)?;
    let note = match rounded {
        0 => format!("{} to {}, exact", from.datatype(), to.datatype()),
        1 => format!("{} to {}, 1 value rounded", from.datatype(), to.datatype()),
        count => format!(
            "{} to {}, {count} values rounded",
            from.datatype(),
            to.datatype()
        ),
    };
    let tensor = Tensor::new(shape, data).map_err(|error| (None, error.to_string()))?;
    Ok(Converted {
        tensor,
        note: Some(note),
    })
}

/// A number on its way: whole numbers keep all their digits.
#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Float(f64),
}

fn into(data: &Data, to: ElementType, rounded: &mut u64) -> Result<Data, (Option<usize>, String)> {
    macro_rules! from {
        ($items:expr, $number:expr) => {
            numbers($items.iter().map($number), to, rounded)
        };
    }
    match data {
        Data::Bool(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Int8(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Int16(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Int32(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Int64(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Uint8(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Uint16(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Uint32(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Uint64(items) => from!(items, |v| Number::Whole(i128::from(*v))),
        Data::Float16(items) => from!(items, |v| Number::Float(v.to_f64())),
        Data::BFloat16(items) => from!(items, |v| Number::Float(v.to_f64())),
        Data::Float32(items) => from!(items, |v| Number::Float(f64::from(*v))),
        Data::Float64(items) => from!(items, |v| Number::Float(*v)),
        Data::String(_) => Err((None, "text does not become a number".to_owned())),
    }
}

fn numbers(
    items: impl Iterator<Item = Number>,
    to: ElementType,
    rounded: &mut u64,
) -> Result<Data, (Option<usize>, String)> {
    macro_rules! whole {
        ($kind:ident, $type:ty) => {
            Data::$kind(each(items, |number| {
                <$type>::try_from(whole(number)?).map_err(|_| beyond(number, to))
            })?)
        };
    }
    macro_rules! float {
        ($kind:ident, $narrow:expr, $wide:expr) => {
            Data::$kind(each(items, |number| {
                let value = match number {
                    Number::Whole(value) => value as f64,
                    Number::Float(value) => value,
                };
                let narrow = $narrow(value);
                let back: f64 = $wide(narrow);
                if back.is_infinite() && value.is_finite() {
                    return Err(beyond(number, to));
                }
                let exact = match number {
                    // Beyond 2^53 the way over f64 has rounded already.
                    Number::Whole(whole) => back as i128 == whole,
                    Number::Float(value) => back == value || value.is_nan(),
                };
                *rounded += u64::from(!exact);
                Ok(narrow)
            })?)
        };
    }
    Ok(match to {
        ElementType::Bool => Data::Bool(each(items, |number| match whole(number)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(format!("{other} is neither 0 nor 1, which BOOL needs")),
        })?),
        ElementType::Int8 => whole!(Int8, i8),
        ElementType::Int16 => whole!(Int16, i16),
        ElementType::Int32 => whole!(Int32, i32),
        ElementType::Int64 => whole!(Int64, i64),
        ElementType::Uint8 => whole!(Uint8, u8),
        ElementType::Uint16 => whole!(Uint16, u16),
        ElementType::Uint32 => whole!(Uint32, u32),
        ElementType::Uint64 => whole!(Uint64, u64),
        ElementType::Float16 => float!(Float16, f16::from_f64, f16::to_f64),
        ElementType::BFloat16 => float!(BFloat16, bf16::from_f64, bf16::to_f64),
        ElementType::Float32 => float!(Float32, |value: f64| value as f32, f64::from),
        ElementType::Float64 => float!(Float64, std::convert::identity, std::convert::identity),
        ElementType::String => Data::String(each(items, |number| Ok(whole(number)?.to_string()))?),
    })
}

fn each<T>(
    items: impl Iterator<Item = Number>,
    mut convert: impl FnMut(Number) -> Result<T, String>,
) -> Result<Vec<T>, (Option<usize>, String)> {
    items
        .enumerate()
        .map(|(at, number)| convert(number).map_err(|reason| (Some(at), reason)))
        .collect()
}

fn whole(number: Number) -> Result<i128, String> {
    match number {
        Number::Whole(value) => Ok(value),
        // Beyond 2^63 no integer type of tensors could take it, and the cast stays exact below.
        Number::Float(value) if value.fract() == 0.0 && value.abs() < 1.8446744073709552e19 => {
            Ok(value as i128)
        }
        Number::Float(value) => Err(format!("{value} is no whole number")),
    }
}

fn beyond(number: Number, to: ElementType) -> String {
    let to = to.datatype();
    match number {
        Number::Whole(value) => format!("{value} is beyond {to}"),
        Number::Float(value) => format!("{value} is beyond {to}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn done(data: Data, to: ElementType) -> Result<(Data, String), (Option<usize>, String)> {
        let tensor = Tensor::new(vec![2], data).unwrap();
        convert(tensor, to).map(|done| (done.tensor.into_data(), done.note.unwrap_or_default()))
    }

    #[test]
    fn what_loses_nothing_is_exact_and_what_rounds_is_counted() {
        let (data, note) = done(Data::Int64(vec![3, 16_777_217]), ElementType::Float32).unwrap();
        assert_eq!(data, Data::Float32(vec![3.0, 16_777_216.0]));
        assert_eq!(note, "INT64 to FP32, 1 value rounded");
        let (_, note) = done(Data::Float64(vec![0.5, f64::NAN]), ElementType::Float16).unwrap();
        assert_eq!(note, "FP64 to FP16, exact");
        let (data, _) = done(Data::Float64(vec![4.0, -2.0]), ElementType::Int8).unwrap();
        assert_eq!(data, Data::Int8(vec![4, -2]));
        let (data, _) = done(Data::Int64(vec![0, 1]), ElementType::Bool).unwrap();
        assert_eq!(data, Data::Bool(vec![false, true]));
        let (data, _) = done(Data::Int64(vec![7, -1]), ElementType::String).unwrap();
        assert_eq!(data, Data::String(vec!["7".into(), "-1".into()]));
        let (_, note) = done(
            Data::Int64(vec![1 << 53, (1 << 53) + 1]),
            ElementType::Float64,
        )
        .unwrap();
        assert_eq!(note, "INT64 to FP64, 1 value rounded");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let said = |data, to| done(data, to).unwrap_err();
        assert_eq!(
            said(Data::Int64(vec![1, 300]), ElementType::Uint8),
            (Some(1), "300 is beyond UINT8".into())
        );
        assert_eq!(
            said(Data::Float64(vec![1.5, 2.0]), ElementType::Int64),
            (Some(0), "1.5 is no whole number".into())
        );
        assert_eq!(
            said(Data::Float64(vec![0.0, f64::NAN]), ElementType::Int64).1,
            "NaN is no whole number"
        );
        assert!(
            said(Data::Float64(vec![0.0, 1e300]), ElementType::Float32)
                .1
                .contains("is beyond FP32")
        );
        assert_eq!(
            said(
                Data::String(vec!["a".into(), "b".into()]),
                ElementType::Int64
            ),
            (None, "BYTES does not become INT64".into())
        );
        assert!(
            said(Data::Int64(vec![0, 2]), ElementType::Bool)
                .1
                .contains("neither 0 nor 1")
        );
    }
}
