//! One column of a Parquet file: which type it becomes, and its pages decoded into that type.

use half::f16;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::schema::types::ColumnDescriptor;

use super::table::DataColumn;
use crate::tensor::{Data, ElementType};

/// What is needed to decode a column; made once from the schema.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// Its place among the file's columns.
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) element: ElementType,
    pub(super) is_list: bool,
    max_def: i16,
    leaf_is_optional: bool,
    /// Decimals are whole numbers over ten to this.
    scale: Option<i32>,
    note: Option<String>,
    unreadable: Option<String>,
}

impl Leaf {
    pub(super) fn new(at: usize, column: &ColumnDescriptor) -> Self {
        let parts = column.path().parts();
        let is_list = column.max_rep_level() > 0;
        let name = if is_list {
            parts[0].clone()
        } else {
            parts.join(".")
        };
        let (element, note, unreadable) = match element(column) {
            Ok((element, note)) => (element, note, None),
            Err(reason) => (ElementType::String, None, Some(reason)),
        };
        let nested = (column.max_rep_level() > 1)
            .then(|| "lists of lists and maps cannot be read".to_owned());
        Self {
            at,
            name,
            element,
            is_list,
            max_def: column.max_def_level(),
            leaf_is_optional: column.self_type().is_optional(),
            scale: is_decimal(column).then(|| column.type_scale()),
            note,
            unreadable: nested.or(unreadable),
        }
    }

    pub(super) fn described(&self) -> DataColumn {
        DataColumn {
            name: self.name.clone(),
            element: self.element,
            row_shape: (!self.is_list).then(Vec::new),
            note: self.note.clone(),
            unreadable: self.unreadable.clone(),
        }
    }
}

fn is_decimal(column: &ColumnDescriptor) -> bool {
    matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
        || column.converted_type() == ConvertedType::DECIMAL
}

type Typed = (ElementType, Option<String>);

fn element(column: &ColumnDescriptor) -> Result<Typed, String> {
    if is_decimal(column) {
        let note = "decimals become FP64, which holds 15 to 17 of their digits";
        return Ok((ElementType::Float64, Some(note.to_owned())));
    }
    let noted = |element, note: &str| Ok((element, Some(note.to_owned())));
    match column.logical_type_ref() {
        Some(LogicalType::Timestamp(stamp)) => {
            let unit = match stamp.unit {
                TimeUnit::MILLIS => "milliseconds",
                TimeUnit::MICROS => "microseconds",
                TimeUnit::NANOS => "nanoseconds",
            };
            return noted(ElementType::Int64, &format!("times: {unit} since 1970"));
        }
        Some(LogicalType::Date) => return noted(ElementType::Int32, "dates: days since 1970"),
        Some(LogicalType::Integer(int)) => {
            return integer(int.bit_width, int.is_signed).map(|element| (element, None));
        }
        Some(LogicalType::Float16) => return Ok((ElementType::Float16, None)),
        _ => {}
    }
    let element = match column.converted_type() {
        ConvertedType::UINT_8 => ElementType::Uint8,
        ConvertedType::UINT_16 => ElementType::Uint16,
        ConvertedType::UINT_32 => ElementType::Uint32,
        ConvertedType::UINT_64 => ElementType::Uint64,
        ConvertedType::INT_8 => ElementType::Int8,
        ConvertedType::INT_16 => ElementType::Int16,
        _ => match column.physical_type() {
            Physical::BOOLEAN => ElementType::Bool,
            Physical::INT32 => ElementType::Int32,
            Physical::INT64 => ElementType::Int64,
            Physical::INT96 => return noted(ElementType::Int64, "times: nanoseconds since 1970"),
            Physical::FLOAT => ElementType::Float32,
            Physical::DOUBLE => ElementType::Float64,
            Physical::BYTE_ARRAY => ElementType::String,
            Physical::FIXED_LEN_BYTE_ARRAY => {
                return Err("binary values of a fixed length cannot be read".to_owned());
            }
        },
    };
    Ok((element, None))
}

