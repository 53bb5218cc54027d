//! What can be searched, and by which fields.

/// What can be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Runs,
    Experiments,
    RegisteredModels,
    ModelVersions,
    LoggedModels,
    Traces,
    EvaluationDatasets,
}

/// A property of the thing itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name by which `store` knows it.
    pub name: &'static str,
    /// How clients may spell it, compared without case.
    spellings: &'static [&'static str],
    pub is_number: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    Attribute(&'static Attribute),
    Metric(String),
    /// The least or the greatest value that a run has logged of a metric.
    Extreme {
        key: String,
        greatest: bool,
    },
    Param(String),
    Tag(String),
    Dataset(DatasetField),
    Trace(TraceField),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasetField {
    Name,
    Digest,
    Context,
}

/// What only traces have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceField {
    Metadata(String),
    /// The runs that it belongs to.
    Run,
    /// `name/version` of the prompts that it used.
    Prompt,
    /// Anywhere in its spans.
    Text,
    SpanName,
    SpanType,
    SpanStatus,
    SpanAttribute(String),
    /// `feedback.<name>` or `expectation.<name>`.
    Assessment {
        kind: &'static str,
        name: String,
    },
    /// The issues that it was filed under.
    Issue,
}

impl TraceField {
    /// Tests of spans that stand in one `and` must hold of one and the same span.
    pub fn is_of_span(&self) -> bool {
        matches!(
            self,
            Self::SpanName | Self::SpanType | Self::SpanStatus | Self::SpanAttribute(_)
        )
    }
}

impl Field {
    /// Assessments hold texts, numbers and booleans under one name; the value written decides.
    pub fn takes_both(&self) -> bool {
        matches!(self, Self::Trace(TraceField::Assessment { .. }))
    }

    pub fn is_number(&self) -> bool {
        match self {
            Self::Attribute(attribute) => attribute.is_number,
            Self::Metric(_) | Self::Extreme { .. } => true,
            Self::Param(_) | Self::Tag(_) | Self::Dataset(_) | Self::Trace(_) => false,
        }
    }
}

const fn text(name: &'static str, spellings: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        spellings,
        is_number: false,
    }
}

const fn number(name: &'static str, spellings: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        spellings,
        is_number: true,
    }
}

const CREATED: &[&str] = &[
    "creation_time",
    "creation_timestamp",
    "creation_timestamp_ms",
    "created",
    "timestamp",
];
const UPDATED: &[&str] = &[
    "last_update_time",
    "last_updated_time",
    "last_updated_timestamp",
    "last_updated_timestamp_ms",
    "updated",
];

static RUNS: [Attribute; 7] = [
    text("run_id", &["run_id", "id"]),
    text("run_name", &["run_name", "run name", "name"]),
    text("status", &["status"]),
    text("user_id", &["user_id", "user"]),
    text("artifact_uri", &["artifact_uri"]),
    number("start_time", &["start_time", "created"]),
    number("end_time", &["end_time"]),
];
static EXPERIMENTS: [Attribute; 4] = [
    text("name", &["name"]),
    text("experiment_id", &["experiment_id", "id"]),
    number("creation_time", CREATED),
    number("last_update_time", UPDATED),
];
static REGISTERED_MODELS: [Attribute; 3] = [
    text("name", &["name"]),
    number("creation_time", CREATED),
    number("last_update_time", UPDATED),
];
static MODEL_VERSIONS: [Attribute; 7] = [
    text("name", &["name"]),
    text("run_id", &["run_id"]),
    text("source_path", &["source_path", "source"]),
    text("stage", &["stage", "current_stage"]),
    number("version_number", &["version_number", "version"]),
    number("creation_time", CREATED),
    number("last_update_time", UPDATED),
];
static LOGGED_MODELS: [Attribute; 8] = [
    text("name", &["name"]),
    text("model_id", &["model_id", "id"]),
    text("model_type", &["model_type"]),
    text("status", &["status"]),
    text("source_run_id", &["source_run_id", "run_id"]),
    text("artifact_uri", &["artifact_location", "artifact_uri"]),
    number("creation_time", CREATED),
    number("last_update_time", UPDATED),
];

static TRACES: [Attribute; 7] = [
    text("trace_id", &["trace_id", "request_id", "id"]),
    text("experiment_id", &["experiment_id"]),
    text("status", &["status", "state"]),
    text("client_request_id", &["client_request_id"]),
    number("timestamp_ms", &["timestamp_ms", "timestamp"]),
    number(
        "execution_time_ms",
        &["execution_time_ms", "execution_time"],
    ),
    number("end_time_ms", &["end_time_ms", "end_time"]),
];
static EVALUATION_DATASETS: [Attribute; 5] = [
    text("name", &["name"]),
    number("created_time", &["created_time"]),
    number("last_update_time", &["last_update_time"]),
    text("created_by", &["created_by"]),
    text("last_updated_by", &["last_updated_by"]),
];

