//! The numbers of a weight, in pieces: from the map of the model, from its typed fields, or from an external file.

use std::fs::File;
use std::path::Path;

use bytes::Bytes;
use half::{bf16, f16};

use crate::external;
use crate::file::Model;
use crate::graph::{Scope, Way};
use crate::kind::element_name;
use crate::narrow::{Narrow, narrow};
use crate::proto::TensorProto;
use crate::proto::tensor_proto::DataType;

/// Why the numbers of a weight cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    #[error("the model has no weight '{0}' in this graph")]
    Unknown(String),
    #[error("'{name}' holds {element_type}, of which no numbers are read")]
    NoNumbers { name: String, element_type: String },
    #[error("'{name}': {problem}")]
    External { name: String, problem: String },
    #[error("'{name}' holds {found} values where its shape needs {needed}")]
    Short {
        name: String,
        found: u64,
        needed: u64,
    },
}

/// Numbers that are handed over at once.
const AT_ONCE: usize = 8192;

/// A weight of the model, found and checked; its numbers can be read several times.
pub struct Weight<'m> {
    pub tensor: &'m TensorProto,
    data: Data,
}

enum Data {
    /// As they lie in a file, little-endian; typed fields of floats do too.
    Raw(Vec<Bytes>),
    /// Integers and the bits of half floats in a typed field: as protobuf writes them, seven bits a byte.
    Varints(Vec<Bytes>),
}

impl<'m> Weight<'m> {
    /// # Errors
    /// [`WeightError`] when there is no such weight, or its numbers cannot be had.
    pub fn find(model: &'m Model, way: &Way, name: &str) -> Result<Self, WeightError> {
        let scope = Scope::at(model.proto(), way);
        let tensor = scope.and_then(|scope| scope.weights.get(name).copied());
        let tensor = tensor.ok_or_else(|| WeightError::Unknown(name.to_owned()))?;
        Self::of(model, tensor)
    }

    /// A weight whose tensor is known.
    ///
    /// # Errors
    /// [`WeightError`] when its numbers cannot be had.
    pub fn of(model: &'m Model, tensor: &'m TensorProto) -> Result<Self, WeightError> {
        if !external::is_external(tensor) {
            return Self::held_in(tensor);
        }
        let name = || tensor.name().to_owned();
        if bytes_of(tensor.data_type()).is_none() {
            return Err(WeightError::NoNumbers {
                name: name(),
                element_type: element_name(tensor.data_type()),
            });
        }
        let mapped = mapped(model.path(), tensor).map_err(|problem| WeightError::External {
            name: name(),
            problem,
        })?;
        Self::whole(tensor, Data::Raw(vec![mapped]))
    }

    fn whole(tensor: &'m TensorProto, data: Data) -> Result<Self, WeightError> {
        let weight = Self { tensor, data };
        let (found, needed) = (weight.held_count(), weight.count());
        if found == needed {
            return Ok(weight);
        }
        Err(WeightError::Short {
            name: tensor.name().to_owned(),
            found,
            needed,
        })
    }

    /// A tensor whose numbers lie in the model itself, such as one in an attribute.
    fn held_in(tensor: &'m TensorProto) -> Result<Self, WeightError> {
        let name = || tensor.name().to_owned();
        if bytes_of(tensor.data_type()).is_none() {
            return Err(WeightError::NoNumbers {
                name: name(),
                element_type: element_name(tensor.data_type()),
            });
        }
        if external::is_external(tensor) {
            let problem = "its numbers lie in another file".to_owned();
            return Err(WeightError::External {
                name: name(),
                problem,
            });
        }
        Self::whole(tensor, held(tensor))
    }

    /// The bytes as they lie in the file, where they lie in one piece.
    pub(crate) fn held_bytes(&self) -> Option<&Bytes> {
        match &self.data {
            Data::Raw(pieces) => pieces.first().filter(|_| pieces.len() == 1),
            Data::Varints(_) => None,
        }
    }

    /// Some of the numbers of bytes in one piece, from a place on.
    pub(crate) fn part(&self, bytes: &[u8], from: usize, count: usize, into: &mut Vec<f64>) {
        let code = self.tensor.data_type();
        let width = bytes_of(code).unwrap_or(1);
        let end = bytes.len().min((from + count) * width);
        into.clear();
        raw(code, &bytes[(from * width).min(end)..end], &mut |values| {
            into.extend(values);
            true
        });
    }

    #[must_use]
    pub fn element_type(&self) -> String {
        element_name(self.tensor.data_type())
    }

