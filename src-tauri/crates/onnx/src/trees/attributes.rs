//! The attributes of an ensemble's node, by name.

use std::collections::HashMap;

use super::error::TreeFault;
use crate::proto::{AttributeProto, NodeProto};
use crate::weights;

pub struct Attributes<'m>(HashMap<&'m str, &'m AttributeProto>);

impl<'m> Attributes<'m> {
    pub fn of(node: &'m NodeProto) -> Self {
        Self(node.attribute.iter().map(|a| (a.name(), a)).collect())
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(|attribute| attribute.i)
    }

    pub fn ints(&self, name: &str) -> &'m [i64] {
        self.0.get(name).map_or(&[], |attribute| &attribute.ints)
    }

    /// A text, or what stands for it when the attribute is not there.
    pub fn text(&self, name: &str, or: &str) -> String {
        let text = self.0.get(name).and_then(|attribute| attribute.s.as_ref());
        text.map_or_else(
            || or.to_owned(),
            |s| String::from_utf8_lossy(s).into_owned(),
        )
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self
            .0
            .get(name)
            .map_or(&[][..], |attribute| &attribute.strings);
        texts
            .iter()
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .collect()
    }

    /// Floats, or the same under `<name>_as_tensor`.
    pub fn numbers(&self, name: &'static str) -> Result<Vec<f64>, TreeFault> {
        let floats = self
            .0
            .get(name)
            .map_or(&[][..], |attribute| &attribute.floats);
        let tensor = self.tensor(&format!("{name}_as_tensor"))?;
        match (floats.is_empty(), tensor.is_empty()) {
            (false, false) => Err(TreeFault::Both(name)),
            (true, _) => Ok(tensor),
            (false, true) => Ok(floats.iter().copied().map(f64::from).collect()),
        }
    }

    /// The numbers of a tensor; none when it is not there.
    pub fn tensor(&self, name: &str) -> Result<Vec<f64>, TreeFault> {
        let Some(tensor) = self.0.get(name).and_then(|attribute| attribute.t.as_ref()) else {
            return Ok(Vec::new());
        };
        weights::numbers(tensor).map_err(|error| TreeFault::Tensor {
            attribute: name.to_owned(),
            problem: error.to_string(),
        })
    }
}

/// Two lists of the same nodes have the same length.
pub fn same_length(
    attribute: &'static str,
    found: usize,
    beside: &'static str,
    wanted: usize,
) -> Result<(), TreeFault> {
    if found == wanted {
        return Ok(());
    }
    Err(TreeFault::Lengths {
        attribute,
        found,
        beside,
        wanted,
    })
}