fn integer(bits: i8, signed: bool) -> Result<ElementType, String> {
    Ok(match (bits, signed) {
        (8, true) => ElementType::Int8,
        (16, true) => ElementType::Int16,
        (32, true) => ElementType::Int32,
        (64, true) => ElementType::Int64,
        (8, false) => ElementType::Uint8,
        (16, false) => ElementType::Uint16,
        (32, false) => ElementType::Uint32,
        (64, false) => ElementType::Uint64,
        _ => return Err(format!("whole numbers of {bits} bits cannot be read")),
    })
}

/// Decoded rows of one column.
pub(super) struct Chunk {
    pub(super) data: Data,
    /// Elements of each row, for lists.
    pub(super) width: usize,
}

/// What is wrong, and with which of the rows that were read (from 0).
pub(super) struct Broken {
    pub(super) row: Option<usize>,
    pub(super) reason: String,
}

impl From<String> for Broken {
    fn from(reason: String) -> Self {
        Self { row: None, reason }
    }
}

/// The next `rows` rows of a column. A row group holds as many, or the file is damaged.
pub(super) fn read(reader: &mut ColumnReader, leaf: &Leaf, rows: usize) -> Result<Chunk, Broken> {
    macro_rules! whole {
        ($reader:expr, $($element:ident as $kind:ty),*) => {
            match leaf.element {
                $(ElementType::$element => spread($reader, leaf, rows, None, |v| Ok(*v as $kind), Data::$element),)*
                _ => spread($reader, leaf, rows, Some(&f64::NAN), |v| Ok(*v as f64 / power(leaf)), Data::Float64),
            }
        };
    }
    match reader {
        ColumnReader::BoolColumnReader(reader) => {
            spread(reader, leaf, rows, None, |v| Ok(*v), Data::Bool)
        }
        ColumnReader::Int32ColumnReader(reader) => whole!(
            reader,
            Int8 as i8,
            Int16 as i16,
            Int32 as i32,
            Uint8 as u8,
            Uint16 as u16,
            Uint32 as u32,
            Int64 as i64
        ),
        ColumnReader::Int64ColumnReader(reader) => whole!(reader, Int64 as i64, Uint64 as u64),
        ColumnReader::Int96ColumnReader(reader) => spread(
            reader,
            leaf,
            rows,
            None,
            |v: &Int96| Ok(v.to_nanos()),
            Data::Int64,
        ),
        ColumnReader::FloatColumnReader(reader) => spread(
            reader,
            leaf,
            rows,
            Some(&f32::NAN),
            |v| Ok(*v),
            Data::Float32,
        ),
        ColumnReader::DoubleColumnReader(reader) => spread(
            reader,
            leaf,
            rows,
            Some(&f64::NAN),
            |v| Ok(*v),
            Data::Float64,
        ),
        ColumnReader::ByteArrayColumnReader(reader) if leaf.scale.is_some() => {
            let number = |v: &ByteArray| Ok(decimal(v.data()) / power(leaf));
            spread(reader, leaf, rows, Some(&f64::NAN), number, Data::Float64)
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            let text = |v: &ByteArray| {
                let text = v
                    .as_utf8()
                    .map_err(|_| "its bytes are not UTF-8 text".to_owned())?;
                Ok(text.to_owned())
            };
            spread(reader, leaf, rows, None, text, Data::String)
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) if leaf.scale.is_some() => {
            let number = |v: &FixedLenByteArray| Ok(decimal(v.data()) / power(leaf));
            spread(reader, leaf, rows, Some(&f64::NAN), number, Data::Float64)
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            let half = |v: &FixedLenByteArray| match v.data() {
                [low, high] => Ok(f16::from_le_bytes([*low, *high])),
                other => Err(format!("a half float has 2 bytes, not {}", other.len())),
            };
            spread(reader, leaf, rows, Some(&f16::NAN), half, Data::Float16)
        }
    }
}

