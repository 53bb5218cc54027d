//! What a worker can be asked to do: one [`Job`] for each thing that runs a model in the lab.
//!
//! A job is plain data that knows how to carry itself out on a [`Bench`]. It travels to a worker process, runs there, tells
//! its progress and answers; see [`crate::worker`]. Tests may run one in their own process: `job.run(&mut Bench::new(None), ..)`.

mod bench;
mod benchmark;
mod ceiling;
mod compat;
mod inference;
mod list;
mod pack;
mod ping;
mod profile;
mod prove;
mod run;
mod sample;
mod shapes;
mod smoke;
mod sweep;
mod trees;

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{CancelToken, EngineError};

pub use bench::Bench;
pub use benchmark::{AgainstJob, BenchmarkAnswer, BenchmarkJob};
pub use ceiling::CeilingJob;
pub use compat::CompatJob;
pub use inference::InferenceJob;
pub use list::{Handler, handler, list};
pub(crate) use list::{pack, unpack};
pub use pack::PackJob;
pub use ping::Ping;
pub use profile::ProfileJob;
pub use prove::{CompareAgainst, CompareJob, DeterminismJob, DivergenceJob, RecordJob};
pub use run::{RunAnswer, RunJob};
pub use sample::{Sample, SampleInputs};
pub use shapes::{ShapesAnswer, ShapesJob};
pub use smoke::{SmokeAnswer, SmokeJob, SmokeLoaded};
pub use sweep::SweepPointJob;
pub use trees::{FollowRowJob, TreeCoverJob};

/// One thing that a worker does.
pub trait Job: Serialize + DeserializeOwned {
    /// Under which it is found in the worker; one word, as the capability is called everywhere.
    const NAME: &'static str;
    type Progress: Serialize + DeserializeOwned;
    type Answer: Serialize + DeserializeOwned;

    /// Files that the worker may read; each brings its folder, for weights may lie beside a model. Absolute paths.
    fn reads(&self) -> Vec<PathBuf>;

    /// Folders that the worker may write into: none, usually.
    fn writes(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Whether a graphics card is used: the worker may then open the devices, and the kernel's limit on memory, which
    /// drivers cannot live with, gives way to the watch on what is resident.
    fn uses_gpu(&self) -> bool {
        false
    }

    /// Does it. Blocks; `cancel` is seen between steps and ends a run of the model under way.
    ///
    /// # Errors
    /// Whatever goes wrong, as it would in one process.
    fn run(
        self,
        bench: &mut Bench,
        progress: &mut dyn FnMut(Self::Progress),
        cancel: &CancelToken,
    ) -> Result<Self::Answer, EngineError>;
}
