//! What the window asks of the services beside the wire, on both databases: many runs at once, the trash, files, what
//! stood in Production.

use bytes::Bytes;
use domain::audit::Actor;
use domain::registry::Stage;
use domain::tracking::{Metric, MetricPoint, Param, Tag};
use serde_json::{Value, json};
use services::artifact_view::{self, ArtifactKind, ArtifactOwner, ArtifactRef, TableInput};
use services::registry::{self, CompareInput, CreateVersion, ProductionOnInput, PromoteInput};
use services::tracking::{
    self, Aggregate, Batch, ExportFormat, ExportRunsInput, NewExperiment, NewRun, Pair, RunScope,
    TagRunsInput,
};
use services::{Context, artifacts};

use crate::Client;

fn actor() -> Actor {
    Actor::new("lead")
}

async fn experiment(ctx: &Context, name: &str) -> String {
    let new = NewExperiment {
        name: name.to_owned(),
        ..NewExperiment::default()
    };
    let id = tracking::create_experiment(ctx, &actor(), new).await;
    id.unwrap().into_string()
}

async fn run(ctx: &Context, experiment_id: &str, name: &str, loss: f64) -> String {
    let new = NewRun {
        experiment_id: experiment_id.to_owned(),
        name: Some(name.to_owned()),
        started_at_ms: Some(1_000),
        ..NewRun::default()
    };
    let id = tracking::create_run(ctx, new).await.unwrap().info.id;
    let point = MetricPoint {
        step: 0,
        timestamp_ms: 1,
        value: loss,
    };
    let batch = Batch {
        metrics: vec![Metric {
            key: "loss".to_owned(),
            point,
            model_id: None,
            dataset: None,
        }],
        params: vec![Param {
            key: "window".to_owned(),
            value: "64, \"bars\"".to_owned(),
        }],
        tags: Vec::<Tag>::new(),
    };
    tracking::log_batch(ctx, id.as_str(), batch).await.unwrap();
    id.into_string()
}

fn matching(experiment_id: &str, filter: &str) -> RunScope {
    RunScope::Matching {
        experiment_id: experiment_id.to_owned(),
        filter: filter.to_owned(),
    }
}

