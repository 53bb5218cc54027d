//! The bisection.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::exposed::{Chain, Exposable, Exposed};
use super::report::{CheckedTensor, DivergenceOutcome, SkippedTensor};
use crate::compare::{Comparison, Tolerance, cell, compare};
use crate::tensor::Tensor;
use crate::{CancelToken, EngineError};

/// How much of the model is held at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DivergenceLimits {
    /// Of the exposed tensors of one side.
    pub memory_bytes_max: u64,
    /// Tensors exposed at once.
    pub tensors_max: usize,
}

impl Default for DivergenceLimits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 512 << 20,
            tensors_max: 8,
        }
    }
}

/// How far the search is: tensors that may still be the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DivergenceProgress {
    pub probes: u32,
    pub candidates: u64,
    pub looking_at: String,
}

/// What was found, without the words around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    pub outcome: DivergenceOutcome,
    pub output: Option<String>,
    pub first: Option<CheckedTensor>,
    pub last_equal: Vec<CheckedTensor>,
    pub checked: Vec<CheckedTensor>,
    pub skipped: Vec<SkippedTensor>,
    pub probes: u32,
    pub tensors: u64,
}

/// Both sides, with the inputs of each: a float16 copy takes other types.
pub struct Sides<'a> {
    pub actual: &'a Exposable,
    pub expected: &'a Exposable,
    pub actual_inputs: &'a [(String, Tensor)],
    pub expected_inputs: &'a [(String, Tensor)],
}

/// Searches for the first difference beyond `tolerance`. The two models' tensors are matched by name.
///
/// # Errors
/// Whatever loading or running one of the sides fails with; [`EngineError::Cancelled`] when stopped.
pub fn find(
    sides: &Sides<'_>,
    tolerance: Tolerance,
    limits: DivergenceLimits,
    progress: &mut dyn FnMut(DivergenceProgress),
    cancel: &CancelToken,
) -> Result<Divergence, EngineError> {
    let mut search = Search::new(sides, tolerance, limits, cancel);
    let outcome = search.run(progress)?;
    Ok(search.told(outcome))
}

struct Search<'a> {
    sides: &'a Sides<'a>,
    tolerance: Tolerance,
    limits: DivergenceLimits,
    cancel: &'a CancelToken,
    chain: Chain,
    /// Places in the chain that the other side has as well, and that can be looked at.
    common: HashSet<usize>,
    tensors: u64,
    seen: BTreeMap<usize, CheckedTensor>,
    skipped: Vec<SkippedTensor>,
    /// Where the output from which the search began is in the lists of both sides.
    output: Option<(String, String)>,
    probes: u32,
}

/// How the search ended, and at which tensor.
type End = (DivergenceOutcome, Option<usize>);

impl<'a> Search<'a> {
    fn new(
        sides: &'a Sides<'a>,
        tolerance: Tolerance,
        limits: DivergenceLimits,
        cancel: &'a CancelToken,
    ) -> Self {
        let chain = sides.actual.chain();
        let other = sides.expected.chain();
        let common: HashSet<usize> = (0..chain.made.len())
            .filter(|at| other.place(&chain.made[*at].tensor).is_some())
            .collect();
        Self {
            sides,
            tolerance,
            limits,
            cancel,
            chain,
            tensors: common.len() as u64,
            common,
            seen: BTreeMap::new(),
            skipped: Vec::new(),
            output: None,
            probes: 0,
        }
    }

