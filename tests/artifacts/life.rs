//! The life of files in a workspace: trash, collection beside uploads, verification; on SQLite with a folder and on
//! PostgreSQL with MinIO.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::artifact::{ArtifactPath, Digest};
use domain::audit::Actor;
use drydock_tests::postgres::Cluster;
use drydock_tests::s3::{Kind, Server};
use futures_util::StreamExt as _;
use services::artifacts::{self, GcOptions, GcReport};
use services::workspace::{ArtifactPlace, Database, Folders, PostgresOptions, WorkspaceOptions};
use services::{Clock, Context};

use crate::{digest_of, noise, options, outsider};

pub const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// A workspace whose clock the test turns.
pub struct Place {
    pub ctx: Context,
    now_ms: Arc<AtomicI64>,
    minio: Option<Server>,
    folder: tempfile::TempDir,
    pub cluster: Option<Cluster>,
}

impl Place {
    pub async fn new(shared: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted = WorkspaceOptions::local(Folders::new(folder.path()));
        let (mut cluster, mut minio) = (None, None);
        if shared {
            let postgres = Cluster::start().unwrap();
            let server = Server::start(Kind::MinIo).unwrap();
            wanted.database = Database::Postgres(PostgresOptions::new(postgres.url()));
            wanted.artifacts = ArtifactPlace::S3(options(&server.endpoint(), "team"));
            (cluster, minio) = (Some(postgres), Some(server));
        }
        // Behind the system's clock, by which the ages of files in transit are told.
        let began_ms = Clock::system().now_ms() - 400 * DAY_MS;
        let now_ms = Arc::new(AtomicI64::new(began_ms));
        let shown = Arc::clone(&now_ms);
        let clock = Clock::from_fn(move || shown.load(Ordering::SeqCst));
        let ctx = Context::open(wanted, clock).await.unwrap();
        Self {
            ctx,
            now_ms,
            minio,
            folder,
            cluster,
        }
    }

    pub fn wait(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub async fn put(&self, path: &str, bytes: &Bytes) {
        artifacts::upload_bytes(&self.ctx, path, bytes.clone())
            .await
            .unwrap();
    }

    pub async fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        read(&self.ctx, path).await
    }

    pub async fn gc(&self) -> GcReport {
        let options = GcOptions::of_workspace(&self.ctx).await.unwrap();
        gc(&self.ctx, options).await
    }

    /// Puts other bytes where a blob rests.
    async fn damage(&self, digest: &Digest, bytes: &[u8]) {
        let shelf = &digest.as_str()[..2];
        match &self.minio {
            Some(server) => {
                let key = format!("team/blobs/{shelf}/{digest}");
                outsider(&server.endpoint())
                    .put_object(key, bytes)
                    .await
                    .unwrap();
            }
            None => {
                let blobs = self.folder.path().join("artifacts/blobs");
                std::fs::write(blobs.join(shelf).join(digest.as_str()), bytes).unwrap();
            }
        }
    }
}

async fn gc(ctx: &Context, options: GcOptions) -> GcReport {
    artifacts::gc(ctx, &Actor::new("test"), options)
        .await
        .unwrap()
}

async fn read(ctx: &Context, path: &str) -> Result<Vec<u8>, String> {
    let opened = artifacts::open(ctx, path)
        .await
        .map_err(|e| e.to_string())?;
    let mut bytes = opened.bytes().await.map_err(|e| e.to_string())?;
    let mut all = Vec::new();
    while let Some(chunk) = bytes.next().await {
        all.extend_from_slice(&chunk.map_err(|e| e.to_string())?);
    }
    Ok(all)
}

