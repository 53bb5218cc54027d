//! Where a version's files are: in this workspace, or somewhere that only the client reaches.

use domain::artifact::{ArtifactLocations, ArtifactUri};
use store::registry::VersionRow;

use super::find::get_version_row;
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
    /// Where the files of a copied version stand, when that is outside of the workspace.
    pub source: Option<String>,
}

/// Accepts this workspace's own addresses, and remote ones that are stored and never opened. Anything that names a place
/// on this machine is refused.
pub(super) async fn locate(
    ctx: &Context,
    source: &str,
    run_id: Option<&str>,
    model_id: Option<&str>,
) -> Result<Located> {
    let uri = match (
        ArtifactUri::parse("source", source),
        ctx.workspace.artifact_locations,
    ) {
        (Ok(uri), _) => uri,
        // Kept as it is; `External` is never opened.
        (Err(_), ArtifactLocations::Any) => ArtifactUri::External(source.to_owned()),
        (Err(invalid), ArtifactLocations::Known) => return Err(invalid.into()),
    };
    // Files elsewhere may come from a run of another server, as in MLflow; those here come from one that is here.
    if let (Some(run_id), ArtifactUri::Proxied(_) | ArtifactUri::Run { .. }) = (run_id, &uri) {
        crate::tracking::run(ctx, run_id).await?;
    }
    let run_id = run_id.map(str::to_owned);
    let model_id = model_id.filter(|id| !id.is_empty());
    let mut located = match uri {
        ArtifactUri::Proxied(path) => Located {
            artifact_path: Some(path.as_str().to_owned()),
            run_id,
            ..Located::default()
        },
        ArtifactUri::Run {
            run_id: of_run,
            path,
        } => {
            crate::tracking::run(ctx, &of_run).await?;
            let root = run_artifact_path(ctx, &of_run).await?;
            let artifact_path = root.map(|root| format!("{root}/{}", path.as_str()));
            Located {
                artifact_path,
                run_id: run_id.or(Some(of_run)),
                ..Located::default()
            }
        }
        ArtifactUri::Model(id) if id.starts_with("m-") && !id.contains('/') => {
            of_logged_model(ctx, &id, run_id).await?
        }
        ArtifactUri::Model(address) => of_version(ctx, &address, run_id).await?,
        ArtifactUri::External(_) => Located {
            run_id,
            ..Located::default()
        },
    };
    if let (Some(id), None) = (model_id, &located.model_id) {
        let of_model = of_logged_model(ctx, id, located.run_id.take()).await?;
        located.run_id = of_model.run_id;
        located.model_id = of_model.model_id;
    }
    Ok(located)
}

/// A copy of a registered version stands where the version itself stands.
async fn of_version(ctx: &Context, address: &str, run_id: Option<String>) -> Result<Located> {
    let parsed = address
        .rsplit_once('/')
        .and_then(|(name, version)| Some((name, version.parse().ok()?)));
    let Some((name, version)) = parsed else {
        return Err(ServiceError::invalid(
            "source",
            format!(
                "Invalid value 'models:/{address}' for parameter 'source' supplied: expected models:/<model id> or models:/<name>/<version>."
            ),
        ));
    };
    let row = get_version_row(ctx, name, version).await?;
    Ok(Located {
        source: row.artifact_path.is_none().then_some(row.source),
        artifact_path: row.artifact_path,
        run_id: run_id.or(row.run_id),
        model_id: row.model_id,
    })
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
        source: None,
    })
}

/// What `get-download-uri` answers: an address that a client downloads from.
pub fn download_uri(row: &VersionRow) -> String {
    match &row.artifact_path {
        Some(path) => format!("mlflow-artifacts:/{path}"),
        None => row.source.clone(),
    }
}
