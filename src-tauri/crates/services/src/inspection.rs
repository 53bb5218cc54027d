//! What a model is: read, never run. Works on any file, on every registered version, and on what a run logged.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use onnx::graph::{self, FoundNodes, NodeDetail, SceneView, Undrawn, Way};
use onnx::shapes::Shapes;
use onnx::{Model, ModelReport};
use serde::Deserialize;

use crate::Context;
use crate::artifact_view::{self, ArtifactRef};
use crate::cost::ShapeOrigin;
use crate::engine::blocking;
use crate::error::{Result, ServiceError};
use crate::models::materialise_to_look;
use crate::registry::VersionInput;

/// Where the model is that somebody looks at.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(untagged)]
pub enum ModelSource {
    Version(VersionInput),
    Artifact {
        file: ArtifactRef,
    },
    /// A file on this machine, for which no workspace need be open.
    File {
        path: PathBuf,
    },
}

/// Describes a file on this machine.
pub async fn inspect_file(path: PathBuf) -> Result<ModelReport> {
    blocking(move || Ok(onnx::report(&onnx::open(&path)?))).await
}

/// Describes a registered version, from its verified copy.
pub async fn inspect_version(ctx: &Context, input: VersionInput) -> Result<ModelReport> {
    inspect_file(path_of(ctx, ModelSource::Version(input)).await?).await
}

/// The file to look at: of a version or an artifact, its verified copy.
pub async fn path_of(ctx: &Context, source: ModelSource) -> Result<PathBuf> {
    match source {
        ModelSource::File { path } => Ok(path),
        ModelSource::Artifact { file } => artifact_view::model_path(ctx, &file).await,
        ModelSource::Version(input) => Ok(materialise_to_look(ctx, &input.name, input.version)
            .await?
            .onnx_path),
    }
}

/// The models that were looked at last, kept open from one question to the next.
#[derive(Debug, Default)]
pub struct OpenModels(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// Length and time of the last change: a file that was written again is another one.
    stamp: (u64, SystemTime),
    model: Arc<Model>,
    /// What a runtime inferred, once somebody asked for it.
    shapes: Option<Arc<InferredShapes>>,
}

/// Types and shapes with open dims left open, and who says so.
#[derive(Debug)]
pub struct InferredShapes {
    pub shapes: Shapes,
    pub origin: ShapeOrigin,
}

/// Two that are compared, and the one before.
const KEPT_MAX: usize = 3;

impl OpenModels {
    pub(crate) fn open(&self, path: &Path) -> Result<Arc<Model>> {
        let stamp = std::fs::metadata(path)
            .and_then(|about| Ok((about.len(), about.modified()?)))
            .ok();
        let known = |kept: &Kept| kept.path == path && Some(kept.stamp) == stamp;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(known) {
            let found = kept.remove(at);
            let model = Arc::clone(&found.model);
            kept.push(found);
            return Ok(model);
        }
        let model = Arc::new(onnx::open(path)?);
        if let Some(stamp) = stamp {
            kept.retain(|kept| kept.path != path);
            if kept.len() == KEPT_MAX {
                kept.remove(0);
            }
            kept.push(Kept {
                path: path.to_owned(),
                stamp,
                model: Arc::clone(&model),
                shapes: None,
            });
        }
        Ok(model)
    }

    /// What was inferred of a model that is open.
    pub(crate) fn shapes(&self, path: &Path) -> Option<Arc<InferredShapes>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|kept| kept.path == path)?;
        found.shapes.clone()
    }

    pub(crate) fn keep_shapes(&self, path: &Path, shapes: Shapes, origin: ShapeOrigin) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.iter_mut().find(|kept| kept.path == path) {
            found.shapes = Some(Arc::new(InferredShapes { shapes, origin }));
        }
    }
}

/// A graph of the model, laid out: the bytes of [`graph::Scene::to_bytes`].
pub async fn draw(models: Arc<OpenModels>, path: PathBuf, view: SceneView) -> Result<Vec<u8>> {
    blocking(move || {
        let model = models.open(&path)?;
        match graph::scene(model.proto(), &view) {
            Ok(scene) => Ok(scene.to_bytes()),
            Err(Undrawn::NoGraph) => Err(lost()),
            Err(large @ Undrawn::TooLarge { .. }) => {
                Err(ServiceError::invalid("view", large.to_string()))
            }
        }
    })
    .await
}

/// The nodes of the model that a query finds, in all its graphs.
pub async fn search(models: Arc<OpenModels>, path: PathBuf, query: String) -> Result<FoundNodes> {
    blocking(move || {
        let model = models.open(&path)?;
        graph::search(model.proto(), &query)
            .map_err(|term| ServiceError::invalid("query", term.to_string()))
    })
    .await
}

/// One node of a graph of the model.
pub async fn node(
    models: Arc<OpenModels>,
    path: PathBuf,
    way: Way,
    node: u32,
) -> Result<NodeDetail> {
    blocking(move || {
        let model = models.open(&path)?;
        let known = models.shapes(&path);
        let shapes = known.as_ref().map(|known| &known.shapes);
        graph::node(model.proto(), &way, node, shapes).ok_or_else(lost)
    })
    .await
}

/// The file was written again since it was drawn.
fn lost() -> ServiceError {
    ServiceError::invalid(
        "way",
        "the model has no such graph or node now; close it and open it again",
    )
}
