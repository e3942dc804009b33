//! A piece of the log: its columns as they come from the file, whatever its form.

use std::sync::Arc;

use arrow_array::Int64Array;
use arrow_schema::DataType;

use countersign_core::desk::NONE;
use countersign_core::time::Second;

use crate::adapters::NoViews;
use crate::columnar::{Batch, Cells, ReadTimes};
use crate::dictionary::{Full, Ids};
use crate::events::UNKNOWN;
use crate::header::Layout;
use crate::moment::{Cache, Clock, Problem};
use crate::reason::Reason;
use crate::rows::{Bad, Rows};

/// Which columns of the log there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventSlots {
    pub(crate) time: usize,
    pub(crate) actor: usize,
    pub(crate) customer: Option<usize>,
    pub(crate) ticket: Option<usize>,
    pub(crate) action: Option<usize>,
    /// Attributes of tickets, in the order of the mapping.
    pub(crate) attributes: Vec<usize>,
}

impl EventSlots {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            time: layout.slot("time").unwrap_or_default(),
            actor: layout.slot("actor").unwrap_or_default(),
            customer: layout.slot("customer"),
            ticket: layout.slot("ticket"),
            action: layout.slot("action"),
            attributes: layout
                .slots
                .iter()
                .enumerate()
                .filter(|(_, slot)| slot.name.starts_with("ticket."))
                .map(|(place, _)| place)
                .collect(),
        }
    }
}

/// Room for the text of an integer id.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    bytes: [u8; 20],
}

impl Digits {
    /// Writes an integer in decimal.
    pub(crate) fn write(&mut self, value: i64) -> &[u8] {
        let mut rest = value.unsigned_abs();
        let mut at = self.bytes.len();
        loop {
            at -= 1;
            self.bytes[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            at -= 1;
            self.bytes[at] = b'-';
        }
        &self.bytes[at..]
    }
}

/// A piece of the log.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) content: Content,
    pub(crate) times: ReadTimes,
    /// What the rows' actions are; empty where the file has no such column.
    pub(crate) actions: Vec<Action>,
}

/// The columns of ids and attributes.
#[derive(Debug)]
pub(crate) enum Content {
    Text(Rows),
    Columns(Cells),
}

/// What a row of the log records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    View,
    Change,
    Unknown,
}

impl Action {
    pub(crate) fn of(word: &[u8]) -> Self {
        match word {
            b"" | b"view" | b"search" | b"export" => Self::View,
            b"change" => Self::Change,
            _ => match word.to_ascii_lowercase().as_slice() {
                b"view" | b"search" | b"export" => Self::View,
                b"change" => Self::Change,
                _ => Self::Unknown,
            },
        }
    }
}

impl Piece {
    /// Reads the times and actions of rows of text.
    pub(crate) fn of_text(rows: Rows, slots: &EventSlots, clock: &Clock) -> Self {
        let times = ReadTimes::each(rows.len(), |row, cache| {
            read_time(rows.cell(slots.time, row), clock, cache)
        });
        let actions = match slots.action {
            Some(slot) => (0..rows.len())
                .map(|row| Action::of(rows.cell(slot, row)))
                .collect(),
            None => Vec::new(),
        };
        Self {
            content: Content::Text(rows),
            times,
            actions,
        }
    }

    /// Reads the times and actions of columns; the error is a column's place and its type.
    pub(crate) fn of_columns(
        batch: &Batch,
        slots: &EventSlots,
        clock: &Clock,
        missing: Arc<[String]>,
    ) -> Result<Self, (usize, DataType)> {
        let time = batch.arrays.get(slots.time);
        let times = match time {
            Some(array) => ReadTimes::of_array(array, clock).map_err(|kind| (slots.time, kind))?,
            None => ReadTimes::default(),
        };
        let cells = Cells::new(batch, slots.time, missing)?;
        let actions = match slots.action {
            Some(slot) => (0..batch.rows)
                .map(|row| Action::of(cells.cell(slot, row, &mut Digits::default())))
                .collect(),
            None => Vec::new(),
        };
        Ok(Self {
            content: Content::Columns(cells),
            times,
            actions,
        })
    }

    /// How many rows have the right shape.
    pub(crate) fn len(&self) -> usize {
        self.times.seconds.len()
    }

    /// How many records of the file it has, those left out included.
    pub(crate) fn records(&self) -> u64 {
        match &self.content {
            Content::Text(rows) => rows.records(),
            Content::Columns(_) => self.len() as u64,
        }
    }

