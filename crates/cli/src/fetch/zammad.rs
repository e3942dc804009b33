//! Zammad: tickets, users, and tagged tickets, by page.
//!
//! Who looked at a ticket is in its database only (`recent_views`), not in its interface.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::client::Secret;
use super::{Ask, Desk, Page, REPORTS, TICKETS, USERS, encoded, only};

/// Zammad's interface.
#[derive(Debug)]
pub(super) struct Zammad;

impl Desk for Zammad {
    fn files(&self) -> Vec<&'static str> {
        vec![TICKETS, USERS, REPORTS]
    }

    fn secret(&self, token: &str) -> Result<Secret> {
        Ok(Secret::new("Token token=", token))
    }

    fn page(&mut self, ask: &Ask<'_>, file: &str, cursor: Option<&str>) -> Result<Page> {
        let number: u64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(1);
        let page = format!("expand=true&page={number}&per_page={SIZE}");
        let (path, fields) = match file {
            TICKETS => (format!("/api/v1/tickets?{page}"), TICKET_FIELDS),
            USERS => (format!("/api/v1/users?{page}"), USER_FIELDS),
            _ => {
                let Some(tag) = ask.tagged else {
                    return Ok(Page::default());
                };
                let query = encoded(&format!("tags:\"{tag}\""));
                (
                    format!("/api/v1/tickets/search?{page}&sort_by=id&order_by=asc&query={query}"),
                    REPORT_FIELDS,
                )
            }
        };
        let answer = ask.client.get(&path)?;
        let Some(rows) = answer
            .as_array()
            .or_else(|| answer.get("tickets")?.as_array())
        else {
            bail!(
                "the desk's answer for `{file}` is no list: is its search switched on, and is it Zammad?"
            );
        };
        // A desk may give fewer than were asked for: the end is where nothing comes.
        let next = (!rows.is_empty()).then(|| (number + 1).to_string());
        let mut kept: Vec<Value> = rows.iter().map(|row| only(row, fields)).collect();
        if file == REPORTS {
            for row in &mut kept {
                let articles = articles(ask, row)?;
                if let Some(row) = row.as_object_mut() {
                    row.insert("articles".to_owned(), articles);
                }
            }
        }
        Ok(Page {
            rows: kept,
            next,
            total: None,
        })
    }

    fn next_step(&self, folder: &str) -> String {
        format!(
            "countersign trace --events recent_views.csv --tickets {folder}/{TICKETS} \
             --customers {folder}/{USERS} --accounts {folder}/{USERS}"
        )
    }
}

/// What the customer wrote: the articles of a ticket that are the customer's own.
fn articles(ask: &Ask<'_>, ticket: &Value) -> Result<Value> {
    let Some(id) = ticket.get("id").and_then(Value::as_u64) else {
        return Ok(json!([]));
    };
    let path = format!("/api/v1/ticket_articles/by_ticket/{id}?expand=true");
    let answer = ask.client.get(&path)?;
    let own = answer
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter(|article| {
            let internal = article.get("internal").and_then(Value::as_bool);
            let sender = article.get("sender").and_then(Value::as_str);
            internal != Some(true) && sender.is_none_or(|sender| sender == "Customer")
        })
        .map(|article| only(article, ARTICLE_FIELDS))
        .collect();
    Ok(Value::Array(own))
}

const TICKET_FIELDS: &[&str] = &[
    "id",
    "number",
    "customer_id",
    "group_id",
    "group",
    "organization_id",
    "priority_id",
    "created_at",
    "close_at",
];
const USER_FIELDS: &[&str] = &[
    "id",
    "login",
    "email",
    "phone",
    "mobile",
    "organization_id",
    "role_ids",
    "roles",
    "active",
    "created_at",
];
const REPORT_FIELDS: &[&str] = &[
    "id",
    "number",
    "title",
    "customer_id",
    "created_at",
    "create_article_type",
];
const ARTICLE_FIELDS: &[&str] = &[
    "id",
    "from",
    "subject",
    "body",
    "content_type",
    "created_at",
];

/// Rows of a page.
const SIZE: usize = 100;
