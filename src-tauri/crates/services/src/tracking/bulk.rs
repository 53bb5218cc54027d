//! One change to many runs: to those chosen, or to all that a filter finds, loaded by the window or not.

use std::collections::BTreeSet;

use domain::audit::Actor;
use domain::names::{TAG_VALUE_CHARS_MAX, check_key, truncated};
use domain::tracking::{Lifecycle, RunId, RunInfo, ViewType};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::tracking::labels::{self, Labels};
use store::tracking::{experiments, runs as rows};

use super::find::{RunQuery, runs};
use super::runs::{RUN_NAME_TAG, must_be_writable, writable};
use super::view::Pair;
use crate::audit::note;
use crate::conflict::Conflicts;
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

/// Runs changed in one transaction. Others write between two of them.
const RUNS_AT_ONCE: usize = 200;
const PAGE: i64 = 1_000;

/// Which runs are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum RunScope {
    Chosen {
        run_ids: Vec<String>,
    },
    Matching {
        experiment_id: String,
        filter: String,
    },
}

/// The runs that were changed, so that the change can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct BulkDone {
    pub run_ids: Vec<String>,
    /// Gone, or already so.
    #[specta(type = specta_typescript::Number)]
    pub skipped: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TagRunsInput {
    pub scope: RunScope,
    pub set: Vec<Pair>,
    pub remove: Vec<String>,
}

/// The ids that a scope means now. A filter is asked before anything is changed, so that a change that makes runs leave
/// the filter does not make others be skipped.
pub(super) async fn ids_of(ctx: &Context, scope: &RunScope) -> Result<Vec<RunId>> {
    let (experiment_id, filter) = match scope {
        RunScope::Chosen { run_ids } => {
            let ids = run_ids.iter().map(|id| RunId::parse(id));
            return Ok(ids.collect::<Result<_, _>>()?);
        }
        RunScope::Matching {
            experiment_id,
            filter,
        } => (experiment_id, filter),
    };
    let mut found = Vec::new();
    let mut page_token = None;
    loop {
        let query = RunQuery {
            experiment_ids: vec![experiment_id.clone()],
            filter: filter.clone(),
            order_by: Vec::new(),
            view: ViewType::ActiveOnly,
            max_results: PAGE,
            page_token,
        };
        let page = runs(ctx, query).await?;
        found.extend(page.items.into_iter().map(|run| run.info.id));
        page_token = page.next_page_token;
        if page_token.is_none() {
            return Ok(found);
        }
    }
}

/// Sets and removes tags. Each run gets all of it or none of it.
pub async fn tag_runs(ctx: &Context, actor: &Actor, input: TagRunsInput) -> Result<BulkDone> {
    for pair in &input.set {
        check_key("key", &pair.key)?;
        if pair.key == RUN_NAME_TAG {
            return Err(ServiceError::invalid(
                "key",
                format!("{RUN_NAME_TAG} is the name of a run; rename the run instead"),
            ));
        }
    }
    let ids = in_order(ids_of(ctx, &input.scope).await?);
    let mut done = Progress::default();
    for piece in ids.chunks(RUNS_AT_ONCE) {
        let mut conflicts = Conflicts::default();
        let changed = loop {
            let outcome = tag_piece(ctx, actor, piece, &input).await;
            if !conflicts.again(&outcome).await {
                break outcome?;
            }
        };
        done.add(piece, changed);
        done.publish(ctx, false);
    }
    Ok(done.finish())
}

/// The order in which all lock runs.
fn in_order(mut ids: Vec<RunId>) -> Vec<RunId> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The runs that were changed.
async fn tag_piece(
    ctx: &Context,
    actor: &Actor,
    piece: &[RunId],
    input: &TagRunsInput,
) -> Result<Vec<RunInfo>> {
    let mut tx = ctx.store.begin().await?;
    let mut found = rows::lock_all(&mut tx, piece.iter().map(RunId::as_str)).await?;
    found.retain(|run| must_be_writable(run).is_ok());
    for run in &found {
        tag_one(ctx, &mut tx, actor, run, input).await?;
    }
    tx.commit().await?;
    Ok(found)
}

async fn tag_one(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    run: &RunInfo,
    input: &TagRunsInput,
) -> Result<()> {
    let id = run.id.as_str();
    let pairs = input.set.iter().map(|pair| {
        (
            pair.key.as_str(),
            truncated(&pair.value, TAG_VALUE_CHARS_MAX),
        )
    });
    labels::set(tx, Labels::RunTags, id, pairs).await?;
    for key in &input.remove {
        labels::delete(tx, Labels::RunTags, id, key).await?;
    }
    rows::update(tx, run).await?;
    let set = input
        .set
        .iter()
        .map(|pair| format!("{} = {}", pair.key, shown(&pair.value)));
    let removed = input.remove.iter().map(|key| format!("{key} removed"));
    let detail = set.chain(removed).collect::<Vec<_>>().join(", ");
    audit(tx, ctx.now_ms(), actor, "run.tag", run, &detail).await
}