fn power(leaf: &Leaf) -> f64 {
    10_f64.powi(leaf.scale.unwrap_or(0))
}

/// Big-endian two's complement, as decimals are stored.
fn decimal(bytes: &[u8]) -> f64 {
    let first = bytes.first().map_or(0.0, |byte| f64::from(*byte as i8));
    bytes
        .iter()
        .skip(1)
        .fold(first, |number, byte| number * 256.0 + f64::from(*byte))
}

/// Reads values and levels, and puts `null` where there is no value.
fn spread<T: DataType, X: Clone>(
    reader: &mut ColumnReaderImpl<T>,
    leaf: &Leaf,
    rows: usize,
    null: Option<&X>,
    convert: impl Fn(&T::T) -> Result<X, String>,
    data: impl Fn(Vec<X>) -> Data,
) -> Result<Chunk, Broken> {
    let (mut values, mut defs, mut reps) = (Vec::new(), Vec::new(), Vec::new());
    let mut got = 0;
    while got < rows {
        let (records, _, _) = reader
            .read_records(rows - got, Some(&mut defs), Some(&mut reps), &mut values)
            .map_err(|error| error.to_string())?;
        if records == 0 {
            return Err(format!("the file is damaged: {got} rows of {rows} are there").into());
        }
        got += records;
    }
    let mut items = Vec::with_capacity(values.len());
    let mut values = values.iter();
    // A required column has no levels at all.
    let levels = if leaf.max_def == 0 {
        values.len()
    } else {
        defs.len()
    };
    let mut widths = leaf.is_list.then(|| Widths::new(rows));
    for level in 0..levels {
        let row = match &mut widths {
            Some(widths) => widths.at(reps.get(level).copied().unwrap_or(0))?,
            None => level,
        };
        let def = defs.get(level).copied().unwrap_or(0);
        let broken = |reason: String| Broken {
            row: Some(row),
            reason,
        };
        let item = if def == leaf.max_def {
            let value = values
                .next()
                .ok_or_else(|| broken("the file is damaged: a value is missing".to_owned()))?;
            convert(value).map_err(broken)?
        } else if leaf.is_list && !(leaf.leaf_is_optional && def == leaf.max_def - 1) {
            // No list, or an empty one: it has no element, and its length tells.
            continue;
        } else {
            null.cloned().ok_or_else(|| {
                broken(format!(
                    "there is no value, and {} has none that means missing",
                    leaf.element.datatype()
                ))
            })?
        };
        if let Some(widths) = &mut widths {
            widths.add();
        }
        items.push(item);
    }
    let width = widths.map_or(Ok(1), Widths::settled)?;
    Ok(Chunk {
        data: data(items),
        width,
    })
}

/// How many elements each list has: they must all have the same number.
struct Widths {
    rows: Vec<usize>,
}

impl Widths {
    fn new(rows: usize) -> Self {
        Self {
            rows: Vec::with_capacity(rows),
        }
    }

    /// The row that a level belongs to; 0 begins a new one.
    fn at(&mut self, rep: i16) -> Result<usize, Broken> {
        if rep == 0 {
            self.rows.push(0);
        }
        let begun = self.rows.len().checked_sub(1);
        begun.ok_or_else(|| {
            "the file is damaged: a list begins nowhere"
                .to_owned()
                .into()
        })
    }

    fn add(&mut self) {
        if let Some(width) = self.rows.last_mut() {
            *width += 1;
        }
    }

    fn settled(self) -> Result<usize, Broken> {
        let width = self.rows.first().copied().unwrap_or(0);
        match self.rows.iter().position(|other| *other != width) {
            None => Ok(width),
            Some(row) => Err(Broken {
                row: Some(row),
                reason: format!(
                    "its list has {} elements, others have {width}; a tensor needs lists of one length",
                    self.rows[row]
                ),
            }),
        }
    }
}
