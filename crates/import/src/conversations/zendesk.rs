//! Zendesk: tickets with their description, from the search, an export, or `countersign fetch`.

use serde_json::Value;

use super::{Conversation, address, field, needed};
use crate::reason::Reason;

pub(super) fn conversation(ticket: &Value) -> Result<Conversation, Reason> {
    let id = needed(ticket, "id")?;
    let from = ticket
        .get("via")
        .and_then(|via| via.get("source")?.get("from"));
    let of_sender = |name: &str| from.map_or_else(String::new, |from| field(from, name));
    let tags = ticket.get("tags").and_then(Value::as_array);
    Ok(Conversation {
        own: vec![id.clone()],
        received: needed(ticket, "created_at")?,
        customer: needed(ticket, "requester_id")?,
        email: address(&of_sender("address")),
        phone: of_sender("phone"),
        tags: tags
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|tag| tag.as_str().map(str::to_owned))
            .collect(),
        subject: field(ticket, "subject"),
        words: needed(ticket, "description")?,
        id: format!("zendesk-{id}"),
    })
}
