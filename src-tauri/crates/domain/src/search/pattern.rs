//! Regular expressions that mean the same in SQLite (Rust's `regex`) and in PostgreSQL, and that cannot run away.
//!
//! Only what both engines know, and read alike, is let through; classes such as `\w` are spelled out, since each engine
//! has its own idea of them. Back references and look-around, by which a search can take forever, are refused.

use regex::RegexBuilder;

/// A pattern that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    ignore_case: bool,
    body: String,
}

const CHARS_MAX: usize = 500;
/// PostgreSQL's bound on a repetition.
const REPEAT_MAX: u32 = 255;
/// What a compiled pattern may take: `((a{200}){200}){200}` is refused here.
const COMPILED_BYTES_MAX: usize = 256 * 1024;
const GROUPS_DEPTH_MAX: usize = 20;

impl Pattern {
    /// Reads a pattern. The error names the place in the pattern, in characters from 1, and what is wrong.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let characters: Vec<char> = text.chars().collect();
        if characters.len() > CHARS_MAX {
            let message = format!("a regular expression has at most {CHARS_MAX} characters");
            return Err((CHARS_MAX + 1, message));
        }
        let ignore_case = text.starts_with("(?i)");
        let mut reader = Reader {
            at: if ignore_case { 4 } else { 0 },
            characters,
            body: String::new(),
            open: Vec::new(),
            repeatable: false,
        };
        reader.read()?;
        let pattern = Self {
            ignore_case,
            body: reader.body,
        };
        let compiled = RegexBuilder::new(&pattern.for_sqlite())
            .size_limit(COMPILED_BYTES_MAX)
            .nest_limit(64)
            .build();
        match compiled {
            Ok(_) => Ok(pattern),
            Err(regex::Error::CompiledTooBig(_)) => {
                Err((1, "the regular expression repeats too much".to_owned()))
            }
            Err(error) => {
                let last = error.to_string();
                let last = last.lines().last().unwrap_or_default();
                Err((1, last.trim_start_matches("error: ").to_owned()))
            }
        }
    }

    /// As Rust's `regex` reads it, which SQLite is given.
    pub fn for_sqlite(&self) -> String {
        let flags = if self.ignore_case { "(?si)" } else { "(?s)" };
        format!("{flags}{}", self.body)
    }

    /// As PostgreSQL's advanced regular expressions read it.
    pub fn for_postgres(&self) -> String {
        // `(?:` keeps a body that begins with `***` or `(?` from being read as a directive.
        let flags = if self.ignore_case { "(?i)" } else { "" };
        format!("{flags}(?:{})", self.body)
    }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
    body: String,
    /// Where each open group began.
    open: Vec<usize>,
    /// Whether what stands before can be repeated.
    repeatable: bool,
}

