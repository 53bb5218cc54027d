//! A workspace in a temporary folder with a tracking server, and a small model that is registered as a client would.

use std::path::Path;

use bytes::Bytes;
use domain::audit::Actor;
use domain::registry::Stage;
use engine::{CancelToken, Runtime};
use http::{ListenOptions, RunningServer};
use serde_json::{Value, json};
use services::deployment::{DeployInput, DeployOutcome, Watch, deploy_to_staging};
use services::gates::Hands;
use services::registry::{self, CreateVersion};
use services::workspace::{Folders, WorkspaceOptions};
use services::{Clock, Context};
use tempfile::TempDir;

pub const MODEL: &str = "probe";
/// Two rows of the model's four features.
const EXAMPLE: [[f32; 4]; 2] = [[0.5, -1.0, 0.25, 2.0], [1.0, 0.0, -0.5, 0.125]];

/// What the trainer logs as expected output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    Right,
    Wrong,
    None,
}

pub struct Desk {
    pub ctx: Context,
    pub actor: Actor,
    server: RunningServer,
    folder: TempDir,
}

impl Desk {
    /// `None`, with the reason printed, on a machine without ONNX Runtime.
    #[allow(clippy::print_stdout)]
    pub async fn open() -> Option<Self> {
        if let Err(error) = Runtime::load(None) {
            println!("skipped: {error}");
            return None;
        }
        Some(Self::start(tempfile::tempdir().unwrap()).await)
    }

    async fn start(folder: TempDir) -> Self {
        let folders = Folders::new(folder.path());
        let options = WorkspaceOptions::local(folders);
        let ctx = Context::open(options, Clock::system()).await.unwrap();
        let listen = ListenOptions {
            port: 0,
            ..ListenOptions::default()
        };
        let server = http::start(&ctx, listen).await.unwrap();
        Self {
            ctx,
            actor: Actor::new("quant"),
            server,
            folder,
        }
    }

    pub async fn close(self) {
        self.server.stop().await;
    }

    /// The process ends and another opens the same folder.
    pub async fn reopen(self) -> Self {
        let Self {
            server,
            folder,
            ctx,
            ..
        } = self;
        server.stop().await;
        drop(ctx);
        Self::start(folder).await
    }

    /// Uploads the files of a version and registers it. Each version has other weights.
    pub async fn register(&self, version: i64, expectation: Expectation) {
        let root = format!("1/models/m-{version}/artifacts");
        let file = self.folder.path().join(format!("{version}.onnx"));
        onnx::write::save(&file, &onnx::fixtures::mlp(4, 4 + version, 3)).unwrap();
        self.upload(&format!("{root}/model.onnx"), std::fs::read(&file).unwrap())
            .await;
        let example = json!({ "inputs": { "x": self.example() } });
        self.upload(
            &format!("{root}/input_example.json"),
            example.to_string().into_bytes(),
        )
        .await;
        let mut outputs = run(&file);
        if expectation == Expectation::Wrong {
            outputs[0][0] = json!(0.999);
        }
        if expectation != Expectation::None {
            let expected = json!({ "outputs": { "y": outputs } });
            self.upload(
                &format!("{root}/expected_output.json"),
                expected.to_string().into_bytes(),
            )
            .await;
        }
        if version == 1 {
            registry::create_model(&self.ctx, &self.actor, MODEL, "", &[])
                .await
                .unwrap();
        }
        let source = format!("mlflow-artifacts:/{root}");
        let new = CreateVersion {
            name: MODEL.to_owned(),
            source,
            ..CreateVersion::default()
        };
        let made = registry::create_version(&self.ctx, &self.actor, new)
            .await
            .unwrap();
        assert_eq!(made.row.version, version);
    }

    async fn upload(&self, path: &str, bytes: Vec<u8>) {
        services::artifacts::upload_bytes(&self.ctx, path, Bytes::from(bytes))
            .await
            .unwrap();
    }

    pub async fn deploy(&self, version: i64) -> services::Result<DeployOutcome> {
        self.deploy_with(version, None).await
    }

    pub async fn deploy_with(
        &self,
        version: i64,
        waiver: Option<&str>,
    ) -> services::Result<DeployOutcome> {
        let reason = "looks right".to_owned();
        let input = DeployInput {
            name: MODEL.to_owned(),
            version,
            reason,
            waiver: waiver.map(str::to_owned),
        };
        let watch = Watch {
            progress: &|_| {},
            cancel: &CancelToken::default(),
        };
        deploy_to_staging(&self.ctx, &Hands::Here, &self.actor, input, watch).await
    }

    /// Every version with its stage, newest first.
    pub async fn stages(&self) -> Vec<(i64, Stage)> {
        let detail = registry::model_detail(&self.ctx, MODEL).await.unwrap();
        detail
            .versions
            .iter()
            .map(|v| (v.version, v.stage))
            .collect()
    }

    /// Flips bytes of a stored model behind the store's back, as a failing disk does.
    pub async fn rot_the_model(&self, version: i64) {
        let path = format!("1/models/m-{version}/artifacts/model.onnx");
        let file = services::artifacts::files_under(&self.ctx, &path)
            .await
            .unwrap()
            .remove(0);
        let blob = self
            .folder
            .path()
            .join("artifacts/blobs")
            .join(&file.sha256[..2])
            .join(&file.sha256);
        let mut bytes = std::fs::read(&blob).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        std::fs::remove_file(&blob).unwrap();
        std::fs::write(&blob, bytes).unwrap();
    }

    pub fn example(&self) -> Value {
        json!(EXAMPLE)
    }

    pub fn expected(&self, version: i64) -> Value {
        run(&self.folder.path().join(format!("{version}.onnx")))
    }

    /// Status and JSON body.
    pub async fn post(&self, url: &str, body: &Value) -> (u16, Value) {
        self.try_post(url, body).await.unwrap()
    }

    /// `None` when nobody listens.
    pub async fn try_post(&self, url: &str, body: &Value) -> Option<(u16, Value)> {
        let answer = reqwest::Client::new()
            .post(url)
            .json(body)
            .send()
            .await
            .ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.unwrap()))
    }
}

/// The model's output for the example, from a session of its own.
fn run(file: &Path) -> Value {
    let runtime = Runtime::load(None).unwrap();
    let model =
        engine::CachedModel::load(&runtime, file, &engine::ModelOptions::default()).unwrap();
    let inputs =
        engine::example::from_json(&json!({ "inputs": { "x": EXAMPLE } }), model.signature())
            .unwrap();
    model
        .run(&inputs, None)
        .unwrap()
        .remove(0)
        .1
        .to_json_nested()
}
