use domain::registry::Stage;
use store::registry::{self as rows, ModelRow, StageText, TransitionRow, VersionRow};
use store::{Store, Tx};

use crate::write;

fn model(name: &str) -> ModelRow {
    ModelRow {
        name: name.to_owned(),
        description: String::new(),
        created_at_ms: 1,
        updated_at_ms: 1,
    }
}

fn version(name: &str, version: i64) -> VersionRow {
    VersionRow {
        name: name.to_owned(),
        version,
        stage: StageText(Stage::None),
        description: "first light".to_owned(),
        source: "mlflow-artifacts:/1/r/artifacts/model".to_owned(),
        artifact_path: Some("1/r/artifacts/model".to_owned()),
        run_id: Some("r".to_owned()),
        run_link: String::new(),
        model_id: None,
        user_id: "quant".to_owned(),
        digest: None,
        size_bytes: Some(i64::MAX),
        status: "READY".to_owned(),
        status_message: String::new(),
        created_at_ms: 10,
        updated_at_ms: 10,
    }
}

async fn add(tx: &mut Tx, name: &str, versions: i64) {
    rows::insert_model(tx, &model(name)).await.unwrap();
    for number in 1..=versions {
        assert_eq!(rows::next_version(tx, name).await.unwrap(), number);
        rows::insert_version(tx, &version(name, number))
            .await
            .unwrap();
    }
}

pub async fn models_and_versions(store: &Store) {
    write(store, |mut tx| async move {
        add(&mut tx, "alpha", 3).await;
        rows::set_stage(&mut tx, "alpha", 2, Stage::Staging, 20)
            .await
            .unwrap();
        rows::set_model_tag(&mut tx, "alpha", "desk", "fx")
            .await
            .unwrap();
        rows::set_model_tag(&mut tx, "alpha", "desk", "rates")
            .await
            .unwrap();
        rows::set_version_tag(&mut tx, "alpha", 3, "git", "80a3810")
            .await
            .unwrap();
        rows::set_alias(&mut tx, "alpha", "champion", 1)
            .await
            .unwrap();
        rows::set_alias(&mut tx, "alpha", "champion", 2)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let taken = rows::insert_model(&mut store.begin().await.unwrap(), &model("alpha"))
        .await
        .unwrap_err();
    assert!(taken.is_unique_violation(), "{taken}");
    let pool = store.pool();
    let found = rows::versions(pool, Some("alpha")).await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|v| (v.version, v.stage.0))
            .collect::<Vec<_>>(),
        [(3, Stage::None), (2, Stage::Staging), (1, Stage::None)]
    );
    assert_eq!(found[0].size_bytes, Some(i64::MAX));
    assert_eq!(
        rows::version(pool, "alpha", 9)
            .await
            .unwrap()
            .map(|v| v.version),
        None
    );
    assert_eq!(
        rows::model_tags(pool, Some("alpha")).await.unwrap()[0].value,
        "rates"
    );
    assert_eq!(
        rows::aliases(pool, Some("alpha")).await.unwrap()[0].version,
        2
    );
    assert_eq!(rows::version_tags(pool, None).await.unwrap()[0].version, 3);
}