/// Who tagged an experiment stands in the audit log, and only what was done does.
pub async fn tags_of_experiments_are_audited(ctx: &Context, client: &Client) {
    let here = experiment(ctx, "audited tags").await;
    let (tag, key) = (
        json!({"key": "desk", "value": "fx"}),
        json!({"key": "desk"}),
    );
    let asked = |more: &Value| {
        let mut body = json!({"experiment_id": here});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    client
        .post("experiments/set-experiment-tag", asked(&tag))
        .await
        .ok();
    client
        .post("experiments/delete-experiment-tag", asked(&key))
        .await
        .ok();
    client
        .post("experiments/delete-experiment-tag", asked(&key))
        .await
        .error(404, "RESOURCE_DOES_NOT_EXIST");
    let rows: Vec<(String, String)> = store::sql::sql(
        "select actor, detail from audit_log where action = 'experiment.tag' and subject = $1 order by audit_id",
    )
    .bind(format!("experiment/{here}"))
    .all(ctx.store.pool())
    .await
    .unwrap();
    let details: Vec<&str> = rows.iter().map(|(_, detail)| detail.as_str()).collect();
    assert_eq!(details, ["desk = fx", "desk removed"]);
    assert!(rows.iter().all(|(actor, _)| !actor.is_empty()));
}

/// A filter reaches runs that no window has loaded, and only those; who did it stands in the audit log.
pub async fn many_runs_are_tagged_trashed_and_restored(ctx: &Context) {
    let here = experiment(ctx, "bulk").await;
    let mut ids = Vec::new();
    for n in 0..450 {
        ids.push(run(ctx, &here, &format!("run-{n}"), f64::from(n)).await);
    }
    let tag = |key: &str| TagRunsInput {
        scope: matching(&here, "metrics.loss >= 25"),
        set: vec![Pair::new(key, "2026-q1")],
        remove: Vec::new(),
    };
    let done = tracking::tag_runs(ctx, &actor(), tag("campaign"))
        .await
        .unwrap();
    assert_eq!((done.run_ids.len(), done.skipped), (425, 0));
    let named = tracking::tag_runs(ctx, &actor(), tag("mlflow.runName")).await;
    assert!(named.unwrap_err().to_string().contains("rename the run"));

    // Other cases left runs of their own in the trash.
    let before = tracking::list_trash(ctx).await.unwrap().run_count;
    // The filter's own runs leave it while they are moved: each is moved once all the same.
    let scope = matching(&here, "tags.campaign = '2026-q1'");
    let gone = tracking::trash_runs(ctx, &actor(), scope.clone())
        .await
        .unwrap();
    assert_eq!(gone.run_ids.len(), 425);
    let trash = tracking::list_trash(ctx).await.unwrap();
    let mine = trash.runs.iter().filter(|run| run.experiment_id == here);
    assert!(
        mine.clone()
            .all(|run| run.deleted_by.as_deref() == Some("lead"))
    );
    assert!(mine.clone().all(|run| run.deleted_at_ms.is_some()));
    assert_eq!((trash.run_count - before, mine.count()), (425, 425));

    assert_eq!(trash.retention_days, 30);

    let back = tracking::restore_runs(ctx, &actor(), gone.run_ids.clone()).await;
    assert_eq!(back.unwrap().run_ids.len(), 425);
    let again = tracking::restore_runs(ctx, &actor(), gone.run_ids)
        .await
        .unwrap();
    assert_eq!((again.run_ids.len(), again.skipped), (0, 425));

    tracking::rename_run(ctx, &actor(), &ids[0], "  first  ")
        .await
        .unwrap();
    let named = tracking::get_run(ctx, &ids[0]).await.unwrap();
    assert_eq!(named.name, "first");
    assert!(
        tracking::rename_run(ctx, &actor(), &ids[0], " ")
            .await
            .is_err()
    );
}

/// The least and the greatest value of a metric give an order and a filter over all runs, loaded or not.
pub async fn extremes_order_and_filter(ctx: &Context) {
    let here = experiment(ctx, "extremes").await;
    for (name, values) in [
        ("dips", vec![5.0, 1.0, 4.0]),
        ("peaks", vec![2.0, 9.0, 3.0]),
        ("nan", vec![f64::NAN]),
    ] {
        let id = run(ctx, &here, name, values[0]).await;
        let metrics = values.iter().zip(0..).map(|(value, step)| Metric {
            key: "loss".to_owned(),
            point: MetricPoint {
                step,
                timestamp_ms: 2,
                value: *value,
            },
            model_id: None,
            dataset: None,
        });
        let batch = Batch {
            metrics: metrics.collect(),
            ..Batch::default()
        };
        tracking::log_batch(ctx, &id, batch).await.unwrap();
    }
    let names = async |filter: &str, order: &str| {
        let input = tracking::SearchRunsInput {
            experiment_ids: vec![here.clone()],
            filter: filter.to_owned(),
            order_by: vec![order.to_owned()],
            max_results: 10,
            page_token: None,
        };
        let page = tracking::search_runs(ctx, input).await.unwrap();
        page.runs
            .into_iter()
            .map(|run| run.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("", "metrics_min.loss ASC").await,
        ["dips", "peaks", "nan"]
    );
    assert_eq!(
        names("", "metrics_max.`loss` DESC").await,
        ["peaks", "dips", "nan"]
    );
    assert_eq!(
        names("metrics_max.loss > 8", "metrics.loss ASC").await,
        ["peaks"]
    );
    assert_eq!(
        names("metrics_min.loss is null", "metrics.loss ASC").await,
        ["nan"]
    );
}

/// Runs of a deleted experiment come back with it, and not without it.
pub async fn an_experiment_takes_its_runs_along(ctx: &Context) {
    let here = experiment(ctx, "whole").await;
    let id = run(ctx, &here, "inside", 1.0).await;
    tracking::delete_experiment(ctx, &actor(), &here)
        .await
        .unwrap();
    let trash = tracking::list_trash(ctx).await.unwrap();
    let found = trash.experiments.iter().find(|e| e.experiment_id == here);
    let found = found.unwrap();
    assert_eq!(
        (found.run_count, found.deleted_by.as_deref()),
        (1, Some("lead"))
    );
    assert!(trash.runs.iter().all(|run| run.run_id != id));
    let alone = tracking::restore_runs(ctx, &actor(), vec![id.clone()])
        .await
        .unwrap();
    assert_eq!(alone.skipped, 1);
    tracking::restore_experiment(ctx, &actor(), &here)
        .await
        .unwrap();
    let lifecycle = tracking::get_run(ctx, &id).await.unwrap().lifecycle;
    assert_eq!(lifecycle.as_str(), "active");
}

/// The file holds what the table shows, with every digit and every quote.
pub async fn an_export_keeps_every_digit(ctx: &Context) {
    let here = experiment(ctx, "export").await;
    run(ctx, &here, "third", 1.0 / 3.0).await;
    run(ctx, &here, "nan", f64::NAN).await;
    let folder = tempfile::tempdir().unwrap();
    let mut input = ExportRunsInput {
        scope: matching(&here, ""),
        columns: [
            "attributes.run_name",
            "metrics.loss",
            "params.window",
            "metrics.none",
        ]
        .map(str::to_owned)
        .to_vec(),
        aggregate: Aggregate::Latest,
        order_by: vec!["metrics.loss ASC".to_owned()],
        format: ExportFormat::Csv,
    };
    let target = folder.path().join("runs.csv");
    let done = tracking::export_runs(ctx, &input, &target).await.unwrap();
    assert_eq!(done.rows, 2);
    let text = std::fs::read_to_string(&target).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "run_id,run_name,metrics.loss,params.window,metrics.none"
    );
    assert!(
        lines[1].ends_with(",third,0.3333333333333333,\"64, \"\"bars\"\"\","),
        "{}",
        lines[1]
    );
    assert!(lines[2].contains(",nan,NaN,"), "{}", lines[2]);
    assert_eq!(done.size_bytes as usize, text.len());

    input.format = ExportFormat::Json;
    let target = folder.path().join("runs.json");
    tracking::export_runs(ctx, &input, &target).await.unwrap();
    let rows: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&target).unwrap()).unwrap();
    assert_eq!(rows[0]["metrics.loss"], serde_json::json!(1.0 / 3.0));
    assert_eq!(rows[1]["metrics.loss"], serde_json::json!("NaN"));
    assert_eq!(rows[0]["metrics.none"], serde_json::Value::Null);
}

