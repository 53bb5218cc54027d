//! Tensors as bytes between processes: element type, shape, and the elements as they lie in memory.

use bytemuck::{cast_slice, pod_collect_to_vec};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_bytes::{ByteBuf, Bytes};

use crate::tensor::{Data, ElementType, Tensor};

#[derive(Serialize)]
struct Sent<'a> {
    element: ElementType,
    shape: &'a [usize],
    bytes: Option<&'a Bytes>,
    strings: Option<&'a [String]>,
}

#[derive(Deserialize)]
struct Received {
    element: ElementType,
    shape: Vec<usize>,
    bytes: Option<ByteBuf>,
    strings: Option<Vec<String>>,
}

impl Serialize for Tensor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Option<&[u8]> = match self.data() {
            Data::Bool(items) => Some(cast_slice(items)),
            Data::Int8(items) => Some(cast_slice(items)),
            Data::Int16(items) => Some(cast_slice(items)),
            Data::Int32(items) => Some(cast_slice(items)),
            Data::Int64(items) => Some(cast_slice(items)),
            Data::Uint8(items) => Some(items),
            Data::Uint16(items) => Some(cast_slice(items)),
            Data::Uint32(items) => Some(cast_slice(items)),
            Data::Uint64(items) => Some(cast_slice(items)),
            Data::Float16(items) => Some(cast_slice(items)),
            Data::BFloat16(items) => Some(cast_slice(items)),
            Data::Float32(items) => Some(cast_slice(items)),
            Data::Float64(items) => Some(cast_slice(items)),
            Data::String(_) => None,
        };
        let strings = match self.data() {
            Data::String(items) => Some(items.as_slice()),
            _ => None,
        };
        Sent {
            element: self.element_type(),
            shape: self.shape(),
            bytes: bytes.map(Bytes::new),
            strings,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tensor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let received = Received::deserialize(deserializer)?;
        let bytes = received.bytes.map(ByteBuf::into_vec).unwrap_or_default();
        let data = data(received.element, bytes, received.strings).map_err(D::Error::custom)?;
        Self::new(received.shape, data).map_err(D::Error::custom)
    }
}

fn data(
    element: ElementType,
    bytes: Vec<u8>,
    strings: Option<Vec<String>>,
) -> Result<Data, String> {
    fn items<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(
        bytes: &[u8],
    ) -> Result<Vec<T>, String> {
        let size = size_of::<T>();
        if !bytes.len().is_multiple_of(size) {
            return Err(format!("{} bytes are no elements of {size}", bytes.len()));
        }
        Ok(pod_collect_to_vec(bytes))
    }
    Ok(match element {
        ElementType::Bool => Data::Bool(bytes.iter().map(|byte| *byte != 0).collect()),
        ElementType::Int8 => Data::Int8(items(&bytes)?),
        ElementType::Int16 => Data::Int16(items(&bytes)?),
        ElementType::Int32 => Data::Int32(items(&bytes)?),
        ElementType::Int64 => Data::Int64(items(&bytes)?),
        ElementType::Uint8 => Data::Uint8(bytes),
        ElementType::Uint16 => Data::Uint16(items(&bytes)?),
        ElementType::Uint32 => Data::Uint32(items(&bytes)?),
        ElementType::Uint64 => Data::Uint64(items(&bytes)?),
        ElementType::Float16 => Data::Float16(items(&bytes)?),
        ElementType::BFloat16 => Data::BFloat16(items(&bytes)?),
        ElementType::Float32 => Data::Float32(items(&bytes)?),
        ElementType::Float64 => Data::Float64(items(&bytes)?),
        ElementType::String => Data::String(strings.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::inputs;
    use crate::signature::{Port, PortDim, PortKind, Signature};

    #[test]
    fn every_element_type_arrives_as_it_was_sent() {
        for element in ElementType::ALL {
            let port = Port {
                name: "x".to_owned(),
                kind: PortKind::Tensor {
                    element,
                    dims: vec![PortDim::Open(None), PortDim::Fixed(3)],
                },
            };
            let signature = Signature {
                inputs: vec![port],
                outputs: Vec::new(),
            };
            for rows in [0, 5] {
                let sent = inputs::generate(&signature, rows, inputs::SEED).unwrap();
                let bytes = rmp_serde::to_vec_named(&sent).unwrap();
                let received: Vec<(String, Tensor)> = rmp_serde::from_slice(&bytes).unwrap();
                assert_eq!(received, sent, "{element:?}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_elements_are_refused() {
        let cut = Sent {
            element: ElementType::Float32,
            shape: &[1],
            bytes: Some(Bytes::new(&[1, 2, 3])),
            strings: None,
        };
        let bytes = rmp_serde::to_vec_named(&cut).unwrap();
        let refused = rmp_serde::from_slice::<Tensor>(&bytes).unwrap_err();
        assert!(refused.to_string().contains("3 bytes"), "{refused}");
    }
}
