//! Tokens to a tree.

use super::fields::{Entity, Field};
use super::lexer::{Lexer, Placed, Token};
use super::pattern::Pattern;
use super::{Comparison, Filter, NumberOp, SearchError, Test, TextOp};

/// Bounds on what one filter may ask, so that none can exhaust the stack or the database.
const LENGTH_MAX: usize = 20_000;
const DEPTH_MAX: usize = 40;
const COMPARISONS_MAX: usize = 200;
const LIST_MAX: usize = 5_000;
const PATTERN_CHARS_MAX: usize = 1_000;

/// Reads a filter. `None` when the text is blank: everything matches.
pub fn parse_filter(entity: Entity, text: &str) -> Result<Option<Filter>, SearchError> {
    if text.len() > LENGTH_MAX {
        return Err(SearchError {
            field: "filter",
            position: LENGTH_MAX + 1,
            message: format!("a filter has at most {LENGTH_MAX} characters"),
        });
    }
    let tokens = Lexer::tokens("filter", text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser {
        entity,
        end: text.chars().count() + 1,
        tokens,
        at: 0,
        comparisons: 0,
    };
    let filter = parser.any_of(0)?;
    match parser.next() {
        None => Ok(Some(filter)),
        Some(extra) => Err(parser.error(
            extra.position,
            "expected 'and', 'or' or the end of the filter",
        )),
    }
}

struct Parser {
    entity: Entity,
    tokens: Vec<Placed>,
    at: usize,
    /// The position just after the text, for errors about what is missing there.
    end: usize,
    comparisons: usize,
}

impl Parser {
    fn error(&self, position: usize, message: impl Into<String>) -> SearchError {
        SearchError {
            field: "filter",
            position,
            message: message.into(),
        }
    }

    fn next(&mut self) -> Option<Placed> {
        let placed = self.tokens.get(self.at).cloned();
        self.at += 1;
        placed
    }

    fn position(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.end, |placed| placed.position)
    }

    /// Consumes the keyword if it comes next. Case does not matter.
    fn take(&mut self, keyword: &str) -> bool {
        let found = matches!(
            self.tokens.get(self.at).map(|placed| &placed.token),
            Some(Token::Name { prefix: None, key, quoted: false }) if key.eq_ignore_ascii_case(keyword)
        );
        self.at += usize::from(found);
        found
    }

    fn take_token(&mut self, token: &Token) -> bool {
        let found = self
            .tokens
            .get(self.at)
            .is_some_and(|placed| placed.token == *token);
        self.at += usize::from(found);
        found
    }

    fn any_of(&mut self, depth: usize) -> Result<Filter, SearchError> {
        let mut parts = vec![self.all_of(depth)?];
        while self.take("or") {
            parts.push(self.all_of(depth)?);
        }
        Ok(single_or(parts, Filter::Or))
    }

    fn all_of(&mut self, depth: usize) -> Result<Filter, SearchError> {
        let mut parts = vec![self.term(depth)?];
        while self.take("and") {
            parts.push(self.term(depth)?);
        }
        Ok(single_or(parts, Filter::And))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, SearchError> {
        let position = self.position();
        if depth > DEPTH_MAX {
            return Err(self.error(
                position,
                format!("nested more than {DEPTH_MAX} levels deep"),
            ));
        }
        if self.take("not") {
            return Ok(Filter::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.take_token(&Token::Open) {
            let inner = self.any_of(depth + 1)?;
            if self.take_token(&Token::Close) {
                return Ok(inner);
            }
            return Err(self.error(
                self.position(),
                format!("expected ')' for the '(' at position {position}"),
            ));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Filter, SearchError> {
        let position = self.position();
        self.comparisons += 1;
        if self.comparisons > COMPARISONS_MAX {
            return Err(self.error(
                position,
                format!("a filter has at most {COMPARISONS_MAX} comparisons"),
            ));
        }
        let field = match self.next().map(|placed| placed.token) {
            Some(Token::Name { prefix, key, .. }) => self
                .entity
                .field(prefix.as_deref(), &key)
                .map_err(|message| self.error(position, message))?,
            // MLflow's clients may write "Run name" in double quotes.
            Some(Token::Text(key)) => self
                .entity
                .field(None, &key)
                .map_err(|message| self.error(position, message))?,
            _ => {
                return Err(self.error(
                    position,
                    "expected a field such as metrics.loss, params.lr or tags.team",
                ));
            }
        };
        self.test_of(field)
    }

    fn test_of(&mut self, field: Field) -> Result<Filter, SearchError> {
        let position = self.position();
        if self.take("is") {
            let negated = self.take("not");
            if !self.take("null") {
                return Err(self.error(self.position(), "expected 'null' or 'not null' after 'is'"));
            }
            return Ok(compare(
                field,
                if negated {
                    Test::Present
                } else {
                    Test::Missing
                },
            ));
        }
        if self.take("not") {
            if self.take("in") {
                return self.list(field, true);
            }
            let inner = self.by_word(&field)?;
            return Ok(Filter::Not(Box::new(compare(field, inner))));
        }
        if self.take("in") {
            return self.list(field, false);
        }
        match self.tokens.get(self.at).map(|placed| placed.token.clone()) {
            Some(Token::Operator(operator)) => {
                self.at += 1;
                let test = self.right_side(&field, operator, position)?;
                Ok(compare(field, test))
            }
            _ => {
                let test = self.by_word(&field)?;
                Ok(compare(field, test))
            }
        }
    }

    fn by_word(&mut self, field: &Field) -> Result<Test, SearchError> {
        let position = self.position();
        // MLflow's word for it, in searches of traces.
        if self.take("rlike") {
            return self.regular_expression(field, false, position);
        }
        let op = if self.take("like") {
            TextOp::Like
        } else if self.take("ilike") {
            TextOp::Ilike
        } else {
            return Err(self.error(
                position,
                "expected one of = != > >= < <= like ilike rlike ~ !~ in 'not in' 'is null' 'is not null'",
            ));
        };
        if field.is_number() {
            return Err(self.error(
                position,
                "like and ilike compare text; this field is a number",
            ));
        }
        let value_at = self.position();
        let value = self.text()?;
        if value.chars().count() > PATTERN_CHARS_MAX {
            return Err(self.error(
                value_at,
                format!("a pattern has at most {PATTERN_CHARS_MAX} characters"),
            ));
        }
        Ok(Test::Text { op, value })
    }

    fn right_side(
        &mut self,
        field: &Field,
        operator: &str,
        position: usize,
    ) -> Result<Test, SearchError> {
        if matches!(operator, "~" | "!~") {
            return self.regular_expression(field, operator == "!~", position);
        }
        let orders = matches!(operator, ">" | ">=" | "<" | "<=");
        let next_is_number = self
            .tokens
            .get(self.at)
            .is_some_and(|placed| matches!(placed.token, Token::Number(_)));
        if field.is_number() || field.takes_both() && (orders || next_is_number) {
            let op = match operator {
                "=" => NumberOp::Eq,
                "!=" => NumberOp::Ne,
                ">" => NumberOp::Gt,
                ">=" => NumberOp::Ge,
                "<" => NumberOp::Lt,
                _ => NumberOp::Le,
            };
            let value = self.number()?;
            return Ok(Test::Number { op, value });
        }
        let op = match operator {
            "=" => TextOp::Eq,
            "!=" => TextOp::Ne,
            _ => {
                return Err(self.error(
                    position,
                    format!(
                        "'{operator}' compares numbers; this field is text: use = != like ilike ~ !~ in"
                    ),
                ));
            }
        };
        let value = self.text()?;
        Ok(Test::Text { op, value })
    }

    fn regular_expression(
        &mut self,
        field: &Field,
        negated: bool,
        position: usize,
    ) -> Result<Test, SearchError> {
        if field.is_number() {
            return Err(self.error(
                position,
                "~, !~ and rlike search in text; this field is a number",
            ));
        }
        let value_at = self.position();
        let text = self.text()?;
        match Pattern::parse(&text) {
            Ok(pattern) => Ok(Test::Matches { pattern, negated }),
            // The opening quote stands before the pattern's first character.
            Err((place, message)) => Err(self.error(value_at + place, message)),
        }
    }

    fn text(&mut self) -> Result<String, SearchError> {
        let position = self.position();
        match self.next().map(|placed| placed.token) {
            Some(Token::Text(value)) => Ok(value),
            _ => Err(self.error(position, "expected a text in quotes, such as 'FINISHED'")),
        }
    }

    fn number(&mut self) -> Result<f64, SearchError> {
        let position = self.position();
        let word = match self.next().map(|placed| placed.token) {
            Some(Token::Number(value)) => return Ok(value),
            Some(Token::Name {
                prefix: None,
                key,
                quoted: false,
            }) => key.to_ascii_lowercase(),
            _ => String::new(),
        };
        match word.as_str() {
            "nan" => Ok(f64::NAN),
            "inf" | "infinity" => Ok(f64::INFINITY),
            _ => Err(self.error(position, "expected a number without quotes")),
        }
    }

    /// `(a, b, c)`. For a number that is `= a or = b or = c`.
    fn list(&mut self, field: Field, negated: bool) -> Result<Filter, SearchError> {
        let opened_at = self.position();
        if !self.take_token(&Token::Open) {
            return Err(self.error(opened_at, "expected '(' and a list after 'in'"));
        }
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        loop {
            if field.is_number() {
                let value = self.number()?;
                let op = NumberOp::Eq;
                numbers.push(compare(field.clone(), Test::Number { op, value }));
            } else {
                texts.push(self.text()?);
            }
            self.check_list_length(texts.len(), numbers.len(), opened_at)?;
            if self.take_token(&Token::Close) {
                break;
            }
            if !self.take_token(&Token::Comma) {
                return Err(self.error(self.position(), "expected ',' or ')' in a list"));
            }
        }
        if !field.is_number() {
            return Ok(compare(
                field,
                Test::OneOf {
                    values: texts,
                    negated,
                },
            ));
        }
        let any = Filter::Or(numbers);
        Ok(if negated {
            Filter::Not(Box::new(any))
        } else {
            any
        })
    }

    fn check_list_length(
        &self,
        texts: usize,
        numbers: usize,
        position: usize,
    ) -> Result<(), SearchError> {
        if texts > LIST_MAX || numbers > COMPARISONS_MAX {
            return Err(self.error(position, "the list is too long"));
        }
        Ok(())
    }
}

fn compare(field: Field, test: Test) -> Filter {
    Filter::Compare(Comparison { field, test })
}

fn single_or(mut parts: Vec<Filter>, many: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}