    fn run(&mut self, progress: &mut dyn FnMut(DivergenceProgress)) -> Result<End, EngineError> {
        let Some(output) = self.differing_output()? else {
            return Ok((DivergenceOutcome::Equal, None));
        };
        // An output that the graph does not make is an input handed through, or a weight: nothing stands before it.
        let Some(mut low) = self.chain.place(&output) else {
            return Ok((DivergenceOutcome::Found, None));
        };
        let mut at_once = self.limits.tensors_max.max(1);
        loop {
            self.cancel.check()?;
            let cuts = self.cuts(low, at_once);
            if cuts.is_empty() {
                return Ok((DivergenceOutcome::Found, Some(low)));
            }
            progress(DivergenceProgress {
                probes: self.probes,
                candidates: self.unknown(low).len() as u64,
                looking_at: self.chain.made[cuts[0]].tensor.clone(),
            });
            let hidden = self.probe(&cuts)?;
            let looked: Vec<usize> = cuts
                .into_iter()
                .filter(|cut| self.seen.contains_key(cut))
                .collect();
            let first = looked.iter().find(|cut| !self.seen[cut].equal);
            match first {
                Some(first) => low = *first,
                None if hidden && looked.len() == 1 => {
                    return Ok((DivergenceOutcome::Fused, looked.first().copied()));
                }
                None if hidden => {
                    // Which of them hides the difference shows only one by one; what was seen does not count.
                    at_once = 1;
                    for cut in looked {
                        self.seen.remove(&cut);
                    }
                }
                None => {}
            }
        }
    }

    /// What may still be the first, between the highest that agrees and `low`; at the end, what `low`'s node reads.
    fn unknown(&self, low: usize) -> Vec<usize> {
        let above = self.chain.ancestors(low);
        let above: Vec<usize> = above
            .into_iter()
            .filter(|at| self.common.contains(at))
            .collect();
        let agrees = |at: &&usize| self.seen.get(at).is_some_and(|seen| seen.equal);
        let high = above.iter().filter(agrees).max().copied();
        let unknown = |at: &usize| !self.seen.contains_key(at);
        let between: Vec<usize> = above
            .iter()
            .copied()
            .filter(|at| high.is_none_or(|high| *at > high))
            .filter(unknown)
            .collect();
        if !between.is_empty() {
            return between;
        }
        self.read_by(low).into_iter().filter(unknown).collect()
    }

    fn cuts(&self, low: usize, at_once: usize) -> Vec<usize> {
        let unknown = self.unknown(low);
        let count = unknown.len();
        if count <= at_once {
            return unknown;
        }
        (1..=at_once)
            .map(|cut| unknown[cut * count / (at_once + 1)])
            .collect()
    }

    /// The nearest tensors above that can be compared.
    fn read_by(&self, tensor: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open: Vec<usize> = self.chain.parents(tensor).to_vec();
        let mut visited = HashSet::new();
        while let Some(at) = open.pop() {
            if !visited.insert(at) {
                continue;
            }
            if self.common.contains(&at) {
                found.push(at);
            } else {
                open.extend(self.chain.parents(at));
            }
        }
        found.sort_unstable();
        found
    }

