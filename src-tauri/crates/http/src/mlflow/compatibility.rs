//! `docs/mlflow-compatibility.md`: MLflow's REST surface route by route, and what this server does with each.
//!
//! The list of MLflow's routes is a fact of version 3.17.2, kept beside this file; what is supported is read off the
//! route table, so the document cannot promise what no route answers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::table::{Root, Route, Table};

const SURFACE: &str = include_str!("mlflow-3.17.txt");

/// Why a part of MLflow's surface is left out, by the start of its path. The first that fits counts.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "/api/3.0/mlflow/gateway",
        "language-model gateway: not for quants",
    ),
    (
        "/ajax-api/3.0/mlflow/gateway",
        "language-model gateway: not for quants",
    ),
    (
        "/ajax-api/2.0/mlflow/gateway",
        "language-model gateway: not for quants",
    ),
    ("/gateway", "language-model gateway: not for quants"),
    (
        "/ajax-api/3.0/mlflow/assistant",
        "chat assistant: not for quants",
    ),
    (
        "/api/3.0/mlflow/scorers",
        "judges of language models: not for quants",
    ),
    (
        "/ajax-api/3.0/mlflow/scorer",
        "judges of language models: not for quants",
    ),
    (
        "/ajax-api/3.0/mlflow/genai",
        "judges of language models: not for quants",
    ),
    ("/api/3.0/mlflow/issues", "issues of agents: not for quants"),
    (
        "/ajax-api/3.0/mlflow/issues",
        "issues of agents: not for quants",
    ),
    (
        "/api/3.0/mlflow/label-schemas",
        "human labelling of traces: not for quants",
    ),
    (
        "/api/3.0/mlflow/review-queues",
        "human labelling of traces: not for quants",
    ),
    (
        "/api/3.0/mlflow/prompt-optimization",
        "prompts: not for quants",
    ),
    (
        "/api/2.0/mlflow/traces/link-prompts",
        "prompts: not for quants",
    ),
    (
        "/ajax-api/2.0/mlflow/runs/create-promptlab-run",
        "prompts: not for quants",
    ),
    (
        "/api/3.0/mlflow/mcp-servers",
        "MCP registry: not for quants",
    ),
    (
        "/ajax-api/3.0/jobs",
        "jobs of judges and prompts: not for quants",
    ),
    (
        "/ajax-api/3.0/mlflow/jobs",
        "jobs of judges and prompts: not for quants",
    ),
    (
        "/ajax-api/3.0/mlflow/demo",
        "MLflow's own demo data; Drydock has a demo workspace",
    ),
    (
        "/ajax-api/3.0/mlflow/ui-telemetry",
        "Drydock sends no telemetry",
    ),
    (
        "/api/3.0/mlflow/workspaces",
        "a Drydock server serves one workspace; clients see workspaces_enabled = false",
    ),
    (
        "/graphql",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/ajax-api/2.0/mlflow/upload-artifact",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/ajax-api/2.0/mlflow/get-trace-artifact",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/ajax-api/3.0/mlflow/get-trace-artifact",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/api/2.0/mlflow/experiments/search-datasets",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/api/2.0/mlflow/get-online-trace-details",
        "Databricks only",
    ),
    ("/api/2.0/mlflow/unified-traces", "Databricks only"),
    (
        "/api/2.0/mlflow/artifacts/presigned",
        "MLflow refuses it for files behind its server, as all of Drydock's are; presigned transfer stands under mlflow-artifacts",
    ),
    (
        "/api/3.0/mlflow/traces/calculate-filter-correlation",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/api/3.0/mlflow/traces/metrics",
        "only MLflow's own pages call it; Drydock has a window of its own",
    ),
    (
        "/api/2.0/mlflow/traces",
        "traces of version 2, before MLflow 3: replaced by /api/3.0/mlflow/traces",
    ),
];

/// What stands in the table for a route that nothing above explains.
const NOT_YET: &str = "not yet";

/// The headings, by the start of the path below its root.
const HEADINGS: &[(&str, &str)] = &[
    ("/experiments", "Experiments"),
    ("/runs", "Runs"),
    ("/metrics", "Metrics"),
    ("/logged-models", "Logged models"),
    ("/registered-models", "Registered models"),
    ("/model-versions", "Model versions"),
    ("/webhooks", "Webhooks"),
    ("/artifacts", "Artifacts"),
    ("/mpu", "Artifacts"),
    ("/presigned", "Artifacts"),
    ("/get-artifact", "Artifacts"),
    ("/upload-artifact", "Artifacts"),
    ("/traces", "Traces"),
    ("/v1/traces", "Traces"),
    ("/get-trace-artifact", "Traces"),
    ("/get-online-trace-details", "Traces"),
    ("/unified-traces", "Traces"),
    ("/datasets", "Datasets"),
    ("/health", "Server"),
    ("/version", "Server"),
    ("/server-info", "Server"),
];