type Checked = Result<(), (usize, String)>;

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn refuse<T>(position: usize, message: impl Into<String>) -> Result<T, (usize, String)> {
        Err((position, message.into()))
    }

    fn read(&mut self) -> Checked {
        while let Some(c) = self.peek() {
            let position = self.at + 1;
            self.at += 1;
            match c {
                '(' => self.group(position)?,
                ')' => {
                    if self.open.pop().is_none() {
                        return Self::refuse(position, "this ')' closes nothing");
                    }
                    self.push(')', true);
                }
                '[' => self.class(position)?,
                '*' | '+' | '?' => self.repeat(position, c.encode_utf8(&mut [0; 4]))?,
                '{' => self.bounds(position)?,
                '\\' => self.escape(position)?,
                '^' | '$' | '|' => self.push(c, false),
                ']' | '}' => {
                    self.body.push('\\');
                    self.push(c, true);
                }
                other => self.push(other, true),
            }
        }
        match self.open.last() {
            Some(position) => Self::refuse(*position, "this '(' is never closed"),
            None => Ok(()),
        }
    }

    fn push(&mut self, c: char, repeatable: bool) {
        self.body.push(c);
        self.repeatable = repeatable;
    }

    fn group(&mut self, position: usize) -> Checked {
        if self.open.len() >= GROUPS_DEPTH_MAX {
            return Self::refuse(position, "groups are nested too deeply");
        }
        if self.take('?') && !self.take(':') {
            return Self::refuse(
                position,
                "only '(...)', '(?:...)' and '(?i)' at the beginning are known here",
            );
        }
        self.open.push(position);
        self.body.push_str("(?:");
        self.repeatable = false;
        Ok(())
    }

    fn repeat(&mut self, position: usize, operator: &str) -> Checked {
        if !self.repeatable {
            return Self::refuse(position, "there is nothing to repeat here");
        }
        // A match is a match, however greedy: `*?` finds the same rows as `*`.
        self.take('?');
        self.body.push_str(operator);
        self.repeatable = false;
        Ok(())
    }

    fn bounds(&mut self, position: usize) -> Checked {
        let from = self.number();
        let to = if self.take(',') {
            self.number().map_or(Bound::Open, Bound::At)
        } else {
            Bound::Same
        };
        let (Some(from), true) = (from, self.take('}')) else {
            return Self::refuse(
                position,
                "expected {n}, {n,} or {n,m}; write \\{ for the character",
            );
        };
        let most = match to {
            Bound::At(to) => to,
            Bound::Open | Bound::Same => from,
        };
        if from > most || most > REPEAT_MAX {
            let message = format!("a repetition goes up to {REPEAT_MAX}, from less to more");
            return Self::refuse(position, message);
        }
        let operator = match to {
            Bound::At(to) => format!("{{{from},{to}}}"),
            Bound::Open => format!("{{{from},}}"),
            Bound::Same => format!("{{{from}}}"),
        };
        self.repeat(position, &operator)
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.characters[start..self.at].iter().collect();
        digits.parse().ok()
    }

    fn escape(&mut self, position: usize) -> Checked {
        let Some(c) = self.peek() else {
            return Self::refuse(position, "a '\\' at the end escapes nothing");
        };
        self.at += 1;
        self.repeatable = true;
        match (c, members(c)) {
            (_, Some(members)) => {
                let negated = if c.is_ascii_uppercase() { "^" } else { "" };
                self.body.push_str(&format!("[{negated}{members}]"));
            }
            ('t' | 'n' | 'r', _) => {
                self.body.push('\\');
                self.body.push(c);
            }
            (c, _) if c.is_ascii_punctuation() => {
                self.body.push('\\');
                self.body.push(c);
            }
            _ => return Self::refuse(position, format!("'\\{c}' is not known here")),
        }
        Ok(())
    }

    fn class(&mut self, position: usize) -> Checked {
        self.body.push('[');
        if self.take('^') {
            self.body.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.peek() else {
                return Self::refuse(position, "this '[' is never closed");
            };
            let at = self.at + 1;
            self.at += 1;
            match c {
                ']' if !first => break,
                '\\' => self.class_escape(at)?,
                '-' => self.class_dash(first),
                // `[[:alpha:]]`, `[a&&b]` and `[a~~b]` mean different things to the two engines.
                '[' | ']' | '&' | '~' | '^' => {
                    self.body.push('\\');
                    self.body.push(c);
                }
                other => self.body.push(other),
            }
            first = false;
        }
        self.push(']', true);
        Ok(())
    }

    /// A dash is a range between two members, and itself at the ends.
    fn class_dash(&mut self, first: bool) {
        let last = self.peek() == Some(']');
        self.body.push_str(if first || last { "\\-" } else { "-" });
    }

    fn class_escape(&mut self, position: usize) -> Checked {
        let Some(c) = self.peek() else {
            return Self::refuse(position, "a '\\' at the end escapes nothing");
        };
        self.at += 1;
        match (c, members(c)) {
            ('d' | 'w' | 's', Some(members)) => self.body.push_str(members),
            ('t' | 'n' | 'r', _) => {
                self.body.push('\\');
                self.body.push(c);
            }
            (c, _) if c.is_ascii_punctuation() => {
                self.body.push('\\');
                self.body.push(c);
            }
            _ => {
                return Self::refuse(
                    position,
                    format!("'\\{c}' is not known between '[' and ']'"),
                );
            }
        }
        Ok(())
    }
}

enum Bound {
    /// `{n}`
    Same,
    /// `{n,}`
    Open,
    /// `{n,m}`
    At(u32),
}

/// What `\d`, `\w`, `\s` and their negations stand for: ASCII, in every database.
fn members(class: char) -> Option<&'static str> {
    match class.to_ascii_lowercase() {
        'd' => Some("0-9"),
        'w' => Some("A-Za-z0-9_"),
        's' => Some(" \\t\\n\\r"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_both_engines_read_alike_is_let_through() {
        for (text, expected) in [
            ("^adam", "(?:^adam)"),
            ("(?i)adam|sgd$", "(?i)(?:adam|sgd$)"),
            ("v\\d+\\.\\d{1,3}", "(?:v[0-9]+\\.[0-9]{1,3})"),
            ("(a|b)*?c", "(?:(?:a|b)*c)"),
            ("[\\w.-]+@[^]a-c]", "(?:[A-Za-z0-9_.\\-]+@[^\\]a-c])"),
            ("\\Wx{2,}", "(?:[^A-Za-z0-9_]x{2,})"),
            ("größe", "(?:größe)"),
            ("", "(?:)"),
        ] {
            assert_eq!(
                Pattern::parse(text).map(|pattern| pattern.for_postgres()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn the_rest_is_refused_with_its_place() {
        for (text, place, expected) in [
            ("a(b", 2, "this '(' is never closed"),
            ("ab)", 3, "this ')' closes nothing"),
            ("[ab", 1, "this '[' is never closed"),
            ("*a", 1, "there is nothing to repeat here"),
            ("a**", 3, "there is nothing to repeat here"),
            ("(a)\\1", 4, "'\\1' is not known here"),
            (
                "(?=a)",
                1,
                "only '(...)', '(?:...)' and '(?i)' at the beginning are known here",
            ),
            ("\\pL", 1, "'\\p' is not known here"),
            (
                "x{9999}",
                2,
                "a repetition goes up to 255, from less to more",
            ),
            (
                "x{",
                2,
                "expected {n}, {n,} or {n,m}; write \\{ for the character",
            ),
            (
                "((a{200}){200}){200}",
                1,
                "the regular expression repeats too much",
            ),
            ("[z-a]", 1, ""),
        ] {
            let (position, message) = Pattern::parse(text).unwrap_err();
            assert_eq!(position, place, "{text}: {message}");
            assert!(message.contains(expected), "{text}: {message}");
        }
        assert_eq!(Pattern::parse(&"a".repeat(501)).unwrap_err().0, 501);
    }
}
