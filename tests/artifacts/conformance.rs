//! What every store must do.

use std::path::Path;
use std::time::{Duration, SystemTime};

use artifacts::{ArtifactError, ArtifactStore, Blob, S3FaultKind};
use bytes::Bytes;
use drydock_tests::s3::{Kind, Server};
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use crate::{bucket, chunks, digest_of, noise, outsider, put, read};

/// The size of the first parts of an upload to S3.
const PART: usize = 8 << 20;

async fn bytes_come_back(store: &ArtifactStore) {
    for (seed, size) in [0, 1, 4_096, PART - 1, PART, 2 * PART + 7]
        .into_iter()
        .enumerate()
    {
        let bytes = noise(seed as u64, size);
        let blob = put(store, &bytes).await.unwrap();
        assert_eq!(blob.digest, digest_of(&bytes), "{size}");
        assert_eq!(blob.size_bytes, size as u64);
        assert!(read(store, &blob.digest).await.unwrap() == bytes, "{size}");
        assert!(store.verify(&blob.digest).await.unwrap());
        assert!(store.holds(&blob.digest, blob.size_bytes).await.unwrap());
        assert!(
            !store
                .holds(&blob.digest, blob.size_bytes + 1)
                .await
                .unwrap()
        );
    }
}

async fn ranges_are_exact(store: &ArtifactStore) {
    let bytes = noise(50, 2 * PART + 5);
    let digest = put(store, &bytes).await.unwrap().digest;
    let end = bytes.len();
    for (from, to) in [
        (0, 1),
        (0, end),
        (1, end),
        (end - 1, end),
        (PART - 3, PART + 3),
        (7, 7),
        (PART, 2 * PART),
    ] {
        let range = store.read_range(&digest, from as u64, to as u64).await;
        let mut stream = range.unwrap().unwrap();
        assert_eq!(stream.size_bytes(), end as u64, "{from}..{to}");
        assert_eq!(stream.length_bytes(), (to - from) as u64);
        let mut got = Vec::new();
        while let Some(chunk) = stream.next().await {
            got.extend_from_slice(&chunk.unwrap());
        }
        assert!(got == bytes[from..to], "{from}..{to}");
    }
}

async fn what_is_not_there_is_none(store: &ArtifactStore) {
    let digest = digest_of(b"never stored");
    assert!(store.read(&digest).await.unwrap().is_none());
    assert!(store.read_range(&digest, 1, 2).await.unwrap().is_none());
    assert!(store.read_all(&digest, 10).await.unwrap().is_none());
    assert!(!store.verify(&digest).await.unwrap());
    assert!(!store.holds(&digest, 12).await.unwrap());
    store.delete(&digest).await.unwrap();
}

async fn small_files_are_read_at_once(store: &ArtifactStore) {
    let blob = store.put_bytes(Bytes::from_static(b"hello")).await.unwrap();
    let all = store.read_all(&blob.digest, 5).await.unwrap().unwrap();
    assert_eq!(all, b"hello");
    assert!(matches!(
        store.read_all(&blob.digest, 4).await,
        Err(ArtifactError::TooLarge { size_bytes: 5, .. })
    ));
}

async fn shelves_list_and_forget(store: &ArtifactStore) {
    let bytes = noise(60, 1_000);
    let digest = put(store, &bytes).await.unwrap().digest;
    let shelf = u8::from_str_radix(&digest.as_str()[..2], 16).unwrap();
    let listed = async || {
        let blobs = store.shelf(shelf).await.unwrap();
        blobs.into_iter().filter(|b| b.digest == digest).count()
    };
    assert_eq!(listed().await, 1);
    put(store, &bytes).await.unwrap();
    assert_eq!(listed().await, 1, "equal bytes are kept once");
    store.delete(&digest).await.unwrap();
    assert_eq!(listed().await, 0);
    assert!(store.read(&digest).await.unwrap().is_none());
    put(store, &bytes).await.unwrap();
    assert!(read(store, &digest).await.unwrap() == bytes);
}

