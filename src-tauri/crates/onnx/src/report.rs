//! What a model is, for people and programs. Complete: every node and every initializer is listed.
//!
//! What counts as a node: those of the main graph, of the bodies nested in `If`, `Loop`, `Scan` and the like, and of the
//! functions, each once as written (a function that is called ten times counts once). So `node_count` is the length of
//! `nodes` and the sum of `ops`. Training graphs take no part in inference and are left out.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Instant;

use domain::Pair;
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::file::Model;
use crate::kind::{describe, element_name};
use crate::proto::{
    GraphProto, NodeProto, OperatorSetIdProto, SparseTensorProto, TensorProto, ValueInfoProto,
};
use crate::walk::{self, Scope, Visitor};
use crate::{attribute, check, external};

/// The name of the default operator domain, which files spell as nothing.
const DEFAULT_DOMAIN: &str = "ai.onnx";

/// Everything that one screen shows of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelReport {
    pub file_name: String,
    pub path: String,
    /// The model file alone; external data files have their own sizes.
    #[specta(type = Number)]
    pub size_bytes: u64,
    /// Opening and describing, microseconds.
    #[specta(type = Number)]
    pub took_us: u64,
    #[specta(type = Number)]
    pub ir_version: i64,
    pub producer: String,
    pub producer_version: String,
    pub domain: String,
    #[specta(type = Number)]
    pub model_version: i64,
    pub doc_string: String,
    pub graph_name: String,
    pub opsets: Vec<OpsetImport>,
    /// What a caller must give; initializers that old models repeat as inputs are left out.
    pub inputs: Vec<TensorInfo>,
    pub outputs: Vec<TensorInfo>,
    /// Most frequent first.
    pub ops: Vec<OpCount>,
    pub nodes: Vec<NodeInfo>,
    #[specta(type = Number)]
    pub node_count: u64,
    pub initializers: Vec<InitializerInfo>,
    #[specta(type = Number)]
    pub initializer_count: u64,
    /// Elements of all initializers, external ones too; of sparse ones, the stored values.
    #[specta(type = Number)]
    pub parameter_count: u64,
    /// Bytes of all initializers, wherever they lie.
    #[specta(type = Number)]
    pub weight_bytes: u64,
    pub metadata: Vec<Pair>,
    pub external_files: Vec<ExternalFile>,
    pub functions: Vec<FunctionInfo>,
    pub warnings: Vec<String>,
}

