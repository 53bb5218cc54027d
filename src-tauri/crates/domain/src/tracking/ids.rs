//! Ids of what is tracked.

use std::fmt;

use crate::names::Invalid;

/// Ids are made by the app, so that both databases and an import keep the same ones. Their text is checked at the door:
/// an id is a file-name-safe word.
macro_rules! word_id {
    ($(#[$doc:meta])* $type:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                if !text.is_empty() && text.len() <= 64 && text.bytes().all(word) {
                    return Ok(Self(text.to_owned()));
                }
                Err(Invalid::new($field, text, "an id of at most 64 letters, digits, '-' and '_'"))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }
    };
}

word_id!(ExperimentId, "experiment_id");
word_id!(RunId, "run_id");
word_id!(
    /// `m-` and 32 hex digits.
    LoggedModelId,
    "model_id"
);

impl ExperimentId {
    /// The experiment that runs land in when a script names none.
    pub fn default_experiment() -> Self {
        Self("0".to_owned())
    }

    pub fn from_number(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl RunId {
    pub fn new(random: uuid::Uuid) -> Self {
        Self(random.simple().to_string())
    }
}

impl LoggedModelId {
    pub fn new(random: uuid::Uuid) -> Self {
        Self(format!("m-{}", random.simple()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words() {
        assert!(RunId::parse("0f3a").is_ok());
        for text in ["", "a/b", "..", "a b", "é", &"a".repeat(65)] {
            assert!(RunId::parse(text).is_err(), "{text:?} passed");
        }
    }
}
