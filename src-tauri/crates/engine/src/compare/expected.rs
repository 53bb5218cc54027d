//! Which columns of a file hold what was expected of which output.

use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::tensor::{Data, Tensor};

/// Columns that a person says belong to an output, in the order of its elements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ColumnMapping {
    pub output: String,
    pub columns: Vec<String>,
}

/// The columns of one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedColumns {
    pub output: String,
    pub columns: Vec<String>,
}

/// Names by which frameworks call a model's one output.
const ONE_OUTPUT: [&str; 6] = [
    "prediction",
    "predictions",
    "expected",
    "y_pred",
    "output",
    "target",
];

impl ExpectedColumns {
    /// Finds the columns of each output: those that `mapping` names; else `<output>`, `expected_<output>`,
    /// `<output>_expected`; else `<output>_0`, `<output>_1` and so on (also with a dot, or in brackets); else, for a model of
    /// which nothing else matches, `prediction` and its like for the first output. `taken` are columns that the model
    /// reads: a column is never both.
    ///
    /// # Errors
    /// When the mapping names an output or a column that is not there.
    pub fn find(
        outputs: &[String],
        columns: &[String],
        taken: &[String],
        mapping: &[ColumnMapping],
    ) -> Result<Vec<Self>, EngineError> {
        for wanted in mapping {
            check(wanted, outputs, columns)?;
        }
        let free: Vec<&str> = columns
            .iter()
            .map(String::as_str)
            .filter(|column| !taken.iter().any(|taken| taken == column))
            .collect();
        let mut found = Vec::new();
        for output in outputs {
            let given = mapping.iter().find(|mapping| mapping.output == *output);
            let of_output = match given {
                Some(mapping) => Some(mapping.columns.clone()),
                None => named_after(output, &free),
            };
            found.extend(of_output.map(|columns| Self {
                output: output.clone(),
                columns,
            }));
        }
        if found.is_empty()
            && let (Some(output), Some(column)) = (outputs.first(), one_output(&free))
        {
            found.push(Self {
                output: output.clone(),
                columns: vec![column],
            });
        }
        Ok(found)
    }

    /// As it is shown: `prediction`, `y_0 to y_3`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.columns.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, .., last] => format!("{first} to {last}"),
        }
    }

    /// The expected values of a batch, one row after the other.
    ///
    /// # Errors
    /// When a column is missing, or several are to be put together that are not numbers.
    pub fn read(&self, batch: &[(String, Tensor)]) -> Result<Tensor, EngineError> {
        let column = |name: &String| {
            let found = batch.iter().find(|(column, _)| column == name);
            found
                .map(|(_, tensor)| tensor)
                .ok_or_else(|| EngineError::input(name, "the file has no such column"))
        };
        let tensors: Vec<&Tensor> = self.columns.iter().map(column).collect::<Result<_, _>>()?;
        if let [one] = tensors.as_slice() {
            return Ok((*one).clone());
        }
        side_by_side(&self.columns, &tensors)
    }
}

/// Several columns of numbers as one tensor `[rows, columns]`. As float64: a float32 is the same there.
fn side_by_side(names: &[String], tensors: &[&Tensor]) -> Result<Tensor, EngineError> {
    let rows = tensors.first().map_or(0, |tensor| tensor.len());
    let mut values = Vec::with_capacity(tensors.len());
    for (name, tensor) in names.iter().zip(tensors) {
        let numbers = tensor
            .to_f64()
            .filter(|numbers| numbers.len() == rows)
            .ok_or_else(|| {
                let reason = "must hold one number a row to stand beside other columns";
                EngineError::input(name, reason)
            })?;
        values.push(numbers);
    }
    let row = |row: usize| values.iter().map(move |column| column[row]);
    let data = Data::Float64((0..rows).flat_map(row).collect());
    Tensor::new(vec![rows, tensors.len()], data)
}

fn check(
    wanted: &ColumnMapping,
    outputs: &[String],
    columns: &[String],
) -> Result<(), EngineError> {
    if !outputs.contains(&wanted.output) {
        let reason = format!(
            "the mapping names it, but the model gives {}",
            outputs.join(", ")
        );
        return Err(EngineError::input(&wanted.output, reason));
    }
    if wanted.columns.is_empty() {
        return Err(EngineError::input(
            &wanted.output,
            "the mapping gives it no column",
        ));
    }
    for column in &wanted.columns {
        if !columns.contains(column) {
            let reason = format!("the mapping names it, but the file has {}", few(columns));
            return Err(EngineError::input(column, reason));
        }
    }
    Ok(())
}

