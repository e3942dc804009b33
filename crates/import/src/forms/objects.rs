//! Forms of JSON: which fields are cells, and how.

use std::borrow::Cow;

use serde_json::Value;

use super::{Form, ID_COLUMNS};
use crate::adapters::NoView;
use crate::block::Block;
use crate::header::{Layout, Slot};
use crate::reason::Reason;
use crate::rows::{Bad, Place, Rows, Span, raw};

impl Form {
    /// The names of what the desk added itself, as the first objects have them.
    pub(super) fn own_names(&self, first: &[u8]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let lines = first.split(|byte| *byte == b'\n');
        for object in lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()) {
            for (name, _) in self.own_fields(&object) {
                if !names.contains(&name) && names.len() < MOST_OWN {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Reads a block of objects.
    pub(crate) fn objects(&self, layout: &Layout, block: Block) -> Rows {
        let mut rows = Rows {
            first_line: block.first_line,
            cells: vec![Vec::new(); layout.slots.len()],
            ..Rows::default()
        };
        // Cells are written behind the text of the block, and rows keep both.
        let mut cells: Vec<u8> = Vec::new();
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
            let own = self.own_fields(&object);
            let known = |(name, _): &(String, String)| layout.own.contains(name);
            rows.unread += u64::from(!own.iter().all(known));
            for (slot, column) in layout.slots.iter().zip(&mut rows.cells) {
                let at = before + cells.len();
                cells.extend_from_slice(&self.cell(slot, &object, &own));
                column.push(Span::new(at, before + cells.len()));
            }
            rows.places.push(Place { line, text: span });
        }
        rows.bytes = block.bytes;
        rows.bytes.extend_from_slice(&cells);
        rows
    }

    /// Whether the row belongs to another table.
    fn is_other(&self, object: &Value) -> bool {
        self.only
            .as_ref()
            .is_some_and(|only| !(only.is)(object.get(only.field).unwrap_or(&Value::Null)))
    }

    fn cell(&self, slot: &Slot, object: &Value, own: &[(String, String)]) -> Vec<u8> {
        let named = self.columns.iter().find(|(name, _)| *name == slot.name);
        let text = match named {
            Some((_, places)) => places
                .iter()
                .filter_map(|place| at(object, place))
                .map(text)
                .find(|text| !text.is_empty()),
            None => own
                .iter()
                .find(|(name, _)| *name == slot.name)
                .map(|(_, value)| value.clone()),
        };
        let text = text.unwrap_or_default().into_bytes();
        if ID_COLUMNS.contains(&slot.name.as_str())
            && let Cow::Owned(id) = (self.id)(&text)
        {
            return id;
        }
        text
    }

    /// What the desk added itself, by name.
    fn own_fields(&self, object: &Value) -> Vec<(String, String)> {
        let own = self.own.and_then(|field| object.get(field));
        own.map(fields).unwrap_or_default()
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

/// So many fields of its own are taken; strata of more would be alone each.
const MOST_OWN: usize = 50;
