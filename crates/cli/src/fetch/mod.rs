//! What a desk's own interface gives: its access log where there is one, tickets, users, and the
//! tickets in which customers report calls.
//!
//! Rows are kept in the product's own words, but only the fields that a case needs: the words of
//! tickets that are no reports stay at the desk.

pub(crate) mod client;
pub(crate) mod folder;
mod rt;
mod zammad;
mod zendesk;

use anyhow::{Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use client::{Client, Secret};
use folder::Folder;

use crate::args::Product;

/// A product's interface.
pub(crate) trait Desk {
    /// The files that come of it, in the order in which they are fetched.
    fn files(&self) -> Vec<&'static str>;

    /// What signs a request in.
    ///
    /// # Errors
    /// A token of another form.
    fn secret(&self, token: &str) -> Result<Secret>;

    /// The next page of a file, from where the last one ended.
    ///
    /// # Errors
    /// What the desk refuses, or an answer of another shape.
    fn page(&mut self, ask: &Ask<'_>, file: &str, cursor: Option<&str>) -> Result<Page>;

    /// What to do with what was fetched, as a line for the person at the keyboard.
    fn next_step(&self, folder: &str) -> String;
}

/// What a page is asked with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) client: &'a Client<'a>,
    /// The tag or queue that marks reports.
    pub(crate) tagged: Option<&'a str>,
}

/// Some rows of a file.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Value>,
    /// Where the next one begins; `None` = this is the last.
    pub(crate) next: Option<String>,
    /// How many rows there will be, where the desk says so.
    pub(crate) total: Option<u64>,
}

/// The interface of a product.
pub(crate) fn desk(product: Product) -> Box<dyn Desk> {
    match product {
        Product::Zendesk => Box::new(zendesk::Zendesk),
        Product::Zammad => Box::new(zammad::Zammad),
        Product::Rt => Box::new(rt::Rt::default()),
    }
}

/// Fetches a file to its end, or goes on with it.
///
/// # Errors
/// Those of asking and writing; what is complete stays.
pub(crate) fn fetch(
    desk: &mut dyn Desk,
    ask: &Ask<'_>,
    folder: &mut Folder,
    file: &str,
    mut told: impl FnMut(u64, Option<u64>),
) -> Result<()> {
    let mut rows = folder.rows(file);
    let mut pages = folder.go_on(file)?;
    let mut cursor = pages.cursor();
    loop {
        let page = desk.page(ask, file, cursor.as_deref())?;
        if page.next.is_some() && page.next == cursor {
            bail!("the desk gives the same page of `{file}` again and again; stopped");
        }
        pages.add(&page.rows, page.next.clone())?;
        rows += page.rows.len() as u64;
        told(rows, page.total);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(());
        }
        ask.client.go_on()?;
    }
}

/// The wanted fields of an object, those that it has.
fn only(row: &Value, fields: &[&str]) -> Value {
    let Some(row) = row.as_object() else {
        return Value::Null;
    };
    let kept: Map<String, Value> = fields
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), row.get(*field)?.clone())))
        .collect();
    Value::Object(kept)
}

/// An array of an answer.
fn array<'a>(answer: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    match answer.get(name).and_then(Value::as_array) {
        Some(array) => Ok(array),
        None => bail!("the desk's answer has no `{name}`: is it the product that was named?"),
    }
}

/// Text as a part of a query.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Who looked at what.
pub(crate) const ACCESS: &str = "access.jsonl";
/// Tickets with their customers.
pub(crate) const TICKETS: &str = "tickets.jsonl";
/// Customers and agents.
pub(crate) const USERS: &str = "users.jsonl";
/// Tickets in which customers report calls, with their words.
pub(crate) const REPORTS: &str = "reports.jsonl";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_can_hold_anything() {
        assert_eq!(encoded("id > 1&a='ü'"), "id%20%3E%201%26a%3D%27%C3%BC%27");
    }

    #[test]
    fn words_of_tickets_stay_at_the_desk() {
        let row = serde_json::json!({"id": 1, "subject": "private", "group_id": null});
        assert_eq!(
            only(&row, &["id", "group_id", "absent"]).to_string(),
            r#"{"group_id":null,"id":1}"#
        );
    }
}