    /// Whether a record of it told of several views.
    pub(crate) fn tells_several(&self) -> bool {
        matches!(&self.content, Content::Text(rows) if rows.more > 0)
    }

    /// Whether the last row has no line end.
    pub(crate) fn no_end(&self) -> bool {
        matches!(&self.content, Content::Text(rows) if rows.no_end)
    }

    /// Records that were no views, and rows whose account stays open between several.
    pub(crate) fn not_used(&self) -> (NoViews, u64) {
        match &self.content {
            Content::Text(rows) => (rows.no_views, rows.ambiguous),
            Content::Columns(_) => (NoViews::default(), 0),
        }
    }

    /// The text of an id or attribute; integers are written into `digits`.
    pub(crate) fn cell<'a>(&'a self, slot: usize, row: usize, digits: &'a mut Digits) -> &'a [u8] {
        match &self.content {
            Content::Text(rows) => rows.cell(slot, row),
            Content::Columns(cells) => cells.cell(slot, row, digits),
        }
    }

    /// Puts the number of each row's id in `numbers`: [`NONE`] if it is missing, [`UNKNOWN`] if
    /// it has none yet.
    pub(crate) fn find_all(&self, slot: Option<usize>, ids: &Ids, numbers: &mut Vec<u32>) {
        let Some(slot) = slot else {
            numbers.resize(self.len(), NONE);
            return;
        };
        numbers.reserve(self.len());
        match &self.content {
            Content::Text(rows) => {
                let bytes = &rows.bytes;
                let cells = rows.cells.get(slot).map_or(&[][..], Vec::as_slice);
                let texts = cells.iter().map(|span| crate::rows::text(bytes, *span));
                ids.find_all(texts, NONE, UNKNOWN, numbers);
            }
            Content::Columns(cells) => cells.find_all(slot, ids, numbers),
        }
    }

    /// The lengths of all cells of a column, added up; see [`Cells::weight`].
    pub(crate) fn weight(&self, slot: usize) -> u64 {
        match &self.content {
            Content::Text(rows) => rows.cells.get(slot).map_or(0, |cells| {
                cells.iter().map(|span| u64::from(span.len)).sum()
            }),
            Content::Columns(cells) => cells.weight(slot, self.len()),
        }
    }

    /// A column, if it is one of integers.
    pub(crate) fn integers(&self, slot: usize) -> Option<&Int64Array> {
        match &self.content {
            Content::Text(_) => None,
            Content::Columns(cells) => cells.integers(slot),
        }
    }

    /// Gives numbers to integers of `rows`, most of which others of these rows have had; whether
    /// the column is one of integers.
    pub(crate) fn number_integers(
        &self,
        slot: usize,
        rows: &[usize],
        ids: &mut Ids,
        numbers: &mut [u32],
    ) -> Result<bool, Full> {
        let Some(integers) = self.integers(slot) else {
            return Ok(false);
        };
        for row in rows {
            let number = ids.number_integer(integers.value(*row))?;
            if let Some(place) = numbers.get_mut(*row) {
                *place = number;
            }
        }
        Ok(true)
    }

    /// The line of a row.
    pub(crate) fn line(&self, row: usize) -> u64 {
        match &self.content {
            Content::Text(rows) => rows.line(row),
            Content::Columns(cells) => cells.line(row),
        }
    }

    /// A row as something to leave out.
    pub(crate) fn bad(&self, row: usize, reason: Reason) -> Bad {
        match &self.content {
            Content::Text(rows) => rows.bad(row, reason),
            Content::Columns(cells) => cells.bad(row, reason),
        }
    }

    /// Rows that have no right shape.
    pub(crate) fn misshapen(&self) -> &[Bad] {
        match &self.content {
            Content::Text(rows) => &rows.bad,
            Content::Columns(_) => &[],
        }
    }

    /// Bytes on disk that the piece took.
    pub(crate) fn read(&self) -> u64 {
        match &self.content {
            Content::Text(rows) => rows.read,
            Content::Columns(cells) => cells.read,
        }
    }
}

/// Reads the time of a row of the log.
pub(crate) fn read_time(text: &[u8], clock: &Clock, cache: &mut Cache) -> Result<Second, Problem> {
    if text.is_empty() {
        return Err(Problem::Bad(Reason::Missing("time")));
    }
    clock.read(text, cache)
}
