//! Attributes as one line of text. Long lists show their beginning and say how much more there is.

use bytes::Bytes;

use crate::kind::element_name;
use crate::proto::{AttributeProto, GraphProto, TensorProto};

/// How many elements of a list are spelled out.
const SHOWN_ELEMENTS: usize = 32;
/// How many characters of a string are spelled out.
const SHOWN_CHARACTERS: usize = 400;

#[must_use]
pub(crate) fn text(attribute: &AttributeProto) -> String {
    let a = attribute;
    if !a.ref_attr_name().is_empty() {
        return format!("@{}", a.ref_attr_name());
    }
    // Not by `type`: models before IR version 2 leave it out.
    if let Some(value) = a.f {
        value.to_string()
    } else if let Some(value) = a.i {
        value.to_string()
    } else if let Some(value) = &a.s {
        string(value)
    } else if let Some(value) = &a.t {
        tensor(value)
    } else if let Some(value) = &a.g {
        graph(value)
    } else if let Some(sparse) = &a.sparse_tensor {
        format!("sparse{:?}", sparse.dims)
    } else if !a.floats.is_empty() {
        list(&a.floats, f32::to_string)
    } else if !a.ints.is_empty() {
        list(&a.ints, i64::to_string)
    } else if !a.strings.is_empty() {
        list(&a.strings, string)
    } else if !a.tensors.is_empty() {
        list(&a.tensors, tensor)
    } else if !a.graphs.is_empty() {
        list(&a.graphs, graph)
    } else if a.tp.is_some() {
        crate::kind::describe(a.tp.as_ref()).0
    } else {
        "[]".to_owned()
    }
}

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = items.iter().take(SHOWN_ELEMENTS).map(text).collect();
    match items.len() - shown.len() {
        0 => format!("[{}]", shown.join(", ")),
        more => format!("[{}, ... {more} more]", shown.join(", ")),
    }
}

fn string(bytes: &Bytes) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return format!("{} bytes", bytes.len());
    };
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}... {} more bytes", &text[..end], text.len() - end),
    }
}

fn tensor(tensor: &TensorProto) -> String {
    format!("{}{:?}", element_name(tensor.data_type()), tensor.dims)
}

fn graph(graph: &GraphProto) -> String {
    format!("graph '{}' of {} nodes", graph.name(), graph.node.len())
}
