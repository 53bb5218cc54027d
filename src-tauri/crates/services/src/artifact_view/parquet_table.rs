//! Parquet, a page at a time: whole row groups before the page are skipped by their count, the rest row by row.

use std::fs::File;
use std::path::Path;

use domain::calendar::civil;
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::page::{COLUMNS_MAX, TableColumn, TablePage, shortened};

pub(super) fn page(
    path: &Path,
    cursor: Option<&str>,
    rows_max: usize,
) -> Result<TablePage, String> {
    let first_row: i64 = match cursor {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| "the place to go on from is unknown")?,
    };
    let file = File::open(path).map_err(|error| error.to_string())?;
    let reader = SerializedFileReader::new(file).map_err(|error| error.to_string())?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema();
    let fields = schema.get_fields();
    let shown = fields.len().min(COLUMNS_MAX);
    let columns: Vec<TableColumn> = fields
        .iter()
        .take(shown)
        .map(|field| column(field))
        .collect();
    let nanos: Vec<bool> = fields
        .iter()
        .take(shown)
        .map(|field| is_nanos(field))
        .collect();
    let projection = projection(schema, shown)?;
    let row_count = metadata.file_metadata().num_rows();

    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    let mut before = 0;
    for group in 0..reader.num_row_groups() {
        let in_group = metadata.row_group(group).num_rows();
        let skip = (first_row - before).max(0);
        before += in_group;
        if skip >= in_group || rows.len() >= rows_max {
            continue;
        }
        let group = reader
            .get_row_group(group)
            .map_err(|error| error.to_string())?;
        let found = group
            .get_row_iter(projection.clone())
            .map_err(|error| error.to_string())?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        for row in found.skip(skip).take(rows_max - rows.len()) {
            rows.push(cells(&row.map_err(|error| error.to_string())?, &nanos));
        }
    }
    let end = first_row + i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Ok(TablePage {
        columns,
        column_count: i64::try_from(fields.len()).unwrap_or(i64::MAX),
        next: (end < row_count && !rows.is_empty()).then(|| end.to_string()),
        rows,
        first_row,
        row_count: Some(row_count),
        to_byte: 0,
        size_bytes: 0,
        facts: facts(&reader),
    })
}

/// The first columns of a file that has very many.
fn projection(schema: &Type, shown: usize) -> Result<Option<Type>, String> {
    let fields = schema.get_fields();
    if fields.len() == shown {
        return Ok(None);
    }
    Type::group_type_builder(schema.name())
        .with_fields(fields[..shown].to_vec())
        .build()
        .map(Some)
        .map_err(|error| error.to_string())
}

fn facts(reader: &SerializedFileReader<File>) -> Vec<String> {
    let metadata = reader.metadata();
    let groups = reader.num_row_groups();
    let mut facts = vec![format!(
        "{groups} row group{}",
        if groups == 1 { "" } else { "s" }
    )];
    if groups > 0 && metadata.row_group(0).num_columns() > 0 {
        let codec = metadata.row_group(0).column(0).compression().to_string();
        let codec = codec.split('(').next().unwrap_or_default().to_lowercase();
        facts.push(codec);
    }
    if let Some(writer) = metadata.file_metadata().created_by() {
        facts.push(format!("written by {writer}"));
    }
    facts
}

fn column(field: &Type) -> TableColumn {
    let kind = kind(field);
    let numeric = field.is_primitive()
        && (kind.starts_with("int")
            || kind.starts_with("uint")
            || kind.starts_with("float")
            || kind.starts_with("decimal"));
    let info = field.get_basic_info();
    TableColumn {
        name: field.name().to_owned(),
        numeric,
        nullable: !info.has_repetition() || info.repetition() != Repetition::REQUIRED,
        kind,
    }
}

/// As Arrow and pandas write types.
fn kind(field: &Type) -> String {
    if !field.is_primitive() {
        return match field.get_basic_info().logical_type_ref() {
            Some(LogicalType::List) => "list".to_owned(),
            Some(LogicalType::Map) => "map".to_owned(),
            _ => "struct".to_owned(),
        };
    }
    match field.get_basic_info().logical_type_ref() {
        Some(LogicalType::String) => "string".to_owned(),
        Some(LogicalType::Date) => "date".to_owned(),
        Some(LogicalType::Timestamp(stamp)) => format!("timestamp[{}]", unit(&stamp.unit)),
        Some(LogicalType::Time(time)) => format!("time[{}]", unit(&time.unit)),
        Some(LogicalType::Decimal(d)) => format!("decimal({}, {})", d.precision, d.scale),
        Some(LogicalType::Integer(int)) => {
            let sign = if int.is_signed { "" } else { "u" };
            format!("{sign}int{}", int.bit_width)
        }
        Some(LogicalType::Json) => "json".to_owned(),
        Some(LogicalType::Float16) => "float16".to_owned(),
        _ => plain_kind(field).to_owned(),
    }
}

/// Files of older writers say it by a converted type, or not at all.
fn plain_kind(field: &Type) -> &'static str {
    match field.get_basic_info().converted_type() {
        ConvertedType::UTF8 | ConvertedType::ENUM => "string",
        ConvertedType::JSON => "json",
        ConvertedType::DATE => "date",
        ConvertedType::TIMESTAMP_MILLIS => "timestamp[ms]",
        ConvertedType::TIMESTAMP_MICROS => "timestamp[us]",
        ConvertedType::UINT_8 => "uint8",
        ConvertedType::UINT_16 => "uint16",
        ConvertedType::UINT_32 => "uint32",
        ConvertedType::UINT_64 => "uint64",
        ConvertedType::INT_8 => "int8",
        ConvertedType::INT_16 => "int16",
        ConvertedType::DECIMAL => "decimal",
        _ => match field.get_physical_type() {
            Physical::BOOLEAN => "bool",
            Physical::INT32 => "int32",
            Physical::INT64 => "int64",
            Physical::INT96 => "timestamp[ns]",
            Physical::FLOAT => "float32",
            Physical::DOUBLE => "float64",
            Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => "binary",
        },
    }
}

