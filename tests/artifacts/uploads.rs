//! Uploads in parts, by signed addresses, and beside collectors that never rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::artifact::Digest;
use drydock_tests::s3::{Kind, Server};
use services::artifacts::{self, GcOptions};

use crate::place::{DAY_MS, HOUR_MS, Place, gc, read};
use crate::{digest_of, noise, options};

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
