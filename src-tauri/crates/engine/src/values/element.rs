//! Element types that Rust has no type for.

use ort::value::TensorElementType;
use serde::{Deserialize, Serialize};

/// Names as ONNX spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PackedType {
    Complex64,
    Complex128,
    Float8E4M3FN,
    Float8E4M3FNUZ,
    Float8E5M2,
    Float8E5M2FNUZ,
    Float8E8M0,
    Float4E2M1,
    Int4,
    Uint4,
    Int2,
    Uint2,
}

impl PackedType {
    pub const ALL: [Self; 12] = [
        Self::Complex64,
        Self::Complex128,
        Self::Float8E4M3FN,
        Self::Float8E4M3FNUZ,
        Self::Float8E5M2,
        Self::Float8E5M2FNUZ,
        Self::Float8E8M0,
        Self::Float4E2M1,
        Self::Int4,
        Self::Uint4,
        Self::Int2,
        Self::Uint2,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Float8E4M3FN => "float8e4m3fn",
            Self::Float8E4M3FNUZ => "float8e4m3fnuz",
            Self::Float8E5M2 => "float8e5m2",
            Self::Float8E5M2FNUZ => "float8e5m2fnuz",
            Self::Float8E8M0 => "float8e8m0",
            Self::Float4E2M1 => "float4e2m1",
            Self::Int4 => "int4",
            Self::Uint4 => "uint4",
            Self::Int2 => "int2",
            Self::Uint2 => "uint2",
        }
    }

    /// Bits of one element.
    #[must_use]
    pub fn bits(self) -> usize {
        match self {
            Self::Complex128 => 128,
            Self::Complex64 => 64,
            Self::Int4 | Self::Uint4 | Self::Float4E2M1 => 4,
            Self::Int2 | Self::Uint2 => 2,
            _ => 8,
        }
    }

    pub(crate) fn runtime(self) -> TensorElementType {
        use TensorElementType as T;
        match self {
            Self::Complex64 => T::Complex64,
            Self::Complex128 => T::Complex128,
            Self::Float8E4M3FN => T::Float8E4M3FN,
            Self::Float8E4M3FNUZ => T::Float8E4M3FNUZ,
            Self::Float8E5M2 => T::Float8E5M2,
            Self::Float8E5M2FNUZ => T::Float8E5M2FNUZ,
            Self::Float8E8M0 => T::Float8E8M0,
            Self::Float4E2M1 => T::Float4E2M1,
            Self::Int4 => T::Int4,
            Self::Uint4 => T::Uint4,
            Self::Int2 => T::Int2,
            Self::Uint2 => T::Uint2,
        }
    }

    pub(crate) fn of_runtime(element: TensorElementType) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|packed| packed.runtime() == element)
    }

    /// `count` elements as `f64`, complex ones as two each.
    pub(super) fn read(self, bytes: &[u8], count: usize) -> Vec<f64> {
        let bits = self.bits();
        match self {
            Self::Complex64 => bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|part| f64::from(f32::from_le_bytes(*part)))
                .collect(),
            Self::Complex128 => {
                let parts = bytes.as_chunks::<8>().0.iter();
                parts.map(|part| f64::from_le_bytes(*part)).collect()
            }
            _ => (0..count)
                .map(|at| {
                    let byte = bytes.get(at * bits / 8).copied().unwrap_or_default();
                    self.small(byte >> (at * bits % 8) & (0xff >> (8 - bits)))
                })
                .collect(),
        }
    }

    /// The number that the low bits of `code` stand for, after the ONNX standard's tables (docs "Float stored in 8 bits",
    /// "4 bit integer types"; OCP Microscaling Formats 1.0 for E8M0 and E2M1).
    fn small(self, code: u8) -> f64 {
        let signed = |bits: u32| f64::from((code << (8 - bits)).cast_signed() >> (8 - bits));
        match self {
            Self::Uint4 | Self::Uint2 => f64::from(code),
            Self::Int4 => signed(4),
            Self::Int2 => signed(2),
            Self::Float4E2M1 => minifloat(code, 2, 1, 1),
            Self::Float8E8M0 if code == 0xff => f64::NAN,
            Self::Float8E8M0 => 2_f64.powi(i32::from(code) - 127),
            Self::Float8E4M3FN if code & 0x7f == 0x7f => f64::NAN,
            Self::Float8E4M3FN => minifloat(code, 4, 3, 7),
            Self::Float8E5M2 if code & 0x7f == 0x7c => {
                f64::INFINITY.copysign(if code & 0x80 == 0 { 1.0 } else { -1.0 })
            }
            Self::Float8E5M2 if code & 0x7c == 0x7c => f64::NAN,
            Self::Float8E5M2 => minifloat(code, 5, 2, 15),
            Self::Float8E4M3FNUZ | Self::Float8E5M2FNUZ if code == 0x80 => f64::NAN,
            Self::Float8E4M3FNUZ => minifloat(code, 4, 3, 8),
            Self::Float8E5M2FNUZ => minifloat(code, 5, 2, 16),
            Self::Complex64 | Self::Complex128 => f64::NAN,
        }
    }
}

