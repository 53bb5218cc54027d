//! Pages and the opaque tokens between them.

use store::search::Page;

use crate::error::{Result, ServiceError};

/// One page of a search.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub next_page_token: Option<String>,
}

/// Where a page starts and how long it is, from what a client sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    offset: i64,
    limit: i64,
}

impl Window {
    pub fn read(limit: i64, limit_max: i64, token: Option<&str>) -> Result<Self> {
        let limit = checked_limit(limit, limit_max)?;
        let offset = match token {
            None | Some("") => 0,
            Some(token) => offset_of(token).ok_or_else(|| {
                ServiceError::invalid("page_token", format!("Invalid page token '{token}'."))
            })?,
        };
        Ok(Self { offset, limit })
    }

    /// One row more than asked for, to know whether another page follows.
    pub fn with_lookahead(self) -> Page {
        Page {
            offset: self.offset,
            limit: self.limit + 1,
        }
    }

    /// Splits the row that was read ahead off again.
    pub fn finish<T>(self, mut items: Vec<T>) -> Paged<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_page_token = more.then(|| token_of(self.offset + self.limit));
        Paged {
            items,
            next_page_token,
        }
    }
}

pub(crate) fn checked_limit(limit: i64, limit_max: i64) -> Result<i64> {
    if (0..=limit_max).contains(&limit) {
        return Ok(limit);
    }
    Err(ServiceError::invalid(
        "max_results",
        format!(
            "Invalid value {limit} for parameter 'max_results' supplied. It must be at most {limit_max}, and not negative."
        ),
    ))
}

fn token_of(offset: i64) -> String {
    hex::encode(format!("offset:{offset}"))
}

fn offset_of(token: &str) -> Option<i64> {
    let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
    let offset = text.strip_prefix("offset:")?.parse().ok()?;
    (0..=i64::from(u32::MAX))
        .contains(&offset)
        .then_some(offset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let first = Window::read(2, 10, None).unwrap();
        assert_eq!(first.with_lookahead().limit, 3);
        let page = first.finish(vec![1, 2, 3]);
        assert_eq!(page.items, [1, 2]);
        let second = Window::read(2, 10, page.next_page_token.as_deref()).unwrap();
        assert_eq!(second.with_lookahead().offset, 2);
        assert!(second.finish(vec![3]).next_page_token.is_none());
    }

    #[test]
    fn bad_tokens_and_sizes_are_refused() {
        for token in ["x", "00", "6f66667365743a2d31", "e30="] {
            assert!(Window::read(1, 10, Some(token)).is_err(), "{token}");
        }
        assert!(Window::read(11, 10, None).is_err());
        assert!(Window::read(-1, 10, None).is_err());
    }
}
