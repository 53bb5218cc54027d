//! What the window asks of registered and logged models, on both databases.

use bytes::Bytes;
use domain::audit::Actor;
use domain::registry::Stage;
use domain::tracking::ModelOutput;
use services::artifact_view::{self, ArtifactOwner, ArtifactRef};
use services::artifacts::ListRunArtifactsInput;
use services::registry::{
    self, CompareInput, CreateVersion, ProductionOnInput, PromoteInput, SignatureOrigin,
    VersionInput,
};
use services::tracking::{self, NewExperiment, NewLoggedModel, NewRun};
use services::{Context, artifacts};

fn actor() -> Actor {
    Actor::new("lead")
}

async fn run(ctx: &Context, experiment: &str) -> (String, String) {
    let new = NewExperiment {
        name: experiment.to_owned(),
        ..NewExperiment::default()
    };
    let experiment = tracking::create_experiment(ctx, &actor(), new).await;
    let experiment_id = experiment.unwrap().into_string();
    let new = NewRun {
        experiment_id: experiment_id.clone(),
        ..NewRun::default()
    };
    let id = tracking::create_run(ctx, new).await.unwrap().info.id;
    (experiment_id, id.into_string())
}

async fn put(ctx: &Context, path: &str, text: &str) {
    let bytes = Bytes::from(text.to_owned());
    artifacts::upload_bytes(ctx, path, bytes).await.unwrap();
}

async fn register(ctx: &Context, name: &str, root: &str, run_id: &str) -> i64 {
    let new = CreateVersion {
        name: name.to_owned(),
        source: format!("mlflow-artifacts:/{root}"),
        run_id: Some(run_id.to_owned()),
        ..CreateVersion::default()
    };
    let made = registry::create_version(ctx, &actor(), new).await;
    made.unwrap().row.version
}

fn version(name: &str, version: i64) -> VersionInput {
    VersionInput {
        name: name.to_owned(),
        version,
    }
}

/// A model that takes the name of a deleted one counts from 1, and nothing of the former's stands in its history.
pub async fn a_name_begins_anew(ctx: &Context) {
    const NAME: &str = "phoenix";
    let (experiment, run_id) = run(ctx, "phoenix").await;
    let root = format!("{experiment}/{run_id}/artifacts/model");
    put(ctx, &format!("{root}/MLmodel"), "flavors: {}\n").await;
    let create = async || {
        let made = registry::create_model(ctx, &actor(), NAME, "", &[]).await;
        made.unwrap()
    };
    create().await;
    for number in 1..=2 {
        assert_eq!(register(ctx, NAME, &root, &run_id).await, number);
    }
    for to in [Stage::Staging, Stage::Production] {
        let input = PromoteInput {
            name: NAME.to_owned(),
            version: 2,
            to,
            reason: String::new(),
        };
        registry::promote(ctx, &actor(), input).await.unwrap();
    }
    registry::delete_model(ctx, &actor(), NAME).await.unwrap();
    let gone = registry::delete_model(ctx, &actor(), NAME).await;
    assert_eq!(gone.unwrap_err().kind(), "not_found");
    // The former's record is closed, and stays.
    let rows: Vec<(i64, String, String)> = store::sql::sql(
        "select version, to_stage, reason from stage_transitions where name = $1 order by at_ms, transition_id",
    )
    .bind(NAME)
    .all(ctx.store.pool())
    .await
    .unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|(version, to, reason)| (*version, to.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (2, "Staging", ""),
            (2, "Production", ""),
            (2, "None", "model deleted")
        ]
    );

    create().await;
    assert_eq!(register(ctx, NAME, &root, &run_id).await, 1);
    let detail = registry::model_detail(ctx, NAME).await.unwrap();
    assert!(detail.transitions.is_empty(), "{:?}", detail.transitions);
    let input = ProductionOnInput {
        name: NAME.to_owned(),
        at_ms: ctx.now_ms(),
    };
    let stood = registry::production_on(ctx, input).await.unwrap();
    assert_eq!(stood, []);
    // A number of its own is still not given twice.
    registry::delete_version(ctx, &actor(), NAME, 1)
        .await
        .unwrap();
    assert_eq!(register(ctx, NAME, &root, &run_id).await, 2);
    // Under another name it keeps its own history, and the former's stays behind.
    registry::rename_model(ctx, &actor(), NAME, "phoenix-2")
        .await
        .unwrap();
    let detail = registry::model_detail(ctx, "phoenix-2").await.unwrap();
    assert_eq!(detail.transitions.len(), 1);
}

const SKLEARN: &str = r#"
flavors:
  sklearn:
    pickled_model: model.pkl
signature:
  inputs: '[{"type": "double", "name": "spread", "required": true}, {"type": "long", "name":
    "venue", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
"#;

