//! Making the elements.

use std::ops::Range;

use half::{bf16, f16};

use super::random::Stream;
use super::spec::{Distribution, GeneratedInput, GeneratedInputs, dim_key, rows_name};
use crate::EngineError;
use crate::signature::{Port, PortDim, PortKind, Signature};
use crate::tensor::{Data, ElementType, Tensor, element_count};

/// Refuses inputs that would fill the memory: a model may fix its dims at anything.
const ELEMENTS_MAX: usize = 256 << 20;
/// Places of the random stream for each element: whether it is special, and two for its value.
const PLACES: u64 = 3;

/// The rows `rows` of what `request` asks for; inputs without an open first dim come whole.
///
/// # Errors
/// When an input is no tensor, is too large, or is asked to be what its type cannot be: named with the input.
pub fn make(
    signature: &Signature,
    request: &GeneratedInputs,
    rows: Range<u64>,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    for asked in &request.inputs {
        if !signature.inputs.iter().any(|port| port.name == asked.name) {
            return Err(EngineError::input(
                &asked.name,
                "the model has no such input",
            ));
        }
    }
    let usual = GeneratedInputs::usual(signature, request.rows, request.seed, &[]);
    let mut inputs = Vec::with_capacity(signature.inputs.len());
    for port in &signature.inputs {
        let PortKind::Tensor { element, .. } = &port.kind else {
            return Err(EngineError::input(
                &port.name,
                format!("{} inputs cannot be generated", port.kind),
            ));
        };
        let named = |input: &&GeneratedInput| input.name == port.name;
        let asked = request.inputs.iter().find(named);
        let Some(asked) = asked.or_else(|| usual.inputs.iter().find(named)) else {
            continue;
        };
        check(port, *element, asked)?;
        let (shape, first) = shape(signature, port, request, &rows)?;
        let stream = Stream::new(request.seed, &port.name);
        let data = data(*element, asked, stream, first, element_count(&shape)?);
        inputs.push((port.name.clone(), Tensor::new(shape, data)?));
    }
    Ok(inputs)
}

/// The shape, and how many elements of the input lie before it.
fn shape(
    signature: &Signature,
    port: &Port,
    request: &GeneratedInputs,
    rows: &Range<u64>,
) -> Result<(Vec<usize>, u64), EngineError> {
    let PortKind::Tensor { dims, .. } = &port.kind else {
        return Ok((Vec::new(), 0));
    };
    let count = usize::try_from(rows.end.saturating_sub(rows.start)).unwrap_or(usize::MAX);
    let rows_name = rows_name(signature);
    let asked = |key: &str| {
        let size = request.dims.iter().find(|dim| dim.name == key);
        size.map(|dim| usize::try_from(dim.size).unwrap_or(usize::MAX))
    };
    let size = |(axis, dim): (usize, &PortDim)| match dim {
        PortDim::Fixed(size) => *size,
        PortDim::Open(name) => {
            let key = dim_key(&port.name, axis, name.as_deref());
            let is_rows = axis == 0 || (name.is_some() && *name == rows_name);
            match asked(&key) {
                Some(size) if !is_rows => size,
                _ if is_rows => count,
                _ => 1,
            }
        }
    };
    let shape: Vec<usize> = dims.iter().enumerate().map(size).collect();
    let elements = element_count(&shape).unwrap_or(usize::MAX);
    if elements > ELEMENTS_MAX {
        return Err(EngineError::input(
            &port.name,
            format!("shape {shape:?} is too large to be generated"),
        ));
    }
    let width: usize = shape.iter().skip(1).product();
    let first = match dims.first() {
        Some(PortDim::Open(_)) => rows.start * width as u64,
        _ => 0,
    };
    Ok((shape, first))
}

/// What a type can hold, as far as a 64-bit integer tells.
fn range(element: ElementType) -> Option<(i64, i64)> {
    Some(match element {
        ElementType::Bool => (0, 1),
        ElementType::Int8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
        ElementType::Int16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        ElementType::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        ElementType::Int64 => (i64::MIN, i64::MAX),
        ElementType::Uint8 => (0, i64::from(u8::MAX)),
        ElementType::Uint16 => (0, i64::from(u16::MAX)),
        ElementType::Uint32 => (0, i64::from(u32::MAX)),
        ElementType::Uint64 => (0, i64::MAX),
        _ => return None,
    })
}

