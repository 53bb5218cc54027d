//! Deleting what the window shows.

use domain::artifact::ArtifactPath;
use domain::audit::Actor;
use store::registry::standing_at;

use super::file::{ArtifactOwner, ArtifactRef, roots};
use crate::Context;
use crate::artifacts::{self, Discarded};
use crate::error::{Result, ServiceError};

/// Moves a run's file or folder to the trash. What a registered version needs stays where it is.
pub async fn trash(ctx: &Context, actor: &Actor, file: &ArtifactRef) -> Result<Discarded> {
    let below = ArtifactPath::parse(&file.path)?;
    if below.is_root() {
        return Err(ServiceError::invalid("path", "Name a file or a folder."));
    }
    if let ArtifactOwner::Version { name, version } = &file.owner {
        return Err(needed(&below, name, *version));
    }
    for root in roots(ctx, &file.owner, &below).await? {
        if let Some((name, version)) = standing_at(ctx.store.pool(), &root).await? {
            return Err(needed(&below, &name, version));
        }
        match artifacts::discard(ctx, actor, root.as_str()).await {
            Err(ServiceError::NotFound { .. }) => {}
            done => return done,
        }
    }
    Err(ServiceError::not_found(format!(
        "No such artifact: '{below}'"
    )))
}

fn needed(path: &ArtifactPath, name: &str, version: i64) -> ServiceError {
    ServiceError::state(format!(
        "'{path}' belongs to {name} v{version} in the registry: delete that version first"
    ))
}
