//! Which names and keys are allowed, and how long values may be: MLflow's rules, so that no client is surprised.
//!
//! An error names the field, the value and what would be right.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

/// A value that cannot be accepted, with what could.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// `name`, `metrics[3].key`, ...
    pub field: String,
    pub value: String,
    /// What would be right, as the end of "expected ...".
    pub expected: String,
}

impl Invalid {
    pub fn new(
        field: impl Into<String>,
        value: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            value: value.into(),
            expected: expected.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = shortened(&self.value, 120);
        write!(
            f,
            "Invalid value '{value}' for parameter '{}' supplied: expected {}.",
            self.field, self.expected
        )
    }
}

/// The head of a text, for messages: nobody reads 8000 characters of a bad value.
pub fn shortened(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

pub const KEY_CHARS_MAX: usize = 250;
pub const EXPERIMENT_NAME_CHARS_MAX: usize = 500;
pub const MODEL_NAME_CHARS_MAX: usize = 256;
pub const ALIAS_CHARS_MAX: usize = 255;
pub const PARAM_VALUE_CHARS_MAX: usize = 6000;
pub const TAG_VALUE_CHARS_MAX: usize = 8000;
/// Experiments keep longer ones, and refuse those that are longer still.
pub const EXPERIMENT_TAG_VALUE_CHARS_MAX: usize = 20_000;
/// Registered models and their versions keep longer tags than runs do, and refuse those that are longer still.
pub const MODEL_TAG_VALUE_CHARS_MAX: usize = 100_000;
pub const BATCH_METRICS_MAX: usize = 1000;
pub const BATCH_PARAMS_MAX: usize = 100;
pub const BATCH_TAGS_MAX: usize = 100;
pub const BATCH_ITEMS_MAX: usize = 1000;

const KEY_RULE: &str = "at most 250 alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colons (:) \
                        and slashes (/), without '.', '..' or empty parts between slashes";

static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[/\w.\- :]+$").ok());
static ALIAS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\w\-]+$").ok());
static VERSION_ALIAS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[vV]\d+$").ok());

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// The key of a metric, a param or a tag. Keys become file names in some artifact stores and exports, hence the rule on
/// dots and slashes.
pub fn check_key(field: impl Into<String>, key: &str) -> Result<(), Invalid> {
    // Nearly every key is a plain word, and a batch brings a thousand.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(plain) {
        return Ok(());
    }
    let climbs = key.split('/').any(|part| matches!(part, "" | "." | ".."));
    if key.chars().count() > KEY_CHARS_MAX || climbs || !matches(&KEY, key) {
        return Err(Invalid::new(field, key, KEY_RULE));
    }
    Ok(())
}

pub fn check_experiment_name(name: &str) -> Result<(), Invalid> {
    let length = name.chars().count();
    if name.trim().is_empty()
        || length > EXPERIMENT_NAME_CHARS_MAX
        || name.chars().any(char::is_control)
    {
        return Err(Invalid::new(
            "name",
            name,
            "an experiment name of 1 to 500 printable characters",
        ));
    }
    Ok(())
}

/// Model names stand in URIs, `models:/<name>/<version>`, so `/` and `:` would be read as part of the address.
pub fn check_model_name(name: &str) -> Result<(), Invalid> {
    let length = name.chars().count();
    let printable = !name.chars().any(char::is_control);
    if name.trim().is_empty()
        || length > MODEL_NAME_CHARS_MAX
        || name.contains(['/', ':'])
        || !printable
    {
        return Err(Invalid::new(
            "name",
            name,
            "a registered model name of 1 to 256 characters without '/' and ':'",
        ));
    }
    Ok(())
}

pub fn check_alias(alias: &str) -> Result<(), Invalid> {
    if alias.chars().count() > ALIAS_CHARS_MAX || !matches(&ALIAS, alias) {
        return Err(Invalid::new(
            "alias",
            alias,
            "an alias of at most 255 alphanumerics, underscores and dashes",
        ));
    }
    if alias.eq_ignore_ascii_case("latest") || matches(&VERSION_ALIAS, alias) {
        return Err(Invalid::new(
            "alias",
            alias,
            "an alias other than 'latest' and 'v<number>', which are reserved",
        ));
    }
    Ok(())
}