fn unit(unit: &TimeUnit) -> &'static str {
    match unit {
        TimeUnit::MILLIS => "ms",
        TimeUnit::MICROS => "us",
        TimeUnit::NANOS => "ns",
    }
}

/// The reader knows no nanoseconds and gives the bare number.
fn is_nanos(field: &Type) -> bool {
    matches!(
        field.get_basic_info().logical_type_ref(),
        Some(LogicalType::Timestamp(stamp)) if stamp.unit == TimeUnit::NANOS
    )
}

fn cells(row: &Row, nanos: &[bool]) -> Vec<Option<String>> {
    row.get_column_iter()
        .zip(nanos)
        .map(|((_, field), nanos)| cell(field, *nanos))
        .collect()
}

fn cell(field: &Field, nanos: bool) -> Option<String> {
    Some(match field {
        Field::Null => return None,
        Field::Long(value) if nanos => timestamp_ns(*value),
        Field::TimestampMicros(value) => timestamp_ns(value.saturating_mul(1_000)),
        Field::TimestampMillis(value) => timestamp_ns(value.saturating_mul(1_000_000)),
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Str(text) => shortened(text),
        Field::Bytes(bytes) => {
            let head: String = bytes
                .data()
                .iter()
                .take(32)
                .map(|b| format!("{b:02x}"))
                .collect();
            format!("0x{head}{}", if bytes.len() > 32 { "…" } else { "" })
        }
        other => shortened(&other.to_string()),
    })
}

/// `2026-09-12 14:00:00`, with a fraction where there is one.
fn timestamp_ns(ns: i64) -> String {
    let seconds = ns.div_euclid(1_000_000_000);
    let fraction = ns.rem_euclid(1_000_000_000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let whole = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    if fraction == 0 {
        return whole;
    }
    let digits = format!("{fraction:09}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    const SCHEMA: &str = "message bars {
        required int64 at (TIMESTAMP(NANOS,true));
        optional double ic;
        optional binary note (UTF8);
    }";

    /// Two row groups of `rows` rows; every third value is missing.
    fn written(rows: i64) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer =
            SerializedFileWriter::new(file.reopen().unwrap(), schema, properties).unwrap();
        for group in 0..2 {
            let first = group * rows;
            let mut columns = writer.next_row_group().unwrap();
            let at: Vec<i64> = (first..first + rows)
                .map(|n| n * 60_000_000_000 + 1)
                .collect();
            let mut column = columns.next_column().unwrap().unwrap();
            column
                .typed::<Int64Type>()
                .write_batch(&at, None, None)
                .unwrap();
            column.close().unwrap();
            let there = |n: &i64| n % 3 != 0;
            let levels: Vec<i16> = (first..first + rows)
                .map(|n| i16::from(there(&n)))
                .collect();
            let ic: Vec<f64> = (first..first + rows)
                .filter(there)
                .map(|n| n as f64 / 8.0)
                .collect();
            let mut column = columns.next_column().unwrap().unwrap();
            column
                .typed::<DoubleType>()
                .write_batch(&ic, Some(&levels), None)
                .unwrap();
            column.close().unwrap();
            let notes: Vec<ByteArray> = ic
                .iter()
                .map(|v| ByteArray::from(format!("n{v}").as_str()))
                .collect();
            let mut column = columns.next_column().unwrap().unwrap();
            column
                .typed::<ByteArrayType>()
                .write_batch(&notes, Some(&levels), None)
                .unwrap();
            column.close().unwrap();
            columns.close().unwrap();
        }
        writer.close().unwrap();
        file
    }

    #[test]
    fn pages_cross_row_groups() {
        let file = written(30);
        let first = page(file.path(), None, 25).unwrap();
        let kinds: Vec<&str> = first.columns.iter().map(|c| c.kind.as_str()).collect();
        assert_eq!(kinds, ["timestamp[ns]", "float64", "string"]);
        assert_eq!(
            (first.row_count, first.next.as_deref()),
            (Some(60), Some("25"))
        );
        assert_eq!(
            first.rows[1],
            [
                Some("1970-01-01 00:01:00.000000001".to_owned()),
                Some("0.125".to_owned()),
                Some("n0.125".to_owned())
            ]
        );
        assert_eq!(first.rows[3][1], None);
        let second = page(file.path(), Some("25"), 25).unwrap();
        assert_eq!(second.rows[0][1].as_deref(), Some("3.125"));
        assert_eq!(second.rows[6][1].as_deref(), Some("3.875"));
        let third = page(file.path(), second.next.as_deref(), 25).unwrap();
        assert_eq!((third.rows.len(), third.next), (10, None));
        assert_eq!(first.facts[0], "2 row groups");
    }

    #[test]
    fn a_damaged_file_is_an_error_in_words() {
        let file = written(5);
        let bytes = std::fs::read(file.path()).unwrap();
        std::fs::write(file.path(), &bytes[..bytes.len() / 2]).unwrap();
        assert!(!page(file.path(), None, 5).unwrap_err().is_empty());
    }

    #[test]
    fn times_before_and_after_the_epoch() {
        assert_eq!(timestamp_ns(0), "1970-01-01 00:00:00");
        assert_eq!(timestamp_ns(-1), "1969-12-31 23:59:59.999999999");
        assert_eq!(
            timestamp_ns(1_709_208_000_500_000_000),
            "2024-02-29 12:00:00.5"
        );
    }
}
