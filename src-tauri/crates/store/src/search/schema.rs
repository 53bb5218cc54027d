//! Where each searched entity keeps what can be asked of it.

use domain::search::Entity;

#[derive(Debug)]
pub(super) struct Schema {
    pub table: &'static str,
    pub alias: &'static str,
    /// The last word on order, so that pages never overlap.
    pub tie: &'static str,
    /// The columns by which labels (metrics, params, tags) name their owner.
    pub owner: &'static [&'static str],
    pub tags: &'static str,
    pub params: Option<&'static str>,
    pub metrics: Option<Metrics>,
    /// Attribute name to column.
    columns: &'static [(&'static str, &'static str)],
}

/// A table of latest values with a NaN flag beside them.
#[derive(Debug)]
pub(super) struct Metrics {
    pub table: &'static str,
    /// One row for each owner and key; else several, of which an order takes the latest.
    pub one_each: bool,
    pub value: &'static str,
    pub is_nan: &'static str,
}

static RUNS: Schema = Schema {
    table: "runs",
    alias: "r",
    tie: "r.started_at_ms desc, r.run_id",
    owner: &["run_id"],
    tags: "run_tags",
    params: Some("run_params"),
    metrics: Some(Metrics {
        table: "metric_series",
        one_each: true,
        value: "latest_value",
        is_nan: "latest_is_nan",
    }),
    columns: &[
        ("run_id", "r.run_id"),
        ("run_name", "r.name"),
        ("status", "r.status"),
        ("user_id", "r.user_id"),
        ("artifact_uri", "r.artifact_uri"),
        ("start_time", "r.started_at_ms"),
        ("end_time", "r.ended_at_ms"),
    ],
};

static EXPERIMENTS: Schema = Schema {
    table: "experiments",
    alias: "e",
    // MLflow's ids are numbers; without zeros before them, a longer one is a greater one.
    tie: "length(e.experiment_id) desc, e.experiment_id desc",
    owner: &["experiment_id"],
    tags: "experiment_tags",
    params: None,
    metrics: None,
    columns: &[
        ("name", "e.name"),
        ("experiment_id", "e.experiment_id"),
        ("creation_time", "e.created_at_ms"),
        ("last_update_time", "e.updated_at_ms"),
    ],
};

static REGISTERED_MODELS: Schema = Schema {
    table: "registered_models",
    alias: "g",
    tie: "g.name",
    owner: &["name"],
    tags: "registered_model_tags",
    params: None,
    metrics: None,
    columns: &[
        ("name", "g.name"),
        ("creation_time", "g.created_at_ms"),
        ("last_update_time", "g.updated_at_ms"),
    ],
};

static MODEL_VERSIONS: Schema = Schema {
    table: "model_versions",
    alias: "v",
    tie: "v.updated_at_ms desc, v.name, v.version desc",
    owner: &["name", "version"],
    tags: "model_version_tags",
    params: None,
    metrics: None,
    columns: &[
        ("name", "v.name"),
        ("run_id", "v.run_id"),
        ("source_path", "v.source"),
        ("stage", "v.stage"),
        ("version_number", "v.version"),
        ("creation_time", "v.created_at_ms"),
        ("last_update_time", "v.updated_at_ms"),
    ],
};

static LOGGED_MODELS: Schema = Schema {
    table: "logged_models",
    alias: "m",
    tie: "m.created_at_ms desc, m.model_id",
    owner: &["model_id"],
    tags: "logged_model_tags",
    params: Some("logged_model_params"),
    metrics: Some(Metrics {
        table: "logged_model_metrics",
        one_each: false,
        value: "value",
        is_nan: "is_nan",
    }),
    columns: &[
        ("name", "m.name"),
        ("model_id", "m.model_id"),
        ("model_type", "m.model_type"),
        ("status", "m.status"),
        ("source_run_id", "m.source_run_id"),
        ("artifact_uri", "m.artifact_uri"),
        ("creation_time", "m.created_at_ms"),
        ("last_update_time", "m.updated_at_ms"),
    ],
};

static TRACES: Schema = Schema {
    table: "traces",
    alias: "t",
    tie: "t.requested_at_ms desc, t.trace_id",
    owner: &["trace_id"],
    tags: "trace_tags",
    params: None,
    metrics: None,
    columns: &[
        ("trace_id", "t.trace_id"),
        ("experiment_id", "t.experiment_id"),
        ("status", "t.state"),
        ("client_request_id", "t.client_request_id"),
        ("timestamp_ms", "t.requested_at_ms"),
        ("execution_time_ms", "t.duration_ms"),
        (
            "end_time_ms",
            "(t.requested_at_ms + coalesce(t.duration_ms, 0))",
        ),
    ],
};

static EVALUATION_DATASETS: Schema = Schema {
    table: "evaluation_datasets",
    alias: "h",
    tie: "h.created_at_ms desc, h.dataset_id desc",
    owner: &["dataset_id"],
    tags: "evaluation_dataset_tags",
    params: None,
    metrics: None,
    columns: &[
        ("name", "h.name"),
        ("created_time", "h.created_at_ms"),
        ("last_update_time", "h.updated_at_ms"),
        ("created_by", "h.created_by"),
        ("last_updated_by", "h.updated_by"),
    ],
};

impl Schema {
    pub fn of(entity: Entity) -> &'static Self {
        match entity {
            Entity::Runs => &RUNS,
            Entity::Experiments => &EXPERIMENTS,
            Entity::RegisteredModels => &REGISTERED_MODELS,
            Entity::ModelVersions => &MODEL_VERSIONS,
            Entity::LoggedModels => &LOGGED_MODELS,
            Entity::Traces => &TRACES,
            Entity::EvaluationDatasets => &EVALUATION_DATASETS,
        }
    }

    /// The column of an attribute. The test beside this makes sure that every attribute has one.
    pub fn column(&self, attribute: &str) -> &'static str {
        let known = self.columns.iter().find(|(name, _)| *name == attribute);
        known.map_or("null", |(_, column)| *column)
    }

    /// `l.name = v.name and l.version = v.version`: label rows of this row.
    pub fn owned(&self, label: &str, owner: &str) -> String {
        let pairs: Vec<_> = self
            .owner
            .iter()
            .map(|column| format!("{label}.{column} = {owner}.{column}"))
            .collect();
        pairs.join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_has_a_column() {
        for entity in [
            Entity::Runs,
            Entity::Experiments,
            Entity::RegisteredModels,
            Entity::ModelVersions,
            Entity::LoggedModels,
            Entity::Traces,
            Entity::EvaluationDatasets,
        ] {
            for attribute in entity.attributes() {
                assert_ne!(
                    Schema::of(entity).column(attribute.name),
                    "null",
                    "{entity:?} {}",
                    attribute.name
                );
            }
        }
    }
}
