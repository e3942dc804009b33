//! A block of a table as cells: the form that every reader of text makes.

use crate::adapters::NoViews;
use crate::reason::Reason;

/// Where a cell lies in [`Rows::bytes`]; a length of 0 is a missing value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self {
            start: narrow(start),
            len: narrow(end.saturating_sub(start)),
        }
    }

    /// The same text, so many bytes further on.
    pub(crate) fn moved(self, by: usize) -> Self {
        Self {
            start: narrow(self.start as usize + by),
            ..self
        }
    }
}

/// Where a row stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Lines after the block's first.
    pub(crate) line: u32,
    /// The row's text in [`Rows::bytes`].
    pub(crate) text: Span,
}

/// Rows that have the right shape, and those that have not.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Text of the block, and after it the text of cells that had escapes.
    pub(crate) bytes: Vec<u8>,
    /// For each slot of the layout a cell a row.
    pub(crate) cells: Vec<Vec<Span>>,
    /// For each row where it stands.
    pub(crate) places: Vec<Place>,
    /// Line of the block's first byte, from 1.
    pub(crate) first_line: u64,
    /// Rows that have no right shape, in order.
    pub(crate) bad: Vec<Bad>,
    /// Bytes on disk that the block took.
    pub(crate) read: u64,
    /// Records that were no views.
    pub(crate) no_views: NoViews,
    /// Rows beyond the first of a record that told of several views.
    pub(crate) more: u64,
    /// Rows with attributes that no column is for.
    pub(crate) unread: u64,
    /// Rows whose account could be one of several.
    pub(crate) ambiguous: u64,
    /// A row of CSV that is a header with other columns.
    pub(crate) second_header: Option<u64>,
    /// Whether the last row of CSV has no line end.
    pub(crate) no_end: bool,
}

/// A row that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) line: u64,
    pub(crate) reason: Reason,
    pub(crate) raw: Box<[u8]>,
}

impl Rows {
    /// How many rows have the right shape.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// How many records of the file the block has: used, no views, and bad.
    pub(crate) fn records(&self) -> u64 {
        let rows = (self.len() + self.bad.len()) as u64;
        rows.saturating_sub(self.more) + self.no_views.all()
    }

    /// The text of a cell; empty = missing.
    pub(crate) fn cell(&self, slot: usize, row: usize) -> &[u8] {
        self.cells
            .get(slot)
            .and_then(|cells| cells.get(row))
            .map_or(&[], |span| text(&self.bytes, *span))
    }

    /// The text of a cell of a column that the file may not have.
    pub(crate) fn cell_of(&self, slot: Option<usize>, row: usize) -> &[u8] {
        slot.map_or(&[], |slot| self.cell(slot, row))
    }

    /// The line of a row in its file.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.first_line
            + self
                .places
                .get(row)
                .map_or(0, |place| u64::from(place.line))
    }

    /// A row as something to leave out.
    pub(crate) fn bad(&self, row: usize, reason: Reason) -> Bad {
        let line = self
            .places
            .get(row)
            .map_or(&[][..], |place| text(&self.bytes, place.text));
        let raw = if line.is_empty() {
            // Parquet has no line: its cells with commas between stand for one.
            let cells: Vec<&[u8]> = (0..self.cells.len())
                .map(|slot| self.cell(slot, row))
                .collect();
            raw(&cells.join(&b','))
        } else {
            raw(line)
        };
        Bad {
            line: self.line(row),
            reason,
            raw,
        }
    }
}

/// The text of a span.
pub(crate) fn text(bytes: &[u8], span: Span) -> &[u8] {
    let start = span.start as usize;
    bytes
        .get(start..start + span.len as usize)
        .unwrap_or_default()
}

/// What is kept of a bad row: its first [`LONGEST_RAW`] bytes.
pub(crate) fn raw(line: &[u8]) -> Box<[u8]> {
    line.get(..LONGEST_RAW).unwrap_or(line).into()
}

/// A place within a block as 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "INVARIANT: blocks and what is unescaped from them stay under 64 MiB"
)]
pub(crate) fn narrow(place: usize) -> u32 {
    place as u32
}

/// How much of a bad row is kept.
pub(crate) const LONGEST_RAW: usize = 1024;