/// The value of a tag in the registry: MLflow refuses what it cannot keep whole.
pub fn check_model_tag_value(value: &str) -> Result<(), Invalid> {
    check_length("value", value, MODEL_TAG_VALUE_CHARS_MAX)
}

/// The value of an experiment's tag, as in the registry.
pub fn check_experiment_tag_value(value: &str) -> Result<(), Invalid> {
    check_length("value", value, EXPERIMENT_TAG_VALUE_CHARS_MAX)
}

/// A text that is kept whole or not at all.
pub fn check_length(field: &str, value: &str, chars_max: usize) -> Result<(), Invalid> {
    if value.chars().count() <= chars_max {
        return Ok(());
    }
    Err(Invalid::new(
        field,
        shortened(value, 20),
        format!("at most {chars_max} characters"),
    ))
}

/// A logged model's name becomes part of URIs and folder names in clients.
pub fn check_logged_model_name(name: &str) -> Result<(), Invalid> {
    let forbidden = |c: char| matches!(c, '/' | ':' | '.' | '%' | '"' | '\'') || c.is_control();
    if name.is_empty() || name.chars().count() > KEY_CHARS_MAX || name.contains(forbidden) {
        return Err(Invalid::new(
            "name",
            name,
            "a model name of 1 to 250 characters without / : . % \" '",
        ));
    }
    Ok(())
}

/// PostgreSQL keeps no NUL in a text, so no workspace does. What an import or a file brings is not left behind for one.
pub fn without_nul(text: String) -> String {
    if text.contains('\0') {
        return text.replace('\0', "\u{FFFD}");
    }
    text
}

/// The value, cut to what MLflow keeps of it.
pub fn truncated(value: &str, chars_max: usize) -> &str {
    match value.char_indices().nth(chars_max) {
        Some((end, _)) => &value[..end],
        None => value,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys() {
        let long = "k".repeat(250);
        for key in [
            "loss",
            "train/loss",
            "f1-score",
            "a.b",
            "val acc",
            "p:99",
            "précision",
            "...",
            long.as_str(),
        ] {
            assert_eq!(check_key("key", key), Ok(()), "{key}");
        }
        let too_long = "k".repeat(251);
        for key in [
            "",
            "..",
            ".",
            "a/../b",
            "/a",
            "a//b",
            "a/",
            "./a",
            "a\nb",
            "a%b",
            "a$",
            too_long.as_str(),
        ] {
            assert!(check_key("key", key).is_err(), "{key:?} passed");
        }
    }

    #[test]
    fn experiment_names() {
        assert!(check_experiment_name("/Users/quant/regime: v2").is_ok());
        for name in ["", "  ", "a\0b", &"x".repeat(501)] {
            assert!(check_experiment_name(name).is_err(), "{name:?} passed");
        }
    }

    #[test]
    fn model_names() {
        assert!(check_model_name("regime classifier v2.1").is_ok());
        for name in ["", "a/b", "a:b", "a\tb", &"x".repeat(257)] {
            assert!(check_model_name(name).is_err(), "{name:?} passed");
        }
    }

    #[test]
    fn aliases() {
        for alias in ["champion", "v2-candidate", "latest_good", "vv1"] {
            assert_eq!(check_alias(alias), Ok(()), "{alias}");
        }
        for alias in ["", "latest", "Latest", "v1", "V22", "a b", "a/b"] {
            assert!(check_alias(alias).is_err(), "{alias:?} passed");
        }
    }

    #[test]
    fn an_error_names_field_value_and_remedy() {
        let error = check_alias("v1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Invalid value 'v1' for parameter 'alias' supplied: expected an alias other than 'latest' and \
             'v<number>', which are reserved."
        );
    }

    #[test]
    fn what_is_kept_whole_has_a_length() {
        assert!(check_experiment_tag_value(&"ü".repeat(20_000)).is_ok());
        let error = check_experiment_tag_value(&"ü".repeat(20_001)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "Invalid value '{}...' for parameter 'value' supplied: expected at most 20000 characters.",
                "ü".repeat(20)
            )
        );
    }

    #[test]
    fn truncation_counts_characters() {
        assert_eq!(truncated("äöü", 2), "äö");
        assert_eq!(truncated("äöü", 3), "äöü");
    }
}
