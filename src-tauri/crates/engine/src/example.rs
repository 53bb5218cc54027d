//! Input examples and request bodies, in the forms that MLflow writes and its scoring server takes:
//! `dataframe_split`, `dataframe_records`, `inputs`, `instances`, and the bare table or lists of `input_example.json`.
//!
//! Tables are mapped onto the model's own inputs: a model with one matrix input takes the columns in their order
//! (scikit-learn's converter makes those); a model with an input for each column takes them by name.

use serde_json::{Map, Value};

use crate::EngineError;
use crate::signature::{Port, PortDim, PortKind, Signature};
use crate::tensor::{ElementType, Tensor};

/// Named inputs for `signature` from the text of an example or request.
///
/// # Errors
/// [`EngineError::Example`] when the text is none of the known forms; [`EngineError::Input`] when it does not fit the
/// model.
pub fn parse(text: &str, signature: &Signature) -> Result<Vec<(String, Tensor)>, EngineError> {
    let value = serde_json::from_str(text).map_err(|error| bad(format!("is not JSON: {error}")))?;
    from_json(&value, signature)
}

/// As [`parse`], from JSON that was parsed already.
///
/// # Errors
/// As [`parse`].
pub fn from_json(
    value: &Value,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let inputs = match value {
        Value::Object(fields) => from_object(fields, signature)?,
        Value::Array(items) => from_list(items, value, signature)?,
        _ => return Err(bad("is neither a table nor lists of numbers")),
    };
    for (name, tensor) in &inputs {
        if let Some(port) = signature.inputs.iter().find(|port| port.name == *name) {
            port.accept(tensor)?;
        }
    }
    Ok(inputs)
}

fn bad(reason: impl Into<String>) -> EngineError {
    EngineError::Example {
        what: "the input example".to_owned(),
        reason: reason.into(),
    }
}

fn from_object(
    fields: &Map<String, Value>,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    if let Some(split) = fields.get("dataframe_split") {
        return Table::from_split(split)?.into_inputs(signature);
    }
    if let Some(Value::Array(records)) = fields.get("dataframe_records") {
        return Table::from_records(records)?.into_inputs(signature);
    }
    if fields.contains_key("columns") && fields.contains_key("data") {
        return Table::from_split(&Value::Object(fields.clone()))?.into_inputs(signature);
    }
    for form in ["inputs", "instances"] {
        // A model may have an input of that very name.
        if let Some(inner) = fields.get(form)
            && !signature.inputs.iter().any(|port| port.name == form)
        {
            return from_json(inner, signature);
        }
    }
    from_named(fields, signature)
}

/// `{"x": [[...]], "y": [...]}`
fn from_named(
    fields: &Map<String, Value>,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let mut inputs = Vec::new();
    for port in &signature.inputs {
        let Some(value) = fields.get(&port.name) else {
            let given: Vec<&str> = fields.keys().map(String::as_str).collect();
            let reason = match given.as_slice() {
                [] => "is missing; the example is empty".to_owned(),
                given => format!("is missing; the example has {}", given.join(", ")),
            };
            return Err(EngineError::input(&port.name, reason));
        };
        inputs.push((port.name.clone(), nested(port, value)?));
    }
    Ok(inputs)
}

fn from_list(
    items: &[Value],
    whole: &Value,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    if items.first().is_some_and(Value::is_object) {
        return Table::from_records(items)?.into_inputs(signature);
    }
    let [port] = signature.inputs.as_slice() else {
        let names: Vec<&str> = signature
            .inputs
            .iter()
            .map(|port| port.name.as_str())
            .collect();
        return Err(bad(format!(
            "is one list, but the model has the inputs {}; name each",
            names.join(", ")
        )));
    };
    Ok(vec![(port.name.clone(), nested(port, whole)?)])
}

/// Nested lists whose nesting is the shape. One row may be given without its outer list.
fn nested(port: &Port, value: &Value) -> Result<Tensor, EngineError> {
    let (element, dims) = tensor_port(port)?;
    let tensor = Tensor::from_json_nested(element, value).map_err(|error| named(port, error))?;
    match (dims, tensor.shape()) {
        ([_, PortDim::Fixed(width)], [length]) if width == length => {
            Tensor::new(vec![1, *width], tensor.data().clone())
        }
        _ => Ok(tensor),
    }
}

