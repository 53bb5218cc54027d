//! Closing the window: at once when nothing ends with it; else the window names what does, and asks.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use services::workspace::{Activity, activity};
use tauri::{AppHandle, Manager as _, Window, WindowEvent};
use tauri_specta::Event as _;

use crate::commands::events::CloseAsked;
use crate::desk::Desk;

/// A second request after this time closes: a page that hangs must not keep its window open.
const PATIENCE: Duration = Duration::from_secs(2);

/// When the window was asked whether it may close; empty while nobody waits for its answer.
#[derive(Debug, Default)]
pub struct Closing(Mutex<Option<Instant>>);

impl Closing {
    /// Whether this request closes. Otherwise the question stands, or goes on standing.
    fn is_granted(&self, now: Instant, nothing_ends: bool) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if nothing_ends || asked.is_some_and(|at| now.duration_since(at) >= PATIENCE) {
            return true;
        }
        asked.get_or_insert(now);
        false
    }

    pub fn stay(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What would end if this workspace were closed now.
pub fn endings(desk: &Desk) -> Activity {
    let tasks = desk.tasks_running();
    match desk.open_now() {
        Some(open) => activity(&open.ctx, tasks),
        None => Activity {
            tasks,
            ..Activity::default()
        },
    }
}

pub fn window_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else {
        return;
    };
    let app = window.app_handle();
    let Some(desk) = app.try_state::<std::sync::Arc<Desk>>() else {
        return;
    };
    let ends = endings(&desk);
    if desk
        .closing
        .is_granted(Instant::now(), ends == Activity::default())
    {
        return;
    }
    api.prevent_close();
    let _ = CloseAsked { activity: ends }.emit(app);
}

/// The menu's Quit asks like the window's own button.
pub fn request(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_granted_when_nothing_ends_or_nobody_answers() {
        let start = Instant::now();
        let closing = Closing::default();
        assert!(closing.is_granted(start, true));
        assert!(!closing.is_granted(start, false));
        assert!(!closing.is_granted(start + PATIENCE / 2, false));
        assert!(closing.is_granted(start + PATIENCE, false));
        closing.stay();
        assert!(!closing.is_granted(start + PATIENCE, false));
    }
}
