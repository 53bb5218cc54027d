//! Which nodes of the file a node that ran stands for. The runtime fuses nodes, gives them other names and inserts its own.
//!
//! A node that kept its name, or that has none and kept its place, is the file's own. Of any other, the tensors it makes
//! are looked up in the file: it stands for the nodes that make them, back to the tensors that other running nodes make.
//! For this the runtime's rewritten graph is needed; without it, the names that its fusions give are read.

use std::collections::{HashMap, HashSet};

use onnx::graph::{Way, WayStep};
use onnx::proto::{GraphProto, ModelProto, NodeProto};
use serde::{Deserialize, Serialize};

/// How a node that ran relates to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum OriginKind {
    /// A node of the file.
    Same,
    /// One that the runtime made of nodes of the file.
    Fused,
    /// One that the runtime put in: a copy between devices, a change of layout.
    Inserted,
    /// Nothing in the file was found for it.
    Unmatched,
}

/// A node of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FileNode {
    pub way: Way,
    pub node: u32,
    pub name: String,
    pub op: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeOrigin {
    pub kind: OriginKind,
    pub nodes: Vec<FileNode>,
}

/// A node that ran.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ran<'a> {
    pub name: &'a str,
    pub op: &'a str,
    /// The node that holds its body, by its place in the list.
    pub within: Option<u32>,
}

/// Operators that only the runtime writes.
const INSERTED: [&str; 4] = [
    "MemcpyFromHost",
    "MemcpyToHost",
    "ReorderInput",
    "ReorderOutput",
];
/// What the runtime's change to blocked layouts adds to the name of the tensor that a node made.
const BLOCKED_SUFFIX: &str = "_nchwc";

/// The origin of each node that ran.
pub(crate) fn origins(
    file: &ModelProto,
    rewritten: Option<&ModelProto>,
    ran: &[Ran<'_>],
) -> Vec<NodeOrigin> {
    let Some(graph) = &file.graph else {
        return ran.iter().map(|_| unmatched()).collect();
    };
    let main = Names::of(graph, Way::default());
    let same: Vec<Option<u32>> = ran
        .iter()
        .map(|node| node.within.is_none().then(|| main.same(node)).flatten())
        .collect();
    let fusions = Fusions::new(
        graph,
        rewritten.and_then(|model| model.graph.as_ref()),
        ran,
        &same,
    );
    let mut found: Vec<NodeOrigin> = Vec::with_capacity(ran.len());
    for (node, same) in ran.iter().zip(&same) {
        let origin = match (node.within, same) {
            (Some(holder), _) => in_body(file, &found[holder as usize], node),
            (None, Some(at)) => NodeOrigin {
                kind: OriginKind::Same,
                nodes: vec![main.node(*at)],
            },
            (None, None) if INSERTED.contains(&node.op) => NodeOrigin {
                kind: OriginKind::Inserted,
                nodes: Vec::new(),
            },
            (None, None) => fused(&main, fusions.of(node.name)),
        };
        found.push(origin);
    }
    found
}

fn unmatched() -> NodeOrigin {
    NodeOrigin {
        kind: OriginKind::Unmatched,
        nodes: Vec::new(),
    }
}

fn fused(names: &Names<'_>, nodes: Vec<u32>) -> NodeOrigin {
    if nodes.is_empty() {
        return unmatched();
    }
    NodeOrigin {
        kind: OriginKind::Fused,
        nodes: nodes.into_iter().map(|at| names.node(at)).collect(),
    }
}

/// A node of a body: looked for in the bodies of the node that holds it.
fn in_body(file: &ModelProto, holder: &NodeOrigin, ran: &Ran<'_>) -> NodeOrigin {
    let [holder] = holder.nodes.as_slice() else {
        return unmatched();
    };
    let Some(node) = node_at(file, holder) else {
        return unmatched();
    };
    let mut found = Vec::new();
    for attribute in &node.attribute {
        let Some(body) = &attribute.g else { continue };
        let mut way = holder.way.clone();
        way.0.push(WayStep {
            node: holder.node,
            attribute: Some(attribute.name().to_owned()),
        });
        let names = Names::of(body, way);
        if let Some(at) = names.same(ran) {
            found.push((OriginKind::Same, names.node(at)));
        } else if let Some(at) = names.by_fusion_name(ran.name) {
            found.push((OriginKind::Fused, names.node(at)));
        }
    }
    // Both branches of an `If` may have such a node; which one ran is not told.
    match (found.len(), found.pop()) {
        (1, Some((kind, node))) => NodeOrigin {
            kind,
            nodes: vec![node],
        },
        _ => unmatched(),
    }
}

fn node_at<'m>(file: &'m ModelProto, of: &FileNode) -> Option<&'m NodeProto> {
    let mut graph = file.graph.as_ref()?;
    for step in &of.way.0 {
        let node = graph.node.get(step.node as usize)?;
        let name = step.attribute.as_deref()?;
        graph = node
            .attribute
            .iter()
            .find(|attribute| attribute.name() == name)
            .and_then(|attribute| attribute.g.as_ref())?;
    }
    graph.node.get(of.node as usize)
}

