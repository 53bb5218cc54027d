//! Import of a folder into both databases: broken off, resumed, repeated.
//!
//! What real clients write is imported by `tests/python/test_import.py`; here the folder is made by hand, so that the
//! same import runs on SQLite and on PostgreSQL without Python.

#![allow(clippy::unwrap_used)]

mod kept;

use std::fmt::Write as _;
use std::path::Path;

use domain::audit::Actor;
use drydock_tests::postgres::Cluster;
use engine::CancelToken;
use services::import::{
    ImportInput, ImportOutcome, ImportReport, ImportStep, Watch, import, preview,
};
use services::tracking;
use services::workspace::{Folders, WorkspaceOptions};
use services::{Clock, Context, artifacts, registry};
use store::{PostgresOptions, Store};

const RUNS: usize = 150;
const POINTS: usize = 1500;

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn run_id(n: usize) -> String {
    format!("{n:032x}")
}

/// An experiment with runs, one with a long history, and a model whose second version is gone.
fn make_folder(root: &Path) {
    let experiment = root.join("7");
    write(
        &experiment.join("meta.yaml"),
        "artifact_location: /nowhere/7\ncreation_time: 1700000000000\nexperiment_id: '7'\nlast_update_time: 1700000000001\n\
         lifecycle_stage: active\nname: 'by hand: one'\n",
    );
    for n in 0..RUNS {
        let run = experiment.join(run_id(n));
        let deleted = if n == 3 { "deleted" } else { "active" };
        let meta = format!(
            "artifact_uri: /nowhere/7/{id}/artifacts\nend_time: {end}\nexperiment_id: '7'\nlifecycle_stage: {deleted}\n\
             run_id: {id}\nrun_name: run {n}\nstart_time: {start}\nstatus: 3\nuser_id: ann\n",
            id = run_id(n),
            start = 1_700_000_000_000_i64 + n as i64,
            end = 1_700_000_001_000_i64 + n as i64,
        );
        write(&run.join("meta.yaml"), &meta);
        write(&run.join("tags/mlflow.runName"), &format!("run {n}"));
        write(&run.join("params/lr"), &format!("0.{n}"));
        write(
            &run.join("metrics/val/auc"),
            "1 0.5 0\n2 nan 1\n3 -inf 2\n2 0.25 5\n",
        );
        write(
            &run.join("artifacts/plots/curve.csv"),
            &format!("step\n{n}\n"),
        );
    }
    let mut long = String::new();
    for step in 0..POINTS {
        let _ = writeln!(
            long,
            "{} {} {step}",
            1_700_000_000_000 + step,
            step as f64 / 7.0
        );
    }
    write(&experiment.join(run_id(0)).join("metrics/loss"), &long);
    let model = root.join("models/regime");
    write(
        &model.join("meta.yaml"),
        "creation_timestamp: 1700000000000\ndescription: by hand\nlast_updated_timestamp: 1700000000002\nname: regime\n",
    );
    write(&model.join("aliases/champion"), "3");
    for (version, stage) in [(1, "Archived"), (3, "Production")] {
        let meta = format!(
            "creation_timestamp: 17{version}\ncurrent_stage: {stage}\nlast_updated_timestamp: 18{version}\nname: regime\n\
             run_id: {id}\nsource: /nowhere/7/{id}/artifacts/plots\nstatus: READY\nversion: {version}\n",
            id = run_id(version)
        );
        write(&model.join(format!("version-{version}/meta.yaml")), &meta);
    }
}

async fn bring(
    ctx: &Context,
    from: &Path,
    cancel: &CancelToken,
    progress: &(dyn Fn(ImportStep) + Send + Sync),
) -> ImportReport {
    let input = ImportInput {
        from: from.display().to_string(),
        ..ImportInput::default()
    };
    let watch = Watch { progress, cancel };
    import(ctx, &actor(), &input, watch).await.unwrap()
}

fn actor() -> Actor {
    Actor::new("ann")
}

/// Brings a folder in without being stopped.
async fn bring_whole(ctx: &Context, from: &Path) -> ImportReport {
    let report = bring(ctx, from, &CancelToken::default(), &|_| ()).await;
    assert_eq!(report.outcome, ImportOutcome::Finished);
    report
}

async fn all(ctx: &Context) {
    broken_off_resumed_repeated(ctx).await;
    kept::what_is_deleted_here_stays_deleted(ctx).await;
    kept::odd_texts_do_not_end_it(ctx).await;
    a_workspace_does_not_import_itself(ctx).await;
}

/// Everything would be there twice.
async fn a_workspace_does_not_import_itself(ctx: &Context) {
    let options = http::ListenOptions {
        port: 0,
        ..http::ListenOptions::default()
    };
    let server = http::start(ctx, options).await.unwrap();
    let input = ImportInput {
        from: format!("http://{}", server.address),
        ..ImportInput::default()
    };
    let go = CancelToken::default();
    let watch = Watch {
        cancel: &go,
        progress: &|_| (),
    };
    let looked = preview(ctx, &actor(), &input, watch).await.map(|_| ());
    let brought = import(ctx, &actor(), &input, watch).await.map(|_| ());
    for refused in [looked, brought] {
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("is this workspace itself"), "{told}");
    }
    server.stop().await;
}

