//! Log files: one a day in the workspace's `logs` folder, the last two weeks kept.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

const DAYS_KEPT: usize = 14;

/// Starts logging; lines are written out when the guard is dropped. Only the first call of a process has an effect.
pub fn to_folder(folder: &Path) -> Option<WorkerGuard> {
    // The appender looks for old files before it makes the folder, and complains.
    std::fs::create_dir_all(folder).ok()?;
    let appender = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("drydock")
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let filter = EnvFilter::try_from_env("DRYDOCK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer)
        .try_init()
        .ok()?;
    Some(guard)
}