fn check(port: &Port, element: ElementType, asked: &GeneratedInput) -> Result<(), EngineError> {
    let refused = |reason: String| Err(EngineError::input(&port.name, reason));
    let kind = element.datatype();
    let shares = [asked.nan_share, asked.inf_share];
    if shares.iter().any(|share| !(0.0..=1.0).contains(share)) || shares.iter().sum::<f64>() > 1.0 {
        return refused(
            "the shares of NaN and infinity are from 0 to 1, and together at most 1".to_owned(),
        );
    }
    if !element.is_float() && shares.iter().any(|share| *share > 0.0) {
        return refused(format!("{kind} has no NaN and no infinity"));
    }
    let range = range(element);
    match &asked.distribution {
        Distribution::Categories { values } if element == ElementType::String => {
            if values.is_empty() {
                return refused("at least one category is needed".to_owned());
            }
        }
        Distribution::Categories { .. } => return refused(format!("{kind} holds no text")),
        _ if element == ElementType::String => {
            return refused("text is made of categories".to_owned());
        }
        Distribution::Integers { low, high } => {
            if low > high {
                return refused(format!(
                    "integers from {low} to {high}: the first must not be larger"
                ));
            }
            if let Some((least, most)) = range
                && (*low < least || *high > most)
            {
                return refused(format!(
                    "{kind} holds {least} to {most}, not {low} to {high}"
                ));
            }
        }
        Distribution::Constant { value } => {
            if let Some((least, most)) = range
                && (value.fract() != 0.0 || *value < least as f64 || *value > most as f64)
            {
                return refused(format!("{value} is no {kind}"));
            }
        }
        Distribution::Normal { .. } | Distribution::Uniform { .. } if range.is_some() => {
            return refused(format!("{kind} has no fractions; make it of integers"));
        }
        Distribution::Normal { mean, std } => {
            if !mean.is_finite() || !std.is_finite() || *std < 0.0 {
                return refused("a normal distribution has a finite mean and a standard deviation of at least 0".to_owned());
            }
        }
        Distribution::Uniform { low, high } => {
            if !low.is_finite() || !high.is_finite() || low > high {
                return refused(format!(
                    "uniform from {low} to {high}: both finite, the first not larger"
                ));
            }
        }
    }
    Ok(())
}

fn data(
    element: ElementType,
    asked: &GeneratedInput,
    stream: Stream,
    first: u64,
    count: usize,
) -> Data {
    let places = || (first..first + count as u64).map(|at| at * PLACES);
    let float = |place: u64| {
        special(asked, stream, place).unwrap_or_else(|| real(&asked.distribution, stream, place))
    };
    let whole = |place: u64| integer(&asked.distribution, stream, place);
    macro_rules! whole {
        ($kind:ident, $type:ty) => {
            Data::$kind(places().map(|place| whole(place) as $type).collect())
        };
    }
    match element {
        ElementType::Bool => Data::Bool(places().map(|place| whole(place) != 0).collect()),
        ElementType::Int8 => whole!(Int8, i8),
        ElementType::Int16 => whole!(Int16, i16),
        ElementType::Int32 => whole!(Int32, i32),
        ElementType::Int64 => whole!(Int64, i64),
        ElementType::Uint8 => whole!(Uint8, u8),
        ElementType::Uint16 => whole!(Uint16, u16),
        ElementType::Uint32 => whole!(Uint32, u32),
        ElementType::Uint64 => whole!(Uint64, u64),
        // The processor's own conversions to half floats round twice; these are the same everywhere.
        ElementType::Float16 => Data::Float16(
            places()
                .map(|place| f16::from_f64_const(float(place)))
                .collect(),
        ),
        ElementType::BFloat16 => Data::BFloat16(
            places()
                .map(|place| bf16::from_f64_const(float(place)))
                .collect(),
        ),
        ElementType::Float32 => Data::Float32(places().map(|place| float(place) as f32).collect()),
        ElementType::Float64 => Data::Float64(places().map(float).collect()),
        ElementType::String => Data::String(
            places()
                .map(|place| text(&asked.distribution, stream, place))
                .collect(),
        ),
    }
}