async fn trash_gives_back(place: &Place) {
    let (ctx, actor) = (&place.ctx, Actor::new("ada"));
    let (a, b) = (noise(1, 1_000), noise(2, 2_000));
    place.put("0/r1/artifacts/model/a", &a).await;
    place.put("0/r1/artifacts/model/b", &b).await;
    artifacts::discard(ctx, &actor, "0/r1/artifacts/model")
        .await
        .unwrap();
    assert!(place.get("0/r1/artifacts/model/a").await.is_err());
    let error = artifacts::discard(ctx, &actor, "0/r1/artifacts/model").await;
    assert!(error.unwrap_err().to_string().contains("No such artifact"));
    let trash = artifacts::list_trash(ctx, 10).await.unwrap().deletions;
    assert_eq!((trash[0].files, trash[0].size_bytes), (2, 3_000));
    assert_eq!(
        (trash[0].path.as_str(), trash[0].deleted_by.as_str()),
        ("model/", "ada")
    );
    // Something new at the place of the old refuses the whole restoration.
    place.put("0/r1/artifacts/model/b", &a).await;
    let id = &trash[0].trash_id;
    let refused = artifacts::restore(ctx, &actor, id).await.unwrap_err();
    assert!(
        refused.to_string().contains("stands there now"),
        "{refused}"
    );
    assert!(place.get("0/r1/artifacts/model/a").await.is_err());
    artifacts::discard(ctx, &actor, "0/r1/artifacts/model/b")
        .await
        .unwrap();
    // A list that is cut says of how many.
    let cut = artifacts::list_trash(ctx, 1).await.unwrap();
    assert_eq!(
        (cut.deletions.len(), cut.deletion_count, cut.file_count),
        (1, 2, 3)
    );
    assert_eq!(artifacts::restore(ctx, &actor, id).await.unwrap(), 2);
    assert!(place.get("0/r1/artifacts/model/b").await.unwrap() == b);
    assert!(artifacts::restore(ctx, &actor, id).await.is_err());
}

async fn gc_takes_only_what_nobody_needs(place: &Place) {
    let ctx = &place.ctx;
    place.gc().await;
    let (shared, single, replaced) = (noise(10, 5_000), noise(11, 6_000), noise(12, 7_000));
    place.put("0/r2/artifacts/kept", &shared).await;
    place.put("0/r2/artifacts/doomed/twin", &shared).await;
    place.put("0/r2/artifacts/doomed/single", &single).await;
    place.put("0/r2/artifacts/file", &replaced).await;
    place.put("0/r2/artifacts/file", &shared).await;
    artifacts::delete(ctx, "0/r2/artifacts/doomed")
        .await
        .unwrap();
    let nothing = place.gc().await;
    assert_eq!(
        (nothing.trashed_files, nothing.blobs),
        (0, 0),
        "{nothing:?}"
    );
    place.wait(2 * HOUR_MS);
    let dry = GcOptions {
        dry_run: true,
        ..GcOptions::default()
    };
    let told = gc(ctx, dry).await;
    let done = place.gc().await;
    assert_eq!((done.blobs, done.blob_bytes), (1, 7_000), "{done:?}");
    assert_eq!(
        (told.dry_run, told.blobs, told.blob_bytes),
        (true, 1, 7_000)
    );
    place.wait(30 * DAY_MS);
    let done = place.gc().await;
    assert_eq!(
        (done.trashed_files >= 2, done.blob_bytes >= 6_000),
        (true, true),
        "{done:?}"
    );
    assert!(
        !ctx.artifacts
            .holds(&digest_of(&single), 6_000)
            .await
            .unwrap()
    );
    assert!(place.get("0/r2/artifacts/kept").await.unwrap() == shared);
    // The same bytes again, after they were collected.
    place.put("0/r2/artifacts/again", &single).await;
    assert!(place.get("0/r2/artifacts/again").await.unwrap() == single);
}

