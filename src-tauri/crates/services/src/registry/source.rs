//! Where a version's files are: in this workspace, or somewhere that only the client reaches.

use domain::artifact::ArtifactUri;
use store::registry::VersionRow;

use crate::Context;
use crate::error::{Result, ServiceError};
use crate::tracking::{logged_model, run_artifact_path};

/// A source, resolved once at registration.
#[derive(Debug, Clone, Default)]
pub(super) struct Located {
    /// Path under the artifact root; `None` when the files stand elsewhere.
    pub artifact_path: Option<String>,
    pub run_id: Option<String>,
    pub model_id: Option<String>,
}

/// Accepts this workspace's own addresses, and remote ones that are stored and never opened. Anything that names a place
/// on this machine is refused.
pub(super) async fn locate(
    ctx: &Context,
    source: &str,
    run_id: Option<&str>,
    model_id: Option<&str>,
) -> Result<Located> {
    let uri = ArtifactUri::parse("source", source)?;
    if let Some(run_id) = run_id {
        // A version names its run or none; it never names one that is not there.
        crate::tracking::run(ctx, run_id).await?;
    }
    let run_id = run_id.map(str::to_owned);
    let model_id = model_id.filter(|id| !id.is_empty());
    let mut located = match uri {
        ArtifactUri::Proxied(path) => Located {
            artifact_path: Some(path.as_str().to_owned()),
            run_id,
            model_id: None,
        },
        ArtifactUri::Run {
            run_id: of_run,
            path,
        } => {
            let root = run_artifact_path(ctx, &of_run).await?;
            let artifact_path = root.map(|root| format!("{root}/{}", path.as_str()));
            Located {
                artifact_path,
                run_id: run_id.or(Some(of_run)),
                model_id: None,
            }
        }
        ArtifactUri::Model(id) if id.starts_with("m-") => of_logged_model(ctx, &id, run_id).await?,
        ArtifactUri::Model(other) => {
            return Err(ServiceError::invalid(
                "source",
                format!(
                    "'models:/{other}' names a registered version; register the logged model or the run it came from"
                ),
            ));
        }
        ArtifactUri::External(_) => Located {
            artifact_path: None,
            run_id,
            model_id: None,
        },
    };
    if let (Some(id), None) = (model_id, &located.model_id) {
        let of_model = of_logged_model(ctx, id, located.run_id.take()).await?;
        located.run_id = of_model.run_id;
        located.model_id = of_model.model_id;
    }
    Ok(located)
}

/// A logged model knows its run, so the client need not name it.
async fn of_logged_model(ctx: &Context, id: &str, run_id: Option<String>) -> Result<Located> {
    let model = logged_model(ctx, id).await?;
    let artifact_path = match ArtifactUri::parse("artifact_uri", &model.artifact_uri) {
        Ok(ArtifactUri::Proxied(path)) => Some(path.as_str().to_owned()),
        _ => None,
    };
    let source_run = model
        .source_run_id
        .as_ref()
        .map(|id| id.as_str().to_owned());
    Ok(Located {
        artifact_path,
        run_id: run_id.or(source_run),
        model_id: Some(id.to_owned()),
    })
}

/// What `get-download-uri` answers: an address that a client downloads from.
pub fn download_uri(row: &VersionRow) -> String {
    match &row.artifact_path {
        Some(path) => format!("mlflow-artifacts:/{path}"),
        None => row.source.clone(),
    }
}