/// NaN or an infinity, where this element is one.
fn special(asked: &GeneratedInput, stream: Stream, place: u64) -> Option<f64> {
    if asked.nan_share == 0.0 && asked.inf_share == 0.0 {
        return None;
    }
    let draw = stream.uniform(place);
    if draw < asked.nan_share {
        Some(f64::NAN)
    } else if draw < asked.nan_share + asked.inf_share {
        let positive = stream.bits(place + 1) >> 63 == 0;
        Some(if positive {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        })
    } else {
        None
    }
}

fn real(distribution: &Distribution, stream: Stream, place: u64) -> f64 {
    match distribution {
        Distribution::Normal { mean, std } => mean + std * stream.normal(place + 1, place + 2),
        Distribution::Uniform { low, high } => low + stream.uniform(place + 1) * (high - low),
        Distribution::Constant { value } => *value,
        other => integer(other, stream, place) as f64,
    }
}

fn integer(distribution: &Distribution, stream: Stream, place: u64) -> i128 {
    match distribution {
        Distribution::Integers { low, high } => {
            let count = (i128::from(*high) - i128::from(*low) + 1).cast_unsigned();
            i128::from(*low) + stream.below(place + 1, count).cast_signed()
        }
        Distribution::Constant { value } => *value as i128,
        _ => 0,
    }
}

