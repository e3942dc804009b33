//! A world in memory as tables.

use std::ops::Range;
use std::path::Path;

use countersign_core::desk::{Column, Desk, View};

use super::Format;
use super::batch::{self, Cells, Columns, batch, schema};
use super::company::{row_groups, streamed, whole};
use super::folder::Folder;
use super::truth::{TruthFile, logins, origins, time};
use crate::error::SimError;
use crate::incident::Summary;
use crate::names::{customer_id, ticket_id};
use crate::world::{Kind, World};

/// Writes a world into a new folder `out`: tables, and `truth.json` beside them.
///
/// # Errors
/// [`SimError`]: a folder that is not empty, or a disk that fails or is full. Nothing is left
/// behind then.
pub fn write_world(world: &World, out: &Path, format: Format) -> Result<Summary, SimError> {
    let desk = &world.desk;
    let mut folder = Folder::begin(out, format)?;
    let mut summary = Summary {
        accounts: whole(&mut folder, "accounts", || batch::accounts(&desk.accounts))?,
        ..Summary::default()
    };
    summary.customers = streamed(
        &mut folder,
        "customers",
        desk.customers.count,
        &(),
        |rows| batch(customers(desk, rows)),
    )?;
    let issued = desk.tickets.customer.len() as u32;
    summary.tickets = streamed(&mut folder, "tickets", issued, &(), |rows| {
        batch(tickets(desk, rows))
    })?;
    for month in world.views.chunk_by(|a, b| month_of(a) == month_of(b)) {
        summary.views += events(&mut folder, desk, month)?;
    }
    if !desk.exports.is_empty() {
        summary.exports = whole(&mut folder, "exports", || {
            batch::exports(&desk.exports, &desk.accounts, &desk.customers.columns)
        })?;
    }
    summary.reports = whole(&mut folder, "reports", || {
        batch::reports(&desk.reports, issued)
    })?;
    let truth = TruthFile {
        world: world.name,
        sentence: Kind::parse(world.name).map_or("", Kind::sentence),
        sellers: logins(&desk.accounts, &world.truth.sellers),
        copy: world.truth.copy.as_deref(),
        suspects: logins(&desk.accounts, &world.truth.suspects),
        sale: world.truth.sale.map(time),
        list_customers: world.truth.customers.len(),
        list_tickets: world.truth.tickets.len(),
        reports: origins(&desk.reports, &world.truth.origins),
        settings: serde_json::Value::Null,
    };
    folder.text("truth.json", &truth.to_json())?;
    summary.files = folder.keep()?;
    Ok(summary)
}

fn events(folder: &mut Folder, desk: &Desk, month: &[View]) -> Result<u64, SimError> {
    let name = month.first().map(month_of).unwrap_or_default();
    let schema = schema(&batch::views(&desk.accounts, &[]));
    let mut table = folder.table(&format!("events-{name}"), &schema)?;
    let month = [month.to_vec()];
    let parts = row_groups(&month, folder.format.rows_at_once());
    table.add(
        &parts,
        |views| batch(batch::views(&desk.accounts, views)),
        |_| Ok(()),
    )?;
    table.end()
}

fn customers(desk: &Desk, rows: Range<u32>) -> Columns<'_> {
    with_attributes("customer", customer_id, rows, &desk.customers.columns)
}

fn tickets(desk: &Desk, rows: Range<u32>) -> Columns<'_> {
    let mut of = Cells::text(rows.len());
    let mut id = Vec::new();
    for row in rows.clone() {
        of.push_id(desk.tickets.customer[row as usize], customer_id, &mut id);
    }
    let mut columns = with_attributes("ticket", ticket_id, rows, &desk.tickets.columns);
    columns.insert(1, ("customer", of));
    columns
}

fn with_attributes<'a>(
    id_column: &'a str,
    write: fn(u32, &mut Vec<u8>),
    rows: Range<u32>,
    attributes: &'a [Column],
) -> Columns<'a> {
    let mut ids = Cells::text(rows.len());
    let mut id = Vec::new();
    for row in rows.clone() {
        ids.push_id(row, write, &mut id);
    }
    let mut columns = vec![(id_column, ids)];
    for attribute in attributes {
        let mut cells = Cells::text(rows.len());
        for row in rows.clone() {
            let code = attribute.codes.get(row as usize).copied().unwrap_or(0);
            let label = attribute.labels.get(code as usize).filter(|_| code > 0);
            cells.push(label.map(String::as_str));
        }
        columns.push((&attribute.name, cells));
    }
    columns
}

/// The calendar month of a view, `2019-01`.
fn month_of(view: &View) -> String {
    view.second.date().chars().take(7).collect()
}
