//! Gate files in the registry, and the evidence of runs against them.

use std::path::Path;

use domain::deployment::Verdict;
use domain::registry::Stage;
use engine::CancelToken;
use serde_json::json;
use services::deployment::{self, DeployInput, Watch, deploy_to_staging};
use services::gates::report::{ReportFormat, content_sha256, written};
use services::gates::{
    self, FileGates, GateFileOrigin, GateReport, Hands, RestoreGateFileInput, SaveGateFileInput,
    Step, StepState,
};
use services::registry::{self, PromoteInput, VersionInput};
use services::{Clock, ServiceError};

use crate::desk::{Desk, Expectation, MODEL};

/// Asks what does not depend on how fast this machine is.
const STEADY: &str = "[size]\n[placement]\n[golden]\n";

fn save(text: &str, base: Option<i64>) -> SaveGateFileInput {
    SaveGateFileInput {
        name: MODEL.to_owned(),
        text: text.to_owned(),
        note: "as the desk asked".to_owned(),
        base,
    }
}

async fn check(desk: &Desk, version: i64) -> GateReport {
    let input = VersionInput {
        name: MODEL.to_owned(),
        version,
    };
    let watch = Watch {
        progress: &|_| {},
        cancel: &CancelToken::default(),
    };
    gates::check_gates(&desk.ctx, &Hands::Here, input, watch)
        .await
        .unwrap()
}

fn verdict(report: &GateReport, id: &str) -> Verdict {
    let found = report.checks.iter().find(|check| check.id == id);
    found
        .unwrap_or_else(|| panic!("{id} was not asked"))
        .verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_file_is_saved_in_revisions_and_restored_as_a_new_one() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    let (ctx, actor) = (&desk.ctx, &desk.actor);
    let none = gates::gate_file(ctx, MODEL).await.unwrap();
    assert_eq!(none.about.origin, GateFileOrigin::Default);
    assert!(none.revisions.is_empty() && none.asked.len() == 6);

    let first = gates::save_gate_file(ctx, actor, save(STEADY, None)).await;
    assert_eq!(first.unwrap().about.revision, Some(1));
    let stale = gates::save_gate_file(ctx, actor, save("[size]\n", None)).await;
    assert!(matches!(stale.unwrap_err(), ServiceError::State { .. }));
    let wrong = gates::save_gate_file(ctx, actor, save("[size]\nmax_byte = 1\n", Some(1))).await;
    let told = wrong.unwrap_err().to_string();
    assert!(
        told.contains("line 2, column 1") && told.contains("max_bytes"),
        "{told}"
    );
    gates::save_gate_file(ctx, actor, save("[size]\nmax_bytes = 10\n", Some(1)))
        .await
        .unwrap();
    let report = check(&desk, 1).await;
    assert_eq!(verdict(&report, "size"), Verdict::Fail);
    assert_eq!(report.gate_file.unwrap().revision, Some(2));

    let input = RestoreGateFileInput {
        name: MODEL.to_owned(),
        revision: 1,
    };
    let restored = gates::restore_gate_file(ctx, actor, input).await.unwrap();
    assert_eq!(restored.about.revision, Some(3));
    assert_eq!(restored.text, STEADY);
    let revisions: Vec<(i64, &str)> = restored
        .revisions
        .iter()
        .map(|r| (r.revision, r.note.as_str()))
        .collect();
    assert_eq!(
        revisions,
        [
            (3, "revision 1 restored"),
            (2, "as the desk asked"),
            (1, "as the desk asked")
        ]
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_kept_and_opened_again() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    gates::save_gate_file(&desk.ctx, &desk.actor, save(STEADY, None))
        .await
        .unwrap();
    let report = check(&desk, 1).await;
    assert_eq!(report.verdict, Verdict::Pass, "{:#?}", report.checks);
    let listed = gates::gate_reports(
        &desk.ctx,
        VersionInput {
            name: MODEL.to_owned(),
            version: 1,
        },
    )
    .await
    .unwrap();
    assert_eq!(listed[0].report_id, report.report_id);
    let evidence = gates::evidence_of(&desk.ctx, &report.report_id)
        .await
        .unwrap();
    assert_eq!(evidence.gate_file_text, STEADY);
    assert!(evidence.fingerprint.runtime_version.is_some());
    let page = written(&evidence, ReportFormat::Html);
    for said in [
        report.digest.as_str(),
        report.gate_file.unwrap().sha256.as_str(),
        content_sha256(&evidence).as_str(),
        &evidence.subject.files[0].sha256,
    ] {
        assert!(page.contains(said), "the page does not say {said}");
    }
    let error = gates::evidence_of(&desk.ctx, "nothing").await.unwrap_err();
    assert_eq!(error.kind(), "not_found");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn structure_is_held_to_the_version_in_production() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    desk.register(2, Expectation::Right).await;
    let text = "[signature]\nsame_as = \"Production\"\n[opset]\nmax = 5\n\
                [regression]\npercentile = 50\nmargin_percent = 1000\nduration_ms = 800\n";
    gates::save_gate_file(&desk.ctx, &desk.actor, save(text, None))
        .await
        .unwrap();
    let alone = check(&desk, 2).await;
    assert_eq!(verdict(&alone, "signature"), Verdict::Inconclusive);
    assert_eq!(verdict(&alone, "regression"), Verdict::Inconclusive);
    assert_eq!(verdict(&alone, "opset"), Verdict::Fail);
    for to in [Stage::Staging, Stage::Production] {
        let input = PromoteInput {
            name: MODEL.to_owned(),
            version: 1,
            to,
            reason: "proven".to_owned(),
        };
        registry::promote(&desk.ctx, &desk.actor, input)
            .await
            .unwrap();
    }
    let beside = check(&desk, 2).await;
    assert_eq!(
        verdict(&beside, "signature"),
        Verdict::Pass,
        "{:#?}",
        beside.checks
    );
    let regression = beside.checks.iter().find(|c| c.id == "regression").unwrap();
    assert!(
        regression.detail.contains("v1, Production"),
        "{regression:?}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_file_that_changes_under_a_deployment_stops_it() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    gates::save_gate_file(&desk.ctx, &desk.actor, save(STEADY, None))
        .await
        .unwrap();
    let change = |step: deployment::DeployStep| {
        if step.step == Step::Smoke && step.state == StepState::Done {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async {
                    let tighter = save("[size]\nmax_bytes = 10\n", Some(1));
                    gates::save_gate_file(&desk.ctx, &desk.actor, tighter)
                        .await
                        .unwrap();
                });
            });
        }
    };
    let input = DeployInput {
        name: MODEL.to_owned(),
        version: 1,
        reason: "in a hurry".to_owned(),
        waiver: None,
    };
    let watch = Watch {
        progress: &change,
        cancel: &CancelToken::default(),
    };
    let refused = deploy_to_staging(&desk.ctx, &Hands::Here, &desk.actor, input, watch).await;
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), "conflict");
    assert!(error.to_string().contains("gate file"), "{error}");
    assert_eq!(desk.stages().await, [(1, Stage::None)]);
    desk.close().await;
}

