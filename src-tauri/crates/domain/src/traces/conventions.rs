//! What other tracing libraries call the things that MLflow's clients look for.
//!
//! OpenTelemetry's GenAI conventions, OpenInference and Traceloop each name inputs, outputs, tokens and models in their
//! own way. [`complete`] adds MLflow's names beside theirs; nothing that was sent is changed or removed.

use serde_json::{Map, Value, json};

use super::{SpanBody, keys};

/// One library's names.
struct Convention {
    kind: &'static str,
    kinds: &'static [(&'static str, &'static str)],
    inputs: &'static [&'static str],
    outputs: &'static [&'static str],
    tokens_in: &'static str,
    tokens_out: &'static str,
    tokens_all: &'static str,
    tokens_cache_read: &'static str,
    tokens_cache_write: &'static [&'static str],
    models: &'static [&'static str],
    provider: &'static str,
}

static CONVENTIONS: [Convention; 3] = [
    Convention {
        kind: "openinference.span.kind",
        kinds: &[
            ("TOOL", "TOOL"),
            ("CHAIN", "CHAIN"),
            ("LLM", "LLM"),
            ("RETRIEVER", "RETRIEVER"),
            ("EMBEDDING", "EMBEDDING"),
            ("AGENT", "AGENT"),
            ("RERANKER", "RERANKER"),
            ("GUARDRAIL", "GUARDRAIL"),
            ("EVALUATOR", "EVALUATOR"),
        ],
        inputs: &["input.value"],
        outputs: &["output.value"],
        tokens_in: "llm.token_count.prompt",
        tokens_out: "llm.token_count.completion",
        tokens_all: "llm.token_count.total",
        tokens_cache_read: "llm.token_count.prompt_details.cache_read",
        tokens_cache_write: &["llm.token_count.prompt_details.cache_write"],
        models: &[
            "llm.response.model_name",
            "llm.model_name",
            "llm.request.model_name",
            "embedding.model_name",
        ],
        provider: "llm.provider",
    },
    Convention {
        kind: "traceloop.span.kind",
        kinds: &[
            ("workflow", "WORKFLOW"),
            ("task", "TASK"),
            ("agent", "AGENT"),
            ("tool", "TOOL"),
        ],
        inputs: &["traceloop.entity.input"],
        outputs: &["traceloop.entity.output"],
        tokens_in: "gen_ai.usage.prompt_tokens",
        tokens_out: "gen_ai.usage.completion_tokens",
        tokens_all: "llm.usage.total_tokens",
        tokens_cache_read: "",
        tokens_cache_write: &[],
        models: &[],
        provider: "gen_ai.system",
    },
    Convention {
        kind: "gen_ai.operation.name",
        kinds: &[
            ("chat", "CHAT_MODEL"),
            ("create_agent", "AGENT"),
            ("embeddings", "EMBEDDING"),
            ("execute_tool", "TOOL"),
            ("generate_content", "LLM"),
            ("invoke_agent", "AGENT"),
            ("text_completion", "LLM"),
            ("response", "LLM"),
        ],
        inputs: &["gen_ai.input.messages", "gen_ai.tool.call.arguments"],
        outputs: &["gen_ai.output.messages", "gen_ai.tool.call.result"],
        tokens_in: "gen_ai.usage.input_tokens",
        tokens_out: "gen_ai.usage.output_tokens",
        tokens_all: "",
        tokens_cache_read: "gen_ai.usage.cache_read.input_tokens",
        tokens_cache_write: &[
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
        ],
        models: &["gen_ai.response.model", "gen_ai.request.model"],
        provider: "gen_ai.provider.name",
    },
];

/// Adds what MLflow's clients look for, where another convention says it.
pub fn complete(body: &mut SpanBody) {
    let attributes = &body.attributes;
    let mut found: Vec<(&str, Value)> = Vec::new();
    let named = attributes.get(keys::SPAN_TYPE).and_then(Value::as_str);
    if matches!(named, None | Some("UNKNOWN"))
        && let Some(kind) = first(|convention| convention.kind_of(attributes))
    {
        found.push((keys::SPAN_TYPE, kind));
    }
    let messages = |said: &[(&str, &str)]| said_in_events(body, said);
    let mut fill = |key: &'static str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| !attributes.contains_key(key)) {
            found.push((key, value));
        }
    };
    fill(
        keys::SPAN_INPUTS,
        first(|c| present(attributes, c.inputs)).or_else(|| messages(&ASKED)),
    );
    fill(
        keys::SPAN_OUTPUTS,
        first(|c| present(attributes, c.outputs)).or_else(|| messages(&ANSWERED)),
    );
    fill(keys::SPAN_USAGE, first(|c| c.usage_of(attributes)));
    fill(keys::SPAN_MODEL, first(|c| present(attributes, c.models)));
    fill(
        keys::SPAN_PROVIDER,
        first(|c| present(attributes, &[c.provider])),
    );
    for (key, value) in found {
        body.attributes.insert(key.to_owned(), value);
    }
}

