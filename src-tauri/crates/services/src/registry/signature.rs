//! What goes into a version and what comes out: read from its ONNX file, else from what its `MLmodel` declares.

use domain::artifact::Digest;
use onnx::TensorInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::view::VersionInput;
use crate::Context;
use crate::error::Result;
use crate::models::Manifest;
use crate::yaml;

/// MLflow's description of a model, at the root of its files.
const MLMODEL: &str = "MLmodel";
/// Far more than any signature needs.
const MLMODEL_BYTES_MAX: u64 = 4 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum SignatureOrigin {
    /// The model's graph itself.
    Onnx,
    /// What was declared when the model was logged.
    MlModel,
}

/// A column, a tensor or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SignatureField {
    pub name: String,
    /// `float32`, `double`, `array<string>`, `object{city: string, zip?: long}`
    pub element_type: String,
    /// `None`: one value a row.
    pub dims: Option<Vec<String>>,
    /// A caller may leave it out.
    pub optional: bool,
    /// Of a parameter, as JSON.
    pub default: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    pub origin: SignatureOrigin,
    pub inputs: Vec<SignatureField>,
    pub outputs: Vec<SignatureField>,
    pub params: Vec<SignatureField>,
}

/// The signature, or the sentence that says why there is none.
pub(super) type Told = std::result::Result<Signature, String>;

/// Only a model with an ONNX file is brought to this machine to be looked at.
pub(super) async fn of_version(
    ctx: &Context,
    input: &VersionInput,
    manifest: &Manifest,
) -> Result<Told> {
    if manifest.has_onnx() {
        let report = crate::inspection::inspect_version(ctx, input.clone()).await?;
        return Ok(Ok(Signature {
            origin: SignatureOrigin::Onnx,
            inputs: report.inputs.into_iter().map(Into::into).collect(),
            outputs: report.outputs.into_iter().map(Into::into).collect(),
            params: Vec::new(),
        }));
    }
    let Some(file) = manifest.files.iter().find(|file| file.path == MLMODEL) else {
        return Ok(Err(
            "No .onnx file and no MLmodel is among these files, so nothing tells what goes in and what comes out."
                .to_owned(),
        ));
    };
    let digest = Digest::parse(&file.sha256)?;
    let Some(bytes) = ctx.artifacts.read_all(&digest, MLMODEL_BYTES_MAX).await? else {
        return Ok(Err(
            "The bytes of MLmodel are gone from the store.".to_owned()
        ));
    };
    Ok(match declared(&String::from_utf8_lossy(&bytes)) {
        Ok(Some(signature)) => Ok(signature),
        Ok(None) => Err(
            "This model was logged without a signature. Log it with signature=..., or with an input example, to have one."
                .to_owned(),
        ),
        Err(problem) => Err(format!("MLmodel cannot be read: {problem}.")),
    })
}

/// Names of the columns that an `MLmodel` file declares as inputs; none where it declares tensors, or nothing.
pub(crate) fn declared_columns(text: &str) -> Vec<String> {
    let declared = declared(text).ok().flatten();
    let inputs = declared.map_or_else(Vec::new, |signature| signature.inputs);
    let columns = inputs.into_iter().filter(|field| field.dims.is_none());
    columns.map(|field| field.name).collect()
}

/// The signature in an `MLmodel` file; `None` where it has none.
fn declared(text: &str) -> Result<Option<Signature>, String> {
    let document =
        yaml::parse(text).map_err(|(line, problem)| format!("line {line}: {problem}"))?;
    let signature = document.get("signature");
    if *signature == yaml::Node::Null {
        return Ok(None);
    }
    let fields = |part: &str| -> Result<Vec<SignatureField>, String> {
        let Some(text) = signature.get(part).text() else {
            return Ok(Vec::new());
        };
        let told = |problem: String| format!("signature.{part}: {problem}");
        let specs: Value = serde_json::from_str(text).map_err(|error| told(error.to_string()))?;
        match specs {
            Value::Null => Ok(Vec::new()),
            Value::Array(specs) => Ok(fields_of(&specs)),
            other => Err(told(format!("a list is expected, not {other}"))),
        }
    };
    Ok(Some(Signature {
        origin: SignatureOrigin::MlModel,
        inputs: fields("inputs")?,
        outputs: fields("outputs")?,
        params: fields("params")?,
    }))
}

fn fields_of(specs: &[Value]) -> Vec<SignatureField> {
    let unnamed = |index: usize| match specs.len() {
        1 => "unnamed".to_owned(),
        _ => format!("unnamed {}", index + 1),
    };
    let field = |(index, spec): (usize, &Value)| {
        let named = spec["name"].as_str().map(str::to_owned);
        let tensor = &spec["tensor-spec"];
        let (element_type, shape) = if tensor.is_object() {
            (word(&tensor["dtype"]), &tensor["shape"])
        } else {
            (type_text(spec), &spec["shape"])
        };
        SignatureField {
            name: named.unwrap_or_else(|| unnamed(index)),
            element_type,
            dims: shape
                .as_array()
                .map(|dims| dims.iter().map(ToString::to_string).collect()),
            optional: spec["required"] == false || spec["optional"] == true,
            default: spec.get("default").map(ToString::to_string),
        }
    };
    specs.iter().enumerate().map(field).collect()
}

