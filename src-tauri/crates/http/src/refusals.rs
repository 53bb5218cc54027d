//! Refused attacks leave a row in the audit log; so many in a while that nobody fills a disk with them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use services::Context;

use crate::error::Suspect;

/// This many rows at once, then one every [`MS_PER_ROW`]: 3 MB a day at the most.
const ROWS_AT_ONCE: i64 = 200;
const MS_PER_ROW: i64 = 10_000;

#[derive(Debug, Clone)]
pub struct Refusals {
    ctx: Context,
    allowance: Arc<Mutex<Allowance>>,
}

/// How many rows may still be written, and how many were not since the last one.
#[derive(Debug, Default)]
struct Allowance {
    /// Until when the rows written so far are paid for.
    paid_until_ms: i64,
    unwritten: u64,
}

impl Allowance {
    /// The number of refusals that were not written before this one, if this one may be.
    fn take(&mut self, now_ms: i64) -> Option<u64> {
        let paid_until_ms = self.paid_until_ms.max(now_ms) + MS_PER_ROW;
        if paid_until_ms - now_ms > ROWS_AT_ONCE * MS_PER_ROW {
            self.unwritten += 1;
            return None;
        }
        self.paid_until_ms = paid_until_ms;
        Some(std::mem::take(&mut self.unwritten))
    }
}

impl Refusals {
    pub fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            allowance: Arc::default(),
        }
    }

    async fn keep(&self, asked: &str, why: &str) {
        let taken = {
            let mut allowance = self
                .allowance
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            allowance.take(self.ctx.now_ms())
        };
        let why = match taken {
            None => return,
            Some(0) => why.to_owned(),
            Some(unwritten) => format!("{why} ({unwritten} more before it)"),
        };
        if let Err(error) = services::audit::request_refused(&self.ctx, asked, &why).await {
            tracing::warn!(%error, asked, "a refused request could not be kept in the audit log");
        }
    }
}

/// Stands before everything else, and looks at what the answers are.
pub async fn remember_refused(
    State(refusals): State<Refusals>,
    request: Request,
    next: Next,
) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let response = next.run(request).await;
    if let Some(Suspect(why)) = response.extensions().get() {
        refusals.keep(&asked, why).await;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_leaves_few_rows_and_its_number() {
        let mut allowance = Allowance::default();
        let written = (0..100_000).filter(|_| allowance.take(5).is_some()).count();
        assert_eq!(written, 200);
        // Ten seconds later one more may be written, and it says how many were not.
        assert_eq!(allowance.take(5 + MS_PER_ROW), Some(99_800));
        assert_eq!(allowance.take(5 + MS_PER_ROW), None);
    }
}
