//! What the files say around their graphs.

use std::collections::BTreeMap;

use super::report::FactChange;
use crate::proto::ModelProto;

/// Facts that differ, in the order of their names within each kind.
pub fn facts(left: &ModelProto, right: &ModelProto) -> Vec<FactChange> {
    let (left, right) = (of(left), of(right));
    let mut names: Vec<&(u8, String)> = left.keys().chain(right.keys()).collect();
    names.sort();
    names.dedup();
    let change = |name: &(u8, String)| {
        let (before, after) = (left.get(name), right.get(name));
        (before != after).then(|| FactChange {
            what: name.1.clone(),
            left: before.cloned(),
            right: after.cloned(),
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// Keyed by the order in which they are told, and their names.
fn of(model: &ModelProto) -> BTreeMap<(u8, String), String> {
    let mut facts = BTreeMap::new();
    let mut fact = |order: u8, name: String, value: String| {
        if !value.is_empty() {
            facts.insert((order, name), value);
        }
    };
    for opset in &model.opset_import {
        let domain = if opset.domain().is_empty() {
            "ai.onnx"
        } else {
            opset.domain()
        };
        fact(0, format!("opset {domain}"), opset.version().to_string());
    }
    fact(1, "IR version".to_owned(), model.ir_version().to_string());
    fact(2, "producer".to_owned(), model.producer_name().to_owned());
    fact(
        2,
        "producer version".to_owned(),
        model.producer_version().to_owned(),
    );
    fact(3, "domain".to_owned(), model.domain().to_owned());
    fact(
        3,
        "model version".to_owned(),
        model.model_version().to_string(),
    );
    fact(3, "description".to_owned(), model.doc_string().to_owned());
    let graph = model.graph.as_ref().map_or("", |graph| graph.name());
    fact(3, "graph name".to_owned(), graph.to_owned());
    for entry in &model.metadata_props {
        fact(
            4,
            format!("metadata {}", entry.key()),
            entry.value().to_owned(),
        );
    }
    for function in &model.functions {
        let name = format!("function {} {}", function.domain(), function.name());
        fact(5, name, format!("{} nodes", function.node.len()));
    }
    facts
}