    /// How many numbers its shape says that it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tensor
            .dims
            .iter()
            .map(|dim| dim.unsigned_abs())
            .product()
    }

    /// Numbers that the bytes hold, without those that only fill up the last byte.
    fn held_count(&self) -> u64 {
        let pieces = self.pieces(usize::MAX);
        let held: u64 = pieces.iter().map(|piece| self.numbers_in(piece)).sum();
        let spare = held.checked_sub(self.count());
        if spare.is_some_and(|spare| spare < u64::from(per_byte(self.tensor.data_type()))) {
            return self.count();
        }
        held
    }

    fn numbers_in(&self, piece: &Piece) -> u64 {
        let code = self.tensor.data_type();
        let numbers = match self.data {
            Data::Raw(_) => piece.bytes.len() / bytes_of(code).unwrap_or(1),
            Data::Varints(_) => piece.bytes.iter().filter(|byte| **byte < 0x80).count(),
        };
        numbers as u64 * u64::from(per_byte(code))
    }

    /// The numbers in pieces of at most so many bytes' worth of numbers, which can be read side by side. Where numbers have
    /// no fixed width in the file, a piece is as long as it is.
    #[must_use]
    pub fn pieces(&self, numbers: usize) -> Vec<Piece> {
        let code = self.tensor.data_type();
        let (width, per_byte) = (bytes_of(code).unwrap_or(1), per_byte(code) as usize);
        let mut pieces = Vec::new();
        let mut first = 0;
        let (Data::Raw(held) | Data::Varints(held)) = &self.data;
        for bytes in held {
            let length = match self.data {
                Data::Raw(_) => (numbers / per_byte).max(1).saturating_mul(width),
                Data::Varints(_) => usize::MAX,
            };
            let mut at = 0;
            while at < bytes.len() {
                let end = at.saturating_add(length).min(bytes.len());
                let piece = Piece {
                    first,
                    bytes: bytes.slice(at..end),
                };
                first += self.numbers_in(&piece);
                pieces.push(piece);
                at = end;
            }
        }
        pieces
    }

    /// Hands over all numbers in order, a few thousand at once, until `each` says that it has enough. Integers of 64 bits
    /// beyond 2^53 are rounded, as doubles are.
    pub fn read(&self, mut each: impl FnMut(&[f64]) -> bool) {
        for piece in self.pieces(usize::MAX) {
            if !self.read_piece(&piece, &mut each) {
                return;
            }
        }
    }

    /// The numbers of one piece, as [`read`](Self::read) hands them over. False when `each` had enough.
    pub fn read_piece(&self, piece: &Piece, mut each: impl FnMut(&[f64]) -> bool) -> bool {
        let mut numbers = Vec::with_capacity(AT_ONCE);
        let mut left = self.count().saturating_sub(piece.first) as usize;
        let mut tell = |values: &mut dyn Iterator<Item = f64>| {
            numbers.clear();
            numbers.extend(values);
            // What fills up the last byte is no number of the weight.
            numbers.truncate(left);
            left -= numbers.len();
            each(&numbers)
        };
        let code = self.tensor.data_type();
        match &self.data {
            Data::Raw(_) => {
                let width = bytes_of(code).unwrap_or(1);
                let at_once = AT_ONCE / per_byte(code) as usize * width;
                let narrow = narrow(code);
                piece.bytes.chunks(at_once).all(|bytes| match &narrow {
                    Some(narrow) => tell(&mut unpacked(narrow, bytes.iter().copied())),
                    None => raw(code, bytes, &mut tell),
                })
            }
            Data::Varints(_) => {
                let read = small(code);
                let packed = narrow(code).filter(|narrow| narrow.bits < 8 || is_float8(code));
                let mut rest: &[u8] = &piece.bytes;
                let mut more = true;
                while more && !rest.is_empty() {
                    let numbers = std::iter::from_fn(|| varint(&mut rest)).take(AT_ONCE / 4);
                    more = match &packed {
                        Some(narrow) => tell(&mut unpacked(narrow, numbers.map(|n| n as u8))),
                        None => tell(&mut numbers.map(read)),
                    };
                }
                more
            }
        }
    }

    /// The bytes of the numbers as they lie in a file, little-endian, a piece at a time; `None` for those that are packed
    /// closer than a byte. What protobuf writes with a variable width gets its own width back.
    pub(crate) fn bytes_in(&self, piece: &Piece) -> Option<Bytes> {
        let code = self.tensor.data_type();
        if per_byte(code) > 1 {
            return None;
        }
        let width = bytes_of(code)?;
        Some(match self.data {
            Data::Raw(_) => piece.bytes.clone(),
            Data::Varints(_) => {
                let mut rest: &[u8] = &piece.bytes;
                let numbers = std::iter::from_fn(|| varint(&mut rest));
                numbers
                    .flat_map(|number| number.to_le_bytes().into_iter().take(width))
                    .collect()
            }
        })
    }
}

/// Some numbers of a weight, one after another.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The place of its first number in the weight.
    pub first: u64,
    bytes: Bytes,
}

/// The numbers of bytes, the first in the lowest bits.
fn unpacked(narrow: &Narrow, bytes: impl Iterator<Item = u8>) -> impl Iterator<Item = f64> {
    let mask = (1_u16 << narrow.bits) - 1;
    bytes.flat_map(move |byte| {
        (0..8 / narrow.bits)
            .map(move |at| narrow.values[usize::from(u16::from(byte) >> (at * narrow.bits) & mask)])
    })
}

/// Numbers in one byte: one, except of those that are narrower.
fn per_byte(code: i32) -> u32 {
    narrow(code).map_or(1, |narrow| 8 / narrow.bits)
}