/// A model that is not ONNX shows what it declares, and is not copied for it.
pub async fn a_declared_signature_is_shown(ctx: &Context) {
    const NAME: &str = "declared";
    let (experiment, run_id) = run(ctx, "declared").await;
    registry::create_model(ctx, &actor(), NAME, "", &[])
        .await
        .unwrap();
    let files = [
        ("signed", Some(SKLEARN)),
        ("unsigned", Some("flavors: {}\n")),
        ("bare", None),
    ];
    for (folder, mlmodel) in files {
        let root = format!("{experiment}/{run_id}/artifacts/{folder}");
        put(ctx, &format!("{root}/model.pkl"), "never unpickled").await;
        if let Some(mlmodel) = mlmodel {
            put(ctx, &format!("{root}/MLmodel"), mlmodel).await;
        }
        register(ctx, NAME, &root, &run_id).await;
    }
    let copies = || {
        let held = std::fs::read_dir(ctx.workspace.folders.models());
        held.map_or(0, Iterator::count)
    };
    let before = copies();
    let detail = registry::version_detail(ctx, version(NAME, 1))
        .await
        .unwrap();
    assert_eq!((detail.problem, detail.signature_note), (None, None));
    assert_eq!(detail.files.len(), 2);
    let signature = detail.signature.unwrap();
    assert_eq!(signature.origin, SignatureOrigin::MlModel);
    let inputs: Vec<_> = signature
        .inputs
        .iter()
        .map(|field| (field.name.as_str(), field.optional))
        .collect();
    assert_eq!(inputs, [("spread", false), ("venue", true)]);
    assert_eq!(signature.outputs[0].dims, Some(vec!["-1".to_owned()]));
    for (number, words) in [(2, "without a signature"), (3, "No .onnx file")] {
        let detail = registry::version_detail(ctx, version(NAME, number))
            .await
            .unwrap();
        assert_eq!(detail.problem, None);
        let note = detail.signature_note.unwrap();
        assert!(note.contains(words), "{note}");
    }
    let input = CompareInput {
        name: NAME.to_owned(),
        left: 1,
        right: 2,
    };
    let both = registry::compare_versions(ctx, input).await.unwrap();
    let venue = &both.inputs[1];
    assert_eq!(
        (venue.key.as_str(), venue.left.as_deref(), &venue.right),
        ("venue", Some("long, optional"), &None)
    );
    assert_eq!(copies(), before, "a look copied a model");
}

/// Both of two logged models of one name are there to be opened; a deleted one is called deleted.
pub async fn models_of_one_name_are_told_apart(ctx: &Context) {
    let (experiment_id, run_id) = run(ctx, "twice").await;
    let mut ids = Vec::new();
    for text in ["first", "second"] {
        let new = NewLoggedModel {
            experiment_id: experiment_id.clone(),
            name: Some("model".to_owned()),
            source_run_id: Some(run_id.clone()),
            ..NewLoggedModel::default()
        };
        let model = tracking::create_logged_model(ctx, new).await.unwrap();
        let root = format!("{experiment_id}/models/{}/artifacts", model.id);
        put(ctx, &format!("{root}/MLmodel"), text).await;
        let output = ModelOutput {
            model_id: model.id.clone(),
            step: 0,
        };
        tracking::log_outputs(ctx, &run_id, &[output])
            .await
            .unwrap();
        ids.push(model.id.to_string());
    }
    let list = |path: &str| {
        let input = ListRunArtifactsInput {
            run_id: run_id.clone(),
            path: path.to_owned(),
        };
        artifacts::list_run_artifacts(ctx, input)
    };
    let names: Vec<String> = list("")
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.name)
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let detail = tracking::run_detail(ctx, &run_id).await.unwrap();
    let mut seen = Vec::new();
    for (model, text) in ids.iter().zip(["first", "second"]) {
        let shown = detail.models.iter().find(|m| m.model_id == *model).unwrap();
        let folder = shown.folder.clone().unwrap();
        assert!(names.contains(&folder), "{folder} of {names:?}");
        assert!(folder == "model" || folder == format!("model ({model})"));
        let path = format!("{folder}/MLmodel");
        assert_eq!(list(&folder).await.unwrap()[0].path, path);
        let file = ArtifactRef {
            owner: ArtifactOwner::Run {
                run_id: run_id.clone(),
            },
            path,
        };
        let about = artifact_view::about(ctx, &file).await.unwrap();
        assert_eq!(about.size_bytes, i64::try_from(text.len()).unwrap());
        seen.push(folder);
    }
    assert_ne!(seen[0], seen[1]);

    tracking::delete_logged_model(ctx, &ids[0]).await.unwrap();
    let detail = tracking::run_detail(ctx, &run_id).await.unwrap();
    let gone = detail.models.iter().find(|m| m.model_id == ids[0]).unwrap();
    assert_eq!(
        (gone.name.as_deref(), gone.deleted, &gone.folder),
        (Some("model"), true, &None)
    );
    assert_eq!(list("").await.unwrap()[0].name, "model");
}
