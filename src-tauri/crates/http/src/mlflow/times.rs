//! Times and durations as protobuf's JSON writes them: `2026-11-23T07:43:05.488Z`, `1.5s`.

use domain::calendar::{civil, days_of};

use crate::error::ApiError;

const MS_PER_DAY: i64 = 86_400_000;
/// The years 1 to 9999, which are all that the format can say.
const MS_MIN: i64 = -62_135_596_800_000;
const MS_MAX: i64 = 253_402_300_799_999;

pub fn timestamp(ms: i64) -> String {
    let ms = ms.clamp(MS_MIN, MS_MAX);
    let (year, month, day) = civil(ms.div_euclid(MS_PER_DAY));
    let rest = ms.rem_euclid(MS_PER_DAY);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    let fraction = match rest % 1000 {
        0 => String::new(),
        fraction => format!(".{fraction:03}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

pub fn duration(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let (seconds, fraction) = (ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000);
    match fraction {
        0 => format!("{sign}{seconds}s"),
        fraction => format!("{sign}{seconds}.{fraction:03}s"),
    }
}

pub fn read_timestamp(field: &str, text: &str) -> Result<i64, ApiError> {
    parse_timestamp(text).ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid value '{}' for parameter '{field}' supplied: expected a time such as 2026-11-23T07:43:05.488Z.",
            domain::names::shortened(text, 60)
        ))
    })
}

pub fn read_duration(field: &str, text: &str) -> Result<i64, ApiError> {
    parse_duration(text).ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid value '{}' for parameter '{field}' supplied: expected a duration such as 1.5s.",
            domain::names::shortened(text, 60)
        ))
    })
}

fn parse_timestamp(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut parts = date.splitn(3, '-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at(at);
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let seconds_ms = fractional_ms(parts.next()?)?;
    if hour > 23 || minute > 59 || seconds_ms >= 61_000 {
        return None;
    }
    let offset_ms = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let ms = digits(hours)? * 3_600_000 + digits(minutes)? * 60_000;
            if zone.starts_with('-') { -ms } else { ms }
        }
    };
    let days = days_of(year, month, day);
    Some(days * MS_PER_DAY + hour * 3_600_000 + minute * 60_000 + seconds_ms - offset_ms)
}

fn parse_duration(text: &str) -> Option<i64> {
    let text = text.strip_suffix('s')?;
    match text.strip_prefix('-') {
        Some(positive) => Some(-fractional_ms(positive)?),
        None => fractional_ms(text),
    }
}

/// At most 9 digits, so that nothing overflows.
fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// `5.4885` seconds in whole milliseconds.
fn fractional_ms(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    digits(fraction)?;
    let padded = format!("{fraction:0<3}");
    Some(digits(whole)? * 1000 + digits(&padded[..3])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_they_went() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_795_419_785_488, "2026-11-23T07:43:05.488Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (MS_MIN, "0001-01-01T00:00:00Z"),
            (MS_MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(timestamp(ms), text);
            assert_eq!(parse_timestamp(text), Some(ms), "{text}");
        }
        assert_eq!(
            parse_timestamp("2026-11-23T08:43:05.488123+01:00"),
            Some(1_795_419_785_488)
        );
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-11-23",
            "2026-11-23T25:00:00Z",
            "2026-11-23T07:43:05",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (ms, text) in [(0, "0s"), (1, "0.001s"), (1500, "1.500s"), (-2000, "-2s")] {
            assert_eq!(duration(ms), text);
            assert_eq!(parse_duration(text), Some(ms));
        }
        assert_eq!(parse_duration("1.5s"), Some(1500));
        assert_eq!(parse_duration("0.000000001s"), Some(0));
        for text in ["", "5", "xs", "1.s", "--1s", "99999999999999999999s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
