//! Many writes in one transaction: what each may do is decided first, then all of it is written in bulk.
//!
//! Nothing is written before every write is judged, so one that is refused leaves no trace among the others. Writes of
//! one group see each other in the order in which they came.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::names::{PARAM_VALUE_CHARS_MAX, TAG_VALUE_CHARS_MAX, shortened, truncated};
use domain::tracking::{Experiment, LoggedModelId, Metric, Param, RunId, RunInfo};
use store::Tx;
use store::tracking::labels::{self, Labels};
use store::tracking::metrics::{self, RunPoints};
use store::tracking::{experiments, logged_models, runs as rows};

use super::experiments::{missing as missing_experiment, must_be_active};
use super::group::Write;
use super::logging::Batch;
use super::runs::{PlannedRun, RUN_NAME_TAG, RunUpdate, missing, must_be_writable};
use crate::error::{Result, ServiceError};

/// Texts of several runs by run and key.
type Pairs<'w> = BTreeMap<(&'w str, &'w str), &'w str>;

/// What the transaction found, and what it is going to write.
#[derive(Default)]
struct Plan<'w> {
    experiments: HashMap<String, Experiment>,
    /// The runs that were there, locked.
    runs: HashMap<String, RunInfo>,
    /// Params that were there.
    standing: HashMap<(String, String), String>,
    created: Vec<RunInfo>,
    /// Runs whose own row changes.
    changed: BTreeSet<&'w str>,
    params: Pairs<'w>,
    tags: Pairs<'w>,
    metrics: BTreeMap<&'w str, Vec<&'w [Metric]>>,
}

/// Writes all that may be written; the outcome of each, in order.
pub(super) async fn write_all(
    tx: &mut Tx,
    writes: &[&Write],
    now_ms: i64,
) -> Result<Vec<Result<RunInfo>>> {
    let mut plan = read(tx, writes).await?;
    let outcomes = writes
        .iter()
        .map(|write| match write {
            Write::Create(planned) => plan.create(planned),
            Write::Update(id, update) => plan.update(id, update),
            Write::Log(id, batch) => plan.log(id, batch),
        })
        .collect();
    plan.write(tx, now_ms).await?;
    Ok(outcomes)
}

/// Locks what the writes are about, experiments before runs, and reads what they depend on.
async fn read<'w>(tx: &mut Tx, writes: &[&'w Write]) -> Result<Plan<'w>> {
    let (mut experiment_ids, mut run_ids) = (BTreeSet::new(), BTreeSet::new());
    let mut params = BTreeSet::new();
    for write in writes {
        match write {
            Write::Create(planned) => {
                experiment_ids.insert(planned.experiment_id.as_str());
            }
            Write::Update(id, _) => {
                run_ids.insert(id.as_str());
            }
            Write::Log(id, batch) => {
                run_ids.insert(id.as_str());
                params.extend(
                    batch
                        .params
                        .iter()
                        .map(|param| (id.as_str(), param.key.as_str())),
                );
            }
        }
    }
    let mut plan = Plan::default();
    if !experiment_ids.is_empty() {
        let found = experiments::lock_shared(tx, experiment_ids.into_iter()).await?;
        plan.experiments = by_id(found, |experiment| experiment.id.as_str());
    }
    if !run_ids.is_empty() {
        let found = rows::lock_all(tx, run_ids.into_iter()).await?;
        plan.runs = by_id(found, |run| run.id.as_str());
    }
    if !params.is_empty() {
        plan.standing = labels::of_keys(tx, Labels::RunParams, params.into_iter()).await?;
    }
    Ok(plan)
}

fn by_id<T>(items: Vec<T>, id: impl Fn(&T) -> &str) -> HashMap<String, T> {
    items
        .into_iter()
        .map(|item| (id(&item).to_owned(), item))
        .collect()
}

impl<'w> Plan<'w> {
    fn create(&mut self, planned: &'w PlannedRun) -> Result<RunInfo> {
        let id = &planned.experiment_id;
        let experiment = self.experiments.get(id.as_str());
        let experiment = experiment.ok_or_else(|| missing_experiment(id))?;
        must_be_active(experiment)?;
        let info = planned.in_experiment(experiment);
        for tag in &planned.tags {
            self.tags
                .insert((planned.id.as_str(), &tag.key), &tag.value);
        }
        self.created.push(info.clone());
        Ok(info)
    }

    fn writable(&mut self, id: &RunId) -> Result<&mut RunInfo> {
        let run = self.runs.get_mut(id.as_str()).ok_or_else(|| missing(id))?;
        must_be_writable(run)?;
        Ok(run)
    }

