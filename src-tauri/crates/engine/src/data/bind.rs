//! Columns into a model's inputs.
//!
//! An input takes the column of its name, or the columns `name[0]`, `name[1]`, ... (as outputs are written). The one input
//! that found none takes all numeric columns that are left, side by side in the file's order: `[N, K]` from K columns, as
//! scikit-learn's converters make it.

use super::convert::{convert, convertible};
use super::table::{Columns, DataColumn};
use super::{listed, rows};
use crate::EngineError;
use crate::signature::{Port, PortDim, PortKind, Signature};
use crate::tensor::{ElementType, Tensor};

/// Which columns an input is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub input: String,
    pub columns: Vec<String>,
}

/// A model's inputs, and what was done to the columns to make them.
pub type Bound = (Vec<(String, Tensor)>, Vec<String>);

/// The inputs that a model can be run with.
///
/// # Errors
/// [`EngineError::Input`] that names the input, what it lacks and which columns there are.
pub fn bind(
    columns: &Columns,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    bind_noted(columns, signature).map(|(inputs, _)| inputs)
}

/// As [`bind`], with a note for every conversion: `volume: INT64 to FP32, 3 values rounded`.
///
/// # Errors
/// As [`bind`].
pub fn bind_noted(columns: &Columns, signature: &Signature) -> Result<Bound, EngineError> {
    let described: Vec<DataColumn> = columns
        .columns
        .iter()
        .map(|(name, tensor)| DataColumn {
            row_shape: Some(tensor.shape().get(1..).unwrap_or_default().to_vec()),
            ..DataColumn::plain(name, tensor.element_type())
        })
        .collect();
    let mut inputs = Vec::new();
    let mut notes = Vec::new();
    for binding in plan(&described, signature)? {
        let port = signature
            .inputs
            .iter()
            .find(|port| port.name == binding.input);
        let Some(port) = port else { continue };
        inputs.push((
            binding.input.clone(),
            made(port, &binding, columns, &mut notes)?,
        ));
    }
    Ok((inputs, notes))
}

/// Which columns each input takes, from what is known before any row is read: so that only those are read.
///
/// # Errors
/// As [`bind`].
pub fn plan(columns: &[DataColumn], signature: &Signature) -> Result<Vec<Binding>, EngineError> {
    let mut found: Vec<Option<Vec<String>>> = signature
        .inputs
        .iter()
        .map(|port| by_name(columns, port))
        .collect();
    let without: Vec<usize> = (0..found.len()).filter(|&at| found[at].is_none()).collect();
    if let [at] = without.as_slice() {
        let taken: Vec<&String> = found.iter().flatten().flatten().collect();
        let left: Vec<&DataColumn> = columns
            .iter()
            .filter(|column| !taken.contains(&&column.name))
            .collect();
        found[*at] = Some(all_that_fit(&signature.inputs[*at], &left, columns)?);
    } else if let Some(at) = without.first() {
        return Err(missing(&signature.inputs[*at], columns));
    }
    let bindings = signature.inputs.iter().zip(found);
    Ok(bindings
        .map(|(port, columns)| Binding {
            input: port.name.clone(),
            columns: columns.unwrap_or_default(),
        })
        .collect())
}

fn by_name(columns: &[DataColumn], port: &Port) -> Option<Vec<String>> {
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    if has(&port.name) {
        return Some(vec![port.name.clone()]);
    }
    let numbered: Vec<String> = (0..)
        .map(|at| format!("{}[{at}]", port.name))
        .take_while(|name| has(name))
        .collect();
    (!numbered.is_empty()).then_some(numbered)
}

/// Elements in one row of the port, where its dims are fixed.
fn row_elements(dims: &[PortDim]) -> Option<usize> {
    dims.iter()
        .skip(1)
        .try_fold(1_usize, |count, dim| match dim {
            PortDim::Fixed(size) => count.checked_mul(*size),
            PortDim::Open(_) => None,
        })
}

fn tensor_port(port: &Port) -> Result<(ElementType, &[PortDim]), EngineError> {
    match &port.kind {
        PortKind::Tensor { element, dims } => Ok((*element, dims)),
        other => Err(EngineError::input(
            &port.name,
            format!("{other} inputs do not come from columns; only tensors do"),
        )),
    }
}

