//! Tests of the whole house without its window: the store on both databases, the real MLflow client, faults.
//!
//! This library holds what they share; `e2e/` drives the real window and `python/` the real client.

pub mod certificates;
pub mod faults;
pub mod postgres;
pub mod s3;
