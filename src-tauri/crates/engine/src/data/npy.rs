//! NumPy's `.npy`: a short text header, then the elements. Format: numpy.lib.format, versions 1.0 to 3.0.
//!
//! Rows are read where they lie, so an array larger than memory streams; one in Fortran order too, column by column.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use half::{bf16, f16};

use super::bad;
use super::rows;
use super::table::{Batches, Columns, DataColumn, DataFormat, Source, Table};
use crate::EngineError;
use crate::tensor::{Data, ElementType, Tensor, element_count};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself stops at 10,000 characters unless told otherwise.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// What stands before the elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub element: ElementType,
    pub shape: Vec<usize>,
    pub fortran_order: bool,
    pub note: Option<String>,
    kind: Kind,
    big_endian: bool,
    /// Of one element, in the file.
    size: usize,
    /// Where the elements begin.
    offset: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Number,
    /// UCS-4 characters, padded with zeros.
    Unicode,
    /// Bytes, padded with zeros.
    Bytes,
}

impl Header {
    /// Reads magic, version and header.
    ///
    /// # Errors
    /// In words, when this is no NPY file or holds what no tensor does.
    pub fn read(reader: &mut impl Read) -> Result<Self, String> {
        let mut start = [0_u8; 8];
        let short = |_| "is no NPY file: it ends within its header".to_owned();
        reader.read_exact(&mut start).map_err(short)?;
        if &start[..6] != MAGIC {
            return Err("is no NPY file: it does not begin with NumPy's mark".to_owned());
        }
        let (length, fixed) = match start[6] {
            1 => {
                let mut length = [0_u8; 2];
                reader.read_exact(&mut length).map_err(short)?;
                (u64::from(u16::from_le_bytes(length)), 10)
            }
            2 | 3 => {
                let mut length = [0_u8; 4];
                reader.read_exact(&mut length).map_err(short)?;
                (u64::from(u32::from_le_bytes(length)), 12)
            }
            other => return Err(format!("has NPY version {other}; 1 to 3 can be read")),
        };
        if length > HEADER_BYTES_MAX {
            return Err(format!(
                "has a header of {length} bytes, which no array needs"
            ));
        }
        let mut text = vec![0; length as usize];
        reader.read_exact(&mut text).map_err(short)?;
        let text = String::from_utf8_lossy(&text);
        let descr = after(&text, "descr").ok_or("has a header without 'descr'")?;
        let mut header = Self::of_type(&quoted(descr)?)?;
        header.fortran_order = after(&text, "fortran_order")
            .ok_or("has a header without 'fortran_order'")?
            .starts_with("True");
        header.shape = shape(after(&text, "shape").ok_or("has a header without 'shape'")?)?;
        header.offset = fixed + length;
        Ok(header)
    }

    fn of_type(descr: &str) -> Result<Self, String> {
        let big_endian = descr.starts_with('>');
        let code = descr.trim_start_matches(['<', '>', '|', '=']);
        let cannot = || match code.chars().next() {
            Some('O') => "holds Python objects, which are never unpickled; save numbers or strings"
                .to_owned(),
            Some('c') => "holds complex numbers, which no model takes".to_owned(),
            Some('V') => format!("holds untyped bytes ({descr})"),
            _ => format!("holds the type {descr}, which cannot be read"),
        };
        let digits = code.get(1..).unwrap_or_default();
        let digits = digits.split('[').next().unwrap_or_default();
        let size: usize = digits.parse().map_err(|_| cannot())?;
        let mut note = None;
        let (element, kind, size) = match (code.as_bytes()[0], size) {
            (b'b', 1) => (ElementType::Bool, Kind::Number, 1),
            (b'i', 1) => (ElementType::Int8, Kind::Number, 1),
            (b'i', 2) => (ElementType::Int16, Kind::Number, 2),
            (b'i', 4) => (ElementType::Int32, Kind::Number, 4),
            (b'i', 8) => (ElementType::Int64, Kind::Number, 8),
            (b'u', 1) => (ElementType::Uint8, Kind::Number, 1),
            (b'u', 2) => (ElementType::Uint16, Kind::Number, 2),
            (b'u', 4) => (ElementType::Uint32, Kind::Number, 4),
            (b'u', 8) => (ElementType::Uint64, Kind::Number, 8),
            (b'f', 2) => (ElementType::Float16, Kind::Number, 2),
            (b'f', 4) => (ElementType::Float32, Kind::Number, 4),
            (b'f', 8) => (ElementType::Float64, Kind::Number, 8),
            (b'V', 2) => {
                note =
                    Some("two untyped bytes are read as BF16, as ml_dtypes writes it".to_owned());
                (ElementType::BFloat16, Kind::Number, 2)
            }
            (b'M' | b'm', 8) => {
                note = Some(format!("times: the whole numbers of {code}"));
                (ElementType::Int64, Kind::Number, 8)
            }
            (b'U', count) => (ElementType::String, Kind::Unicode, count.saturating_mul(4)),
            (b'S', count) => (ElementType::String, Kind::Bytes, count),
            _ => return Err(cannot()),
        };
        Ok(Self {
            element,
            shape: Vec::new(),
            fortran_order: false,
            note,
            kind,
            big_endian,
            size,
            offset: 0,
        })
    }