fn text(distribution: &Distribution, stream: Stream, place: u64) -> String {
    match distribution {
        Distribution::Categories { values } => {
            let at = stream.below(place + 1, values.len() as u128);
            values.get(at as usize).cloned().unwrap_or_default()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::inputs::{DimSize, SEED, generate, open_dims};

    fn signature() -> Signature {
        let port = |element: ElementType| Port {
            name: element.datatype().to_owned(),
            kind: PortKind::Tensor {
                element,
                dims: vec![
                    PortDim::Open(Some("N".to_owned())),
                    PortDim::Fixed(3),
                    PortDim::Open(Some("T".to_owned())),
                    PortDim::Open(None),
                ],
            },
        };
        Signature {
            inputs: ElementType::ALL.into_iter().map(port).collect(),
            outputs: Vec::new(),
        }
    }

    fn request() -> GeneratedInputs {
        let mut request = GeneratedInputs::usual(&signature(), 50, SEED, &[]);
        request.dims[0].size = 2;
        for input in &mut request.inputs {
            match input.name.as_str() {
                "FP32" => (input.nan_share, input.inf_share) = (0.1, 0.1),
                "FP64" => {
                    input.distribution = Distribution::Uniform {
                        low: -1.0,
                        high: 3.0,
                    }
                }
                "INT64" => {
                    input.distribution = Distribution::Integers {
                        low: i64::MIN,
                        high: i64::MAX,
                    }
                }
                "INT16" => input.distribution = Distribution::Integers { low: -5, high: 5 },
                "BYTES" => {
                    input.distribution = Distribution::Categories {
                        values: vec!["buy".into(), "sell".into()],
                    }
                }
                _ => {}
            }
        }
        request
    }

    fn bytes(inputs: &[(String, Tensor)]) -> Vec<u8> {
        // The elements' bits in words that no type's formatting changes.
        inputs
            .iter()
            .flat_map(|(name, tensor)| match tensor.data() {
                Data::Float32(items) => items
                    .iter()
                    .flat_map(|v| v.to_bits().to_le_bytes())
                    .collect(),
                Data::Float64(items) => items
                    .iter()
                    .flat_map(|v| v.to_bits().to_le_bytes())
                    .collect(),
                Data::Float16(items) => items
                    .iter()
                    .flat_map(|v| v.to_bits().to_le_bytes())
                    .collect(),
                Data::BFloat16(items) => items
                    .iter()
                    .flat_map(|v| v.to_bits().to_le_bytes())
                    .collect(),
                other => format!("{name} {other:?}").into_bytes(),
            })
            .collect()
    }

    /// The digest is the contract: on another machine, processor or release it must be the same.
    #[test]
    fn the_same_seed_gives_the_same_bytes_everywhere() {
        let inputs = make(&signature(), &request(), 0..50).unwrap();
        let digest = hex::encode(Sha256::digest(bytes(&inputs)));
        assert_eq!(
            digest,
            "90bd5e8b1ff008c1b3b6d364f351ffd065f1a2ed195305e8c10f2937fe18ee4b"
        );
        let other = GeneratedInputs {
            seed: SEED + 1,
            ..request()
        };
        assert_ne!(
            bytes(&inputs),
            bytes(&make(&signature(), &other, 0..50).unwrap())
        );
    }

    #[test]
    fn rows_are_the_same_in_whatever_batches_they_are_made() {
        let whole = make(&signature(), &request(), 0..50).unwrap();
        let (first, rest) = (
            make(&signature(), &request(), 0..20).unwrap(),
            make(&signature(), &request(), 20..50).unwrap(),
        );
        for ((whole, first), rest) in whole.iter().zip(first).zip(rest) {
            assert_eq!(whole.1.shape(), [50, 3, 2, 1]);
            let mut joined = first.1;
            crate::data::rows::stack(&mut joined, rest.1).unwrap();
            // `{:?}`: NaN is the same as NaN here.
            assert_eq!(
                format!("{:?}", whole.1),
                format!("{joined:?}"),
                "{}",
                whole.0
            );
        }
    }

    #[test]
    fn shares_ranges_and_dims_are_as_asked() {
        assert_eq!(open_dims(&signature())[..2], ["T", "BOOL[3]"]);
        let inputs = make(&signature(), &request(), 0..50).unwrap();
        let of = |name: &str| {
            inputs
                .iter()
                .find(|input| input.0 == name)
                .unwrap()
                .1
                .to_f64()
        };
        let floats = of("FP32").unwrap();
        let nan = floats.iter().filter(|v| v.is_nan()).count();
        let inf = floats.iter().filter(|v| v.is_infinite()).count();
        // 300 elements, a tenth each: 30, give or take four standard deviations.
        assert!(
            (9..=51).contains(&nan) && (9..=51).contains(&inf),
            "{nan} {inf}"
        );
        assert!(of("FP64").unwrap().iter().all(|v| (-1.0..3.0).contains(v)));
        let small = of("INT16").unwrap();
        assert!(
            small.iter().all(|v| (-5.0..=5.0).contains(v))
                && small.contains(&-5.0)
                && small.contains(&5.0)
        );
    }

    #[test]
    fn what_a_type_cannot_be_is_refused_with_the_input() {
        let said = |name: &str, distribution: Distribution, nan_share: f64| {
            let input = GeneratedInput {
                name: name.to_owned(),
                distribution,
                nan_share,
                inf_share: 0.0,
            };
            let asked = GeneratedInputs {
                inputs: vec![input],
                ..request()
            };
            make(&signature(), &asked, 0..2).unwrap_err().to_string()
        };
        let normal = Distribution::Normal {
            mean: 0.0,
            std: 1.0,
        };
        assert_eq!(
            said("INT8", normal.clone(), 0.0),
            "input 'INT8': INT8 has no fractions; make it of integers"
        );
        assert!(
            said("INT8", Distribution::Integers { low: 0, high: 300 }, 0.0)
                .contains("-128 to 127, not 0 to 300")
        );
        assert!(said("INT32", Distribution::Integers { low: 0, high: 3 }, 0.5).contains("no NaN"));
        assert!(said("BYTES", normal.clone(), 0.0).contains("categories"));
        assert!(said("FP32", normal.clone(), 1.5).contains("from 0 to 1"));
        assert!(said("nothing", normal, 0.0).contains("no such input"));
        let huge = GeneratedInputs {
            dims: vec![DimSize {
                name: "T".to_owned(),
                size: 1 << 40,
            }],
            ..request()
        };
        assert!(
            make(&signature(), &huge, 0..2)
                .unwrap_err()
                .to_string()
                .contains("too large")
        );
    }

    #[test]
    fn the_usual_inputs_are_what_the_signature_takes() {
        for (name, tensor) in generate(&signature(), 4, SEED).unwrap() {
            let port = signature()
                .inputs
                .into_iter()
                .find(|port| port.name == name)
                .unwrap();
            port.accept(&tensor).unwrap();
            assert_eq!(tensor.shape(), [4, 3, 1, 1]);
        }
    }
}
