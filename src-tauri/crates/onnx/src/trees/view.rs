//! One tree, to be drawn.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::ensemble::{Ensemble, NodeKind, Split};

/// A tree of an ensemble, its root first, each node before the ones below it.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TreeView {
    /// Its place in the ensemble.
    pub tree: u32,
    /// The number that the file gives it.
    #[specta(type = Number)]
    pub number: i64,
    pub nodes: Vec<TreeViewNode>,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TreeViewNode {
    /// Its place in the ensemble, by which the path of a row names it.
    pub place: u32,
    /// The number that the file gives it.
    #[specta(type = Number)]
    pub id: i64,
    pub depth: u32,
    /// Of a split: the feature that it tests.
    pub feature: Option<u32>,
    /// Between the feature and the threshold: ≤, <, ≥, >, =, ≠, ∈.
    pub sign: Option<&'static str>,
    /// The threshold; null as well where it is no finite number.
    pub value: Option<f64>,
    /// Of a membership test: the values that answer yes.
    pub members: Vec<f64>,
    /// Where it goes, as places in this list.
    pub yes: Option<u32>,
    pub no: Option<u32>,
    /// Where NaN goes.
    pub missing_yes: bool,
    pub hit_rate: Option<f64>,
    /// Of a leaf: what it gives.
    pub votes: Vec<TreeVote>,
}

/// What a leaf adds to one output.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct TreeVote {
    pub target: u32,
    #[specta(type = Number)]
    pub weight: f64,
}

impl From<&(u32, f64)> for TreeVote {
    fn from((target, weight): &(u32, f64)) -> Self {
        Self {
            target: *target,
            weight: *weight,
        }
    }
}

impl Ensemble {
    /// The tree at a place of the ensemble; `None` when there are not so many.
    #[must_use]
    pub fn view(&self, tree: u32) -> Option<TreeView> {
        let shape = self.trees.get(tree as usize)?;
        let mut nodes: Vec<TreeViewNode> = Vec::new();
        let mut places: HashMap<u32, u32> = HashMap::new();
        // The node, its depth, and the place and branch that led to it.
        let mut next = vec![(shape.root, 0_u32, None::<(u32, bool)>)];
        while let Some((at, depth, from)) = next.pop() {
            let known = places.get(&at).copied();
            let place = known.unwrap_or(nodes.len() as u32);
            if let Some((parent, yes)) = from {
                let parent = &mut nodes[parent as usize];
                *(if yes { &mut parent.yes } else { &mut parent.no }) = Some(place);
            }
            if known.is_some() {
                continue;
            }
            places.insert(at, place);
            nodes.push(self.view_node(at, depth));
            if let NodeKind::Split(split) = &self.nodes[at as usize].kind {
                next.push((split.no, depth + 1, Some((place, false))));
                next.push((split.yes, depth + 1, Some((place, true))));
            }
        }
        Some(TreeView {
            tree,
            number: shape.number,
            nodes,
        })
    }

    fn view_node(&self, at: u32, depth: u32) -> TreeViewNode {
        let node = &self.nodes[at as usize];
        let split: Option<&Split> = match &node.kind {
            NodeKind::Split(split) => Some(split),
            NodeKind::Leaf(_) => None,
        };
        TreeViewNode {
            place: at,
            id: node.id,
            depth,
            feature: split.map(|split| split.feature),
            sign: split.map(|split| split.test.sign()),
            value: split.map(|split| split.value),
            members: split.map_or_else(Vec::new, |split| self.members_of(split).to_vec()),
            yes: None,
            no: None,
            missing_yes: split.is_some_and(|split| split.missing_yes),
            hit_rate: node.hit_rate,
            votes: self.votes_of(at).iter().map(TreeVote::from).collect(),
        }
    }
}
