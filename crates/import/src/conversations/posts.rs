//! A table of posts: a forum's or a hotline's export, with columns by their usual names.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Conversation;
use crate::block::{Records, Text};
use crate::csv;
use crate::error::ImportError;
use crate::file::{self, Digests, go_on};
use crate::header::{Layout, Slot};
use crate::reason::Reason;
use crate::rows::{Bad, Rows};
use crate::table::Table;

/// What each column is usually called.
const NAMES: [(&str, &[&str]); 8] = [
    (
        "id",
        &["id", "report", "post", "post_id", "ticket", "number"],
    ),
    (
        "received",
        &[
            "received_at",
            "created_at",
            "time",
            "date",
            "posted_at",
            "created",
            "datetime",
        ],
    ),
    (
        "words",
        &[
            "text",
            "body",
            "message",
            "content",
            "description",
            "words",
            "post_text",
        ],
    ),
    (
        "customer",
        &["customer", "customer_id", "requester_id", "user_id"],
    ),
    ("email", &["email", "e-mail", "mail", "from"]),
    ("phone", &["phone", "telephone", "mobile"]),
    ("tags", &["tags", "labels", "category"]),
    ("subject", &["subject", "title", "thread"]),
];

pub(super) fn read(
    path: &Path,
    cancel: &AtomicBool,
) -> Result<(Vec<Conversation>, Vec<Bad>), ImportError> {
    let mut text = Text::start(path, file::open(path, Digests::Left)?)?;
    let headings = text.header()?;
    let mut layout = Layout {
        width: headings.len(),
        headings: headings.clone(),
        ..Layout::default()
    };
    for (name, usual) in NAMES {
        let place = usual.iter().find_map(|usual| {
            headings
                .iter()
                .position(|heading| heading.eq_ignore_ascii_case(usual))
        });
        match place {
            Some(column) => layout.slots.push(Slot {
                name: name.to_owned(),
                column,
                heading: headings.get(column).cloned().unwrap_or_default(),
            }),
            None if ["id", "received", "words"].contains(&name) => {
                return Err(ImportError::MissingColumn {
                    table: Table::Reports,
                    column: usual.join("` or `"),
                    file: file::shown(path),
                    seen: headings.join(", "),
                    nearest: None,
                });
            }
            None => {}
        }
    }
    let Records::Csv { delimiter } = text.records else {
        return Ok((Vec::new(), Vec::new()));
    };
    let (mut all, mut bad) = (Vec::new(), Vec::new());
    while let Some(block) = text.next()? {
        go_on(cancel)?;
        let rows = csv::parse(block.bytes, block.first_line, &layout, delimiter);
        for row in 0..rows.len() {
            match conversation(&layout, &rows, row) {
                Ok(conversation) => all.push(conversation),
                Err(reason) => bad.push(rows.bad(row, reason)),
            }
        }
        bad.extend(rows.bad);
    }
    bad.sort_by_key(|bad| bad.line);
    Ok((all, bad))
}

fn conversation(layout: &Layout, rows: &Rows, row: usize) -> Result<Conversation, Reason> {
    let cell = |name: &'static str| {
        let text = rows.cell_of(layout.slot(name), row);
        core::str::from_utf8(text)
            .map(str::to_owned)
            .map_err(|_error| Reason::NotUtf8(name))
    };
    let id = cell("id")?;
    if id.is_empty() {
        return Err(Reason::Missing("id"));
    }
    Ok(Conversation {
        received: cell("received")?,
        customer: cell("customer")?,
        email: super::address(&cell("email")?),
        phone: cell("phone")?,
        tags: cell("tags")?
            .split([',', ';', ' '])
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        subject: cell("subject")?,
        words: cell("words")?,
        id: format!("post-{id}"),
        ..Conversation::default()
    })
}