fn all_that_fit(
    port: &Port,
    left: &[&DataColumn],
    all: &[DataColumn],
) -> Result<Vec<String>, EngineError> {
    let (element, dims) = tensor_port(port)?;
    let wanted = row_elements(dims);
    // One column with the whole row in it: an array, or the only column there is.
    if let [only] = left
        && convertible(only.element, element)
    {
        let width = only
            .row_shape
            .as_ref()
            .map(|shape| shape.iter().product::<usize>());
        if width.is_none() || wanted.is_none() || width == wanted {
            return Ok(vec![only.name.clone()]);
        }
    }
    let is_number = |column: &&&DataColumn| column.element != ElementType::String;
    let fitting: Vec<&&DataColumn> = if element == ElementType::String {
        left.iter()
            .filter(|column| column.element == ElementType::String)
            .collect()
    } else {
        left.iter().filter(is_number).collect()
    };
    let width: Option<usize> = fitting
        .iter()
        .map(|column| {
            column
                .row_shape
                .as_ref()
                .map(|shape| shape.iter().product::<usize>())
        })
        .sum();
    match (wanted, width) {
        _ if fitting.is_empty() => Err(missing(port, all)),
        (Some(wanted), Some(width)) if wanted != width => {
            let kind = if element == ElementType::String {
                "text"
            } else {
                "numeric"
            };
            let names = listed(fitting.iter().map(|column| column.name.as_str()));
            let rest: Vec<&str> = left
                .iter()
                .filter(|column| !fitting.iter().any(|fit| fit.name == column.name))
                .map(|column| column.name.as_str())
                .collect();
            let rest = if rest.is_empty() {
                String::new()
            } else {
                format!("; not counted: {}", listed(rest))
            };
            Err(EngineError::input(
                &port.name,
                format!(
                    "the model wants {} with {wanted} values a row; no column has this name, and the {kind} columns make {width}: {names}{rest}",
                    port.kind
                ),
            ))
        }
        _ => Ok(fitting.iter().map(|column| column.name.clone()).collect()),
    }
}

fn missing(port: &Port, columns: &[DataColumn]) -> EngineError {
    EngineError::input(
        &port.name,
        format!(
            "the model wants {}, but no column has this name; the columns are {}",
            port.kind,
            listed(columns.iter().map(|column| column.name.as_str()))
        ),
    )
}

fn made(
    port: &Port,
    binding: &Binding,
    columns: &Columns,
    notes: &mut Vec<String>,
) -> Result<Tensor, EngineError> {
    let (element, dims) = tensor_port(port)?;
    let mut parts = Vec::with_capacity(binding.columns.len());
    for name in &binding.columns {
        let tensor = columns.get(name).ok_or_else(|| {
            EngineError::input(&port.name, format!("column '{name}' was not read"))
        })?;
        let width = tensor.len().checked_div(columns.rows).unwrap_or(1).max(1);
        let done = convert(tensor.clone(), element).map_err(|(at, reason)| {
            let row = at
                .map(|at| format!("row {}, ", at / width + 1))
                .unwrap_or_default();
            EngineError::input(&port.name, format!("{row}column '{name}': {reason}"))
        })?;
        notes.extend(done.note.map(|note| format!("{name}: {note}")));
        parts.push(done.tensor);
    }
    let tensor = match parts.len() {
        1 => parts.remove(0),
        _ => rows::side_by_side(&parts).map_err(|error| named(port, error))?,
    };
    let shaped = shaped(tensor, dims).map_err(|error| named(port, error))?;
    port.accept(&shaped)?;
    Ok(shaped)
}

/// An array as an input, converted where that loses nothing else than digits of a float.
///
/// # Errors
/// When it does not fit, named with the input.
pub fn array(port: &Port, tensor: Tensor) -> Result<Tensor, EngineError> {
    let (element, _) = tensor_port(port)?;
    let done = convert(tensor, element).map_err(|(at, reason)| {
        let at = at.map(|at| format!("element {at}: ")).unwrap_or_default();
        EngineError::input(&port.name, format!("{at}{reason}"))
    })?;
    port.accept(&done.tensor)?;
    Ok(done.tensor)
}

/// The tensor in the rank that the port wants, if its rows hold as many elements: `[N]` and `[N, 1]` are the same column.
fn shaped(tensor: Tensor, dims: &[PortDim]) -> Result<Tensor, EngineError> {
    if tensor.shape().len() == dims.len() && !tensor.shape().is_empty() {
        return Ok(tensor);
    }
    let Some(&rows) = tensor.shape().first() else {
        return Ok(tensor);
    };
    let width = tensor.shape()[1..].iter().product::<usize>();
    let inner: Option<Vec<usize>> = match dims.len() {
        0 => None,
        1 => (width == 1).then(Vec::new),
        // One open dim takes what the fixed ones leave.
        _ => {
            let fixed: usize = dims[1..]
                .iter()
                .map(|dim| {
                    if let PortDim::Fixed(size) = dim {
                        *size
                    } else {
                        1
                    }
                })
                .product();
            let open = dims[1..]
                .iter()
                .filter(|dim| matches!(dim, PortDim::Open(_)))
                .count();
            let rest = width.checked_div(fixed).unwrap_or(0);
            (open <= 1 && rest * fixed == width && (open == 1 || rest == 1)).then(|| {
                dims[1..]
                    .iter()
                    .map(|dim| {
                        if let PortDim::Fixed(size) = dim {
                            *size
                        } else {
                            rest
                        }
                    })
                    .collect()
            })
        }
    };
    match inner {
        Some(inner) => {
            let shape = std::iter::once(rows).chain(inner).collect();
            rows::reshaped(tensor, shape)
        }
        None => Ok(tensor),
    }
}