fn tensor_port(port: &Port) -> Result<(ElementType, &[PortDim]), EngineError> {
    match &port.kind {
        PortKind::Tensor { element, dims } => Ok((*element, dims)),
        other => Err(EngineError::input(
            &port.name,
            format!("{other} inputs cannot be given yet; only tensors can"),
        )),
    }
}

/// Errors from below do not know which input they belong to.
fn named(port: &Port, error: EngineError) -> EngineError {
    match error {
        EngineError::Input { reason, .. } => EngineError::input(&port.name, reason),
        other => other,
    }
}

/// A data frame.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    fn from_split(split: &Value) -> Result<Self, EngineError> {
        let rows = split
            .get("data")
            .and_then(Value::as_array)
            .ok_or_else(|| bad("is a table without data"))?;
        let rows: Option<Vec<Vec<Value>>> =
            rows.iter().map(|row| row.as_array().cloned()).collect();
        let rows = rows.ok_or_else(|| bad("is a table whose rows are not lists"))?;
        let width = rows.first().map_or(0, Vec::len);
        let columns = match split.get("columns").and_then(Value::as_array) {
            Some(columns) => columns.iter().map(column_name).collect(),
            None => (0..width).map(|index| index.to_string()).collect(),
        };
        let table = Self { columns, rows };
        match table
            .rows
            .iter()
            .position(|row| row.len() != table.columns.len())
        {
            Some(row) => Err(bad(format!(
                "has {} columns, but row {row} has another length",
                table.columns.len()
            ))),
            None => Ok(table),
        }
    }

    fn from_records(records: &[Value]) -> Result<Self, EngineError> {
        let fields = |record: &Value| {
            record
                .as_object()
                .cloned()
                .ok_or_else(|| bad("is a list of mixed things"))
        };
        let records: Vec<Map<String, Value>> =
            records.iter().map(fields).collect::<Result<_, _>>()?;
        let columns: Vec<String> = records
            .first()
            .map(|first| first.keys().cloned().collect())
            .unwrap_or_default();
        let mut rows = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            let row: Option<Vec<Value>> = columns
                .iter()
                .map(|column| record.get(column).cloned())
                .collect();
            let same = record.len() == columns.len();
            rows.push(
                row.filter(|_| same)
                    .ok_or_else(|| bad(format!("row {index} has other columns than row 0")))?,
            );
        }
        Ok(Self { columns, rows })
    }

    fn into_inputs(self, signature: &Signature) -> Result<Vec<(String, Tensor)>, EngineError> {
        if self.rows.is_empty() {
            return Err(bad("is a table without rows"));
        }
        if let [port] = signature.inputs.as_slice() {
            return Ok(vec![(port.name.clone(), self.matrix(port)?)]);
        }
        let mut inputs = Vec::new();
        for port in &signature.inputs {
            let column = self
                .columns
                .iter()
                .position(|column| *column == port.name)
                .ok_or_else(|| {
                    let reason = format!(
                        "no column has this name; the table has {}",
                        self.columns.join(", ")
                    );
                    EngineError::input(&port.name, reason)
                })?;
            inputs.push((port.name.clone(), self.column(port, column)?));
        }
        Ok(inputs)
    }

    /// The whole table as one matrix, columns in their order.
    fn matrix(&self, port: &Port) -> Result<Tensor, EngineError> {
        let (element, dims) = tensor_port(port)?;
        let width = self.columns.len();
        if let [_, PortDim::Fixed(wanted)] = dims
            && *wanted != width
        {
            let reason = format!("the model wants {wanted} columns, but the table has {width}");
            return Err(EngineError::input(&port.name, reason));
        }
        // A cell of a table may itself hold a list: then the table has one column, and its cells are the rows.
        if width == 1 && self.rows.iter().all(|row| row[0].is_array()) {
            let cells: Vec<Value> = self.rows.iter().map(|row| row[0].clone()).collect();
            return nested(port, &Value::Array(cells));
        }
        let shape = if dims.len() == 1 && width == 1 {
            vec![self.rows.len()]
        } else {
            vec![self.rows.len(), width]
        };
        let cells: Vec<Value> = self.rows.iter().flatten().cloned().collect();
        Tensor::from_json(element, &shape, &Value::Array(cells)).map_err(|error| named(port, error))
    }

    fn column(&self, port: &Port, index: usize) -> Result<Tensor, EngineError> {
        let (element, dims) = tensor_port(port)?;
        let mut shape = vec![self.rows.len()];
        if dims.len() == 2 {
            shape.push(1);
        }
        let cells: Vec<Value> = self.rows.iter().map(|row| row[index].clone()).collect();
        Tensor::from_json(element, &shape, &Value::Array(cells)).map_err(|error| named(port, error))
    }
}

