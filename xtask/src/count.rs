//! How many tests each runner says that it ran.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u32,
    pub failed: u32,
}

/// A tool that is one check by itself.
pub fn one(_: &str) -> Count {
    Count {
        passed: 1,
        failed: 0,
    }
}

/// `test result: ok. 12 passed; 0 failed; ...`, once for each test binary.
pub fn cargo(output: &str) -> Count {
    let lines = output
        .lines()
        .filter(|line| line.starts_with("test result:"));
    lines.fold(Count::default(), |sum, line| {
        let here = words(line);
        Count {
            passed: sum.passed + here.passed,
            failed: sum.failed + here.failed,
        }
    })
}

/// `1765 cases in 9.1 s: 59 load, 1567 pass`; a `SURPRISE` is a case that is not as listed.
pub fn conformance(output: &str) -> Count {
    let cases = output.lines().rev().find_map(|line| {
        let (count, rest) = line.split_once(" cases in ")?;
        rest.contains(" pass").then(|| count.parse::<u32>().ok())?
    });
    let failed = output
        .lines()
        .filter(|line| line.starts_with("SURPRISE "))
        .count() as u32;
    Count {
        passed: cases.unwrap_or_default().saturating_sub(failed),
        failed,
    }
}

/// `=== 1 failed, 12 passed in 3.21s ===`, the last line that says so. Errors in fixtures are failures.
pub fn pytest(output: &str) -> Count {
    output
        .lines()
        .rev()
        .find(|l| {
            l.contains(" in ")
                && (l.contains(" passed") || l.contains(" failed") || l.contains(" error"))
        })
        .map_or_else(Count::default, words)
}

/// `      Tests  1 failed | 12 passed (13)`
pub fn vitest(output: &str) -> Count {
    output
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("Tests "))
        .map_or_else(Count::default, words)
}

/// node's own runner ends with `ℹ pass 12` and `ℹ fail 0`.
pub fn node(output: &str) -> Count {
    let last = |word: &str| {
        let found = output.lines().rev().find_map(|l| {
            l.split_once(&format!(" {word} "))
                .and_then(|(_, n)| n.trim().parse().ok())
        });
        found.unwrap_or(0)
    };
    Count {
        passed: last("pass"),
        failed: last("fail"),
    }
}

/// Numbers that stand before "passed", "failed" or "error".
fn words(line: &str) -> Count {
    let mut count = Count::default();
    let mut number = 0;
    for word in line
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        if let Ok(n) = word.parse() {
            number = n;
        } else if word == "passed" {
            count.passed += number;
        } else if matches!(word, "failed" | "error" | "errors") {
            count.failed += number;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_each_runner_says() {
        let rust = "test result: ok. 12 passed; 0 failed; 0 ignored\nnoise\ntest result: FAILED. 3 passed; 2 failed; 0 ignored";
        assert_eq!(
            cargo(rust),
            Count {
                passed: 15,
                failed: 2
            }
        );
        assert_eq!(
            pytest("x\n=== 1 failed, 12 passed, 1 error in 3.21s ===\n"),
            Count {
                passed: 12,
                failed: 2
            }
        );
        assert_eq!(
            vitest(" Test Files  1 passed (1)\n      Tests  1 failed | 12 passed (13)\n"),
            Count {
                passed: 12,
                failed: 1
            }
        );
        assert_eq!(
            node("ℹ tests 8\nℹ pass 7\nℹ fail 1\n"),
            Count {
                passed: 7,
                failed: 1
            }
        );
    }

    #[test]
    fn silence_counts_nothing() {
        assert_eq!(cargo(""), Count::default());
        assert_eq!(pytest("no tests ran in 0.01s"), Count::default());
    }
}
