//! Inputs made up from a signature, for when none were logged. The same seed gives the same bytes on every machine.
//!
//! Floats are standard normal; integers are 0 or 1, which any index or category column accepts; booleans are even odds;
//! strings are `a`. The first dim, if open, is the batch; other open dims are 1. What is generated shows that a model
//! runs and how long it takes; it says nothing about what it predicts.

use std::f64::consts::TAU;

use half::{bf16, f16};

use crate::EngineError;
use crate::signature::{PortDim, PortKind, Signature};
use crate::tensor::{Data, ElementType, Tensor, element_count};

/// The seed used where nobody asks for another.
pub const SEED: u64 = 7;

/// Refuses inputs that would fill the memory: a model may fix its dims at anything.
const ELEMENTS_MAX: usize = 256 << 20;

/// Inputs for every port of the signature.
///
/// # Errors
/// When an input is not a tensor, or too large to be made up.
pub fn generate(
    signature: &Signature,
    batch: usize,
    seed: u64,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    let mut random = SplitMix64(seed);
    let mut inputs = Vec::new();
    for port in &signature.inputs {
        let PortKind::Tensor { element, dims } = &port.kind else {
            return Err(EngineError::input(
                &port.name,
                format!("{} inputs cannot be generated", port.kind),
            ));
        };
        let size = |(index, dim): (usize, &PortDim)| match dim {
            PortDim::Fixed(size) => *size,
            PortDim::Open(_) => {
                if index == 0 {
                    batch
                } else {
                    1
                }
            }
        };
        let shape: Vec<usize> = dims.iter().enumerate().map(size).collect();
        let count = element_count(&shape)?;
        if count > ELEMENTS_MAX {
            return Err(EngineError::input(
                &port.name,
                format!("shape {shape:?} is too large to be generated"),
            ));
        }
        inputs.push((
            port.name.clone(),
            Tensor::new(shape, data(*element, count, &mut random))?,
        ));
    }
    Ok(inputs)
}

fn data(element: ElementType, count: usize, random: &mut SplitMix64) -> Data {
    let mut bit = || random.next() >> 63;
    match element {
        ElementType::Bool => Data::Bool((0..count).map(|_| bit() == 1).collect()),
        ElementType::Int8 => Data::Int8((0..count).map(|_| bit() as i8).collect()),
        ElementType::Int16 => Data::Int16((0..count).map(|_| bit() as i16).collect()),
        ElementType::Int32 => Data::Int32((0..count).map(|_| bit() as i32).collect()),
        ElementType::Int64 => Data::Int64((0..count).map(|_| bit() as i64).collect()),
        ElementType::Uint8 => Data::Uint8((0..count).map(|_| bit() as u8).collect()),
        ElementType::Uint16 => Data::Uint16((0..count).map(|_| bit() as u16).collect()),
        ElementType::Uint32 => Data::Uint32((0..count).map(|_| bit() as u32).collect()),
        ElementType::Uint64 => Data::Uint64((0..count).map(|_| bit()).collect()),
        ElementType::Float16 => {
            Data::Float16((0..count).map(|_| f16::from_f64(random.normal())).collect())
        }
        ElementType::BFloat16 => Data::BFloat16(
            (0..count)
                .map(|_| bf16::from_f64(random.normal()))
                .collect(),
        ),
        ElementType::Float32 => Data::Float32((0..count).map(|_| random.normal() as f32).collect()),
        ElementType::Float64 => Data::Float64((0..count).map(|_| random.normal()).collect()),
        ElementType::String => Data::String(vec!["a".to_owned(); count]),
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). Written out here because the bytes must
/// not change with a library's version.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1]: never zero, for its logarithm is taken.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Box and Muller's transform, one of its two values.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::signature::Port;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix64(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        // The reference implementation's first outputs for this seed (prng.di.unimi.it/splitmix64.c).
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_inputs() {
        let dims = vec![
            PortDim::Open(Some("N".to_owned())),
            PortDim::Fixed(3),
            PortDim::Open(None),
        ];
        let port = |element| Port {
            name: "x".to_owned(),
            kind: PortKind::Tensor {
                element,
                dims: dims.clone(),
            },
        };
        for element in ElementType::ALL {
            let signature = Signature {
                inputs: vec![port(element)],
                outputs: Vec::new(),
            };
            let one = generate(&signature, 4, SEED).unwrap();
            assert_eq!(one[0].1.shape(), [4, 3, 1]);
            assert_eq!(one, generate(&signature, 4, SEED).unwrap());
        }
    }
}
