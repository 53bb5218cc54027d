//! What of a source is here already.

use std::collections::HashMap;

use domain::audit::Actor;
use store::import::{self as rows, ItemRow, ReportRow};

use super::view::ImportReport;
use crate::Context;
use crate::error::Result;

/// The kinds of things that the journal knows.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Experiment,
    Run,
    LoggedModel,
    Model,
    Version,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Experiment => "experiment",
            Self::Run => "run",
            Self::LoggedModel => "logged_model",
            Self::Model => "model",
            Self::Version => "version",
        }
    }
}

const DONE: &str = "done";

/// What the journal knows of one thing.
#[derive(Debug, Clone)]
pub struct Entry {
    pub local_key: String,
    pub done: bool,
    pub fingerprint: String,
    pub updated_at_ms: i64,
}

/// One thing, as it is to be remembered.
#[derive(Debug, Clone, Default)]
pub struct Mark<'m> {
    pub source_key: &'m str,
    pub local_key: &'m str,
    pub fingerprint: &'m str,
    pub points: i64,
    pub artifacts: i64,
    pub artifact_bytes: i64,
}

#[derive(Debug)]
pub struct Journal {
    source_id: String,
}

impl Journal {
    pub async fn open(ctx: &Context, address: &str) -> Result<Self> {
        if let Some(source_id) = rows::source_id(ctx.store.pool(), address).await? {
            return Ok(Self { source_id });
        }
        let fresh = uuid::Uuid::now_v7().to_string();
        let mut tx = ctx.store.begin().await?;
        rows::insert_source(&mut tx, &fresh, address, ctx.now_ms()).await?;
        let source_id = rows::source_id(&mut tx, address).await?;
        tx.commit().await?;
        Ok(Self {
            source_id: source_id.unwrap_or(fresh),
        })
    }

    /// What is known of a source without remembering it: nothing, if it was never imported.
    pub async fn peek(ctx: &Context, address: &str) -> Result<Self> {
        let known = rows::source_id(ctx.store.pool(), address).await?;
        Ok(Self {
            source_id: known.unwrap_or_default(),
        })
    }

    pub async fn known(
        &self,
        ctx: &Context,
        kind: Kind,
        keys: &[&str],
    ) -> Result<HashMap<String, Entry>> {
        let items = rows::items(ctx.store.pool(), &self.source_id, kind.as_str(), keys).await?;
        let entries = items.into_iter().map(|item| {
            let entry = Entry {
                done: item.state == DONE,
                local_key: item.local_key,
                fingerprint: item.fingerprint,
                updated_at_ms: item.updated_at_ms,
            };
            (item.source_key, entry)
        });
        Ok(entries.collect())
    }

    pub async fn one(&self, ctx: &Context, kind: Kind, key: &str) -> Result<Option<Entry>> {
        Ok(self.known(ctx, kind, &[key]).await?.remove(key))
    }

    pub async fn begun(&self, ctx: &Context, kind: Kind, mark: Mark<'_>) -> Result<()> {
        self.set(ctx, kind, mark, "begun").await
    }

    pub async fn done(&self, ctx: &Context, kind: Kind, mark: Mark<'_>) -> Result<()> {
        self.set(ctx, kind, mark, DONE).await
    }

    async fn set(&self, ctx: &Context, kind: Kind, mark: Mark<'_>, state: &str) -> Result<()> {
        let mut tx = ctx.store.begin().await?;
        let item = ItemRow {
            source_id: self.source_id.clone(),
            kind: kind.as_str().to_owned(),
            source_key: mark.source_key.to_owned(),
            local_key: mark.local_key.to_owned(),
            state: state.to_owned(),
            fingerprint: mark.fingerprint.to_owned(),
            points: mark.points,
            artifacts: mark.artifacts,
            artifact_bytes: mark.artifact_bytes,
            updated_at_ms: ctx.now_ms(),
        };
        rows::set_item(&mut tx, &item).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn keep_report(
        &self,
        ctx: &Context,
        actor: &Actor,
        report: &ImportReport,
    ) -> Result<()> {
        let mut tx = ctx.store.begin().await?;
        let row = ReportRow {
            report_id: report.report_id.clone(),
            source_id: self.source_id.clone(),
            actor: actor.name.clone(),
            outcome: report.outcome.as_str().to_owned(),
            started_at_ms: report.started_at_ms,
            ended_at_ms: report.ended_at_ms,
            report_json: serde_json::to_string(report).unwrap_or_default(),
        };
        rows::insert_report(&mut tx, &row).await?;
        tx.commit().await?;
        Ok(())
    }
}
