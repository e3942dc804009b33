//! Request Tracker: tickets of one queue with their first message, as `countersign fetch rt` keeps
//! them (`reports.jsonl`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Conversation, address, field, needed, plain};
use crate::reason::Reason;

pub(super) fn conversation(ticket: &Value) -> Result<Conversation, Reason> {
    let id = needed(ticket, "id")?;
    let requestor = ticket.get("Requestor").and_then(|list| list.get(0));
    let of_requestor =
        |name: &str| requestor.map_or_else(String::new, |requestor| field(requestor, name));
    let coded: String = field(ticket, "Content").split_whitespace().collect();
    let content = STANDARD
        .decode(coded)
        .map_err(|_error| Reason::NotThisLog("its content is no base64"))?;
    let email = [of_requestor("EmailAddress"), of_requestor("Name")]
        .iter()
        .map(|text| address(text))
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    Ok(Conversation {
        own: vec![id.clone()],
        received: needed(ticket, "Created")?,
        customer: of_requestor("id"),
        email,
        subject: field(ticket, "Subject"),
        words: plain(
            &field(ticket, "ContentType"),
            &String::from_utf8_lossy(&content),
        ),
        id: format!("rt-{id}"),
        ..Conversation::default()
    })
}
