//! Group commit: batches that arrive while another is being synced to disk share the next transaction.
//!
//! SQLite has one writer, and a durable commit waits for the disk. When many scripts log at once, committing each batch by
//! itself would make them queue for one disk sync each. Here whoever gets the turn takes along all that wait. Each batch
//! is still all or nothing by itself, and is acknowledged only after the commit that holds it. PostgreSQL does the same
//! inside, so there every batch keeps a transaction of its own.

use std::sync::{Arc, Mutex, PoisonError};

use domain::tracking::{RunId, RunInfo};
use store::savepoint;
use tokio::sync::oneshot;

use super::logging::{Batch, write_batch};
use crate::error::{Result, ServiceError};
use crate::{ChangeKind, Context};

/// The batches of one workspace that wait for a turn.
#[derive(Debug, Default)]
pub struct GroupCommit {
    waiting: Mutex<Vec<Waiting>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct Waiting {
    run_id: RunId,
    batch: Batch,
    reply: oneshot::Sender<Result<()>>,
}

impl GroupCommit {
    fn queue(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a batch, alone or together with others; returns when it is durable.
pub(super) async fn write(ctx: &Context, run_id: RunId, batch: Batch) -> Result<()> {
    if !ctx.store.has_one_writer() {
        let (reply, answer) = oneshot::channel();
        write_together(
            ctx,
            vec![Waiting {
                run_id,
                batch,
                reply,
            }],
        )
        .await;
        return answer.await.unwrap_or_else(|_| Err(unanswered()));
    }
    let (reply, mut answer) = oneshot::channel();
    ctx.group_commit.queue().push(Waiting {
        run_id,
        batch,
        reply,
    });
    let turn = Arc::clone(&ctx.group_commit.turn).lock_owned().await;
    if let Ok(taken_along) = answer.try_recv() {
        return taken_along;
    }
    // A task of its own: if this client hangs up, the others in the group still get their answers.
    let ctx = ctx.clone();
    tokio::spawn(async move {
        let group = std::mem::take(&mut *ctx.group_commit.queue());
        write_together(&ctx, group).await;
        drop(turn);
    });
    answer.await.unwrap_or_else(|_| Err(unanswered()))
}

fn unanswered() -> ServiceError {
    unavailable("the write was interrupted")
}

fn unavailable(message: impl std::fmt::Display) -> ServiceError {
    ServiceError::Unavailable {
        message: message.to_string(),
        hint: "log it again".to_owned(),
    }
}

async fn write_together(ctx: &Context, group: Vec<Waiting>) {
    match attempt(ctx, &group).await {
        Ok(outcomes) => {
            let mut experiments: Vec<String> = outcomes
                .iter()
                .flatten()
                .map(|run| run.experiment_id.as_str().to_owned())
                .collect();
            experiments.sort_unstable();
            experiments.dedup();
            ctx.publish(experiments.into_iter().map(|id| ChangeKind::Runs.of(id)));
            for (waiting, outcome) in group.into_iter().zip(outcomes) {
                // A client that hung up needs no answer.
                let _ = waiting.reply.send(outcome.map(drop));
            }
        }
        Err(error) => {
            tracing::error!(%error, batches = group.len(), "a group of batches could not be committed");
            for waiting in group {
                let _ = waiting.reply.send(Err(unavailable(&error)));
            }
        }
    }
}

/// One transaction; the outcome of each batch, or the error that undid them all.
async fn attempt(ctx: &Context, group: &[Waiting]) -> Result<Vec<Result<RunInfo>>> {
    let now_ms = ctx.now_ms();
    let mut tx = ctx.store.begin().await?;
    if let [alone] = group {
        let outcome = write_batch(&mut tx, &alone.run_id, &alone.batch, now_ms).await;
        if outcome.is_ok() {
            tx.commit().await?;
        }
        return Ok(vec![outcome]);
    }
    let mut outcomes = Vec::with_capacity(group.len());
    for waiting in group {
        savepoint::begin(&mut tx).await?;
        let outcome = write_batch(&mut tx, &waiting.run_id, &waiting.batch, now_ms).await;
        match outcome {
            Ok(_) => savepoint::keep(&mut tx).await?,
            Err(_) => savepoint::undo(&mut tx).await?,
        }
        outcomes.push(outcome);
    }
    tx.commit().await?;
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
