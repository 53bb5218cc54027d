//! Rows as people give them: an example as it was logged, or numbers copied out of a table.

use super::{GENERATED_ROWS, RowSource};
use crate::signature::{PortKind, Signature};
use crate::tensor::Data;
use crate::{EngineError, Tensor, example, inputs};

pub fn rows(
    source: &RowSource,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    match source {
        RowSource::Generated { seed } => inputs::generate(signature, GENERATED_ROWS, *seed),
        RowSource::Text { text } => match text.trim_start().chars().next() {
            Some('{' | '[') => wanted(example::parse(text, signature)?, signature),
            _ => numbers(text, signature),
        },
    }
}

/// An example of the whole model may name inputs that do not lead to the ensemble.
fn wanted(
    given: Vec<(String, Tensor)>,
    signature: &Signature,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let known = |name: &str| signature.inputs.iter().any(|port| port.name == name);
    Ok(given.into_iter().filter(|(name, _)| known(name)).collect())
}

/// Lines of numbers, as they are copied out of a table; `nan` and an empty cell are missing values.
fn numbers(text: &str, signature: &Signature) -> Result<Vec<(String, Tensor)>, EngineError> {
    let [port] = &signature.inputs[..] else {
        return Err(EngineError::input(
            "row",
            "the model has several inputs; give the row as JSON, a field for each input",
        ));
    };
    let PortKind::Tensor { element, .. } = &port.kind else {
        return Err(EngineError::input(&port.name, "takes no numbers"));
    };
    let mut values = Vec::new();
    let (mut count, mut width) = (0, 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row: Result<Vec<f64>, EngineError> = cells(line).map(number).collect();
        let row = row?;
        if count > 0 && row.len() != width {
            let (line, found) = (count + 1, row.len());
            let reason =
                format!("line {line} has {found} numbers where the first line has {width}");
            return Err(EngineError::input("row", reason));
        }
        width = row.len();
        count += 1;
        values.extend(row);
    }
    if count == 0 {
        return Err(EngineError::input("row", "no number is given"));
    }
    let data = match element {
        crate::ElementType::Float64 => Data::Float64(values),
        crate::ElementType::Int64 => Data::Int64(values.iter().map(|v| *v as i64).collect()),
        crate::ElementType::Int32 => Data::Int32(values.iter().map(|v| *v as i32).collect()),
        _ => Data::Float32(values.iter().map(|v| *v as f32).collect()),
    };
    Ok(vec![(
        port.name.clone(),
        Tensor::new(vec![count, width], data)?,
    )])
}

fn cells(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match [',', ';', '\t']
        .into_iter()
        .find(|mark| line.contains(*mark))
    {
        Some(mark) => Box::new(line.trim_end_matches(mark).split(mark).map(str::trim)),
        None => Box::new(line.split_whitespace()),
    }
}

fn number(cell: &str) -> Result<f64, EngineError> {
    if cell.is_empty() {
        return Ok(f64::NAN);
    }
    cell.parse()
        .map_err(|_| EngineError::input("row", format!("'{cell}' is no number")))
}
