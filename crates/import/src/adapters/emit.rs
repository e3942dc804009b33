//! What an adapter makes of a record: views, or the reason why it is none.

use super::Item;
use crate::rows::{Place, Rows, Span};

/// One view that a record tells of; an empty text is a value that the record does not have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Event<'a> {
    /// RFC 3339; without an offset where the log has none.
    pub(crate) time: &'a [u8],
    pub(crate) actor: &'a [u8],
    pub(crate) customer: &'a [u8],
    pub(crate) ticket: &'a [u8],
    pub(crate) action: Did,
}

impl<'a> Event<'a> {
    /// The same view, of this record.
    pub(crate) fn about(self, item: Item, id: &'a [u8]) -> Self {
        match item {
            Item::Ticket => Self { ticket: id, ..self },
            Item::Customer => Self {
                customer: id,
                ..self
            },
        }
    }
}

/// What the record says was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Did {
    /// Somebody looked.
    #[default]
    View,
    /// It was in what a search found.
    Search,
    /// It was in what somebody took out.
    Export,
    /// Somebody changed it, and so has seen it.
    Change,
}

impl Did {
    /// What a word of the `action` column means; an empty one is a view.
    pub(crate) fn of(word: &[u8]) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::View);
        }
        [Self::View, Self::Search, Self::Export, Self::Change]
            .into_iter()
            .find(|did| word.eq_ignore_ascii_case(did.word().as_bytes()))
    }

    /// The word of the `action` column.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Search => "search",
            Self::Export => "export",
            Self::Change => "change",
        }
    }
}

/// Why a good record is no view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoView {
    /// It concerns no ticket and no customer: pictures, settings, the front page.
    NoRecord,
    /// A search, a list or an export; which records it showed is not in the log.
    List,
    /// The desk refused it, or it failed, or it sent the browser elsewhere.
    Refused,
    /// A customer at their own pages.
    Customer,
}

impl NoView {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::NoRecord, Self::List, Self::Refused, Self::Customer];

    /// What it is, in words.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::NoRecord => "no ticket and no customer in it",
            Self::List => "searches, lists and exports whose records the log does not name",
            Self::Refused => "refused, failed or sent elsewhere",
            Self::Customer => "customers at their own pages",
        }
    }
}

/// How many records were no views, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoViews([u64; NoView::ALL.len()]);

impl NoViews {
    /// How many for this reason.
    #[must_use]
    pub fn of(&self, why: NoView) -> u64 {
        self.0.get(why as usize).copied().unwrap_or_default()
    }

    /// How many for any reason.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) fn add(&mut self, why: NoView) {
        if let Some(count) = self.0.get_mut(why as usize) {
            *count += 1;
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// Columns of adapted rows, in the order of their cells.
pub(crate) const COLUMNS: [&str; 5] = ["time", "actor", "customer", "ticket", "action"];

/// Collects what the records of one block tell.
#[derive(Debug, Default)]
pub(crate) struct Emit {
    bytes: Vec<u8>,
    cells: [Vec<Span>; COLUMNS.len()],
    places: Vec<Place>,
    place: Option<Place>,
    told: bool,
    no_views: NoViews,
    more: u64,
    ambiguous: u64,
}

impl Emit {
    /// Turns to the next record.
    pub(crate) fn begin(&mut self, place: Place) {
        self.place = Some(place);
        self.told = false;
    }

    /// Ends a record; one that told nothing is no view.
    pub(crate) fn end(&mut self) {
        if !self.told {
            self.no_views.add(NoView::NoRecord);
        }
    }

    /// The record shows something to somebody.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        let Some(place) = self.place else {
            return;
        };
        if self.told {
            self.more += 1;
        }
        self.told = true;
        let word = event.action.word().as_bytes();
        let texts = [event.time, event.actor, event.customer, event.ticket, word];
        for (column, text) in self.cells.iter_mut().zip(texts) {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(text);
            column.push(Span::new(start, self.bytes.len()));
        }
        self.places.push(place);
    }

    /// The record is none; a record says so once, or tells events, not both.
    pub(crate) fn no_view(&mut self, why: NoView) {
        if !self.told {
            self.told = true;
            self.no_views.add(why);
        }
    }

    /// The record's account could be one of several, so it stays open.
    pub(crate) fn ambiguous(&mut self) {
        self.ambiguous += 1;
    }

    /// Everything as rows; `rows` has the block's text and what was bad in it.
    pub(crate) fn finish(self, mut rows: Rows) -> Rows {
        let before = rows.bytes.len();
        rows.bytes.extend_from_slice(&self.bytes);
        rows.cells = self
            .cells
            .into_iter()
            .map(|column| column.into_iter().map(|span| span.moved(before)).collect())
            .collect();
        rows.places = self.places;
        rows.no_views = self.no_views;
        rows.more = self.more;
        rows.ambiguous = self.ambiguous;
        rows
    }
}
