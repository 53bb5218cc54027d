//! Rows of tensors: cut out, put one under the other, put side by side.

use super::Columns;
use crate::EngineError;
use crate::tensor::{Data, ElementType, Tensor, for_each_type};

/// Two tensors' vectors, if they are of one type.
macro_rules! both {
    ($one:expr, $two:expr, $a:ident, $b:ident => $body:expr; $other:expr) => {
        match ($one, $two) {
            (Data::Bool($a), Data::Bool($b)) => $body,
            (Data::Int8($a), Data::Int8($b)) => $body,
            (Data::Int16($a), Data::Int16($b)) => $body,
            (Data::Int32($a), Data::Int32($b)) => $body,
            (Data::Int64($a), Data::Int64($b)) => $body,
            (Data::Uint8($a), Data::Uint8($b)) => $body,
            (Data::Uint16($a), Data::Uint16($b)) => $body,
            (Data::Uint32($a), Data::Uint32($b)) => $body,
            (Data::Uint64($a), Data::Uint64($b)) => $body,
            (Data::Float16($a), Data::Float16($b)) => $body,
            (Data::BFloat16($a), Data::BFloat16($b)) => $body,
            (Data::Float32($a), Data::Float32($b)) => $body,
            (Data::Float64($a), Data::Float64($b)) => $body,
            (Data::String($a), Data::String($b)) => $body,
            _ => $other,
        }
    };
}

/// No elements yet.
#[must_use]
pub fn empty(element: ElementType) -> Data {
    macro_rules! none {
        ($($kind:ident),*) => {
            match element { $(ElementType::$kind => Data::$kind(Vec::new()),)* }
        };
    }
    none!(
        Bool, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64, Float16, BFloat16, Float32,
        Float64, String
    )
}

/// Elements `from..to` as they stand in memory.
#[must_use]
pub fn cut(data: &Data, from: usize, to: usize) -> Data {
    macro_rules! cut {
        ($($kind:ident),*) => {
            match data { $(Data::$kind(items) => Data::$kind(items[from..to].to_vec()),)* }
        };
    }
    cut!(
        Bool, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64, Float16, BFloat16, Float32,
        Float64, String
    )
}

/// Rows `from..to` of a tensor that has rows; a scalar stays as it is.
#[must_use]
pub fn slice(tensor: &Tensor, from: usize, to: usize) -> Tensor {
    let Some((&rows, inner)) = tensor.shape().split_first() else {
        return tensor.clone();
    };
    let (from, to) = (from.min(rows), to.min(rows).max(from.min(rows)));
    let width: usize = inner.iter().product();
    let mut shape = tensor.shape().to_vec();
    shape[0] = to - from;
    Tensor::new(shape, cut(tensor.data(), from * width, to * width))
        .expect("as many elements as the rows hold")
}

/// Moves the elements of `more` to the end of `data`.
///
/// # Errors
/// When they are of different types.
pub fn extend(data: &mut Data, more: Data) -> Result<(), EngineError> {
    both!(data, more, items, added => { items.extend(added); Ok(()) };
        Err(EngineError::input("", "rows of different element types do not go together")))
}

/// Puts `more` under `tensor`.
///
/// # Errors
/// When they differ in type, or in the shape of a row.
pub fn stack(tensor: &mut Tensor, more: Tensor) -> Result<(), EngineError> {
    let (one, two) = (tensor.shape().to_vec(), more.shape().to_vec());
    let same = !one.is_empty() && one.len() == two.len() && one[1..] == two[1..];
    if !same {
        let reason = format!("rows of shape {two:?} do not go under rows of shape {one:?}");
        return Err(EngineError::input("", reason));
    }
    let mut data =
        std::mem::replace(tensor, Tensor::new(vec![0], Data::Bool(Vec::new()))?).into_data();
    extend(&mut data, more.into_data())?;
    let mut shape = one;
    shape[0] += two[0];
    *tensor = Tensor::new(shape, data)?;
    Ok(())
}

/// Puts the rows of `more` under those of `columns`.
///
/// # Errors
/// When the columns are not the same.
pub fn append(columns: &mut Columns, more: Columns) -> Result<(), EngineError> {
    columns.rows += more.rows;
    for ((name, tensor), (_, added)) in columns.columns.iter_mut().zip(more.columns) {
        stack(tensor, added).map_err(|error| match error {
            EngineError::Input { reason, .. } => EngineError::input(&*name, reason),
            other => other,
        })?;
    }
    Ok(())
}

/// Columns of one type side by side: `[rows, sum of widths]`, row-major.
///
/// # Errors
/// When there are none, or they differ in type or number of rows.
pub fn side_by_side(tensors: &[Tensor]) -> Result<Tensor, EngineError> {
    let first = tensors
        .first()
        .ok_or_else(|| EngineError::input("", "no columns to put side by side"))?;
    let rows = first.shape().first().copied().unwrap_or(1);
    let width = |tensor: &Tensor| tensor.len().checked_div(rows).unwrap_or(0);
    let mut data = empty(first.element_type());
    for row in 0..rows {
        for tensor in tensors {
            let width = width(tensor);
            copy(&mut data, tensor.data(), row * width, (row + 1) * width)?;
        }
    }
    let widths = if rows == 0 {
        tensors
            .iter()
            .map(|tensor| tensor.shape()[1..].iter().product::<usize>())
            .sum()
    } else {
        tensors.iter().map(width).sum()
    };
    Tensor::new(vec![rows, widths], data)
}

fn copy(data: &mut Data, from: &Data, start: usize, end: usize) -> Result<(), EngineError> {
    both!(data, from, items, added => { items.extend_from_slice(&added[start..end]); Ok(()) };
        Err(EngineError::input("", "columns of different element types do not go together")))
}

/// The same elements in another shape.
///
/// # Errors
/// When the shapes do not hold the same number of elements.
pub fn reshaped(tensor: Tensor, shape: Vec<usize>) -> Result<Tensor, EngineError> {
    Tensor::new(shape, tensor.into_data())
}

/// Bytes that the elements take in memory.
#[must_use]
pub fn bytes(tensor: &Tensor) -> u64 {
    fn size<T>(items: &[T]) -> usize {
        std::mem::size_of_val(items)
    }
    let text = match tensor.data() {
        Data::String(items) => items.iter().map(String::len).sum(),
        _ => 0,
    };
    (for_each_type!(tensor.data(), items => size(items)) + text) as u64
}
