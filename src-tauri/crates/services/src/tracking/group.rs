//! Group commit: writes that arrive while another commit is on its way share the next transaction.
//!
//! A durable commit waits for the disk, and a bulk statement costs little more for a thousand rows than for one. So whoever
//! writes to runs waits in a lane, and each lane commits one group at a time. Every write is still all or nothing by
//! itself, and is acknowledged only after the commit that holds it.
//!
//! SQLite has one writer and one lane. On PostgreSQL small writes share a lane too, since the more of them a commit takes,
//! the less each costs (two lanes were measured, and are no faster); batches spread over lanes by their run, so that
//! several connections work at once. Groups of different lanes and of other servers meet at the rows they lock, which all
//! of them lock in one order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::tracking::{RunId, RunInfo};
use store::{Trouble, Tx};
use tokio::sync::oneshot;

use super::logging::Batch;
use super::runs::{PlannedRun, RunUpdate};
use super::together::write_all;
use crate::conflict::Conflicts;
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

const LANES: usize = 3;
/// A batch with this many points takes a lane by its run.
const SPREAD_POINTS_MIN: usize = 100;
/// A group takes no more requests than this, nor, beyond its first, more metric points.
const GROUP_WRITES_MAX: usize = 256;
const GROUP_POINTS_MAX: usize = 64_000;
/// A group waits for those who wrote together the last time as long as one of them comes within this time, well under what
/// a commit takes, and no longer than this in all.
const GATHER_GAP: Duration = Duration::from_micros(60);
const GATHER_MAX: Duration = Duration::from_millis(1);

/// A write to one run.
#[derive(Debug)]
pub(super) enum Write {
    Create(PlannedRun),
    Update(RunId, RunUpdate),
    Log(RunId, Batch),
}

impl Write {
    fn run_id(&self) -> &RunId {
        match self {
            Self::Create(planned) => &planned.id,
            Self::Update(id, _) | Self::Log(id, _) => id,
        }
    }

    fn points(&self) -> usize {
        match self {
            Self::Log(_, batch) => batch.metrics.len(),
            Self::Create(_) | Self::Update(..) => 0,
        }
    }

    /// Whether lists of experiments show what it changes.
    fn shows_in_experiments(&self) -> bool {
        !matches!(self, Self::Log(..))
    }
}

/// The writes of one workspace that wait for their commit.
#[derive(Debug, Default)]
pub struct GroupCommit {
    lanes: [Mutex<Lane>; LANES],
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    /// Whether a task is at work on this lane.
    busy: bool,
    /// How many wrote at the time of the last commit: as many are about to come again.
    expected: usize,
}

#[derive(Debug)]
struct Waiting {
    write: Write,
    reply: oneshot::Sender<Result<RunInfo>>,
}

impl GroupCommit {
    fn lane(&self, number: usize) -> MutexGuard<'_, Lane> {
        self.lanes[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes, alone or together with others; returns when it is durable.
pub(super) async fn write(ctx: &Context, write: Write) -> Result<RunInfo> {
    let number = lane_of(ctx, &write);
    let (reply, answer) = oneshot::channel();
    let idle = {
        let mut lane = ctx.group_commit.lane(number);
        lane.waiting.push_back(Waiting { write, reply });
        !std::mem::replace(&mut lane.busy, true)
    };
    if idle {
        tokio::spawn(work(ctx.clone(), number));
    }
    answer.await.unwrap_or_else(|_| Err(interrupted()))
}

fn lane_of(ctx: &Context, write: &Write) -> usize {
    if ctx.store.has_one_writer() || write.points() < SPREAD_POINTS_MIN {
        return 0;
    }
    let bytes = write.run_id().as_str().bytes();
    bytes.fold(0, |sum: usize, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(byte))
    }) % LANES
}

fn interrupted() -> ServiceError {
    ServiceError::Unavailable {
        message: "the write was interrupted".to_owned(),
        hint: "log it again".to_owned(),
    }
}