fn named(port: &Port, error: EngineError) -> EngineError {
    match error {
        EngineError::Input { reason, .. } => EngineError::input(&port.name, reason),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tensor::Data;

    fn port(name: &str, element: ElementType, dims: &[Option<usize>]) -> Port {
        let dim =
            |dim: &Option<usize>| dim.map_or(PortDim::Open(Some("N".to_owned())), PortDim::Fixed);
        Port {
            name: name.to_owned(),
            kind: PortKind::Tensor {
                element,
                dims: dims.iter().map(dim).collect(),
            },
        }
    }

    fn signature(inputs: Vec<Port>) -> Signature {
        Signature {
            inputs,
            outputs: Vec::new(),
        }
    }

    fn table() -> Columns {
        let float =
            |values: [f64; 2]| Tensor::new(vec![2], Data::Float64(values.to_vec())).unwrap();
        let columns = vec![
            ("ret".to_owned(), float([0.5, 0.1])),
            (
                "side".to_owned(),
                Tensor::new(vec![2], Data::String(vec!["buy".into(), "sell".into()])).unwrap(),
            ),
            (
                "volume".to_owned(),
                Tensor::new(vec![2], Data::Int64(vec![3, 40])).unwrap(),
            ),
        ];
        Columns::new(columns).unwrap()
    }

    #[test]
    fn a_matrix_takes_the_numeric_columns_in_their_order() {
        let one = signature(vec![port("X", ElementType::Float32, &[None, Some(2)])]);
        let (inputs, notes) = bind_noted(&table(), &one).unwrap();
        let expected = Tensor::new(vec![2, 2], Data::Float32(vec![0.5, 3.0, 0.1, 40.0])).unwrap();
        assert_eq!(inputs, [("X".to_owned(), expected)]);
        assert_eq!(
            notes,
            [
                "ret: FP64 to FP32, 1 value rounded",
                "volume: INT64 to FP32, exact"
            ]
        );
    }

    #[test]
    fn inputs_take_columns_by_name_and_the_one_without_takes_the_rest() {
        let three = signature(vec![
            port("side", ElementType::String, &[None, Some(1)]),
            port("volume", ElementType::Int32, &[None]),
            port("features", ElementType::Float64, &[None, None]),
        ]);
        let inputs = bind(&table(), &three).unwrap();
        let shapes: Vec<&[usize]> = inputs.iter().map(|(_, tensor)| tensor.shape()).collect();
        assert_eq!(shapes, [&[2, 1][..], &[2], &[2, 1]]);
        assert_eq!(inputs[1].1.data(), &Data::Int32(vec![3, 40]));
    }

    #[test]
    fn numbered_columns_are_one_input_and_rows_take_the_inputs_rank() {
        let column = |at: usize| {
            let values = Data::Float32(vec![at as f32, 10.0 + at as f32]);
            (format!("x[{at}]"), Tensor::new(vec![2], values).unwrap())
        };
        let columns = Columns::new((0..4).map(column).collect()).unwrap();
        let square = signature(vec![port(
            "x",
            ElementType::Float32,
            &[None, Some(2), Some(2)],
        )]);
        let inputs = bind(&columns, &square).unwrap();
        assert_eq!(inputs[0].1.shape(), [2, 2, 2]);
        assert_eq!(
            inputs[0].1.data(),
            &Data::Float32(vec![0., 1., 2., 3., 10., 11., 12., 13.])
        );
    }

    #[test]
    fn what_does_not_fit_names_the_input_and_the_columns() {
        let said = |inputs: Vec<Port>| bind(&table(), &signature(inputs)).unwrap_err().to_string();
        let wide = said(vec![port("X", ElementType::Float32, &[None, Some(5)])]);
        assert_eq!(
            wide,
            "input 'X': the model wants FP32[N, 5] with 5 values a row; no column has this name, and the numeric \
             columns make 2: ret, volume; not counted: side"
        );
        let two = said(vec![
            port("price", ElementType::Float32, &[None, Some(1)]),
            port("size", ElementType::Float32, &[None, Some(1)]),
        ]);
        assert!(
            two.starts_with(
                "input 'price': the model wants FP32[N, 1], but no column has this name"
            ),
            "{two}"
        );
        assert!(two.ends_with("ret, side, volume"), "{two}");
        let fraction = said(vec![port("ret", ElementType::Int64, &[None])]);
        assert_eq!(
            fraction,
            "input 'ret': row 1, column 'ret': 0.5 is no whole number"
        );
        let text = said(vec![port("side", ElementType::Float32, &[None])]);
        assert_eq!(
            text,
            "input 'side': column 'side': BYTES does not become FP32"
        );
    }
}