    /// Runs both sides as they are and remembers the first output that differs.
    fn differing_output(&mut self) -> Result<Option<String>, EngineError> {
        let (actual, expected) = self.both(&[])?;
        let by_name = |name: &str| expected.iter().find(|(known, _)| known == name);
        for (at, (name, one)) in actual.iter().enumerate() {
            let other = by_name(name).or_else(|| {
                // One output of another name is still the same output.
                (actual.len() == expected.len()).then(|| &expected[at])
            });
            let Some((other_name, two)) = other else {
                continue;
            };
            if !agrees(one, two, self.tolerance) {
                self.output = Some((name.clone(), other_name.clone()));
                if let Some(place) = self.chain.place(name) {
                    let seen = self.checked(place, one, two);
                    self.seen.insert(place, seen);
                }
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    /// Looks at these tensors. Whether the output agrees now that they are exposed.
    fn probe(&mut self, cuts: &[usize]) -> Result<bool, EngineError> {
        let names: Vec<String> = cuts
            .iter()
            .map(|at| self.chain.made[*at].tensor.clone())
            .collect();
        let (actual, expected) = self.both(&names)?;
        let of = |values: &[(String, Tensor)], name: &str| {
            values
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, tensor)| tensor.clone())
        };
        for (at, name) in cuts.iter().zip(&names) {
            if let (Some(one), Some(two)) = (of(&actual, name), of(&expected, name)) {
                let seen = self.checked(*at, &one, &two);
                self.seen.insert(*at, seen);
            }
        }
        let Some((one, two)) = &self.output else {
            return Ok(false);
        };
        let pair = of(&actual, one).zip(of(&expected, two));
        Ok(pair.is_some_and(|(one, two)| agrees(&one, &two, self.tolerance)))
    }

    /// Both sides with `tensors` exposed. Those that do not fit into memory, or are no tensors, are put aside.
    fn both(&mut self, tensors: &[String]) -> Result<(Values, Values), EngineError> {
        self.probes += 1;
        let mut wanted = tensors.to_vec();
        let mut one = self.sides.actual.expose(&wanted)?;
        let fitting = self.fitting(&one, &wanted);
        if fitting.len() < wanted.len() {
            wanted = fitting;
            one = self.sides.actual.expose(&wanted)?;
        }
        let actual = one.run(self.sides.actual_inputs, self.cancel)?;
        drop(one);
        let mut two = self.sides.expected.expose(&wanted)?;
        let expected = two.run(self.sides.expected_inputs, self.cancel)?;
        Ok((actual, expected))
    }

    fn fitting(&mut self, side: &Exposed, wanted: &[String]) -> Vec<String> {
        let mut left = self.limits.memory_bytes_max;
        let mut fitting = Vec::new();
        for tensor in wanted {
            let bytes = side.bytes_of(tensor, self.sides.actual_inputs);
            match bytes {
                Some(bytes) if bytes <= left => {
                    left -= bytes;
                    fitting.push(tensor.clone());
                }
                // It fits another time, alone.
                Some(bytes) if bytes <= self.limits.memory_bytes_max => {}
                Some(bytes) => self.put_aside(
                    tensor,
                    format!(
                        "takes {} MiB, and {} may be used",
                        bytes >> 20,
                        self.limits.memory_bytes_max >> 20
                    ),
                ),
                None => self.put_aside(tensor, "is no tensor".to_owned()),
            }
        }
        fitting
    }

    fn put_aside(&mut self, tensor: &str, why: String) {
        if let Some(place) = self.chain.place(tensor) {
            self.common.remove(&place);
        }
        self.skipped.push(SkippedTensor {
            tensor: tensor.to_owned(),
            why,
        });
    }

    fn checked(&self, at: usize, actual: &Tensor, expected: &Tensor) -> CheckedTensor {
        let made = &self.chain.made[at];
        let node = &self.chain.nodes[made.node];
        let found = compare(actual, expected, self.tolerance.rtol, self.tolerance.atol);
        let worst = found.as_ref().and_then(|found| found.worst);
        CheckedTensor {
            tensor: made.tensor.clone(),
            node: node.name.clone(),
            op: node.op.clone(),
            node_index: u32::try_from(made.node).unwrap_or(u32::MAX),
            equal: found.as_ref().is_some_and(Comparison::within),
            elements: actual.len() as u64,
            outside: found.as_ref().map_or(0, |found| found.outside as u64),
            max_abs: found
                .as_ref()
                .map(|found| found.max_abs)
                .filter(|abs| abs.is_finite()),
            max_rel: found
                .as_ref()
                .map(|found| found.max_rel)
                .filter(|rel| rel.is_finite()),
            shape: actual.shape().to_vec(),
            element: worst.map(|worst| worst as u64),
            actual: worst.map(|worst| cell(actual, worst)),
            expected: worst.map(|worst| cell(expected, worst)),
        }
    }

    fn told(self, (outcome, at): End) -> Divergence {
        let seen = |at: &usize| self.seen.get(at).cloned();
        let first = at.as_ref().and_then(seen);
        let last_equal = match (outcome, at) {
            (DivergenceOutcome::Found, Some(at)) => {
                self.read_by(at).iter().filter_map(seen).collect()
            }
            _ => Vec::new(),
        };
        Divergence {
            outcome,
            output: self.output.map(|(name, _)| name),
            first,
            last_equal,
            checked: self.seen.into_values().collect(),
            skipped: self.skipped,
            probes: self.probes,
            tensors: self.tensors,
        }
    }
}

type Values = Vec<(String, Tensor)>;

fn agrees(one: &Tensor, two: &Tensor, tolerance: Tolerance) -> bool {
    compare(one, two, tolerance.rtol, tolerance.atol).is_some_and(|found| found.within())
}
