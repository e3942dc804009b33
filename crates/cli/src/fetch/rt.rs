//! Request Tracker 5: tickets, users, and the tickets of a queue with their first words (REST 2).
//!
//! Its access log is its web server's, which no interface gives.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::client::Secret;
use super::{Ask, Desk, Page, REPORTS, TICKETS, USERS, array, encoded, only};
use crate::wrong::Wrong;

/// RT's interface.
#[derive(Debug, Default)]
pub(super) struct Rt {
    /// Ids of those who may do more than ask, once they were fetched.
    staff: Option<BTreeSet<String>>,
}

impl Desk for Rt {
    fn files(&self) -> Vec<&'static str> {
        vec![TICKETS, USERS, REPORTS]
    }

    fn secret(&self, token: &str) -> Result<Secret> {
        Ok(Secret::new("token ", token))
    }

    fn page(&mut self, ask: &Ask<'_>, file: &str, cursor: Option<&str>) -> Result<Page> {
        match file {
            TICKETS => tickets(ask, "id > 0", cursor, TICKET_FIELDS),
            USERS => self.users(ask, cursor),
            _ => {
                let Some(queue) = ask.tagged else {
                    return Ok(Page::default());
                };
                if queue.contains(['\'', '\\']) {
                    return Err(Wrong::usage(
                        "`--tagged` names no queue",
                        "give the queue's name as RT shows it; names with a quotation mark or a backslash by their number",
                    ));
                }
                let mut page = tickets(ask, &format!("Queue = '{queue}'"), cursor, REPORT_FIELDS)?;
                for row in &mut page.rows {
                    let words = words(ask, row)?;
                    if let (Some(row), Value::Object(words)) = (row.as_object_mut(), words) {
                        row.extend(words);
                    }
                }
                Ok(page)
            }
        }
    }

    fn next_step(&self, folder: &str) -> String {
        format!(
            "countersign trace --events access.log --sign-ins rt.log --tickets {folder}/{TICKETS} \
             --customers {folder}/{USERS} --accounts {folder}/{USERS}"
        )
    }
}

impl Rt {
    fn users(&mut self, ask: &Ask<'_>, cursor: Option<&str>) -> Result<Page> {
        let staff = match &self.staff {
            Some(staff) => staff,
            None => self.staff.insert(staff(ask)?),
        };
        // Users are never removed from RT, so pages stay where they are.
        let number: u64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(1);
        let query = encoded(r#"[{"field":"Name","operator":"!=","value":""}]"#);
        let answer = ask.client.get(&format!(
            "/REST/2.0/users?query={query}&orderby=id&order=ASC&find_disabled_rows=1\
             &per_page={SIZE}&page={number}&fields={}",
            USER_FIELDS.join(",")
        ))?;
        let items = array(&answer, "items")?;
        let rows = items
            .iter()
            .map(|item| {
                let mut row = only(item, USER_FIELDS);
                // As RT itself shows it where a user is asked for alone.
                if let Some(row) = row.as_object_mut() {
                    let privileged = row.get("id").is_some_and(|id| staff.contains(&plain(id)));
                    row.insert("Privileged".to_owned(), json!(u8::from(privileged)));
                }
                row
            })
            .collect();
        Ok(Page {
            rows,
            next: (!items.is_empty()).then(|| (number + 1).to_string()),
            total: answer.get("total").and_then(Value::as_u64),
        })
    }
}

/// Tickets by number, after the last one of the page before.
fn tickets(ask: &Ask<'_>, query: &str, cursor: Option<&str>, fields: &[&str]) -> Result<Page> {
    let after: u64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let answer = ask.client.get(&format!(
        "/REST/2.0/tickets?query={}&orderby=id&order=ASC&per_page={SIZE}&fields={}\
         &fields[Requestor]=id,Name&fields[Queue]=Name",
        encoded(&format!("{query} AND id > {after}")),
        fields.join(",")
    ))?;
    let items = array(&answer, "items")?;
    let last = items
        .iter()
        .filter_map(|item| plain(item.get("id")?).parse::<u64>().ok())
        .max();
    if last.is_some_and(|last| last <= after) {
        bail!("the desk gives tickets that it gave before; stopped");
    }
    Ok(Page {
        rows: items.iter().map(|item| only(item, fields)).collect(),
        next: last.map(|last| last.to_string()),
        total: None,
    })
}

/// Ids of those who may do more than ask for help: the members of the group `Privileged`.
fn staff(ask: &Ask<'_>) -> Result<BTreeSet<String>> {
    let query = encoded(
        r#"[{"field":"Domain","value":"SystemInternal"},{"field":"Name","value":"Privileged"}]"#,
    );
    let answer = ask.client.get(&format!("/REST/2.0/groups?query={query}"))?;
    let Some(group) = array(&answer, "items")?
        .first()
        .and_then(|group| group.get("id"))
        .map(plain)
    else {
        return Err(Wrong::usage(
            "the token's account can't see who is privileged",
            "it needs the rights AdminUsers, SeeGroup and AdminGroupMembership; docs/guide/desks/rt.md says how",
        ));
    };
    let mut staff = BTreeSet::new();
    for number in 1.. {
        let answer = ask.client.get(&format!(
            "/REST/2.0/group/{group}/members?users=1&groups=0&recursively=1\
             &find_disabled_rows=1&per_page={SIZE}&page={number}"
        ))?;
        let items = array(&answer, "items")?;
        let before = staff.len();
        staff.extend(items.iter().filter_map(|item| Some(plain(item.get("id")?))));
        if staff.len() == before {
            break;
        }
    }
    Ok(staff)
}

/// The subject and the first message of a ticket.
fn words(ask: &Ask<'_>, ticket: &Value) -> Result<Value> {
    let Some(id) = ticket.get("id").map(plain) else {
        return Ok(Value::Null);
    };
    let answer = ask.client.get(&format!(
        "/REST/2.0/ticket/{}/attachments?orderby=id&order=ASC&per_page={SIZE}\
         &fields=id,Subject,ContentType,Created,TransactionId",
        encoded(&id)
    ))?;
    let items = array(&answer, "items")?;
    let first = items.iter().find(|item| {
        let kind = item.get("ContentType").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.starts_with("text/"))
    });
    let Some(first) = first else {
        return Ok(Value::Null);
    };
    let attachment = first.get("id").map(plain).unwrap_or_default();
    let whole = ask
        .client
        .get(&format!("/REST/2.0/attachment/{}", encoded(&attachment)))?;
    Ok(json!({
        "ContentType": whole.get("ContentType"),
        "Content": whole.get("Content"),
    }))
}

/// A number or a text as text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

const TICKET_FIELDS: &[&str] = &[
    "id",
    "Requestor",
    "Queue",
    "Status",
    "Created",
    "Resolved",
    "CustomFields",
];
/// The words of a ticket are fetched where it is a report.
const REPORT_FIELDS: &[&str] = &["id", "Requestor", "Created", "Subject"];
const USER_FIELDS: &[&str] = &[
    "id",
    "Name",
    "EmailAddress",
    "MobilePhone",
    "WorkPhone",
    "HomePhone",
    "Organization",
    "City",
    "State",
    "Country",
    "Created",
    "Disabled",
];

/// Rows of a page; RT gives no more.
const SIZE: usize = 100;
