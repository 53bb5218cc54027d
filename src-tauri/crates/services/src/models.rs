//! The files of a registered version: their manifest, and a verified copy on disk for ONNX Runtime.

use std::path::{Path, PathBuf};

use domain::artifact::Digest;
use engine::CachedModel;
use engine::job::{Sample, SampleInputs};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::registry::VersionRow;
use tokio::io::AsyncWriteExt as _;

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::inspection::ModelSource;
use crate::registry::get_version_row;

/// One file of a model, relative to the model's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelFile {
    pub path: String,
    #[specta(type = specta_typescript::Number)]
    pub size_bytes: i64,
    pub sha256: String,
}

/// All files of a model, sorted by path, and one digest over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub files: Vec<ModelFile>,
    /// SHA-256 over the lines `<sha256>  <path>\n`, as `sha256sum` prints them for the sorted files.
    pub digest: String,
    pub size_bytes: i64,
}

impl Manifest {
    /// Whether there is anything that ONNX Runtime could run.
    pub(crate) fn has_onnx(&self) -> bool {
        self.files.iter().any(|file| is_onnx(&file.path))
    }
}

fn is_onnx(path: &str) -> bool {
    path.ends_with(".onnx")
}

/// A verified copy of a version's files.
#[derive(Debug, Clone)]
pub struct MaterialisedModel {
    pub dir: PathBuf,
    pub onnx_path: PathBuf,
    pub digest: String,
    pub size_bytes: i64,
    pub files: Vec<ModelFile>,
    /// `serving_input_example.json` or `input_example.json`, where one was logged.
    pub input_example: Option<PathBuf>,
    /// `expected_output.json`, from the model's folder or its run.
    pub expected_output: Option<PathBuf>,
}

/// Inputs are generated where none were logged, always from the same seed.
pub(crate) const SEED: u64 = 7;
const LOGGED: &str = "logged input example";

/// The same for a worker, which makes the inputs itself: only there the model is loaded.
pub async fn sample_of(files: &MaterialisedModel) -> Result<SampleInputs> {
    let Some(path) = &files.input_example else {
        return Ok(SampleInputs::Generated {
            rows: 1,
            seed: SEED,
        });
    };
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(ServiceError::io(format!("cannot read {}", path.display())))?;
    Ok(SampleInputs::Example {
        text,
        label: LOGGED.to_owned(),
    })
}

/// The logged input example of a version, else one generated row.
pub async fn sample_inputs(files: &MaterialisedModel, model: &CachedModel) -> Result<Sample> {
    let Some(path) = &files.input_example else {
        let inputs = engine::inputs::generate(model.signature(), 1, SEED)?;
        return Ok(Sample {
            inputs,
            label: format!("generated, seed {SEED}"),
        });
    };
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(ServiceError::io(format!("cannot read {}", path.display())))?;
    let inputs = engine::example::parse(&text, model.signature())?;
    Ok(Sample {
        inputs,
        label: LOGGED.to_owned(),
    })
}

/// The files of any model that is to be run, and what reports call it. `ctx` is needed for what stands in a workspace.
pub(crate) async fn to_run(
    ctx: Option<&Context>,
    source: ModelSource,
) -> Result<(String, MaterialisedModel)> {
    let need = || {
        ctx.ok_or_else(|| ServiceError::state("no workspace is open that could hold this model"))
    };
    match source {
        ModelSource::Version(input) => {
            let files = materialise(need()?, &input.name, input.version).await?;
            Ok((format!("{} v{}", input.name, input.version), files))
        }
        ModelSource::Artifact { file } => {
            let path = crate::artifact_view::model_path(need()?, &file).await?;
            Ok((file.path, of_path(path).await?))
        }
        ModelSource::File { path } => {
            let path = std::path::absolute(&path).unwrap_or(path);
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok((name, of_path(path).await?))
        }
    }
}

