//! The model registry: names, versions, stages, aliases, and the history of who moved what and why.

mod change;
mod compare;
mod detail;
mod find;
pub(crate) mod import;
mod models;
mod production;
mod search;
mod signature;
mod source;
mod stages;
mod versions;
mod view;

pub use compare::{
    CompareInput, FilePair, GatePair, MetricPair, TextPair, VersionComparison, compare_versions,
};
pub use detail::{VersionDetail, model_detail, version_detail};
pub use find::{get_model_row, get_version_row};
pub use models::{
    AliasInput, RemoveAliasInput, create_model, delete_alias, delete_model, delete_model_tag,
    list_models, rename_model, set_alias, set_model_tag, update_model, version_by_alias,
};
pub use production::{ProductionOnInput, StoodInProduction, production_on};
pub use search::{model_view, search_models, search_versions, version_view};
pub(crate) use signature::declared_columns;
pub use signature::{Signature, SignatureField, SignatureOrigin};
pub use source::download_uri;
pub(crate) use stages::move_stage;
pub use stages::{PromoteInput, Transition, promote, transition};
pub use store::registry::VersionRow;
pub use versions::{
    CreateVersion, create_version, delete_version, delete_version_tag, latest_versions,
    set_version_tag, update_version,
};
pub use view::{
    Alias, GateSummary, ModelDetail, ModelVersion, ModelView, RegisteredModel, StageTransition,
    VersionInput, VersionView, model_views, version_views,
};
