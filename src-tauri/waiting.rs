//! A team's database that does not answer: the workspace is opened again until it does, ever less often.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use services::ServiceError;
use services::workspace::known::{KnownWorkspace, Place};
use tauri::AppHandle;

use crate::desk;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(16);

#[derive(Debug, Default)]
struct State {
    failed: u32,
    /// Counts openings: a try that was planned before the last one is not made.
    turn: u64,
    at_ms: Option<i64>,
}

#[derive(Debug, Default)]
pub struct Retries(Mutex<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    turn: u64,
    after: Duration,
}

impl Retries {
    /// Notes how an opening ended; the next try, if it may end otherwise.
    pub fn note(&self, waits: bool, now_ms: i64) -> Option<Retry> {
        let mut state = self.state();
        state.turn += 1;
        if !waits {
            state.failed = 0;
            state.at_ms = None;
            return None;
        }
        let after = LONGEST.min(FIRST * 2_u32.saturating_pow(state.failed.min(8)));
        state.failed += 1;
        state.at_ms = Some(now_ms + i64::try_from(after.as_millis()).unwrap_or(0));
        Some(Retry {
            turn: state.turn,
            after,
        })
    }

    /// When the next try is made.
    pub fn at_ms(&self) -> Option<i64> {
        self.state().at_ms
    }

    fn stands(&self, retry: Retry) -> bool {
        self.state().turn == retry.turn
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn again(app: AppHandle, retry: Retry) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(retry.after).await;
        let desk = desk::of(&app);
        if desk.retries.stands(retry) {
            // How it ended is told to the window by the desk itself.
            let _ = desk.reopen().await;
        }
    });
}

/// What a team's database that may answer later is called; none for what only a person can mend.
pub fn out_of_reach(error: &ServiceError, wanted: Option<KnownWorkspace>) -> Option<String> {
    let ServiceError::Store(error) = error else {
        return None;
    };
    error.trouble()?;
    let wanted = wanted?;
    let Place::Team(team) = &wanted.place else {
        return None;
    };
    Some(format!(
        "the database at {}:{} does not answer",
        team.database.host, team.database.port
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_less_often_and_a_newer_opening_replaces_them() {
        let retries = Retries::default();
        let first = retries.note(true, 1_000).unwrap();
        assert_eq!((first.after, retries.at_ms()), (FIRST, Some(3_000)));
        assert!(retries.stands(first));
        let second = retries.note(true, 5_000).unwrap();
        assert_eq!((second.after, retries.at_ms()), (FIRST * 2, Some(9_000)));
        assert!(!retries.stands(first) && retries.stands(second));
        for _ in 0..40 {
            assert!(retries.note(true, 0).unwrap().after <= LONGEST);
        }
        assert_eq!(retries.note(false, 0), None);
        assert_eq!(retries.at_ms(), None);
        assert_eq!(retries.note(true, 0).unwrap().after, FIRST);
    }
}
