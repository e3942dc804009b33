//! Zendesk: access log, tickets, users, and tagged tickets, by cursor.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::client::Secret;
use super::{ACCESS, Ask, Desk, Page, REPORTS, TICKETS, USERS, array, encoded, only};
use crate::wrong::Wrong;

/// Zendesk's interface.
#[derive(Debug)]
pub(super) struct Zendesk;

impl Desk for Zendesk {
    fn files(&self) -> Vec<&'static str> {
        vec![ACCESS, TICKETS, USERS, REPORTS]
    }

    fn secret(&self, token: &str) -> Result<Secret> {
        // An API token belongs to an agent and is sent as a password; an OAuth token is not.
        match token.split_once("/token:") {
            Some((agent, _)) if agent.contains('@') => {
                Ok(Secret::new("Basic ", &STANDARD.encode(token)))
            }
            None if !token.contains(':') => Ok(Secret::new("Bearer ", token)),
            _ => Err(Wrong::usage(
                "the token file is of no form that Zendesk knows",
                "one line: agent@example.com/token:THE_API_TOKEN, or an OAuth token alone",
            )),
        }
    }

    fn page(&mut self, ask: &Ask<'_>, file: &str, cursor: Option<&str>) -> Result<Page> {
        match file {
            ACCESS => listed(
                ask,
                &format!("/api/v2/access_logs?page[size]={SIZE}"),
                "access_logs",
                cursor,
                ACCESS_FIELDS,
            ),
            TICKETS => exported(ask, "tickets", cursor, TICKET_FIELDS),
            USERS => exported(ask, "users", cursor, USER_FIELDS),
            _ => {
                let Some(tag) = ask.tagged else {
                    return Ok(Page::default());
                };
                let query = encoded(&format!("tags:{tag}"));
                listed(
                    ask,
                    &format!(
                        "/api/v2/search/export?filter[type]=ticket&page[size]={SEARCH}&query={query}"
                    ),
                    "results",
                    cursor,
                    REPORT_FIELDS,
                )
            }
        }
    }

    fn next_step(&self, folder: &str) -> String {
        format!(
            "countersign trace --events {folder}/{ACCESS} --tickets {folder}/{TICKETS} \
             --customers {folder}/{USERS} --accounts {folder}/{USERS}"
        )
    }
}

/// A list with `meta.after_cursor`.
fn listed(
    ask: &Ask<'_>,
    path: &str,
    name: &str,
    cursor: Option<&str>,
    fields: &[&str],
) -> Result<Page> {
    let path = match cursor {
        Some(cursor) => format!("{path}&page[after]={}", encoded(cursor)),
        None => path.to_owned(),
    };
    let answer = ask.client.get(&path)?;
    let meta = answer.get("meta");
    let has_more = meta
        .and_then(|meta| meta.get("has_more"))
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let next = meta
        .and_then(|meta| meta.get("after_cursor"))
        .and_then(Value::as_str)
        .filter(|_| has_more)
        .map(str::to_owned);
    Ok(Page {
        rows: kept(array(&answer, name)?, fields),
        next,
        total: None,
    })
}

/// An incremental export, from the beginning of time.
fn exported(ask: &Ask<'_>, name: &str, cursor: Option<&str>, fields: &[&str]) -> Result<Page> {
    let path = match cursor {
        Some(cursor) => format!(
            "/api/v2/incremental/{name}/cursor?per_page={SIZE}&cursor={}",
            encoded(cursor)
        ),
        None => format!("/api/v2/incremental/{name}/cursor?per_page={SIZE}&start_time=1"),
    };
    let answer = ask.client.get(&path)?;
    let ended = answer.get("end_of_stream").and_then(Value::as_bool);
    let next = answer
        .get("after_cursor")
        .and_then(Value::as_str)
        .filter(|_| ended == Some(false))
        .map(str::to_owned);
    Ok(Page {
        rows: kept(array(&answer, name)?, fields),
        next,
        total: None,
    })
}

fn kept(rows: &[Value], fields: &[&str]) -> Vec<Value> {
    rows.iter().map(|row| only(row, fields)).collect()
}

const ACCESS_FIELDS: &[&str] = &[
    "id",
    "timestamp",
    "user_id",
    "ip_address",
    "url",
    "method",
    "status",
    "authorization_type",
    "client",
    "graphql",
    "category",
    "summary",
    "origin_service",
];
const TICKET_FIELDS: &[&str] = &[
    "id",
    "requester_id",
    "group_id",
    "brand_id",
    "ticket_form_id",
    "type",
    "priority",
    "created_at",
    "status",
];
const USER_FIELDS: &[&str] = &[
    "id",
    "role",
    "email",
    "phone",
    "external_id",
    "organization_id",
    "default_group_id",
    "locale",
    "time_zone",
    "suspended",
    "active",
    "created_at",
    "user_fields",
];
const REPORT_FIELDS: &[&str] = &[
    "id",
    "requester_id",
    "created_at",
    "subject",
    "description",
    "tags",
    "via",
];

/// Rows of a page of the search; its cursor ends after an hour, so pages are not asked for slowly.
const SEARCH: u32 = 100;
/// Rows of a page: what one answer may hold.
const SIZE: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_an_agent_or_of_a_client() {
        assert!(Zendesk.secret("ann@desk.example/token:abc").is_ok());
        assert!(Zendesk.secret("0123abcd").is_ok());
        assert!(Zendesk.secret("ann:abc").is_err());
    }
}
