//! Models run in a process of their own: `drydock worker`, started by whoever has a [`Job`](crate::job::Job) for it.
//!
//! A model is a program that somebody else wrote. It may ask for all memory, never end, or take the process down with it;
//! in a worker that costs one job, and the caller is told what happened ([`EngineError`](crate::EngineError): crashed, out
//! of memory, out of time, refused by the sandbox).
//!
//! [`Workers::call`] is the caller's side, [`serve`] the worker's. They speak in frames over the worker's standard input
//! and output: a kind, a length, MessagePack. Tensors are bytes in it.

mod confine;
mod fault;
mod frame;
mod group;
mod limits;
mod pool;
mod process;
mod serve;
mod spawn;
mod watch;
mod wire;

pub use confine::Protection;
pub use limits::Limits;
pub use pool::{IdleWorker, Use, Workers, WorkersStatus};
pub use process::WorkerReport;
pub use serve::{ARGUMENT, serve};
pub use spawn::Program;
