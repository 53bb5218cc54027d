//! YAML as PyYAML writes it. Texts are kept as they stand in the file: which of them are numbers, the reader decides, for
//! PyYAML leaves `1e3` without quotes where it means a text.

use domain::names::without_nul;
use yaml_rust2::parser::{Event, MarkedEventReceiver, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Text(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(String, Node)>),
}

impl Node {
    pub fn get(&self, key: &str) -> &Node {
        const NOTHING: &Node = &Node::Null;
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|(name, _)| name == key)
                .map_or(NOTHING, |(_, node)| node),
            _ => NOTHING,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text at a key; empty when there is none.
    pub fn word(&self, key: &str) -> String {
        self.get(key).text().unwrap_or_default().to_owned()
    }

    pub fn int(&self, key: &str) -> Option<i64> {
        let text = self.get(key).text()?;
        // Some old clients wrote times as floating point numbers.
        text.parse()
            .ok()
            .or_else(|| text.parse::<f64>().ok().map(|value| value as i64))
    }

    pub fn pairs(&self) -> Vec<(String, String)> {
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .map(|(key, node)| (key.clone(), node.text().unwrap_or_default().to_owned()))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Nests deeper than any file of MLflow, and less than would exhaust a stack.
const DEPTH_MAX: usize = 64;

/// A document, or the line where it goes wrong and why.
pub(crate) fn parse(text: &str) -> Result<Node, (usize, String)> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    parser
        .load(&mut builder, false)
        .map_err(|error| (error.marker().line(), error.info().to_owned()))?;
    if let Some(problem) = builder.problem {
        return Err(problem);
    }
    match builder.root {
        Some(node @ Node::Map(_)) => Ok(node),
        Some(_) => Err((1, "expected `key: value` lines".to_owned())),
        None => Err((1, "the file is empty".to_owned())),
    }
}

#[derive(Default)]
struct Builder {
    /// Open lists and maps; a map also remembers the key that waits for its value.
    open: Vec<(Node, Option<String>)>,
    root: Option<Node>,
    problem: Option<(usize, String)>,
}

impl Builder {
    fn add(&mut self, node: Node, line: usize) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match (parent, key.take(), node) {
            (Node::List(items), _, node) => items.push(node),
            (Node::Map(pairs), Some(name), node) => pairs.push((name, node)),
            (Node::Map(_), None, Node::Text(name)) => *key = Some(name),
            _ => self.problem = Some((line, "a key that is no text".to_owned())),
        }
    }

    fn begin(&mut self, node: Node, line: usize) {
        if self.open.len() >= DEPTH_MAX {
            self.problem = Some((line, "nested too deeply".to_owned()));
        }
        self.open.push((node, None));
    }

    fn end(&mut self, line: usize) {
        if let Some((node, _)) = self.open.pop() {
            self.add(node, line);
        }
    }
}

impl MarkedEventReceiver for Builder {
    fn on_event(&mut self, event: Event, mark: Marker) {
        if self.problem.is_some() {
            return;
        }
        let line = mark.line();
        match event {
            Event::Scalar(text, style, ..) => {
                let key_is_due = matches!(self.open.last(), Some((Node::Map(_), None)));
                let empty = matches!(&*text, "null" | "~" | "" | "Null" | "NULL");
                let node = if style == TScalarStyle::Plain && empty && !key_is_due {
                    Node::Null
                } else {
                    Node::Text(without_nul(text))
                };
                self.add(node, line);
            }
            Event::MappingStart(..) => self.begin(Node::Map(Vec::new()), line),
            Event::SequenceStart(..) => self.begin(Node::List(Vec::new()), line),
            Event::MappingEnd | Event::SequenceEnd => self.end(line),
            // References within a file could multiply it without end; MLflow writes none.
            Event::Alias(_) => {
                self.problem = Some((line, "references are not read".to_owned()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_meta_file_keeps_its_texts() {
        let node = parse(
            "run_name: 'run 6: café'\nstatus: 3\nend_time: null\nname: 1e3\ntags: []\nnested:\n  mlflow.data.context: train\n\
             description: 'Which regime?\n\n  Second line: with a colon.'\nempty: ''\n",
        )
        .unwrap();
        assert_eq!(node.word("run_name"), "run 6: café");
        assert_eq!(node.int("status"), Some(3));
        assert_eq!(node.get("end_time"), &Node::Null);
        assert_eq!(node.word("name"), "1e3");
        assert_eq!(
            node.word("description"),
            "Which regime?\nSecond line: with a colon."
        );
        assert_eq!(node.get("empty"), &Node::Text(String::new()));
        assert_eq!(
            node.get("nested").pairs(),
            [("mlflow.data.context".to_owned(), "train".to_owned())]
        );
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let (line, message) = parse("a: 1\nb: 'never closed\nc: 2\n").unwrap_err();
        assert!((2..=4).contains(&line), "{line}: {message}");
        assert!(parse("a: &x 1\nb: *x\n").is_err());
        assert_eq!(parse("").unwrap_err().1, "the file is empty");
        assert!(parse(&"[".repeat(500)).is_err());
    }
}