async fn a_torn_upload_leaves_nothing(store: &ArtifactStore) {
    for size in [1_000, PART + 1_000] {
        let bytes = noise(70, size);
        let sent = chunks(&bytes).map(|chunk| chunk.map_err(|_| "never"));
        let torn = sent.chain(futures_util::stream::iter([Err("connection reset")]));
        let error = store.put(torn).await.unwrap_err();
        assert_eq!(error.to_string(), "the upload broke off: connection reset");
        assert!(!store.holds(&digest_of(&bytes), size as u64).await.unwrap());
    }
    // Received, but never committed: as if the process had gone on to something else.
    let bytes = noise(71, 2 * PART);
    let received = store.receive(chunks(&bytes)).await.unwrap();
    assert_eq!(received.digest, digest_of(&bytes));
    drop(received);
    assert!(
        !store
            .holds(&digest_of(&bytes), bytes.len() as u64)
            .await
            .unwrap()
    );
    nothing_is_left_in_tmp(store).await;
}

/// Whatever a sweep would find had it come a year later; cleaning up runs beside us, so it gets a moment.
pub async fn nothing_is_left_in_tmp(store: &ArtifactStore) {
    let a_year = Duration::from_secs(365 * 86_400);
    // Far beyond any clock that a test machine may have.
    let late = SystemTime::UNIX_EPOCH + Duration::from_secs(40_000_000_000);
    for _ in 0..100 {
        let left = std::sync::atomic::AtomicU64::new(0);
        let wanted = |_: &str| {
            left.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            true
        };
        let swept = store.sweep(late, a_year, &wanted).await.unwrap();
        if swept + left.into_inner() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("an unfinished upload stays behind");
}

/// Where a server writes over an object in place, whoever commits the same bytes meanwhile may find half of them there:
/// that is told, never taken for the whole, and the next try succeeds.
async fn put_shared(store: &ArtifactStore, bytes: &Bytes, in_place: bool) -> Blob {
    loop {
        match put(store, bytes).await {
            Err(ArtifactError::S3(fault)) if in_place && fault.kind == S3FaultKind::Damaged => {}
            done => return done.unwrap(),
        }
    }
}

async fn sixteen_write_at_once(store: &ArtifactStore, in_place: bool) {
    let shared = noise(80, PART + 11);
    let puts = (0..16).map(|n| {
        let own = noise(81 + n, 100_000);
        let shared = shared.clone();
        async move {
            let (a, b) = tokio::join!(put(store, &own), put_shared(store, &shared, in_place));
            assert_eq!(a.unwrap().digest, digest_of(&own));
            assert_eq!(b.digest, digest_of(&shared));
            assert!(read(store, &digest_of(&own)).await.unwrap() == own);
        }
    });
    join_all(puts).await;
    assert!(read(store, &digest_of(&shared)).await.unwrap() == shared);
}

/// `damage` puts other bytes where the blob rests, behind the store's back.
async fn damage_is_noticed(store: &ArtifactStore, damage: impl AsyncFn(&str, &[u8])) {
    for size in [5, PART + 5] {
        let bytes = noise(90, size);
        let digest = put(store, &bytes).await.unwrap().digest;
        let mut other = bytes.to_vec();
        other[size / 2] ^= 1;
        damage(digest.as_str(), &other).await;
        assert!(!store.verify(&digest).await.unwrap());
        let (passed, error) = read(store, &digest).await.unwrap_err();
        assert!(error.contains("is damaged"), "{error}");
        assert!(passed < size, "the last bytes must be held back");
        damage(digest.as_str(), &other[..size - 1]).await;
        let short = read(store, &digest).await.unwrap_err();
        assert!(short.1.contains("is damaged"), "{}", short.1);
        // Putting the right bytes again mends it, since the size tells.
        put(store, &bytes).await.unwrap();
        assert!(store.verify(&digest).await.unwrap());
        // Where the size is the same, a bucket is not asked to read a large object back: somebody deletes it first.
        damage(digest.as_str(), &other).await;
        put(store, &bytes).await.unwrap();
        let is_large = size >= PART && store.is_s3();
        assert_eq!(store.verify(&digest).await.unwrap(), !is_large);
        if is_large {
            let place = store.address_of(&digest);
            assert!(place.contains(digest.as_str()), "{place}");
            store.delete(&digest).await.unwrap();
            put(store, &bytes).await.unwrap();
        }
        assert!(store.verify(&digest).await.unwrap());
    }
}

async fn copies_for_programs_are_verified(store: &ArtifactStore) {
    let cache = tempfile::tempdir().unwrap();
    let bytes = noise(95, 200_000);
    let digest = put(store, &bytes).await.unwrap().digest;
    let path = store
        .local_copy(&digest, cache.path())
        .await
        .unwrap()
        .unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes);
    let missing = digest_of(b"missing");
    assert_eq!(
        store.local_copy(&missing, cache.path()).await.unwrap(),
        None
    );
    if path.starts_with(cache.path()) {
        std::fs::write(&path, b"damaged copy").unwrap();
        let again = store
            .local_copy(&digest, cache.path())
            .await
            .unwrap()
            .unwrap();
        assert!(std::fs::read(again).unwrap() == bytes);
    }
}

