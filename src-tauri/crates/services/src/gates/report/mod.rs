//! The evidence as files: one offline HTML page, JSON, CSV and Markdown. Each is a pure function of the evidence, so that the
//! same evidence gives the same bytes wherever it is made.
//!
//! The JSON file is the evidence itself. Its SHA-256 is the content hash that the other forms print, so that
//! `sha256sum report.json` proves which evidence a page was made of.

mod html;
mod markdown;
mod plot;
mod table;
mod words;

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Evidence;
use crate::error::{Result, ServiceError};

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    Html,
    Json,
    Csv,
    Markdown,
}

impl ReportFormat {
    /// By the name of the file that it goes to.
    ///
    /// # Errors
    /// A name that ends otherwise.
    pub fn of_path(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("md" | "markdown") => Ok(Self::Markdown),
            _ => Err(ServiceError::invalid(
                "report",
                format!(
                    "{} names no form of a report; end it with .html, .json, .csv or .md",
                    path.display()
                ),
            )),
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
        }
    }
}

/// The report in one of its forms.
#[must_use]
pub fn written(evidence: &Evidence, format: ReportFormat) -> String {
    match format {
        ReportFormat::Html => html::page(evidence),
        ReportFormat::Json => json(evidence),
        ReportFormat::Csv => table::csv(evidence),
        ReportFormat::Markdown => markdown::text(evidence),
    }
}

fn json(evidence: &Evidence) -> String {
    let mut text = serde_json::to_string_pretty(evidence).unwrap_or_default();
    text.push('\n');
    text
}

/// SHA-256 of the JSON form.
#[must_use]
pub fn content_sha256(evidence: &Evidence) -> String {
    hex::encode(Sha256::digest(json(evidence)))
}

/// Reads the JSON form.
///
/// # Errors
/// A text that is none, or one of another release's form.
pub fn read(text: &str) -> Result<Evidence> {
    let evidence: Evidence = serde_json::from_str(text).map_err(|error| {
        ServiceError::invalid("evidence", format!("this is no evidence of gates: {error}"))
    })?;
    if evidence.format != super::evidence::FORMAT {
        return Err(ServiceError::invalid(
            "format",
            format!(
                "this evidence has form {}; this release reads form {}",
                evidence.format,
                super::evidence::FORMAT
            ),
        ));
    }
    Ok(evidence)
}

/// Writes a report to a place of the user's choice.
pub async fn save(evidence: &Evidence, format: ReportFormat, target: &Path) -> Result<()> {
    tokio::fs::write(target, written(evidence, format))
        .await
        .map_err(ServiceError::io(format!(
            "cannot write {}",
            target.display()
        )))
}

/// What to call the file: `regime-classifier-v14-gates-pass.html`. Whatever is no plain letter becomes a dash.
#[must_use]
pub fn file_name(evidence: &Evidence, format: ReportFormat) -> String {
    let version = evidence
        .subject
        .version
        .map(|version| format!("-v{version}"))
        .unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '-'
        }
    };
    let model: String = evidence.subject.model.chars().take(80).map(plain).collect();
    format!(
        "{}{version}-gates-{}.{}",
        model.trim_matches(['.', '-']),
        evidence.verdict.as_str(),
        format.ending()
    )
}

#[cfg(test)]
mod tests;
