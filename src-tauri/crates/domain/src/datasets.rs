//! Evaluation datasets: inputs on which a model or an agent is judged, with what is expected of its answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::names::Invalid;
use crate::tracking::ExperimentId;
use crate::word_id::word_id;

word_id!(
    /// `d-` and 32 hex digits.
    DatasetId,
    "dataset_id"
);

impl DatasetId {
    pub fn new(random: uuid::Uuid) -> Self {
        Self(format!("d-{}", random.simple()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationDataset {
    pub id: DatasetId,
    pub name: String,
    /// The fields seen so far and their types, as JSON.
    pub schema: Option<String>,
    pub record_count: i64,
    /// Changes whenever the dataset does.
    pub digest: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub experiment_ids: Vec<ExperimentId>,
}

/// What a record holds; everything is the client's JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RecordBody {
    pub inputs: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Map<String, Value>>,
    #[serde(default)]
    pub tags: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<RecordSource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
}

/// Where a record was taken from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordSource {
    pub source_type: String,
    #[serde(default)]
    pub source_data: Map<String, Value>,
}

impl RecordSource {
    /// The trace or document that the record came from.
    pub fn id(&self) -> Option<&str> {
        let key = match self.source_type.as_str() {
            "TRACE" => "trace_id",
            _ => "source_id",
        };
        self.source_data.get(key)?.as_str()
    }
}

const SOURCE_TYPES: [&str; 5] = ["UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"];

/// A record as a client sends it. What is left out keeps its value in a record that is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewRecord {
    pub inputs: Map<String, Value>,
    /// `Some(Null)` takes the outputs away.
    pub outputs: Option<Value>,
    pub expectations: Option<Map<String, Value>>,
    pub tags: Map<String, Value>,
    pub source: Option<RecordSource>,
}

impl NewRecord {
    /// Reads one element of the client's list; `at` is its place there.
    pub fn read(at: usize, value: Value) -> Result<Self, Invalid> {
        let wrong = |field: &str, expected: &str| {
            Invalid::new(format!("records[{at}]{field}"), "", expected)
        };
        let Value::Object(mut fields) = value else {
            return Err(wrong("", "an object"));
        };
        let mut object = |key: &str| match fields.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(wrong(&format!(".{key}"), "an object")),
        };
        let inputs = object("inputs")?.unwrap_or_default();
        let expectations = object("expectations")?.filter(|map| !map.is_empty());
        let tags = object("tags")?.unwrap_or_default();
        let source = object("source")?
            .map(|source| read_source(source).map_err(|expected| wrong(".source", expected)))
            .transpose()?;
        Ok(Self {
            inputs,
            outputs: fields.remove("outputs"),
            expectations,
            tags,
            source,
        })
    }

    fn user(&self) -> Option<String> {
        Some(self.tags.get("mlflow.user")?.as_str()?.to_owned())
    }

    pub fn into_body(self) -> RecordBody {
        let user = self.user();
        RecordBody {
            inputs: self.inputs,
            outputs: self.outputs.filter(|outputs| !outputs.is_null()),
            expectations: self.expectations,
            tags: self.tags,
            source: self.source,
            created_by: user.clone(),
            updated_by: user,
        }
    }

    /// Adds to a record with the same inputs: new outputs replace, expectations and tags join.
    pub fn merge_into(self, body: &mut RecordBody) {
        if let Some(user) = self.user() {
            body.updated_by = Some(user);
        }
        if let Some(outputs) = self.outputs {
            body.outputs = Some(outputs).filter(|outputs| !outputs.is_null());
        }
        if let Some(expectations) = self.expectations {
            body.expectations
                .get_or_insert_default()
                .extend(expectations);
        }
        body.tags.extend(self.tags);
    }
}

fn read_source(mut source: Map<String, Value>) -> Result<RecordSource, &'static str> {
    let kind = source.get("source_type").and_then(Value::as_str);
    let source_type = kind.unwrap_or("UNSPECIFIED").to_ascii_uppercase();
    if !SOURCE_TYPES.contains(&source_type.as_str()) {
        return Err("a source_type of TRACE, HUMAN, DOCUMENT or CODE");
    }
    let source_data = match source.remove("source_data") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(data)) => data,
        Some(_) => return Err("source_data that is an object"),
    };
    Ok(RecordSource {
        source_type,
        source_data,
    })
}

#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationRecord {
    pub id: String,
    pub dataset_id: DatasetId,
    pub body: RecordBody,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Adds the fields of a record to what is known of the dataset's shape. A field keeps the type that was seen first.
pub fn widen(schema: &mut Value, record: &NewRecord) {
    if !schema.is_object() {
        *schema = json!({"inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0"});
    }
    let mut note = |part: &str, fields: &Map<String, Value>| {
        if let Some(known) = schema.get_mut(part).and_then(Value::as_object_mut) {
            for (key, value) in fields {
                known
                    .entry(key.as_str())
                    .or_insert_with(|| Value::from(type_of(value)));
            }
        }
    };
    note("inputs", &record.inputs);
    if let Some(expectations) = &record.expectations {
        note("expectations", expectations);
    }
    match &record.outputs {
        Some(Value::Object(outputs)) => note("outputs", outputs),
        None | Some(Value::Null) => {}
        Some(other) => {
            let empty = schema.get("outputs") == Some(&json!({}));
            if empty {
                schema["outputs"] = Value::from(type_of(other));
            }
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

pub fn check_name(name: &str) -> Result<(), Invalid> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > 255 || name.chars().any(char::is_control) {
        return Err(Invalid::new(
            "name",
            name,
            "a dataset name of 1 to 255 printable characters",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn records_with_the_same_inputs_become_one() {
        let first = json!({"inputs": {"q": 1}, "outputs": "a", "expectations": {"x": 1, "y": 2}, "tags": {"mlflow.user": "ann"}});
        let again = json!({"inputs": {"q": 1}, "expectations": {"y": 3}, "tags": {"mlflow.user": "ben", "t": "1"}});
        let mut body = NewRecord::read(0, first).unwrap().into_body();
        NewRecord::read(1, again).unwrap().merge_into(&mut body);
        assert_eq!(
            (body.created_by.as_deref(), body.updated_by.as_deref()),
            (Some("ann"), Some("ben"))
        );
        assert_eq!(
            Value::Object(body.expectations.clone().unwrap()),
            json!({"x": 1, "y": 3})
        );
        assert_eq!(body.outputs, Some(json!("a")));
        let cleared = json!({"inputs": {"q": 1}, "outputs": null});
        NewRecord::read(2, cleared).unwrap().merge_into(&mut body);
        assert_eq!(body.outputs, None);
    }

    #[test]
    fn wrong_records_are_named() {
        for (value, field) in [
            (json!([]), "records[3]"),
            (json!({"inputs": []}), "records[3].inputs"),
            (
                json!({"source": {"source_type": "rumour"}}),
                "records[3].source",
            ),
        ] {
            assert_eq!(NewRecord::read(3, value).unwrap_err().field, field);
        }
    }

    #[test]
    fn the_shape_grows_and_keeps_its_types() {
        let mut schema = Value::Null;
        for value in [
            json!({"inputs": {"a": 1, "b": 1.5}, "outputs": [1]}),
            json!({"inputs": {"a": "x", "c": null}, "expectations": {"e": true}}),
        ] {
            widen(&mut schema, &NewRecord::read(0, value).unwrap());
        }
        assert_eq!(
            schema,
            json!({
                "inputs": {"a": "integer", "b": "float", "c": "null"}, "outputs": "array",
                "expectations": {"e": "boolean"}, "version": "1.0"
            })
        );
    }
}
