//! Lookups that must succeed: a name or a number that is not there is an error in the client's words.

use domain::names::check_model_name;
use store::registry::{self as rows, ModelRow, VersionRow};

use crate::Context;
use crate::error::{Result, ServiceError};

/// A model that must be there.
pub async fn get_model_row(ctx: &Context, name: &str) -> Result<ModelRow> {
    check_model_name(name)?;
    rows::model(ctx.store.pool(), name)
        .await?
        .ok_or_else(|| missing(name))
}

/// A version that must be there.
pub async fn get_version_row(ctx: &Context, name: &str, version: i64) -> Result<VersionRow> {
    check_model_name(name)?;
    rows::version(ctx.store.pool(), name, version)
        .await?
        .ok_or_else(|| missing_version(name, version))
}

pub(super) fn missing(name: &str) -> ServiceError {
    ServiceError::not_found(format!("Registered Model with name={name} not found"))
}

pub(super) fn missing_version(name: &str, version: i64) -> ServiceError {
    ServiceError::not_found(format!(
        "Model Version (name={name}, version={version}) not found"
    ))
}