fn out_of_reach_now() -> ServiceError {
    ServiceError::Unavailable {
        message: "the database cannot be reached now".to_owned(),
        hint: "this request was not acknowledged; try again".to_owned(),
    }
}

/// Commits the lane's groups until none waits.
async fn work(ctx: Context, number: usize) {
    loop {
        let ((), begun) = tokio::join!(gather(&ctx, number), begin_early(&ctx, number));
        let Some(group) = next_group(&ctx, number) else {
            return;
        };
        let size = group.len();
        // A task of its own: should it ever panic, its writers get an error and the lane goes on.
        let _ = tokio::spawn(write_together(ctx.clone(), group, begun)).await;
        let mut lane = ctx.group_commit.lane(number);
        lane.expected = size + lane.waiting.len();
    }
}

/// Lets those in who were answered together and send their next now. Whoever is first would otherwise go alone, and all
/// the others wait for two commits. One writer by itself never waits.
async fn gather(ctx: &Context, number: usize) {
    let began = Instant::now();
    let (mut seen, mut last_came) = (0, began);
    loop {
        tokio::task::yield_now().await;
        let lane = ctx.group_commit.lane(number);
        let waiting = lane.waiting.len();
        let now = Instant::now();
        if waiting > seen {
            (seen, last_came) = (waiting, now);
        }
        let late = now - last_came >= GATHER_GAP || now - began >= GATHER_MAX;
        if waiting == 0 || waiting >= lane.expected || late {
            return;
        }
    }
}

/// Begins the group's transaction while it still gathers: a round trip to the database that nobody then waits for. Not on
/// SQLite, where it would keep everyone else from writing, nor for one writer by itself, who gathers nothing.
async fn begin_early(ctx: &Context, number: usize) -> Option<Result<Tx>> {
    let alone = {
        let lane = ctx.group_commit.lane(number);
        lane.waiting.is_empty() || lane.expected < 2
    };
    if alone || ctx.store.has_one_writer() {
        return None;
    }
    Some(ctx.store.begin().await.map_err(ServiceError::from))
}

fn next_group(ctx: &Context, number: usize) -> Option<Vec<Waiting>> {
    let mut lane = ctx.group_commit.lane(number);
    let mut points = 0;
    let fits = |waiting: &&Waiting| {
        points += waiting.write.points();
        points <= GROUP_POINTS_MAX
    };
    let count = lane
        .waiting
        .iter()
        .take(GROUP_WRITES_MAX)
        .take_while(fits)
        .count();
    if lane.waiting.is_empty() {
        lane.busy = false;
        return None;
    }
    Some(lane.waiting.drain(..count.max(1)).collect())
}

async fn write_together(ctx: Context, group: Vec<Waiting>, begun: Option<Result<Tx>>) {
    let error = match until_committed(&ctx, &group, begun).await {
        Ok(outcomes) => return answer(&ctx, group, outcomes),
        Err(error) => error,
    };
    let out_of_reach = matches!(&error, ServiceError::Store(error) if error.trouble().is_some_and(|t| t != Trouble::Conflict));
    if out_of_reach {
        tracing::warn!(%error, writes = group.len(), "a group could not be committed: the database is out of reach");
        for waiting in group {
            // A client that hung up needs no answer.
            let _ = waiting.reply.send(Err(out_of_reach_now()));
        }
        return;
    }
    if group.len() == 1 {
        let failed = group.into_iter().zip([error]);
        failed.for_each(|(waiting, error)| drop(waiting.reply.send(Err(error))));
        return;
    }
    tracing::error!(%error, writes = group.len(), "a group could not be committed; trying each write by itself");
    // One of them is at fault: each by itself, so that it fails alone.
    for waiting in group {
        Box::pin(write_together(ctx.clone(), vec![waiting], None)).await;
    }
}

