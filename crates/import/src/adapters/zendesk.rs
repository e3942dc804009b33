//! Zendesk: the access log (`/api/v2/access_logs`, or the event `access_log.created`).

use core::fmt;
use std::borrow::Cow;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::emit::{Did, Emit, Event, NoView};
use super::{Adapter, Beside, Item, Keeps, Record, Shape};
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
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    user_id: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    method: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    graphql: Option<&'a RawValue>,
}

/// A query of the agent's workspace.
#[derive(Deserialize)]
struct Query<'a> {
    #[serde(borrow, alias = "operationName")]
    operation_name: Option<Text<'a>>,
    #[serde(borrow)]
    operation_type: Option<Text<'a>>,
    variables: Option<Value>,
}

/// A text, or a number that some versions write in its place.
///
/// An `Option<Cow<str>>` of serde's own copies each text.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

fn read(record: &Record<'_>, beside: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let row: Row<'_> = core::str::from_utf8(record.line)
        .ok()
        .and_then(|line| serde_json::from_str(line).ok())
        .ok_or(Reason::NotJson("not an object of Zendesk's access log"))?;
    let time = row.timestamp.ok_or(Reason::Missing("timestamp"))?;
    let url = row.url.map_or(Cow::Borrowed(""), |text| text.0);
    let method = row.method.map_or(Cow::Borrowed("GET"), |text| text.0);
    let actor = row.user_id.map_or(Cow::Borrowed(""), |text| text.0);
    let status = row.status.map_or(Cow::Borrowed("200"), |text| text.0);
    if super::refused(method.as_bytes(), status.as_bytes()) {
        emit.no_view(NoView::Refused);
        return Ok(());
    }
    let event = Event {
        time: time.0.as_bytes(),
        actor: actor.as_bytes(),
        ..Event::default()
    };
    // The agent's workspace asks by GraphQL: what was asked for stands in the variables.
    if let Some(query) = row.graphql.filter(|query| query.get() != "null") {
        let Ok(query) = serde_json::from_str::<Query<'_>>(query.get()) else {
            emit.no_view(NoView::List);
            return Ok(());
        };
        let asked = variables(&query);
        let changes = query
            .operation_type
            .as_ref()
            .is_some_and(|of| of.0 == "mutation");
        let event = Event {
            action: if changes { Did::Change } else { Did::View },
            ..event
        };
        if asked.tickets.is_empty() && asked.customers.is_empty() {
            emit.no_view(NoView::List);
        }
        for (item, ids) in [
            (Item::Ticket, &asked.tickets),
            (Item::Customer, &asked.customers),
        ] {
            for id in ids {
                emit.event(&event.about(item, id.as_bytes()));
            }
        }
        return Ok(());
    }
    let request = (method.as_bytes(), url.as_bytes());
    if let Some((action, asked)) = super::shown(request, status.as_bytes(), beside, emit) {
        super::each_item(&Event { action, ..event }, asked, emit);
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
fn variables(query: &Query<'_>) -> Named {
    let operation = query.operation_name.as_ref().map_or("", |name| &name.0);
    let operation = operation.to_ascii_lowercase();
    let mut named = Named::default();
    let parsed;
    let variables = match &query.variables {
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
