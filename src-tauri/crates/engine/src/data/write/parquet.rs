//! Parquet: a required column for each output, a list of required elements for each output of several values a row.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray,
    FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use tempfile::NamedTempFile;

use super::{TableWriter, agree, finished, head, unfinished};
use crate::EngineError;
use crate::data::bad;
use crate::data::rows;
use crate::data::table::Columns;
use crate::tensor::{Data, ElementType, Tensor};

/// Rows of a row group: what readers expect to hold in memory.
const GROUP_ROWS: usize = 131_072;

/// The columns without rows.
type Head = Vec<(String, Tensor)>;

pub(super) struct ParquetWriter {
    path: PathBuf,
    file: Option<NamedTempFile>,
    /// Made with the first batch, which tells the columns.
    writer: Option<(SerializedFileWriter<std::fs::File>, Head)>,
    gathered: Option<Columns>,
}

impl ParquetWriter {
    pub(super) fn new(path: &Path) -> Result<Self, EngineError> {
        Ok(Self {
            path: path.to_owned(),
            file: Some(unfinished(path)?),
            writer: None,
            gathered: None,
        })
    }

    fn failed(&self) -> impl Fn(ParquetError) -> EngineError + use<> {
        let path = self.path.clone();
        move |error| bad(&path, format!("cannot be written: {error}"))
    }

    fn begin(&mut self, batch: &Columns) -> Result<(), EngineError> {
        let failed = self.failed();
        let fields: Vec<TypePtr> = batch
            .columns
            .iter()
            .map(|(name, tensor)| field(name, tensor))
            .collect::<Result<_, _>>()
            .map_err(&failed)?;
        let schema = Type::group_type_builder("outputs")
            .with_fields(fields)
            .build()
            .map_err(&failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("drydock".to_owned())
            .build();
        let file = self.file.as_ref().map(NamedTempFile::reopen);
        let file = file
            .transpose()
            .map_err(|error| bad(&self.path, error))?
            .ok_or_else(|| bad(&self.path, "is written already"))?;
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
            .map_err(&failed)?;
        self.writer = Some((writer, head(batch)));
        Ok(())
    }

    /// Writes what is gathered as a row group.
    fn flush(&mut self) -> Result<(), EngineError> {
        let failed = self.failed();
        let Some(gathered) = self.gathered.take() else {
            return Ok(());
        };
        let Some((writer, _)) = &mut self.writer else {
            return Ok(());
        };
        let mut group = writer.next_row_group().map_err(&failed)?;
        for (_, tensor) in &gathered.columns {
            let Some(mut column) = group.next_column().map_err(&failed)? else {
                break;
            };
            put(&mut column, tensor).map_err(&failed)?;
            column.close().map_err(&failed)?;
        }
        group.close().map_err(&failed)?;
        Ok(())
    }
}

impl TableWriter for ParquetWriter {
    fn write(&mut self, batch: &Columns) -> Result<(), EngineError> {
        match &self.writer {
            Some((_, head)) => agree(&self.path, head, batch)?,
            None => self.begin(batch)?,
        }
        match &mut self.gathered {
            Some(gathered) => rows::append(gathered, batch.clone())?,
            None => self.gathered = Some(batch.clone()),
        }
        if self
            .gathered
            .as_ref()
            .is_some_and(|gathered| gathered.rows >= GROUP_ROWS)
        {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), EngineError> {
        self.flush()?;
        let failed = self.failed();
        let Some((writer, _)) = self.writer.take() else {
            return Err(bad(&self.path, "there are no rows to write"));
        };
        writer.close().map_err(failed)?;
        match self.file.take() {
            Some(file) => finished(file, &self.path),
            None => Ok(()),
        }
    }
}

fn field(name: &str, tensor: &Tensor) -> Result<TypePtr, ParquetError> {
    let (physical, logical, length) = stored(tensor.element_type());
    let leaf = |name: &str| {
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical.clone())
            .with_length(length)
            .build()
            .map(Arc::new)
    };
    if tensor.shape().len() == 1 {
        return leaf(name);
    }
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![leaf("element")?])
        .build()?;
    Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()
        .map(Arc::new)
}

