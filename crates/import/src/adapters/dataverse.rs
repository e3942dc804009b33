//! Microsoft Dataverse and Dynamics 365: audit records, lists with the ids that they returned.

use super::emit::{Did, Emit, Event, NoView};
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const AUDIT: Adapter = Adapter {
    name: "dataverse",
    title: "Dataverse's audit log",
    shape: Shape::Csv(&[
        "CreationTime",
        "UserId",
        "Message",
        "EntityName",
        "EntityId",
        "QueryResults",
    ]),
    keeps: Keeps::Views,
    detect: |head| head.has_columns(&["CreationTime", "UserId", "Message", "EntityName"]),
    read,
};

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let [time, actor, message, entity, id, results] = *record.cells else {
        return Err(Reason::NotThisLog("no row of the audit log"));
    };
    let action = match message {
        b"Retrieve" => Did::View,
        b"RetrieveMultiple" => Did::Search,
        b"ExportToExcel" => Did::Export,
        b"Create" | b"Update" | b"Delete" | b"Assign" | b"Merge" => Did::Change,
        b"" => return Err(Reason::Missing("Message")),
        _ => return Ok(()),
    };
    let entity = core::str::from_utf8(entity).map_err(|_error| Reason::NotUtf8("EntityName"))?;
    let Some(item) = super::item(entity) else {
        return Ok(());
    };
    let time = super::in_utc(time);
    let mut any = false;
    let listed =
        results.split(|byte| matches!(byte, b',' | b';' | b' ' | b'|' | b'"' | b'[' | b']'));
    for id in listed.chain([id]) {
        let id = plain(id);
        if !is_guid(&id) {
            continue;
        }
        any = true;
        let event = Event {
            time: &time,
            actor,
            action,
            ..Event::default()
        };
        emit.event(&event.about(item, &id));
    }
    if !any {
        emit.no_view(NoView::List);
    }
    Ok(())
}

/// An id as the Web API writes it: small letters, no braces.
pub(crate) fn plain(id: &[u8]) -> Vec<u8> {
    let id = id.trim_ascii();
    let id = id.strip_prefix(b"{").unwrap_or(id);
    id.strip_suffix(b"}").unwrap_or(id).to_ascii_lowercase()
}

fn is_guid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
