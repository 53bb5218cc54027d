//! From what the trees add up to, to what the runtime gives: base values, post transform, the scores of two classes.
//!
//! Step by step what ONNX Runtime's CPU kernels do (`tree_ensemble_aggregator.h`, `ml_common.h`), which goes further than
//! the specification: all transforms compute in float32, and two classes whose leaves vote for one of them only get their
//! second score made up.

use super::ensemble::{Aggregate, Ensemble, EnsembleOp, PostTransform};
use super::follow::Real;

/// What the trees gave one output. Outputs that no leaf voted for have no score.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score<T> {
    pub score: T,
    pub has: bool,
}

pub struct Finished<T> {
    /// After aggregation and base values, before the post transform.
    pub raw: Vec<T>,
    /// The runtime's numbers; a classifier's scores are float32 whatever its input is.
    pub outputs: Vec<f64>,
    /// The class that a classifier chooses.
    pub class: Option<usize>,
}

/// How a classifier of two one-sided classes makes up its second score.
#[derive(Clone, Copy, PartialEq)]
enum SecondClass {
    Not,
    /// Probabilities: one minus the other.
    Complement,
    /// Margins: the other with its sign turned.
    Mirror,
}

impl Ensemble {
    pub(super) fn finish<T: Real>(&self, mut scores: Vec<Score<T>>) -> Finished<T> {
        match self.op {
            EnsembleOp::Classifier => self.classify(scores),
            _ => {
                self.add_base(&mut scores);
                let raw = raw(&scores);
                let outputs = if raw.len() == 1 {
                    // The runtime knows no other transform of a single output.
                    vec![match self.post_transform {
                        PostTransform::Probit => f64::from(probit(raw[0].to_f32())),
                        _ => self.given(raw[0]),
                    }]
                } else {
                    self.transform(&raw)
                };
                Finished {
                    raw,
                    outputs,
                    class: None,
                }
            }
        }
    }

    fn add_base<T: Real>(&self, scores: &mut [Score<T>]) {
        let bases = self.base_values.len();
        let one = scores.len() == 1;
        let trees = T::from_count(self.trees.len());
        for (at, score) in scores.iter_mut().enumerate() {
            if self.aggregate == Aggregate::Average {
                score.score = score.score / trees;
            }
            let applies = if one {
                bases == 1
            } else {
                bases == self.targets
            };
            if applies {
                score.score = score.score + T::from_f64(self.base_values[at]);
            }
        }
    }

    fn classify<T: Real>(&self, mut scores: Vec<Score<T>>) -> Finished<T> {
        let mut second = SecondClass::Not;
        let class = if self.targets > 2 {
            for (score, base) in scores.iter_mut().zip(&self.base_values) {
                score.score = score.score + T::from_f64(*base);
                score.has = true;
            }
            greatest(&scores)
        } else if self.targets == 2 {
            self.base_of_two(&mut scores);
            second = if self.base_values.is_empty() {
                SecondClass::Mirror
            } else {
                SecondClass::Not
            };
            self.choose(&scores, &mut second)
        } else {
            if let [base] = self.base_values[..] {
                scores[0].score = scores[0].score + T::from_f64(base);
            }
            scores[0].has = true;
            self.choose(&scores, &mut second)
        };
        let raw = raw(&scores);
        let outputs = if raw.len() == 1 {
            self.one_sided_scores(raw[0], second)
        } else {
            self.transform(&raw)
        };
        Finished {
            raw,
            outputs,
            class: Some(class),
        }
    }

    /// The base values of two classes; one that nothing was said of is taken away.
    fn base_of_two<T: Real>(&self, scores: &mut Vec<Score<T>>) {
        match self.base_values[..] {
            [first, second] if !scores[1].has => {
                scores[1].score = scores[1].score + T::from_f64(second);
                scores[0].score = scores[0].score + T::from_f64(first);
            }
            [_, second] => {
                scores[1].score = T::from_f64(second) + scores[0].score;
                scores[0].score = -scores[1].score;
                scores[1].has = true;
            }
            [first] => {
                scores[0].score = scores[0].score + T::from_f64(first);
                if !scores[1].has {
                    scores.pop();
                }
            }
            _ => {
                if !scores[1].has {
                    scores.pop();
                }
            }
        }
    }

    fn choose<T: Real>(&self, scores: &[Score<T>], second: &mut SecondClass) -> usize {
        let zero = T::from_f64(0.0);
        let weight = match scores {
            [_, other] if other.has => other.score,
            [one, ..] if one.has => one.score,
            _ => zero,
        };
        if !self.one_sided {
            return usize::from(weight > zero);
        }
        if self.weights_are_positive {
            *second = SecondClass::Complement;
            usize::from(weight > T::from_f64(0.5))
        } else {
            *second = SecondClass::Mirror;
            usize::from(weight > zero)
        }
    }

