//! Whether a runtime can load a model, and which nodes it has no kernel for: found out by loading, never from a list.
//!
//! The runtime stops at the first node that it cannot place. That node is cut out, what it makes becomes an input of the
//! type that the file states, and the rest is tried again, until the runtime is content or a type is missing.

use onnx::proto::{GraphProto, ModelProto, OperatorSetIdProto};
use onnx::shapes::probe::ProbedGraph;
use onnx::write;
use ort::session::builder::GraphOptimizationLevel;
use prost::Message;
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::error::ort_text;
use crate::{CancelToken, EngineError, Runtime, session};

/// Nodes that are named; a model that lacks more lacks everything.
const MISSING_MAX: usize = 64;
/// An operator set that no runtime knows: its refusal names the newest that it does.
const UNKNOWN_OPSET: i64 = 100_000;

/// What a runtime makes of a model, with its kernels for the CPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelCompatibility {
    pub runtime_version: String,
    pub opsets: Vec<OpsetSupport>,
    /// Nodes that have no kernel.
    pub missing: Vec<MissingKernel>,
    /// Every node was tried. If not, `problem` says what came in between.
    pub complete: bool,
    /// The runtime's own words where it refuses the model for another reason.
    pub problem: Option<String>,
}

/// One operator set that the model uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OpsetSupport {
    pub domain: String,
    #[specta(type = Number)]
    pub version: i64,
    /// The newest that this runtime supports officially, as it says itself; null where it does not say.
    #[specta(type = Option<Number>)]
    pub newest: Option<i64>,
    /// The first release of ONNX Runtime that supports this version; null for a set that is not in the table.
    pub since_runtime: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct MissingKernel {
    pub node: String,
    pub op: String,
    /// The version of the operator.
    #[specta(type = Number)]
    pub since_version: i64,
}

/// Tries the model on the CPU.
///
/// # Errors
/// [`EngineError::Cancelled`]. That the model does not load is an answer.
pub fn check(
    runtime: &Runtime,
    model: &onnx::Model,
    cancel: &CancelToken,
) -> Result<ModelCompatibility, EngineError> {
    let proto = model.proto();
    let mut found = ModelCompatibility {
        runtime_version: runtime.version().to_owned(),
        opsets: proto
            .opset_import
            .iter()
            .map(|opset| support(runtime, opset))
            .collect(),
        missing: Vec::new(),
        complete: false,
        problem: None,
    };
    let Some(mut probed) = ProbedGraph::main(proto) else {
        return Ok(found);
    };
    while found.missing.len() < MISSING_MAX {
        cancel.check()?;
        let bytes = probed.to_model(proto).encode_to_vec();
        let Err(reason) = load(runtime, &bytes) else {
            found.complete = true;
            break;
        };
        let Some(kernel) = missing(&reason) else {
            found.problem = Some(reason);
            break;
        };
        let cut = probed.without(&kernel.node);
        found.missing.push(kernel);
        match cut {
            Some(rest) => probed = rest,
            // What the node makes has no type that anybody knows.
            None => break,
        }
    }
    Ok(found)
}

fn load(runtime: &Runtime, model: &[u8]) -> Result<(), String> {
    let load = || {
        let mut builder = session::bare(runtime, GraphOptimizationLevel::Disable)
            .map_err(|error| ort_text(&error))?;
        let loaded = builder.commit_from_memory(model);
        loaded.map(drop).map_err(|error| ort_text(&error))
    };
    session::guarded(load).unwrap_or_else(|panic| Err(format!("the binding gave up: {panic}")))
}

/// `Could not find an implementation for Foo(13) node with name 'bar'`.
fn missing(reason: &str) -> Option<MissingKernel> {
    let (_, rest) = reason.split_once("Could not find an implementation for ")?;
    let (op, rest) = rest.split_once('(')?;
    let (version, rest) = rest.split_once(')')?;
    let (_, name) = rest.split_once("node with name '")?;
    Some(MissingKernel {
        node: name.split('\'').next()?.to_owned(),
        op: op.to_owned(),
        since_version: version.parse().ok()?,
    })
}

fn support(runtime: &Runtime, opset: &OperatorSetIdProto) -> OpsetSupport {
    let (domain, version) = (opset.domain(), opset.version());
    OpsetSupport {
        domain: if domain.is_empty() { "ai.onnx" } else { domain }.to_owned(),
        version,
        newest: newest(runtime, domain),
        since_runtime: since(domain, version).map(str::to_owned),
    }
}

/// The newest version of a domain that the runtime supports, from its refusal of one that nobody has.
fn newest(runtime: &Runtime, domain: &str) -> Option<i64> {
    if !matches!(domain, "" | "ai.onnx" | "ai.onnx.ml") {
        return None;
    }
    let float = onnx::proto::tensor_proto::DataType::Float;
    let graph = GraphProto {
        name: Some("opset".to_owned()),
        node: vec![write::node("Identity", &["x"], &["y"])],
        input: vec![write::value("x", float, &[])],
        output: vec![write::value("y", float, &[])],
        ..GraphProto::default()
    };
    let mut model: ModelProto = write::model(graph, 17);
    model
        .opset_import
        .retain(|opset| domain == "ai.onnx.ml" || !opset.domain().is_empty());
    model.opset_import.push(OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(UNKNOWN_OPSET),
    });
    let reason = load(runtime, &model.encode_to_vec()).err()?;
    let (_, rest) = reason.split_once("is till opset ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The first release that supports an operator set, of those where the releases say so (the version matrix of ONNX Runtime's
/// `docs/Versioning.md` up to 1.10, its release notes after that).
fn since(domain: &str, version: i64) -> Option<&'static str> {
    let standard = [
        (7, "1.0"),
        (11, "1.0"),
        (12, "1.3"),
        (13, "1.6"),
        (14, "1.8"),
        (15, "1.9"),
        (16, "1.11"),
        (17, "1.12"),
        (18, "1.14"),
        (19, "1.15"),
        (20, "1.17"),
        (21, "1.18"),
    ];
    let classical = [(1, "1.0"), (2, "1.0")];
    let table: &[(i64, &str)] = match domain {
        "" | "ai.onnx" => &standard,
        "ai.onnx.ml" => &classical,
        _ => return None,
    };
    if version < table.first()?.0 {
        return None;
    }
    let row = table.iter().find(|(known, _)| *known >= version)?;
    Some(row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_is_read_from_the_words_of_the_runtime() {
        let told =
            "Error Code 9: Could not find an implementation for Bernoulli(15) node with name 'a b'";
        let found = missing(told).map(|kernel| (kernel.node, kernel.op, kernel.since_version));
        assert_eq!(found, Some(("a b".to_owned(), "Bernoulli".to_owned(), 15)));
        assert!(missing("out of memory").is_none());
    }

    #[test]
    fn an_operator_set_has_its_first_release() {
        assert_eq!(since("", 17), Some("1.12"));
        assert_eq!(since("", 9), Some("1.0"));
        assert_eq!(since("ai.onnx.ml", 2), Some("1.0"));
        assert_eq!(since("", 99), None);
        assert_eq!(since("com.microsoft", 1), None);
    }
}