/// A graph input or output. Dims are numbers, symbols, `?` for an unnamed open one, and `...` when the rank is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TensorInfo {
    pub name: String,
    /// `float32`, `sequence(map(int64,float32))`.
    pub element_type: String,
    pub dims: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OpsetImport {
    pub domain: String,
    #[specta(type = Number)]
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct OpCount {
    pub op: String,
    pub domain: String,
    #[specta(type = Number)]
    pub count: u64,
}

/// A node. One inside a body or function carries the way there in its name: `loop.body > add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    pub name: String,
    pub op: String,
    pub domain: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<Pair>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct InitializerInfo {
    pub name: String,
    /// `float32`, `sparse(float32)`.
    pub element_type: String,
    #[specta(type = Vec<Number>)]
    pub dims: Vec<i64>,
    #[specta(type = Number)]
    pub size_bytes: u64,
    /// The external file that holds it.
    pub external: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ExternalFile {
    pub location: String,
    #[specta(type = Option<Number>)]
    pub size_bytes: Option<u64>,
    pub exists: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FunctionInfo {
    pub name: String,
    pub domain: String,
    #[specta(type = Number)]
    pub node_count: u64,
}

/// Describes an open model.
#[must_use]
pub fn report(model: &Model) -> ModelReport {
    let started = Instant::now();
    let proto = model.proto();
    let graph = proto.graph.as_ref();
    let mut parts = Parts::default();
    let Ok(()) = walk::walk(proto, &mut parts);
    let external_files: Vec<ExternalFile> = model.external().iter().map(external_file).collect();
    let mut report = ModelReport {
        file_name: file_name(model.path()),
        path: model.path().display().to_string(),
        size_bytes: model.size_bytes(),
        took_us: 0,
        ir_version: proto.ir_version(),
        producer: proto.producer_name().to_owned(),
        producer_version: proto.producer_version().to_owned(),
        domain: proto.domain().to_owned(),
        model_version: proto.model_version(),
        doc_string: proto.doc_string().to_owned(),
        graph_name: graph.map_or("", |graph| graph.name()).to_owned(),
        opsets: proto.opset_import.iter().map(opset).collect(),
        inputs: graph.map(inputs).unwrap_or_default(),
        outputs: graph
            .map(|graph| graph.output.iter().map(value).collect())
            .unwrap_or_default(),
        ops: op_counts(parts.ops),
        node_count: parts.nodes.len() as u64,
        nodes: parts.nodes,
        initializer_count: parts.initializers.len() as u64,
        initializers: parts.initializers,
        parameter_count: parts.parameter_count,
        weight_bytes: parts.weight_bytes,
        metadata: proto
            .metadata_props
            .iter()
            .map(|entry| Pair::new(entry.key(), entry.value()))
            .collect(),
        external_files,
        functions: proto.functions.iter().map(function).collect(),
        warnings: Vec::new(),
    };
    report.warnings = warnings(&report, !proto.training_info.is_empty());
    report.took_us = (model.took() + started.elapsed()).as_micros() as u64;
    report
}

#[derive(Default)]
struct Parts {
    nodes: Vec<NodeInfo>,
    /// Keyed by domain and operator.
    ops: BTreeMap<(String, String), u64>,
    initializers: Vec<InitializerInfo>,
    parameter_count: u64,
    weight_bytes: u64,
}

impl Visitor for Parts {
    type Error = std::convert::Infallible;

    fn node(&mut self, scope: &Scope, node: &NodeProto) -> Result<(), Self::Error> {
        let domain = domain_name(node.domain());
        *self
            .ops
            .entry((domain.clone(), node.op_type().to_owned()))
            .or_default() += 1;
        self.nodes.push(NodeInfo {
            name: format!("{scope}{}", node.name()),
            op: node.op_type().to_owned(),
            domain,
            inputs: node.input.clone(),
            outputs: node.output.clone(),
            attributes: node
                .attribute
                .iter()
                .map(|a| Pair::new(a.name(), attribute::text(a)))
                .collect(),
        });
        Ok(())
    }

    fn initializer(&mut self, scope: &Scope, tensor: &TensorProto) -> Result<(), Self::Error> {
        let info = InitializerInfo {
            name: format!("{scope}{}", tensor.name()),
            element_type: element_name(tensor.data_type()),
            dims: tensor.dims.clone(),
            size_bytes: size_bytes(tensor),
            external: external_location(tensor),
        };
        self.add(info, check::elements(&tensor.dims).unwrap_or(0));
        Ok(())
    }

    fn sparse_initializer(
        &mut self,
        scope: &Scope,
        sparse: &SparseTensorProto,
    ) -> Result<(), Self::Error> {
        let (values, indices) = (sparse.values.as_ref(), sparse.indices.as_ref());
        let info = InitializerInfo {
            name: format!("{scope}{}", values.map_or("", |values| values.name())),
            element_type: format!(
                "sparse({})",
                element_name(values.map_or(0, TensorProto::data_type))
            ),
            dims: sparse.dims.clone(),
            size_bytes: values.into_iter().chain(indices).map(size_bytes).sum(),
            external: values.and_then(external_location),
        };
        self.add(
            info,
            values.map_or(0, |values| check::elements(&values.dims).unwrap_or(0)),
        );
        Ok(())
    }

    fn constant(&mut self, _: &Scope, _: &str, _: &TensorProto) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl Parts {
    /// Two tensors may each hold fewer than 2^64 bytes and overflow together: a claim that large stops at the top.
    fn add(&mut self, info: InitializerInfo, elements: u64) {
        self.parameter_count = self.parameter_count.saturating_add(elements);
        self.weight_bytes = self.weight_bytes.saturating_add(info.size_bytes);
        self.initializers.push(info);
    }
}

/// The checks that ran at opening make an error here impossible; strings count what they hold.
fn size_bytes(tensor: &TensorProto) -> u64 {
    match check::stored_bytes(tensor) {
        Ok(Some(bytes)) => bytes,
        _ => tensor
            .string_data
            .iter()
            .map(|text| text.len() as u64)
            .sum(),
    }
}

fn external_location(tensor: &TensorProto) -> Option<String> {
    external::is_external(tensor).then(|| external::extent(tensor).location.to_owned())
}

fn inputs(graph: &GraphProto) -> Vec<TensorInfo> {
    let dense = graph.initializer.iter().map(TensorProto::name);
    let sparse = graph
        .sparse_initializer
        .iter()
        .filter_map(|sparse| sparse.values.as_ref())
        .map(TensorProto::name);
    let known: HashSet<&str> = dense.chain(sparse).collect();
    graph
        .input
        .iter()
        .filter(|input| !known.contains(input.name()))
        .map(value)
        .collect()
}

fn value(info: &ValueInfoProto) -> TensorInfo {
    let (element_type, dims) = describe(info.r#type.as_ref());
    TensorInfo {
        name: info.name().to_owned(),
        element_type,
        dims,
    }
}

fn opset(opset: &OperatorSetIdProto) -> OpsetImport {
    OpsetImport {
        domain: domain_name(opset.domain()),
        version: opset.version(),
    }
}

fn function(function: &crate::proto::FunctionProto) -> FunctionInfo {
    FunctionInfo {
        name: function.name().to_owned(),
        domain: function.domain().to_owned(),
        node_count: function.node.len() as u64,
    }
}

fn external_file(file: &external::ExternalData) -> ExternalFile {
    ExternalFile {
        location: file.location.clone(),
        size_bytes: file.size_bytes,
        exists: file.size_bytes.is_some(),
    }
}

fn domain_name(domain: &str) -> String {
    if domain.is_empty() {
        DEFAULT_DOMAIN.to_owned()
    } else {
        domain.to_owned()
    }
}

fn op_counts(ops: BTreeMap<(String, String), u64>) -> Vec<OpCount> {
    let mut counts: Vec<OpCount> = ops
        .into_iter()
        .map(|((domain, op), count)| OpCount { op, domain, count })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.op.cmp(&b.op)));
    counts
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn warnings(report: &ModelReport, has_training: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    for file in report.external_files.iter().filter(|file| !file.exists) {
        warnings.push(format!(
            "The weights in '{}' are missing: the model cannot run without that file beside it.",
            file.location
        ));
    }
    if report.opsets.is_empty() {
        warnings.push(
            "The model names no operator set, so its operators have no defined meaning.".to_owned(),
        );
    }
    if report.outputs.is_empty() {
        warnings.push("The model has no outputs.".to_owned());
    }
    if has_training {
        warnings.push(
            "The model carries training graphs; they are not part of this report.".to_owned(),
        );
    }
    let imported: HashSet<&str> = report
        .opsets
        .iter()
        .map(|opset| opset.domain.as_str())
        .collect();
    let unknown: Vec<&str> = report
        .ops
        .iter()
        .map(|op| op.domain.as_str())
        .filter(|domain| !imported.contains(domain))
        .collect();
    if let Some(domain) = unknown
        .first()
        .filter(|_| report.functions.is_empty() && !report.opsets.is_empty())
    {
        warnings.push(format!(
            "Operators of domain '{domain}' are used, but the model does not import that domain."
        ));
    }
    warnings
}