impl Entity {
    pub fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Runs => &RUNS,
            Self::Experiments => &EXPERIMENTS,
            Self::RegisteredModels => &REGISTERED_MODELS,
            Self::ModelVersions => &MODEL_VERSIONS,
            Self::LoggedModels => &LOGGED_MODELS,
            Self::Traces => &TRACES,
            Self::EvaluationDatasets => &EVALUATION_DATASETS,
        }
    }

    fn has_metrics_and_params(self) -> bool {
        matches!(self, Self::Runs | Self::LoggedModels)
    }

    /// Resolves `prefix.key`, or a bare `key`, to a field. The error says what would be right.
    pub fn field(self, prefix: Option<&str>, key: &str) -> Result<Field, String> {
        if self == Self::Traces
            && let Some(field) = trace_field(prefix, key)?
        {
            return Ok(field);
        }
        let Some(prefix) = prefix else {
            return self.attribute(key);
        };
        if key.is_empty() {
            return Err(format!("a key is missing after '{prefix}.'"));
        }
        let lower = prefix.to_ascii_lowercase();
        match lower.as_str() {
            "attribute" | "attributes" | "attr" | "run" | "model" => self.attribute(key),
            "tag" | "tags" => Ok(Field::Tag(key.to_owned())),
            "metric" | "metrics" if self.has_metrics_and_params() => {
                Ok(Field::Metric(key.to_owned()))
            }
            "metrics_min" | "metrics_max" if self == Self::Runs => Ok(Field::Extreme {
                key: key.to_owned(),
                greatest: lower == "metrics_max",
            }),
            "param" | "params" | "parameter" | "parameters" if self.has_metrics_and_params() => {
                Ok(Field::Param(key.to_owned()))
            }
            "dataset" | "datasets" if self == Self::Runs => dataset_field(key),
            _ => Err(format!(
                "unknown kind of field '{prefix}'; expected {}",
                self.prefixes()
            )),
        }
    }

    fn attribute(self, key: &str) -> Result<Field, String> {
        let spelled = |attribute: &&Attribute| {
            attribute
                .spellings
                .iter()
                .any(|spelling| spelling.eq_ignore_ascii_case(key))
        };
        match self.attributes().iter().find(spelled) {
            Some(attribute) => Ok(Field::Attribute(attribute)),
            None => {
                let names: Vec<_> = self.attributes().iter().map(|a| a.spellings[0]).collect();
                Err(format!(
                    "unknown attribute '{key}'; expected one of {}, or a field that starts with {}",
                    names.join(", "),
                    self.prefixes()
                ))
            }
        }
    }

    fn prefixes(self) -> &'static str {
        match self {
            Self::Runs => "metrics., params., tags., attributes. or datasets.",
            Self::LoggedModels => "metrics., params., tags. or attributes.",
            Self::Traces => "tags., metadata., span., feedback., expectation. or attributes.",
            Self::Experiments
            | Self::RegisteredModels
            | Self::ModelVersions
            | Self::EvaluationDatasets => "tags. or attributes.",
        }
    }
}

fn dataset_field(key: &str) -> Result<Field, String> {
    match key.to_ascii_lowercase().as_str() {
        "name" => Ok(Field::Dataset(DatasetField::Name)),
        "digest" => Ok(Field::Dataset(DatasetField::Digest)),
        "context" => Ok(Field::Dataset(DatasetField::Context)),
        _ => Err(format!(
            "unknown dataset field '{key}'; expected one of name, digest, context"
        )),
    }
}

/// The fields that only traces have; `None` for those that every entity knows.
fn trace_field(prefix: Option<&str>, key: &str) -> Result<Option<Field>, String> {
    let prefix = prefix.map(str::to_ascii_lowercase);
    let owned = || key.to_owned();
    let field = match (prefix.as_deref(), key.to_ascii_lowercase().as_str()) {
        (Some(_), "") => return Ok(None),
        (None | Some("attribute" | "attributes" | "trace"), "name") => {
            return Ok(Some(Field::Tag(crate::traces::keys::TRACE_NAME.to_owned())));
        }
        (None | Some("attribute" | "attributes" | "trace"), "run_id") => TraceField::Run,
        (None | Some("attribute" | "attributes" | "trace"), "prompt") => TraceField::Prompt,
        (None | Some("attribute" | "attributes" | "trace"), "text") | (Some("span"), "content") => {
            TraceField::Text
        }
        (Some("trace"), _) => return Entity::Traces.attribute(key).map(Some),
        (Some("metadata" | "request_metadata"), _) if key == crate::traces::keys::SOURCE_RUN => {
            TraceField::Run
        }
        (Some("metadata" | "request_metadata"), _) => TraceField::Metadata(owned()),
        (Some("span"), "name") => TraceField::SpanName,
        (Some("span"), "type") => TraceField::SpanType,
        (Some("span"), "status") => TraceField::SpanStatus,
        (Some("span"), lower) if lower.starts_with("attributes.") => {
            span_attribute(&key["attributes.".len()..])?
        }
        (Some("span.attributes"), _) => span_attribute(key)?,
        (Some("span"), _) => {
            return Err(format!(
                "unknown span attribute '{key}'; expected one of name, type, status, attributes.<key>"
            ));
        }
        (Some("feedback"), _) => TraceField::Assessment {
            kind: "feedback",
            name: owned(),
        },
        (Some("expectation"), _) => TraceField::Assessment {
            kind: "expectation",
            name: owned(),
        },
        (Some("issue"), "id") => TraceField::Issue,
        _ => return Ok(None),
    };
    Ok(Some(Field::Trace(field)))
}

fn span_attribute(key: &str) -> Result<TraceField, String> {
    let key = key.strip_prefix('`').unwrap_or(key);
    let key = key.strip_suffix('`').unwrap_or(key);
    // SQLite has no way to say such a key.
    if key.is_empty() || key.contains(['"', '\\']) || key.chars().any(char::is_control) {
        return Err(
            "a span attribute's key is not empty and has no quotes or backslashes".to_owned(),
        );
    }
    Ok(TraceField::SpanAttribute(key.to_owned()))
}
