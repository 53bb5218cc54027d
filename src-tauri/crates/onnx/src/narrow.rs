//! Numbers of a byte and less: each of their few values by its bits.

use crate::proto::tensor_proto::DataType;

/// Bits of one number, and the value of every pattern of them.
pub struct Narrow {
    pub bits: u32,
    pub values: Vec<f64>,
}

/// `None` for wider types, and for those of six bits, which lie across bytes.
pub fn narrow(code: i32) -> Option<Narrow> {
    let kind = DataType::try_from(code).ok()?;
    let (bits, value): (u32, fn(u8) -> f64) = match kind {
        DataType::Uint8 | DataType::Bool => (8, f64::from),
        DataType::Int8 => (8, |bits| f64::from(bits.cast_signed())),
        DataType::Uint4 => (4, f64::from),
        DataType::Int4 => (4, |bits| f64::from((bits << 4).cast_signed() >> 4)),
        DataType::Uint2 => (2, f64::from),
        DataType::Int2 => (2, |bits| f64::from((bits << 6).cast_signed() >> 6)),
        DataType::Float4e2m1 => (4, |bits| float(bits, 2, 1, 1)),
        DataType::Float8e4m3fn => (8, |bits| match bits & 0x7f {
            0x7f => f64::NAN,
            _ => float(bits, 4, 3, 7),
        }),
        DataType::Float8e4m3fnuz => (8, |bits| match bits {
            0x80 => f64::NAN,
            _ => float(bits, 4, 3, 8),
        }),
        DataType::Float8e5m2 => (8, |bits| match (bits & 0x7f, bits >> 7) {
            (0x7c, 0) => f64::INFINITY,
            (0x7c, _) => f64::NEG_INFINITY,
            (0x7d..=0x7f, _) => f64::NAN,
            _ => float(bits, 5, 2, 15),
        }),
        DataType::Float8e5m2fnuz => (8, |bits| match bits {
            0x80 => f64::NAN,
            _ => float(bits, 5, 2, 16),
        }),
        DataType::Float8e8m0 => (8, |bits| match bits {
            0xff => f64::NAN,
            _ => 2_f64.powi(i32::from(bits) - 127),
        }),
        _ => return None,
    };
    let values = (0..1_u16 << bits).map(|bits| value(bits as u8)).collect();
    Some(Narrow { bits, values })
}

/// A sign, an exponent and a fraction ("OCP Microscaling Formats", 2023, 5.3; ONNX, "Float stored in 8 bits").
fn float(bits: u8, exponent_bits: u32, fraction_bits: u32, bias: i32) -> f64 {
    let fraction = bits & ((1 << fraction_bits) - 1);
    let exponent = i32::from(bits >> fraction_bits & ((1 << exponent_bits) - 1));
    let sign = if bits >> (exponent_bits + fraction_bits) & 1 == 1 {
        -1.0
    } else {
        1.0
    };
    let part = f64::from(fraction) / f64::from(1_u32 << fraction_bits);
    if exponent == 0 {
        return sign * part * 2_f64.powi(1 - bias);
    }
    sign * (1.0 + part) * 2_f64.powi(exponent - bias)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: DataType, bits: &[usize]) -> Vec<f64> {
        let narrow = narrow(kind.into());
        let values = narrow.map(|narrow| narrow.values).unwrap_or_default();
        bits.iter().map(|bits| values[*bits]).collect()
    }

    /// ml_dtypes 0.6.0: `numpy.array(bits, numpy.uint8).view(ml_dtypes.float8_e4m3fn).astype(float)`, and so on.
    #[test]
    fn values_are_those_of_ml_dtypes() {
        let bits = [0, 1, 8, 0x38, 0x7e, 0x81, 0xb9];
        assert_eq!(
            of(DataType::Float8e4m3fn, &bits),
            [0.0, 0.001953125, 0.015625, 1.0, 448.0, -0.001953125, -1.125]
        );
        assert_eq!(
            of(DataType::Float8e4m3fnuz, &bits),
            [
                0.0,
                0.0009765625,
                0.0078125,
                0.5,
                224.0,
                -0.0009765625,
                -0.5625
            ]
        );
        let bits = [1, 0x3c, 0x7b, 0x7c, 0xfc, 0xbd];
        assert_eq!(
            of(DataType::Float8e5m2, &bits),
            [
                1.52587890625e-05,
                1.0,
                57344.0,
                f64::INFINITY,
                f64::NEG_INFINITY,
                -1.25
            ]
        );
        assert_eq!(
            of(DataType::Float8e5m2fnuz, &[1, 0x3c, 0x7f, 0xbd]),
            [7.62939453125e-06, 0.5, 57344.0, -0.625]
        );
        assert_eq!(
            of(DataType::Float4e2m1, &(0..16).collect::<Vec<_>>()),
            [
                0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0,
                -6.0
            ]
        );
        assert_eq!(of(DataType::Float8e8m0, &[126, 127, 130]), [0.5, 1.0, 8.0]);
        assert_eq!(of(DataType::Int4, &[7, 8, 15]), [7.0, -8.0, -1.0]);
        assert_eq!(of(DataType::Int2, &[0, 1, 2, 3]), [0.0, 1.0, -2.0, -1.0]);
        for (kind, bits) in [
            (DataType::Float8e4m3fn, 0xff),
            (DataType::Float8e4m3fnuz, 0x80),
            (DataType::Float8e5m2, 0x7e),
            (DataType::Float8e8m0, 0xff),
        ] {
            assert!(of(kind, &[bits])[0].is_nan(), "{kind:?}");
        }
    }
}