async fn broken_off_resumed_repeated(ctx: &Context) {
    let folder = tempfile::tempdir().unwrap();
    make_folder(folder.path());
    let from = folder.path();

    // The first page of a hundred runs comes; then somebody stops it.
    let stop = CancelToken::default();
    let stopping = stop.clone();
    let progress = move |step: ImportStep| {
        if step.done.runs >= 100 {
            stopping.cancel();
        }
    };
    let report = bring(ctx, from, &stop, &progress).await;
    assert_eq!(report.outcome, ImportOutcome::Cancelled);
    assert!(
        (1..RUNS as i64).contains(&report.runs.brought),
        "{report:?}"
    );

    let go = CancelToken::default();
    let second = bring(ctx, from, &go, &|_| ()).await;
    assert_eq!(second.outcome, ImportOutcome::Finished);
    assert_eq!(second.problems, []);
    assert_eq!(second.runs.brought + second.runs.unchanged, RUNS as i64);
    is_whole(ctx).await;

    let third = bring(ctx, from, &go, &|_| ()).await;
    assert_eq!(third.runs.unchanged, RUNS as i64);
    assert_eq!(
        (third.points, third.artifacts, third.versions.unchanged),
        (0, 0, 2)
    );

    // One run grows: its new points come, its old ones stay as they are.
    let history = from.join("7").join(run_id(0)).join("metrics/loss");
    let mut text = std::fs::read_to_string(&history).unwrap();
    text.push_str("1700009000000 9.5 1500\n");
    std::fs::write(&history, text).unwrap();
    let fourth = bring(ctx, from, &go, &|_| ()).await;
    assert_eq!(
        (fourth.runs.updated, fourth.runs.unchanged),
        (1, RUNS as i64 - 1)
    );
    assert_eq!(points(ctx, "loss").await, POINTS + 1);
    assert_eq!(services::import::reports(ctx).await.unwrap().len(), 4);
}

async fn points(ctx: &Context, key: &str) -> usize {
    let run = tracking::run(ctx, &run_id(0)).await.unwrap();
    let series = run.metrics.iter().find(|metric| metric.key == key).unwrap();
    usize::try_from(series.count).unwrap()
}

async fn is_whole(ctx: &Context) {
    let experiment = tracking::experiment_by_name(ctx, "by hand: one")
        .await
        .unwrap();
    assert_eq!(experiment.id.as_str(), "7");
    assert_eq!(experiment.created_at_ms, 1_700_000_000_000);
    for n in 0..RUNS {
        let run = tracking::run(ctx, &run_id(n)).await.unwrap();
        assert_eq!(run.info.name, format!("run {n}"));
    }
    let run = tracking::run(ctx, &run_id(3)).await.unwrap();
    assert_eq!(run.info.lifecycle.as_str(), "deleted");
    assert_eq!(
        (run.info.user.as_str(), run.info.started_at_ms),
        ("ann", 1_700_000_000_003)
    );
    assert_eq!(run.metrics[0].count, 4);
    assert_eq!(points(ctx, "loss").await, POINTS);
    let file = artifacts::files_under(ctx, &format!("7/{}/artifacts", run_id(9)))
        .await
        .unwrap();
    assert_eq!((file.len(), file[0].size_bytes), (1, 7));
    let version = registry::get_version_row(ctx, "regime", 3).await.unwrap();
    assert_eq!(version.stage.0.as_str(), "Production");
    assert_eq!(version.created_at_ms, 173);
    assert_eq!(
        version.source,
        format!("mlflow-artifacts:/7/{}/artifacts/plots", run_id(3))
    );
    assert!(version.digest.is_some());
    assert!(registry::get_version_row(ctx, "regime", 2).await.is_err());
    let aliased = registry::version_by_alias(ctx, "regime", "champion")
        .await
        .unwrap();
    assert_eq!(aliased.version, 3);
    // A new experiment does not run into the id that was kept.
    for name in ["a", "b", "c"] {
        let new = tracking::NewExperiment {
            name: name.to_owned(),
            ..tracking::NewExperiment::default()
        };
        let id = tracking::create_experiment(ctx, &Actor::new("ann"), new)
            .await
            .unwrap();
        assert_ne!(id.as_str(), "7");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn into_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorkspaceOptions::local(Folders::new(folder.path()));
    let ctx = Context::open(options, Clock::system()).await.unwrap();
    all(&ctx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn into_postgres() {
    let cluster = Cluster::start().unwrap();
    let store = Store::open_postgres(&PostgresOptions::new(cluster.url()))
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = WorkspaceOptions::local(Folders::new(folder.path()));
    let ctx = Context::with_store(options, store, Clock::system())
        .await
        .unwrap();
    all(&ctx).await;
}
