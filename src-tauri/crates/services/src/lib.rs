//! The use cases. Each is a function of a [`Context`] and an actor: permit, transaction, audit, publish what changed.
//!
//! Three shells call them: the desktop window, the HTTP server and the command line. Siblings below (store, artifacts,
//! onnx, engine) never know each other; they meet here.

pub mod artifact_view;
pub mod artifacts;
pub mod audit;
pub mod benchmark;
mod change;
mod change_feed;
mod clock;
pub mod configured;
mod conflict;
mod context;
pub mod cost;
pub mod datasets;
pub mod deployment;
pub mod diff;
pub mod engine;
mod error;
pub mod gates;
pub mod import;
pub mod inference;
pub mod inspection;
pub mod lab;
pub mod memory;
pub mod models;
pub mod monitoring;
mod page;
pub mod profile;
pub mod prove;
pub mod registry;
pub mod runtime;
mod search;
pub mod server;
pub mod serving;
pub mod sweep;
pub mod tls;
pub mod traces;
pub mod tracking;
pub mod training;
pub mod trees;
pub mod webhooks;
pub mod weights;
pub mod workspace;
mod yaml;

pub use change::{ChangeHub, ChangeKind, ChangeTag};
pub use clock::Clock;
pub use context::{Context, Workspace};
pub use error::{Result, ServiceError};
pub use page::Paged;
pub use search::SearchQuery;
pub use store::Trouble;
