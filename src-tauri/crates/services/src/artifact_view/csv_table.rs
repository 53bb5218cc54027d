//! Separated values, a page at a time: each page says at which byte the next begins, so that none is read twice.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::page::{COLUMNS_MAX, TableColumn, TablePage, shortened};

/// A page reads no more of the file than this, whatever its rows hold.
const PAGE_BYTES_MAX: u64 = 16_000_000;
const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Where a page begins: `byte:row`.
struct Place {
    byte: u64,
    row: i64,
}

impl Place {
    fn read(cursor: Option<&str>) -> Option<Self> {
        let Some(text) = cursor else {
            return Some(Self { byte: 0, row: 0 });
        };
        let (byte, row) = text.split_once(':')?;
        Some(Self {
            byte: byte.parse().ok()?,
            row: row.parse().ok()?,
        })
    }
}

pub(super) fn page(
    path: &Path,
    cursor: Option<&str>,
    rows_max: usize,
) -> Result<TablePage, String> {
    let place = Place::read(cursor).ok_or("the place to go on from is unknown")?;
    let separator = separator(path).map_err(|error| error.to_string())?;
    let header = records(path, 0, separator, 1)?;
    let names = header.rows.into_iter().next().unwrap_or_default();
    let begin = if place.byte == 0 {
        header.to_byte
    } else {
        place.byte
    };
    let read = records(path, begin, separator, rows_max)?;
    if read.rows.is_empty() && !read.ended {
        return Err(format!("a row is longer than {PAGE_BYTES_MAX} bytes"));
    }
    let width = read.rows.iter().map(Vec::len).chain([names.len()]).max();
    let width = width.unwrap_or(0);
    let shown = width.min(COLUMNS_MAX);
    let columns = (0..shown)
        .map(|at| column(names.get(at).map_or("", String::as_str), at, &read.rows))
        .collect();
    let count = i64::try_from(read.rows.len()).unwrap_or(i64::MAX);
    let end_row = place.row + count;
    Ok(TablePage {
        columns,
        column_count: i64::try_from(width).unwrap_or(i64::MAX),
        rows: read
            .rows
            .into_iter()
            .map(|row| {
                (0..shown)
                    .map(|at| row.get(at).map(|cell| shortened(cell)))
                    .collect()
            })
            .collect(),
        first_row: place.row,
        row_count: read.ended.then_some(end_row),
        next: (!read.ended).then(|| format!("{}:{end_row}", read.to_byte)),
        to_byte: i64::try_from(read.to_byte).unwrap_or(i64::MAX),
        size_bytes: 0,
        facts: vec![format!("separated by {}", separator_name(separator))],
    })
}

struct Records {
    rows: Vec<Vec<String>>,
    to_byte: u64,
    ended: bool,
}

fn records(path: &Path, from: u64, separator: u8, rows_max: usize) -> Result<Records, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    file.seek(SeekFrom::Start(from))
        .map_err(|error| error.to_string())?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(file.take(PAGE_BYTES_MAX));
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    let mut to_byte = from;
    while rows.len() < rows_max {
        let more = reader
            .read_byte_record(&mut record)
            .map_err(|error| error.to_string())?;
        let at = from + reader.position().byte();
        // The last record of a piece that the limit cut off is not whole: it belongs to the next page.
        let cut_off = at >= from + PAGE_BYTES_MAX && at < size;
        if !more || cut_off {
            break;
        }
        to_byte = at;
        let cells = record.iter().map(|cell| String::from_utf8_lossy(cell));
        rows.push(cells.map(std::borrow::Cow::into_owned).collect());
    }
    Ok(Records {
        rows,
        to_byte,
        ended: to_byte >= size,
    })
}

fn column(name: &str, at: usize, rows: &[Vec<String>]) -> TableColumn {
    let mut cells = rows
        .iter()
        .filter_map(|row| row.get(at))
        .filter(|cell| !cell.is_empty())
        .peekable();
    let some = cells.peek().is_some();
    let numeric = some && cells.all(|cell| cell.trim().parse::<f64>().is_ok());
    TableColumn {
        name: if name.is_empty() {
            format!("column {}", at + 1)
        } else {
            shortened(name.trim_start_matches('\u{feff}'))
        },
        kind: if numeric { "number" } else { "text" }.to_owned(),
        numeric,
        nullable: false,
    }
}

/// The separator that the first line has most of.
fn separator(path: &Path) -> std::io::Result<u8> {
    let mut head = Vec::new();
    File::open(path)?.take(64 * 1024).read_to_end(&mut head)?;
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    // Of equals the first wins: a line without any is one column of comma separated values.
    let best = SEPARATORS.into_iter().rev().max_by_key(|s| count(*s));
    Ok(best.unwrap_or(b','))
}

fn separator_name(separator: u8) -> &'static str {
    match separator {
        b'\t' => "tab",
        b';' => "semicolon",
        b'|' => "bar",
        _ => "comma",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let body: String = (0..25)
            .map(|n| format!("{n},\"line {n}\nsecond\",0.{n}\n"))
            .collect();
        let file = file(&format!("id,note,ic\n{body}"));
        let mut cursor = None;
        let mut seen = Vec::new();
        loop {
            let page = page(file.path(), cursor.as_deref(), 10).unwrap();
            let names: Vec<&str> = page.columns.iter().map(|c| c.name.as_str()).collect();
            assert_eq!(names, ["id", "note", "ic"]);
            assert_eq!(page.first_row as usize, seen.len());
            assert!(page.columns[0].numeric && !page.columns[1].numeric);
            seen.extend(page.rows.iter().map(|row| row[0].clone().unwrap()));
            cursor = page.next;
            if cursor.is_none() {
                assert_eq!(page.row_count, Some(25));
                break;
            }
            assert_eq!(page.row_count, None);
        }
        let wanted: Vec<String> = (0..25).map(|n| n.to_string()).collect();
        assert_eq!(seen, wanted);
    }

    #[test]
    fn separators_widths_and_foreign_bytes() {
        let semicolons = file("a;b\n1;2\n3;4;5\n");
        let page_one = page(semicolons.path(), None, 10).unwrap();
        assert_eq!(page_one.column_count, 3);
        assert_eq!(
            page_one.rows[0],
            [Some("1".to_owned()), Some("2".to_owned()), None]
        );
        assert_eq!(page_one.columns[2].name, "column 3");
        let latin = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(latin.path(), b"name\ncaf\xe9\n").unwrap();
        assert_eq!(
            page(latin.path(), None, 10).unwrap().rows[0][0].as_deref(),
            Some("caf\u{fffd}")
        );
        assert!(page(latin.path(), Some("nonsense"), 10).is_err());
    }
}