fn answer(ctx: &Context, group: Vec<Waiting>, outcomes: Vec<Result<RunInfo>>) {
    let mut tags: Vec<(ChangeKind, String)> = Vec::new();
    for (waiting, outcome) in group.iter().zip(&outcomes) {
        let Ok(run) = outcome else { continue };
        let experiment = run.experiment_id.as_str().to_owned();
        if waiting.write.shows_in_experiments() {
            tags.push((ChangeKind::Experiments, experiment.clone()));
        }
        tags.push((ChangeKind::Runs, experiment));
    }
    tags.sort_unstable_by(|a, b| (a.0 as u8, &a.1).cmp(&(b.0 as u8, &b.1)));
    tags.dedup();
    ctx.publish(tags.into_iter().map(|(kind, id)| kind.of(id)));
    for (waiting, outcome) in group.into_iter().zip(outcomes) {
        let _ = waiting.reply.send(outcome);
    }
}

/// The outcome of each write, or the error that undid them all.
async fn until_committed(
    ctx: &Context,
    group: &[Waiting],
    mut begun: Option<Result<Tx>>,
) -> Result<Vec<Result<RunInfo>>> {
    let mut conflicts = Conflicts::default();
    loop {
        let outcome = commit(ctx, group, begun.take()).await;
        if !conflicts.again(&outcome).await {
            return outcome;
        }
    }
}

async fn commit(
    ctx: &Context,
    group: &[Waiting],
    begun: Option<Result<Tx>>,
) -> Result<Vec<Result<RunInfo>>> {
    let writes: Vec<&Write> = group.iter().map(|waiting| &waiting.write).collect();
    let mut tx = match begun {
        Some(tx) => tx?,
        None => ctx.store.begin().await?,
    };
    let outcomes = write_all(&mut tx, &writes, ctx.now_ms()).await?;
    if outcomes.iter().any(Result::is_ok) {
        tx.commit().await?;
    }
    Ok(outcomes)
}
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::tracking::{Metric, MetricPoint, Param};

    use crate::tracking::{Batch, NewRun, create_run, log_batch, run};
    use crate::workspace::{Folders, WorkspaceOptions};
    use crate::{Clock, Context};

    fn batch(step: i64, param: &str) -> Batch {
        let point = MetricPoint {
            step,
            timestamp_ms: step,
            value: 1.0,
        };
        Batch {
            metrics: vec![Metric {
                key: "loss".to_owned(),
                point,
                model_id: None,
                dataset: None,
            }],
            params: vec![Param {
                key: "lr".to_owned(),
                value: param.to_owned(),
            }],
            tags: Vec::new(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn batches_that_share_a_commit_succeed_and_fail_by_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let options = WorkspaceOptions::local(Folders::new(folder.path()));
        let ctx = Context::open(options, Clock::from_fn(|| 1)).await.unwrap();
        let id = create_run(&ctx, NewRun::default()).await.unwrap().info.id;
        log_batch(&ctx, id.as_str(), batch(0, "0.1")).await.unwrap();
        let calls = (1..=90_i64).map(|step| {
            let (ctx, id) = (ctx.clone(), id.clone());
            tokio::spawn(async move {
                match step % 3 {
                    0 => log_batch(&ctx, id.as_str(), batch(step, "0.1"))
                        .await
                        .is_ok(),
                    // Another value of a param, and a run that is not there: the batch fails, points and all.
                    1 => log_batch(&ctx, id.as_str(), batch(step, "0.2"))
                        .await
                        .is_err(),
                    _ => log_batch(&ctx, "nobody", batch(step, "0.1")).await.is_err(),
                }
            })
        });
        for call in calls.collect::<Vec<_>>() {
            assert!(call.await.unwrap());
        }
        let metric = run(&ctx, id.as_str()).await.unwrap().metrics.remove(0);
        assert_eq!((metric.count, metric.latest.step), (31, 90));
    }
}
