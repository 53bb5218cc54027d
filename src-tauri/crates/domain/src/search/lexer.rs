//! Characters to tokens.

use super::SearchError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `metrics.loss`, `tags."a b"`, a keyword, or a bare word.
    Name {
        prefix: Option<String>,
        key: String,
        /// A quoted name is never a keyword.
        quoted: bool,
    },
    /// In single or double quotes.
    Text(String),
    Number(f64),
    Operator(&'static str),
    Open,
    Close,
    Comma,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub token: Token,
    /// In characters, from 1.
    pub position: usize,
}

pub(super) struct Lexer {
    characters: Vec<char>,
    at: usize,
    field: &'static str,
}

/// Longest first, so that `>=` is not read as `>`.
const OPERATORS: [&str; 10] = ["!=", "!~", "<>", ">=", "<=", "==", "=", ">", "<", "~"];

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':')
}

impl Lexer {
    pub fn tokens(field: &'static str, text: &str) -> Result<Vec<Placed>, SearchError> {
        let mut lexer = Self {
            characters: text.chars().collect(),
            at: 0,
            field,
        };
        let mut tokens = Vec::new();
        while let Some(placed) = lexer.next_token()? {
            tokens.push(placed);
        }
        Ok(tokens)
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn error(&self, position: usize, message: impl Into<String>) -> SearchError {
        SearchError {
            field: self.field,
            position,
            message: message.into(),
        }
    }

    fn next_token(&mut self) -> Result<Option<Placed>, SearchError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let position = self.at + 1;
        let token = match first {
            '(' => self.single(Token::Open),
            ')' => self.single(Token::Close),
            ',' => self.single(Token::Comma),
            '\'' | '"' => Token::Text(self.quoted()?),
            '`' => Token::Name {
                prefix: None,
                key: self.quoted()?,
                quoted: true,
            },
            c if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(position)?,
            c if c.is_alphabetic() || c == '_' => self.name()?,
            _ => self.operator(position)?,
        };
        Ok(Some(Placed { token, position }))
    }

    fn single(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    /// Reads up to the closing quote; a doubled quote stands for one.
    fn quoted(&mut self) -> Result<String, SearchError> {
        let (quote, opened_at) = (self.characters[self.at], self.at + 1);
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c != quote {
                text.push(c);
            } else if self.peek() == Some(quote) {
                text.push(quote);
                self.at += 1;
            } else {
                return Ok(text);
            }
        }
        Err(self.error(opened_at, format!("the quote {quote} is never closed")))
    }

    fn number(&mut self, position: usize) -> Result<Token, SearchError> {
        let start = self.at;
        while let Some(c) = self.peek() {
            let sign_after_exponent = matches!(c, '+' | '-')
                && (self.at == start || matches!(self.characters[self.at - 1], 'e' | 'E'));
            if !(c.is_ascii_alphanumeric() || c == '.' || sign_after_exponent) {
                break;
            }
            self.at += 1;
        }
        let word: String = self.characters[start..self.at].iter().collect();
        match word.parse() {
            Ok(value) => Ok(Token::Number(value)),
            Err(_) => Err(self.error(position, format!("'{word}' is not a number"))),
        }
    }

    fn name(&mut self) -> Result<Token, SearchError> {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        let word: String = self.characters[start..self.at].iter().collect();
        if let (Some(prefix), Some('`' | '"')) = (word.strip_suffix('.'), self.peek()) {
            return Ok(Token::Name {
                prefix: Some(prefix.to_owned()),
                key: self.quoted()?,
                quoted: true,
            });
        }
        let (prefix, key) = match word.split_once('.') {
            Some((prefix, key)) => (Some(prefix.to_owned()), key.to_owned()),
            None => (None, word),
        };
        Ok(Token::Name {
            prefix,
            key,
            quoted: false,
        })
    }

    fn operator(&mut self, position: usize) -> Result<Token, SearchError> {
        let rest: String = self.characters[self.at..].iter().take(2).collect();
        for operator in OPERATORS {
            if rest.starts_with(operator) {
                self.at += operator.len();
                return Ok(Token::Operator(match operator {
                    "<>" => "!=",
                    "==" => "=",
                    other => other,
                }));
            }
        }
        Err(self.error(
            position,
            format!(
                "unexpected character '{}'",
                rest.chars().next().unwrap_or(' ')
            ),
        ))
    }
}
