//! How large each tree is; and that no row can go round in it for ever.

use super::ensemble::{Node, NodeKind};
use super::error::TreeFault;

/// One tree of an ensemble. A node that several lead to (converters write set membership so) counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeShape {
    /// The number that the file gives it.
    pub number: i64,
    pub root: u32,
    pub splits: u32,
    pub leaves: u32,
    /// Splits on the longest way from the root to a leaf.
    pub depth: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    /// On the way from the root to where we are.
    Open,
    /// Measured: how far the furthest leaf is below.
    Done(u32),
}

/// Walks the trees of an ensemble one after the other.
pub struct Walk {
    marks: Vec<Mark>,
    /// The tree that came to a node last, counted from 1: trees may share leaves, but no splits.
    seen_by: Vec<u32>,
    trees: u32,
}

impl Walk {
    pub fn over(nodes: usize) -> Self {
        Self {
            marks: vec![Mark::New; nodes],
            seen_by: vec![0; nodes],
            trees: 0,
        }
    }

    pub fn measure(
        &mut self,
        nodes: &[Node],
        number: i64,
        root: u32,
    ) -> Result<TreeShape, TreeFault> {
        self.trees += 1;
        let mut shape = TreeShape {
            number,
            root,
            splits: 0,
            leaves: 0,
            depth: 0,
        };
        let mut way = vec![root];
        while let Some(&at) = way.last() {
            let NodeKind::Split(split) = &nodes[at as usize].kind else {
                shape.leaves += u32::from(self.first_time(at));
                self.marks[at as usize] = Mark::Done(0);
                way.pop();
                continue;
            };
            if self.marks[at as usize] == Mark::New {
                shape.splits += 1;
                self.first_time(at);
                self.marks[at as usize] = Mark::Open;
            }
            match self.below(nodes, number, [split.yes, split.no])? {
                Below::Next(child) => way.push(child),
                Below::Deepest(depth) => {
                    self.marks[at as usize] = Mark::Done(depth);
                    way.pop();
                }
            }
        }
        if let Mark::Done(depth) = self.marks[root as usize] {
            shape.depth = depth;
        }
        Ok(shape)
    }

    fn first_time(&mut self, node: u32) -> bool {
        let by = &mut self.seen_by[node as usize];
        std::mem::replace(by, self.trees) != self.trees
    }

    fn below(&self, nodes: &[Node], number: i64, children: [u32; 2]) -> Result<Below, TreeFault> {
        let mut deepest = 0;
        for child in children {
            let (node, seen_by) = (&nodes[child as usize], self.seen_by[child as usize]);
            let is_leaf = matches!(node.kind, NodeKind::Leaf(_));
            match self.marks[child as usize] {
                Mark::New => return Ok(Below::Next(child)),
                Mark::Open => {
                    let node = node.id;
                    return Err(TreeFault::Cycle { tree: number, node });
                }
                Mark::Done(_) if seen_by != self.trees && is_leaf => {
                    return Ok(Below::Next(child));
                }
                Mark::Done(_) if seen_by != self.trees => {
                    let node = node.id;
                    return Err(TreeFault::Shared { tree: number, node });
                }
                Mark::Done(depth) => deepest = deepest.max(depth + 1),
            }
        }
        Ok(Below::Deepest(deepest))
    }
}

enum Below {
    /// A child that was not measured yet.
    Next(u32),
    Deepest(u32),
}