async fn of_path(path: PathBuf) -> Result<MaterialisedModel> {
    let digest = hash_file(&path)
        .await
        .ok_or_else(|| ServiceError::not_found(format!("{} cannot be read", path.display())))?;
    Ok(MaterialisedModel::of_file(path, digest))
}

impl MaterialisedModel {
    /// A file outside any registry: no example, no expectation.
    pub(crate) fn of_file(path: PathBuf, digest: String) -> Self {
        Self {
            dir: path.parent().map(Path::to_owned).unwrap_or_default(),
            onnx_path: path,
            digest,
            size_bytes: 0,
            files: Vec::new(),
            input_example: None,
            expected_output: None,
        }
    }
}

impl MaterialisedModel {
    /// A file on disk with what lies beside it: its external weights, an input example, the outputs expected of it.
    pub(crate) async fn beside(path: PathBuf) -> Result<Self> {
        let report = crate::inspection::inspect_file(path.clone()).await?;
        let unread = || ServiceError::not_found(format!("{} cannot be read", path.display()));
        let digest = hash_file(&path).await.ok_or_else(unread)?;
        let mut files = vec![ModelFile {
            path: report.file_name.clone(),
            size_bytes: i64::try_from(report.size_bytes).unwrap_or(i64::MAX),
            sha256: digest.clone(),
        }];
        let mut model = Self::of_file(path, digest);
        for external in &report.external_files {
            let found = hash_file(&model.dir.join(&external.location)).await;
            if let (Some(sha256), Some(size)) = (found, external.size_bytes) {
                files.push(ModelFile {
                    path: external.location.clone(),
                    size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
                    sha256,
                });
            }
        }
        model.size_bytes = files.iter().map(|file| file.size_bytes).sum();
        model.files = files;
        let there = |name: &str| Some(model.dir.join(name)).filter(|path| path.is_file());
        model.input_example =
            there("serving_input_example.json").or_else(|| there("input_example.json"));
        model.expected_output = there("expected_output.json");
        Ok(model)
    }
}

/// The manifest of what stands under an artifact path; `None` while nothing does.
pub async fn manifest(ctx: &Context, artifact_path: &str) -> Result<Option<Manifest>> {
    let rows = crate::artifacts::files_under(ctx, artifact_path).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let files: Vec<ModelFile> = rows
        .into_iter()
        .map(|row| ModelFile {
            path: row.path[artifact_path.len()..]
                .trim_start_matches('/')
                .to_owned(),
            size_bytes: row.size_bytes,
            sha256: row.sha256,
        })
        .collect();
    let mut hash = Sha256::new();
    for file in &files {
        hash.update(format!("{}  {}\n", file.sha256, file.path));
    }
    Ok(Some(Manifest {
        size_bytes: files.iter().map(|f| f.size_bytes).sum(),
        digest: hex::encode(hash.finalize()),
        files,
    }))
}

/// The manifest of a version as it was registered. Files that changed since are an error: evidence would not hold.
pub async fn version_manifest(ctx: &Context, row: &VersionRow) -> Result<Manifest> {
    let path = row.artifact_path.as_deref().ok_or_else(|| {
        ServiceError::state(format!(
            "the files of {} v{} stand at {}, which only a client reaches; log the model into this workspace",
            row.name, row.version, row.source
        ))
    })?;
    let now = manifest(ctx, path).await?.ok_or_else(|| {
        ServiceError::not_found(format!(
            "{} v{} has no files at {}",
            row.name, row.version, row.source
        ))
    })?;
    match &row.digest {
        Some(digest) if *digest != now.digest => Err(ServiceError::state(format!(
            "the files of {} v{} changed after it was registered: sha256 {} then, {} now; register a new version",
            row.name,
            row.version,
            &digest[..12.min(digest.len())],
            &now.digest[..12]
        ))),
        _ => Ok(now),
    }
}

/// What is asked of a copy that stands in the cache already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Its bytes are hashed again: it will be run, and what is measured of it is evidence.
    Hashed,
    /// Its size is looked at: its bytes were hashed as they were written, into a folder that is named by their digest.
    Sized,
}

