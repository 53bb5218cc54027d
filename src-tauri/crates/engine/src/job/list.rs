//! Every job that a worker knows, by name.

use serde::Serialize;

use super::{Bench, BenchmarkJob, FollowRowJob, Job, Ping, RunJob, SmokeJob};
use super::{CeilingJob, CompatJob, ShapesJob, TreeCoverJob};
use super::{CompareJob, DeterminismJob, DivergenceJob, RecordJob};
use crate::conformance::CaseJob;
use crate::{CancelToken, EngineError};

type Run =
    fn(&[u8], &mut Bench, &mut dyn FnMut(Vec<u8>), &CancelToken) -> Result<Vec<u8>, EngineError>;

/// How a job is carried out where only its name and its bytes are known.
pub struct Handler {
    pub name: &'static str,
    run: Run,
}

impl Handler {
    pub(crate) fn run(
        &self,
        request: &[u8],
        bench: &mut Bench,
        progress: &mut dyn FnMut(Vec<u8>),
        cancel: &CancelToken,
    ) -> Result<Vec<u8>, EngineError> {
        (self.run)(request, bench, progress, cancel)
    }
}

/// The jobs of the lab. A new one is one line here.
#[must_use]
pub fn list() -> Vec<Handler> {
    vec![
        handler::<Ping>(),
        handler::<RunJob>(),
        handler::<BenchmarkJob>(),
        handler::<FollowRowJob>(),
        handler::<super::PackJob>(),
        handler::<TreeCoverJob>(),
        handler::<super::ProfileJob>(),
        handler::<super::SweepPointJob>(),
        handler::<CaseJob>(),
        handler::<SmokeJob>(),
        handler::<ShapesJob>(),
        handler::<CeilingJob>(),
        handler::<CompareJob>(),
        handler::<RecordJob>(),
        handler::<DivergenceJob>(),
        handler::<DeterminismJob>(),
        handler::<CompatJob>(),
        handler::<super::InferenceJob>(),
    ]
}

/// What a worker needs to do jobs of this kind.
#[must_use]
pub fn handler<J: Job>() -> Handler {
    Handler {
        name: J::NAME,
        run: |request, bench, progress, cancel| {
            let job: J = unpack(request)?;
            let mut tell = |step: J::Progress| {
                // Progress that cannot be packed is not worth a job.
                if let Ok(packed) = pack(&step) {
                    progress(packed);
                }
            };
            pack(&job.run(bench, &mut tell, cancel)?)
        },
    }
}

/// MessagePack with named fields: binary, NaN and infinity kept, bytes as bytes.
pub(crate) fn pack<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EngineError> {
    rmp_serde::to_vec_named(value)
        .map_err(|error| EngineError::run(format!("what is to be sent cannot be packed: {error}")))
}

pub(crate) fn unpack<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, EngineError> {
    rmp_serde::from_slice(bytes)
        .map_err(|error| EngineError::run(format!("what was sent cannot be read: {error}")))
}
