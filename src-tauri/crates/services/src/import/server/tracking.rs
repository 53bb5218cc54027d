//! Experiments, runs, histories and logged models of a server.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use serde::Deserialize;
use serde_json::json;

use super::Server;
use super::wire::{Experiment, LoggedModel, Metric, Run};
use crate::import::source::{
    HistoryPiece, Read, RunsPage, SourceError, SourceExperiment, SourceLoggedModel, SourceRun,
};

const RUNS_PER_PAGE: usize = 100;
const POINTS_PER_PAGE: &str = "10000";
/// What the server cuts an answer for several runs at; an answer that long is not whole.
const BULK_POINTS_MAX: usize = 25_000;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Experiments {
    experiments: Vec<Experiment>,
    next_page_token: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Runs {
    runs: Vec<Run>,
    next_page_token: String,
}

#[derive(Deserialize)]
struct OneRun {
    run: Run,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct History {
    metrics: Vec<Metric>,
    next_page_token: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LoggedModels {
    models: Vec<LoggedModel>,
    next_page_token: String,
}

impl Server {
    /// Servers before 2.6 or so do not tell.
    pub(super) async fn ask_version(&self) -> Read<String> {
        match self.get_text("version", &[]).await {
            Ok(text) if text.len() < 40 && !text.contains('<') => Ok(text.trim().to_owned()),
            Ok(_) | Err(SourceError::Refused(_)) => Ok(String::new()),
            Err(other) => Err(other),
        }
    }

    pub async fn experiments(&self) -> Read<Vec<SourceExperiment>> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let input = json!({ "max_results": 1000, "view_type": "ALL", "page_token": token });
            let page: Experiments = self
                .post("api/2.0/mlflow/experiments/search", &input)
                .await?;
            all.extend(page.experiments.into_iter().map(SourceExperiment::from));
            token = page.next_page_token;
            if token.is_empty() {
                // Oldest first, so that an import makes them in the order in which they were made.
                all.sort_by(|a, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
                return Ok(all);
            }
        }
    }

    /// Oldest first: runs that begin while the import is under way come on a later page.
    pub async fn runs(&self, experiment_id: &str, token: Option<&str>) -> Read<RunsPage> {
        let mut input = json!({
            "experiment_ids": [experiment_id],
            "max_results": RUNS_PER_PAGE,
            "run_view_type": "ALL",
            "order_by": ["attributes.start_time ASC"],
        });
        if let Some(token) = token {
            input["page_token"] = token.into();
        }
        let page: Runs = self.post("api/2.0/mlflow/runs/search", &input).await?;
        Ok(RunsPage {
            runs: page.runs.into_iter().map(SourceRun::from).collect(),
            problems: Vec::new(),
            next: Some(page.next_page_token).filter(|token| !token.is_empty()),
        })
    }

    pub async fn run(&self, id: &str) -> Read<SourceRun> {
        let found: OneRun = self
            .get("api/2.0/mlflow/runs/get", &[("run_id", id)])
            .await?;
        Ok(found.run.into())
    }

    /// One page of one series, and the token of the next.
    pub async fn history(
        &self,
        run_id: &str,
        key: &str,
        token: Option<&str>,
    ) -> Read<(HistoryPiece, Option<String>)> {
        let mut query = vec![
            ("run_id", run_id),
            ("metric_key", key),
            ("max_results", POINTS_PER_PAGE),
        ];
        if let Some(token) = token {
            query.push(("page_token", token));
        }
        let page: History = self
            .get("api/2.0/mlflow/metrics/get-history", &query)
            .await?;
        let piece = HistoryPiece {
            run_id: run_id.to_owned(),
            points: page.metrics.iter().map(Metric::point).collect(),
        };
        Ok((
            piece,
            Some(page.next_page_token).filter(|token| !token.is_empty()),
        ))
    }

    /// The whole series of several runs in one request; `None` when it cannot be had so, or is longer than one answer.
    pub async fn histories(&self, run_ids: &[&str], key: &str) -> Read<Option<Vec<HistoryPiece>>> {
        if run_ids.len() < 2 || !self.bulk_histories.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut query = vec![("metric_key", key), ("max_results", "25000")];
        query.extend(run_ids.iter().map(|id| ("run_id", *id)));
        let path = "ajax-api/2.0/mlflow/metrics/get-history-bulk";
        let text = match self.get_text(path, &query).await {
            Ok(text) => text,
            Err(gone @ SourceError::Gone(_)) => return Err(gone),
            Err(_) => {
                self.bulk_histories.store(false, Ordering::Relaxed);
                return Ok(None);
            }
        };
        let Ok(answer) = serde_json::from_str::<History>(&quoted(&text)) else {
            self.bulk_histories.store(false, Ordering::Relaxed);
            return Ok(None);
        };
        if answer.metrics.len() >= BULK_POINTS_MAX {
            return Ok(None);
        }
        let mut pieces: HashMap<String, HistoryPiece> = HashMap::new();
        for metric in answer.metrics {
            let point = metric.point();
            pieces
                .entry(metric.run_id.clone())
                .or_insert_with(|| HistoryPiece {
                    run_id: metric.run_id,
                    points: Vec::new(),
                })
                .points
                .push(point);
        }
        Ok(Some(pieces.into_values().collect()))
    }

    /// None on a server of version 2, which has no such thing.
    pub async fn logged_models(&self, experiment_id: &str) -> Read<Vec<SourceLoggedModel>> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut input = json!({ "experiment_ids": [experiment_id], "max_results": 50 });
            if !token.is_empty() {
                input["page_token"] = token.clone().into();
            }
            let page: LoggedModels = match self
                .post("api/2.0/mlflow/logged-models/search", &input)
                .await
            {
                Ok(page) => page,
                Err(SourceError::Refused(_)) if self.version.starts_with(['1', '2']) => {
                    return Ok(all);
                }
                Err(other) => return Err(other),
            };
            all.extend(page.models.into_iter().map(SourceLoggedModel::from));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(all);
            }
        }
    }
}

/// Histories of several runs are written with bare `NaN` and `Infinity`, which are no JSON. A key of a metric holds no
/// quote, so what follows `"value":` is a value.
fn quoted(text: &str) -> String {
    const MARK: &str = "\"value\":";
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let (before, after) = rest.split_at(at + MARK.len());
        out.push_str(before);
        let value = after.trim_start();
        let word = ["NaN", "-Infinity", "Infinity"]
            .into_iter()
            .find(|word| value.starts_with(word));
        rest = match word {
            Some(word) => {
                out.push('"');
                out.push_str(word);
                out.push('"');
                &value[word.len()..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bare_words_become_texts() {
        let text = r#"{"metrics":[{"key":"a","run_id":"r","value":NaN},{"key":"a","value": -Infinity},{"value":1.5}]}"#;
        let read: History = serde_json::from_str(&quoted(text)).unwrap();
        assert!(read.metrics[0].value.is_nan());
        assert_eq!(read.metrics[1].value, f64::NEG_INFINITY);
        assert_eq!(read.metrics[2].value, 1.5);
    }
}
