//! Figures as people read them, the same in the checklist, on the terminal and in the report.

/// `16.1 kB`, `256 MB`: decimal units, as disks and networks count, without zeros that say nothing.
#[must_use]
pub fn bytes(n: u64) -> String {
    let (unit, size) = match n {
        1_000_000_000.. => ("GB", 1e9),
        1_000_000.. => ("MB", 1e6),
        1_000.. => ("kB", 1e3),
        _ => return format!("{n} B"),
    };
    let text = format!("{:.2}", n as f64 / size);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} {unit}")
}

/// `92,080`
#[must_use]
pub fn count(n: impl TryInto<u64>) -> String {
    let digits = n.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3.1e-7`, or a plain `0` where nothing differs.
#[must_use]
pub fn difference(x: f64) -> String {
    if x == 0.0 {
        "0".to_owned()
    } else {
        format!("{x:.1e}")
    }
}

/// `3.800 ms`; microseconds keep three digits that mean something.
#[must_use]
pub fn ms(x: f64) -> String {
    if x.abs() < 0.1 {
        format!("{x:.4} ms")
    } else {
        format!("{x:.3} ms")
    }
}

/// A signed share of one as percent: `+3.1 %`, `−0.4 %`.
#[must_use]
pub fn percent(x: f64) -> String {
    let text = format!("{:.1}", (x * 100.0).abs());
    match (text.as_str(), x < 0.0) {
        ("0.0", _) => "0.0 %".to_owned(),
        (_, true) => format!("−{text} %"),
        (_, false) => format!("+{text} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_no_idle_zeros() {
        assert_eq!(bytes(10), "10 B");
        assert_eq!(bytes(16_100), "16.1 kB");
        assert_eq!(bytes(256_000_000), "256 MB");
        assert_eq!(bytes(1_610_614_146), "1.61 GB");
        assert_eq!(
            (count(0_u64), count(662_u64), count(1_092_080_usize)),
            ("0".into(), "662".into(), "1,092,080".into())
        );
        assert_eq!(
            (difference(0.0), difference(3.14e-7)),
            ("0".into(), "3.1e-7".into())
        );
        assert_eq!(
            (ms(3.8), ms(0.0042)),
            ("3.800 ms".into(), "0.0042 ms".into())
        );
        assert_eq!(
            (percent(0.031), percent(-0.004), percent(-0.0001)),
            ("+3.1 %".into(), "−0.4 %".into(), "0.0 %".into())
        );
    }
}
