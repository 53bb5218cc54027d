//! Reading one table of a gate file: each key is taken with what it must be; what nobody took is unknown and refused.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::GateFileError;

/// The text and everything that is wrong with it.
pub(super) struct Source<'a> {
    text: &'a str,
    errors: RefCell<Vec<GateFileError>>,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            errors: RefCell::default(),
        }
    }

    /// In the order of the text.
    pub fn into_errors(self) -> Vec<GateFileError> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|error| (error.line, error.column));
        errors
    }

    /// The first line of what stands there.
    fn written(&self, at: &Range<usize>) -> &'a str {
        let whole = floor(self.text, at.start)..floor(self.text, at.end);
        let written = self.text.get(whole).unwrap_or("");
        written.lines().next().unwrap_or("").trim()
    }

    pub fn refuse(&self, field: &str, at: Range<usize>, message: impl Into<String>) {
        let (line, column) = place(self.text, at.start);
        self.errors.borrow_mut().push(GateFileError {
            line,
            column,
            field: field.to_owned(),
            value: self.written(&at).to_owned(),
            message: message.into(),
        });
    }
}

/// Line and column of a byte, both from 1, the column in characters.
pub(super) fn place(text: &str, at: usize) -> (u32, u32) {
    let before = &text[..floor(text, at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line as u32, column as u32)
}

/// The last place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(0)
}

/// A table and the keys that have been taken from it.
pub(super) struct Section<'s, 'a> {
    source: &'s Source<'a>,
    /// `latency[1]`
    path: String,
    table: &'s DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'s, 'a> Section<'s, 'a> {
    pub fn new(source: &'s Source<'a>, path: impl Into<String>, table: &'s DeTable<'a>) -> Self {
        Self {
            source,
            path: path.into(),
            table,
            known: Vec::new(),
        }
    }

    fn field(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub fn take(&mut self, key: &'static str) -> Option<&'s Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// Says that a value is not what its key wants, with what would be right.
    pub fn refuse(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        self.refuse_with(key, value, wanted, "");
    }

    fn refuse_with(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str, hint: &str) {
        let (field, at) = (self.field(key), value.span());
        let written = self.source.written(&at);
        let message = format!("{field} must be {wanted}, not {written}{hint}");
        self.source.refuse(&field, at, message);
    }

    /// Says that something is missing, at the first key that is there.
    pub fn lacks(&self, message: impl Into<String>) {
        let first = self
            .table
            .keys()
            .map(Spanned::span)
            .min_by_key(|at| at.start);
        self.source
            .refuse(&self.path, first.unwrap_or(0..0), message);
    }

    pub fn sub(&mut self, key: &'static str) -> Option<Section<'s, 'a>> {
        let value = self.take(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.source, self.field(key), table)),
            _ => {
                self.refuse(
                    key,
                    value,
                    &format!("a table: write [{key}] on a line of its own"),
                );
                None
            }
        }
    }

    /// `[[key]]`, or a single `[key]`.
    pub fn list(&mut self, key: &'static str) -> Vec<Section<'s, 'a>> {
        let Some(value) = self.take(key) else {
            return Vec::new();
        };
        let wanted = format!("a table: write [[{key}]] on a line of its own, once for each");
        match value.get_ref() {
            DeValue::Table(table) => vec![Section::new(self.source, self.field(key), table)],
            DeValue::Array(items) => {
                let mut found = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    match item.get_ref() {
                        DeValue::Table(table) => found.push(Section::new(
                            self.source,
                            format!("{}[{index}]", self.field(key)),
                            table,
                        )),
                        _ => self.refuse(key, item, &wanted),
                    }
                }
                found
            }
            _ => {
                self.refuse(key, value, &wanted);
                Vec::new()
            }
        }
    }

    /// A number for which `right` holds; `wanted` tells what that is.
    pub fn number(
        &mut self,
        key: &'static str,
        right: impl Fn(f64) -> bool,
        wanted: &str,
    ) -> Option<f64> {
        let value = self.take(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => whole(integer).map(|n| n as f64),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let found = number.filter(|n| n.is_finite() && right(*n));
        if found.is_none() {
            self.refuse(key, value, wanted);
        }
        found
    }

    pub fn integer(
        &mut self,
        key: &'static str,
        right: impl Fn(i64) -> bool,
        wanted: &str,
    ) -> Option<i64> {
        let value = self.take(key)?;
        let found = match value.get_ref() {
            DeValue::Integer(integer) => whole(integer).filter(|n| right(*n)),
            _ => None,
        };
        if found.is_none() {
            self.refuse(key, value, wanted);
        }
        found
    }

    pub fn text(&mut self, key: &'static str, wanted: &str) -> Option<String> {
        let value = self.take(key)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
            _ => {
                self.refuse(key, value, wanted);
                None
            }
        }
    }

    /// One of the words, as its place among them.
    pub fn word(&mut self, key: &'static str, words: &[&str]) -> Option<usize> {
        let value = self.take(key)?;
        let found = match value.get_ref() {
            DeValue::String(text) => words
                .iter()
                .position(|word| text.eq_ignore_ascii_case(word)),
            _ => None,
        };
        if found.is_none() {
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            let meant = match value.get_ref() {
                DeValue::String(text) => nearest(text, words),
                _ => None,
            };
            let meant = meant.map(|word| format!("; is \"{word}\" meant?"));
            let wanted = format!("one of {}", quoted.join(", "));
            self.refuse_with(key, value, &wanted, &meant.unwrap_or_default());
        }
        found
    }

    pub fn texts(&mut self, key: &'static str, wanted: &str) -> Option<Vec<String>> {
        let value = self.take(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.refuse(key, value, wanted);
            return None;
        };
        let mut found = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if !text.trim().is_empty() => found.push(text.to_string()),
                _ => self.refuse(key, item, wanted),
            }
        }
        Some(found)
    }

    /// Whatever was not taken is unknown here.
    pub fn done(self) {
        for key in self.table.keys() {
            let name = key.get_ref();
            if self.known.iter().any(|known| known == name) {
                continue;
            }
            let place = if self.path.is_empty() {
                "a gate file".to_owned()
            } else {
                format!("[{}]", self.path)
            };
            let hint = match nearest(name, &self.known) {
                Some(near) => format!("; is {near} meant?"),
                None => format!("; it knows {}", self.known.join(", ")),
            };
            let message = format!("{place} has no {name}{hint}");
            self.source.refuse(&self.field(name), key.span(), message);
        }
    }
}

fn whole(integer: &toml::de::DeInteger<'_>) -> Option<i64> {
    let digits = integer.as_str().trim_start_matches('+').replace('_', "");
    i64::from_str_radix(&digits, integer.radix()).ok()
}

/// The known word that is most like it, if any is.
fn nearest<'w>(name: &str, words: &[&'w str]) -> Option<&'w str> {
    const LIKE: f64 = 0.55;
    let likeness = |word: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), word);
    words
        .iter()
        .map(|word| (likeness(word), *word))
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}
