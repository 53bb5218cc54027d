//! What an import keeps of both sides: what was deleted here, and texts that no database takes.

use std::path::Path;

use domain::tracking::Lifecycle;
use services::import::ImportReport;
use services::{Context, tracking};

use crate::{actor, bring_whole, write};

fn make_run(experiment: &Path, id: &str, history: &str) {
    let of = experiment.file_name().unwrap().to_str().unwrap();
    let meta = format!(
        "artifact_uri: /nowhere/{of}/{id}/artifacts\nend_time: 1700000001000\nexperiment_id: '{of}'\nlifecycle_stage: active\n\
         run_id: {id}\nrun_name: {id}\nstart_time: 1700000000000\nstatus: 3\nuser_id: ann\n"
    );
    write(&experiment.join(id).join("meta.yaml"), &meta);
    write(&experiment.join(id).join("metrics/loss"), history);
}

fn make_experiment(experiment: &Path, name: &str) {
    let id = experiment.file_name().unwrap().to_str().unwrap();
    write(
        &experiment.join("meta.yaml"),
        &format!(
            "artifact_location: /nowhere/{id}\ncreation_time: 1700000000000\nexperiment_id: '{id}'\n\
             last_update_time: 1700000000001\nlifecycle_stage: active\nname: {name}\n"
        ),
    );
}

fn notes(report: &ImportReport, subject: &str) -> Vec<String> {
    let about = report.notes.iter().filter(|n| n.subject.contains(subject));
    about.map(|note| note.message.clone()).collect()
}

async fn standing(ctx: &Context, id: &str) -> (Lifecycle, i64) {
    let run = tracking::run(ctx, id).await.unwrap();
    (run.info.lifecycle, run.metrics[0].count)
}

/// A run that was deleted here is left alone while it is, however its source changes; what is new in an experiment that
/// was deleted here is deleted too.
pub async fn what_is_deleted_here_stays_deleted(ctx: &Context) {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path();
    let experiment = from.join("800");
    make_experiment(&experiment, "deleted here");
    make_run(&experiment, "kept", "1 0.5 0\n");
    make_run(&experiment, "gone", "1 0.5 0\n");
    write(&experiment.join("traces/tr-1/trace_info.yaml"), "x: 1\n");
    let first = bring_whole(ctx, from).await;
    assert_eq!(
        notes(&first, &from.canonicalize().unwrap().display().to_string()),
        ["its 1 trace does not come"]
    );

    tracking::delete_run(ctx, &actor(), "gone").await.unwrap();
    for run in ["kept", "gone"] {
        make_run(&experiment, run, "1 0.5 0\n2 0.25 1\n");
    }
    let second = bring_whole(ctx, from).await;
    assert_eq!((second.runs.updated, second.runs.unchanged), (1, 1));
    assert_eq!(
        notes(&second, "run gone"),
        ["it is active at the source and deleted here; it stays deleted"]
    );
    // Not even for a moment was it active: nothing was written to it.
    assert_eq!(standing(ctx, "gone").await, (Lifecycle::Deleted, 1));
    assert_eq!(standing(ctx, "kept").await, (Lifecycle::Active, 2));

    tracking::restore_run(ctx, &actor(), "gone").await.unwrap();
    let third = bring_whole(ctx, from).await;
    assert_eq!((third.runs.updated, third.runs.unchanged), (1, 1));
    assert_eq!(standing(ctx, "gone").await, (Lifecycle::Active, 2));

    tracking::delete_experiment(ctx, &actor(), "800")
        .await
        .unwrap();
    make_run(&experiment, "late", "1 0.5 0\n");
    let fourth = bring_whole(ctx, from).await;
    assert_eq!(
        notes(&fourth, "experiment 800"),
        ["it is deleted here; new runs of it are brought as deleted"]
    );
    assert_eq!(standing(ctx, "late").await, (Lifecycle::Deleted, 1));
}

/// NUL in a text, a name that nothing here may have, a line that is no text: each is told, and the rest comes.
pub async fn odd_texts_do_not_end_it(ctx: &Context) {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path();
    let experiment = from.join("900");
    make_experiment(&experiment, "odd texts");
    make_experiment(&from.join("901"), "\"a\\tb\"");
    let long = "ü".repeat(9_000);
    write(&experiment.join("tags/desk"), &long);
    make_run(&experiment, "odd", "1 0.5 0\n");
    write(&experiment.join("odd/tags/note"), "a\0b");
    write(&experiment.join("odd/params/lr"), "0.1\0");
    let history = experiment.join("odd/metrics/loss");
    std::fs::write(&history, b"1 0.5 0\n2 \xff 1\n3 0.25 2\n").unwrap();
    let first = bring_whole(ctx, from).await;
    let left: Vec<_> = first.problems.iter().map(|p| &*p.subject).collect();
    assert!(left.contains(&"experiment 'a\tb'"), "{left:?}");
    assert!(
        left.iter().any(|s| s.ends_with("metrics/loss:2")),
        "{left:?}"
    );
    assert_eq!((left.len(), first.experiments.left_out), (2, 1));
    assert_eq!(notes(&first, "run odd").len(), 2);
    let run = tracking::run(ctx, "odd").await.unwrap();
    let note = run.tags.iter().find(|tag| tag.key == "note").unwrap();
    assert_eq!(note.value, "a\u{FFFD}b");
    assert_eq!(run.params[0].value, "0.1\u{FFFD}");
    assert_eq!(run.metrics[0].count, 2);
    let made = tracking::experiment(ctx, "900").await.unwrap();
    assert_eq!(made.tags[0].value, long);

    // What could not be read is asked for again, and told again, until it can.
    let second = bring_whole(ctx, from).await;
    assert_eq!((second.problems.len(), second.runs.unchanged), (2, 0));
    std::fs::write(&history, b"1 0.5 0\n2 0.4 1\n3 0.25 2\n").unwrap();
    let third = bring_whole(ctx, from).await;
    assert_eq!(third.problems.len(), 1);
    assert_eq!(standing(ctx, "odd").await, (Lifecycle::Active, 3));
}
