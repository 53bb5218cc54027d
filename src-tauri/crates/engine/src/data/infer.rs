//! Which type the texts of a column have: whole numbers, numbers, truth values, or text.

use crate::tensor::ElementType;

/// What pandas reads as missing, without the spellings of NaN, which are numbers here.
const MISSING: [&str; 7] = ["", "NA", "N/A", "<NA>", "null", "NULL", "None"];

pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

/// What the cells seen so far could all be.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    could_be_bool: bool,
    could_be_integer: bool,
    could_be_float: bool,
    /// A whole number that 64 bits do not hold: as a float it is rounded.
    too_large: bool,
    values: u64,
    missing: u64,
}

impl Default for Guess {
    fn default() -> Self {
        Self {
            could_be_bool: true,
            could_be_integer: true,
            could_be_float: true,
            too_large: false,
            values: 0,
            missing: 0,
        }
    }
}

impl Guess {
    pub(super) fn look(&mut self, cell: &str) {
        let cell = cell.trim();
        if is_missing(cell) {
            self.missing += 1;
            return;
        }
        self.values += 1;
        self.could_be_bool = self.could_be_bool && bool(cell).is_some();
        if self.could_be_integer && integer(cell).is_none() {
            self.could_be_integer = false;
        }
        if self.could_be_float && !self.could_be_integer {
            self.could_be_float = float(cell).is_some() && !is_code(cell);
            self.too_large |= self.could_be_float && is_digits(cell);
        }
    }

    /// The type, and what there is to say about it.
    pub(super) fn settled(&self) -> (ElementType, Option<String>) {
        let empty = (self.missing > 0).then(|| {
            format!(
                "{} empty cell{} NaN",
                self.missing,
                if self.missing == 1 { " is" } else { "s are" }
            )
        });
        if self.values == 0 {
            return (
                ElementType::Float64,
                (self.missing > 0).then(|| "no cell has a value: all are NaN".to_owned()),
            );
        }
        if self.could_be_bool && self.missing == 0 {
            return (ElementType::Bool, None);
        }
        if self.could_be_integer && self.missing == 0 {
            return (ElementType::Int64, None);
        }
        if self.could_be_float {
            let rounded = self
                .too_large
                .then(|| "whole numbers beyond 64 bits are rounded".to_owned());
            return (ElementType::Float64, empty.or(rounded));
        }
        let blank = (self.missing > 0).then(|| {
            format!(
                "{} of its cells stand for no value and stay text",
                self.missing
            )
        });
        (ElementType::String, blank)
    }
}

pub(super) fn bool(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Only as a program writes them: `007` is a code, whose zeros must not be lost.
pub(super) fn integer(cell: &str) -> Option<i64> {
    if is_code(cell) {
        return None;
    }
    cell.parse().ok()
}

pub(super) fn float(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

fn is_code(cell: &str) -> bool {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    digits.len() > 1 && digits.starts_with('0') && is_digits(digits)
}

fn is_digits(cell: &str) -> bool {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(cells: &[&str]) -> (ElementType, Option<String>) {
        let mut guess = Guess::default();
        for cell in cells {
            guess.look(cell);
        }
        guess.settled()
    }

    #[test]
    fn types_are_the_narrowest_that_lose_nothing() {
        assert_eq!(guess(&["1", "-2", "30"]), (ElementType::Int64, None));
        assert_eq!(
            guess(&["1", "2.5", "1e-3", "nan", "-inf"]).0,
            ElementType::Float64
        );
        assert_eq!(guess(&["True", "false"]).0, ElementType::Bool);
        assert_eq!(guess(&["buy", "1"]).0, ElementType::String);
        assert_eq!(guess(&["1", "buy"]).0, ElementType::String);
        assert_eq!(guess(&["1", "true"]).0, ElementType::String);
        assert_eq!(
            guess(&["007", "012"]).0,
            ElementType::String,
            "a code keeps its zeros"
        );
        assert_eq!(guess(&["0", "0.5", "-0"]).0, ElementType::Float64);
    }

    #[test]
    fn what_was_decided_is_said() {
        assert_eq!(
            guess(&["1", "", "3", "NA"]),
            (
                ElementType::Float64,
                Some("2 empty cells are NaN".to_owned())
            )
        );
        assert!(
            guess(&["", ""])
                .1
                .is_some_and(|note| note.contains("all are NaN"))
        );
        let (kind, note) = guess(&["99999999999999999999", "1"]);
        assert_eq!(kind, ElementType::Float64);
        assert!(note.is_some_and(|note| note.contains("beyond 64 bits")));
        assert!(
            guess(&["a", ""])
                .1
                .is_some_and(|note| note.contains("stay text"))
        );
    }
}
