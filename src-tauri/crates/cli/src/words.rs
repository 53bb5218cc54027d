//! How single arguments are read: times, ages, dims, columns.

use std::time::Duration;

use engine::benchmark::TimeUnit;
use engine::compare::ColumnMapping;
use services::cost::DimSetting;

/// `OUTPUT=COLUMN[,COLUMN...]`.
pub fn mapping(text: &str) -> Result<ColumnMapping, String> {
    let wrong = || format!("'{text}' is no mapping; write OUTPUT=COLUMN or OUTPUT=COLUMN,COLUMN");
    let (output, columns) = text.split_once('=').ok_or_else(wrong)?;
    let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
    if output.is_empty() || columns.iter().any(String::is_empty) {
        return Err(wrong());
    }
    Ok(ColumnMapping {
        output: output.to_owned(),
        columns,
    })
}

/// `N=8`.
pub fn dim(text: &str) -> Result<DimSetting, String> {
    let wrong = || format!("'{text}' is no dim with its value: write N=8");
    let (name, value) = text.rsplit_once('=').ok_or_else(wrong)?;
    let value = value.parse().map_err(|_| wrong())?;
    Ok(DimSetting {
        name: name.to_owned(),
        value,
    })
}

pub fn time_unit(text: &str) -> Result<TimeUnit, String> {
    match text {
        "s" => Ok(TimeUnit::S),
        "ms" => Ok(TimeUnit::Ms),
        "us" => Ok(TimeUnit::Us),
        "ns" => Ok(TimeUnit::Ns),
        _ => Err(format!(
            "'{text}' is no unit of time; there are s, ms, us and ns"
        )),
    }
}

pub fn age_ms(text: &str) -> Result<i64, String> {
    let units = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let age = units.iter().find_map(|(unit, unit_ms)| {
        let number: i64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(*unit_ms).filter(|age| *age >= 0)
    });
    age.ok_or_else(|| format!("'{text}' is no age; write 30d, 12h, 90m or 0s"))
}

pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit_s) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number
        .trim()
        .parse::<f64>()
        .map_err(|_| format!("'{text}' is no duration; write 2s or 500ms"))?;
    let in_range = (0.01..=3600.0).contains(&(seconds * unit_s));
    if in_range {
        Ok(Duration::from_secs_f64(seconds * unit_s))
    } else {
        Err(format!("'{text}' is not between 10ms and 3600s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_read_with_their_columns() {
        let found = mapping("y=y_2,y_0");
        assert!(found.is_ok_and(|found| found.columns == ["y_2", "y_0"]));
        for wrong in ["y", "=a", "y=", "y=a,,b"] {
            assert!(mapping(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ages_are_read_with_their_unit() {
        assert_eq!(age_ms("30d"), Ok(2_592_000_000));
        assert_eq!(age_ms("0s"), Ok(0));
        for wrong in ["30", "-1d", "d", "99999999999999999d"] {
            assert!(age_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("soon").is_err());
        assert!(duration("-1s").is_err());
    }
}
