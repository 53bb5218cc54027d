//! What no valid model says, and what no safe model asks for. Only claims are compared (dims, lengths, names); no weight
//! is read.

use std::path::Path;

use crate::external::{self, ExternalData, ExternalFiles};
use crate::kind::{element_bits, element_name};
use crate::proto::tensor_proto::DataType;
use crate::proto::{ModelProto, NodeProto, SparseTensorProto, TensorProto};
use crate::walk::{self, Scope, Visitor, clip};
use crate::{OnnxError, foreign};

/// Checks the decoded model and returns the external files it names.
pub(crate) fn check(path: &Path, model: &ModelProto) -> Result<Vec<ExternalData>, OnnxError> {
    let Some(graph) = &model.graph else {
        return Err(foreign::not_a_model(
            path,
            "a protobuf file without a graph",
            "Give a whole model (ModelProto), not a part of one such as a tensor.",
        ));
    };
    if model.ir_version() < 1 {
        let found = format!("the model has IR version {}", model.ir_version());
        let remedy =
            "A model states the IR version it was written for, 1 or higher: export it again."
                .to_owned();
        return Err(OnnxError::Invalid {
            path: path.to_owned(),
            found,
            remedy,
        });
    }
    if graph.node.is_empty() && graph.output.is_empty() && graph.initializer.is_empty() {
        return Err(foreign::not_a_model(
            path,
            "an empty graph",
            "Give a model with nodes and outputs.",
        ));
    }
    let mut check = Check {
        path,
        files: ExternalFiles::beside(path),
    };
    walk::walk(model, &mut check)?;
    walk::walk_training(model, &mut check)?;
    Ok(check.files.into_vec())
}

/// Real tensors have a handful; messages list them all.
const RANK_MAX: usize = 256;

struct Check<'a> {
    path: &'a Path,
    files: ExternalFiles,
}

impl Visitor for Check<'_> {
    type Error = OnnxError;

    fn node(&mut self, _: &Scope, _: &NodeProto) -> Result<(), OnnxError> {
        Ok(())
    }

    fn initializer(&mut self, scope: &Scope, tensor: &TensorProto) -> Result<(), OnnxError> {
        self.tensor(&format!("tensor '{scope}{}'", clip(tensor.name())), tensor)
    }

    fn sparse_initializer(
        &mut self,
        scope: &Scope,
        sparse: &SparseTensorProto,
    ) -> Result<(), OnnxError> {
        let name = sparse.values.as_ref().map_or("", |values| values.name());
        let whole = format!("sparse tensor '{scope}{}'", clip(name));
        elements(&sparse.dims).map_err(|found| self.invalid(&whole, &found))?;
        for part in sparse.values.iter().chain(&sparse.indices) {
            self.tensor(&whole, part)?;
        }
        Ok(())
    }

    fn constant(
        &mut self,
        scope: &Scope,
        owner: &str,
        tensor: &TensorProto,
    ) -> Result<(), OnnxError> {
        self.tensor(&format!("the constant of node '{scope}{owner}'"), tensor)
    }
}

impl Check<'_> {
    fn tensor(&mut self, what: &str, tensor: &TensorProto) -> Result<(), OnnxError> {
        let bytes = stored_bytes(tensor).map_err(|found| self.invalid(what, &found))?;
        if external::is_external(tensor) {
            return self
                .files
                .check(&external::extent(tensor), bytes)
                .map_err(|found| OnnxError::Unsafe {
                    path: self.path.to_owned(),
                    found: format!("{what}: {found}"),
                    remedy:
                        "External data must be a whole, regular file inside the model's own folder."
                            .to_owned(),
                });
        }
        inline(tensor, bytes).map_err(|found| self.invalid(what, &found))
    }

    fn invalid(&self, what: &str, found: &str) -> OnnxError {
        OnnxError::Invalid {
            path: self.path.to_owned(),
            found: format!("{what} {found}"),
            remedy: "The model is broken or made to mislead: export it again.".to_owned(),
        }
    }
}

/// How many elements `dims` hold. A dim of zero is legal, a negative one is not.
pub(crate) fn elements(dims: &[i64]) -> Result<u64, String> {
    if dims.len() > RANK_MAX {
        return Err(format!("has {} dimensions", dims.len()));
    }
    let mut count = 1_u64;
    for dim in dims {
        let dim = u64::try_from(*dim).map_err(|_| format!("has a negative dimension: {dims:?}"))?;
        count = count
            .checked_mul(dim)
            .ok_or_else(|| format!("has dimensions whose product overflows: {dims:?}"))?;
    }
    Ok(count)
}

/// Bytes that the tensor's elements take in `raw_data` or an external file; `None` for strings.
pub(crate) fn stored_bytes(tensor: &TensorProto) -> Result<Option<u64>, String> {
    let count = elements(&tensor.dims)?;
    let Some(bits) = element_bits(tensor.data_type()) else {
        return match DataType::try_from(tensor.data_type()) {
            Ok(DataType::String) => Ok(None),
            _ => Err(format!(
                "has element type {}",
                element_name(tensor.data_type())
            )),
        };
    };
    let bits = count
        .checked_mul(bits)
        .ok_or_else(|| format!("has dimensions whose size overflows: {:?}", tensor.dims))?;
    Ok(Some(bits.div_ceil(8)))
}

/// Compares what the shape needs with what the file holds.
fn inline(tensor: &TensorProto, bytes: Option<u64>) -> Result<(), String> {
    let (needs, holds, unit) = match (bytes, &tensor.raw_data) {
        (None, _) => (
            elements(&tensor.dims)?,
            tensor.string_data.len() as u64,
            "strings",
        ),
        (Some(bytes), Some(raw)) => (bytes, raw.len() as u64, "bytes"),
        (Some(_), None) => return numbers(tensor),
    };
    if needs == holds {
        return Ok(());
    }
    Err(format!(
        "has shape {:?} of {}, which needs {needs} {unit}, but holds {holds}",
        tensor.dims,
        element_name(tensor.data_type())
    ))
}

/// Weights written as numbers. Fixed-width ones have an exact length; variable-width ones take one to ten bytes each.
fn numbers(tensor: &TensorProto) -> Result<(), String> {
    let count = elements(&tensor.dims)?;
    let length =
        |chunks: &[bytes::Bytes]| chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
    let (floats, doubles) = (length(&tensor.float_data), length(&tensor.double_data));
    let varints =
        length(&tensor.int32_data) + length(&tensor.int64_data) + length(&tensor.uint64_data);
    let fits = match DataType::try_from(tensor.data_type()) {
        Ok(DataType::Float) => count.checked_mul(4) == Some(floats),
        Ok(DataType::Complex64) => count.checked_mul(8) == Some(floats),
        Ok(DataType::Double) => count.checked_mul(8) == Some(doubles),
        Ok(DataType::Complex128) => count.checked_mul(16) == Some(doubles),
        // Several narrow elements may share one number.
        _ => varints <= count.saturating_mul(10) && varints >= count.div_ceil(4),
    };
    if fits {
        return Ok(());
    }
    let holds = floats + doubles + varints;
    Err(format!(
        "has shape {:?} of {}, but holds {holds} bytes of numbers",
        tensor.dims,
        element_name(tensor.data_type())
    ))
}