/// The same files and the same gate file, registered or not: the same gates with the same verdicts.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_on_disk_has_the_verdict_of_the_registered_version() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.register(1, Expectation::Right).await;
    gates::save_gate_file(&desk.ctx, &desk.actor, save(STEADY, None))
        .await
        .unwrap();
    let registered = check(&desk, 1).await;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    onnx::write::save(at("model.onnx"), &onnx::fixtures::mlp(4, 5, 3)).unwrap();
    let put = |name: &str, value: serde_json::Value| std::fs::write(at(name), value.to_string());
    put(
        "input_example.json",
        json!({ "inputs": { "x": desk.example() } }),
    )
    .unwrap();
    put(
        "expected_output.json",
        json!({ "outputs": { "y": desk.expected(1) } }),
    )
    .unwrap();
    std::fs::write(at("gates.toml"), STEADY).unwrap();
    let evidence = on_disk(&at("model.onnx"), Some(&at("gates.toml"))).await;
    let rows = "a,b,c,d,y_0,y_1,y_2\n";
    let row = |at: usize| -> String {
        let (x, y) = (desk.example()[at].clone(), desk.expected(1)[at].clone());
        let cells = x.as_array().into_iter().chain(y.as_array()).flatten();
        cells.map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    std::fs::write(at("rows.csv"), format!("{rows}{}\n{}\n", row(0), row(1))).unwrap();
    std::fs::write(at("parity.toml"), "[parity]\ndata = \"rows.csv\"\n").unwrap();
    let parity = on_disk(&at("model.onnx"), Some(&at("parity.toml")))
        .await
        .report();
    assert_eq!(
        verdict(&parity, "parity"),
        Verdict::Pass,
        "{:#?}",
        parity.checks
    );
    std::fs::write(
        at("rows.csv"),
        format!("{rows}{}\n{}\n", row(0), row(1).replace("0.", "0.9")),
    )
    .unwrap();
    let broken = on_disk(&at("model.onnx"), Some(&at("parity.toml")))
        .await
        .report();
    assert_eq!(
        verdict(&broken, "parity"),
        Verdict::Fail,
        "{:#?}",
        broken.checks
    );
    std::fs::remove_file(at("rows.csv")).unwrap();
    let missing = on_disk(&at("model.onnx"), Some(&at("parity.toml")))
        .await
        .report();
    assert_eq!(verdict(&missing, "parity"), Verdict::Inconclusive);
    let told = |report: &GateReport| -> Vec<(String, Verdict)> {
        report
            .checks
            .iter()
            .map(|check| (check.id.clone(), check.verdict))
            .collect()
    };
    assert_eq!(told(&evidence.report()), told(&registered));
    assert_eq!(
        evidence.gate_file.sha256,
        registered.gate_file.unwrap().sha256
    );
    assert_eq!(evidence.gate_file.file_name.as_deref(), Some("gates.toml"));
    desk.close().await;
}

async fn on_disk(model: &Path, file: Option<&Path>) -> gates::Evidence {
    let file = match file {
        Some(path) => Some(gates::gate_file_on_disk(path).await.unwrap()),
        None => None,
    };
    let input = FileGates {
        model: model.to_owned(),
        file,
        against: None,
    };
    let watch = Watch {
        progress: &|_| {},
        cancel: &CancelToken::default(),
    };
    gates::check_file(&Hands::Here, input, &Clock::system(), watch)
        .await
        .unwrap()
}
