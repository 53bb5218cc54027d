//! Recognising what is not a model, so that the message can say what it is instead.

use std::fs::Metadata;
use std::path::Path;

use crate::OnnxError;

const EXPORT: &str = "Give a model exported as .onnx.";

/// Refuses folders, pipes, devices and empty files before they are opened (opening a pipe would wait for ever).
pub(crate) fn reject_non_file(path: &Path, metadata: &Metadata) -> Result<(), OnnxError> {
    let found = match metadata.is_dir() {
        true => "a folder",
        false if !metadata.is_file() => "a pipe or device",
        false if metadata.len() == 0 => "an empty file (0 bytes)",
        false => return Ok(()),
    };
    let remedy = match metadata.is_dir() {
        true => "Give the .onnx file inside it.",
        false => "Give a regular .onnx file; if an export or download was cut off, run it again.",
    };
    Err(not_a_model(path, found, remedy))
}

/// Refuses other formats by their first bytes.
pub(crate) fn reject_known(path: &Path, bytes: &[u8]) -> Result<(), OnnxError> {
    let Some((found, remedy)) = recognise(bytes) else {
        return Ok(());
    };
    Err(not_a_model(path, found, remedy))
}

pub(crate) fn not_a_model(path: &Path, found: &str, remedy: &str) -> OnnxError {
    OnnxError::NotAModel {
        path: path.to_owned(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    }
}

fn recognise(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let magic = |magic: &[u8]| bytes.starts_with(magic);
    let at_4 = |magic: &[u8]| bytes.get(4..).is_some_and(|rest| rest.starts_with(magic));
    let found = if magic(b"PK\x03\x04") || magic(b"PK\x05\x06") {
        (
            "a zip archive (a PyTorch .pt, Keras or NumPy .npz file is one)",
            "Unpack it, or export the model with torch.onnx.export.",
        )
    } else if magic(b"version https://git-lfs") {
        (
            "a Git LFS pointer",
            "Fetch the real file with `git lfs pull`.",
        )
    } else if magic(b"\x80\x02") || magic(b"\x80\x03") || magic(b"\x80\x04") || magic(b"\x80\x05") {
        (
            "a Python pickle",
            "Loading one runs code, so it is not loaded here: convert the model with skl2onnx or torch.onnx.export.",
        )
    } else if magic(b"\x89HDF\r\n\x1a\n") {
        (
            "an HDF5 file (Keras weights are)",
            "Convert the model with tf2onnx.",
        )
    } else if at_4(b"ORTM") {
        (
            "an ONNX Runtime .ort file",
            "Give the .onnx file it was converted from.",
        )
    } else if at_4(b"TFL3") {
        ("a TensorFlow Lite model", "Convert the model with tf2onnx.")
    } else if bytes.get(8) == Some(&b'{') && bytes.get(9) == Some(&b'"') {
        ("a safetensors file: weights without a graph", EXPORT)
    } else if magic(b"\x1f\x8b") {
        ("a gzip archive", "Unpack it first.")
    } else if magic(b"\x7fELF") || magic(b"MZ") {
        ("a program", EXPORT)
    } else if is_text(bytes) {
        ("text", EXPORT)
    } else {
        return None;
    };
    Some(found)
}

/// A model begins with a protobuf tag; its first bytes always hold a control character that text does not.
fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..=0xff);
    head.iter().all(printable) && (std::str::from_utf8(head).is_ok() || head.is_ascii())
}
