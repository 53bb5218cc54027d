//! `order_by` clauses: a field and perhaps a direction.

use super::SearchError;
use super::fields::{Entity, Field, TraceField};
use super::lexer::{Lexer, Token};

#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    pub field: Field,
    pub descending: bool,
}

/// Reads one clause, `metrics.loss DESC`. Ascending is the default.
pub fn parse_order_by(entity: Entity, text: &str) -> Result<OrderBy, SearchError> {
    let error = |position: usize, message: String| SearchError {
        field: "order_by",
        position,
        message,
    };
    let tokens = Lexer::tokens("order_by", text)?;
    let mut tokens = tokens.into_iter();
    let first = tokens.next();
    let position = first.as_ref().map_or(1, |placed| placed.position);
    let field = match first.map(|placed| placed.token) {
        Some(Token::Name { prefix, key, .. }) => entity.field(prefix.as_deref(), &key),
        Some(Token::Text(key)) => entity.field(None, &key),
        _ => Err("expected a field such as metrics.loss or attributes.start_time".to_owned()),
    };
    let field = field.map_err(|message| error(position, message))?;
    if matches!(field, Field::Dataset(_)) {
        return Err(error(position, "datasets cannot be ordered by".to_owned()));
    }
    if matches!(&field, Field::Trace(of) if !matches!(of, TraceField::Metadata(_) | TraceField::Run))
    {
        let message = "a trace may have several of these: order by attributes, tags or metadata";
        return Err(error(position, message.to_owned()));
    }
    let Some(placed) = tokens.next() else {
        return Ok(OrderBy {
            field,
            descending: false,
        });
    };
    let descending = match &placed.token {
        Token::Name {
            prefix: None,
            key,
            quoted: false,
        } if key.eq_ignore_ascii_case("asc") => false,
        Token::Name {
            prefix: None,
            key,
            quoted: false,
        } if key.eq_ignore_ascii_case("desc") => true,
        _ => return Err(error(placed.position, "expected ASC or DESC".to_owned())),
    };
    match tokens.next() {
        None => Ok(OrderBy { field, descending }),
        Some(extra) => Err(error(
            extra.position,
            "expected the end of the clause after ASC or DESC".to_owned(),
        )),
    }
}