fn stored(element: ElementType) -> (Physical, Option<LogicalType>, i32) {
    let integer = |bits, signed| Some(LogicalType::integer(bits, signed));
    match element {
        ElementType::Bool => (Physical::BOOLEAN, None, 0),
        ElementType::Int8 => (Physical::INT32, integer(8, true), 0),
        ElementType::Int16 => (Physical::INT32, integer(16, true), 0),
        ElementType::Int32 => (Physical::INT32, None, 0),
        ElementType::Int64 => (Physical::INT64, None, 0),
        ElementType::Uint8 => (Physical::INT32, integer(8, false), 0),
        ElementType::Uint16 => (Physical::INT32, integer(16, false), 0),
        ElementType::Uint32 => (Physical::INT32, integer(32, false), 0),
        ElementType::Uint64 => (Physical::INT64, integer(64, false), 0),
        ElementType::Float16 => (
            Physical::FIXED_LEN_BYTE_ARRAY,
            Some(LogicalType::Float16),
            2,
        ),
        // Parquet has no BF16; every one of its values is a float32.
        ElementType::BFloat16 | ElementType::Float32 => (Physical::FLOAT, None, 0),
        ElementType::Float64 => (Physical::DOUBLE, None, 0),
        ElementType::String => (Physical::BYTE_ARRAY, Some(LogicalType::String), 0),
    }
}

fn put(column: &mut SerializedColumnWriter<'_>, tensor: &Tensor) -> Result<(), ParquetError> {
    fn values<T: DataType>(
        column: &mut SerializedColumnWriter<'_>,
        tensor: &Tensor,
        values: &[T::T],
    ) -> Result<(), ParquetError> {
        let typed = column.typed::<T>();
        if tensor.shape().len() == 1 {
            typed.write_batch(values, None, None)?;
            return Ok(());
        }
        let width = tensor.shape()[1..].iter().product::<usize>();
        if width == 0 {
            // A level for each empty list, and no value.
            let none = vec![0; tensor.shape()[0]];
            typed.write_batch(&[], Some(&none), Some(&none))?;
            return Ok(());
        }
        let defined = vec![1; values.len()];
        let repeated: Vec<i16> = (0..values.len())
            .map(|at| i16::from(at % width != 0))
            .collect();
        typed.write_batch(values, Some(&defined), Some(&repeated))?;
        Ok(())
    }
    macro_rules! as_type {
        ($kind:ty, $items:expr, $convert:expr) => {
            values::<$kind>(
                column,
                tensor,
                &$items.iter().map($convert).collect::<Vec<_>>(),
            )
        };
    }
    match tensor.data() {
        Data::Bool(items) => values::<BoolType>(column, tensor, items),
        Data::Int8(items) => as_type!(Int32Type, items, |v| i32::from(*v)),
        Data::Int16(items) => as_type!(Int32Type, items, |v| i32::from(*v)),
        Data::Int32(items) => values::<Int32Type>(column, tensor, items),
        Data::Int64(items) => values::<Int64Type>(column, tensor, items),
        Data::Uint8(items) => as_type!(Int32Type, items, |v| i32::from(*v)),
        Data::Uint16(items) => as_type!(Int32Type, items, |v| i32::from(*v)),
        Data::Uint32(items) => as_type!(Int32Type, items, |v| v.cast_signed()),
        Data::Uint64(items) => as_type!(Int64Type, items, |v| v.cast_signed()),
        Data::Float16(items) => as_type!(FixedLenByteArrayType, items, |v| {
            FixedLenByteArray::from(ByteArray::from(v.to_le_bytes().to_vec()))
        }),
        Data::BFloat16(items) => as_type!(FloatType, items, |v| v.to_f32()),
        Data::Float32(items) => values::<FloatType>(column, tensor, items),
        Data::Float64(items) => values::<DoubleType>(column, tensor, items),
        Data::String(items) => as_type!(ByteArrayType, items, |v| ByteArray::from(v.as_str())),
    }
}
