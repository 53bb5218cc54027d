//! Runs moved, tagged, deleted with their experiment and logged to at once: all lock in one order, so nobody is undone.

use std::future::Future;

use domain::audit::Actor;
use domain::tracking::{Metric, MetricPoint};
use services::tracking::{self, Batch, NewExperiment, NewRun, Pair, RunScope, TagRunsInput};
use services::{Context, Result, ServiceError};
use tokio::task::JoinSet;

const RUNS: usize = 40;
const ROUNDS: usize = 12;

fn actor() -> Actor {
    Actor::new("lead")
}

/// Runs of two experiments, and the ids of both.
async fn prepared(ctx: &Context) -> (Vec<String>, Vec<String>) {
    let (mut experiments, mut runs) = (Vec::new(), Vec::new());
    for name in ["locked one", "locked two"] {
        let new = NewExperiment {
            name: name.to_owned(),
            ..NewExperiment::default()
        };
        let id = tracking::create_experiment(ctx, &actor(), new)
            .await
            .unwrap();
        for _ in 0..RUNS {
            let new = NewRun {
                experiment_id: id.as_str().to_owned(),
                ..NewRun::default()
            };
            let run = tracking::create_run(ctx, new).await.unwrap();
            runs.push(run.info.id.into_string());
        }
        experiments.push(id.into_string());
    }
    (experiments, runs)
}

/// What is deleted meanwhile refuses; only the database itself may not.
fn passed<T>(outcome: Result<T>) {
    match outcome {
        Ok(_) | Err(ServiceError::NotFound { .. } | ServiceError::Invalid { .. }) => {}
        Err(other) => panic!("{other}"),
    }
}

fn repeat<F>(tasks: &mut JoinSet<()>, work: impl Fn(usize) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    tasks.spawn(async move {
        for round in 0..ROUNDS {
            work(round).await;
        }
    });
}

fn point(step: usize) -> Batch {
    let step = i64::try_from(step).unwrap();
    Batch {
        metrics: vec![Metric {
            key: "loss".to_owned(),
            point: MetricPoint {
                step,
                timestamp_ms: step,
                value: 1.0,
            },
            model_id: None,
            dataset: None,
        }],
        ..Batch::default()
    }
}

pub async fn nobody_waits_in_a_circle(ctx: &Context) {
    let (experiments, runs) = prepared(ctx).await;
    let mut tasks = JoinSet::new();
    for backwards in [false, true] {
        let mut run_ids = runs.clone();
        if backwards {
            run_ids.reverse();
        }
        let (of, scope) = (ctx.clone(), RunScope::Chosen { run_ids });
        let (ids, tagged) = (runs.clone(), scope.clone());
        repeat(&mut tasks, move |round| {
            let (ctx, scope) = (of.clone(), tagged.clone());
            let set = vec![Pair::new("round", round.to_string())];
            async move {
                let remove = Vec::new();
                let input = TagRunsInput { scope, set, remove };
                passed(tracking::tag_runs(&ctx, &actor(), input).await);
            }
        });
        let of = ctx.clone();
        repeat(&mut tasks, move |_| {
            let (ctx, scope, ids) = (of.clone(), scope.clone(), ids.clone());
            async move {
                passed(tracking::trash_runs(&ctx, &actor(), scope).await);
                passed(tracking::restore_runs(&ctx, &actor(), ids).await);
            }
        });
    }
    for experiment in experiments {
        let of = ctx.clone();
        repeat(&mut tasks, move |_| {
            let (ctx, id) = (of.clone(), experiment.clone());
            async move {
                passed(tracking::delete_experiment(&ctx, &actor(), &id).await);
                passed(tracking::restore_experiment(&ctx, &actor(), &id).await);
            }
        });
    }
    for first in 0..4 {
        let (of, ids) = (ctx.clone(), runs.clone());
        repeat(&mut tasks, move |round| {
            let (ctx, ids) = (of.clone(), ids.clone());
            async move {
                for id in ids.iter().skip(first).step_by(4) {
                    passed(tracking::log_batch(&ctx, id, point(round)).await);
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
