//! Zammad: tickets with the customer's articles, as `countersign fetch zammad` keeps them.

use serde_json::Value;

use super::{Conversation, address, field, needed, plain};
use crate::reason::Reason;

pub(super) fn conversation(ticket: &Value) -> Result<Conversation, Reason> {
    let id = needed(ticket, "id")?;
    let articles = ticket
        .get("articles")
        .and_then(Value::as_array)
        .ok_or(Reason::Missing("articles"))?;
    let first = articles.first().ok_or(Reason::Missing("articles"))?;
    Ok(Conversation {
        own: vec![id.clone(), field(ticket, "number")],
        received: needed(ticket, "created_at")?,
        customer: needed(ticket, "customer_id")?,
        email: address(&field(first, "from")),
        subject: field(ticket, "title"),
        words: plain(&field(first, "content_type"), &field(first, "body")),
        id: format!("zammad-{id}"),
        ..Conversation::default()
    })
}
