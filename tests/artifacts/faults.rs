//! A bad network between the store and its bucket: what is committed has the right bytes, whatever happened.

use std::time::Duration;

use drydock_tests::faults::{Fault, Proxy};
use drydock_tests::s3::{Kind, Server};

use crate::{bucket, digest_of, noise, put, read};

const PART: usize = 8 << 20;

/// Faults that hit the first connections only: the transfer comes through, and its bytes are right.
#[tokio::test(flavor = "multi_thread")]
async fn passing_faults_are_survived() {
    let server = Server::start(Kind::MinIo).unwrap();
    let proxy = Proxy::before(server.port()).unwrap();
    let direct = bucket(&server.endpoint(), "");
    let pause = Duration::from_millis(2);
    let faults = [
        Fault::Error500,
        Fault::Slow(pause),
        Fault::CutUpload(0),
        Fault::CutUpload(700),
        Fault::CutUpload(1_000_000),
        Fault::CutDownload(0),
        Fault::CutDownload(100),
        Fault::FlipUpload(5_000),
        Fault::FlipUpload(3_000_000),
        Fault::LoseAnswers,
    ];
    for (seed, fault) in faults.into_iter().enumerate() {
        for size in [20_000, PART + 5] {
            // A client of its own, so that its connections are new ones and meet the fault.
            let store = bucket(&proxy.endpoint(), "");
            let bytes = noise(seed as u64 + 1, size);
            proxy.inject(fault, 2);
            let blob = put(&store, &bytes).await;
            proxy.heal();
            let blob = blob.unwrap_or_else(|error| panic!("{fault:?}, {size} bytes: {error}"));
            assert_eq!(blob.digest, digest_of(&bytes));
            assert!(
                direct.verify(&blob.digest).await.unwrap(),
                "{fault:?}, {size}"
            );
        }
    }
}

/// Faults that do not pass: the upload fails, and nothing stands under the name of its bytes.
#[tokio::test(flavor = "multi_thread")]
async fn lasting_faults_commit_nothing() {
    let server = Server::start(Kind::MinIo).unwrap();
    let proxy = Proxy::before(server.port()).unwrap();
    let direct = bucket(&server.endpoint(), "");
    let faults = [
        Fault::Error500,
        Fault::CutUpload(600),
        Fault::CutUpload(15_000),
        Fault::FlipUpload(12_000),
    ];
    for (seed, fault) in faults.into_iter().enumerate() {
        for size in [20_000, PART + 5] {
            let store = bucket(&proxy.endpoint(), "");
            let bytes = noise(seed as u64 + 50, size);
            proxy.inject(fault, u64::MAX);
            let put = put(&store, &bytes).await;
            proxy.heal();
            let digest = digest_of(&bytes);
            match put {
                Err(error) => {
                    assert!(error.to_string().starts_with("cannot "), "{error}");
                    assert!(direct.read(&digest).await.unwrap().is_none(), "{fault:?}");
                }
                // A second try on the same connection is past the byte that is changed.
                Ok(blob) if matches!(fault, Fault::FlipUpload(_)) => {
                    assert!(direct.verify(&blob.digest).await.unwrap(), "{fault:?}");
                }
                Ok(blob) => panic!("{fault:?}, {size} bytes: {blob:?}"),
            }
        }
    }
}

/// A reader gets the right bytes or an error; never an end that looks good.
#[tokio::test(flavor = "multi_thread")]
async fn readers_are_never_given_wrong_bytes() {
    let server = Server::start(Kind::MinIo).unwrap();
    let proxy = Proxy::before(server.port()).unwrap();
    let direct = bucket(&server.endpoint(), "");
    let bytes = noise(7, 2 * PART + 1);
    let digest = put(&direct, &bytes).await.unwrap().digest;
    for fault in [
        Fault::CutDownload(1_000_000),
        Fault::CutDownload(12_000_000),
        Fault::Error500,
        Fault::Slow(Duration::from_millis(1)),
    ] {
        proxy.inject(fault, 2);
        let got = read(&bucket(&proxy.endpoint(), ""), &digest).await;
        proxy.heal();
        assert!(got.unwrap_or_else(|e| panic!("{fault:?}: {e:?}")) == bytes);
    }
    for (fault, told) in [
        (Fault::FlipDownload(9_000), "is damaged"),
        (Fault::FlipDownload(9_000_000), "is damaged"),
        (Fault::CutDownload(2_000_000), "broke"),
    ] {
        proxy.inject(fault, u64::MAX);
        let got = read(&bucket(&proxy.endpoint(), ""), &digest).await;
        proxy.heal();
        let (passed, error) = got.expect_err(&format!("{fault:?}"));
        assert!(passed < bytes.len(), "{fault:?}");
        assert!(error.contains(told), "{fault:?}: {error}");
    }
}