/// The nodes of one graph, as the runtime calls them.
struct Names<'m> {
    way: Way,
    graph: &'m GraphProto,
    by_name: HashMap<&'m str, u32>,
    /// Nodes without constants: the runtime turns those into weights before it numbers the rest.
    numbered: Vec<u32>,
}

impl<'m> Names<'m> {
    fn of(graph: &'m GraphProto, way: Way) -> Self {
        let nodes = || graph.node.iter().enumerate();
        Self {
            way,
            graph,
            by_name: nodes()
                .filter(|(_, node)| !node.name().is_empty())
                .map(|(at, node)| (node.name(), at as u32))
                .collect(),
            numbered: nodes()
                .filter(|(_, node)| node.op_type() != "Constant")
                .map(|(at, _)| at as u32)
                .collect(),
        }
    }

    fn node(&self, at: u32) -> FileNode {
        let node = &self.graph.node[at as usize];
        FileNode {
            way: self.way.clone(),
            node: at,
            name: node.name().to_owned(),
            op: node.op_type().to_owned(),
        }
    }

    /// By its name; one without a name is called by its operator and number.
    fn same(&self, ran: &Ran<'_>) -> Option<u32> {
        let at = match self.by_name.get(ran.name) {
            Some(at) => *at,
            None => {
                let number = ran.name.strip_prefix(ran.op)?.strip_prefix('_')?;
                let at = *self.numbered.get(number.parse::<usize>().ok()?)?;
                self.graph.node[at as usize]
                    .name()
                    .is_empty()
                    .then_some(at)?
            }
        };
        (self.graph.node[at as usize].op_type() == ran.op).then_some(at)
    }

    /// `mm/MatMulAddFusion`, `fused conv1`: what fusions make of a name.
    fn by_fusion_name(&self, ran: &str) -> Option<u32> {
        let name = ran.strip_prefix("fused ").unwrap_or(ran);
        let ends = name.match_indices('/').map(|(at, _)| at);
        let mut tries: Vec<&str> = ends.map(|end| &name[..end]).collect();
        tries.push(name);
        tries
            .into_iter()
            .rev()
            .find_map(|name| self.by_name.get(name).copied())
    }
}

/// What the running nodes of the main graph were made of.
struct Fusions<'m> {
    names: Names<'m>,
    /// The node that makes a tensor, in the file.
    makers: HashMap<&'m str, u32>,
    /// The tensors of the file that a running node makes, by its name.
    made: HashMap<String, Vec<&'m str>>,
    /// Tensors of the file that some running node makes.
    borders: HashSet<&'m str>,
    kept: HashSet<u32>,
}

impl<'m> Fusions<'m> {
    fn new(
        graph: &'m GraphProto,
        rewritten: Option<&GraphProto>,
        ran: &[Ran<'_>],
        same: &[Option<u32>],
    ) -> Self {
        let mut makers = HashMap::new();
        for (at, node) in graph.node.iter().enumerate() {
            for output in node.output.iter().filter(|name| !name.is_empty()) {
                makers.insert(output.as_str(), at as u32);
            }
        }
        let mut fusions = Self {
            names: Names::of(graph, Way::default()),
            makers,
            made: HashMap::new(),
            borders: HashSet::new(),
            kept: same.iter().copied().flatten().collect(),
        };
        for node in rewritten.iter().flat_map(|graph| &graph.node) {
            if !INSERTED.contains(&node.op_type()) {
                for output in &node.output {
                    fusions.note(node.name(), output);
                }
            }
        }
        for node in ran.iter().filter(|node| node.within.is_none()) {
            if let Some(tensor) = node.name.strip_suffix(BLOCKED_SUFFIX) {
                fusions.note(node.name, tensor);
            }
        }
        fusions
    }

    fn note(&mut self, name: &str, tensor: &str) {
        if let Some((tensor, _)) = self.makers.get_key_value(tensor) {
            self.made.entry(name.to_owned()).or_default().push(tensor);
            self.borders.insert(tensor);
        }
    }

    /// In the order of the file.
    fn of(&self, name: &str) -> Vec<u32> {
        let Some(made) = self.made.get(name) else {
            return self.names.by_fusion_name(name).into_iter().collect();
        };
        let mut found = HashSet::new();
        let mut next: Vec<u32> = made
            .iter()
            .filter_map(|tensor| self.makers.get(tensor))
            .copied()
            .collect();
        while let Some(at) = next.pop() {
            let node = &self.names.graph.node[at as usize];
            // Constants became weights; nodes that still run were not taken in.
            if node.op_type() == "Constant" || self.kept.contains(&at) || !found.insert(at) {
                continue;
            }
            let inner = node
                .input
                .iter()
                .filter(|tensor| !self.borders.contains(tensor.as_str()));
            next.extend(inner.filter_map(|tensor| self.makers.get(tensor.as_str())));
        }
        let mut found: Vec<u32> = found.into_iter().collect();
        found.sort_unstable();
        found
    }
}