/// A chosen run that was trashed or purged meanwhile is left out; the others are written.
pub async fn an_export_leaves_out_what_is_gone(ctx: &Context) {
    let here = experiment(ctx, "export-gone").await;
    let kept = run(ctx, &here, "kept", 1.0).await;
    let trashed = run(ctx, &here, "trashed", 2.0).await;
    let chosen = |run_ids: &[&str]| RunScope::Chosen {
        run_ids: run_ids.iter().map(|&id| id.to_owned()).collect(),
    };
    tracking::trash_runs(ctx, &actor(), chosen(&[&trashed]))
        .await
        .unwrap();
    let purged = "0123456789abcdef0123456789abcdef";
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("runs.csv");
    let input = ExportRunsInput {
        scope: chosen(&[&trashed, purged, &kept]),
        columns: vec!["attributes.run_name".to_owned()],
        aggregate: Aggregate::Latest,
        order_by: Vec::new(),
        format: ExportFormat::Csv,
    };
    let done = tracking::export_runs(ctx, &input, &target).await.unwrap();
    assert_eq!(done.rows, 1);
    let text = std::fs::read_to_string(&target).unwrap();
    assert_eq!(text.lines().nth(1).unwrap(), format!("{kept},kept"));
}

/// What a file is, a page of it, a copy of it: by its path beneath the run, and nothing outside.
pub async fn files_are_looked_into(ctx: &Context) {
    let here = experiment(ctx, "look").await;
    let id = run(ctx, &here, "files", 1.0).await;
    let root = tracking::run_artifact_path(ctx, &id)
        .await
        .unwrap()
        .unwrap();
    let lines: String = (0..2_500).map(|n| format!("{n},0.{n}\n")).collect();
    let csv = Bytes::from(format!("id,ic\n{lines}"));
    artifacts::upload_bytes(ctx, &format!("{root}/data/ic.csv"), csv.clone())
        .await
        .unwrap();
    let file = |path: &str| ArtifactRef {
        owner: ArtifactOwner::Run { run_id: id.clone() },
        path: path.to_owned(),
    };
    let about = artifact_view::about(ctx, &file("data/ic.csv"))
        .await
        .unwrap();
    assert_eq!(
        (about.kind, about.size_bytes as usize),
        (ArtifactKind::Csv, csv.len())
    );
    let mut input = TableInput {
        file: file("data/ic.csv"),
        cursor: None,
        rows_max: 1_000,
    };
    let mut rows = 0;
    loop {
        let page = artifact_view::read_table(ctx, &input).await.unwrap();
        assert_eq!(page.first_row, rows);
        rows += i64::try_from(page.rows.len()).unwrap();
        input.cursor = page.next;
        if input.cursor.is_none() {
            break;
        }
    }
    assert_eq!(rows, 2_500);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.csv");
    artifact_view::save(ctx, &file("data/ic.csv"), &target)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), csv);
    for hostile in [
        "../ic.csv",
        "data/%2e%2e/ic.csv",
        "",
        "data",
        "data/none.csv",
    ] {
        let answer = artifact_view::about(ctx, &file(hostile)).await;
        assert!(answer.is_err(), "{hostile}");
    }
}

