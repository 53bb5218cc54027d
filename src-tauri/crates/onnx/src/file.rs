//! Opening: map, recognise, scan, decode, check.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;

use crate::external::ExternalData;
use crate::proto::ModelProto;
use crate::{OnnxError, check, foreign, scan};

/// An open model. Weights are slices of the memory map that it keeps alive.
#[derive(Debug)]
pub struct Model {
    path: PathBuf,
    size_bytes: u64,
    proto: ModelProto,
    external: Vec<ExternalData>,
    took: Duration,
}

impl Model {
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the model file itself; external data files are not part of it.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    #[must_use]
    pub fn proto(&self) -> &ModelProto {
        &self.proto
    }

    /// The external data files that the tensors name, each once, in the order of their first use.
    #[must_use]
    pub(crate) fn external(&self) -> &[ExternalData] {
        &self.external
    }

    /// The external data files and their sizes; `None` for one that is missing.
    pub fn external_files(&self) -> impl Iterator<Item = (&str, Option<u64>)> {
        self.external
            .iter()
            .map(|file| (file.location.as_str(), file.size_bytes))
    }

    /// How long opening took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }
}

/// Opens an ONNX model for reading. Never runs it, never reads its weights, never opens a file outside its folder.
///
/// # Errors
/// [`OnnxError`] for whatever is not a whole, sane ONNX model.
pub fn open(path: impl AsRef<Path>) -> Result<Model, OnnxError> {
    let path = path.as_ref();
    let started = Instant::now();
    let metadata = std::fs::metadata(path).map_err(|source| OnnxError::Io {
        path: path.to_owned(),
        source,
    })?;
    foreign::reject_non_file(path, &metadata)?;
    let bytes = map(path, &metadata)?;
    foreign::reject_known(path, &bytes)?;
    scan::scan(path, &bytes)?;
    let proto = ModelProto::decode(bytes).map_err(|error| OnnxError::Damaged {
        path: path.to_owned(),
        found: format!("the model does not decode: {error}"),
    })?;
    let external = check::check(path, &proto)?;
    Ok(Model {
        path: path.to_owned(),
        size_bytes: metadata.len(),
        proto,
        external,
        took: started.elapsed(),
    })
}

#[allow(unsafe_code)]
fn map(path: &Path, metadata: &Metadata) -> Result<Bytes, OnnxError> {
    let io = |source| OnnxError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    let length =
        usize::try_from(metadata.len()).map_err(|error| io(std::io::Error::other(error)))?;
    // SAFETY: the map is read-only and private to this value. The one hazard of a file map is another process that
    // truncates or rewrites the file meanwhile; registry blobs are written once and renamed into place, and a file that
    // a person is just overwriting is their own. Bytes are only ever read as data, never as Rust types.
    let map = unsafe { memmap2::MmapOptions::new().len(length).map(&file) }.map_err(io)?;
    Ok(Bytes::from_owner(map))
}
