//! What goes for good, and whose files go with it: traces, experiments.

use bytes::Bytes;
use domain::artifact::ArtifactPath;
use domain::audit::Actor;
use services::Context;
use services::artifacts::{self, GcOptions};

use crate::place::{DAY_MS, HOUR_MS, Place, gc};
use crate::{digest_of, noise};

pub async fn trace(ctx: &Context, experiment_id: &str, trace_id: &str) {
    use services::traces;
    let told = traces::NewTrace {
        trace_id: trace_id.to_owned(),
        experiment_id: experiment_id.to_owned(),
        requested_at_ms: ctx.now_ms(),
        duration_ms: Some(1),
        state: domain::traces::TraceState::Ok,
        client_request_id: None,
        request_preview: None,
        response_preview: None,
        tags: std::collections::BTreeMap::default(),
        metadata: std::collections::BTreeMap::default(),
        assessments: Vec::new(),
    };
    traces::record_trace(ctx, told).await.unwrap();
}

/// Traces deleted by hand and those that go with their experiment let go of their files; others keep theirs.
pub async fn traces_let_go_of_their_files(place: &Place) {
    use services::{traces, tracking};
    let (ctx, actor) = (&place.ctx, Actor::new("ada"));
    place.gc().await;
    let new = tracking::NewExperiment {
        name: "traced".to_owned(),
        ..Default::default()
    };
    let id = tracking::create_experiment(ctx, &actor, new).await.unwrap();
    let id = id.as_str();
    // One id is the beginning of another, and holds what `like` would take for a pattern.
    let blobs: Vec<(&str, Bytes)> = ["tr-a", "tr-ab", "tr_a", "tr-kept"]
        .into_iter()
        .zip((60..).map(|seed| noise(seed, 4_000)))
        .collect();
    for (trace_id, bytes) in &blobs {
        trace(ctx, id, trace_id).await;
        for file in ["traces.json", "deep/picture"] {
            place
                .put(&format!("{id}/traces/{trace_id}/artifacts/{file}"), bytes)
                .await;
        }
    }
    artifacts::delete(ctx, &format!("{id}/traces/tr-a/artifacts/deep"))
        .await
        .unwrap();
    let holds = async |nth: usize| {
        let digest = digest_of(&blobs[nth].1);
        ctx.artifacts.holds(&digest, 4_000).await.unwrap()
    };
    let wanted = traces::DeleteTraces {
        experiment_id: id.to_owned(),
        trace_ids: vec!["tr-a".to_owned(), "tr_a".to_owned()],
        until_ms: None,
        traces_max: None,
    };
    assert_eq!(traces::delete_traces(ctx, &actor, wanted).await.unwrap(), 2);
    let gone = place
        .get(&format!("{id}/traces/tr-a/artifacts/traces.json"))
        .await;
    assert!(gone.is_err());
    place.wait(2 * HOUR_MS);
    let done = place.gc().await;
    assert_eq!((done.blobs, done.blob_bytes), (2, 8_000), "{done:?}");
    assert_eq!(
        [
            holds(0).await,
            holds(1).await,
            holds(2).await,
            holds(3).await
        ],
        [false, true, false, true]
    );

    tracking::delete_experiment(ctx, &actor, id).await.unwrap();
    place.wait(31 * DAY_MS);
    let dry = GcOptions {
        dry_run: true,
        ..GcOptions::default()
    };
    assert_eq!(gc(ctx, dry).await.traces, 2);
    let done = place.gc().await;
    assert_eq!(
        (done.experiments, done.traces, done.blobs),
        (1, 2, 2),
        "{done:?}"
    );
    assert!(!holds(1).await && !holds(3).await);
}

/// An experiment takes its logged models along, and the files of all, wherever it said that they go. The default one stays.
pub async fn experiments_go_whole(place: &Place) {
    use services::tracking;
    let (ctx, actor) = (&place.ctx, Actor::new("ada"));
    place.gc().await;
    let bytes = noise(70, 800);
    let mut made = Vec::new();
    for (name, location) in [
        ("doomed", "mlflow-artifacts:/team/files"),
        ("neighbour", "mlflow-artifacts:/team/files/"),
        ("doomed at the root", "mlflow-artifacts:/"),
        ("doomed as usual", ""),
    ] {
        let new = tracking::NewExperiment {
            name: name.to_owned(),
            artifact_location: Some(location.to_owned()),
            ..Default::default()
        };
        let id = tracking::create_experiment(ctx, &actor, new).await.unwrap();
        let new = tracking::NewRun {
            experiment_id: id.as_str().to_owned(),
            ..Default::default()
        };
        let run = tracking::create_run(ctx, new).await.unwrap();
        let new = tracking::NewLoggedModel {
            experiment_id: id.as_str().to_owned(),
            ..Default::default()
        };
        let model = tracking::create_logged_model(ctx, new).await.unwrap();
        let files: Vec<String> = [run.info.artifact_uri, model.artifact_uri]
            .iter()
            .map(|uri| format!("{}/file", uri.split_once(":/").unwrap().1))
            .collect();
        for file in &files {
            place.put(file, &bytes).await;
        }
        made.push((id, files));
    }
    let stays = made.remove(1);
    for (id, _) in &made {
        tracking::delete_experiment(ctx, &actor, id.as_str())
            .await
            .unwrap();
    }
    tracking::delete_experiment(ctx, &actor, "0").await.unwrap();
    place.wait(31 * DAY_MS);
    let dry = GcOptions {
        dry_run: true,
        ..GcOptions::default()
    };
    let told = gc(ctx, dry).await;
    assert_eq!((told.experiments, told.logged_models), (3, 3), "{told:?}");
    let done = place.gc().await;
    assert_eq!(
        (done.experiments, done.runs, done.logged_models),
        (3, told.runs, 3),
        "{done:?}"
    );
    for file in made.iter().flat_map(|(_, files)| files) {
        assert!(place.get(file).await.is_err(), "{file}");
    }
    for file in &stays.1 {
        assert!(place.get(file).await.unwrap() == bytes, "{file}");
    }
    // Scripts that name no experiment find the default one still.
    tracking::restore_experiment(ctx, &actor, "0")
        .await
        .unwrap();
}

pub async fn register(ctx: &Context, actor: &Actor, run: &str) {
    let mut tx = ctx.store.begin().await.unwrap();
    let path = format!("0/{run}/artifacts/model");
    assert!(ArtifactPath::parse(&path).is_ok());
    store::sql::sql("insert into registered_models (name, description, created_at_ms, updated_at_ms) values ('m', '', 1, 1)")
        .execute(&mut tx)
        .await
        .unwrap();
    store::sql::sql(
        "insert into model_versions (name, version, stage, description, source, artifact_path, run_link, user_id, \
         status, status_message, created_at_ms, updated_at_ms) values ('m', 1, 'None', '', '', $1, '', $2, 'READY', '', 1, 1)",
    )
    .bind(path)
    .bind(actor.name.as_str())
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}
