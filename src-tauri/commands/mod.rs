//! Tauri commands, a file per capability: extract, call a service, answer.

pub mod artifacts;
pub mod benchmark;
mod bytes;
pub mod cost;
pub mod deployment;
mod dialogs;
pub mod diff;
mod error;
pub mod events;
pub mod gates;
pub mod import;
pub mod inference;
pub mod inspection;
pub mod monitoring;
pub mod profile;
pub mod prove;
pub mod registry;
pub mod runtime;
pub mod serving;
pub mod tracking;
pub mod training;
pub mod trees;
pub mod worker;
pub mod workspace;
pub mod workspaces;

pub use error::Answer;

pub type DeskState<'a> = tauri::State<'a, std::sync::Arc<crate::desk::Desk>>;
