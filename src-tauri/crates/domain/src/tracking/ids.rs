//! Ids of what is tracked.

use crate::word_id::word_id;

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
