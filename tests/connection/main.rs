//! What the connection test says, against a real PostgreSQL and a real S3 server that are wrong in one way each.

#![allow(clippy::unwrap_used)]

mod database;
mod storage;

use services::Clock;
use services::workspace::check::{
    CheckFault, CheckId, CheckReport, CheckState, CheckStep, CheckWatch, check_connection,
};
use services::workspace::known::{DatabasePlace, StoragePlace, TeamPlace, TlsMode};
use services::workspace::secret::{Secret, TeamSecrets};

/// A place whose parts a test spoils one by one.
fn place(port: u16) -> TeamPlace {
    TeamPlace {
        database: DatabasePlace {
            host: "localhost".to_owned(),
            port,
            database: "postgres".to_owned(),
            user: "drydock".to_owned(),
            tls: TlsMode::Disable,
            ca_file: None,
            replica: None,
        },
        storage: StoragePlace {
            endpoint: "http://127.0.0.1:9".to_owned(),
            bucket: "drydock".to_owned(),
            region: "us-east-1".to_owned(),
            prefix: String::new(),
            ca_file: None,
        },
        stage_policy: domain::registry::StagePolicy::default(),
    }
}

fn secrets(password: &str) -> TeamSecrets {
    TeamSecrets {
        database_password: Secret::new(password),
        ..TeamSecrets::default()
    }
}

async fn check(place: &TeamPlace, secrets: &TeamSecrets) -> CheckReport {
    let cancel = engine::CancelToken::default();
    let watch = CheckWatch {
        progress: &|_| {},
        cancel: &cancel,
    };
    check_connection(place, secrets, &Clock::system(), watch)
        .await
        .unwrap()
}

/// The first step that failed, with the states of those before it.
fn failure(report: &CheckReport, of: &[CheckId]) -> (CheckId, CheckFault, String) {
    let failed: Vec<&CheckStep> = report
        .steps
        .iter()
        .filter(|step| of.contains(&step.id) && step.state == CheckState::Failed)
        .collect();
    assert_eq!(failed.len(), 1, "{:#?}", report.steps);
    let step = failed[0];
    let at = of.iter().position(|id| *id == step.id).unwrap();
    for id in &of[at + 1..] {
        let later = report.step(*id).unwrap();
        assert_eq!(later.state, CheckState::Skipped, "{later:?}");
    }
    assert!(!report.passed);
    (step.id, step.fault.unwrap(), step.sentence.clone())
}