/// The cases that every store passes, and how many they are.
async fn conform(
    store: &ArtifactStore,
    in_place: bool,
    damage: impl AsyncFn(&str, &[u8]),
) -> usize {
    store.check().await.unwrap();
    bytes_come_back(store).await;
    ranges_are_exact(store).await;
    what_is_not_there_is_none(store).await;
    small_files_are_read_at_once(store).await;
    shelves_list_and_forget(store).await;
    a_torn_upload_leaves_nothing(store).await;
    sixteen_write_at_once(store, in_place).await;
    damage_is_noticed(store, damage).await;
    copies_for_programs_are_verified(store).await;
    10
}

/// An upload that is over has no parts; most servers also say that they know it no more.
async fn no_parts(store: &ArtifactStore, upload: &artifacts::PartsUpload) {
    let stored = store.stored_parts(upload).await.unwrap();
    assert_eq!(stored.unwrap_or_default(), []);
}

async fn parts_come_in_any_order(store: &ArtifactStore) {
    let bytes = noise(100, 2 * PART + 99);
    let upload = store.begin_parts(None).await.unwrap();
    let mut tags = Vec::new();
    for number in [3_u32, 1, 2] {
        let from = (number as usize - 1) * PART;
        let part = bytes.slice(from..bytes.len().min(from + PART));
        let sha256 = digest_of(&part);
        tags.push(
            store
                .put_part(&upload, number, part, &sha256)
                .await
                .unwrap(),
        );
    }
    let stored = store.stored_parts(&upload).await.unwrap().unwrap();
    let sizes: Vec<_> = stored.iter().map(|p| (p.number, p.size_bytes)).collect();
    assert_eq!(sizes, [(1, PART as u64), (2, PART as u64), (3, 99)]);
    tags.sort();
    let received = store.complete_parts(&upload, &tags).await.unwrap();
    assert_eq!(received.digest, digest_of(&bytes));
    let blob = store.commit(received).await.unwrap();
    assert!(read(store, &blob.digest).await.unwrap() == bytes);
    no_parts(store, &upload).await;
}

async fn a_part_of_other_bytes_is_refused(store: &ArtifactStore) {
    let upload = store.begin_parts(None).await.unwrap();
    let wrong = digest_of(b"other bytes");
    let error = store.put_part(&upload, 1, noise(110, 1_000), &wrong).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("damaged on the way"), "{error}");
    assert_eq!(store.stored_parts(&upload).await.unwrap().unwrap(), []);
    store.abort_parts(&upload).await.unwrap();
    no_parts(store, &upload).await;
    store.abort_parts(&upload).await.unwrap();
}

