//! What a trace was asked and what it answered, short enough for a list.

use serde::Serialize as _;
use serde_json::Value;

use crate::names::truncated;

const PREVIEW_CHARS_MAX: usize = 1000;

/// Whose message of a conversation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    User,
    Assistant,
}

/// The last message of a conversation, or the whole value as JSON.
pub fn preview(value: &Value, speaker: Speaker) -> String {
    let said = messages(value).and_then(|messages| last_words(&messages, speaker));
    let text = said.unwrap_or_else(|| spaced_json(value));
    match text.chars().nth(PREVIEW_CHARS_MAX) {
        Some(_) => format!("{}...", truncated(&text, PREVIEW_CHARS_MAX - 3)),
        None => text,
    }
}

/// The messages in the forms in which chat libraries nest them.
fn messages(value: &Value) -> Option<Vec<&Value>> {
    let is_message = |item: &&Value| item.get("role").is_some() && item.get("content").is_some();
    let listed = |key: &str| {
        let items = value
            .get(key)?
            .as_array()
            .filter(|items| !items.is_empty())?;
        Some(items.iter().filter(is_message).collect::<Vec<_>>())
    };
    if let Some(found) = listed("messages") {
        return Some(found);
    }
    let choice = value
        .get("choices")
        .and_then(|choices| choices.get(0)?.get("message"));
    if let Some(message) = choice.filter(is_message) {
        return Some(vec![message]);
    }
    listed("input")
        .or_else(|| listed("output"))
        .or_else(|| messages(value.get("request")?))
}

fn last_words(messages: &[&Value], speaker: Speaker) -> Option<String> {
    let role = match speaker {
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    };
    let of_role = |message: &&&Value| message.get("role").and_then(Value::as_str) == Some(role);
    let message = messages.iter().rev().find(of_role).or(messages.last())?;
    match message.get("content")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let part = parts
                .iter()
                .rev()
                .find_map(|part| part.get("text")?.as_str())?;
            Some(part.to_owned())
        }
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

/// JSON with a space after `:` and `,`, as Python writes it, so that a preview reads the same whoever made it.
pub fn spaced_json(value: &Value) -> String {
    struct Spaced;
    impl serde_json::ser::Formatter for Spaced {
        fn begin_array_value<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            writer.write_all(if first { b"" } else { b", " })
        }

        fn begin_object_key<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            writer.write_all(if first { b"" } else { b", " })
        }

        fn begin_object_value<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
        ) -> std::io::Result<()> {
            writer.write_all(b": ")
        }
    }
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Spaced);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_conversation_shows_its_last_message() {
        let chat = json!({"messages": [
            {"role": "user", "content": "first"},
            {"role": "user", "content": [{"type": "text", "text": "and this?"}]},
            {"role": "assistant", "content": "yes"},
        ]});
        assert_eq!(preview(&chat, Speaker::User), "and this?");
        assert_eq!(preview(&chat, Speaker::Assistant), "yes");
        let answer =
            json!({"choices": [{"message": {"role": "assistant", "content": "so it is"}}]});
        assert_eq!(preview(&answer, Speaker::Assistant), "so it is");
        assert_eq!(
            preview(&json!({"request": chat}), Speaker::User),
            "and this?"
        );
    }

    #[test]
    fn anything_else_is_json_cut_to_size() {
        assert_eq!(
            preview(&json!({"x": [1, "é"], "messages": "none"}), Speaker::User),
            r#"{"messages": "none", "x": [1, "é"]}"#
        );
        assert_eq!(
            preview(&json!({"messages": [1]}), Speaker::User),
            r#"{"messages": [1]}"#
        );
        let long = preview(&json!("é".repeat(2000)), Speaker::User);
        assert_eq!((long.chars().count(), long.ends_with("é...")), (1000, true));
    }
}
