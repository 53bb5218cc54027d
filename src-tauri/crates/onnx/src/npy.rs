//! A weight as a file of NumPy's (`numpy.lib.format`, version 1.0).

use std::io::{self, Write};

use crate::proto::tensor_proto::DataType;
use crate::weights::{Piece, Weight};

/// Numbers that are written at once.
const AT_ONCE: usize = 1 << 20;

/// How NumPy names an element type; `None` for those that it has not: they are written as the floats of 32 bits that hold
/// them exactly.
fn descr(code: i32) -> Option<&'static str> {
    Some(match DataType::try_from(code).ok()? {
        DataType::Float => "<f4",
        DataType::Double => "<f8",
        DataType::Float16 => "<f2",
        DataType::Int8 => "|i1",
        DataType::Int16 => "<i2",
        DataType::Int32 => "<i4",
        DataType::Int64 => "<i8",
        DataType::Uint8 => "|u1",
        DataType::Uint16 => "<u2",
        DataType::Uint32 => "<u4",
        DataType::Uint64 => "<u8",
        DataType::Bool => "|b1",
        _ => return None,
    })
}

/// The element type that the file has: the weight's own, or `float32` where NumPy has none.
#[must_use]
pub fn element_type(weight: &Weight<'_>) -> String {
    match descr(weight.tensor.data_type()) {
        Some(_) => weight.element_type(),
        None => "float32".to_owned(),
    }
}

/// Writes the weight, a few megabytes at a time. `each` is told how many numbers are written and says whether to go on.
///
/// # Errors
/// When the file cannot be written, or `each` says no ([`io::ErrorKind::Interrupted`]).
pub fn write(
    weight: &Weight<'_>,
    out: &mut impl Write,
    mut each: impl FnMut(u64) -> bool,
) -> io::Result<()> {
    let own = descr(weight.tensor.data_type());
    out.write_all(&header(own.unwrap_or("<f4"), &weight.tensor.dims))?;
    for piece in weight.pieces(AT_ONCE) {
        match own.and_then(|_| weight.bytes_in(&piece)) {
            Some(bytes) => out.write_all(&bytes)?,
            None => floats(weight, &piece, out)?,
        }
        if !each(piece.first) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    out.flush()
}

fn floats(weight: &Weight<'_>, piece: &Piece, out: &mut impl Write) -> io::Result<()> {
    let mut result = Ok(());
    weight.read_piece(piece, |numbers| {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| (*number as f32).to_le_bytes())
            .collect();
        result = out.write_all(&bytes);
        result.is_ok()
    });
    result
}

/// Magic, version, and a dictionary of Python that fills up to a multiple of 64 bytes.
fn header(descr: &str, dims: &[i64]) -> Vec<u8> {
    let shape = match dims {
        [only] => format!("({only},)"),
        dims => {
            let dims: Vec<String> = dims.iter().map(i64::to_string).collect();
            format!("({})", dims.join(", "))
        }
    };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    const BEFORE: usize = 10;
    let length = (BEFORE + text.len() + 1).next_multiple_of(64) - BEFORE;
    text.push_str(&" ".repeat(length - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.save` of numpy 2.4.6: `numpy.zeros((2, 3), "<f4")`, `numpy.zeros(7, "|i1")`, `numpy.float64(0)`.
    #[test]
    fn the_head_is_that_of_numpy() {
        let told = |descr: &str, shape: &str| {
            let text =
                format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
            let mut head = b"\x93NUMPY\x01\x00v\x00".to_vec();
            head.extend(format!("{text:<117}\n").into_bytes());
            head
        };
        assert_eq!(header("<f4", &[2, 3]), told("<f4", "(2, 3)"));
        assert_eq!(header("|i1", &[7]), told("|i1", "(7,)"));
        assert_eq!(header("<f8", &[]), told("<f8", "()"));
    }
}
