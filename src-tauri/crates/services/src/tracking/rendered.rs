//! Runs as they stand on the wire, kept from one search to the next.
//!
//! A run is kept under its revision, which every write to it moves on: what is kept can be old, but is never wrong. The
//! bytes are bounded. Two generations make the cache forget what was not asked for lately without counting anything: when
//! the young one is full it becomes the old one, and what is found in the old one moves over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// Both generations together; a run with 20 metrics and 10 params takes about 3.5 KB.
const BYTES_MAX: usize = 24 * 1024 * 1024;
/// What an entry takes beside its bytes: its id, its place in the table.
const ENTRY_BYTES: usize = 160;

#[derive(Debug, Default)]
pub struct RenderedRuns {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<String, (i64, Bytes)>,
    old: HashMap<String, (i64, Bytes)>,
    young_bytes: usize,
}

impl Generations {
    fn keep(&mut self, run_id: String, revision: i64, wire: Bytes) {
        let size = wire.len() + ENTRY_BYTES;
        if size > BYTES_MAX / 8 {
            return;
        }
        if self.young_bytes + size > BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += size;
        if let Some((_, before)) = self.young.insert(run_id, (revision, wire)) {
            self.young_bytes -= before.len() + ENTRY_BYTES;
        }
    }

    fn get(&mut self, run_id: &str, revision: i64) -> Option<Bytes> {
        if let Some((kept, wire)) = self.young.get(run_id) {
            return (*kept == revision).then(|| wire.clone());
        }
        let (id, (kept, wire)) = self.old.remove_entry(run_id)?;
        if kept != revision {
            return None;
        }
        self.keep(id, revision, wire.clone());
        Some(wire)
    }
}

impl RenderedRuns {
    pub(super) fn get(&self, run_id: &str, revision: i64) -> Option<Bytes> {
        self.lock().get(run_id, revision)
    }

    /// `revision` was read before what is kept was, so that a write in between shows as a newer revision next time.
    pub(super) fn keep(&self, run_id: &str, revision: i64, wire: &Bytes) {
        self.lock().keep(run_id.to_owned(), revision, wire.clone());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_revision_is_not_answered() {
        let runs = RenderedRuns::default();
        runs.keep("a", 1, &Bytes::from_static(b"one"));
        assert_eq!(runs.get("a", 1), Some(Bytes::from_static(b"one")));
        assert_eq!(runs.get("a", 2), None);
        runs.keep("a", 2, &Bytes::from_static(b"two"));
        assert_eq!(runs.get("a", 1), None);
        assert_eq!(runs.get("a", 2), Some(Bytes::from_static(b"two")));
    }

    #[test]
    fn the_bytes_are_bounded_and_what_is_asked_for_stays() {
        let runs = RenderedRuns::default();
        let wire = Bytes::from(vec![b'x'; 4000]);
        runs.keep("often", 1, &wire);
        for at in 0..20_000 {
            runs.keep(&at.to_string(), 1, &wire);
            assert!(runs.get("often", 1).is_some(), "{at}");
        }
        assert!(runs.get("3", 1).is_none());
        let kept = runs.lock();
        let bytes = (kept.young.len() + kept.old.len()) * (wire.len() + ENTRY_BYTES);
        assert!(bytes <= BYTES_MAX, "{bytes}");
    }
}