/// Copies a version's files into the model cache, hashing every byte on the way; a copy that is there is hashed again.
pub async fn materialise(ctx: &Context, name: &str, version: i64) -> Result<MaterialisedModel> {
    copied(ctx, name, version, Standing::Hashed).await
}

/// The same for a look at what the model is, which nothing rests on: a copy that is there is not read again.
pub(crate) async fn materialise_to_look(
    ctx: &Context,
    name: &str,
    version: i64,
) -> Result<MaterialisedModel> {
    copied(ctx, name, version, Standing::Sized).await
}

async fn copied(
    ctx: &Context,
    name: &str,
    version: i64,
    standing: Standing,
) -> Result<MaterialisedModel> {
    let row = get_version_row(ctx, name, version).await?;
    let manifest = version_manifest(ctx, &row).await?;
    let dir = ctx.workspace.folders.models().join(&manifest.digest);
    // Before anything is copied: what cannot be run need not be here.
    let onnx_path = onnx_file(&manifest, &dir, name, version)?;
    for file in &manifest.files {
        fetch(ctx, file, &dir.join(&file.path), standing).await?;
    }
    let input_example = ["serving_input_example.json", "input_example.json"]
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.is_file());
    let expected_output = expected_output(ctx, &row, &dir, standing).await?;
    Ok(MaterialisedModel {
        onnx_path,
        digest: manifest.digest,
        size_bytes: manifest.size_bytes,
        files: manifest.files,
        dir,
        input_example,
        expected_output,
    })
}

/// A verified copy of one file with the files beside it, where they are few and not large: weights of an ONNX model may
/// stand in a file of their own. A file alone at a run's root is copied alone.
pub(crate) async fn with_neighbours(ctx: &Context, artifact_path: &str) -> Result<PathBuf> {
    const FILES_MAX: usize = 64;
    let (folder, name) = artifact_path
        .rsplit_once('/')
        .unwrap_or(("", artifact_path));
    let nested = folder.split('/').count() > 3;
    let beside = match manifest(ctx, folder).await? {
        Some(manifest) if nested && manifest.files.len() <= FILES_MAX => Some(manifest),
        _ => None,
    };
    let manifest = match beside {
        Some(manifest) => manifest,
        None => manifest_of_one(ctx, artifact_path, name).await?,
    };
    let dir = ctx.workspace.folders.models().join(&manifest.digest);
    for file in &manifest.files {
        fetch(ctx, file, &dir.join(&file.path), Standing::Hashed).await?;
    }
    Ok(dir.join(name))
}

async fn manifest_of_one(ctx: &Context, artifact_path: &str, name: &str) -> Result<Manifest> {
    let mut manifest = manifest(ctx, artifact_path)
        .await?
        .ok_or_else(|| ServiceError::not_found(format!("No such artifact: '{artifact_path}'")))?;
    for file in &mut manifest.files {
        file.path = name.to_owned();
    }
    Ok(manifest)
}

/// The one `.onnx` file, or `model.onnx` where there are several.
fn onnx_file(manifest: &Manifest, dir: &Path, name: &str, version: i64) -> Result<PathBuf> {
    let graphs: Vec<&ModelFile> = manifest.files.iter().filter(|f| is_onnx(&f.path)).collect();
    let chosen = match graphs.as_slice() {
        [one] => Some(*one),
        several => several
            .iter()
            .copied()
            .find(|f| f.path.ends_with("model.onnx")),
    };
    let chosen = chosen.ok_or_else(|| {
        let files: Vec<&str> = manifest.files.iter().map(|f| f.path.as_str()).take(8).collect();
        ServiceError::state(format!(
            "{name} v{version} has no .onnx file to run; it holds {}. Log it with mlflow.onnx.log_model",
            files.join(", ")
        ))
    })?;
    Ok(dir.join(&chosen.path))
}