/// A type as one writes it: nested ones name what they hold. Parameters of older clients call it `dtype`.
fn type_text(spec: &Value) -> String {
    match spec["type"].as_str() {
        Some("array") => format!("array<{}>", type_text(&spec["items"])),
        Some("map") => format!("map<{}>", type_text(&spec["values"])),
        Some("object") => {
            let properties = spec["properties"].as_object();
            let property = |(name, spec): (&String, &Value)| {
                let mark = if spec["required"] == false { "?" } else { "" };
                format!("{name}{mark}: {}", type_text(spec))
            };
            let properties: Vec<String> = properties.into_iter().flatten().map(property).collect();
            format!("object{{{}}}", properties.join(", "))
        }
        Some(word) => word.to_owned(),
        None => word(&spec["dtype"]),
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("unknown").to_owned()
}

impl From<TensorInfo> for SignatureField {
    fn from(tensor: TensorInfo) -> Self {
        // Maps and sequences have no shape; a tensor without dimensions is a scalar.
        let shapeless = ["map", "sequence", "optional", "opaque", "unknown"]
            .iter()
            .any(|word| tensor.element_type.starts_with(word));
        Self {
            name: tensor.name,
            dims: (!shapeless || !tensor.dims.is_empty()).then_some(tensor.dims),
            element_type: tensor.element_type,
            optional: false,
            default: None,
        }
    }
}

impl SignatureField {
    /// `float32 [N, 64, 30]`, `double, optional`, `long, default 100`
    pub(super) fn described(&self) -> String {
        let shape = match &self.dims {
            Some(dims) => format!(" [{}]", dims.join(", ")),
            None => String::new(),
        };
        let optional = if self.optional { ", optional" } else { "" };
        let default = match &self.default {
            Some(default) => format!(", default {default}"),
            None => String::new(),
        };
        format!("{}{shape}{optional}{default}", self.element_type)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn described(fields: &[SignatureField]) -> Vec<(String, String)> {
        let of = |field: &SignatureField| (field.name.clone(), field.described());
        fields.iter().map(of).collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    /// As MLflow's client writes it for a scikit-learn model: JSON texts, broken over lines by PyYAML.
    #[test]
    fn columns_are_read() {
        let text = r#"
artifact_path: model
flavors:
  sklearn:
    pickled_model: model.pkl
mlflow_version: 3.17.0
signature:
  inputs: '[{"type": "double", "name": "spread", "required": true}, {"type": "long",
    "name": "venue", "required": false}, {"type": "array", "items": {"type": "object",
    "properties": {"px": {"type": "double", "required": true}, "src": {"type": "string",
    "required": false}}}, "name": "quotes", "required": true}]'
  outputs: '[{"type": "long", "required": true}]'
  params: '[{"name": "top_k", "default": 5, "shape": null, "type": "long"}, {"name":
    "weights", "default": [0.5], "shape": [-1], "dtype": "double"}]'
"#;
        let signature = declared(text).unwrap().unwrap();
        assert_eq!(signature.origin, SignatureOrigin::MlModel);
        assert_eq!(
            described(&signature.inputs),
            [
                pair("spread", "double"),
                pair("venue", "long, optional"),
                pair("quotes", "array<object{px: double, src?: string}>"),
            ]
        );
        assert_eq!(described(&signature.outputs), [pair("unnamed", "long")]);
        assert_eq!(
            described(&signature.params),
            [
                pair("top_k", "long, default 5"),
                pair("weights", "double [-1], default [0.5]"),
            ]
        );
    }

    #[test]
    fn tensors_are_read_and_outputs_may_be_missing() {
        let text = "signature:\n  inputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"float32\", \
                    \"shape\": [-1, 64]}}]'\n  outputs: null\n  params: null\n";
        let signature = declared(text).unwrap().unwrap();
        let input = [pair("unnamed", "float32 [-1, 64]")];
        assert_eq!(described(&signature.inputs), input);
        assert!(signature.outputs.is_empty() && signature.params.is_empty());
    }

    #[test]
    fn what_is_missing_or_broken_is_told() {
        assert_eq!(declared("flavors: {}\n"), Ok(None));
        assert_eq!(declared("signature: null\n"), Ok(None));
        let problem = declared("signature:\n  inputs: '[{'\n").unwrap_err();
        assert!(problem.starts_with("signature.inputs: "), "{problem}");
        let problem = declared("a: 'open\n").unwrap_err();
        assert!(problem.starts_with("line "), "{problem}");
    }
}