pub async fn gate_files_are_revisions(store: &Store) {
    let row = |model: &str, revision: i64| rows::GateFileRow {
        model: model.to_owned(),
        revision,
        body: "[size]\n".to_owned(),
        sha256: "ab".to_owned(),
        actor: "quant".to_owned(),
        note: "tighter".to_owned(),
        at_ms: revision,
    };
    write(store, |mut tx| async move {
        add(&mut tx, "gated", 1).await;
        for revision in [1, 2] {
            rows::insert_gate_file(&mut tx, &row("gated", revision))
                .await
                .unwrap();
        }
        rows::rename_model(&mut tx, "gated", "held", 30)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let pool = store.pool();
    let latest = rows::latest_gate_file(pool, "held").await.unwrap().unwrap();
    assert_eq!((latest.revision, latest.note.as_str()), (2, "tighter"));
    let all = rows::gate_files(pool, "held").await.unwrap();
    assert_eq!(all.iter().map(|r| r.revision).collect::<Vec<_>>(), [2, 1]);
    let taken = rows::insert_gate_file(&mut store.begin().await.unwrap(), &row("held", 2))
        .await
        .unwrap_err();
    assert!(taken.is_unique_violation(), "{taken}");
    write(store, |mut tx| async move {
        rows::delete_model(&mut tx, "held").await.unwrap();
        (tx, ())
    })
    .await;
    assert!(
        rows::latest_gate_file(pool, "held")
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn renaming_carries_everything(store: &Store) {
    write(store, |mut tx| async move {
        add(&mut tx, "before", 1).await;
        rows::set_version_tag(&mut tx, "before", 1, "k", "v")
            .await
            .unwrap();
        rows::set_alias(&mut tx, "before", "best", 1).await.unwrap();
        assert_eq!(
            rows::rename_model(&mut tx, "before", "after", 30)
                .await
                .unwrap(),
            1
        );
        (tx, ())
    })
    .await;
    let pool = store.pool();
    assert!(rows::model(pool, "before").await.unwrap().is_none());
    assert_eq!(rows::versions(pool, Some("after")).await.unwrap().len(), 1);
    assert_eq!(
        rows::version_tags(pool, Some("after")).await.unwrap().len(),
        1
    );
    assert_eq!(rows::aliases(pool, Some("after")).await.unwrap().len(), 1);
}

/// A number is never given twice, and what a deleted version did stays answerable.
pub async fn history_outlives_versions(store: &Store) {
    write(store, |mut tx| async move {
        add(&mut tx, "gone", 2).await;
        let told = TransitionRow {
            transition_id: "t-1".to_owned(),
            name: "gone".to_owned(),
            version: 2,
            from_stage: StageText(Stage::None),
            to_stage: StageText(Stage::Staging),
            actor: "quant".to_owned(),
            reason: "looks right".to_owned(),
            at_ms: 40,
        };
        rows::insert_transition(&mut tx, &told).await.unwrap();
        rows::delete_version(&mut tx, "gone", 2).await.unwrap();
        assert_eq!(rows::next_version(&mut tx, "gone").await.unwrap(), 3);
        (tx, ())
    })
    .await;
    let history = rows::transitions(store.pool(), "gone").await.unwrap();
    assert_eq!(
        (history[0].to_stage.0, history[0].reason.as_str()),
        (Stage::Staging, "looks right")
    );
}

/// What a deleted model of the name did stays, but is not the new one's.
pub async fn a_former_model_keeps_its_history(store: &Store) {
    let moved = |id: &str, at_ms| TransitionRow {
        transition_id: id.to_owned(),
        name: "again".to_owned(),
        version: 1,
        from_stage: StageText(Stage::None),
        to_stage: StageText(Stage::Staging),
        actor: "quant".to_owned(),
        reason: id.to_owned(),
        at_ms,
    };
    let (former, own) = (moved("t-former", 50), moved("t-own", 50));
    write(store, |mut tx| async move {
        add(&mut tx, "again", 2).await;
        rows::insert_transition(&mut tx, &former).await.unwrap();
        assert_eq!(rows::delete_model(&mut tx, "again").await.unwrap(), 1);
        add(&mut tx, "again", 1).await;
        rows::insert_transition(&mut tx, &own).await.unwrap();
        rows::rename_model(&mut tx, "again", "renamed", 60)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let history = rows::transitions(store.pool(), "renamed").await.unwrap();
    let told: Vec<&str> = history.iter().map(|t| t.reason.as_str()).collect();
    assert_eq!(told, ["t-own"]);
    let kept: Vec<(String, bool)> =
        store::sql::sql("select name, former from stage_transitions where reason = 't-former'")
            .all(store.pool())
            .await
            .unwrap();
    assert_eq!(kept, [("again".to_owned(), true)]);
}

/// Eight writers that each read the stage under the model's lock and move it on: no move is lost.
pub async fn two_who_promote_are_served_in_turn(store: &Store) {
    write(store, |mut tx| async move {
        add(&mut tx, "contested", 1).await;
        (tx, ())
    })
    .await;
    let writers = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            rows::lock_model(&mut tx, "contested")
                .await
                .unwrap()
                .unwrap();
            let seen = rows::version(&mut tx, "contested", 1)
                .await
                .unwrap()
                .unwrap()
                .updated_at_ms;
            rows::set_stage(&mut tx, "contested", 1, Stage::None, seen + 1)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let row = rows::version(store.pool(), "contested", 1)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.updated_at_ms, 18);
}
