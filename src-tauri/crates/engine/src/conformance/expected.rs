//! What is known to become of each case: a list that is checked in, with a reason for everything that is not a pass.
//!
//! ```toml
//! cases = 1765
//!
//! [[difference]]
//! result = "load"
//! reason = "ONNX Runtime 1.30 knows operator sets up to 25; the case needs 26"
//! cases = ["test_a", "test_b"]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::EngineError;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// How many there are; all that are not named below pass.
    pub cases: usize,
    #[serde(default)]
    pub difference: Vec<Difference>,
}

/// Cases that do not pass, all for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// [`Outcome::word`].
    pub result: String,
    pub reason: String,
    /// Where it depends on the machine: a pass is as good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_pass: bool,
    pub cases: Vec<String>,
}

/// A case that became something else than the list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Surprise {
    pub case: String,
    pub expected: String,
    pub found: String,
}

impl Expected {
    /// # Errors
    /// [`EngineError::Config`] that names what is wrong in the file.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let wrong = |field: &str, reason: String| EngineError::Config {
            path: path.to_owned(),
            field: field.to_owned(),
            reason,
        };
        let text =
            std::fs::read_to_string(path).map_err(|error| wrong("file", error.to_string()))?;
        let expected: Self =
            toml::from_str(&text).map_err(|error| wrong("file", error.message().to_owned()))?;
        let unexplained = expected
            .difference
            .iter()
            .find(|group| group.reason.trim().is_empty());
        match unexplained {
            Some(group) => Err(wrong(
                "difference.reason",
                format!("{:?} have none", group.cases),
            )),
            None => Ok(expected),
        }
    }

    /// Every case that became something else, and every one that is missing or new.
    #[must_use]
    pub fn surprises(&self, found: &BTreeMap<String, Outcome>) -> Vec<Surprise> {
        let named: BTreeMap<&str, &str> = self
            .difference
            .iter()
            .flat_map(|group| {
                group
                    .cases
                    .iter()
                    .map(|case| (case.as_str(), group.result.as_str()))
            })
            .collect();
        let may_pass: BTreeSet<&str> = self
            .difference
            .iter()
            .filter(|group| group.may_pass)
            .flat_map(|group| group.cases.iter().map(String::as_str))
            .collect();
        let surprise = |case: &str, expected: &str, found: String| Surprise {
            case: case.to_owned(),
            expected: expected.to_owned(),
            found,
        };
        let mut all = Vec::new();
        for (case, outcome) in found {
            let expected = named.get(case.as_str()).copied().unwrap_or("pass");
            let fortunate = *outcome == Outcome::Pass && may_pass.contains(case.as_str());
            if expected != outcome.word() && !fortunate {
                let why = outcome.reason().map(|reason| format!(": {reason}"));
                let found = format!("{}{}", outcome.word(), why.unwrap_or_default());
                all.push(surprise(case, expected, found));
            }
        }
        let missing = named.iter().filter(|(case, _)| !found.contains_key(**case));
        all.extend(missing.map(|(case, word)| surprise(case, word, "no such case".to_owned())));
        if found.len() != self.cases {
            let counted = |count: usize| format!("{count} cases");
            all.push(surprise("all", &counted(self.cases), counted(found.len())));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn whatever_is_not_as_listed_is_told() {
        let expected = Expected {
            cases: 3,
            difference: vec![Difference {
                result: "load".to_owned(),
                reason: "newer".to_owned(),
                may_pass: false,
                cases: vec!["b".to_owned(), "gone".to_owned()],
            }],
        };
        let found = |all: &[(&str, Outcome)]| {
            all.iter()
                .map(|(case, outcome)| ((*case).to_owned(), outcome.clone()))
                .collect()
        };
        let load = || Outcome::NotLoaded("opset 26".to_owned());
        let told = |all: &[(&str, Outcome)]| -> Vec<String> {
            let surprises = expected.surprises(&found(all));
            surprises
                .iter()
                .map(|s| format!("{} {} {}", s.case, s.expected, s.found))
                .collect()
        };
        assert_eq!(
            told(&[("a", Outcome::Pass), ("b", load()), ("gone", load())]),
            Vec::<String>::new()
        );
        assert_eq!(
            told(&[("a", load()), ("b", Outcome::Pass)]),
            [
                "a pass load: opset 26",
                "b load pass",
                "gone load no such case",
                "all 3 cases 2 cases"
            ]
        );
    }
}
