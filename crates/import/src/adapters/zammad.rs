//! Zammad: the table `recent_views`, from its database as CSV or JSON.
//!
//! One row for each agent and ticket (older versions: for each view). Where a row has a later
//! `updated_at` it is a second view; those between the two are lost.

use super::emit::{Emit, Event};
use super::{Adapter, Beside, Keeps, Record, Shape};
use crate::reason::Reason;

pub(super) const RECENT_VIEWS: Adapter = Adapter {
    name: "zammad",
    title: "Zammad's recent views",
    shape: Shape::Csv(&[
        "object",
        "o_id",
        "created_by_id",
        "created_at",
        "updated_at",
    ]),
    keeps: Keeps::Views,
    detect: |head| head.has_columns(&["o_id", "created_by_id", "created_at"]),
    read,
};

fn read(record: &Record<'_>, _: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let [object, id, actor, created, updated] = *record.cells else {
        return Err(Reason::NotThisLog("no row of recent views"));
    };
    if id.is_empty() {
        return Err(Reason::Missing("o_id"));
    }
    let mut event = Event {
        actor,
        ..Event::default()
    };
    match object {
        b"Ticket" => event.ticket = id,
        b"User" => event.customer = id,
        b"" => return Err(Reason::Missing("object")),
        _ => return Ok(()),
    }
    // Rails writes times of the database in UTC, without saying so.
    let first = super::in_utc(created);
    emit.event(&Event {
        time: &first,
        ..event
    });
    if !updated.is_empty() && updated != created {
        let last = super::in_utc(updated);
        emit.event(&Event {
            time: &last,
            ..event
        });
    }
    Ok(())
}
