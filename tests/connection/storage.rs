use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use drydock_tests::certificates::Authority;
use drydock_tests::postgres::Cluster;
use drydock_tests::s3::{ACCESS_KEY, BUCKET, Kind, SECRET_KEY, Server};

use super::*;

const STORAGE: [CheckId; 8] = CheckId::STORAGE;

/// What passes without a database: all but the comparison with it.
fn alone() -> &'static [CheckId] {
    const ALL: [CheckId; 8] = CheckId::STORAGE;
    &ALL[..7]
}

fn keys(access: &str, secret: &str) -> TeamSecrets {
    TeamSecrets {
        access_key: Secret::new(access),
        secret_key: Secret::new(secret),
        ..TeamSecrets::default()
    }
}

/// No database listens at port 9: only the storage's half is looked at.
fn storage(endpoint: &str) -> TeamPlace {
    let mut place = place(9);
    place.storage.endpoint = endpoint.to_owned();
    place.storage.bucket = BUCKET.to_owned();
    place
}

fn state(report: &CheckReport, id: CheckId) -> CheckState {
    report.step(id).unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_buckets_are_told_apart() {
    let server = Server::start(Kind::MinIo).unwrap();
    let good = storage(&server.endpoint());
    let right = keys(ACCESS_KEY, SECRET_KEY);
    let report = check(&good, &right).await;
    for id in alone() {
        assert_eq!(
            state(&report, *id),
            CheckState::Passed,
            "{:#?}",
            report.steps
        );
    }
    assert_eq!(
        state(&report, CheckId::StorageWorkspace),
        CheckState::Skipped
    );
    let wrong_key = check(&good, &keys("nobody", SECRET_KEY)).await;
    let (id, fault, _) = failure(&wrong_key, &STORAGE);
    assert_eq!((id, fault), (CheckId::StorageKeys, CheckFault::UnknownKey));
    let wrong_secret = check(&good, &keys(ACCESS_KEY, "guessed")).await;
    let (id, fault, told) = failure(&wrong_secret, &STORAGE);
    assert_eq!(
        (id, fault),
        (CheckId::StorageKeys, CheckFault::WrongSignature)
    );
    assert!(told.contains("does not belong to it"), "{told}");
    let mut missing = good.clone();
    missing.storage.bucket = "elsewhere".to_owned();
    let (id, fault, told) = failure(&check(&missing, &right).await, &STORAGE);
    assert_eq!(
        (id, fault),
        (CheckId::StorageBucket, CheckFault::BucketMissing)
    );
    assert!(told.contains("no bucket named elsewhere"), "{told}");

    for address in ["minio:9000", "ftp://127.0.0.1", "not an address"] {
        let (id, fault, _) = failure(&check(&storage(address), &right).await, &STORAGE);
        assert_eq!(
            (id, fault),
            (CheckId::StorageName, CheckFault::BadAddress),
            "{address}"
        );
    }
    let nowhere = storage("http://no-such-host.invalid:9000");
    let (_, fault, _) = failure(&check(&nowhere, &right).await, &STORAGE);
    assert_eq!(fault, CheckFault::NameUnknown);
    let closed = storage("http://127.0.0.1:1");
    let (id, fault, _) = failure(&check(&closed, &right).await, &STORAGE);
    assert_eq!((id, fault), (CheckId::StorageNetwork, CheckFault::Refused));
}

/// A policy service as MinIO asks it: everything is allowed but these actions. Returns its address.
fn policy_without(denied: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let _ = decide(&socket, denied);
        }
    });
    address
}