    fn one_sided_scores<T: Real>(&self, score: T, second: SecondClass) -> Vec<f64> {
        if self.post_transform == PostTransform::Probit {
            return vec![f64::from(probit(score.to_f32()))];
        }
        let one = T::from_f64(1.0);
        match second {
            SecondClass::Not => vec![self.given(score)],
            _ if self.post_transform == PostTransform::Logistic => vec![
                f64::from(logistic((-score).to_f32())),
                f64::from(logistic(score.to_f32())),
            ],
            SecondClass::Complement => vec![self.given(one - score), self.given(score)],
            SecondClass::Mirror => vec![self.given(-score), self.given(score)],
        }
    }

    /// A score as the output's element type holds it: float32, except where `TreeEnsemble` gives what it takes.
    fn given<T: Real>(&self, score: T) -> f64 {
        match self.op {
            EnsembleOp::Ensemble => score.to_f64(),
            _ => f64::from(score.to_f32()),
        }
    }

    fn transform<T: Real>(&self, raw: &[T]) -> Vec<f64> {
        let single = |each: fn(f32) -> f32| {
            let each = raw.iter().map(|score| f64::from(each(score.to_f32())));
            each.collect()
        };
        match self.runtime_transform() {
            PostTransform::None => raw.iter().map(|score| self.given(*score)).collect(),
            PostTransform::Logistic => single(logistic),
            PostTransform::Probit => single(probit),
            PostTransform::Softmax => {
                let shifted: Vec<f32> = above_greatest(raw).map(f32::exp).collect();
                let sum = shifted.iter().fold(0.0_f32, |sum, value| sum + value);
                shifted.iter().map(|value| f64::from(value / sum)).collect()
            }
            PostTransform::SoftmaxZero => self.softmax_zero(raw),
        }
    }

    /// A softmax that leaves zeros out of the sum.
    fn softmax_zero<T: Real>(&self, raw: &[T]) -> Vec<f64> {
        const ZERO: f32 = 0.000_000_1;
        let greatest = greatest_of(raw);
        let factor = (-greatest).exp();
        let mut sum = 0.0_f32;
        let parts: Vec<T> = raw
            .iter()
            .map(|score| {
                let value = score.to_f32();
                if value.abs() > ZERO {
                    let part = (value - greatest).exp();
                    sum += part;
                    T::from_f64(f64::from(part))
                } else {
                    *score * T::from_f64(f64::from(factor))
                }
            })
            .collect();
        let sum = T::from_f64(f64::from(sum));
        parts.iter().map(|part| self.given(*part / sum)).collect()
    }
}

/// Of several outputs, one that no leaf voted for is zero to the runtime, base value or not.
fn raw<T: Real>(scores: &[Score<T>]) -> Vec<T> {
    let one = scores.len() == 1;
    let value = |score: &Score<T>| {
        if one || score.has {
            score.score
        } else {
            T::default()
        }
    };
    scores.iter().map(value).collect()
}

fn greatest<T: Real>(scores: &[Score<T>]) -> usize {
    let mut found: Option<(usize, T)> = None;
    for (at, score) in scores.iter().enumerate().filter(|(_, score)| score.has) {
        if found.is_none_or(|(_, greatest)| score.score > greatest) {
            found = Some((at, score.score));
        }
    }
    found.map_or(0, |(at, _)| at)
}

fn greatest_of<T: Real>(raw: &[T]) -> f32 {
    let values = raw.iter().map(|score| score.to_f32());
    values.fold(
        f32::MIN,
        |greatest, value| if value > greatest { value } else { greatest },
    )
}

fn above_greatest<T: Real>(raw: &[T]) -> impl Iterator<Item = f32> {
    let greatest = greatest_of(raw);
    raw.iter().map(move |score| score.to_f32() - greatest)
}

fn logistic(value: f32) -> f32 {
    let positive = 1.0 / (1.0 + (-value.abs()).exp());
    if value < 0.0 {
        1.0 - positive
    } else {
        positive
    }
}

/// The normal quantile by Winitzki's approximation of the inverse error function, as the runtime has it.
fn probit(value: f32) -> f32 {
    std::f32::consts::SQRT_2 * inverse_erf(2.0 * value - 1.0)
}

fn inverse_erf(value: f32) -> f32 {
    let sign = if value < 0.0 { -1.0 } else { 1.0 };
    let log = ((1.0 - value) * (1.0 + value)).ln();
    let v = 2.0 / (std::f32::consts::PI * 0.147) + 0.5 * log;
    let v2 = 1.0 / 0.147 * log;
    let v3 = -v + (v * v - v2).sqrt();
    sign * v3.sqrt()
}