async fn runs_go_but_versions_keep_their_files(place: &Place) {
    use services::tracking;
    let (ctx, actor) = (&place.ctx, Actor::new("ada"));
    let make = async |name: &str| {
        let new = tracking::NewRun {
            experiment_id: "0".to_owned(),
            name: Some(name.to_owned()),
            ..Default::default()
        };
        let run = tracking::create_run(ctx, new).await.unwrap();
        run.info.id.as_str().to_owned()
    };
    let (plain, registered) = (make("plain").await, make("registered").await);
    for run in [&plain, &registered] {
        place
            .put(&format!("0/{run}/artifacts/model/m.onnx"), &noise(20, 900))
            .await;
        place
            .put(&format!("0/{run}/artifacts/log.txt"), &noise(21, 901))
            .await;
    }
    register(ctx, &actor, &registered).await;
    for run in [&plain, &registered] {
        tracking::delete_run(ctx, &actor, run).await.unwrap();
    }
    place.wait(29 * DAY_MS);
    assert_eq!(place.gc().await.runs, 0);
    place.wait(2 * DAY_MS);
    assert_eq!(place.gc().await.runs, 2);
    assert!(
        place
            .get(&format!("0/{plain}/artifacts/model/m.onnx"))
            .await
            .is_err()
    );
    assert!(
        place
            .get(&format!("0/{registered}/artifacts/log.txt"))
            .await
            .is_err()
    );
    let kept = place
        .get(&format!("0/{registered}/artifacts/model/m.onnx"))
        .await;
    assert!(kept.unwrap() == noise(20, 900));
}

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
async fn traces_let_go_of_their_files(place: &Place) {
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
async fn experiments_go_whole(place: &Place) {
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

async fn register(ctx: &Context, actor: &Actor, run: &str) {
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

async fn verify_names_what_rotted(place: &Place) {
    let ctx = &place.ctx;
    let clean = artifacts::verify(ctx, &|_| {}).await.unwrap();
    assert_eq!(clean.problems, []);
    assert!(clean.blobs > 0 && clean.bytes > 0);
    let (rotten, short, gone) = (noise(30, 3_000), noise(31, 3_100), noise(32, 3_200));
    place.put("0/r3/artifacts/rotten", &rotten).await;
    place.put("0/r3/artifacts/twin of rotten", &rotten).await;
    place.put("0/r3/artifacts/short", &short).await;
    place.put("0/r3/artifacts/gone", &gone).await;
    place.damage(&digest_of(&rotten), &noise(33, 3_000)).await;
    place.damage(&digest_of(&short), &short[..3_000]).await;
    ctx.artifacts.delete(&digest_of(&gone)).await.unwrap();
    let seen = AtomicU64::new(0);
    let tell = |progress: artifacts::VerifyProgress| {
        seen.fetch_max(progress.done_bytes, Ordering::SeqCst);
    };
    let report = artifacts::verify(ctx, &tell).await.unwrap();
    let mut named: Vec<_> = report
        .problems
        .iter()
        .map(|p| (p.path.as_str(), p.sha256.as_str(), p.problem.as_str()))
        .collect();
    named.sort_unstable();
    let (one, two, three) = (digest_of(&gone), digest_of(&rotten), digest_of(&short));
    let paths: Vec<_> = named
        .iter()
        .map(|(path, sha256, _)| (*path, *sha256))
        .collect();
    assert_eq!(
        paths,
        [
            ("0/r3/artifacts/gone", one.as_str()),
            ("0/r3/artifacts/rotten", two.as_str()),
            ("0/r3/artifacts/short", three.as_str()),
            ("0/r3/artifacts/twin of rotten", two.as_str()),
        ]
    );
    assert_eq!(named[0].2, "its bytes are gone from the store");
    let now = format!(
        "its bytes now have the SHA-256 {}",
        digest_of(&noise(33, 3_000))
    );
    assert_eq!(named[1].2, now);
    let told = &report.problems[0];
    assert!(told.rests_at.contains(&told.sha256), "{}", told.rests_at);
    assert!(seen.load(Ordering::SeqCst) > 0);
}

async fn folders_are_listed_in_pages(place: &Place) {
    for n in 0..30 {
        place
            .put(&format!("0/r4/artifacts/f{n:02}"), &noise(40, 10))
            .await;
        place
            .put(&format!("0/r4/artifacts/deep/{n}/ü"), &noise(40, 10))
            .await;
    }
    let (mut after, mut names) = (String::new(), Vec::new());
    loop {
        let page = artifacts::list_page(&place.ctx, "0/r4/artifacts", &after, 7)
            .await
            .unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        after.clone_from(&last.name);
        names.extend(page.into_iter().map(|entry| (entry.name, entry.is_dir)));
    }
    assert_eq!(names.len(), 31);
    assert_eq!(names[0], ("deep".to_owned(), true));
    assert_eq!(names[30], ("f29".to_owned(), false));
    let deep = artifacts::list(&place.ctx, "0/r4/artifacts/deep")
        .await
        .unwrap();
    assert_eq!((deep.len(), deep[1].name.as_str()), (30, "1"));
    let leaf = artifacts::list(&place.ctx, "0/r4/artifacts/deep/7")
        .await
        .unwrap();
    assert_eq!((leaf[0].name.as_str(), leaf[0].size_bytes), ("ü", Some(10)));
}

async fn all(place: &Place) {
    trash_gives_back(place).await;
    gc_takes_only_what_nobody_needs(place).await;
    runs_go_but_versions_keep_their_files(place).await;
    traces_let_go_of_their_files(place).await;
    experiments_go_whole(place).await;
    folders_are_listed_in_pages(place).await;
    verify_names_what_rotted(place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn life_on_sqlite_and_a_folder() {
    all(&Place::new(false).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn life_on_postgres_and_minio() {
    all(&Place::new(true).await).await;
}

/// An upload that no row knows is aborted; one that a row knows, or may be about to know, goes on.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_nobody_knows_are_aborted() {
    let place = Place::new(true).await;
    let ctx = &place.ctx;
    let digests: Vec<Digest> = (80..84).map(|seed| digest_of(&noise(seed, 100))).collect();
    let mut uploads = Vec::new();
    for digest in &digests {
        let upload = ctx.artifacts.begin_parts(Some(digest)).await.unwrap();
        let part = noise(90, 5 << 20);
        ctx.artifacts
            .put_part(&upload, 1, part.clone(), &digest_of(&part))
            .await
            .unwrap();
        uploads.push(upload);
    }
    // They are as young as the clock is behind: another workspace in the same bucket may be at work on them.
    assert_eq!(place.gc().await.uploads, 0);
    place.wait(410 * DAY_MS);
    // The second is known; the third has a row that waits for its name; of the fourth, the row belongs to a later upload
    // to the same key. Nobody knows the first.
    let later = ctx.artifacts.begin_parts(Some(&digests[3])).await.unwrap();
    let mut tx = ctx.store.begin().await.unwrap();
    for (nth, named) in [(1, Some(&uploads[1])), (2, None), (3, Some(&later))] {
        let row = store::uploads::UploadRow {
            upload_id: format!("u{nth}"),
            path: format!("0/r5/artifacts/{nth}"),
            object_key: named.map(|upload| upload.key.clone()),
            multipart_id: named.map(|upload| upload.id.clone()),
            source: Some("test".to_owned()),
            sha256: Some(digests[nth].as_str().to_owned()),
            part_bytes: 5 << 20,
            state: "open".to_owned(),
            created_at_ms: ctx.now_ms(),
            touched_at_ms: ctx.now_ms(),
        };
        store::uploads::insert(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let there = async || {
        let mut there = Vec::new();
        for upload in uploads.iter().chain([&later]) {
            there.push(ctx.artifacts.stored_parts(upload).await.unwrap().is_some());
        }
        there
    };
    assert_eq!(there().await, [true; 5]);
    let dry = GcOptions {
        dry_run: true,
        ..GcOptions::default()
    };
    assert_eq!(gc(ctx, dry).await.uploads, 0);
    assert_eq!(there().await, [true; 5]);
    let done = place.gc().await;
    assert_eq!(there().await, [false, true, true, false, true], "{done:?}");
    assert_eq!(done.uploads, 2);
    // A known upload goes on to its end beside the collector.
    let part = noise(80, 100);
    let whole = ctx.artifacts.begin_parts(Some(&digests[0])).await.unwrap();
    let tag = ctx
        .artifacts
        .put_part(&whole, 1, part.clone(), &digests[0])
        .await
        .unwrap();
    ctx.artifacts
        .complete_known(&whole, &[tag], 100)
        .await
        .unwrap();
    place.wait(8 * DAY_MS);
    assert_eq!(place.gc().await.uploads, 4);
    assert_eq!(there().await, [false; 5]);
}

/// What clients are handed is signed for the name under which they reach the bucket, and works there only.
#[tokio::test(flavor = "multi_thread")]
async fn signed_addresses_name_the_public_endpoint() {
    let server = Server::start(Kind::MinIo).unwrap();
    let public = format!("http://localhost:{}", server.port());
    let mut wanted = options(&server.endpoint(), "team");
    wanted.public_endpoint = Some(public.clone());
    let store = ::artifacts::ArtifactStore::open_s3(&wanted).unwrap();
    store.check().await.unwrap();
    let bytes = noise(95, 6 << 20);
    let upload = store.begin_parts(None).await.unwrap();
    let address = store.part_address(&upload, 1).unwrap();
    assert!(address.starts_with(&format!("{public}/")), "{address}");
    let http = reqwest::Client::new();
    let inside = address.replace(&public, &server.endpoint());
    let refused = http.put(&inside).body(bytes.clone()).send().await.unwrap();
    assert_eq!(
        refused.status(),
        403,
        "the signature is for the public name"
    );
    let sent = http.put(&address).body(bytes.clone()).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let tag = sent.headers()["etag"].to_str().unwrap().to_owned();
    let received = store.complete_parts(&upload, &[(1, tag)]).await.unwrap();
    let blob = store.commit(received).await.unwrap();
    let address = store.blob_address(&blob.digest, "model.bin", 60).unwrap();
    assert!(address.starts_with(&format!("{public}/")), "{address}");
    let got = http.get(&address).send().await.unwrap();
    assert_eq!(got.status(), 200);
    assert!(got.bytes().await.unwrap() == bytes);
    // The server's own way is unchanged.
    assert!(crate::read(&store, &blob.digest).await.unwrap() == bytes);
    wanted.public_endpoint = Some("localhost:9000".to_owned());
    assert!(::artifacts::ArtifactStore::open_s3(&wanted).is_err());
}

/// Uploads and deletions of the same few blobs beside collectors that never rest: a file that was acknowledged is always
/// there, whole.
async fn collectors_and_uploads_at_once(place: &Place) {
    let blobs: Vec<Bytes> = (0..24).map(|n| noise(50 + n, 20_000)).collect();
    let (running, collected) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    // An hour a second, and four hours of grace: each blob is collected between two rounds of the writers, six seconds
    // apart, while an upload takes a few milliseconds.
    let (clock, ticking) = (Arc::clone(&place.now_ms), Arc::clone(&running));
    tasks.spawn(async move {
        while ticking.load(Ordering::SeqCst) {
            clock.fetch_add(HOUR_MS / 100, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    for _ in 0..2 {
        let (ctx, running, collected) = (
            place.ctx.clone(),
            Arc::clone(&running),
            Arc::clone(&collected),
        );
        tasks.spawn(async move {
            while running.load(Ordering::SeqCst) {
                let options = GcOptions {
                    retention_ms: 0,
                    grace_ms: 4 * HOUR_MS,
                    ..GcOptions::default()
                };
                collected.fetch_add(gc(&ctx, options).await.blobs, Ordering::SeqCst);
            }
        });
    }
    let writers: Vec<_> = (0..4_u64)
        .map(|writer| {
            let (ctx, blobs) = (place.ctx.clone(), blobs.clone());
            async move {
                for round in 0..48 {
                    let bytes = &blobs[round % blobs.len()];
                    let path = format!("0/w{writer}/artifacts/{round}");
                    artifacts::upload_bytes(&ctx, &path, bytes.clone())
                        .await
                        .unwrap();
                    let got = read(&ctx, &path).await;
                    assert!(
                        got.as_ref().is_ok_and(|got| got == bytes),
                        "{path}: {:?}",
                        got.err()
                    );
                    artifacts::delete(&ctx, &path).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            }
        })
        .collect();
    futures_util::future::join_all(writers).await;
    place.put("0/w/artifacts/last", &blobs[0]).await;
    running.store(false, Ordering::SeqCst);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert!(
        collected.load(Ordering::SeqCst) >= 5,
        "the collectors had work"
    );
    assert!(place.get("0/w/artifacts/last").await.unwrap() == blobs[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn collecting_beside_uploads_on_sqlite() {
    collectors_and_uploads_at_once(&Place::new(false).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collecting_beside_uploads_on_postgres() {
    collectors_and_uploads_at_once(&Place::new(true).await).await;
}
