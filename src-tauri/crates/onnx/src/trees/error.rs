//! Why an ensemble cannot be read: the node, the attribute, what was found, what would be right.

/// An ensemble that no runtime could evaluate as it is written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{node}: {fault}")]
pub struct TreeError {
    /// The operator and, where it has one, the name of the node.
    pub node: String,
    pub fault: TreeFault,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TreeFault {
    #[error("the model has no tree ensemble there")]
    NoEnsemble,
    #[error(
        "attribute '{attribute}' has {found} entries where '{beside}' has {wanted}; both list the same nodes"
    )]
    Lengths {
        attribute: &'static str,
        found: usize,
        beside: &'static str,
        wanted: usize,
    },
    #[error("attribute '{0}' is missing or empty")]
    Missing(&'static str),
    #[error("attributes '{0}' and '{0}_as_tensor' are both given; an ensemble has one of them")]
    Both(&'static str),
    #[error("attribute '{attribute}' cannot be read: {problem}")]
    Tensor { attribute: String, problem: String },
    #[error(
        "node {node} of tree {tree} has mode '{mode}'; known are BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, BRANCH_EQ, BRANCH_NEQ, BRANCH_MEMBER and LEAF"
    )]
    Mode { tree: i64, node: i64, mode: String },
    #[error("node {node} of tree {tree} is given twice")]
    Twice { tree: i64, node: i64 },
    #[error(
        "the nodes of tree {tree} stand in two places of the list; a tree's nodes follow each other"
    )]
    Scattered { tree: i64 },
    #[error(
        "the {branch} branch of node {node} of tree {tree} leads to node {child}, which the tree does not have"
    )]
    Child {
        tree: i64,
        node: i64,
        branch: &'static str,
        child: i64,
    },
    #[error("node {node} of tree {tree} lies on a circle: a row that reaches it would never leave")]
    Cycle { tree: i64, node: i64 },
    #[error("node {node} belongs to tree {tree} and to another; a split belongs to one tree")]
    Shared { tree: i64, node: i64 },
    #[error("node {node} of tree {tree} tests feature {feature}; features count from 0")]
    Feature { tree: i64, node: i64, feature: i64 },
    #[error("leaf {node} of tree {tree} has no weight")]
    NoWeight { tree: i64, node: i64 },
    #[error("a weight is given to node {node} of tree {tree}, which the ensemble does not have")]
    WeightNowhere { tree: i64, node: i64 },
    #[error("a leaf adds to {what} {target}, but the ensemble has {targets}")]
    Target {
        what: &'static str,
        target: i64,
        targets: usize,
    },
    #[error("attribute 'aggregate_function' is '{0}'; known are SUM, AVERAGE, MIN and MAX")]
    Aggregate(String),
    #[error(
        "attribute 'post_transform' is '{0}'; known are NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO and PROBIT"
    )]
    PostTransform(String),
    #[error("attribute 'base_values' has {found} entries, but the ensemble has {targets} outputs")]
    BaseValues { found: usize, targets: usize },
    #[error("a row of {found} values was given, but the ensemble tests feature {wanted}")]
    Row { found: usize, wanted: u32 },
}
