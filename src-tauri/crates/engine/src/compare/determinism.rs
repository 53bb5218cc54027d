//! Whether a model gives the same bytes every time, and with every number of threads.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::meter::Numbers;
use super::report::SideReport;
use crate::tensor::{Data, Tensor};
use crate::{CachedModel, CancelToken, EngineError};

/// Runs of one load beyond this say nothing new.
const REPEATS_MAX: u32 = 10_000;

/// What to repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeterminismRequest {
    /// Runs with each number of threads, at least two.
    pub repeats: u32,
    /// Threads inside one run; 0 is every core.
    #[specta(type = Vec<Number>)]
    pub threads: Vec<usize>,
}

impl DeterminismRequest {
    /// # Errors
    /// When there is nothing to compare, or too much.
    pub fn check(&self) -> Result<(), EngineError> {
        if !(2..=REPEATS_MAX).contains(&self.repeats) {
            let reason = format!("is {}, but must be 2 to {REPEATS_MAX}", self.repeats);
            return Err(EngineError::input("repeats", reason));
        }
        if self.threads.is_empty() {
            let reason = "names no number of threads; give one or more, such as 1 and 4";
            return Err(EngineError::input("threads", reason));
        }
        Ok(())
    }
}

/// All repeats with one number of threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct RepeatGroup {
    #[specta(type = Number)]
    pub threads: usize,
    pub repeats: u32,
    /// Whether all repeats gave the bytes of its first one.
    pub same_every_time: bool,
    /// Whether its first repeat gave the bytes of the first group.
    pub same_as_first_group: bool,
    /// The first output, in the model's order, that differed in any repeat from the very first run.
    pub first_output: Option<String>,
    /// Its first repeat that did, counted from 1.
    pub first_repeat: Option<u32>,
    /// The largest absolute difference from the very first run; none when it is infinite or of text.
    #[specta(type = Option<Number>)]
    pub max_abs: Option<f64>,
    /// Elements that ever differed, at most, in one repeat.
    #[specta(type = Number)]
    pub elements: u64,
}

impl RepeatGroup {
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.same_every_time && self.same_as_first_group
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct DeterminismReport {
    /// Every run gave the same bytes.
    pub deterministic: bool,
    pub side: SideReport,
    pub inputs: String,
    #[specta(type = Number)]
    pub rows: u64,
    pub groups: Vec<RepeatGroup>,
    #[specta(type = Number)]
    pub took_ms: f64,
}

/// Runs `load(threads)` again and again on the same inputs. `progress` gets a fraction from 0 to 1.
///
/// # Errors
/// Whatever loading or a run fails with; [`EngineError::Cancelled`] when stopped.
pub fn determinism<M: AsRef<CachedModel>>(
    request: &DeterminismRequest,
    inputs: &[(String, Tensor)],
    load: &mut dyn FnMut(usize) -> Result<M, EngineError>,
    progress: &mut dyn FnMut(f64),
    cancel: &CancelToken,
) -> Result<Vec<RepeatGroup>, EngineError> {
    request.check()?;
    let total = f64::from(request.repeats) * request.threads.len() as f64;
    let mut done = 0.0;
    let mut reference: Option<Vec<(String, Tensor)>> = None;
    let mut groups = Vec::new();
    for &threads in &request.threads {
        cancel.check()?;
        let model = load(threads)?;
        let mut group = RepeatGroup {
            threads,
            repeats: request.repeats,
            same_every_time: true,
            same_as_first_group: true,
            first_output: None,
            first_repeat: None,
            max_abs: Some(0.0),
            elements: 0,
        };
        let mut own: Option<Vec<(String, Tensor)>> = None;
        for repeat in 1..=request.repeats {
            let outputs = model.as_ref().run(inputs, Some(cancel))?;
            let reference = reference.get_or_insert_with(|| outputs.clone());
            group.look(repeat, reference, &outputs);
            match &own {
                None => own = Some(outputs),
                Some(own) => group.same_every_time &= same_bytes(own, &outputs),
            }
            done += 1.0;
            progress(done / total);
        }
        groups.push(group);
    }
    Ok(groups)
}

impl RepeatGroup {
    fn look(&mut self, repeat: u32, reference: &[(String, Tensor)], outputs: &[(String, Tensor)]) {
        let mut elements = 0;
        for ((name, one), (_, two)) in reference.iter().zip(outputs) {
            let (different, max_abs) = apart(one, two);
            if different == 0 {
                continue;
            }
            elements += different;
            if self.first_output.is_none() {
                self.first_output = Some(name.clone());
                self.first_repeat = Some(repeat);
            }
            self.max_abs = self
                .max_abs
                .zip(max_abs)
                .map(|(most, found)| most.max(found));
        }
        if repeat == 1 {
            self.same_as_first_group = elements == 0;
        }
        self.elements = self.elements.max(elements);
    }
}

fn same_bytes(one: &[(String, Tensor)], two: &[(String, Tensor)]) -> bool {
    one.len() == two.len()
        && one
            .iter()
            .zip(two)
            .all(|((_, one), (_, two))| apart(one, two).0 == 0)
}

/// Elements whose bytes differ, and the largest difference among them. A NaN has many bit patterns, and zero two: bytes
/// are what is compared.
fn apart(one: &Tensor, two: &Tensor) -> (u64, Option<f64>) {
    if one.shape() != two.shape() || one.element_type() != two.element_type() {
        return (one.len().max(two.len()).max(1) as u64, None);
    }
    let different = match (one.data(), two.data()) {
        (Data::Float32(a), Data::Float32(b)) => count(a, b, |x| x.to_bits()),
        (Data::Float64(a), Data::Float64(b)) => count(a, b, |x| x.to_bits()),
        (Data::Float16(a), Data::Float16(b)) => count(a, b, |x| x.to_bits()),
        (Data::BFloat16(a), Data::BFloat16(b)) => count(a, b, |x| x.to_bits()),
        (Data::String(a), Data::String(b)) => count(a, b, Clone::clone),
        // Integers and booleans: equal values are equal bytes.
        _ if one.data() == two.data() => 0,
        _ => Numbers::of(one, two).map_or(1, |numbers| {
            numbers.difference.iter().filter(|d| **d > 0.0).count() as u64
        }),
    };
    if different == 0 {
        return (0, Some(0.0));
    }
    let largest =
        Numbers::of(one, two).map(|numbers| numbers.difference.iter().copied().fold(0.0, f64::max));
    (different, largest.filter(|largest| largest.is_finite()))
}

fn count<T, B: PartialEq>(one: &[T], two: &[T], bits: impl Fn(&T) -> B) -> u64 {
    one.iter()
        .zip(two)
        .filter(|(a, b)| bits(a) != bits(b))
        .count() as u64
}
