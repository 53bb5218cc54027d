//! NPY and NPZ. How many rows there will be is known only at the end, so the elements are gathered in a file of their own
//! and the header is put before them when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{TableWriter, agree, finished, folder_of, head, unfinished};
use crate::EngineError;
use crate::data::bad;
use crate::data::table::Columns;
use crate::tensor::{Data, Tensor};

pub(super) struct ArrayWriter {
    path: PathBuf,
    file: NamedTempFile,
    arrays: Vec<Gathering>,
    head: Option<Vec<(String, Tensor)>>,
}

struct Gathering {
    name: String,
    element: Element,
    shape: Vec<usize>,
    elements: BufWriter<File>,
}

/// How an element is stored; text is padded to the longest, which only the end tells.
enum Element {
    Number(&'static str),
    Text { chars_max: usize },
}

impl ArrayWriter {
    pub(super) fn new(path: &Path) -> Result<Self, EngineError> {
        Ok(Self {
            path: path.to_owned(),
            file: unfinished(path)?,
            arrays: Vec::new(),
            head: None,
        })
    }

    fn is_single(&self) -> bool {
        self.path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
    }

    fn begin(&mut self, batch: &Columns) -> io::Result<()> {
        for (name, tensor) in &batch.columns {
            let mut shape = tensor.shape().to_vec();
            if let Some(rows) = shape.first_mut() {
                *rows = 0;
            }
            self.arrays.push(Gathering {
                name: name.clone(),
                element: element(tensor.data()),
                shape,
                // Beside the target: a confined process may write nowhere else.
                elements: BufWriter::new(tempfile::tempfile_in(folder_of(&self.path))?),
            });
        }
        self.head = Some(head(batch));
        Ok(())
    }

    fn complete(&mut self) -> io::Result<()> {
        if self.is_single() {
            if let [array] = self.arrays.as_mut_slice() {
                array.put(self.file.as_file_mut())?;
            }
            return Ok(());
        }
        let mut zip = ZipWriter::new(BufWriter::new(self.file.as_file_mut()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        for array in &mut self.arrays {
            zip.start_file(format!("{}.npy", array.name), options)?;
            array.put(&mut zip)?;
        }
        zip.finish()?.flush()
    }
}

impl TableWriter for ArrayWriter {
    fn write(&mut self, batch: &Columns) -> Result<(), EngineError> {
        let failed =
            |path: &Path, error: io::Error| bad(path, format!("cannot be written: {error}"));
        if self.is_single() && batch.columns.len() != 1 {
            let reason = format!(
                "a .npy file holds one array, not {}; save as .npz",
                batch.columns.len()
            );
            return Err(bad(&self.path, reason));
        }
        match &self.head {
            Some(head) => agree(&self.path, head, batch)?,
            None => self
                .begin(batch)
                .map_err(|error| failed(&self.path, error))?,
        }
        for (array, (_, tensor)) in self.arrays.iter_mut().zip(&batch.columns) {
            array
                .add(tensor)
                .map_err(|error| failed(&self.path, error))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), EngineError> {
        self.complete()
            .map_err(|error| bad(&self.path, format!("cannot be written: {error}")))?;
        finished(self.file, &self.path)
    }
}

impl Gathering {
    fn add(&mut self, tensor: &Tensor) -> io::Result<()> {
        if let (Some(rows), Some(more)) = (self.shape.first_mut(), tensor.shape().first()) {
            *rows += more;
        }
        if let (Data::String(items), Element::Text { chars_max }) =
            (tensor.data(), &mut self.element)
        {
            for item in items {
                *chars_max = (*chars_max).max(item.chars().count());
                self.elements
                    .write_all(&(item.len() as u64).to_le_bytes())?;
                self.elements.write_all(item.as_bytes())?;
            }
            return Ok(());
        }
        numbers(tensor.data(), &mut self.elements)
    }

    /// Header and elements.
    fn put(&mut self, to: &mut impl Write) -> io::Result<()> {
        let descr = match &self.element {
            Element::Number(descr) => (*descr).to_owned(),
            Element::Text { chars_max } => format!("<U{chars_max}"),
        };
        to.write_all(&header(&descr, &self.shape))?;
        self.elements.flush()?;
        let from = self.elements.get_mut();
        from.seek(SeekFrom::Start(0))?;
        let mut from = io::BufReader::new(from);
        match self.element {
            Element::Number(_) => io::copy(&mut from, to).map(drop),
            Element::Text { chars_max } => {
                texts(&mut from, chars_max, self.shape.iter().product(), to)
            }
        }
    }
}

fn texts(
    from: &mut impl Read,
    chars_max: usize,
    count: usize,
    to: &mut impl Write,
) -> io::Result<()> {
    for _ in 0..count {
        let mut length = [0_u8; 8];
        from.read_exact(&mut length)?;
        let mut text = vec![0; u64::from_le_bytes(length) as usize];
        from.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        let padding = chars_max - text.chars().count();
        let codes = text
            .chars()
            .map(u32::from)
            .chain(std::iter::repeat_n(0, padding));
        for code in codes {
            to.write_all(&code.to_le_bytes())?;
        }
    }
    Ok(())
}

/// numpy.lib.format, version 1.0: the elements begin at a multiple of 64.
fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let dims: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let mut text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        dims.join(", ")
    );
    const BEFORE: usize = 10;
    let length = (BEFORE + text.len() + 1).next_multiple_of(64) - BEFORE;
    text.extend(std::iter::repeat_n(' ', length - text.len() - 1));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend_from_slice(&(length as u16).to_le_bytes());
    header.extend_from_slice(text.as_bytes());
    header
}

fn element(data: &Data) -> Element {
    Element::Number(match data {
        Data::Bool(_) => "|b1",
        Data::Int8(_) => "|i1",
        Data::Int16(_) => "<i2",
        Data::Int32(_) => "<i4",
        Data::Int64(_) => "<i8",
        Data::Uint8(_) => "|u1",
        Data::Uint16(_) => "<u2",
        Data::Uint32(_) => "<u4",
        Data::Uint64(_) => "<u8",
        Data::Float16(_) => "<f2",
        // NumPy has no BF16; every one of its values is a float32.
        Data::BFloat16(_) | Data::Float32(_) => "<f4",
        Data::Float64(_) => "<f8",
        Data::String(_) => return Element::Text { chars_max: 0 },
    })
}

fn numbers(data: &Data, to: &mut impl Write) -> io::Result<()> {
    macro_rules! all {
        ($items:expr) => {
            $items
                .iter()
                .try_for_each(|item| to.write_all(&item.to_le_bytes()))
        };
    }
    match data {
        Data::Bool(items) => items
            .iter()
            .try_for_each(|item| to.write_all(&[u8::from(*item)])),
        Data::Int8(items) => all!(items),
        Data::Int16(items) => all!(items),
        Data::Int32(items) => all!(items),
        Data::Int64(items) => all!(items),
        Data::Uint8(items) => to.write_all(items),
        Data::Uint16(items) => all!(items),
        Data::Uint32(items) => all!(items),
        Data::Uint64(items) => all!(items),
        Data::Float16(items) => all!(items),
        Data::BFloat16(items) => items
            .iter()
            .try_for_each(|item| to.write_all(&item.to_f32().to_le_bytes())),
        Data::Float32(items) => all!(items),
        Data::Float64(items) => all!(items),
        Data::String(_) => Ok(()),
    }
}
