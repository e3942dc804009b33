//! Tickets, customers and accounts as products export them: their fields become our columns.
//!
//! A form says where each column stands in a product's own object or table, and how to see that a
//! file is one. What is no column and in no list here stays unread. Which call or export makes such
//! a file is written in `docs/guide/desks/`.

mod dataverse;
mod rt;
mod salesforce;
mod servicenow;
mod zammad;
mod zendesk;

use std::borrow::Cow;

use serde_json::Value;

use crate::adapters::{Head, NoView};
use crate::block::Block;
use crate::header::{Layout, Slot};
use crate::reason::Reason;
use crate::rows::{Bad, Place, Rows, Span, raw};
use crate::table::Table;

/// One of our tables in a product's own words.
#[derive(Debug)]
pub(crate) struct Form {
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
    /// Rows of this table among others.
    only: Option<Only>,
    /// How the product writes one id in several ways.
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

/// The form of a file of this table that begins so; `None` = it has our own columns.
pub(crate) fn choose(table: Table, head: &[u8]) -> Option<&'static Form> {
    let head = Head::new(head);
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
        let wanted = |name: &str| {
            known.contains(&name)
                || strata.is_none_or(|strata| strata.iter().any(|wanted| wanted == name))
        };
        let mut slots = Vec::new();
        let mut add = |name: &str, column: usize, heading: &str| {
            let double = slots.iter().any(|slot: &Slot| slot.name == name);
            if wanted(name) && !double {
                slots.push(Slot {
                    name: name.to_owned(),
                    column,
                    heading: heading.to_owned(),
                });
            }
        };
        match self.shape {
            Shape::Csv => {
                for (name, places) in self.columns {
                    let found = places.iter().find_map(|place| {
                        let at = headings.iter().position(|heading| heading == place)?;
                        Some((at, *place))
                    });
                    if let Some((at, place)) = found {
                        add(name, at, place);
                    }
                }
                // What a desk added itself has names of a form of its own.
                if let Some(ending) = self.own {
                    for (at, heading) in headings.iter().enumerate() {
                        if heading.ends_with(ending) {
                            add(heading, at, heading);
                        }
                    }
                }
            }
            Shape::Json(_) => {
                for (name, _) in self.columns {
                    add(name, 0, name);
                }
                for name in self.own_names(first) {
                    if !known.contains(&name.as_str()) {
                        add(&name, 0, &name);
                    }
                }
            }
        }
        Layout {
            width: match self.shape {
                Shape::Csv => headings.len(),
                Shape::Json(_) => slots.len(),
            },
            headings: headings.to_vec(),
            slots,
            ..Layout::default()
        }
    }

    /// What the desk added itself, as the first objects have it.
    fn own_names(&self, first: &[u8]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let Some(field) = self.own else {
            return names;
        };
        let lines = first.split(|byte| *byte == b'\n').take(LINES_FOR_NAMES);
        for object in lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()) {
            for (name, _) in object.get(field).map(fields).unwrap_or_default() {
                if !names.contains(&name) && names.len() < MOST_OWN {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Reads a block of objects.
    pub(crate) fn objects(&self, layout: &Layout, block: Block) -> Rows {
        let mut cells = vec![Vec::new(); layout.slots.len()];
        let mut rows = Rows {
            first_line: block.first_line,
            ..Rows::default()
        };
        let mut more: Vec<u8> = Vec::new();
        let before = block.bytes.len();
        let mut start = 0;
        for (line, text) in (0..).zip(block.bytes.split(|byte| *byte == b'\n')) {
            let span = Span::new(start, start + text.len());
            start += text.len() + 1;
            if text.trim_ascii().is_empty() {
                continue;
            }
            let Ok(object @ Value::Object(_)) = serde_json::from_slice::<Value>(text) else {
                rows.bad.push(Bad {
                    line: block.first_line + u64::from(line),
                    reason: Reason::NotJson("not an object of this export"),
                    raw: raw(text),
                });
                continue;
            };
            if self.is_other(&object) {
                rows.no_views.add(NoView::NoRecord);
                continue;
            }
            for (slot, column) in layout.slots.iter().zip(&mut cells) {
                let value = self.value(&slot.name, &object);
                let value = self.written(&slot.name, value.as_bytes());
                let at = before + more.len();
                more.extend_from_slice(&value);
                column.push(Span::new(at, at + value.len()));
            }
            rows.places.push(Place { line, text: span });
        }
        rows.bytes = block.bytes;
        rows.bytes.extend_from_slice(&more);
        rows.cells = cells;
        rows
    }

    /// Writes the ids of a table in the one way that the log has them.
    pub(crate) fn table(&self, layout: &Layout, rows: &mut Rows) {
        for (slot, column) in layout.slots.iter().zip(&mut rows.cells) {
            if !ID_COLUMNS.contains(&slot.name.as_str()) {
                continue;
            }
            for span in column {
                let text = crate::rows::text(&rows.bytes, *span);
                if let Cow::Owned(long) = (self.id)(text) {
                    let at = rows.bytes.len();
                    rows.bytes.extend_from_slice(&long);
                    *span = Span::new(at, at + long.len());
                }
            }
        }
    }

    /// Whether the row belongs to another table.
    fn is_other(&self, object: &Value) -> bool {
        self.only
            .as_ref()
            .is_some_and(|only| !(only.is)(object.get(only.field).unwrap_or(&Value::Null)))
    }

    fn value(&self, name: &str, object: &Value) -> String {
        if let Some((_, places)) = self.columns.iter().find(|(column, _)| *column == name) {
            return places
                .iter()
                .filter_map(|place| at(object, place))
                .map(text)
                .find(|text| !text.is_empty())
                .unwrap_or_default();
        }
        let own = self.own.and_then(|field| object.get(field));
        own.map(fields)
            .unwrap_or_default()
            .into_iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value)
            .unwrap_or_default()
    }

    fn written<'a>(&self, name: &str, value: &'a [u8]) -> Cow<'a, [u8]> {
        if ID_COLUMNS.contains(&name) {
            (self.id)(value)
        } else {
            Cow::Borrowed(value)
        }
    }
}

/// An inner value: `Queue.Name`, `Requestor.0.id`.
fn at<'a>(object: &'a Value, place: &str) -> Option<&'a Value> {
    place
        .split('.')
        .try_fold(object, |value, step| match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        })
}

/// A value as a cell; what is neither text, number nor yes or no is none.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// Fields that a desk added: `{"plan": "pro"}`, `[{"name": "Plan", "values": ["pro"]}]` or
/// `[{"id": 7, "value": "pro"}]`.
fn fields(own: &Value) -> Vec<(String, String)> {
    match own {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|field| {
                let name = field.get("name").or_else(|| field.get("id")).map(text)?;
                let value = field
                    .get("value")
                    .or_else(|| field.get("values")?.as_array()?.first());
                Some((name, value.map(text).unwrap_or_default()))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The same id, as it stands.
fn as_it_stands(id: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(id)
}

/// The first objects show what a desk added itself.
const LINES_FOR_NAMES: usize = 100;
/// So many fields of its own are taken; strata of more would be alone each.
const MOST_OWN: usize = 50;
/// Columns that hold ids which the log has as well.
const ID_COLUMNS: [&str; 3] = ["account", "customer", "ticket"];
