//! Ids of traces, spans and assessments.

use crate::names::Invalid;
use crate::word_id::word_id;

word_id!(
    /// `tr-` and the 32 hex digits of the OpenTelemetry trace id, when spans made it.
    TraceId,
    "trace_id"
);
word_id!(
    /// 16 hex digits.
    SpanId,
    "span_id"
);
word_id!(
    /// `a-` and 32 hex digits.
    AssessmentId,
    "assessment_id"
);

const TRACE_PREFIX: &str = "tr-";

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    (0..bytes.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

/// OpenTelemetry's ids: 16 and 8 bytes, not all zero.
fn otel_id(field: &str, bytes: &[u8], length: usize) -> Result<String, Invalid> {
    if bytes.len() == length && bytes.iter().any(|byte| *byte != 0) {
        return Ok(hex(bytes));
    }
    let expected = format!("{length} bytes that are not all zero");
    Err(Invalid::new(field, hex(bytes), expected))
}

impl TraceId {
    pub fn from_otel(bytes: &[u8]) -> Result<Self, Invalid> {
        Ok(Self(format!(
            "{TRACE_PREFIX}{}",
            otel_id("trace_id", bytes, 16)?
        )))
    }

    /// The bytes that OpenTelemetry knows it by; `None` for an id that no span made.
    pub fn otel_bytes(&self) -> Option<Vec<u8>> {
        unhex(self.0.strip_prefix(TRACE_PREFIX)?)
    }
}

impl SpanId {
    pub fn from_otel(bytes: &[u8]) -> Result<Self, Invalid> {
        otel_id("span_id", bytes, 8).map(Self)
    }

    pub fn otel_bytes(&self) -> Option<Vec<u8>> {
        unhex(&self.0)
    }
}

impl AssessmentId {
    pub fn new(random: uuid::Uuid) -> Self {
        Self(format!("a-{}", random.simple()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn otel_ids_come_back_as_they_went() {
        let bytes: Vec<u8> = (1..=16).collect();
        let id = TraceId::from_otel(&bytes).unwrap();
        assert_eq!(id.as_str(), "tr-0102030405060708090a0b0c0d0e0f10");
        assert_eq!(id.otel_bytes().unwrap(), bytes);
        assert!(TraceId::from_otel(&[0; 16]).is_err());
        assert!(TraceId::from_otel(&bytes[..8]).is_err());
        assert!(SpanId::from_otel(&[0; 8]).is_err());
        assert_eq!(
            SpanId::from_otel(&[255; 8]).unwrap().as_str(),
            "ffffffffffffffff"
        );
        assert_eq!(TraceId::parse("tr-né").ok(), None);
        assert_eq!(TraceId::parse("../x").ok(), None);
        assert_eq!(TraceId::parse("tr-xyz").unwrap().otel_bytes(), None);
    }
}
