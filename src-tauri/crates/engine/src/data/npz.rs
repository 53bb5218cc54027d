//! NumPy's `.npz`: a zip of `.npy` members. Stored members are read where they lie; compressed ones stream.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::npy::{Header, NpySource};
use super::table::{Batches, Columns, DataFormat, Source, Table, same_rows};
use super::{bad, listed};
use crate::EngineError;
use crate::tensor::Tensor;

/// Compressed arrays in Fortran order can only be read whole.
const WHOLE_BYTES_MAX: u64 = 2 << 30;

pub(super) fn open(path: &Path) -> Result<Table, EngineError> {
    let file = File::open(path).map_err(|error| bad(path, error))?;
    let broken =
        |error: &dyn std::fmt::Display| bad(path, format!("is no readable NPZ file: {error}"));
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?;
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else {
            continue;
        };
        let packed = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                return Err(bad(
                    path,
                    format!("array '{name}' is packed by {other}, which NumPy never does"),
                ));
            }
        };
        let start = entry
            .data_start()
            .ok_or_else(|| bad(path, format!("array '{name}' lies nowhere in the file")))?;
        members.push((name, packed, start, entry.compressed_size()));
    }
    if members.is_empty() {
        return Err(bad(path, "holds no arrays"));
    }
    let members: Vec<Member> = members
        .into_iter()
        .map(|member| Member::new(path, member))
        .collect::<Result<_, _>>()?;
    let columns = members
        .iter()
        .map(|member| member.npy.header.described(&member.npy.name))
        .collect();
    let rows = same_rows(members.iter().map(|member| member.npy.header.rows()));
    let source = NpzSource {
        path: path.to_owned(),
        members,
    };
    Ok(Table::new(path, DataFormat::Npz, columns, rows, source))
}

struct Member {
    npy: NpySource,
    packed: bool,
    packed_bytes: u64,
}

impl Member {
    fn new(
        path: &Path,
        (name, packed, start, packed_bytes): (String, bool, u64, u64),
    ) -> Result<Self, EngineError> {
        let mut reader = raw(path, start, packed_bytes)?;
        let header = if packed {
            Header::read(&mut DeflateDecoder::new(reader))
        } else {
            Header::read(&mut reader)
        };
        let named = |reason: String| bad(path, format!("array '{name}' {reason}"));
        let header = header.map_err(named)?;
        header.data_bytes().map_err(named)?;
        Ok(Self {
            npy: NpySource {
                path: path.to_owned(),
                base: start,
                name,
                header,
            },
            packed,
            packed_bytes,
        })
    }

    fn whole(&self) -> Result<Tensor, EngineError> {
        if !self.packed {
            return self.npy.whole();
        }
        let header = &self.npy.header;
        let bytes = header.data_bytes().unwrap_or(u64::MAX);
        if bytes > WHOLE_BYTES_MAX {
            return Err(
                self.named("is larger than 2 GB and packed in an order that cannot be streamed")
            );
        }
        let mut reader = self.unpacked()?;
        header
            .whole(&mut reader)
            .map_err(|reason| self.named(reason))
    }

    /// Behind the header.
    fn unpacked(&self) -> Result<impl Read + Send + use<>, EngineError> {
        let raw = raw(&self.npy.path, self.npy.base, self.packed_bytes)?;
        let mut reader = BufReader::with_capacity(1 << 17, DeflateDecoder::new(raw));
        Header::read(&mut reader).map_err(|reason| self.named(reason))?;
        Ok(reader)
    }

    fn named(&self, reason: impl std::fmt::Display) -> EngineError {
        bad(
            &self.npy.path,
            format!("array '{}' {reason}", self.npy.name),
        )
    }

    fn tensors(&self, rows_max: usize) -> Result<Tensors, EngineError> {
        let header = self.npy.header.clone();
        if !self.packed {
            return Ok(Box::new(self.npy.tensors(rows_max)?));
        }
        if header.fortran_order && header.shape.len() > 1 {
            let whole = self.whole()?;
            let rows = header.shape[0];
            let starts = (0..rows).step_by(rows_max.min(rows).max(1));
            return Ok(Box::new(starts.map(move |from| {
                Ok(super::rows::slice(
                    &whole,
                    from,
                    from.saturating_add(rows_max),
                ))
            })));
        }
        let rows = *header
            .shape
            .first()
            .ok_or_else(|| self.named("is a single value, which has no rows"))?;
        let width: usize = header.shape[1..].iter().product();
        let mut reader = self.unpacked()?;
        let (path, name) = (self.npy.path.clone(), self.npy.name.clone());
        let mut from = 0;
        Ok(Box::new(std::iter::from_fn(move || {
            if from >= rows {
                return None;
            }
            let count = rows_max.min(rows - from);
            from += count;
            let mut shape = header.shape.clone();
            shape[0] = count;
            let data = header.decode(&mut reader, count * width);
            Some(
                data.map_err(|reason| bad(&path, format!("array '{name}' {reason}")))
                    .and_then(|data| Tensor::new(shape, data)),
            )
        })))
    }
}

type Tensors = Box<dyn Iterator<Item = Result<Tensor, EngineError>> + Send>;

fn raw(path: &Path, start: u64, bytes: u64) -> Result<std::io::Take<BufReader<File>>, EngineError> {
    let mut file = File::open(path).map_err(|error| bad(path, error))?;
    file.seek(SeekFrom::Start(start))
        .map_err(|error| bad(path, error))?;
    Ok(BufReader::with_capacity(1 << 17, file).take(bytes))
}

struct NpzSource {
    path: PathBuf,
    members: Vec<Member>,
}

impl Source for NpzSource {
    fn batches(&self, chosen: &[usize], rows_max: usize) -> Result<Batches, EngineError> {
        let members: Vec<&Member> = chosen.iter().map(|&at| &self.members[at]).collect();
        let lengths = members.iter().map(|member| member.npy.header.rows());
        if !members.is_empty() && same_rows(lengths).is_none() {
            let shapes: Vec<String> = members
                .iter()
                .map(|member| format!("{} {:?}", member.npy.name, member.npy.header.shape))
                .collect();
            let shapes = listed(shapes.iter().map(String::as_str));
            return Err(bad(
                &self.path,
                format!("its arrays do not have the same number of rows: {shapes}"),
            ));
        }
        let mut streams = Vec::new();
        for member in members {
            streams.push((member.npy.name.clone(), member.tensors(rows_max)?));
        }
        Ok(Batches(Box::new(std::iter::from_fn(move || {
            let mut columns = Vec::with_capacity(streams.len());
            for (name, stream) in &mut streams {
                match stream.next()? {
                    Ok(tensor) => columns.push((name.clone(), tensor)),
                    Err(error) => return Some(Err(error)),
                }
            }
            (!columns.is_empty()).then(|| Columns::new(columns))
        }))))
    }

    fn between(
        &self,
        chosen: &[usize],
        from: usize,
        to: usize,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        let part = |&at: &usize| {
            let member = &self.members[at];
            let tensor = if member.packed {
                super::rows::slice(&member.whole()?, from, to)
            } else {
                member.npy.between(from, to)?
            };
            Ok((member.npy.name.clone(), tensor))
        };
        chosen.iter().map(part).collect()
    }

    fn arrays(&self, chosen: &[usize]) -> Result<Vec<(String, Tensor)>, EngineError> {
        let array = |&at: &usize| {
            let member = &self.members[at];
            Ok((member.npy.name.clone(), member.whole()?))
        };
        chosen.iter().map(array).collect()
    }
}