/// Sign, exponent and mantissa, with subnormals and without anything special.
fn minifloat(code: u8, exponent_bits: u32, mantissa_bits: u32, bias: i32) -> f64 {
    let mantissa = f64::from(code & ((1 << mantissa_bits) - 1)) / f64::from(1_u32 << mantissa_bits);
    let exponent = i32::from(code >> mantissa_bits & ((1 << exponent_bits) - 1));
    let size = match exponent {
        0 => mantissa * 2_f64.powi(1 - bias),
        exponent => (1.0 + mantissa) * 2_f64.powi(exponent - bias),
    };
    let negative = code >> (exponent_bits + mantissa_bits) & 1 == 1;
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_numbers_of_the_standard() {
        // Reference: ml_dtypes 0.5, `numpy.array([code], numpy.uint8).view(ml_dtypes.float8_...).astype(float)`.
        for (element, code, expected) in [
            (PackedType::Float8E4M3FN, 0x7e, 448.0),
            (PackedType::Float8E4M3FN, 0x01, 0.001_953_125),
            (PackedType::Float8E4M3FN, 0xb8, -1.0),
            (PackedType::Float8E4M3FNUZ, 0x7f, 240.0),
            (PackedType::Float8E5M2, 0x7b, 57344.0),
            (PackedType::Float8E5M2, 0xfc, f64::NEG_INFINITY),
            (PackedType::Float8E5M2FNUZ, 0x7f, 57344.0),
            (PackedType::Float8E5M2FNUZ, 0x01, 2_f64.powi(-17)),
            (PackedType::Float8E8M0, 0x80, 2.0),
            (PackedType::Float4E2M1, 0x7, 6.0),
            (PackedType::Float4E2M1, 0x9, -0.5),
            (PackedType::Int4, 0x9, -7.0),
            (PackedType::Uint4, 0x9, 9.0),
            (PackedType::Int2, 0x2, -2.0),
        ] {
            assert_eq!(
                element.read(&[code], 1),
                [expected],
                "{element:?} {code:#x}"
            );
        }
        assert!(PackedType::Float8E4M3FN.read(&[0xff], 1)[0].is_nan());
        assert!(PackedType::Float8E5M2FNUZ.read(&[0x80], 1)[0].is_nan());
    }

    #[test]
    fn small_elements_come_from_the_low_bits_on() {
        assert_eq!(PackedType::Uint4.read(&[0x21, 0x03], 3), [1.0, 2.0, 3.0]);
        assert_eq!(
            PackedType::Uint2.read(&[0b11_10_01_00], 4),
            [0.0, 1.0, 2.0, 3.0]
        );
    }
}
