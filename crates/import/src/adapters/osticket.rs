//! osTicket: the table of its audit plugin, with the names of events joined in.

use super::emit::{Did, Emit, Event, NoView};
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const AUDIT: Adapter = Adapter {
    name: "osticket",
    title: "osTicket's audit log",
    shape: Shape::Csv(&[
        "event",
        "object_type",
        "object_id",
        "staff_id",
        "user_id",
        "timestamp",
    ]),
    keeps: Keeps::ViewsIf(
        "its plugin hides views in the export: show them (`$show_view_audits`), or export the table itself",
    ),
    detect: |head| head.has_columns(&["object_type", "object_id", "staff_id", "timestamp"]),
    read,
};

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let [what, kind, id, staff, user, time] = *record.cells else {
        return Err(Reason::NotThisLog("no row of the audit log"));
    };
    let action = match what {
        b"viewed" => Did::View,
        b"" => return Err(Reason::Missing("event")),
        _ => Did::Change,
    };
    if matches!(staff, b"" | b"0" | b"NULL") && !matches!(user, b"" | b"0" | b"NULL") {
        emit.no_view(NoView::Customer);
        return Ok(());
    }
    let event = Event {
        time,
        actor: if matches!(staff, b"0" | b"NULL") {
            b""
        } else {
            staff
        },
        action,
        ..Event::default()
    };
    match kind {
        b"T" => emit.event(&Event {
            ticket: id,
            ..event
        }),
        b"U" => emit.event(&Event {
            customer: id,
            ..event
        }),
        _ => {}
    }
    Ok(())
}
