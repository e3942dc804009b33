//! Zendesk: the access log (`/api/v2/access_logs`, or the event `access_log.created`).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::emit::{Did, Emit, Event, NoView};
use super::patterns::Kind;
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const ACCESS_LOG: Adapter = Adapter {
    name: "zendesk",
    title: "Zendesk's access log",
    shape: Shape::Json(&["access_logs"]),
    keeps: Keeps::Views,
    detect: |head| {
        head.has_fields(&["timestamp", "user_id", "url", "method", "origin_service"])
            || head.has_fields(&["timestamp", "user_id", "url", "method", "graphql"])
    },
    read,
};

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(default)]
    user_id: Option<Id<'a>>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    status: Option<Id<'a>>,
    graphql: Option<Value>,
}

/// An id, which some versions write as a number and others as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id<'a> {
    Number(u64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

impl Id<'_> {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

fn read(record: &Record<'_>, beside: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let row: Row<'_> = serde_json::from_slice(record.line)
        .map_err(|_error| Reason::NotJson("not an object of Zendesk's access log"))?;
    let time = row.timestamp.ok_or(Reason::Missing("timestamp"))?;
    let url = row.url.unwrap_or_default();
    let method = row.method.unwrap_or(Cow::Borrowed("GET"));
    let actor = row.user_id.as_ref().map(Id::text).unwrap_or_default();
    let status = row
        .status
        .as_ref()
        .map(Id::text)
        .unwrap_or(Cow::Borrowed("200"));
    if !(status.starts_with('2') || status == "304") || method == "HEAD" {
        emit.no_view(NoView::Refused);
        return Ok(());
    }
    let event = Event {
        time: time.as_bytes(),
        actor: actor.as_bytes(),
        ..Event::default()
    };
    // The agent's workspace asks by GraphQL: what was asked for stands in the variables.
    if let Some(query) = row.graphql.filter(|query| !query.is_null()) {
        let asked = variables(&query);
        let changes = query.get("operation_type").and_then(Value::as_str) == Some("mutation");
        let event = Event {
            action: if changes { Did::Change } else { Did::View },
            ..event
        };
        if asked.tickets.is_empty() && asked.customers.is_empty() {
            emit.no_view(NoView::List);
        }
        for ticket in &asked.tickets {
            let ticket = ticket.as_bytes();
            emit.event(&Event { ticket, ..event });
        }
        for customer in &asked.customers {
            let customer = customer.as_bytes();
            emit.event(&Event { customer, ..event });
        }
        return Ok(());
    }
    match beside.patterns.find(method.as_bytes(), url.as_bytes()) {
        None => emit.no_view(NoView::NoRecord),
        Some((Kind::Not(why), _)) => emit.no_view(why),
        Some((Kind::Shows(action), asked)) => {
            super::each_item(&Event { action, ..event }, asked, emit);
        }
    }
    Ok(())
}

/// Records that a query names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    tickets: Vec<String>,
    customers: Vec<String>,
}

/// The ids among the variables of a query, which are an object or its text.
fn variables(query: &Value) -> Named {
    let operation = query
        .get("operation_name")
        .or_else(|| query.get("operationName"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut named = Named::default();
    let parsed;
    let variables = match query.get("variables") {
        Some(Value::String(text)) => {
            parsed = serde_json::from_str(text).unwrap_or(Value::Null);
            &parsed
        }
        Some(object) => object,
        None => return named,
    };
    let Some(variables) = variables.as_object() else {
        return named;
    };
    for (name, value) in variables {
        let name = name.to_ascii_lowercase().replace('_', "");
        let place = match name.as_str() {
            "ticketid" | "ticketids" => &mut named.tickets,
            "userid" | "userids" | "customerid" | "requesterid" | "enduserid" => {
                &mut named.customers
            }
            // A bare id is what the operation is about, if its name says so.
            "id" | "ids" if operation.contains("ticket") || operation.contains("conversation") => {
                &mut named.tickets
            }
            "id" | "ids" if operation.contains("user") || operation.contains("customer") => {
                &mut named.customers
            }
            _ => continue,
        };
        match value {
            Value::Array(values) => place.extend(values.iter().filter_map(number)),
            value => place.extend(number(value)),
        }
    }
    named
}

/// An id as digits.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::String(text) => (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.clone()),
        _ => None,
    }
}