/// A note is a tag too, and may be long; the log says how it begins.
fn shown(value: &str) -> String {
    let head = truncated(value, 120);
    if head.len() == value.len() {
        value.to_owned()
    } else {
        format!("{head}…")
    }
}

pub async fn rename_run(ctx: &Context, actor: &Actor, run_id: &str, name: &str) -> Result<()> {
    let name = name.trim();
    if name.is_empty() {
        return Err(ServiceError::invalid("name", "A run needs a name."));
    }
    let id = RunId::parse(run_id)?;
    let mut tx = ctx.store.begin().await?;
    let mut run = writable(&mut tx, &id).await?;
    let told = format!("{} to {name}", run.name);
    run.name = truncated(name, TAG_VALUE_CHARS_MAX).to_owned();
    let pair = [(RUN_NAME_TAG, run.name.as_str())];
    labels::set(&mut tx, Labels::RunTags, id.as_str(), pair).await?;
    rows::update(&mut tx, &run).await?;
    audit(&mut tx, ctx.now_ms(), actor, "run.rename", &run, &told).await?;
    tx.commit().await?;
    ctx.publish([ChangeKind::Runs.of(run.experiment_id.as_str())]);
    Ok(())
}

pub(super) async fn move_runs(
    ctx: &Context,
    actor: &Actor,
    scope: RunScope,
    to: Lifecycle,
) -> Result<BulkDone> {
    let ids = in_order(ids_of(ctx, &scope).await?);
    let mut done = Progress::default();
    for piece in ids.chunks(RUNS_AT_ONCE) {
        let mut conflicts = Conflicts::default();
        let changed = loop {
            let outcome = move_piece(ctx, actor, piece, to).await;
            if !conflicts.again(&outcome).await {
                break outcome?;
            }
        };
        done.add(piece, changed);
        done.publish(ctx, true);
    }
    Ok(done.finish())
}

/// The runs that were moved. Experiments are locked before runs, by all who lock both.
async fn move_piece(
    ctx: &Context,
    actor: &Actor,
    piece: &[RunId],
    to: Lifecycle,
) -> Result<Vec<RunInfo>> {
    let action = match to {
        Lifecycle::Deleted => "run.delete",
        Lifecycle::Active => "run.restore",
    };
    let mut tx = ctx.store.begin().await?;
    let words: Vec<&str> = piece.iter().map(RunId::as_str).collect();
    let open = match to {
        Lifecycle::Deleted => None,
        Lifecycle::Active => Some(open_experiments(&mut tx, &words).await?),
    };
    let mut found = rows::lock_all(&mut tx, words.into_iter()).await?;
    // A run cannot come back into an experiment that is deleted itself.
    found.retain(|run| {
        let may = |open: &BTreeSet<String>| open.contains(run.experiment_id.as_str());
        run.lifecycle != to && open.as_ref().is_none_or(may)
    });
    for run in &found {
        let now_ms = ctx.now_ms();
        rows::set_lifecycle(&mut tx, &run.id, to, now_ms).await?;
        audit(&mut tx, now_ms, actor, action, run, &run.name).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// The experiments of these runs that are active, kept so until the transaction ends.
async fn open_experiments(tx: &mut Tx, run_ids: &[&str]) -> Result<BTreeSet<String>> {
    let titles = rows::titles(&mut *tx, run_ids).await?;
    let ids: BTreeSet<String> = titles.into_iter().map(|run| run.experiment_id).collect();
    let found = experiments::lock_shared(tx, ids.iter().map(String::as_str)).await?;
    let open = found
        .into_iter()
        .filter(|experiment| experiment.lifecycle == Lifecycle::Active)
        .map(|experiment| experiment.id.into_string());
    Ok(open.collect())
}

async fn audit(
    tx: &mut Tx,
    at_ms: i64,
    actor: &Actor,
    action: &str,
    run: &RunInfo,
    detail: &str,
) -> Result<()> {
    let subject = format!("run/{}", run.id);
    Ok(note(tx, at_ms, actor, action, &subject, detail).await?)
}

#[derive(Debug, Default)]
struct Progress {
    run_ids: Vec<String>,
    experiments: BTreeSet<String>,
    skipped: i64,
}

impl Progress {
    fn add(&mut self, piece: &[RunId], changed: Vec<RunInfo>) {
        self.skipped += i64::try_from(piece.len() - changed.len()).unwrap_or(0);
        for run in changed {
            self.run_ids.push(run.id.into_string());
            self.experiments.insert(run.experiment_id.into_string());
        }
    }

    /// `counts`: lists of experiments show another number of runs.
    fn publish(&self, ctx: &Context, counts: bool) {
        for id in &self.experiments {
            ctx.publish([ChangeKind::Runs.of(id)]);
            if counts {
                ctx.publish([ChangeKind::Experiments.of(id)]);
            }
        }
    }

    fn finish(self) -> BulkDone {
        BulkDone {
            run_ids: self.run_ids,
            skipped: self.skipped,
        }
    }
}
