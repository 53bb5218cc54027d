//! A model with some of its inner tensors as further outputs.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use onnx::Model;
use onnx::proto::ValueInfoProto;
use ort::session::Session;

use crate::signature::{Port, PortDim, PortKind, Signature};
use crate::tensor::{ElementType, Tensor};
use crate::{CancelToken, EngineError, ModelOptions, Runtime, session};

/// Each probe writes the model anew in memory, and protobuf ends at 2 GiB.
const MODEL_BYTES_MAX: u64 = 1 << 30;

/// One side: a model that can be loaded with any of its tensors exposed.
pub struct Exposable {
    runtime: Runtime,
    path: PathBuf,
    options: ModelOptions,
    model: Model,
}

impl Exposable {
    /// # Errors
    /// When the file is no sane model, or its own weights are more than a probe can copy.
    pub fn open(
        runtime: &Runtime,
        path: &Path,
        options: &ModelOptions,
    ) -> Result<Self, EngineError> {
        let model = onnx::open(path)?;
        if model.size_bytes() > MODEL_BYTES_MAX {
            return Err(EngineError::Load {
                path: path.to_owned(),
                reason: format!(
                    "the file holds {} MiB, and the search for a difference copies it: at most {} MiB; save the weights as \
                     external data",
                    model.size_bytes() >> 20,
                    MODEL_BYTES_MAX >> 20
                ),
            });
        }
        Ok(Self {
            runtime: runtime.clone(),
            path: path.to_owned(),
            options: options.clone(),
            model,
        })
    }

    pub(super) fn chain(&self) -> Chain {
        Chain::of(&self.model)
    }

    /// Loaded with `tensors` as outputs after its own.
    pub(super) fn expose(&self, tensors: &[String]) -> Result<Exposed, EngineError> {
        let mut proto = self.model.proto().clone();
        if let Some(graph) = &mut proto.graph {
            let known: HashSet<String> = graph
                .output
                .iter()
                .map(|output| output.name().to_owned())
                .collect();
            for tensor in tensors.iter().filter(|tensor| !known.contains(*tensor)) {
                graph.output.push(ValueInfoProto {
                    name: Some(tensor.clone()),
                    ..ValueInfoProto::default()
                });
            }
        }
        let bytes = onnx::write::to_bytes(&proto);
        drop(proto);
        let session = session::build_beside(&self.runtime, &self.path, &bytes, &self.options)?;
        Ok(Exposed {
            signature: session::signature(&session),
            session,
        })
    }
}

/// A loaded model with some tensors exposed.
pub(super) struct Exposed {
    session: Session,
    signature: Signature,
}

impl Exposed {
    pub(super) fn run(
        &mut self,
        inputs: &[(String, Tensor)],
        cancel: &CancelToken,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        session::run(&mut self.session, inputs, Some(cancel))
    }

    /// What an output will take in memory, as far as the runtime knows its shape; open dims are those of the inputs that
    /// have the same name, else one. `None` for what is no tensor.
    pub(super) fn bytes_of(&self, tensor: &str, inputs: &[(String, Tensor)]) -> Option<u64> {
        let port = self
            .signature
            .outputs
            .iter()
            .find(|port| port.name == tensor)?;
        let PortKind::Tensor { element, dims } = &port.kind else {
            return None;
        };
        let open = open_dims(&self.signature.inputs, inputs);
        let size = |dim: &PortDim| match dim {
            PortDim::Fixed(size) => *size as u64,
            PortDim::Open(Some(name)) => open.get(name.as_str()).copied().unwrap_or(1),
            PortDim::Open(None) => 1,
        };
        let elements = dims.iter().map(size).fold(1, u64::saturating_mul);
        Some(elements.saturating_mul(element_bytes(*element)))
    }
}

fn open_dims<'a>(ports: &'a [Port], inputs: &[(String, Tensor)]) -> HashMap<&'a str, u64> {
    let mut open = HashMap::new();
    for port in ports {
        let given = inputs.iter().find(|(name, _)| *name == port.name);
        let (Some((_, tensor)), PortKind::Tensor { dims, .. }) = (given, &port.kind) else {
            continue;
        };
        for (dim, size) in dims.iter().zip(tensor.shape()) {
            if let PortDim::Open(Some(name)) = dim {
                open.insert(name.as_str(), *size as u64);
            }
        }
    }
    open
}

fn element_bytes(element: ElementType) -> u64 {
    match element {
        ElementType::Bool | ElementType::Int8 | ElementType::Uint8 => 1,
        ElementType::Int16 | ElementType::Uint16 | ElementType::Float16 | ElementType::BFloat16 => {
            2
        }
        ElementType::Int32 | ElementType::Uint32 | ElementType::Float32 => 4,
        ElementType::Int64 | ElementType::Uint64 | ElementType::Float64 => 8,
        // A guess: text is as long as it is.
        ElementType::String => 32,
    }
}

/// The tensors of the main graph in the order in which they come to be, which the format demands of the nodes.
pub(super) struct Chain {
    /// What each node makes.
    pub(super) made: Vec<Made>,
    index: HashMap<String, usize>,
    /// What each node reads of the tensors made, inner graphs included.
    reads: Vec<Vec<usize>>,
    pub(super) nodes: Vec<NodeName>,
}

pub(super) struct Made {
    pub(super) tensor: String,
    pub(super) node: usize,
}

#[derive(Clone)]
pub(super) struct NodeName {
    pub(super) name: String,
    pub(super) op: String,
}

impl Chain {
    fn of(model: &Model) -> Self {
        let mut chain = Self {
            made: Vec::new(),
            index: HashMap::new(),
            reads: Vec::new(),
            nodes: Vec::new(),
        };
        let graph = model.proto().graph.as_ref();
        for (at, node) in graph.iter().flat_map(|graph| &graph.node).enumerate() {
            let mut names: Vec<&str> = node.input.iter().map(String::as_str).collect();
            onnx::inner_reads(node, &mut names);
            let reads = names
                .into_iter()
                .filter_map(|name| chain.index.get(name).copied());
            let reads = reads.collect();
            chain.reads.push(reads);
            chain.nodes.push(NodeName {
                name: node.name().to_owned(),
                op: node.op_type().to_owned(),
            });
            for output in node.output.iter().filter(|output| !output.is_empty()) {
                chain.index.insert(output.clone(), chain.made.len());
                chain.made.push(Made {
                    tensor: output.clone(),
                    node: at,
                });
            }
        }
        chain
    }

    pub(super) fn place(&self, tensor: &str) -> Option<usize> {
        self.index.get(tensor).copied()
    }

    /// The tensors that the maker of `tensor` reads.
    pub(super) fn parents(&self, tensor: usize) -> &[usize] {
        &self.reads[self.made[tensor].node]
    }

    /// Whatever `tensor` is computed from, in order, itself left out.
    pub(super) fn ancestors(&self, tensor: usize) -> Vec<usize> {
        let mut found = vec![false; self.made.len()];
        let mut open = vec![tensor];
        while let Some(at) = open.pop() {
            for &parent in self.parents(at) {
                if !found[parent] {
                    found[parent] = true;
                    open.push(parent);
                }
            }
        }
        (0..tensor.min(found.len()))
            .filter(|at| found[*at])
            .collect()
    }
}