fn is_float8(code: i32) -> bool {
    element_name(code).starts_with("float8")
}

/// All numbers of a tensor that lies in the model itself; none is too many for memory, for they came out of it.
pub(crate) fn numbers(tensor: &TensorProto) -> Result<Vec<f64>, WeightError> {
    let weight = Weight::held_in(tensor)?;
    let mut numbers = Vec::new();
    weight.read(|some| {
        numbers.extend_from_slice(some);
        true
    });
    Ok(numbers)
}

/// The same of a tensor that is looked at for a shape or a scale; `None` for one that lies elsewhere, or holds none.
pub(crate) fn inline(tensor: &TensorProto) -> Option<Vec<f64>> {
    numbers(tensor).ok()
}

/// The next number of a packed field; what is left of one that was cut short is dropped, and was not counted.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..).step_by(7) {
        let Some((byte, after)) = rest.split_first() else {
            break;
        };
        *rest = after;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Bytes of one number as it lies in a file, or of those that share one; `None` for texts, complex numbers and those of
/// six bits.
fn bytes_of(code: i32) -> Option<usize> {
    if narrow(code).is_some() {
        return Some(1);
    }
    let bytes = match DataType::try_from(code).ok()? {
        DataType::Uint16 | DataType::Int16 | DataType::Float16 | DataType::Bfloat16 => 2,
        DataType::Float | DataType::Int32 | DataType::Uint32 => 4,
        DataType::Double | DataType::Int64 | DataType::Uint64 => 8,
        _ => return None,
    };
    Some(bytes)
}

fn raw(
    code: i32,
    piece: &[u8],
    tell: &mut impl FnMut(&mut dyn Iterator<Item = f64>) -> bool,
) -> bool {
    macro_rules! numbers {
        ($number:ty, $read:expr) => {{
            let (values, _) = piece.as_chunks::<{ size_of::<$number>() }>();
            tell(
                &mut values
                    .iter()
                    .map(|bytes| $read(<$number>::from_le_bytes(*bytes))),
            )
        }};
    }
    match DataType::try_from(code) {
        Ok(DataType::Float) => numbers!(f32, f64::from),
        Ok(DataType::Double) => numbers!(f64, |value| value),
        Ok(DataType::Float16) => numbers!(f16, f64::from),
        Ok(DataType::Bfloat16) => numbers!(bf16, f64::from),
        Ok(DataType::Int16) => numbers!(i16, f64::from),
        Ok(DataType::Uint16) => numbers!(u16, f64::from),
        Ok(DataType::Int32) => numbers!(i32, f64::from),
        Ok(DataType::Uint32) => numbers!(u32, f64::from),
        Ok(DataType::Int64) => numbers!(i64, |value| value as f64),
        Ok(DataType::Uint64) => numbers!(u64, |value| value as f64),
        _ => true,
    }
}

/// How a number of a typed field is read: signed ones are written as 64 bits, whatever they are.
fn small(code: i32) -> fn(u64) -> f64 {
    match DataType::try_from(code) {
        Ok(DataType::Float16) => |bits| f64::from(f16::from_bits(bits as u16)),
        Ok(DataType::Bfloat16) => |bits| f64::from(bf16::from_bits(bits as u16)),
        Ok(DataType::Uint32 | DataType::Uint64) => |number| number as f64,
        _ => |number| number.cast_signed() as f64,
    }
}

fn held(tensor: &TensorProto) -> Data {
    if let Some(raw) = &tensor.raw_data {
        return Data::Raw(vec![raw.clone()]);
    }
    match DataType::try_from(tensor.data_type()) {
        Ok(DataType::Float) => Data::Raw(tensor.float_data.clone()),
        Ok(DataType::Double) => Data::Raw(tensor.double_data.clone()),
        Ok(DataType::Int64) => Data::Varints(tensor.int64_data.clone()),
        Ok(DataType::Uint32 | DataType::Uint64) => Data::Varints(tensor.uint64_data.clone()),
        _ => Data::Varints(tensor.int32_data.clone()),
    }
}

/// The part of an external file that holds a tensor. Where it lies was checked when the model was opened, and is again.
#[allow(unsafe_code)]
fn mapped(model: &Path, tensor: &TensorProto) -> Result<Bytes, String> {
    let extent = external::extent(tensor);
    let needed = crate::check::stored_bytes(tensor)?.unwrap_or(0);
    external::ExternalFiles::beside(model).check(&extent, Some(needed))?;
    if needed == 0 {
        return Ok(Bytes::new());
    }
    let path = model.with_file_name("").join(extent.location);
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let length = usize::try_from(needed).map_err(|error| error.to_string())?;
    // SAFETY: as for the model itself (`file::map`): read-only, private, and looked at as bytes alone.
    let map = unsafe {
        memmap2::MmapOptions::new()
            .offset(extent.offset())
            .len(length)
            .map(&file)
    };
    Ok(Bytes::from_owner(
        map.map_err(|error| format!("{}: {error}", path.display()))?,
    ))
}
