//! The same model over batch, threads, provider, optimisation level and binding: what each costs, and which points nothing
//! beats.
//!
//! Points are measured one after the other by whoever is asked to ([`sweep`]'s `measure`: the lab gives each to a worker of
//! its own). Each is kept as soon as it is there, so a sweep may be stopped at any time and go on later. A point that fails
//! says why, and the sweep goes on.

mod front;
mod kept;
mod point;

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

pub use front::{FrontBy, front};
pub use kept::SweepKey;
pub use point::{PointMeasure, PointRequest, PointSettings, measure};

use crate::{CancelToken, EngineError, Fingerprint, Optimisation, Provider};

/// More points than anyone waits for.
const POINTS_MAX: usize = 5_000;

/// Every combination is a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SweepGrid {
    pub batches: Vec<u32>,
    pub threads: Vec<u32>,
    /// Each a list in order of preference.
    pub providers: Vec<Vec<Provider>>,
    pub optimisations: Vec<Optimisation>,
    pub io_bindings: Vec<bool>,
}

impl SweepGrid {
    /// Each combination once, batch by batch.
    ///
    /// # Errors
    /// [`EngineError::Input`] that names the axis with nothing, or with nonsense, on it.
    pub fn points(&self) -> Result<Vec<PointSettings>, EngineError> {
        let empty = |name: &str| EngineError::input(name, "names nothing; give at least one");
        for (name, count) in [
            ("batches", self.batches.len()),
            ("threads", self.threads.len()),
            ("providers", self.providers.len()),
            ("optimisations", self.optimisations.len()),
            ("ioBindings", self.io_bindings.len()),
        ] {
            if count == 0 {
                return Err(empty(name));
            }
        }
        if self.batches.contains(&0) {
            return Err(EngineError::input(
                "batches",
                "0 rows cannot be run; 1 is the least",
            ));
        }
        if self.providers.iter().any(Vec::is_empty) {
            return Err(empty("providers"));
        }
        let mut points = Vec::new();
        for &batch in &self.batches {
            for &threads in &self.threads {
                for providers in &self.providers {
                    for &optimisation in &self.optimisations {
                        for &io_binding in &self.io_bindings {
                            let point = PointSettings {
                                batch,
                                threads,
                                providers: providers.clone(),
                                optimisation,
                                io_binding,
                            };
                            if !points.contains(&point) {
                                points.push(point);
                            }
                        }
                    }
                }
            }
        }
        if points.len() > POINTS_MAX {
            return Err(EngineError::input(
                "grid",
                format!("has {} points; {POINTS_MAX} is the most", points.len()),
            ));
        }
        Ok(points)
    }
}

/// A point that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SweepPoint {
    pub settings: PointSettings,
    pub measured: Option<PointMeasure>,
    /// Why nothing was.
    pub failed: Option<String>,
}

/// What to sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRequest {
    /// What the report calls the model, and the digest of its bytes.
    pub model: String,
    pub digest: String,
    pub grid: SweepGrid,
    pub seed: u64,
    /// Of each point; the first limit that is reached ends it.
    pub duration: Duration,
    pub samples_max: u64,
    pub fingerprint: Fingerprint,
    pub started_at_ms: i64,
}

impl SweepRequest {
    #[must_use]
    pub fn key(&self) -> SweepKey {
        SweepKey {
            model: self.digest.clone(),
            machine: self.fingerprint.digest.clone(),
            seed: self.seed,
            duration_ms: u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX),
            samples_max: self.samples_max,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    pub model: String,
    pub key: SweepKey,
    /// In the order of the grid; those that are not there yet are missing.
    pub points: Vec<SweepPoint>,
    /// Points of the grid.
    pub asked: u32,
    /// Points that an earlier run of this sweep had measured.
    pub resumed: u32,
    /// Places of the points on the front by the p99's upper bound, and by the p50's; with rising rows a second.
    pub front_p99: Vec<u32>,
    pub front_p50: Vec<u32>,
    pub fingerprint: Fingerprint,
    #[specta(type = Number)]
    pub started_at_ms: i64,
}

/// Measures the points that are not in `kept` yet, and keeps each there. `progress` is given the report as it stands after
/// every point.
///
/// # Errors
/// [`EngineError::Input`] for a grid that cannot be, [`EngineError::Cancelled`] when stopped (what was measured is kept), and
/// when `kept` is another sweep's or cannot be written.
pub fn sweep(
    request: &SweepRequest,
    kept: &Path,
    measure: &mut dyn FnMut(&PointSettings) -> Result<PointMeasure, EngineError>,
    progress: &mut dyn FnMut(&SweepReport),
    cancel: &CancelToken,
) -> Result<SweepReport, EngineError> {
    let grid = request.grid.points()?;
    let key = request.key();
    let mut done = kept::read(kept, &key)?;
    let resumed = of_grid(&grid, &done).len() as u32;
    progress(&report(request, &grid, &done, resumed));
    for settings in &grid {
        if done.iter().any(|point| point.settings == *settings) {
            continue;
        }
        cancel.check()?;
        let point = match measure(settings) {
            Ok(measured) => SweepPoint {
                settings: settings.clone(),
                measured: Some(measured),
                failed: None,
            },
            Err(EngineError::Cancelled) => return Err(EngineError::Cancelled),
            Err(error) => SweepPoint {
                settings: settings.clone(),
                measured: None,
                failed: Some(error.to_string()),
            },
        };
        done.push(point);
        kept::write(kept, &key, &done)?;
        progress(&report(request, &grid, &done, resumed));
    }
    Ok(report(request, &grid, &done, resumed))
}

/// The report of the points that are kept, without measuring any.
///
/// # Errors
/// As [`sweep`], short of measuring.
pub fn resume(request: &SweepRequest, kept: &Path) -> Result<SweepReport, EngineError> {
    let grid = request.grid.points()?;
    let done = kept::read(kept, &request.key())?;
    let resumed = of_grid(&grid, &done).len() as u32;
    Ok(report(request, &grid, &done, resumed))
}

fn of_grid(grid: &[PointSettings], done: &[SweepPoint]) -> Vec<SweepPoint> {
    let found = |settings: &PointSettings| done.iter().find(|point| point.settings == *settings);
    grid.iter().filter_map(found).cloned().collect()
}

fn report(
    request: &SweepRequest,
    grid: &[PointSettings],
    done: &[SweepPoint],
    resumed: u32,
) -> SweepReport {
    let points = of_grid(grid, done);
    SweepReport {
        model: request.model.clone(),
        key: request.key(),
        asked: grid.len() as u32,
        resumed,
        front_p99: front(&points, FrontBy::P99),
        front_p50: front(&points, FrontBy::P50),
        points,
        fingerprint: request.fingerprint.clone(),
        started_at_ms: request.started_at_ms,
    }
}
