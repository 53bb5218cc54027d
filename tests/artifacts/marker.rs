//! A database and the place of its artifacts know each other: what does not fit together is refused before it is opened.

use std::path::Path;

use artifacts::MARKER;
use bytes::Bytes;
use domain::audit::Actor;
use drydock_tests::postgres::Cluster;
use drydock_tests::s3::{Kind, Server};
use services::artifacts::GcOptions;
use services::workspace::{ArtifactPlace, Database, Folders, PostgresOptions, WorkspaceOptions};
use services::{Clock, Context};
use store::settings::WORKSPACE_ID;

use crate::{options, outsider};

async fn open(url: &str, place: ArtifactPlace, data: &Path) -> services::Result<Context> {
    let wanted = WorkspaceOptions {
        database: Database::Postgres(PostgresOptions::new(url)),
        artifacts: place,
        ..WorkspaceOptions::local(Folders::new(data))
    };
    Context::open(wanted, Clock::system()).await
}

async fn id_of(ctx: &Context) -> String {
    let id = store::settings::get(ctx.store.pool(), WORKSPACE_ID).await;
    id.unwrap().unwrap()
}

async fn put(ctx: &Context) {
    for n in 0..4 {
        let (path, bytes) = (format!("0/r/artifacts/f{n}"), Bytes::from(format!("{n}")));
        services::artifacts::upload_bytes(ctx, &path, bytes)
            .await
            .unwrap();
    }
}

/// The whole of it, wherever bytes rest: `place` gives a root by its name.
async fn prove(place: &(dyn Fn(&str) -> ArtifactPlace + Sync), root: &str) {
    let cluster = Cluster::start().unwrap();
    let (url, data) = (cluster.url(), tempfile::tempdir().unwrap());
    let folder = |name: &str| data.path().join(name);
    // Three that start at once agree.
    let [fa, fb, fc] = ["a", "b", "c"].map(folder);
    let (a, b, c) = tokio::join!(
        open(&url, place("team"), &fa),
        open(&url, place("team"), &fb),
        open(&url, place("team"), &fc)
    );
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    let id = id_of(&a).await;
    assert_eq!((id_of(&b).await, id_of(&c).await), (id.clone(), id.clone()));
    let marker = a.artifacts.marker().await.unwrap().unwrap();
    assert!(String::from_utf8(marker).unwrap().contains(&id));
    put(&a).await;

    // A collection leaves the marker alone, and no list shows it.
    let all = GcOptions {
        grace_ms: 0,
        abandoned_ms: 0,
        ..GcOptions::default()
    };
    services::artifacts::gc(&a, &Actor::new("ada"), all)
        .await
        .unwrap();
    assert!(a.artifacts.marker().await.unwrap().is_some());
    let listed = services::artifacts::list(&a, "").await.unwrap();
    assert!(listed.iter().all(|entry| !entry.name.contains(MARKER)));

    // The same database with another folder: its files are not there.
    let refused = open(&url, place("elsewhere"), &folder("d")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.field(), Some("artifact_root"));
    let told = refused.to_string();
    assert!(
        told.contains("does not hold this workspace's artifacts") && told.contains("elsewhere"),
        "{told}"
    );
    // Another database with this folder.
    cluster.sql("create database second").unwrap();
    let second = url.replace("/postgres", "/second");
    assert_ne!(second, url);
    let refused = open(&second, place("team"), &folder("e")).await;
    let told = refused.unwrap_err().to_string();
    assert!(
        told.contains("belongs to another workspace")
            && told.contains(root)
            && told.contains(&id[..12]),
        "{told}"
    );
    open(&second, place("second"), &folder("e")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_marked() {
    let roots = tempfile::tempdir().unwrap();
    let place = |name: &str| ArtifactPlace::Folder(Some(roots.path().join(name)));
    prove(&place, "team").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_marked() {
    let server = Server::start(Kind::MinIo).unwrap();
    let place = |name: &str| ArtifactPlace::S3(options(&server.endpoint(), name));
    prove(&place, "s3://").await;
    let key = format!("team/{MARKER}");
    let stored = outsider(&server.endpoint()).get_object(&key).await;
    assert_eq!(stored.unwrap().status_code(), 200);
}

/// A workspace from before there were markers, or whose marker was lost, finds its own place again; one that never
/// stored anything takes any.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_marker_mends_itself_where_the_files_are() {
    let cluster = Cluster::start().unwrap();
    let (url, data) = (cluster.url(), tempfile::tempdir().unwrap());
    let root = |name: &str| data.path().join(name);
    let place = |name: &str| ArtifactPlace::Folder(Some(root(name)));
    let ctx = open(&url, place("old"), &root("a")).await.unwrap();
    let id = id_of(&ctx).await;
    // Nothing is stored yet: the marker may be written elsewhere.
    open(&url, place("new"), &root("b")).await.unwrap();
    assert!(root("new").join(MARKER).is_file());
    put(&ctx).await;
    std::fs::remove_file(root("old").join(MARKER)).unwrap();
    let again = open(&url, place("old"), &root("c")).await.unwrap();
    assert_eq!(id_of(&again).await, id);
    assert!(root("old").join(MARKER).is_file());
    // The upgrade of a database that has no id yet.
    std::fs::remove_file(root("old").join(MARKER)).unwrap();
    cluster
        .sql("delete from settings where key = 'workspace.id'")
        .unwrap();
    let upgraded = open(&url, place("old"), &root("d")).await.unwrap();
    assert_ne!(id_of(&upgraded).await, id);
    // What cannot be read is nobody's.
    std::fs::write(root("old").join(MARKER), "torn").unwrap();
    let refused = open(&url, place("old"), &root("e")).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be read"), "{refused}");
}

/// A storage that is away stops nobody from reading runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_is_away_is_not_waited_for() {
    let cluster = Cluster::start().unwrap();
    let data = tempfile::tempdir().unwrap();
    let away = ArtifactPlace::S3(options("http://127.0.0.1:1", "team"));
    let ctx = open(&cluster.url(), away, data.path()).await.unwrap();
    assert_eq!(id_of(&ctx).await.len(), 32);
}
