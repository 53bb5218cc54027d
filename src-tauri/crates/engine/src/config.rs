//! `models.toml`: which models to serve, from where, and how.
//!
//! ```toml
//! memory_budget_mb = 4096
//!
//! [[models]]
//! name = "regime"
//! uri = "models:/regime/7"            # or: path = "regime.onnx", relative to this file
//! execution_providers = ["cuda", "cpu"]
//! threads = 1
//! warm_up_runs = 3
//! pool_size = 2
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{EngineError, ModelOptions, Provider};

const MEMORY_BUDGET_MB: u64 = 4096;

/// A whole, checked `models.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelsConfig {
    pub memory_budget_bytes: u64,
    pub models: Vec<ModelConfig>,
}

/// One `[[models]]` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// The name it is served under.
    pub name: String,
    pub source: ModelSource,
    pub options: ModelOptions,
}

/// Where a model's file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    File(PathBuf),
    /// `models:/<name>/<selector>` or `models:/<name>@<alias>`.
    Registry {
        name: String,
        selector: Selector,
    },
}

/// Which version of a registered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    Version(i64),
    Alias(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    memory_budget_mb: Option<u64>,
    #[serde(default)]
    models: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    path: Option<PathBuf>,
    uri: Option<String>,
    execution_providers: Option<Vec<String>>,
    threads: Option<u32>,
    warm_up_runs: Option<u32>,
    pool_size: Option<u32>,
}

impl ModelsConfig {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`EngineError::Config`] that names the field and what it must be.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| config_error(path, "file", format!("cannot be read: {error}")))?;
        Self::parse(path, &text)
    }

    /// Parses `text`, as read from `path`; relative paths in it start at that file's folder.
    ///
    /// # Errors
    /// As [`ModelsConfig::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, EngineError> {
        let file: File = toml::from_str(text).map_err(|error| syntax_error(path, text, &error))?;
        let memory_budget_mb = file.memory_budget_mb.unwrap_or(MEMORY_BUDGET_MB);
        let mut models: Vec<ModelConfig> = Vec::new();
        for (index, entry) in file.models.into_iter().enumerate() {
            let wrong = |field: &str, reason: String| {
                config_error(path, &format!("models[{index}].{field}"), reason)
            };
            let model = check(entry, path).map_err(|(field, reason)| wrong(field, reason))?;
            if models.iter().any(|earlier| earlier.name == model.name) {
                return Err(wrong(
                    "name",
                    format!(
                        "'{}' is used twice; each model needs its own name",
                        model.name
                    ),
                ));
            }
            models.push(model);
        }
        let memory_budget_bytes = memory_budget_mb.checked_mul(1 << 20).ok_or_else(|| {
            config_error(
                path,
                "memory_budget_mb",
                format!("{memory_budget_mb} is too large"),
            )
        })?;
        Ok(Self {
            memory_budget_bytes,
            models,
        })
    }
}

fn config_error(path: &Path, field: &str, reason: String) -> EngineError {
    EngineError::Config {
        path: path.to_owned(),
        field: field.to_owned(),
        reason,
    }
}

/// toml's own message names the key or the value; the line is added.
fn syntax_error(path: &Path, text: &str, error: &toml::de::Error) -> EngineError {
    let line = error.span().map_or(1, |span| {
        text[..span.start.min(text.len())].lines().count().max(1)
    });
    config_error(path, &format!("line {line}"), error.message().to_owned())
}