/// What the trainer expects for the input example: beside the model, else among the run's artifacts.
async fn expected_output(
    ctx: &Context,
    row: &VersionRow,
    dir: &Path,
    standing: Standing,
) -> Result<Option<PathBuf>> {
    let beside = dir.join("expected_output.json");
    if beside.is_file() {
        return Ok(Some(beside));
    }
    let Some(run_id) = &row.run_id else {
        return Ok(None);
    };
    let Some(root) = crate::tracking::run_artifact_path(ctx, run_id).await? else {
        return Ok(None);
    };
    let wanted = format!("{root}/expected_output.json");
    let found = crate::artifacts::files_under(ctx, &wanted)
        .await?
        .into_iter()
        .find(|file| file.path == wanted);
    let Some(file) = found else { return Ok(None) };
    // Runs share the cache folder of equal models, so the expectation is named by its own digest.
    let target = ctx
        .workspace
        .folders
        .models()
        .join("expected")
        .join(format!("{}.json", file.sha256));
    let file = ModelFile {
        path: file.path,
        size_bytes: file.size_bytes,
        sha256: file.sha256,
    };
    fetch(ctx, &file, &target, standing).await?;
    Ok(Some(target))
}

/// One verified file: written beside its place, hashed, then moved there, so that a reader sees all of it or nothing.
async fn fetch(ctx: &Context, file: &ModelFile, target: &Path, standing: Standing) -> Result<()> {
    let is_good = match standing {
        Standing::Hashed => hash_file(target).await.as_ref() == Some(&file.sha256),
        Standing::Sized => tokio::fs::metadata(target)
            .await
            .is_ok_and(|found| i64::try_from(found.len()) == Ok(file.size_bytes)),
    };
    if is_good {
        return Ok(());
    }
    let digest = Digest::parse(&file.sha256)?;
    let mut bytes = ctx.artifacts.read(&digest).await?.ok_or_else(|| {
        ServiceError::not_found(format!(
            "the bytes of {} (sha256 {}) are gone from the store",
            file.path, file.sha256
        ))
    })?;
    let failed = |source| ServiceError::Io {
        doing: format!("cannot write {}", target.display()),
        source,
    };
    if let Some(folder) = target.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    }
    let temporary = target.with_extension(format!("{}.part", uuid::Uuid::new_v4().simple()));
    let mut out = tokio::fs::File::create_new(&temporary)
        .await
        .map_err(failed)?;
    let mut hash = Sha256::new();
    while let Some(chunk) = bytes.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(source) => {
                let _ = tokio::fs::remove_file(&temporary).await;
                return Err(broken_off(file, target, source));
            }
        };
        hash.update(&chunk);
        out.write_all(&chunk).await.map_err(failed)?;
    }
    out.flush().await.map_err(failed)?;
    let found = hex::encode(hash.finalize());
    if found != file.sha256 {
        let _ = tokio::fs::remove_file(&temporary).await;
        return Err(ServiceError::state(format!(
            "{} is damaged in the store: sha256 is {found}, was {} when it was logged",
            file.path, file.sha256
        )));
    }
    tokio::fs::rename(&temporary, target).await.map_err(failed)
}

/// The store hashes what it gives out, and lets the last bytes go only when they are right.
fn broken_off(file: &ModelFile, target: &Path, source: std::io::Error) -> ServiceError {
    if source.kind() == std::io::ErrorKind::InvalidData {
        return ServiceError::state(format!("{} is damaged in the store: {source}", file.path));
    }
    ServiceError::Io {
        doing: format!("cannot fetch {} to {}", file.path, target.display()),
        source,
    }
}

/// SHA-256 of a file, in hex; `None` when it cannot be read.
pub(crate) async fn hash_file(path: &Path) -> Option<String> {
    let path = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        let mut file = std::fs::File::open(path).ok()?;
        let mut hash = Sha256::new();
        std::io::copy(&mut file, &mut hash).ok()?;
        Some(hex::encode(hash.finalize()))
    });
    hashed.await.ok().flatten()
}
