//! OCSF 6001 (web resources), 6003 (API) and 6005 (datastore) activity, as a SIEM exports it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::emit::{Did, Emit, Event, NoView};
use super::patterns::Kind;
use super::{Adapter, Beside, Item, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const ACTIVITY: Adapter = Adapter {
    name: "ocsf",
    title: "OCSF activity",
    shape: Shape::Json(&[]),
    keeps: Keeps::Views,
    detect: |head| head.has_fields(&["class_uid", "activity_id"]),
    read,
};

#[derive(Deserialize)]
struct Row<'a> {
    class_uid: u32,
    activity_id: u32,
    time: Option<i64>,
    #[serde(borrow)]
    time_dt: Option<Cow<'a, str>>,
    status_id: Option<u32>,
    #[serde(borrow, default)]
    actor: Actor<'a>,
    #[serde(borrow, default)]
    web_resources: Vec<Resource<'a>>,
    #[serde(borrow, default)]
    resources: Vec<Resource<'a>>,
    #[serde(borrow)]
    table: Option<Resource<'a>>,
    http_request: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Actor<'a> {
    #[serde(borrow)]
    user: Option<User<'a>>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow)]
    uid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    email_addr: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    uid: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url_string: Option<Cow<'a, str>>,
    /// Where this program wrote it: the customer of a ticket, seen with it.
    data: Option<Value>,
}

fn read(record: &Record<'_>, beside: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let row: Row<'_> = serde_json::from_slice(record.line)
        .map_err(|_error| Reason::NotJson("not an object of OCSF activity"))?;
    let Some(action) = did(row.class_uid, row.activity_id) else {
        return Ok(());
    };
    if row.status_id == Some(2) {
        emit.no_view(NoView::Refused);
        return Ok(());
    }
    let time = match (row.time, row.time_dt) {
        (Some(ms), _) => super::from_ms(ms).ok_or(Reason::TimeOutOfRange)?,
        (None, Some(text)) => text.into_owned(),
        (None, None) => return Err(Reason::Missing("time")),
    };
    let actor = row
        .actor
        .user
        .and_then(|user| user.uid.or(user.name).or(user.email_addr))
        .unwrap_or_default();
    let event = Event {
        time: time.as_bytes(),
        actor: actor.as_bytes(),
        action,
        ..Event::default()
    };
    let method = row
        .http_request
        .as_ref()
        .and_then(|request| request.get("http_method"));
    let method = method.and_then(Value::as_str).unwrap_or("GET");
    let resources = row
        .web_resources
        .iter()
        .chain(&row.resources)
        .chain(&row.table);
    for resource in resources {
        let kind = resource.kind.as_deref().unwrap_or_default();
        let id = resource.uid.as_deref().unwrap_or_default().as_bytes();
        match (super::item(kind), id) {
            (Some(item), [_, ..]) => {
                let data = resource.data.as_ref();
                let with = data.and_then(|data| data.get("customer")?.as_str());
                let event = match (item, with) {
                    (Item::Ticket, Some(customer)) => {
                        event.about(Item::Customer, customer.as_bytes())
                    }
                    _ => event,
                };
                emit.event(&event.about(item, id));
            }
            _ => {
                let url = resource.url_string.as_deref().unwrap_or_default();
                if let Some((Kind::Shows(_), asked)) =
                    beside.patterns.find(method.as_bytes(), url.as_bytes())
                {
                    let (ticket, customer) = (asked.ticket, asked.customer);
                    if !(ticket.is_empty() && customer.is_empty()) {
                        super::each_item(&event, asked, emit);
                    }
                }
            }
        }
    }
    if matches!(action, Did::Search | Did::Export) {
        // Without effect where records were named.
        emit.no_view(NoView::List);
    }
    Ok(())
}

/// What an activity is; `None` = nothing that shows a record.
fn did(class: u32, activity: u32) -> Option<Did> {
    match (class, activity) {
        (6001 | 6003, 2) | (6005, 1) => Some(Did::View),
        (6001, 5) | (6005, 4 | 8) => Some(Did::Search),
        (6001, 7 | 8) => Some(Did::Export),
        (6001 | 6003, 1 | 3 | 4) | (6001, 6) | (6005, 2 | 5 | 6 | 7) => Some(Did::Change),
        _ => None,
    }
}
