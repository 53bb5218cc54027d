//! Trying again what the database undid in favour of another transaction.

use std::time::Duration;

use store::Trouble;

use crate::error::{Result, ServiceError};

/// How often one transaction is tried again.
const CONFLICTS_MAX: u32 = 8;

/// Counts how often a transaction was undone.
///
/// ```text
/// let mut conflicts = Conflicts::default();
/// loop {
///     let outcome = change(ctx).await;
///     if !conflicts.again(&outcome).await {
///         return outcome;
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub(crate) struct Conflicts(u32);

impl Conflicts {
    /// True, after a moment, when the same writes may succeed now.
    pub async fn again<T: Sync>(&mut self, outcome: &Result<T>) -> bool {
        let Err(ServiceError::Store(error)) = outcome else {
            return false;
        };
        if error.trouble() != Some(Trouble::Conflict) || self.0 >= CONFLICTS_MAX {
            return false;
        }
        self.0 += 1;
        tracing::debug!(%error, conflicts = self.0, "a transaction is tried again");
        tokio::time::sleep(Duration::from_millis(u64::from(self.0) * 3)).await;
        true
    }
}