/// Two versions side by side, and what the record says of a moment that has passed.
pub async fn versions_are_compared_and_remembered(ctx: &Context) {
    const NAME: &str = "remembered";
    let here = experiment(ctx, "remembered").await;
    registry::create_model(ctx, &actor(), NAME, "", &[])
        .await
        .unwrap();
    for (version, loss) in [(1, 0.5), (2, 0.25)] {
        let id = run(ctx, &here, &format!("v{version}"), loss).await;
        let root = tracking::run_artifact_path(ctx, &id)
            .await
            .unwrap()
            .unwrap();
        for (name, text) in [
            ("MLmodel", "same".to_owned()),
            ("w.bin", format!("{version}")),
        ] {
            let path = format!("{root}/model/{name}");
            artifacts::upload_bytes(ctx, &path, Bytes::from(text))
                .await
                .unwrap();
        }
        let new = CreateVersion {
            name: NAME.to_owned(),
            source: format!("mlflow-artifacts:/{root}/model"),
            run_id: Some(id),
            ..CreateVersion::default()
        };
        registry::create_version(ctx, &actor(), new).await.unwrap();
    }
    let input = CompareInput {
        name: NAME.to_owned(),
        left: 1,
        right: 2,
    };
    let both = registry::compare_versions(ctx, input).await.unwrap();
    assert_eq!(both.metrics[0].delta, Some(-0.25));
    let same: Vec<_> = both
        .files
        .iter()
        .map(|f| (f.path.as_str(), f.same))
        .collect();
    assert_eq!(same, [("MLmodel", true), ("w.bin", false)]);

    for to in [Stage::Staging, Stage::Production] {
        let input = PromoteInput {
            name: NAME.to_owned(),
            version: 1,
            to,
            reason: "proven".to_owned(),
        };
        registry::promote(ctx, &actor(), input).await.unwrap();
    }
    let promoted = registry::model_detail(ctx, NAME).await.unwrap().transitions[0].at_ms;
    let on = |at_ms| {
        let name = NAME.to_owned();
        registry::production_on(ctx, ProductionOnInput { name, at_ms })
    };
    assert!(on(promoted - 1).await.unwrap().is_empty());
    let stood = on(promoted).await.unwrap();
    assert_eq!(
        (
            stood[0].version,
            stood[0].promoted_by.as_str(),
            stood[0].deleted
        ),
        (1, "lead", false)
    );
    registry::delete_version(ctx, &actor(), NAME, 1)
        .await
        .unwrap();
    let stood = on(promoted).await.unwrap();
    assert_eq!(
        (stood.len(), stood[0].version, stood[0].deleted),
        (1, 1, true)
    );
}
