//! What the connection test says when something is wrong, one thing at a time.

use artifacts::{ArtifactError, ArtifactStore, S3FaultKind, S3Options};
use drydock_tests::s3::{Kind, Server};

use crate::{bucket, options};

async fn fault(options: &S3Options) -> S3FaultKind {
    match ArtifactStore::open_s3(options).unwrap().check().await {
        Err(ArtifactError::S3(fault)) => {
            assert!(fault.to_string().len() > 20, "{fault}");
            fault.kind
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_has_its_own_name() {
    let server = Server::start(Kind::MinIo).unwrap();
    let right = options(&server.endpoint(), "");
    bucket(&server.endpoint(), "").check().await.unwrap();
    let with = |change: fn(&mut S3Options)| {
        let mut options = right.clone();
        change(&mut options);
        options
    };
    let bad_key = with(|o| o.access_key = "nobody".to_owned());
    assert_eq!(fault(&bad_key).await, S3FaultKind::BadKey);
    let bad_secret = with(|o| o.secret_key = "guessed-wrong".to_owned());
    assert_eq!(fault(&bad_secret).await, S3FaultKind::BadSignature);
    let no_bucket = with(|o| o.bucket = "elsewhere".to_owned());
    assert_eq!(fault(&no_bucket).await, S3FaultKind::NoSuchBucket);
    let no_host = with(|o| o.endpoint = "http://s3.drydock.invalid:9000".to_owned());
    assert_eq!(fault(&no_host).await, S3FaultKind::NoSuchHost);
    let nobody_there = with(|o| o.endpoint = "http://127.0.0.1:1".to_owned());
    assert_eq!(fault(&nobody_there).await, S3FaultKind::Refused);
    let tls = right.endpoint.replace("http://", "https://");
    let tls = S3Options {
        endpoint: tls,
        ..right.clone()
    };
    let kind = fault(&tls).await;
    assert!(
        matches!(kind, S3FaultKind::Tls | S3FaultKind::Disconnected),
        "{kind:?}"
    );
    for address in ["minio:9000", "ftp://minio", "http://"] {
        let options = S3Options {
            endpoint: address.to_owned(),
            ..right.clone()
        };
        assert!(ArtifactStore::open_s3(&options).is_err(), "{address}");
    }
    let shown = format!("{right:?}");
    assert!(!shown.contains(&right.secret_key), "{shown}");
}