fn few(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        count if count <= SHOWN => names.join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}

fn named_after(output: &str, free: &[&str]) -> Option<Vec<String>> {
    let has = |name: &str| free.contains(&name);
    // Class scores are called `output.class` here, and usually `output_class` elsewhere.
    let plain = output.replace('.', "_");
    for base in [output, plain.as_str()] {
        for name in [
            base.to_owned(),
            format!("expected_{base}"),
            format!("{base}_expected"),
        ] {
            if has(&name) {
                return Some(vec![name]);
            }
        }
    }
    let forms: [fn(&str, usize) -> String; 3] = [
        |output, index| format!("{output}_{index}"),
        |output, index| format!("{output}.{index}"),
        |output, index| format!("{output}[{index}]"),
    ];
    for form in forms {
        let columns: Vec<String> = (0..)
            .map(|index| form(output, index))
            .take_while(|name| has(name))
            .collect();
        if !columns.is_empty() {
            return Some(columns);
        }
    }
    None
}

fn one_output(free: &[&str]) -> Option<String> {
    if let Some(name) = ONE_OUTPUT.into_iter().find(|name| free.contains(name)) {
        return Some(name.to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn found(outputs: &str, columns: &str, taken: &str) -> Vec<String> {
        let found = ExpectedColumns::find(&names(outputs), &names(columns), &names(taken), &[]);
        let found = found.unwrap();
        let text = |one: &ExpectedColumns| format!("{}={}", one.output, one.columns.join("+"));
        found.iter().map(text).collect()
    }

    #[test]
    fn columns_are_found_by_the_outputs_name() {
        assert_eq!(found("y", "x y", ""), ["y=y"]);
        assert_eq!(found("y", "y_0 y_1 y_2 y_4", ""), ["y=y_0+y_1+y_2"]);
        assert_eq!(
            found("label probability", "f0 label expected_probability", ""),
            ["label=label", "probability=expected_probability"]
        );
        assert_eq!(
            found("p.bear p.bull", "p_bear p_bull", ""),
            ["p.bear=p_bear", "p.bull=p_bull"]
        );
        assert_eq!(
            found("variable", "f0 f1 prediction", ""),
            ["variable=prediction"]
        );
        assert!(
            found("y", "y", "y").is_empty(),
            "what the model reads is not what it should give"
        );
        assert!(found("y", "f0 f1", "").is_empty());
    }

    #[test]
    fn a_mapping_is_taken_at_its_word_and_checked() {
        let mapping = |output: &str, columns: &str| {
            [ColumnMapping {
                output: output.to_owned(),
                columns: names(columns),
            }]
        };
        let (outputs, columns) = (names("y z"), names("f0 a b z"));
        let find =
            |mapping: &[ColumnMapping]| ExpectedColumns::find(&outputs, &columns, &[], mapping);
        let found = find(&mapping("y", "b a")).unwrap();
        assert_eq!(found[0].columns, names("b a"));
        assert_eq!(found[1].columns, names("z"));
        let wrong = find(&mapping("w", "a")).unwrap_err().to_string();
        assert!(wrong.contains("'w'") && wrong.contains("y, z"), "{wrong}");
        let wrong = find(&mapping("y", "c")).unwrap_err().to_string();
        assert!(
            wrong.contains("'c'") && wrong.contains("f0, a, b, z"),
            "{wrong}"
        );
    }

    #[test]
    fn several_columns_become_rows() {
        let column = |values: &[f32]| Tensor::new(vec![2], Data::Float32(values.to_vec())).unwrap();
        let batch = [
            ("a".to_owned(), column(&[1.0, 2.0])),
            ("b".to_owned(), column(&[3.0, 4.0])),
        ];
        let expected = ExpectedColumns {
            output: "y".to_owned(),
            columns: names("a b"),
        };
        let read = expected.read(&batch).unwrap();
        assert_eq!(read.to_f64().unwrap(), [1.0, 3.0, 2.0, 4.0]);
        assert_eq!(
            (read.shape(), expected.label().as_str()),
            (&[2, 2][..], "a to b")
        );
    }
}
