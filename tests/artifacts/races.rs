//! What meets at the same moment: files beside deletions, restorations and collections of other servers on PostgreSQL, and
//! uploads whose caller has left before their end.

use std::time::Duration;

use bytes::Bytes;
use domain::artifact::ArtifactPath;
use domain::audit::Actor;
use domain::tracking::{ExperimentId, Lifecycle, RunId};
use futures_util::FutureExt as _;
use services::artifacts::{self, SentPart};
use services::{Context, tracking};
use store::sql::sql;
use store::{Tx, trash};
use tokio::task::JoinHandle;

use crate::conformance::nothing_is_left_in_tmp;
use crate::place::{DAY_MS, Place};
use crate::{digest_of, noise};

/// Until so many statements wait for somebody else's lock, or the task has come to its end without waiting.
async fn until_waiting<T>(ctx: &Context, count: i64, task: &JoinHandle<T>) {
    loop {
        let (waiting,): (i64,) =
            sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
                .one(ctx.store.pool())
                .await
                .unwrap();
        if waiting >= count || task.is_finished() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn upload(ctx: &Context, path: &str, bytes: &Bytes) -> JoinHandle<()> {
    let (ctx, path, bytes) = (ctx.clone(), path.to_owned(), bytes.clone());
    tokio::spawn(async move {
        artifacts::upload_bytes(&ctx, &path, bytes).await.unwrap();
    })
}

fn restore(ctx: &Context, trash_id: &str) -> JoinHandle<Result<i64, String>> {
    let (ctx, trash_id) = (ctx.clone(), trash_id.to_owned());
    tokio::spawn(async move {
        let restored = artifacts::restore(&ctx, &Actor::new("ada"), &trash_id).await;
        restored.map_err(|error| error.to_string())
    })
}

async fn discard(ctx: &Context, path: &str) -> String {
    let discarded = artifacts::discard(ctx, &Actor::new("ada"), path).await;
    discarded.unwrap().trash_id
}

/// What is uploaded between the two steps of a deletion, a new file or an old one's place, is there afterwards.
async fn an_upload_beside_a_deletion_is_kept(place: &Place) {
    let ctx = &place.ctx;
    let (old, new) = (noise(200, 1_000), noise(201, 1_001));
    place.put("0/d1/artifacts/model/a", &old).await;
    let cluster = place.cluster.as_ref().unwrap();
    cluster
        .sql(
            "create function hold() returns trigger language plpgsql as \
             $$ begin perform pg_advisory_xact_lock(7); return null; end $$; \
             create trigger hold after insert on artifact_trash for each statement execute function hold()",
        )
        .unwrap();
    let mut held = ctx.store.begin().await.unwrap();
    sql("select pg_advisory_xact_lock(7)")
        .execute(&mut held)
        .await
        .unwrap();
    let own = ctx.clone();
    let deletion = tokio::spawn(async move { discard(&own, "0/d1/artifacts/model").await });
    until_waiting(ctx, 1, &deletion).await;
    place.put("0/d1/artifacts/model/b", &new).await;
    let over = upload(ctx, "0/d1/artifacts/model/a", &new);
    until_waiting(ctx, 2, &over).await;
    held.commit().await.unwrap();
    let trash_id = deletion.await.unwrap();
    over.await.unwrap();
    cluster
        .sql("drop trigger hold on artifact_trash; drop function hold()")
        .unwrap();
    for file in ["a", "b"] {
        let got = place.get(&format!("0/d1/artifacts/model/{file}")).await;
        assert!(got.unwrap() == new, "{file}");
    }
    // The old bytes are what lies in the trash.
    discard(ctx, "0/d1/artifacts/model").await;
    assert_eq!(restore(ctx, &trash_id).await.unwrap(), Ok(1));
    assert!(place.get("0/d1/artifacts/model/a").await.unwrap() == old);
}

/// An upload over a file that is being deleted waits in front of it, and is then what was deleted.
async fn a_deletion_behind_an_upload_takes_the_new_bytes(place: &Place) {
    let ctx = &place.ctx;
    let (old, new) = (noise(202, 1_000), noise(203, 1_001));
    place.put("0/d2/artifacts/new", &new).await;
    place.put("0/d2/artifacts/file", &old).await;
    let mut over = ctx.store.begin().await.unwrap();
    set(&mut over, "0/d2/artifacts/file", &new).await;
    let own = ctx.clone();
    let deletion = tokio::spawn(async move { discard(&own, "0/d2/artifacts/file").await });
    until_waiting(ctx, 1, &deletion).await;
    over.commit().await.unwrap();
    let trash_id = deletion.await.unwrap();
    assert_eq!(restore(ctx, &trash_id).await.unwrap(), Ok(1));
    assert!(place.get("0/d2/artifacts/file").await.unwrap() == new);
}

/// What an upload of another server does last.
async fn set(tx: &mut Tx, path: &str, bytes: &Bytes) {
    let path = ArtifactPath::parse(path).unwrap();
    let size_bytes = i64::try_from(bytes.len()).unwrap();
    store::artifacts::set(tx, &path, &digest_of(bytes), size_bytes, 1)
        .await
        .unwrap();
}

async fn a_restoration_overwrites_no_upload(place: &Place) {
    let ctx = &place.ctx;
    let (old, new) = (noise(204, 1_000), noise(205, 1_001));
    place.put("0/d3/artifacts/new", &new).await;
    place.put("0/d3/artifacts/file", &old).await;
    let trash_id = discard(ctx, "0/d3/artifacts/file").await;
    let mut other = ctx.store.begin().await.unwrap();
    set(&mut other, "0/d3/artifacts/file", &new).await;
    let restoring = restore(ctx, &trash_id);
    until_waiting(ctx, 1, &restoring).await;
    other.commit().await.unwrap();
    let refused = restoring.await.unwrap().unwrap_err();
    assert!(refused.contains("stands there now"), "{refused}");
    assert!(place.get("0/d3/artifacts/file").await.unwrap() == new);
    discard(ctx, "0/d3/artifacts/file").await;
    assert_eq!(restore(ctx, &trash_id).await.unwrap(), Ok(1));
}

async fn what_is_being_collected_is_not_restored(place: &Place) {
    let ctx = &place.ctx;
    place.put("0/d4/artifacts/file", &noise(206, 1_000)).await;
    let trash_id = discard(ctx, "0/d4/artifacts/file").await;
    let mut collector = ctx.store.begin().await.unwrap();
    trash::purge_files(&mut collector, ctx.now_ms())
        .await
        .unwrap();
    let restoring = restore(ctx, &trash_id);
    until_waiting(ctx, 1, &restoring).await;
    collector.commit().await.unwrap();
    let refused = restoring.await.unwrap().unwrap_err();
    assert!(refused.contains("this very moment"), "{refused}");
    assert!(place.get("0/d4/artifacts/file").await.is_err());
}

/// A run, and an experiment with its logged model and trace, that somebody restores just as they would be collected.
async fn what_is_being_restored_is_not_collected(place: &Place) {
    use store::tracking::{experiments, runs};
    let (ctx, actor) = (&place.ctx, Actor::new("ada"));
    let bytes = noise(207, 1_000);
    let new = tracking::NewRun {
        experiment_id: "0".to_owned(),
        ..Default::default()
    };
    let run = tracking::create_run(ctx, new).await.unwrap();
    let run = run.info.id.as_str().to_owned();
    let new = tracking::NewExperiment {
        name: "restored".to_owned(),
        ..Default::default()
    };
    let experiment = tracking::create_experiment(ctx, &actor, new).await.unwrap();
    let new = tracking::NewLoggedModel {
        experiment_id: experiment.as_str().to_owned(),
        ..Default::default()
    };
    let model = tracking::create_logged_model(ctx, new).await.unwrap();
    crate::purge::trace(ctx, experiment.as_str(), "tr-restored").await;
    let files = [
        format!("0/{run}/artifacts/file"),
        format!("{experiment}/models/{}/artifacts/file", model.id),
        format!("{experiment}/traces/tr-restored/artifacts/file"),
    ];
    for file in &files {
        place.put(file, &bytes).await;
    }
    tracking::delete_run(ctx, &actor, &run).await.unwrap();
    tracking::delete_experiment(ctx, &actor, experiment.as_str())
        .await
        .unwrap();
    place.wait(31 * DAY_MS);
    let mut restoring = ctx.store.begin().await.unwrap();
    let (run_id, experiment_id) = (RunId::parse(&run), ExperimentId::parse(experiment.as_str()));
    let now_ms = ctx.now_ms();
    runs::set_lifecycle(&mut restoring, &run_id.unwrap(), Lifecycle::Active, now_ms)
        .await
        .unwrap();
    let experiment_id = experiment_id.unwrap();
    experiments::set_lifecycle(&mut restoring, &experiment_id, Lifecycle::Active, now_ms)
        .await
        .unwrap();
    let own = ctx.clone();
    let collector = tokio::spawn(async move {
        artifacts::gc(&own, &Actor::new("test"), artifacts::GcOptions::default())
            .await
            .unwrap()
    });
    until_waiting(ctx, 1, &collector).await;
    restoring.commit().await.unwrap();
    let done = collector.await.unwrap();
    assert_eq!(
        (done.runs, done.experiments, done.logged_models, done.traces),
        (0, 0, 0, 0)
    );
    for file in &files {
        assert!(place.get(file).await.unwrap() == bytes, "{file}");
    }
    assert!(tracking::run(ctx, &run).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_meet_at_the_same_files() {
    let place = Place::new(true).await;
    an_upload_beside_a_deletion_is_kept(&place).await;
    a_deletion_behind_an_upload_takes_the_new_bytes(&place).await;
    a_restoration_overwrites_no_upload(&place).await;
    what_is_being_collected_is_not_restored(&place).await;
    what_is_being_restored_is_not_collected(&place).await;
}

/// Two parts sent as clients send them, not completed yet.
async fn sent(ctx: &Context, path: &str, bytes: &Bytes) -> (String, Vec<SentPart>) {
    let (upload_id, addresses) = artifacts::begin_parts(ctx, path, 2).await.unwrap();
    let http = reqwest::Client::new();
    let half = 5 << 20;
    let mut parts = Vec::new();
    for (address, part) in addresses
        .into_iter()
        .zip([bytes.slice(..half), bytes.slice(half..)])
    {
        let answer = http.put(&address.url).body(part).send().await.unwrap();
        let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
        parts.push(SentPart {
            number: address.number,
            etag,
        });
    }
    (upload_id, parts)
}

async fn row(ctx: &Context, upload_id: &str) -> store::uploads::UploadRow {
    let found = store::uploads::get(ctx.store.pool(), upload_id).await;
    found.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_upload_outlives_its_caller() {
    let place = Place::new(true).await;
    let ctx = &place.ctx;

    // The caller leaves as soon as it has asked.
    let (path, bytes) = ("0/p/artifacts/left", noise(210, (5 << 20) + 77));
    let (id, parts) = sent(ctx, path, &bytes).await;
    let asked = artifacts::complete_parts(ctx, path, &id, parts.clone()).now_or_never();
    assert!(asked.is_none());
    for _ in 0..600 {
        if row(ctx, &id).await.state == "done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(place.get(path).await.unwrap() == bytes);
    artifacts::complete_parts(ctx, path, &id, parts)
        .await
        .unwrap();

    // A process dies when the bucket has completed the upload and nothing names it yet; then several ask again at once.
    let (path, bytes) = ("0/p/artifacts/died", noise(211, (5 << 20) + 78));
    let (id, parts) = sent(ctx, path, &bytes).await;
    let known = row(ctx, &id).await;
    let upload = ::artifacts::PartsUpload {
        key: known.object_key.unwrap(),
        id: known.multipart_id.unwrap(),
    };
    let tags: Vec<_> = parts.iter().map(|p| (p.number, p.etag.clone())).collect();
    drop(ctx.artifacts.complete_parts(&upload, &tags).await.unwrap());
    let again = (0..4).map(|_| artifacts::complete_parts(ctx, path, &id, parts.clone()));
    for done in futures_util::future::join_all(again).await {
        done.unwrap();
    }
    assert!(place.get(path).await.unwrap() == bytes);

    // Refused for good: where it should go, a folder stands.
    place.put("0/p/artifacts/folder/x", &noise(212, 10)).await;
    let path = "0/p/artifacts/folder";
    let (id, parts) = sent(ctx, path, &noise(213, (5 << 20) + 79)).await;
    for told in ["a path names a file or a folder", "is refused"] {
        let refused = artifacts::complete_parts(ctx, path, &id, parts.clone()).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
    }

    // Given up by its client: nothing comes of it.
    let path = "0/p/artifacts/given up";
    let (id, parts) = sent(ctx, path, &noise(214, (5 << 20) + 80)).await;
    artifacts::abort_parts(ctx, path, &id).await.unwrap();
    let refused = artifacts::complete_parts(ctx, path, &id, parts).await;
    assert!(refused.unwrap_err().to_string().contains("is aborted"));
    nothing_is_left_in_tmp(&ctx.artifacts).await;
}