/// One line of the document.
struct Line<'a> {
    method: &'a str,
    path: &'a str,
    supported: bool,
    reason: &'static str,
}

/// The document, whole.
pub fn document(table: &Table) -> String {
    let ours: BTreeSet<String> = table.routes.iter().flat_map(keys).collect();
    let lines: Vec<Line<'_>> = SURFACE
        .lines()
        .filter_map(|line| line.split_once(' ').filter(|(method, _)| *method != "#"))
        .map(|(method, path)| Line {
            method,
            path,
            supported: ours.contains(&key(method, path)),
            reason: reason(path),
        })
        .collect();
    let supported = lines.iter().filter(|line| line.supported).count();
    let mut text = format!(
        "# MLflow compatibility\n\n\
         The REST surface of MLflow 3.17.2, route by route. Written by `DRYDOCK_WRITE_DOCS=1 cargo test -p drydock-http --lib \
         compatibility` from the server's route table; a test compares. `/api/...` answers under `/ajax-api/...` too. \
         Clients of MLflow 2.10 to 3.17 use the same routes. `drydock openapi` prints what each takes and gives.\n\n\
         {supported} of {} routes are supported.\n",
        lines.len()
    );
    let mut headings: Vec<&str> = HEADINGS.iter().map(|(_, heading)| *heading).collect();
    headings.dedup();
    headings.push("Other");
    for heading in headings {
        section(
            &mut text,
            heading,
            lines.iter().filter(|line| heading_of(line.path) == heading),
        );
    }
    beyond(&mut text, table, &lines);
    text
}

fn section<'a>(text: &mut String, heading: &str, lines: impl Iterator<Item = &'a Line<'a>>) {
    let _ = write!(
        text,
        "\n## {heading}\n\n| method | route | Drydock |\n|---|---|---|\n"
    );
    for line in lines {
        let said = if line.supported {
            "supported".to_owned()
        } else {
            format!("no: {}", line.reason)
        };
        let _ = writeln!(text, "| {} | `{}` | {said} |", line.method, line.path);
    }
}

/// Routes that MLflow does not have.
fn beyond(text: &mut String, table: &Table, lines: &[Line<'_>]) {
    let theirs: BTreeSet<String> = lines
        .iter()
        .map(|line| key(line.method, line.path))
        .collect();
    let more: Vec<&Route> = table
        .routes
        .iter()
        .filter(|route| keys(route).all(|key| !theirs.contains(&key)))
        .collect();
    if more.is_empty() {
        return;
    }
    text.push_str("\n## Beyond MLflow\n\n| method | route |\n|---|---|\n");
    for route in more {
        let address = route.addresses().next().unwrap_or_default();
        let _ = writeln!(text, "| {} | `{}` |", route.method, address);
    }
}

/// The addresses of a route as the list of facts spells them: twins by their first.
fn keys(route: &Route) -> impl Iterator<Item = String> {
    let shown = if route.root == Root::Twins {
        1
    } else {
        usize::MAX
    };
    let method = route.method.as_str().to_owned();
    route
        .addresses()
        .take(shown)
        .map(move |address| key(&method, &address))
}

/// Parameters have other names here than there.
fn key(method: &str, path: &str) -> String {
    let parts = path.split('/');
    let plain = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
    format!("{method} {}", plain.collect::<Vec<_>>().join("/"))
}

fn reason(path: &str) -> &'static str {
    LEFT_OUT
        .iter()
        .find(|(start, _)| path.starts_with(start))
        .map_or(NOT_YET, |(_, reason)| reason)
}

fn heading_of(path: &str) -> &'static str {
    let below = [
        "/api/2.0/mlflow-artifacts",
        "/api/2.0/mlflow",
        "/api/3.0/mlflow",
        "/ajax-api/2.0/mlflow",
        "/ajax-api/3.0/mlflow",
    ]
    .iter()
    .find_map(|prefix| path.strip_prefix(prefix))
    .unwrap_or(path);
    HEADINGS
        .iter()
        .find(|(start, _)| below.starts_with(start))
        .map_or("Other", |(_, heading)| heading)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Writes the document anew when asked; else it must be as committed.
    #[test]
    fn the_committed_document_is_what_the_table_says() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../docs/mlflow-compatibility.md"
        );
        let made = document(&crate::mlflow::table());
        if std::env::var_os("DRYDOCK_WRITE_DOCS").is_some() {
            std::fs::write(file, &made).unwrap();
        }
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            committed == made,
            "docs/mlflow-compatibility.md is out of date: DRYDOCK_WRITE_DOCS=1 cargo test -p drydock-http --lib compatibility"
        );
    }

    #[test]
    fn parameters_match_whatever_they_are_called() {
        assert_eq!(key("GET", "/a/{*path}"), key("GET", "/a/{artifact_path}"));
        assert_ne!(key("GET", "/a/{x}"), key("GET", "/a/b"));
    }
}
