//! Would this connection open a workspace? Every part of the way is tried in order, each with its own verdict, so that
//! a person knows which of name, network, certificate, password or permission to mend.

mod bucket;
mod database;
mod network;
mod report;
mod steps;
mod storage;
mod tls;

use super::known::TeamPlace;
use super::secret::TeamSecrets;
use crate::Clock;
use crate::error::Result;
use steps::Steps;

pub use report::{CheckFault, CheckId, CheckReport, CheckState, CheckStep, CheckWatch};

/// Tries the whole way. What it writes, it takes back.
pub async fn check_connection(
    place: &TeamPlace,
    secrets: &TeamSecrets,
    clock: &Clock,
    watch: CheckWatch<'_>,
) -> Result<CheckReport> {
    crate::tls::install();
    let mut steps = Steps::new(watch, clock);
    let known = database::check(&mut steps, &place.database, secrets).await?;
    steps.skip_rest(&CheckId::DATABASE);
    storage::check(&mut steps, &place.storage, secrets, clock, known.as_ref()).await?;
    steps.skip_rest(&CheckId::STORAGE);
    Ok(steps.report())
}
