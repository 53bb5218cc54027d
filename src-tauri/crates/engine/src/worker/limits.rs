//! How much one job may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a worker may use. A job that goes beyond is ended, and its caller told which limit it was.
///
/// Memory is held by the kernel (`RLIMIT_DATA`: what is writable and private, so a request for a terabyte fails at once
/// while a mapped model of gigabytes costs nothing) and watched by the caller (anonymous and shared pages that are
/// resident). `RLIMIT_AS` would count mapped files and what a driver merely reserves; a limit on resident memory alone
/// would come after the pages are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub memory_bytes: u64,
    /// Processor time of one job, all threads together.
    pub cpu: Duration,
    /// From the call to its answer.
    pub wall: Duration,
    pub threads_max: u32,
}

impl Default for Limits {
    /// Three quarters of this machine's memory, and an hour.
    fn default() -> Self {
        Self {
            memory_bytes: machine_memory_bytes() / 4 * 3,
            cpu: Duration::from_secs(24 * 3600),
            wall: Duration::from_secs(3600),
            threads_max: 1024,
        }
    }
}

impl Limits {
    /// The usual limits with another one on the clock: what a job of known length may take.
    #[must_use]
    pub fn within(wall: Duration) -> Self {
        Self {
            wall,
            ..Self::default()
        }
    }
}

fn machine_memory_bytes() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let total = system.total_memory();
    // A machine that does not tell is taken for a small one.
    if total == 0 { 4 << 30 } else { total }
}
