//! Visiting every node and tensor of a model: the main graph, the bodies of `If`, `Loop` and `Scan`, and the functions; the
//! training graphs apart, for they take no part in inference. Recursion is safe: the scan bounds how deep messages nest.

use crate::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto,
    ValueInfoProto,
};

/// Where a node or tensor stands: `""` in the main graph, else the way to it, each step ending in `" > "`.
pub(crate) type Scope = str;

/// Called for each part. An error ends the walk.
pub(crate) trait Visitor {
    type Error;

    fn node(&mut self, scope: &Scope, node: &NodeProto) -> Result<(), Self::Error>;
    fn initializer(&mut self, scope: &Scope, tensor: &TensorProto) -> Result<(), Self::Error>;
    fn sparse_initializer(
        &mut self,
        scope: &Scope,
        sparse: &SparseTensorProto,
    ) -> Result<(), Self::Error>;
    /// A tensor inside an attribute, such as the value of a `Constant`.
    fn constant(
        &mut self,
        scope: &Scope,
        owner: &str,
        tensor: &TensorProto,
    ) -> Result<(), Self::Error>;
}

pub(crate) fn walk<V: Visitor>(model: &ModelProto, visitor: &mut V) -> Result<(), V::Error> {
    if let Some(main) = &model.graph {
        graph(main, "", visitor)?;
    }
    for function in &model.functions {
        let scope = format!("function {} > ", clip(function.name()));
        nodes(&function.node, &scope, visitor)?;
        attributes(&function.attribute_proto, &scope, function.name(), visitor)?;
    }
    Ok(())
}

pub(crate) fn walk_training<V: Visitor>(
    model: &ModelProto,
    visitor: &mut V,
) -> Result<(), V::Error> {
    for training in &model.training_info {
        for part in [&training.initialization, &training.algorithm]
            .into_iter()
            .flatten()
        {
            graph(part, "training > ", visitor)?;
        }
    }
    Ok(())
}

fn graph<V: Visitor>(graph: &GraphProto, scope: &Scope, visitor: &mut V) -> Result<(), V::Error> {
    for tensor in &graph.initializer {
        visitor.initializer(scope, tensor)?;
    }
    for sparse in &graph.sparse_initializer {
        visitor.sparse_initializer(scope, sparse)?;
    }
    nodes(&graph.node, scope, visitor)
}

fn nodes<V: Visitor>(nodes: &[NodeProto], scope: &Scope, visitor: &mut V) -> Result<(), V::Error> {
    for node in nodes {
        visitor.node(scope, node)?;
        attributes(&node.attribute, scope, title(node), visitor)?;
    }
    Ok(())
}

fn attributes<V: Visitor>(
    attributes: &[AttributeProto],
    scope: &Scope,
    owner: &str,
    visitor: &mut V,
) -> Result<(), V::Error> {
    for attribute in attributes {
        for tensor in attribute.t.iter().chain(&attribute.tensors) {
            visitor.constant(scope, owner, tensor)?;
        }
        for sparse in attribute
            .sparse_tensor
            .iter()
            .chain(&attribute.sparse_tensors)
        {
            for tensor in sparse.values.iter().chain(&sparse.indices) {
                visitor.constant(scope, owner, tensor)?;
            }
        }
        for body in attribute.g.iter().chain(&attribute.graphs) {
            let way = format!("{scope}{owner}.{} > ", clip(attribute.name()));
            graph(body, &way, visitor)?;
        }
    }
    Ok(())
}

/// A node's name, or its operator where it has none.
pub(crate) fn title(node: &NodeProto) -> &str {
    clip(if node.name().is_empty() {
        node.op_type()
    } else {
        node.name()
    })
}

/// The beginning of a name, for messages and for the way to a nested node: names may be as long as the file, and would
/// be repeated for every node below.
pub(crate) fn clip(name: &str) -> &str {
    const CHARACTERS: usize = 100;
    match name.char_indices().nth(CHARACTERS) {
        Some((end, _)) => &name[..end],
        None => name,
    }
}

/// The names that the graphs inside a node (the branches of `If`, the body of `Loop`) read, their own tensors among them:
/// what the node depends on beside its inputs.
pub fn inner_reads<'a>(node: &'a NodeProto, into: &mut Vec<&'a str>) {
    for attribute in &node.attribute {
        for body in attribute.g.iter().chain(&attribute.graphs) {
            into.extend(body.output.iter().map(ValueInfoProto::name));
            for node in &body.node {
                into.extend(node.input.iter().map(String::as_str));
                inner_reads(node, into);
            }
        }
    }
}
