//! Customers' own words about scam calls, where a desk already has them: tickets, mails, posts.
//!
//! Each source is one file; all of them give [`Conversation`]s. What is in the words is found by
//! [`crate::drafts`], not here.

mod mbox;
mod posts;
mod rt;
mod zammad;
mod zendesk;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use crate::block::Text;
use crate::error::ImportError;
use crate::file::{self, Digests, go_on};
use crate::reason::Reason;
use crate::rows::Bad;

/// What one customer wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// Its id at the desk, with the source before it: `rt-4711`.
    pub(crate) id: String,
    /// Its own ticket, which is not the one that was quoted.
    pub(crate) own: Vec<String>,
    /// When the desk got it, as the source writes it.
    pub(crate) received: String,
    /// The customer's id at the desk.
    pub(crate) customer: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) tags: Vec<String>,
    pub(crate) subject: String,
    /// Plain text, as it came.
    pub(crate) words: String,
}

/// A place from which conversations come.
struct Source {
    name: &'static str,
    shape: Shape,
}

enum Shape {
    /// JSON objects, also in an array of one of these names.
    Objects(
        &'static [&'static str],
        fn(&Value) -> Result<Conversation, Reason>,
    ),
    Mailbox,
    Table,
}

const ALL: [Source; 5] = [
    Source {
        name: "zendesk",
        shape: Shape::Objects(&["tickets", "results"], zendesk::conversation),
    },
    Source {
        name: "rt",
        shape: Shape::Objects(&["items"], rt::conversation),
    },
    Source {
        name: "zammad",
        shape: Shape::Objects(&["tickets"], zammad::conversation),
    },
    Source {
        name: "mbox",
        shape: Shape::Mailbox,
    },
    Source {
        name: "csv",
        shape: Shape::Table,
    },
];

/// From where `countersign reports` takes conversations.
#[must_use]
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|source| source.name).collect()
}

/// Conversations of one file, in its order, and records that are none.
pub(crate) fn read(
    from: &str,
    path: &Path,
    cancel: &AtomicBool,
) -> Result<(Vec<Conversation>, Vec<Bad>), ImportError> {
    let Some(source) = ALL.iter().find(|source| source.name == from) else {
        return Err(ImportError::UnknownSource {
            name: from.to_owned(),
            known: names().join(", "),
        });
    };
    match source.shape {
        Shape::Objects(names, conversation) => objects(path, names, conversation, cancel),
        Shape::Mailbox => mbox::read(path, cancel),
        Shape::Table => posts::read(path, cancel),
    }
}

fn objects(
    path: &Path,
    names: &'static [&'static str],
    conversation: fn(&Value) -> Result<Conversation, Reason>,
    cancel: &AtomicBool,
) -> Result<(Vec<Conversation>, Vec<Bad>), ImportError> {
    let mut text = Text::start(path, file::open(path, Digests::Left)?)?;
    text.by_line();
    text.items(names)?;
    let (mut all, mut bad) = (Vec::new(), Vec::new());
    while let Some(block) = text.next()? {
        go_on(cancel)?;
        for (line, bytes) in (block.first_line..).zip(block.bytes.split(|byte| *byte == b'\n')) {
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let read = serde_json::from_slice::<Value>(bytes)
                .map_err(|_error| Reason::NotJson("not an object"))
                .and_then(|object| conversation(&object));
            match read {
                Ok(conversation) => all.push(conversation),
                Err(reason) => bad.push(Bad {
                    line,
                    reason,
                    raw: crate::rows::raw(bytes),
                }),
            }
        }
    }
    Ok((all, bad))
}

/// A field as text; numbers as they are written.
fn field(object: &Value, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A field without which nothing can be said.
fn needed(object: &Value, name: &'static str) -> Result<String, Reason> {
    let text = field(object, name);
    if text.is_empty() {
        return Err(Reason::Missing(name));
    }
    Ok(text)
}

/// Text of a message that may be HTML.
fn plain(kind: &str, text: &str) -> String {
    if kind.starts_with("text/html") {
        mail_parser::decoders::html::html_to_text(text)
    } else {
        text.to_owned()
    }
}

/// The address in `Ann <ann@example.org>`.
fn address(text: &str) -> String {
    let inner = text
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(text, |(inner, _)| inner)
        .trim();
    let is_one = inner.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !inner.contains(char::is_whitespace)
    });
    if is_one {
        inner.to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_out_of_its_name() {
        assert_eq!(address("Ann <ann@example.org>"), "ann@example.org");
        assert_eq!(address("ann@example.org"), "ann@example.org");
        for none in [
            "Ann",
            "ann@",
            "Ann Smith@home now",
            "",
            "<>",
            "@example.org",
        ] {
            assert_eq!(address(none), "", "{none}");
        }
    }

    #[test]
    fn html_becomes_text() {
        let text = plain(
            "text/html; charset=utf-8",
            "<p>They said&nbsp;<b>4711</b>.</p>",
        );
        assert!(text.contains("4711"), "{text}");
        assert!(!text.contains('<'), "{text}");
        assert_eq!(plain("text/plain", "a < b"), "a < b");
    }
}