    /// Bytes of all elements; an error where no file could hold them.
    pub(super) fn data_bytes(&self) -> Result<u64, String> {
        let too_large = || format!("has the shape {:?}, which no file holds", self.shape);
        let count = element_count(&self.shape).map_err(|_| too_large())?;
        let bytes = count.checked_mul(self.size.max(1)).ok_or_else(too_large)?;
        u64::try_from(bytes).map_err(|_| too_large())
    }

    /// Elements of one row.
    fn row_elements(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    pub(super) fn described(&self, name: &str) -> DataColumn {
        DataColumn {
            row_shape: Some(self.shape.get(1..).unwrap_or_default().to_vec()),
            note: self.note.clone(),
            ..DataColumn::plain(name, self.element)
        }
    }

    pub(super) fn rows(&self) -> Option<u64> {
        self.shape.first().map(|rows| *rows as u64)
    }

    /// The next `count` elements of `reader`.
    pub(super) fn decode(&self, reader: &mut impl Read, count: usize) -> Result<Data, String> {
        // Grown as it is filled, so that a shape that lies takes no memory.
        let wanted = count as u64 * self.size as u64;
        let mut bytes = Vec::new();
        let got = reader.take(wanted).read_to_end(&mut bytes);
        let got = got.map_err(|error| error.to_string())?;
        if got as u64 != wanted {
            return Err("ends before its last element: the file was cut off".to_owned());
        }
        self.elements(&bytes, count)
    }

    fn elements(&self, bytes: &[u8], count: usize) -> Result<Data, String> {
        macro_rules! numbers {
            ($kind:ty) => {
                bytes
                    .as_chunks::<{ size_of::<$kind>() }>()
                    .0
                    .iter()
                    .map(|bytes| {
                        if self.big_endian {
                            <$kind>::from_be_bytes(*bytes)
                        } else {
                            <$kind>::from_le_bytes(*bytes)
                        }
                    })
                    .collect()
            };
        }
        Ok(match self.element {
            ElementType::Bool => Data::Bool(bytes.iter().map(|byte| *byte != 0).collect()),
            ElementType::Int8 => Data::Int8(numbers!(i8)),
            ElementType::Int16 => Data::Int16(numbers!(i16)),
            ElementType::Int32 => Data::Int32(numbers!(i32)),
            ElementType::Int64 => Data::Int64(numbers!(i64)),
            ElementType::Uint8 => Data::Uint8(bytes.to_vec()),
            ElementType::Uint16 => Data::Uint16(numbers!(u16)),
            ElementType::Uint32 => Data::Uint32(numbers!(u32)),
            ElementType::Uint64 => Data::Uint64(numbers!(u64)),
            ElementType::Float16 => Data::Float16(numbers!(f16)),
            ElementType::BFloat16 => Data::BFloat16(numbers!(bf16)),
            ElementType::Float32 => Data::Float32(numbers!(f32)),
            ElementType::Float64 => Data::Float64(numbers!(f64)),
            ElementType::String if self.size == 0 => Data::String(vec![String::new(); count]),
            ElementType::String => Data::String(
                bytes
                    .chunks_exact(self.size)
                    .map(|bytes| self.text(bytes))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }

    fn text(&self, bytes: &[u8]) -> Result<String, String> {
        if self.kind == Kind::Bytes {
            let end = bytes
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |at| at + 1);
            let text = std::str::from_utf8(&bytes[..end]);
            return text
                .map(str::to_owned)
                .map_err(|_| "holds bytes that are not UTF-8 text".to_owned());
        }
        let code = |bytes: &[u8; 4]| {
            if self.big_endian {
                u32::from_be_bytes(*bytes)
            } else {
                u32::from_le_bytes(*bytes)
            }
        };
        let codes: Vec<u32> = bytes.as_chunks::<4>().0.iter().map(code).collect();
        let end = codes
            .iter()
            .rposition(|code| *code != 0)
            .map_or(0, |at| at + 1);
        let char = |code: &u32| {
            char::from_u32(*code)
                .ok_or_else(|| format!("holds the character {code:#x}, which does not exist"))
        };
        codes[..end].iter().map(char).collect()
    }

    /// The whole array, from a reader that stands behind the header.
    pub(super) fn whole(&self, reader: &mut impl Read) -> Result<Tensor, String> {
        let count = element_count(&self.shape).map_err(|error| error.to_string())?;
        let data = self.decode(reader, count)?;
        let data = if self.fortran_order && self.shape.len() > 1 {
            reordered(&data, &self.shape, 0, self.shape[0])
        } else {
            data
        };
        Tensor::new(self.shape.clone(), data).map_err(|error| error.to_string())
    }
}

/// What follows `'key':`.
fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let place = [format!("'{key}'"), format!("\"{key}\"")];
    let rest = place.iter().find_map(|key| {
        header
            .find(key.as_str())
            .map(|at| &header[at + key.len()..])
    })?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn quoted(text: &str) -> Result<String, String> {
    let quote = text
        .chars()
        .next()
        .filter(|char| matches!(char, '\'' | '"'));
    let Some(quote) = quote else {
        return Err(
            "holds records of several fields; save each field as an array of its own".to_owned(),
        );
    };
    let inner = text[1..].split(quote).next().unwrap_or_default();
    if inner.is_empty() {
        return Err("has a header with an empty 'descr'".to_owned());
    }
    Ok(inner.to_owned())
}

fn shape(text: &str) -> Result<Vec<usize>, String> {
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.split(')').next())
        .ok_or("has a header whose 'shape' is no tuple")?;
    let dim = |part: &str| {
        let digits = part.trim().trim_end_matches('L');
        digits
            .parse()
            .map_err(|_| format!("has a header whose 'shape' holds '{part}'"))
    };
    inner
        .split(',')
        .filter(|part| !part.trim().is_empty())
        .map(dim)
        .collect()
}

/// Elements in Fortran order (of rows `0..rows` only) into row-major order: the first dim varies fastest in `data`.
fn reordered(data: &Data, shape: &[usize], from: usize, to: usize) -> Data {
    let rows = to - from;
    let inner = &shape[1..];
    let width: usize = inner.iter().product();
    // Where the element with row-major inner index `at` stands among the inner indices in Fortran order.
    let place = |mut at: usize| {
        let mut indices = vec![0; inner.len()];
        for (index, dim) in indices.iter_mut().zip(inner).rev() {
            *index = at % dim;
            at /= dim;
        }
        let strides = inner.iter().scan(1, |stride, dim| {
            let this = *stride;
            *stride *= dim;
            Some(this)
        });
        indices
            .iter()
            .zip(strides)
            .map(|(index, stride)| index * stride)
            .sum::<usize>()
    };
    let places: Vec<usize> = (0..width).map(place).collect();
    macro_rules! pick {
        ($($kind:ident),*) => {
            match data {
                $(Data::$kind(items) => Data::$kind(
                    (0..rows).flat_map(|row| places.iter().map(move |place| items[place * rows + row].clone())).collect(),
                ),)*
            }
        };
    }
    pick!(
        Bool, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64, Float16, BFloat16, Float32,
        Float64, String
    )
}

pub(super) fn open(path: &Path) -> Result<Table, EngineError> {
    let file = File::open(path).map_err(|error| bad(path, error))?;
    let size = file.metadata().map_err(|error| bad(path, error))?.len();
    let header = Header::read(&mut BufReader::new(file)).map_err(|reason| bad(path, reason))?;
    let wanted = header.data_bytes().map_err(|reason| bad(path, reason))?;
    if size < header.offset.saturating_add(wanted) {
        let reason = format!(
            "holds {size} bytes, but its header says {}: the file was cut off",
            header.offset + wanted
        );
        return Err(bad(path, reason));
    }
    let name = path.file_stem().map_or_else(
        || "data".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let columns = vec![header.described(&name)];
    let rows = header.rows();
    let source = NpySource {
        path: path.to_owned(),
        base: 0,
        name,
        header,
    };
    Ok(Table::new(path, DataFormat::Npy, columns, rows, source))
}

/// One array at `base` in a file that can be read anywhere.
pub(super) struct NpySource {
    pub(super) path: PathBuf,
    pub(super) base: u64,
    pub(super) name: String,
    pub(super) header: Header,
}

impl NpySource {
    fn named(&self, reason: impl std::fmt::Display) -> EngineError {
        bad(&self.path, format!("array '{}' {reason}", self.name))
    }

    fn reader(&self) -> Result<BufReader<File>, EngineError> {
        let mut file = File::open(&self.path).map_err(|error| bad(&self.path, error))?;
        file.seek(SeekFrom::Start(self.base + self.header.offset))
            .map_err(|error| bad(&self.path, error))?;
        Ok(BufReader::with_capacity(1 << 17, file))
    }

    /// Rows `from..to`, in row-major order.
    fn rows(
        &self,
        reader: &mut BufReader<File>,
        from: usize,
        to: usize,
    ) -> Result<Tensor, EngineError> {
        let header = &self.header;
        let (rows, width) = (to - from, header.row_elements());
        let data = if header.fortran_order && header.shape.len() > 1 {
            let mut data = rows::empty(header.element);
            for column in 0..width {
                let at = (column * header.shape[0] + from) * header.size;
                self.seek(reader, at as u64)
                    .map_err(|error| bad(&self.path, error))?;
                let part = header
                    .decode(reader, rows)
                    .map_err(|error| self.named(error))?;
                rows::extend(&mut data, part)?;
            }
            reordered(&data, &header.shape, from, to)
        } else {
            header
                .decode(reader, rows * width)
                .map_err(|error| self.named(error))?
        };
        let mut shape = header.shape.clone();
        shape[0] = rows;
        Tensor::new(shape, data)
    }

    fn seek(&self, reader: &mut BufReader<File>, at: u64) -> io::Result<u64> {
        reader.seek(SeekFrom::Start(self.base + self.header.offset + at))
    }

    pub(super) fn whole(&self) -> Result<Tensor, EngineError> {
        self.header
            .whole(&mut self.reader()?)
            .map_err(|error| self.named(error))
    }

    /// Some rows of it, without the others.
    pub(super) fn between(&self, from: usize, to: usize) -> Result<Tensor, EngineError> {
        let Some(&rows) = self.header.shape.first() else {
            return self.whole();
        };
        let (from, to) = (from.min(rows), to.min(rows));
        let mut reader = self.reader()?;
        if !self.header.fortran_order || self.header.shape.len() < 2 {
            let before = from * self.header.row_elements() * self.header.size;
            self.seek(&mut reader, before as u64)
                .map_err(|error| bad(&self.path, error))?;
        }
        self.rows(&mut reader, from, to.max(from))
    }

    /// Batches of this array's rows.
    pub(super) fn tensors(
        &self,
        rows_max: usize,
    ) -> Result<impl Iterator<Item = Result<Tensor, EngineError>> + Send + use<>, EngineError> {
        let rows = *self
            .header
            .shape
            .first()
            .ok_or_else(|| self.named("is a single value, which has no rows"))?;
        let source = Self {
            path: self.path.clone(),
            base: self.base,
            name: self.name.clone(),
            header: self.header.clone(),
        };
        let mut reader = self.reader()?;
        let mut from = 0;
        Ok(std::iter::from_fn(move || {
            if from >= rows {
                return None;
            }
            let to = from.saturating_add(rows_max).min(rows);
            let batch = source.rows(&mut reader, from, to);
            from = if batch.is_err() { rows } else { to };
            Some(batch)
        }))
    }
}

impl Source for NpySource {
    fn batches(&self, chosen: &[usize], rows_max: usize) -> Result<Batches, EngineError> {
        if chosen.is_empty() {
            return Ok(Batches(Box::new(std::iter::empty())));
        }
        let name = self.name.clone();
        let batches = self.tensors(rows_max)?;
        Ok(Batches(Box::new(batches.map(move |tensor| {
            Columns::new(vec![(name.clone(), tensor?)])
        }))))
    }

    fn arrays(&self, chosen: &[usize]) -> Result<Vec<(String, Tensor)>, EngineError> {
        if chosen.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![(self.name.clone(), self.whole()?)])
    }
}
