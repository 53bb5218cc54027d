//! Registered models, versions, aliases, tags, gate files and the history of stage moves.

mod gate_files;
mod models;
mod versions;

pub use gate_files::*;
pub use models::*;
pub use versions::*;
