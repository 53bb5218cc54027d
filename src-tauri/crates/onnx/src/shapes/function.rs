//! A function of a model as the graph that one call of it computes.

use crate::proto::{AttributeProto, FunctionProto, GraphProto, NodeProto, ValueInfoProto};

/// The function's body with the attributes of the call written in.
pub(super) fn called(function: &FunctionProto, call: &NodeProto) -> GraphProto {
    let named = |name: &String| ValueInfoProto {
        name: Some(name.clone()),
        ..ValueInfoProto::default()
    };
    let mut nodes = function.node.clone();
    let given = |name: &str| {
        let here = call.attribute.iter().find(|a| a.name() == name);
        here.or_else(|| function.attribute_proto.iter().find(|a| a.name() == name))
    };
    write_in(&mut nodes, &given);
    GraphProto {
        name: Some(function.name().to_owned()),
        node: nodes,
        input: function.input.iter().map(named).collect(),
        output: function.output.iter().map(named).collect(),
        value_info: function.value_info.clone(),
        ..GraphProto::default()
    }
}

/// An attribute that refers to one of the call takes its value; one that the call leaves out is at its default.
fn write_in<'a>(nodes: &mut [NodeProto], given: &impl Fn(&str) -> Option<&'a AttributeProto>) {
    for node in nodes {
        node.attribute = std::mem::take(&mut node.attribute)
            .into_iter()
            .filter_map(|attribute| {
                if attribute.ref_attr_name().is_empty() {
                    return Some(attribute);
                }
                let mut value = given(attribute.ref_attr_name())?.clone();
                value.name = attribute.name;
                Some(value)
            })
            .collect();
        for attribute in &mut node.attribute {
            for body in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                write_in(&mut body.node, given);
            }
        }
    }
}