fn decide(mut socket: &TcpStream, denied: &[&str]) -> std::io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut asked = BufReader::new(socket);
    let (mut size, mut line) = (0, String::new());
    while asked.read_line(&mut line)? > 2 {
        if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            size = told.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; size];
    asked.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body);
    let allowed = !denied
        .iter()
        .any(|action| body.contains(&format!("\"{action}\"")));
    let answer = format!("{{\"result\":{allowed}}}");
    write!(
        socket,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_may_not_do_is_told() {
    for (denied, doing) in [
        (&["s3:PutObject"], "store an object"),
        (&["s3:ListBucket"], "list"),
        (&["s3:DeleteObject"], "delete an object"),
    ] {
        let server = Server::start_ruled(&policy_without(denied)).unwrap();
        let report = check(&storage(&server.endpoint()), &keys(ACCESS_KEY, SECRET_KEY)).await;
        let (id, fault, told) = failure(&report, &STORAGE);
        assert_eq!(
            (id, fault),
            (CheckId::StoragePermission, CheckFault::NoPermission),
            "{denied:?}: {told}"
        );
        assert!(
            told.starts_with("This access key may not ") && told.contains(doing),
            "{denied:?}: {told}"
        );
        // What the key may do is not blamed.
        for id in [CheckId::StorageKeys, CheckId::StorageBucket] {
            assert_eq!(state(&report, id), CheckState::Passed, "{denied:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_told_with_its_difference() {
    let server = Server::start(Kind::MinIo).unwrap();
    let place = storage(&server.endpoint());
    let right = keys(ACCESS_KEY, SECRET_KEY);
    let ahead = |ms: i64| {
        let clock = Clock::system();
        Clock::from_fn(move || clock.now_ms() + ms)
    };
    let check_at = async |clock: Clock| {
        let cancel = engine::CancelToken::default();
        let watch = CheckWatch {
            progress: &|_| {},
            cancel: &cancel,
        };
        check_connection(&place, &right, &clock, watch)
            .await
            .unwrap()
    };
    let (id, fault, told) = failure(&check_at(ahead(20 * 60_000 + 30_000)).await, &STORAGE);
    assert_eq!((id, fault), (CheckId::StorageClock, CheckFault::ClockSkew));
    assert!(
        told.contains("20 min 3") && told.contains("ahead of"),
        "{told}"
    );
    let (_, _, told) = failure(&check_at(ahead(-3_600_000)).await, &STORAGE);
    assert!(told.contains("behind"), "{told}");
    let report = check_at(ahead(5 * 60_000)).await;
    assert_eq!(state(&report, CheckId::StorageClock), CheckState::Warned);
    assert_eq!(
        state(&report, CheckId::StoragePermission),
        CheckState::Passed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storages_certificates_are_told_apart() {
    let authority = Authority::new().unwrap();
    let serving = |names: &str, expired: bool| {
        let made = if expired {
            authority.sign_expired(names)
        } else {
            authority.sign(names)
        };
        let made = made.unwrap();
        Server::start_tls(|folder| {
            std::fs::write(folder.join("public.crt"), &made.certificate)
                .and_then(|()| std::fs::write(folder.join("private.key"), &made.key))
                .map_err(|e| e.to_string())
        })
        .unwrap()
    };
    let right = keys(ACCESS_KEY, SECRET_KEY);
    let good = serving("DNS:localhost,IP:127.0.0.1", false);
    let mut place = storage(&good.endpoint());
    let (id, fault, _) = failure(&check(&place, &right).await, &STORAGE);
    assert_eq!(
        (id, fault),
        (CheckId::StorageTls, CheckFault::UnknownAuthority)
    );
    place.storage.ca_file = Some(authority.file().display().to_string());
    let report = check(&place, &right).await;
    for id in alone() {
        assert_eq!(
            state(&report, *id),
            CheckState::Passed,
            "{:#?}",
            report.steps
        );
    }

    let misnamed = serving("DNS:minio.fx.example", false);
    place.storage.endpoint = misnamed.endpoint();
    let (_, fault, told) = failure(&check(&place, &right).await, &STORAGE);
    assert_eq!(fault, CheckFault::WrongHostName);
    assert!(told.contains("minio.fx.example"), "{told}");
    let expired = serving("IP:127.0.0.1", true);
    place.storage.endpoint = expired.endpoint();
    let (_, fault, _) = failure(&check(&place, &right).await, &STORAGE);
    assert_eq!(fault, CheckFault::CertificateExpired);
}

/// A bucket and a database that are not of one workspace are told before anything is opened.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_another_workspace_is_told() {
    use services::workspace::Folders;
    use services::workspace::open_team::team_options;

    let (server, cluster) = (
        Server::start(Kind::MinIo).unwrap(),
        Cluster::start().unwrap(),
    );
    let mut here = place(cluster.port());
    here.storage.endpoint = server.endpoint();
    here.storage.bucket = BUCKET.to_owned();
    here.storage.prefix = "team".to_owned();
    let right = keys(ACCESS_KEY, SECRET_KEY);
    let compared = async |place: &TeamPlace| {
        let report = check(place, &right).await;
        let step = report.step(CheckId::StorageWorkspace).unwrap();
        (step.state, step.fault, step.sentence.clone())
    };
    let (state, _, told) = compared(&here).await;
    assert_eq!(state, CheckState::Passed, "{told}");
    assert!(told.contains("connecting marks it"), "{told}");

    let folder = tempfile::tempdir().unwrap();
    let options = team_options(&here, &right, Folders::new(folder.path())).unwrap();
    let ctx = services::Context::open(options, Clock::system())
        .await
        .unwrap();
    services::artifacts::upload_bytes(&ctx, "0/r/artifacts/f", "bytes".into())
        .await
        .unwrap();
    let (state, _, told) = compared(&here).await;
    assert_eq!(
        (state, told.as_str()),
        (CheckState::Passed, "It is marked as this workspace's.")
    );

    let mut no_folder = here.clone();
    no_folder.storage.prefix = String::new();
    let report = check(&no_folder, &right).await;
    let (id, fault, told) = failure(&report, &STORAGE);
    assert_eq!(
        (id, fault),
        (CheckId::StorageWorkspace, CheckFault::OtherWorkspace)
    );
    assert!(
        told.contains("does not hold this workspace's artifacts"),
        "{told}"
    );
    cluster.sql("create database second").unwrap();
    let mut second = here.clone();
    second.database.database = "second".to_owned();
    let (state, fault, told) = compared(&second).await;
    assert_eq!(
        (state, fault),
        (CheckState::Failed, Some(CheckFault::OtherWorkspace))
    );
    assert!(told.contains("belongs to another workspace"), "{told}");
}