    fn update(&mut self, id: &'w RunId, update: &'w RunUpdate) -> Result<RunInfo> {
        let run = self.writable(id)?;
        run.status = update.status.unwrap_or(run.status);
        run.ended_at_ms = update.ended_at_ms.or(run.ended_at_ms);
        let name = update.name.as_deref().filter(|name| !name.is_empty());
        if let Some(name) = name {
            name.clone_into(&mut run.name);
        }
        let run = run.clone();
        if let Some(name) = name {
            self.tags.insert((id.as_str(), RUN_NAME_TAG), name);
        }
        self.changed.insert(id.as_str());
        Ok(run)
    }

    fn log(&mut self, id: &'w RunId, batch: &'w Batch) -> Result<RunInfo> {
        self.writable(id)?;
        for param in &batch.params {
            self.check_param(id, param)?;
        }
        // From here on nothing is refused.
        let run_id = id.as_str();
        for param in &batch.params {
            let value = truncated(&param.value, PARAM_VALUE_CHARS_MAX);
            let place = (run_id.to_owned(), param.key.clone());
            if self.standing.insert(place, value.to_owned()).is_none() {
                self.params.insert((run_id, &param.key), value);
            }
        }
        for tag in &batch.tags {
            let value = truncated(&tag.value, TAG_VALUE_CHARS_MAX);
            self.tags.insert((run_id, &tag.key), value);
            if tag.key == RUN_NAME_TAG {
                value.clone_into(&mut self.writable(id)?.name);
                self.changed.insert(run_id);
            }
        }
        if !batch.metrics.is_empty() {
            self.metrics.entry(run_id).or_default().push(&batch.metrics);
        }
        Ok(self.writable(id)?.clone())
    }

    /// A param is written once; writing the same value again is fine.
    fn check_param(&self, id: &RunId, param: &Param) -> Result<()> {
        let key = &param.key;
        let value = truncated(&param.value, PARAM_VALUE_CHARS_MAX);
        let place = (id.as_str().to_owned(), key.clone());
        let Some(known) = self.standing.get(&place).filter(|known| *known != value) else {
            return Ok(());
        };
        let (known, value) = (shortened(known, 200), shortened(value, 200));
        Err(ServiceError::invalid(
            "params",
            format!(
                "Changing param values is not allowed. Param with key='{key}' was already logged with value='{known}' \
                 for run ID='{id}'. Attempted logging new value '{value}'."
            ),
        ))
    }

    /// Every table in one or two statements, each in the order of its keys.
    async fn write(mut self, tx: &mut Tx, now_ms: i64) -> Result<()> {
        self.created.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        rows::insert_all(tx, &self.created).await?;
        let changed = self.changed.iter().filter_map(|id| self.runs.get(*id));
        rows::update_all(tx, changed).await?;
        let params = self
            .params
            .into_iter()
            .map(|((run, key), value)| (run, key, value));
        labels::add_all(tx, Labels::RunParams, params).await?;
        let tags = self
            .tags
            .into_iter()
            .map(|((run, key), value)| (run, key, value));
        labels::set_all(tx, Labels::RunTags, tags).await?;
        let mut logged = Vec::with_capacity(self.metrics.len());
        for (id, batches) in &self.metrics {
            let Some(run) = self.runs.get(*id) else {
                continue;
            };
            let metrics = batches.iter().flat_map(|metrics| metrics.iter());
            logged.push(RunPoints {
                run_id: &run.id,
                experiment_id: &run.experiment_id,
                points: metrics
                    .map(|metric| (metric.key.as_str(), metric.point))
                    .collect(),
            });
        }
        metrics::log_all(tx, &logged, now_ms).await?;
        log_model_metrics(tx, &self.runs, &self.metrics).await
    }
}

/// Metrics that describe logged models are kept with these too.
async fn log_model_metrics(
    tx: &mut Tx,
    runs: &HashMap<String, RunInfo>,
    metrics: &BTreeMap<&str, Vec<&[Metric]>>,
) -> Result<()> {
    let mut by_model: BTreeMap<&LoggedModelId, BTreeMap<&str, Vec<&Metric>>> = BTreeMap::new();
    for (run, batches) in metrics {
        for metric in batches.iter().flat_map(|metrics| metrics.iter()) {
            if let Some(model) = &metric.model_id {
                let of_model = by_model.entry(model).or_default();
                of_model.entry(run).or_default().push(metric);
            }
        }
    }
    for (model, by_run) in by_model {
        // A metric may name a model of another server; the run keeps it all the same.
        if !logged_models::lock(tx, model).await? {
            continue;
        }
        for (run, metrics) in by_run {
            if let Some(run) = runs.get(run) {
                logged_models::log_metrics(tx, &run.id, model, &metrics).await?;
            }
        }
    }
    Ok(())
}
