//! Expected outputs: `expected_output.json`, as the trainer logged it for the input example.
//!
//! `{"outputs": {"<name>": nested list}, "rtol": 1e-5, "atol": 1e-6}`; the tolerances are optional. Class scores may be
//! given as they come from Python, a list of `{class: score}`, or as the columns that the engine makes of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::EngineError;
use crate::compare::{Comparison, compare};
use crate::tensor::Tensor;

/// What the outputs should be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedOutput {
    pub outputs: BTreeMap<String, Value>,
    pub rtol: Option<f64>,
    pub atol: Option<f64>,
}

/// One expected output against the real one.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenResult {
    pub output: String,
    /// The comparison, or why there could be none.
    pub result: Result<Comparison, String>,
}

impl GoldenResult {
    #[must_use]
    pub fn within(&self) -> bool {
        self.result.as_ref().is_ok_and(Comparison::within)
    }
}

/// Reads `expected_output.json`.
///
/// # Errors
/// [`EngineError::Example`] when it is not of the form above, or expects nothing.
pub fn parse(text: &str) -> Result<ExpectedOutput, EngineError> {
    let bad = |reason: String| EngineError::Example {
        what: "the expected output".to_owned(),
        reason,
    };
    let expected: ExpectedOutput =
        serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
    if expected.outputs.is_empty() {
        return Err(bad("it expects no output at all".to_owned()));
    }
    let tolerances = [("rtol", expected.rtol), ("atol", expected.atol)];
    for (name, tolerance) in tolerances {
        if tolerance.is_some_and(|tolerance| !tolerance.is_finite() || tolerance < 0.0) {
            return Err(bad(format!("{name} must be a number of at least 0")));
        }
    }
    Ok(expected)
}

/// Compares each expected output with the one of that name. Outputs that nobody expected are not looked at.
#[must_use]
pub fn check(
    expected: &ExpectedOutput,
    outputs: &[(String, Tensor)],
    rtol: f64,
    atol: f64,
) -> Vec<GoldenResult> {
    let columns = expected
        .outputs
        .iter()
        .flat_map(|(name, value)| as_columns(name, value));
    columns
        .map(|(output, value)| {
            let result = check_one(&output, &value, outputs, rtol, atol);
            GoldenResult { output, result }
        })
        .collect()
}

fn check_one(
    name: &str,
    expected: &Value,
    outputs: &[(String, Tensor)],
    rtol: f64,
    atol: f64,
) -> Result<Comparison, String> {
    let Some((_, actual)) = outputs.iter().find(|(output, _)| output == name) else {
        let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
        return Err(format!(
            "the model gives no such output; it gives {}",
            names.join(", ")
        ));
    };
    let expected = Tensor::from_json_nested(actual.element_type(), expected)
        .map_err(|error| error.to_string())?;
    compare(actual, &expected, rtol, atol).ok_or_else(|| {
        format!(
            "expected shape {:?}, but the model gives {:?}",
            expected.shape(),
            actual.shape()
        )
    })
}

/// A list of `{class: score}` turns into columns, as the engine does with what the model gives.
fn as_columns(name: &str, value: &Value) -> Vec<(String, Value)> {
    let rows: Option<Vec<&serde_json::Map<String, Value>>> = value
        .as_array()
        .filter(|rows| !rows.is_empty())
        .and_then(|rows| rows.iter().map(Value::as_object).collect());
    let Some(rows) = rows else {
        return vec![(name.to_owned(), value.clone())];
    };
    let mut columns: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for (class, score) in *row {
            let column = columns
                .entry(class)
                .or_insert_with(|| vec![Value::Null; rows.len()]);
            column[index] = score.clone();
        }
    }
    columns
        .into_iter()
        .map(|(class, scores)| (format!("{name}.{class}"), Value::Array(scores)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tensor::Data;

    fn outputs() -> Vec<(String, Tensor)> {
        let column = |values: &[f32]| Tensor::new(vec![2], Data::Float32(values.to_vec())).unwrap();
        let labels = Tensor::new(vec![2], Data::Int64(vec![0, 1])).unwrap();
        vec![
            ("label".to_owned(), labels),
            ("probability.0".to_owned(), column(&[0.9, 0.2])),
            ("probability.1".to_owned(), column(&[0.1, 0.8])),
        ]
    }

    #[test]
    fn scores_may_be_given_as_python_gives_them() {
        let text = r#"{"outputs": {"label": [0, 1], "probability": [{"0": 0.9, "1": 0.1}, {"0": 0.2, "1": 0.8}]}}"#;
        let results = check(&parse(text).unwrap(), &outputs(), 1e-6, 0.0);
        assert_eq!(results.len(), 3);
        assert!(results.iter().all(GoldenResult::within), "{results:?}");
    }

    #[test]
    fn a_difference_is_measured_and_a_missing_output_is_named() {
        let text = r#"{"outputs": {"label": [0, 0], "nothing": [1]}, "rtol": 1e-5, "atol": 1e-6}"#;
        let results = check(&parse(text).unwrap(), &outputs(), 1e-5, 1e-6);
        assert_eq!(results[0].result.as_ref().unwrap().max_abs, 1.0);
        assert!(
            results[1]
                .result
                .as_ref()
                .unwrap_err()
                .contains("it gives label, probability.0")
        );
        let shapes = parse(r#"{"outputs": {"label": [[0], [1]]}}"#).unwrap();
        assert!(
            check(&shapes, &outputs(), 0.0, 0.0)[0]
                .result
                .as_ref()
                .unwrap_err()
                .contains("expected shape [2, 1]")
        );
    }

    #[test]
    fn an_expectation_of_nothing_is_refused() {
        for text in [
            "{}",
            r#"{"outputs": {}}"#,
            r#"{"outputs": {"y": 1}, "rtol": -1}"#,
            "[1, 2]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
