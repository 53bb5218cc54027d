//! The few places where SQLite and PostgreSQL must be told different things.

use std::fmt::Write as _;

use domain::search::Pattern;

use crate::sql::{Conn, Value};

/// The row lock of a `select`: PostgreSQL locks the row; SQLite's BEGIN IMMEDIATE already holds the database.
pub fn for_update(conn: &Conn<'_>) -> &'static str {
    if conn.is_sqlite() { "" } else { " for update" }
}

/// The same for those who only need the row to stay as it is: they do not wait for each other.
pub fn for_share(conn: &Conn<'_>) -> &'static str {
    if conn.is_sqlite() { "" } else { " for share" }
}

/// The same, past rows that another server holds.
pub fn for_update_skip_locked(conn: &Conn<'_>) -> &'static str {
    if conn.is_sqlite() {
        ""
    } else {
        " for update skip locked"
    }
}

/// Whether a piece of a blob costs less than the whole: SQLite reads each one from its beginning.
pub fn reads_pieces(conn: &Conn<'_>) -> bool {
    !conn.is_sqlite()
}

/// `($1,$2),($3,$4)` for a multi-row insert of `rows` rows with `columns` columns each.
pub fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { "," };
            let _ = write!(text, "{comma}${}", row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

/// The most binds one statement takes on either database (SQLite: 32,766; PostgreSQL: 65,535).
pub const BINDS_MAX: usize = 32_000;

/// `($1,$2,...)` of an `in` list whose first bind is number `first`.
pub fn in_list(first: usize, count: usize) -> String {
    let mut text = String::from("(");
    for offset in 0..count {
        let comma = if offset == 0 { "" } else { "," };
        let _ = write!(text, "{comma}${}", first + offset);
    }
    text.push(')');
    text
}

/// Splits rows into chunks that fit into one statement.
pub fn chunks<T>(rows: &[T], columns: usize) -> impl Iterator<Item = &[T]> {
    rows.chunks((BINDS_MAX / columns).max(1))
}

/// NaN becomes NULL in SQLite, so a number travels with a flag beside it.
pub fn number_and_flag(value: f64) -> [Value; 2] {
    [
        Value::from(if value.is_nan() { 0.0 } else { value }),
        Value::from(value.is_nan()),
    ]
}

/// Text that stands for itself in `like ... escape '\'`.
pub fn like_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}

/// A regular expression as the database's engine reads it.
pub fn pattern(is_sqlite: bool, pattern: &Pattern) -> String {
    if is_sqlite {
        pattern.for_sqlite()
    } else {
        pattern.for_postgres()
    }
}

/// Whether `column` holds a match. PostgreSQL is told to see bytes, as SQLite's engine is by the pattern itself.
pub fn matches(is_sqlite: bool, column: &str, bind: &str, negated: bool) -> String {
    match (is_sqlite, negated) {
        (true, false) => format!("{column} regexp {bind}"),
        (true, true) => format!("not {column} regexp {bind}"),
        (false, false) => format!("{column} collate \"C\" ~ {bind}"),
        (false, true) => format!("{column} collate \"C\" !~ {bind}"),
    }
}

/// Orders text by its bytes, as SQLite does; PostgreSQL would follow the language of the server's account.
pub fn byte_order(conn: &Conn<'_>) -> &'static str {
    if conn.is_sqlite() {
        ""
    } else {
        " collate \"C\""
    }
}

/// How an attribute of a span's body is addressed, as the bind of [`attribute_text`]. Keys have no quotes.
pub fn attribute_path(is_sqlite: bool, key: &str) -> String {
    if is_sqlite {
        format!("$.attributes.\"{key}\"")
    } else {
        key.to_owned()
    }
}

/// An attribute of a span's body as a text: a text itself, anything else as JSON; NULL when it is not there.
pub fn attribute_text(is_sqlite: bool, column: &str, path: &str) -> String {
    if is_sqlite {
        return format!(
            "(case json_type({column}, {path}) when 'true' then 'true' when 'false' then 'false' \
             else cast(json_extract({column}, {path}) as text) end)"
        );
    }
    format!("({column}::json -> 'attributes' ->> {path})")
}

/// The function that tells where a text begins inside another, counted from 1, or 0.
pub fn position(conn: &Conn<'_>) -> &'static str {
    if conn.is_sqlite() { "instr" } else { "strpos" }
}