type Wrong = (&'static str, String);

fn check(entry: Entry, path: &Path) -> Result<ModelConfig, Wrong> {
    if entry.name.trim().is_empty() {
        return Err(("name", "must not be empty".to_owned()));
    }
    let source = match (entry.path, entry.uri) {
        (Some(file), None) => ModelSource::File(path.parent().unwrap_or(Path::new(".")).join(file)),
        (None, Some(uri)) => registry_source(&uri).ok_or_else(|| {
            let expected = "models:/<name>/<version> or models:/<name>@<alias>";
            (
                "uri",
                format!("'{uri}' is not a registry address; write {expected}"),
            )
        })?,
        (Some(_), Some(_)) => {
            return Err(("path", "stands beside uri; give one of them".to_owned()));
        }
        (None, None) => return Err(("path", "is missing; give path or uri".to_owned())),
    };
    let defaults = ModelOptions::default();
    let options = ModelOptions {
        providers: providers(entry.execution_providers)?.unwrap_or(defaults.providers),
        threads: bounded("threads", entry.threads, 0, 1024)?.unwrap_or(defaults.threads),
        warm_up_runs: bounded("warm_up_runs", entry.warm_up_runs, 0, 10_000)?
            .map_or(defaults.warm_up_runs, |runs| runs as u32),
        pool_size: bounded("pool_size", entry.pool_size, 1, 256)?.unwrap_or(defaults.pool_size),
        ..defaults
    };
    Ok(ModelConfig {
        name: entry.name,
        source,
        options,
    })
}

fn providers(names: Option<Vec<String>>) -> Result<Option<Vec<Provider>>, Wrong> {
    let Some(names) = names else { return Ok(None) };
    if names.is_empty() {
        return Err((
            "execution_providers",
            "must name at least one, such as \"cpu\"".to_owned(),
        ));
    }
    let mut providers: Vec<Provider> = Vec::new();
    for name in names {
        let provider: Provider = name
            .parse()
            .map_err(|error| ("execution_providers", error))?;
        if providers.contains(&provider) {
            return Err(("execution_providers", format!("names {provider} twice")));
        }
        providers.push(provider);
    }
    Ok(Some(providers))
}

fn bounded(
    field: &'static str,
    value: Option<u32>,
    low: u32,
    high: u32,
) -> Result<Option<usize>, Wrong> {
    match value {
        Some(value) if value < low || value > high => {
            Err((field, format!("{value} is not from {low} to {high}")))
        }
        value => Ok(value.map(|value| value as usize)),
    }
}

fn registry_source(uri: &str) -> Option<ModelSource> {
    let rest = uri.strip_prefix("models:/")?;
    let (name, selector) = match rest.split_once('/') {
        Some((name, version)) => (
            name,
            Selector::Version(version.parse().ok().filter(|version| *version > 0)?),
        ),
        None => {
            let (name, alias) = rest.split_once('@')?;
            (
                name,
                Selector::Alias((!alias.is_empty()).then(|| alias.to_owned())?),
            )
        }
    };
    (!name.is_empty()).then(|| ModelSource::Registry {
        name: name.to_owned(),
        selector,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parse(text: &str) -> Result<ModelsConfig, EngineError> {
        ModelsConfig::parse(Path::new("/etc/drydock/models.toml"), text)
    }

    #[test]
    fn a_full_file_is_read() {
        let text = r#"
            memory_budget_mb = 512
            [[models]]
            name = "regime"
            uri = "models:/regime/7"
            execution_providers = ["CUDA", "cpu"]
            threads = 2
            warm_up_runs = 5
            pool_size = 4
            [[models]]
            name = "local"
            path = "local.onnx"
            [[models]]
            name = "champion"
            uri = "models:/regime@champion"
        "#;
        let config = parse(text).unwrap();
        assert_eq!(config.memory_budget_bytes, 512 << 20);
        let registry = |selector| ModelSource::Registry {
            name: "regime".to_owned(),
            selector,
        };
        assert_eq!(config.models[0].source, registry(Selector::Version(7)));
        let providers = vec![Provider::Cuda, Provider::Cpu];
        assert_eq!(
            config.models[0].options,
            ModelOptions {
                providers,
                threads: 2,
                warm_up_runs: 5,
                pool_size: 4,
                ..ModelOptions::default()
            }
        );
        assert_eq!(
            config.models[1].source,
            ModelSource::File("/etc/drydock/local.onnx".into())
        );
        assert_eq!(config.models[1].options, ModelOptions::default());
        assert_eq!(
            config.models[2].source,
            registry(Selector::Alias("champion".to_owned()))
        );
    }

    #[test]
    fn every_mistake_names_its_field() {
        let with = |lines: &str| format!("[[models]]\nname = \"m\"\n{lines}\n");
        for (text, expected) in [
            (with(""), "models[0].path: is missing"),
            (
                with("path = \"a\"\nuri = \"models:/a/1\""),
                "models[0].path: stands beside uri",
            ),
            (
                with("uri = \"models:/a\""),
                "models[0].uri: 'models:/a' is not a registry address",
            ),
            (with("uri = \"models:/a/0\""), "models[0].uri"),
            (
                with("path = \"a\"\nexecution_providers = [\"gpu\"]"),
                "models[0].execution_providers: unknown",
            ),
            (
                with("path = \"a\"\nexecution_providers = []"),
                "must name at least one",
            ),
            (
                with("path = \"a\"\npool_size = 0"),
                "models[0].pool_size: 0 is not from 1 to 256",
            ),
            (with("path = \"a\"\nthreads = \"two\""), "line 4"),
            (with("path = \"a\"\nthread = 2"), "unknown field `thread`"),
            (
                "[[models]]\npath = \"a\"".to_owned(),
                "missing field `name`",
            ),
            (
                format!("{0}{0}", with("path = \"a\"")),
                "models[1].name: 'm' is used twice",
            ),
            (
                "memory_budget_mb = 99999999999999999".to_owned(),
                "memory_budget_mb",
            ),
        ] {
            let error = parse(&text).expect_err(&text).to_string();
            assert!(
                error.starts_with("/etc/drydock/models.toml: ") && error.contains(expected),
                "{expected}: {error}"
            );
        }
    }
}
