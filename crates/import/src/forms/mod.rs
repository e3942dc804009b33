//! Tickets, customers and accounts as products export them: their fields become our columns.
//!
//! A form says where each column stands in a product's own object or table, and how to see that a
//! file is one. What is no column and in no list here stays unread. Which call or export makes such
//! a file is written in `docs/guide/desks/`.

mod dataverse;
mod objects;
mod rt;
mod salesforce;
mod servicenow;
mod zammad;
mod zendesk;

use std::borrow::Cow;

use serde_json::Value;

use crate::adapters::Head;
use crate::header::{Layout, Slot};
use crate::rows::{Rows, Span};
use crate::table::Table;

/// One of our tables in a product's own words.
#[derive(Debug)]
pub(crate) struct Form {
    /// Whose it is.
    product: &'static str,
    /// What the file is, for a sentence.
    pub(crate) title: &'static str,
    pub(crate) table: Table,
    pub(crate) shape: Shape,
    /// Our column, or the name of an attribute, and where it stands; the first place that has a
    /// value counts. `Queue.Name`, `Requestor.0.id`: inner fields and places of a list.
    columns: &'static [(&'static str, &'static [&'static str])],
    /// The field that holds what the desk added itself, each of whose fields is an attribute; of a
    /// table, how the names of such columns end.
    own: Option<&'static str>,
    /// Which rows are of this table; `None` = all.
    only: Option<Only>,
    /// Writes an id in the one way in which the log has it.
    id: fn(&[u8]) -> Cow<'_, [u8]>,
    detect: fn(&Head<'_>) -> bool,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Objects, one a line, in an array, or in an array of one of these names.
    Json(&'static [&'static str]),
    Csv,
}

/// Which rows are of the table.
#[derive(Debug)]
struct Only {
    field: &'static str,
    /// Whether a row whose field has this value is one.
    is: fn(&Value) -> bool,
}

const ALL: [&Form; 15] = [
    &zendesk::TICKETS,
    &zendesk::CUSTOMERS,
    &zendesk::ACCOUNTS,
    &zammad::TICKETS,
    &zammad::CUSTOMERS,
    &zammad::ACCOUNTS,
    &rt::TICKETS,
    &rt::CUSTOMERS,
    &rt::ACCOUNTS,
    &salesforce::TICKETS,
    &salesforce::CUSTOMERS,
    &salesforce::ACCOUNTS,
    &servicenow::TICKETS,
    &dataverse::TICKETS,
    &dataverse::CUSTOMERS,
];

/// The products whose own tables are read, with each table.
#[must_use]
pub fn names() -> Vec<(&'static str, Table)> {
    ALL.iter().map(|form| (form.product, form.table)).collect()
}

/// The form of a file of this table that begins so; `None` = it has our own columns.
pub(crate) fn choose(table: Table, head: &[u8]) -> Option<&'static Form> {
    let head = Head::of(head, &DOCUMENTS);
    // A table that has our own key is ours, whatever else stands in it.
    let key = match table {
        Table::Tickets => "ticket",
        Table::Customers => "customer",
        Table::Accounts => "account",
        Table::Events | Table::Changes | Table::Exports | Table::Reports => return None,
    };
    if head.has_columns(&[key]) || head.has_fields(&[key]) {
        return None;
    }
    ALL.into_iter()
        .find(|form| form.table == table && (form.detect)(&head))
}

impl Form {
    /// Our columns in this file; `headings` are those of a CSV file, `first` the first objects.
    pub(crate) fn layout(
        &self,
        headings: &[String],
        first: &[u8],
        strata: Option<&[String]>,
    ) -> Layout {
        let known = self.table.columns();
        let own = match self.shape {
            Shape::Csv => Vec::new(),
            Shape::Json(_) => self.own_names(first),
        };
        let mut slots: Vec<Slot> = Vec::new();
        let mut add = |name: &str, column: usize| {
            let is_attribute = !known.contains(&name);
            let left_out = strata.is_some_and(|strata| !strata.iter().any(|kept| kept == name));
            if is_attribute && left_out || slots.iter().any(|slot| slot.name == name) {
                return;
            }
            slots.push(Slot {
                name: name.to_owned(),
                column,
                heading: headings.get(column).map_or(name, String::as_str).to_owned(),
            });
        };
        match self.shape {
            Shape::Csv => {
                for (name, places) in self.columns {
                    let stands =
                        |place: &&str| headings.iter().position(|heading| heading == place);
                    if let Some(column) = places.iter().find_map(stands) {
                        add(name, column);
                    }
                }
                for (column, heading) in headings.iter().enumerate() {
                    if self.own.is_some_and(|ending| ends_with(heading, ending)) {
                        add(heading, column);
                    }
                }
            }
            // Cells of objects are made for these slots, in their order: they have no place.
            Shape::Json(_) => {
                for (name, _) in self.columns {
                    add(name, 0);
                }
                for name in &own {
                    if !known.contains(&name.as_str()) {
                        add(name, 0);
                    }
                }
            }
        }
        Layout {
            own,
            repeats: true,
            width: match self.shape {
                Shape::Csv => headings.len(),
                Shape::Json(_) => slots.len(),
            },
            headings: headings.to_vec(),
            slots,
            ..Layout::default()
        }
    }

    /// Writes the ids of a CSV table in the one way in which the log has them.
    pub(crate) fn rewrite_ids(&self, layout: &Layout, rows: &mut Rows) {
        for (slot, column) in layout.slots.iter().zip(&mut rows.cells) {
            if !ID_COLUMNS.contains(&slot.name.as_str()) {
                continue;
            }
            for span in column {
                let text = crate::rows::text(&rows.bytes, *span);
                if let Cow::Owned(id) = (self.id)(text) {
                    let at = rows.bytes.len();
                    rows.bytes.extend_from_slice(&id);
                    *span = Span::new(at, at + id.len());
                }
            }
        }
    }
}

/// Whether a heading ends so; Data Loader writes headings in capitals.
fn ends_with(heading: &str, ending: &str) -> bool {
    heading
        .to_ascii_lowercase()
        .strip_suffix(ending)
        .is_some_and(|name| !name.is_empty())
}

/// An id that the product writes in one way only.
fn as_it_stands(id: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(id)
}

/// Names under which products page out their tables: those of all shapes.
const DOCUMENTS: [&str; 5] = ["tickets", "users", "results", "items", "value"];
/// Columns that hold ids which the log has as well.
const ID_COLUMNS: [&str; 3] = ["account", "customer", "ticket"];