fn first(of: impl Fn(&Convention) -> Option<Value>) -> Option<Value> {
    CONVENTIONS.iter().find_map(of)
}

/// The first of the keys that says something.
fn present(attributes: &Map<String, Value>, keys: &[&str]) -> Option<Value> {
    let says = |value: &&Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    keys.iter()
        .find_map(|key| attributes.get(*key).filter(says).cloned())
}

/// A count, which some libraries send as a text.
fn count(attributes: &Map<String, Value>, key: &str) -> Option<i64> {
    match attributes.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

impl Convention {
    fn kind_of(&self, attributes: &Map<String, Value>) -> Option<Value> {
        let said = attributes.get(self.kind)?.as_str()?;
        let known = self.kinds.iter().find(|(theirs, _)| *theirs == said)?;
        Some(Value::from(known.1))
    }

    fn usage_of(&self, attributes: &Map<String, Value>) -> Option<Value> {
        let tokens_in = count(attributes, self.tokens_in);
        let tokens_out = count(attributes, self.tokens_out);
        let sum = || tokens_in?.checked_add(tokens_out?);
        let tokens_all = count(attributes, self.tokens_all).or_else(sum);
        tokens_in.or(tokens_out).or(tokens_all)?;
        let cache_write = self.tokens_cache_write.iter();
        let counts = [
            ("input_tokens", tokens_in),
            ("output_tokens", tokens_out),
            ("total_tokens", tokens_all),
            (
                "cache_read_input_tokens",
                count(attributes, self.tokens_cache_read),
            ),
            (
                "cache_creation_input_tokens",
                cache_write.copied().find_map(|key| count(attributes, key)),
            ),
        ];
        let counts = counts
            .into_iter()
            .filter_map(|(key, count)| Some((key.to_owned(), Value::from(count?))));
        Some(Value::Object(counts.collect()))
    }
}

/// Events of the GenAI conventions and the role of the message in each.
const ASKED: [(&str, &str); 3] = [
    ("gen_ai.system.message", "system"),
    ("gen_ai.user.message", "user"),
    ("gen_ai.assistant.message", "assistant"),
];
const ANSWERED: [(&str, &str); 1] = [("gen_ai.choice", "assistant")];

fn said_in_events(body: &SpanBody, events: &[(&str, &str)]) -> Option<Value> {
    let message = |event: &super::SpanEvent| {
        let (_, role) = events.iter().find(|(name, _)| *name == event.name)?;
        let content = present(&event.attributes, &["content"])?;
        Some(json!({"role": role, "content": content}))
    };
    let messages: Vec<Value> = body.events.iter().filter_map(message).collect();
    (!messages.is_empty()).then_some(Value::Array(messages))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::traces::SpanEvent;

    fn completed(attributes: &Value) -> Value {
        let mut body = SpanBody {
            attributes: attributes.as_object().cloned().unwrap(),
            ..SpanBody::default()
        };
        complete(&mut body);
        Value::Object(body.attributes)
    }

    #[test]
    fn the_genai_conventions() {
        let shown = completed(&json!({
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": "30",
            "gen_ai.request.model": "m-1",
            "gen_ai.provider.name": "own",
        }));
        assert_eq!(shown["mlflow.spanType"], "CHAT_MODEL");
        assert_eq!(
            shown["mlflow.chat.tokenUsage"],
            json!({"input_tokens": 12, "output_tokens": 30, "total_tokens": 42})
        );
        assert_eq!(shown["mlflow.llm.model"], "m-1");
        assert_eq!(shown["mlflow.llm.provider"], "own");
        assert_eq!(shown["gen_ai.operation.name"], "chat");
    }

    #[test]
    fn what_mlflow_said_itself_stands() {
        let shown = completed(&json!({
            "mlflow.spanType": "TOOL",
            "mlflow.spanInputs": {"x": 1},
            "openinference.span.kind": "LLM",
            "input.value": "other",
            "output.value": {"y": 2},
        }));
        assert_eq!(shown["mlflow.spanType"], "TOOL");
        assert_eq!(shown["mlflow.spanInputs"], json!({"x": 1}));
        assert_eq!(shown["mlflow.spanOutputs"], json!({"y": 2}));
        assert_eq!(shown.get("mlflow.chat.tokenUsage"), None);
    }

    #[test]
    fn messages_in_events() {
        let event = |name: &str, content: &str| SpanEvent {
            name: name.to_owned(),
            at_ns: 1,
            attributes: json!({"content": content}).as_object().cloned().unwrap(),
        };
        let mut body = SpanBody {
            events: vec![
                event("gen_ai.user.message", "hi"),
                event("gen_ai.choice", "hello"),
                event("other", "x"),
            ],
            ..SpanBody::default()
        };
        complete(&mut body);
        assert_eq!(
            Value::Object(body.attributes),
            json!({
                "mlflow.spanInputs": [{"role": "user", "content": "hi"}],
                "mlflow.spanOutputs": [{"role": "assistant", "content": "hello"}],
            })
        );
    }
}