async fn clients_send_and_fetch_by_signed_addresses(store: &ArtifactStore) {
    let http = reqwest::Client::new();
    let bytes = noise(120, PART + 3);
    let upload = store.begin_parts(None).await.unwrap();
    let mut tags = Vec::new();
    for number in [1_u32, 2] {
        let from = (number as usize - 1) * PART;
        let part = bytes.slice(from..bytes.len().min(from + PART));
        let address = store.part_address(&upload, number).unwrap();
        let answer = http.put(&address).body(part).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
        tags.push((number, etag));
    }
    let received = store.complete_parts(&upload, &tags).await.unwrap();
    let blob = store.commit(received).await.unwrap();
    assert_eq!(blob.digest, digest_of(&bytes));
    let address = store.blob_address(&blob.digest, "model.onnx", 60).unwrap();
    let answer = http.get(&address).header("range", "bytes=5-9").send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 206);
    let disposition = answer.headers().get("content-disposition").cloned();
    assert_eq!(disposition.unwrap(), "attachment; filename=\"model.onnx\"");
    assert_eq!(answer.bytes().await.unwrap(), bytes.slice(5..10));
    let forged = address.replace("X-Amz-Expires=60", "X-Amz-Expires=600000");
    assert_eq!(http.get(forged).send().await.unwrap().status(), 403);
}

async fn what_was_abandoned_is_swept_by_its_age(endpoint: &str) {
    let store = bucket(endpoint, "swept");
    let upload = store.begin_parts(None).await.unwrap();
    let part = noise(130, 1_000);
    let sha256 = digest_of(&part);
    store.put_part(&upload, 1, part, &sha256).await.unwrap();
    let hour = Duration::from_secs(3_600);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let late = SystemTime::UNIX_EPOCH + Duration::from_secs(40_000_000_000);
    assert_eq!(store.sweep(long_ago, hour, &|_| false).await.unwrap(), 0);
    let key = upload.key.clone();
    assert_eq!(store.sweep(late, hour, &|k| k == key).await.unwrap(), 0);
    let stored = store.stored_parts(&upload).await.unwrap();
    assert_eq!(stored.map(|parts| parts.len()), Some(1));
}

async fn folders_of_a_bucket_are_apart(endpoint: &str) {
    let (one, two) = (bucket(endpoint, "one"), bucket(endpoint, "/two/deep/"));
    let digest = put(&one, &noise(140, 100)).await.unwrap().digest;
    assert!(read(&two, &digest).await.is_err());
    put(&two, &noise(140, 100)).await.unwrap();
    one.delete(&digest).await.unwrap();
    assert!(read(&two, &digest).await.is_ok());
}

async fn conform_s3(kind: Kind) -> usize {
    let server = Server::start(kind).unwrap();
    let endpoint = server.endpoint();
    let store = bucket(&endpoint, "team/models");
    let outside = outsider(&endpoint);
    let damage = async |digest: &str, bytes: &[u8]| {
        let key = format!("team/models/blobs/{}/{digest}", &digest[..2]);
        outside.put_object(key, bytes).await.unwrap();
    };
    let cases = conform(&store, kind == Kind::Second, damage).await;
    parts_come_in_any_order(&store).await;
    folders_of_a_bucket_are_apart(&endpoint).await;
    if kind == Kind::Second {
        // It answers a part of other bytes with 500, and lists no uploads under way: the rest asks for more than it is.
        return cases + 2;
    }
    a_part_of_other_bytes_is_refused(&store).await;
    clients_send_and_fetch_by_signed_addresses(&store).await;
    what_was_abandoned_is_swept_by_its_age(&endpoint).await;
    cases + 5
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let store = ArtifactStore::open_folder(folder.path()).await.unwrap();
    let root: &Path = folder.path();
    let damage = async |digest: &str, bytes: &[u8]| {
        let path = root.join("blobs").join(&digest[..2]).join(digest);
        std::fs::write(path, bytes).unwrap();
    };
    assert_eq!(conform(&store, false, damage).await, 10);
    assert!(matches!(
        store.begin_parts(None).await,
        Err(ArtifactError::NoMultipart)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn minio_conforms() {
    assert_eq!(conform_s3(Kind::MinIo).await, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_server_conforms() {
    assert_eq!(conform_s3(Kind::Second).await, 12);
}
