//! The search language: text to a tree that `store` turns into SQL.
//!
//! It is MLflow's filter grammar and a superset of it: `or`, `not`, parentheses and `in` everywhere, `is null` for
//! metrics, `NaN` and `inf` as numbers, and regular expressions by `~` and `!~`. An error names the position in the text.

mod fields;
mod lexer;
mod order;
mod parser;
mod pattern;

use std::fmt;

pub use fields::{Attribute, DatasetField, Entity, Field, TraceField};
pub use order::{OrderBy, parse_order_by};
pub use parser::parse_filter;
pub use pattern::Pattern;

/// A condition on one thing that is searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Compare(Comparison),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub field: Field,
    pub test: Test,
}

impl Filter {
    /// Whether a metric is asked for anywhere in it.
    pub fn asks_metric(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::asks_metric),
            Self::Not(inner) => inner.asks_metric(),
            Self::Compare(comparison) => matches!(comparison.field, Field::Metric(_)),
        }
    }
}

/// The dataset that a metric of a logged model was measured on; what is not named may be any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnDataset {
    pub name: Option<String>,
    pub digest: Option<String>,
}

/// What is asked of a field. The parser has made sure that it fits the field's kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Number { op: NumberOp, value: f64 },
    Text { op: TextOp, value: String },
    Matches { pattern: Pattern, negated: bool },
    OneOf { values: Vec<String>, negated: bool },
    Missing,
    Present,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberOp {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl NumberOp {
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Lt => "<",
            Self::Le => "<=",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOp {
    Eq,
    Ne,
    /// Case matters.
    Like,
    /// Case does not matter.
    Ilike,
}

/// Why a filter or an order cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SearchError {
    /// `filter` or `order_by`.
    pub field: &'static str,
    /// In characters, from 1.
    pub position: usize,
    pub message: String,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            position,
            message,
        } = self;
        write!(f, "Invalid {field} at position {position}: {message}")
    }
}

#[cfg(test)]
mod tests;
