//! Logs that record changes only: recognised, so that nobody takes them for a log of views.
//!
//! Who looked without changing anything is in none of them. `--changes-as-views` takes them all
//! the same, and every page says so.

use serde::Deserialize;
use serde_json::Value;

use super::emit::{Did, Emit, Event};
use super::{Adapter, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const ZENDESK: Adapter = Adapter {
    name: "zendesk-audit",
    title: "Zendesk's audit log",
    shape: Shape::Json(&["audit_logs"]),
    keeps: Keeps::Changes(
        "switch the access log on (Admin Center > Account > Audit log > Manage settings) and export /api/v2/access_logs",
    ),
    detect: |head| head.has_fields(&["action", "actor_id", "source_type", "created_at"]),
    read: |record, _, emit| {
        let row = object(record)?;
        let kind = text(&row, "source_type");
        tell(
            emit,
            &text(&row, "created_at"),
            &text(&row, "actor_id"),
            &kind,
            &text(&row, "source_id"),
        )
    },
};

pub(super) const SERVICENOW: Adapter = Adapter {
    name: "servicenow-audit",
    title: "ServiceNow's sys_audit",
    shape: Shape::Csv(&["sys_created_on", "user", "tablename", "documentkey"]),
    keeps: Keeps::Changes(
        "export the transaction log, syslog_transaction (types Form, List, REST)",
    ),
    detect: |head| head.has_columns(&["tablename", "fieldname", "documentkey", "user"]),
    read: |record, _, emit| {
        let [time, actor, table, key] = cells(record)?;
        tell(emit, &time, &actor, &table, &key)
    },
};

pub(super) const HUBSPOT: Adapter = Adapter {
    name: "hubspot-audit",
    title: "HubSpot's audit log",
    shape: Shape::Json(&["results"]),
    keeps: Keeps::Changes(
        "HubSpot records no views; put a proxy before it, or take what a browser gateway logged",
    ),
    detect: |head| head.has_fields(&["category", "occurredAt", "actingUser"]),
    read: |record, _, emit| {
        let row = object(record)?;
        let actor = row
            .get("actingUser")
            .map(|user| text(user, "userId"))
            .unwrap_or_default();
        tell(
            emit,
            &text(&row, "occurredAt"),
            &actor,
            &text(&row, "category"),
            &text(&row, "targetObjectId"),
        )
    },
};

pub(super) const INTERCOM: Adapter = Adapter {
    name: "intercom-activity",
    title: "Intercom's activity log",
    shape: Shape::Json(&["activity_logs"]),
    keeps: Keeps::Changes(
        "Intercom records no views; put a proxy before it, or take what a browser gateway logged",
    ),
    detect: |head| head.has_fields(&["performed_by", "activity_type", "created_at"]),
    read: |record, _, emit| {
        let row = object(record)?;
        let seconds = row
            .get("created_at")
            .and_then(Value::as_i64)
            .ok_or(Reason::Missing("created_at"))?;
        let time = super::from_ms(seconds.saturating_mul(1000)).ok_or(Reason::TimeOutOfRange)?;
        let actor = row
            .get("performed_by")
            .map(|user| text(user, "id"))
            .unwrap_or_default();
        let metadata = row.get("metadata").cloned().unwrap_or_default();
        let conversation = text(&metadata, "conversation_id");
        tell(emit, &time, &actor, "ticket", &conversation)
    },
};

pub(super) const JIRA: Adapter = Adapter {
    name: "jira-audit",
    title: "Jira's audit log",
    shape: Shape::Json(&["records"]),
    keeps: Keeps::Changes(
        "take the access log of the web server before Jira (Data Center), `--from combined`",
    ),
    detect: |head| {
        head.has_fields(&["summary", "created", "category"])
            && (head.has_fields(&["authorAccountId"]) || head.has_fields(&["authorKey"]))
    },
    read: |record, _, emit| {
        let row = object(record)?;
        let actor = match text(&row, "authorAccountId") {
            actor if actor.is_empty() => text(&row, "authorKey"),
            actor => actor,
        };
        let item = row.get("objectItem").cloned().unwrap_or_default();
        let kind = text(&item, "typeName");
        tell(
            emit,
            &text(&row, "created"),
            &actor,
            &kind,
            &text(&item, "name"),
        )
    },
};

pub(super) const RT: Adapter = Adapter {
    name: "rt-transactions",
    title: "Request Tracker's transactions",
    shape: Shape::Csv(&["Created", "Creator", "ObjectType", "ObjectId"]),
    keeps: Keeps::Changes(
        "take the access log of the web server before RT, and RT's own log of sign-ins (`--sign-ins`)",
    ),
    detect: |head| head.has_columns(&["ObjectType", "ObjectId", "Type", "Creator", "Created"]),
    read: |record, _, emit| {
        let [time, actor, kind, id] = cells(record)?;
        // The database keeps UTC, without saying so.
        let time = String::from_utf8_lossy(&super::in_utc(time.as_bytes())).into_owned();
        tell(
            emit,
            &time,
            &actor,
            kind.strip_prefix("RT::").unwrap_or(&kind),
            &id,
        )
    },
};

pub(super) const ZAMMAD: Adapter = Adapter {
    name: "zammad-audit",
    title: "Zammad's audit log",
    shape: Shape::Json(&["audit_logs"]),
    keeps: Keeps::Changes(
        "export the table recent_views before its clean-up removes what is older than three months",
    ),
    detect: |head| {
        head.has_fields(&[
            "action_type",
            "auditable_type",
            "auditable_id",
            "created_at",
        ])
    },
    read: |record, _, emit| {
        let row = object(record)?;
        let kind = text(&row, "auditable_type");
        tell(
            emit,
            &text(&row, "created_at"),
            &text(&row, "user_id"),
            &kind,
            &text(&row, "auditable_id"),
        )
    },
};

pub(super) const OSTICKET: Adapter = Adapter {
    name: "osticket-events",
    title: "osTicket's thread events",
    shape: Shape::Csv(&["timestamp", "staff_id", "thread_id"]),
    keeps: Keeps::Changes(
        "install the audit plugin and export its table with the views (`viewed`)",
    ),
    detect: |head| head.has_columns(&["thread_id", "event_id", "staff_id", "timestamp"]),
    read: |record, _, emit| {
        let [time, actor, thread] = cells(record)?;
        tell(emit, &time, &actor, "ticket", &thread)
    },
};

/// One change of one record; of what is neither ticket nor customer nothing is told.
fn tell(emit: &mut Emit, time: &str, actor: &str, kind: &str, id: &str) -> Result<(), Reason> {
    let event = Event {
        time: time.as_bytes(),
        actor: actor.as_bytes(),
        action: Did::Change,
        ..Event::default()
    };
    if let Some(item) = super::item(kind)
        && !id.is_empty()
    {
        emit.event(&event.about(item, id.as_bytes()));
    }
    Ok(())
}

fn object(record: &Record<'_>) -> Result<Value, Reason> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Object(serde_json::Map<String, Value>);
    serde_json::from_slice(record.line)
        .map(|Object(map)| Value::Object(map))
        .map_err(|_error| Reason::NotJson("not an object of this log"))
}

/// A field as text; numbers as they are written.
fn text(row: &Value, name: &str) -> String {
    match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn cells<const N: usize>(record: &Record<'_>) -> Result<[String; N], Reason> {
    let mut cells = [const { String::new() }; N];
    for (to, from) in cells.iter_mut().zip(record.cells) {
        core::str::from_utf8(from)
            .map_err(|_error| Reason::NotUtf8("a cell"))?
            .clone_into(to);
    }
    Ok(cells)
}
