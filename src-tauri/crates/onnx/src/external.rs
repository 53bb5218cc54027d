//! External data: tensors whose bytes lie in another file beside the model.
//!
//! A model names that file in its own words, so the name is hostile until shown otherwise. It must be a plain relative
//! path that stays inside the model's folder and reaches a regular file there that is nobody else's: no absolute path, no
//! `..`, no symbolic link on the way, no second hard link (runtimes follow those), no memory address in disguise. The file
//! is only looked at (its size), never opened.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::proto::TensorProto;
use crate::proto::tensor_proto::DataLocation;
use crate::walk::clip;

/// The word by which ONNX Runtime marks "this tensor lies at that address of my memory". In a file it is an attack.
const MEMORY_ADDRESS_MARKER: &str = "_ORT_MEM_ADDR_";

/// No file system takes longer ones.
const PATH_BYTES_MAX: usize = 4096;

/// One external data file that a model names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExternalData {
    pub location: String,
    /// `None` when the file is not there.
    pub size_bytes: Option<u64>,
}

/// Where in which file a tensor's bytes lie.
#[derive(Debug, Default)]
pub(crate) struct Extent<'a> {
    pub location: &'a str,
    offset: Option<&'a str>,
    length: Option<&'a str>,
}

impl Extent<'_> {
    /// Where the bytes begin; what is no number was refused when the model was opened.
    pub(crate) fn offset(&self) -> u64 {
        self.offset.and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

#[must_use]
pub(crate) fn is_external(tensor: &TensorProto) -> bool {
    tensor.data_location() == DataLocation::External || !tensor.external_data.is_empty()
}

#[must_use]
pub(crate) fn extent(tensor: &TensorProto) -> Extent<'_> {
    let mut extent = Extent::default();
    for entry in &tensor.external_data {
        match entry.key() {
            "location" => extent.location = entry.value(),
            "offset" => extent.offset = Some(entry.value()),
            "length" => extent.length = Some(entry.value()),
            _ => {}
        }
    }
    extent
}

/// Remembers each file once, in the order of first use.
#[derive(Debug)]
pub(crate) struct ExternalFiles {
    folder: PathBuf,
    known: HashMap<String, usize>,
    files: Vec<ExternalData>,
}

impl ExternalFiles {
    /// Files beside the model at `path`.
    pub(crate) fn beside(path: &Path) -> Self {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Self {
            folder,
            known: HashMap::new(),
            files: Vec::new(),
        }
    }

    pub(crate) fn into_vec(self) -> Vec<ExternalData> {
        self.files
    }

    /// Checks that the tensor's bytes lie inside the folder and, where the file is there, inside the file.
    pub(crate) fn check(&mut self, extent: &Extent<'_>, bytes: Option<u64>) -> Result<(), String> {
        let location = extent.location;
        let index = match self.known.get(location) {
            Some(index) => *index,
            None => {
                let size_bytes = resolve(&self.folder, location)?;
                self.files.push(ExternalData {
                    location: location.to_owned(),
                    size_bytes,
                });
                self.known.insert(location.to_owned(), self.files.len() - 1);
                self.files.len() - 1
            }
        };
        let number = |name: &str, text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => text.parse::<u64>().map(Some).map_err(|_| {
                format!("external data in '{location}' has {name} '{text}', which is no byte count")
            }),
        };
        let offset = number("offset", extent.offset)?.unwrap_or(0);
        let length = number("length", extent.length)?;
        if let (Some(length), Some(bytes)) = (length, bytes)
            && length != bytes
        {
            return Err(format!(
                "external data in '{location}' is {length} bytes long, but the shape needs {bytes}"
            ));
        }
        let Some(size) = self.files[index].size_bytes else {
            return Ok(());
        };
        let end = offset.checked_add(length.or(bytes).unwrap_or(0));
        match end {
            Some(end) if end <= size => Ok(()),
            _ => Err(format!(
                "external data in '{location}' reaches beyond the end of that file ({size} bytes)"
            )),
        }
    }
}

/// The size of the file at `location` under `folder`; `None` when there is none; an error when it must not be touched.
fn resolve(folder: &Path, location: &str) -> Result<Option<u64>, String> {
    if location.is_empty() {
        return Err("external data names no file".to_owned());
    }
    if location.len() > PATH_BYTES_MAX {
        return Err(format!(
            "external data '{}...' has a name of {} bytes",
            clip(location),
            location.len()
        ));
    }
    if location.contains(MEMORY_ADDRESS_MARKER) {
        return Err(format!(
            "external data '{location}' is a memory address, not a file"
        ));
    }
    let windows_drive = location.as_bytes().get(1) == Some(&b':');
    if location.starts_with('/') || location.starts_with('\\') || windows_drive {
        return Err(format!("external data '{location}' is an absolute path"));
    }
    if location.contains('\0') || location.contains('\\') {
        return Err(format!(
            "external data '{}' is not a plain relative path",
            location.escape_default()
        ));
    }
    let mut path = folder.to_owned();
    let mut metadata = None;
    for component in Path::new(location).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => continue,
            _ => {
                return Err(format!(
                    "external data '{location}' leaves the model's folder"
                ));
            }
        }
        let Ok(found) = std::fs::symlink_metadata(&path) else {
            return Ok(None);
        };
        if found.file_type().is_symlink() {
            return Err(format!(
                "external data '{location}' goes through a symbolic link"
            ));
        }
        metadata = Some(found);
    }
    let Some(metadata) = metadata else {
        return Err(format!("external data '{location}' names no file"));
    };
    if !metadata.is_file() {
        return Err(format!("external data '{location}' is not a regular file"));
    }
    if has_other_names(&metadata) {
        return Err(format!(
            "external data '{location}' is a hard link to a file that also lies elsewhere"
        ));
    }
    Ok(Some(metadata.len()))
}

#[cfg(unix)]
fn has_other_names(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

/// The standard library does not tell link counts here; reading only ever asks for the size.
#[cfg(not(unix))]
fn has_other_names(_: &std::fs::Metadata) -> bool {
    false
}
