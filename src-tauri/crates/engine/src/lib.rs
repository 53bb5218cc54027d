//! Running models on ONNX Runtime, and measuring what that costs.
//!
//! The runtime is a shared library that is loaded while the program runs ([`Runtime`]), so that a machine without one
//! still inspects models, and a GPU build can take its place. An [`InferenceEngine`] loads each model once
//! ([`CachedModel`], a pool of sessions), shares it, and drops the least recently used when memory runs short. What runs
//! where is reported from the runtime's own account, never assumed ([`ProviderReport`]).
//!
//! Calls here block: they compute. Async callers wrap them in a blocking task. What the lab runs is a [`job`], and runs in a
//! [`worker`] process. This is the only crate with `unsafe`, in `runtime`, `assignment` and `shapes`, where the runtime's C interface
//! has no safe cover, and where a worker closes what it inherited.

mod assignment;
pub mod benchmark;
mod bound;
mod cache;
mod cancel;
pub mod ceiling;
pub mod compare;
pub mod compat;
pub mod config;
pub mod conformance;
pub mod data;
mod error;
pub mod example;
pub mod fingerprint;
pub mod golden;
pub mod inference;
pub mod inputs;
pub mod job;
mod json;
pub mod memory;
mod model;
pub mod nvml;
mod options;
pub mod pack;
mod packed;
pub mod profile;
mod provider;
mod runtime;
mod session;
pub mod shapes;
mod signature;
pub mod sweep;
pub mod tensor;
pub mod trees;
mod value;
pub mod values;
pub mod worker;

pub use assignment::AssignedNode;
pub use benchmark::{BenchmarkReport, BenchmarkRequest, PercentileBound, Scenario};
pub use bound::BoundRun;
pub use cache::{InferenceEngine, ModelKey};
pub use cancel::CancelToken;
pub use config::{ModelConfig, ModelSource, ModelsConfig};
pub use error::EngineError;
pub use fingerprint::{Fingerprint, host_name};
pub use model::{CachedModel, LoadedReport};
pub use options::{ModelOptions, Optimisation};
pub use provider::{Placement, Provider, ProviderReport};
pub use runtime::{LIBRARY_VARIABLE, PINNED_VERSION, Runtime};
pub use signature::{Port, PortDim, PortKind, Signature};
pub use tensor::{ElementType, Tensor};
pub use values::Value;
pub use worker::{Limits, Workers};
