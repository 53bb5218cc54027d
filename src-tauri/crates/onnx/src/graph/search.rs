//! Finding nodes by what they do, are called, take and weigh: `op:Conv weight>1e6 tcn`.
//!
//! Terms are joined by "and". `op:` asks for a whole operator, `name:` and `tensor:` for a part of the text, `weight` for
//! the elements of all weights that a node takes; any other word for a part of any of them. Case does not matter.

use std::collections::HashSet;

use serde::Serialize;
use specta_typescript::Number;

use super::way::{Functions, Scope, Way, WayStep};
use crate::proto::{FunctionProto, ModelProto, NodeProto};

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundNodes {
    pub hits: Vec<NodeHit>,
    /// Listed or not.
    #[specta(type = Number)]
    pub total: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct NodeHit {
    pub way: Way,
    pub node: u32,
    pub op: String,
    pub name: String,
    /// Elements of the weights that it takes.
    #[specta(type = Number)]
    pub weight: u64,
}

/// A term that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{term}': {problem}")]
pub struct BadTerm {
    pub term: String,
    pub problem: &'static str,
}

const HITS_MAX: usize = 200;

/// The nodes of the model that match, in the order of its graphs; the first two hundred are listed.
pub fn search(model: &ModelProto, query: &str) -> Result<FoundNodes, BadTerm> {
    let terms: Vec<Term> = query
        .split_whitespace()
        .map(Term::parse)
        .collect::<Result<_, _>>()?;
    let mut found = FoundNodes {
        hits: Vec::new(),
        total: 0,
    };
    let functions = Functions::of(model);
    let mut entered: HashSet<*const FunctionProto> = HashSet::new();
    let mut left = vec![Way::default()];
    while let Some(way) = left.pop() {
        let Some(scope) = Scope::at(model, &way) else {
            continue;
        };
        let mut below = Vec::new();
        for (at, node) in (0..).zip(scope.nodes) {
            let weight = weight(&scope, node);
            if terms.iter().all(|term| term.matches(node, weight)) {
                found.total += 1;
                if found.hits.len() < HITS_MAX {
                    found.hits.push(NodeHit {
                        way: way.clone(),
                        node: at,
                        op: node.op_type().to_owned(),
                        name: node.name().to_owned(),
                        weight,
                    });
                }
            }
            let bodies = node
                .attribute
                .iter()
                .filter(|attribute| attribute.g.is_some());
            below.extend(bodies.map(|body| (at, Some(body.name().to_owned()))));
            // Each function once, by whoever calls it first.
            let function = functions.called(node);
            if function.is_some_and(|function| entered.insert(function)) {
                below.push((at, None));
            }
        }
        left.extend(below.into_iter().rev().map(|(node, attribute)| {
            let mut beyond = way.clone();
            beyond.0.push(WayStep { node, attribute });
            beyond
        }));
    }
    Ok(found)
}

fn weight(scope: &Scope<'_>, node: &NodeProto) -> u64 {
    let weights = node
        .input
        .iter()
        .filter_map(|name| scope.weights.get(name.as_str()));
    weights
        .map(|weight| {
            weight
                .dims
                .iter()
                .map(|dim| dim.unsigned_abs())
                .product::<u64>()
        })
        .sum()
}

enum Term {
    Op(String),
    Name(String),
    Tensor(String),
    Weight(Bound, f64),
    Any(String),
}

#[derive(Clone, Copy)]
enum Bound {
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Term {
    fn parse(text: &str) -> Result<Self, BadTerm> {
        let bad = |problem| BadTerm {
            term: text.to_owned(),
            problem,
        };
        let lower = text.to_lowercase();
        for (key, term) in [
            ("op:", Self::Op as fn(String) -> Self),
            ("name:", Self::Name),
            ("tensor:", Self::Tensor),
        ] {
            if let Some(word) = lower.strip_prefix(key) {
                if word.is_empty() {
                    return Err(bad("say what to look for after the colon, as in op:Conv"));
                }
                return Ok(term(word.to_owned()));
            }
        }
        let Some(rest) = lower.strip_prefix("weight") else {
            return Ok(Self::Any(lower));
        };
        let bounds = [
            (">=", Bound::AtLeast),
            ("<=", Bound::AtMost),
            (">", Bound::More),
            ("<", Bound::Less),
        ];
        let Some((number, bound)) = bounds
            .into_iter()
            .find_map(|(sign, bound)| Some((rest.strip_prefix(sign)?, bound)))
        else {
            return Ok(Self::Any(lower));
        };
        let number: f64 = number
            .parse()
            .map_err(|_| bad("a number must follow, as in weight>1e6"))?;
        Ok(Self::Weight(bound, number))
    }

    fn matches(&self, node: &NodeProto, weight: u64) -> bool {
        let holds = |text: &str, word: &String| text.to_lowercase().contains(word.as_str());
        let tensors = |word: &String| {
            node.input
                .iter()
                .chain(&node.output)
                .any(|name| holds(name, word))
        };
        match self {
            Self::Op(op) => node.op_type().to_lowercase() == *op,
            Self::Name(word) => holds(node.name(), word),
            Self::Tensor(word) => tensors(word),
            Self::Any(word) => {
                holds(node.op_type(), word) || holds(node.name(), word) || tensors(word)
            }
            Self::Weight(bound, limit) => match bound {
                Bound::More => weight as f64 > *limit,
                Bound::AtLeast => weight as f64 >= *limit,
                Bound::Less => (weight as f64) < *limit,
                Bound::AtMost => weight as f64 <= *limit,
            },
        }
    }
}
