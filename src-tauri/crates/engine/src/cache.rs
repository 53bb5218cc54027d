//! Models in memory: each loaded once however many ask, shared, and dropped when room is needed and nobody uses it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::{CachedModel, EngineError, ModelOptions, Runtime};

/// What makes two requests the same model: its content and how it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelKey {
    /// A digest, or whatever else names the bytes.
    pub content: String,
    pub options: ModelOptions,
}

/// Loads, keeps and forgets models. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct InferenceEngine {
    runtime: Runtime,
    memory_budget_bytes: u64,
    slots: Mutex<HashMap<ModelKey, Arc<Slot>>>,
    clock: AtomicU64,
}

/// The inner lock is held while the model loads, so that the second to ask waits for the first.
#[derive(Debug, Default)]
struct Slot {
    model: Mutex<Option<Arc<CachedModel>>>,
    last_use: AtomicU64,
}

impl InferenceEngine {
    /// `memory_budget_bytes` bounds the models that nobody uses; those in use are never dropped.
    #[must_use]
    pub fn new(runtime: Runtime, memory_budget_bytes: u64) -> Self {
        Self {
            runtime,
            memory_budget_bytes,
            slots: Mutex::default(),
            clock: AtomicU64::new(0),
        }
    }

    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The model under `key`, loaded from `path` unless it is in memory. Blocks while loading.
    ///
    /// # Errors
    /// As [`CachedModel::load`]; a failure is not remembered, the next call tries again.
    pub fn load(&self, key: &ModelKey, path: &Path) -> Result<Arc<CachedModel>, EngineError> {
        let slot = Arc::clone(self.slots().entry(key.clone()).or_default());
        slot.last_use.store(
            self.clock.fetch_add(1, Ordering::Relaxed),
            Ordering::Relaxed,
        );
        let mut model = lock(&slot.model);
        if let Some(model) = model.as_ref() {
            return Ok(Arc::clone(model));
        }
        let loaded = Arc::new(CachedModel::load(&self.runtime, path, &key.options)?);
        *model = Some(Arc::clone(&loaded));
        drop(model);
        self.make_room();
        Ok(loaded)
    }

    /// Keys of the models in memory.
    #[must_use]
    pub fn loaded(&self) -> Vec<ModelKey> {
        let slots = self.slots();
        let loaded = slots
            .iter()
            .filter(|(_, slot)| slot.model.try_lock().is_ok_and(|model| model.is_some()));
        loaded.map(|(key, _)| key.clone()).collect()
    }

    /// Drops the least recently used models until the rest fits the budget. One that somebody holds, or that is just
    /// loading, stays.
    fn make_room(&self) {
        let mut slots = self.slots();
        let mut kept: Vec<(u64, ModelKey, u64, bool)> = Vec::new();
        slots.retain(|key, slot| {
            let last_use = slot.last_use.load(Ordering::Relaxed);
            let (bytes, idle) = match slot.model.try_lock() {
                Ok(model) => match model.as_ref() {
                    Some(model) => (model.memory_bytes(), Arc::strong_count(model) == 1),
                    // A failed load; unless somebody is about to try again, nothing is worth keeping.
                    None => return Arc::strong_count(slot) > 1,
                },
                Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => return true,
            };
            kept.push((last_use, key.clone(), bytes, idle));
            true
        });
        let mut total: u64 = kept
            .iter()
            .map(|(_, _, bytes, _)| *bytes)
            .fold(0, u64::saturating_add);
        kept.sort_by_key(|(last_use, ..)| *last_use);
        for (_, key, bytes, idle) in kept {
            if total <= self.memory_budget_bytes {
                return;
            }
            if idle {
                slots.remove(&key);
                total -= bytes;
                tracing::info!(
                    model = key.content,
                    bytes,
                    "model dropped from memory to make room"
                );
            }
        }
        if total > self.memory_budget_bytes {
            tracing::warn!(
                bytes = total,
                budget = self.memory_budget_bytes,
                "models in use exceed the memory budget"
            );
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<ModelKey, Arc<Slot>>> {
        lock(&self.slots)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
