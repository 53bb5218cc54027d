use std::sync::Mutex;

use drydock_tests::certificates::{Authority, Certificate};
use drydock_tests::postgres::Cluster;
use store::{PostgresOptions, Store};

use super::*;

const DATABASE: [CheckId; 7] = CheckId::DATABASE;

fn serve(cluster: &Cluster, certificate: &Certificate) {
    cluster
        .configure("server.crt", &certificate.certificate)
        .unwrap();
    cluster.configure("server.key", &certificate.key).unwrap();
    cluster.sql("alter system set ssl = on").unwrap();
    cluster.sql("select pg_reload_conf()").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
}

fn step(report: &CheckReport, id: CheckId) -> (CheckState, String) {
    let step = report.step(id).unwrap();
    (step.state, step.sentence.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_networks_are_told_apart() {
    let cluster = Cluster::start().unwrap();
    let good = place(cluster.port());
    let report = check(&good, &secrets("")).await;
    for id in DATABASE {
        assert_eq!(
            step(&report, id).0,
            CheckState::Passed,
            "{:#?}",
            report.steps
        );
    }
    let (_, told) = step(&report, CheckId::DatabaseSchema);
    assert!(told.starts_with("An empty database"), "{told}");
    // What it tried is gone again.
    let left = Store::open_postgres(&PostgresOptions::new(cluster.url())).await;
    left.unwrap().close().await;

    let mut nameless = good.clone();
    nameless.database.host = "no-such-host.invalid".to_owned();
    let (id, fault, told) = failure(&check(&nameless, &secrets("")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabaseName, CheckFault::NameUnknown)
    );
    assert!(told.contains("no-such-host.invalid"), "{told}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut refused = good.clone();
    refused.database.port = closed.local_addr().unwrap().port();
    drop(closed);
    let (id, fault, _) = failure(&check(&refused, &secrets("")).await, &DATABASE);
    assert_eq!((id, fault), (CheckId::DatabaseNetwork, CheckFault::Refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_told_apart() {
    let cluster = Cluster::start().unwrap();
    let authority = Authority::new().unwrap();
    let mut place = place(cluster.port());
    place.database.tls = TlsMode::VerifyFull;
    let told_of = |report: CheckReport| {
        let (id, fault, told) = failure(&report, &DATABASE);
        assert_eq!(id, CheckId::DatabaseTls);
        (fault, told)
    };
    let (fault, _) = told_of(check(&place, &secrets("")).await);
    assert_eq!(fault, CheckFault::TlsNotOffered);

    serve(&cluster, &authority.sign("DNS:localhost").unwrap());
    let (fault, told) = told_of(check(&place, &secrets("")).await);
    assert_eq!(fault, CheckFault::UnknownAuthority, "{told}");
    assert!(told.contains("Name its CA file"), "{told}");
    let other = Authority::new().unwrap();
    place.database.ca_file = Some(other.file().display().to_string());
    let (fault, _) = told_of(check(&place, &secrets("")).await);
    assert_eq!(fault, CheckFault::UnknownAuthority);
    place.database.ca_file = Some("/nowhere/ca.pem".to_owned());
    let (fault, _) = told_of(check(&place, &secrets("")).await);
    assert_eq!(fault, CheckFault::CaFile);

    place.database.ca_file = Some(authority.file().display().to_string());
    let report = check(&place, &secrets("")).await;
    let (state, told) = step(&report, CheckId::DatabaseTls);
    assert_eq!(
        (state, told.as_str()),
        (
            CheckState::Passed,
            "TLS 1.3; the server proved to be localhost."
        )
    );
    assert_eq!(step(&report, CheckId::DatabaseLogin).0, CheckState::Passed);

    serve(&cluster, &authority.sign("DNS:db.fx.example").unwrap());
    let (fault, told) = told_of(check(&place, &secrets("")).await);
    assert_eq!(fault, CheckFault::WrongHostName);
    assert!(
        told.contains("for db.fx.example, not for localhost"),
        "{told}"
    );

    serve(&cluster, &authority.sign_expired("DNS:localhost").unwrap());
    let (fault, told) = told_of(check(&place, &secrets("")).await);
    assert_eq!(fault, CheckFault::CertificateExpired, "{told}");

    // Encrypted without proof works with any certificate, and says what it is worth.
    place.database.tls = TlsMode::Require;
    let report = check(&place, &secrets("")).await;
    assert_eq!(step(&report, CheckId::DatabaseTls).0, CheckState::Warned);
    assert_eq!(step(&report, CheckId::DatabaseLogin).0, CheckState::Passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_databases_and_permissions_are_told_apart() {
    let cluster = Cluster::start().unwrap();
    cluster
        .sql("create role quant login password 'right'; create role guest login")
        .unwrap();
    cluster.sql("create database desk owner quant").unwrap();
    cluster
        .configure(
            "pg_hba.conf",
            "host all quant 127.0.0.1/32 scram-sha-256\nhost all drydock,guest 127.0.0.1/32 trust\n",
        )
        .unwrap();
    let mut place = place(cluster.port());
    place.database.host = "127.0.0.1".to_owned();
    place.database.user = "quant".to_owned();
    place.database.database = "desk".to_owned();
    let (id, fault, told) = failure(&check(&place, &secrets("wrong")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabaseLogin, CheckFault::LoginRefused)
    );
    assert!(told.contains("password of quant is wrong"), "{told}");
    let report = check(&place, &secrets("right")).await;
    assert_eq!(step(&report, CheckId::DatabaseSchema).0, CheckState::Passed);

    let mut missing = place.clone();
    missing.database.database = "disk".to_owned();
    let (id, fault, told) = failure(&check(&missing, &secrets("right")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabaseExists, CheckFault::DatabaseMissing)
    );
    assert!(told.contains("create database \"disk\""), "{told}");

    let mut stranger = place.clone();
    stranger.database.user = "stranger".to_owned();
    let (id, fault, told) = failure(&check(&stranger, &secrets("")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabaseLogin, CheckFault::LoginRefused)
    );
    assert!(told.contains("does not let stranger in"), "{told}");

    // May log in, may not make tables; and once they are made, may not read them.
    place.database.user = "guest".to_owned();
    let (id, fault, told) = failure(&check(&place, &secrets("")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabasePermission, CheckFault::NoPermission)
    );
    assert!(told.contains("guest may not create tables"), "{told}");
    let url = format!("postgres://quant:right@127.0.0.1:{}/desk", cluster.port());
    let made = Store::open_postgres(&PostgresOptions::new(url))
        .await
        .unwrap();
    made.close().await;
    let (id, fault, _) = failure(&check(&place, &secrets("")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabasePermission, CheckFault::NoPermission)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_told_apart() {
    let cluster = Cluster::start().unwrap();
    let options = PostgresOptions::new(cluster.url());
    Store::open_postgres(&options).await.unwrap().close().await;
    let place = place(cluster.port());
    let (state, told) = step(&check(&place, &secrets("")).await, CheckId::DatabaseSchema);
    assert_eq!(state, CheckState::Passed);
    assert!(told.ends_with("as this app has it."), "{told}");

    cluster
        .sql("create table kept as select * from _sqlx_migrations where version > 3; delete from _sqlx_migrations where version > 3")
        .unwrap();
    let (state, told) = step(&check(&place, &secrets("")).await, CheckId::DatabaseSchema);
    assert_eq!(state, CheckState::Warned);
    assert!(
        told.starts_with("Schema 3: connecting brings it to"),
        "{told}"
    );

    cluster
        .sql("insert into _sqlx_migrations select * from kept; drop table kept; \
              update _sqlx_migrations set version = 9000 where version = (select max(version) from _sqlx_migrations)")
        .unwrap();
    let (id, fault, told) = failure(&check(&place, &secrets("")).await, &DATABASE);
    assert_eq!(
        (id, fault),
        (CheckId::DatabaseSchema, CheckFault::SchemaNewer)
    );
    assert!(told.contains("Schema 9000 is newer"), "{told}");
    // And opening it refuses likewise.
    let refused = Store::open_postgres(&options)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("newer than this app"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_tells_each_step_and_can_be_cancelled() {
    let cluster = Cluster::start().unwrap();
    let place = place(cluster.port());
    let seen: Mutex<Vec<(CheckId, CheckState)>> = Mutex::default();
    let cancel = engine::CancelToken::default();
    let note = |step: CheckStep| {
        if step.id == CheckId::DatabaseLogin {
            cancel.cancel();
        }
        seen.lock().unwrap().push((step.id, step.state));
    };
    let watch = CheckWatch {
        progress: &note,
        cancel: &cancel,
    };
    let ended = check_connection(&place, &secrets(""), &Clock::system(), watch).await;
    assert_eq!(ended.unwrap_err().kind(), "cancelled");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], (CheckId::DatabaseName, CheckState::Running));
    assert_eq!(seen[1], (CheckId::DatabaseName, CheckState::Passed));
    assert_eq!(
        *seen.last().unwrap(),
        (CheckId::DatabaseLogin, CheckState::Running)
    );
}
