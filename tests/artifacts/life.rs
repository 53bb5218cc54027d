//! The life of files in a workspace: trash, collection, verification; on SQLite with a folder and on PostgreSQL with MinIO.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::audit::Actor;
use services::artifacts::{self, GcOptions};

use crate::place::{DAY_MS, HOUR_MS, Place, gc};
use crate::purge::{experiments_go_whole, register, traces_let_go_of_their_files};
use crate::{digest_of, noise};

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