/// pandas may name columns by number.
fn column_name(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tensor::Data;

    fn port(name: &str, element: ElementType, dims: &[usize]) -> Port {
        let open = PortDim::Open(Some("N".to_owned()));
        let dims = std::iter::once(open)
            .chain(dims.iter().map(|dim| PortDim::Fixed(*dim)))
            .collect();
        Port {
            name: name.to_owned(),
            kind: PortKind::Tensor { element, dims },
        }
    }

    fn one_matrix() -> Signature {
        Signature {
            inputs: vec![port("X", ElementType::Float32, &[3])],
            outputs: Vec::new(),
        }
    }

    fn two_columns() -> Signature {
        let inputs = vec![
            port("price", ElementType::Float32, &[1]),
            port("side", ElementType::String, &[]),
        ];
        Signature {
            inputs,
            outputs: Vec::new(),
        }
    }

    #[test]
    fn every_form_of_a_matrix_is_the_same_matrix() {
        let expected = Tensor::new(
            vec![2, 3],
            Data::Float32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        )
        .unwrap();
        for text in [
            r#"{"dataframe_split": {"index": [0, 1], "columns": ["a", "b", "c"], "data": [[1, 2, 3], [4, 5, 6]]}}"#,
            r#"{"columns": ["a", "b", "c"], "data": [[1, 2, 3], [4, 5, 6]]}"#,
            r#"{"dataframe_records": [{"a": 1, "b": 2, "c": 3}, {"a": 4, "b": 5, "c": 6}]}"#,
            r#"{"inputs": [[1, 2, 3], [4, 5, 6]]}"#,
            r#"{"inputs": {"X": [[1, 2, 3], [4, 5, 6]]}}"#,
            r#"{"instances": [[1, 2, 3], [4, 5, 6]]}"#,
            r#"{"X": [[1, 2, 3], [4, 5, 6]]}"#,
            "[[1, 2, 3], [4, 5, 6]]",
        ] {
            assert_eq!(
                parse(text, &one_matrix()).unwrap(),
                [("X".to_owned(), expected.clone())],
                "{text}"
            );
        }
        assert_eq!(
            parse("[1, 2, 3]", &one_matrix()).unwrap()[0].1.shape(),
            [1, 3],
            "one row without its outer list"
        );
    }

    #[test]
    fn columns_become_inputs_by_name() {
        let text = r#"{"dataframe_split": {"columns": ["side", "price"], "data": [["buy", 1.5], ["sell", null]]}}"#;
        let inputs = parse(text, &two_columns()).unwrap();
        assert_eq!(
            (inputs[0].0.as_str(), inputs[0].1.shape()),
            ("price", &[2, 1][..])
        );
        let Data::Float32(prices) = inputs[0].1.data() else {
            panic!("prices are floats")
        };
        assert!(prices[0] == 1.5 && prices[1].is_nan());
        assert_eq!(
            inputs[1].1,
            Tensor::new(vec![2], Data::String(vec!["buy".into(), "sell".into()])).unwrap()
        );
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let error =
            |text: &str, signature: &Signature| parse(text, signature).unwrap_err().to_string();
        assert!(error("nonsense", &one_matrix()).contains("is not JSON"));
        assert!(error("3", &one_matrix()).contains("neither a table nor lists"));
        assert!(
            error(r#"{"columns": ["a"], "data": [[1]]}"#, &one_matrix())
                .contains("wants 3 columns, but the table has 1")
        );
        assert!(
            error(
                r#"{"columns": ["a"], "data": [[1], [1, 2]]}"#,
                &one_matrix()
            )
            .contains("row 1")
        );
        assert!(error(r#"{"inputs": {"Y": [[1]]}}"#, &one_matrix()).contains("'X': is missing"));
        assert!(error("[[1, 2]]", &one_matrix()).contains("FP32[N, 3], but was given FP32[1, 2]"));
        assert!(error("[[1, 2]]", &two_columns()).contains("price, side"));
        assert!(
            error(r#"[{"price": 1}]"#, &two_columns()).contains("'side': no column has this name")
        );
        assert!(error(r#"{"columns": [], "data": []}"#, &one_matrix()).contains("without rows"));
    }
}
