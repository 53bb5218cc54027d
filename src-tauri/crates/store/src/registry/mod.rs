//! Registered models, versions, aliases, tags and the history of stage moves.

mod models;
mod versions;

pub use models::*;
pub use versions::*;
