//! Limits of a model without a gate file: the defaults, overridden by its tags `gate.latency_p99_ms_max`,
//! `gate.size_bytes_max`, `gate.golden_rtol` and `gate.golden_atol`.

use domain::gates::{GateFile, GoldenGate, LatencyGate, SizeGate};
use store::registry::ModelTagRow;

use crate::error::{Result, ServiceError};

/// A gate file's text with the limits that a model's tags give; `None` where no tag is one of a gate.
///
/// # Errors
/// A tag that is no number, or that names no gate, is an error, never a silent default.
pub(super) fn text_of(name: &str, tags: &[ModelTagRow]) -> Result<Option<String>> {
    let mut size = SizeGate::default();
    let mut golden = GoldenGate::default();
    let mut latency = LatencyGate::default();
    let mut found = false;
    for tag in tags {
        let Some(limit) = tag.key.strip_prefix("gate.") else {
            continue;
        };
        found = true;
        match limit {
            "latency_p99_ms_max" => latency.limit_ms = number(name, tag)?,
            "size_bytes_max" => {
                let bytes = tag.value.trim().parse().ok().filter(|n| *n > 0);
                size.max_bytes = bytes.ok_or_else(|| bad(name, tag, "a whole number of bytes"))?;
            }
            "golden_rtol" => golden.rtol = number(name, tag)?,
            "golden_atol" => golden.atol = number(name, tag)?,
            _ => {
                return Err(ServiceError::invalid(
                    tag.key.clone(),
                    format!(
                        "tag {} of {name} names no gate; known are gate.latency_p99_ms_max, gate.size_bytes_max, \
                             gate.golden_rtol, gate.golden_atol",
                        tag.key
                    ),
                ));
            }
        }
    }
    Ok(found.then(|| written(size, golden, &latency)))
}

fn number(name: &str, tag: &ModelTagRow) -> Result<f64> {
    let parsed = tag.value.trim().parse::<f64>().ok();
    parsed
        .filter(|n| n.is_finite() && *n >= 0.0)
        .ok_or_else(|| bad(name, tag, "a number of at least 0"))
}

fn bad(name: &str, tag: &ModelTagRow, wanted: &str) -> ServiceError {
    ServiceError::invalid(
        tag.key.clone(),
        format!(
            "tag {} of {name} is '{}'; it must be {wanted}",
            tag.key, tag.value
        ),
    )
}

fn written(size: SizeGate, golden: GoldenGate, latency: &LatencyGate) -> String {
    // Debug keeps the point that tells a TOML float from an integer.
    format!(
        "# From the tags gate.* of this model. A gate file that is saved takes their place.\n\n\
         [size]\nmax_bytes = {}\n\n[placement]\n\n[golden]\nrtol = {:?}\natol = {:?}\n\n\
         [[latency]]\npercentile = 99\nlimit_ms = {:?}\n",
        size.max_bytes, golden.rtol, golden.atol, latency.limit_ms
    )
}

/// What a model without tags and without a gate file is asked.
pub(super) fn default_text() -> &'static str {
    domain::gates::EXAMPLE
}

/// The file of a text that this program wrote or has accepted before.
pub(super) fn read(text: &str, whose: &str) -> Result<GateFile> {
    domain::gates::parse(text).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        ServiceError::invalid("text", format!("{whose}: {}", told.join("; ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> ModelTagRow {
        ModelTagRow {
            name: "m".to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn tags_become_a_gate_file() {
        assert_eq!(text_of("m", &[tag("desk", "fx")]).unwrap(), None);
        let tags = [
            tag("gate.size_bytes_max", "10"),
            tag("gate.latency_p99_ms_max", "2"),
            tag("gate.golden_rtol", "1e-3"),
            tag("desk", "fx"),
        ];
        let text = text_of("m", &tags).unwrap().unwrap();
        let file = read(&text, "tags").unwrap();
        assert_eq!(file.size, Some(SizeGate { max_bytes: 10 }));
        assert_eq!(file.latency[0].limit_ms, 2.0);
        let golden = file.golden.unwrap();
        assert_eq!((golden.rtol, golden.atol), (1e-3, 1e-6));
        assert_eq!(file.placement, GateFile::default().placement);
    }

    #[test]
    fn a_tag_that_is_wrong_is_named() {
        for (key, value, says) in [
            ("gate.size_bytes_max", "small", "a whole number of bytes"),
            ("gate.golden_atol", "-1", "a number of at least 0"),
            ("gate.p99", "1", "names no gate"),
        ] {
            let error = text_of("m", &[tag(key, value)]).unwrap_err().to_string();
            assert!(error.contains(key) && error.contains(says), "{error}");
        }
    }
}
