//! One file a help desk: the records of its log become views.
//!
//! An adapter is a function from one record (a line, a row of CSV, a JSON object) to views, or to
//! the reason why the record is none. It looks at nothing but the record and what lies beside it
//! ([`Beside`]), so that blocks of a file are read at once. Which fields each product has is
//! written in `docs/guide/desks/`.

mod changes;
mod combined;
mod dataverse;
mod ecs;
mod emit;
mod json;
mod ocsf;
mod okta;
mod osticket;
mod patterns;
mod pgaudit;
mod salesforce;
mod servicenow;
mod sign_ins;
mod xes;
mod zammad;
mod zendesk;

pub use emit::{Did, NoView, NoViews};

use std::path::Path;

use memchr::memchr;

use crate::block::{Block, Records};
use crate::csv;
use crate::error::ImportError;
use crate::file;
use crate::header::{Layout, Slot};
use crate::options::Options;
use crate::reason::Reason;
use crate::rows::{Bad, Place, Rows, Span, raw};
pub(crate) use combined::{Line, line};
pub(crate) use dataverse::plain as plain_guid;
pub(crate) use emit::{COLUMNS, Emit, Event};
pub(crate) use json::Items;
use patterns::{Asked, Kind, Patterns};
pub(crate) use salesforce::long as salesforce_id;
use sign_ins::Who;
pub(crate) use sign_ins::{Log as SignInLog, Seen, SignIn, SignIns, log_of as sign_in_log};
pub(crate) use xes::{Broken, Events};

/// A product's log.
#[derive(Debug)]
pub(crate) struct Adapter {
    /// Its name for `--from`.
    pub(crate) name: &'static str,
    /// What it is, for a sentence.
    pub(crate) title: &'static str,
    pub(crate) shape: Shape,
    pub(crate) keeps: Keeps,
    /// Whether the beginning of a file looks like it.
    detect: fn(&Head<'_>) -> bool,
    /// Tells the views of a record; the error leaves the record out.
    read: fn(&Record<'_>, &Beside, &mut Emit) -> Result<(), Reason>,
}

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One a line.
    Lines,
    /// CSV with these columns, of which a file may lack some; cells come in this order.
    Csv(&'static [&'static str]),
    /// CSV without a header; these columns, from 0.
    Bare(&'static [usize]),
    /// JSON objects: one a line, or the elements of an array, or of an array of this name.
    Json(&'static [&'static str]),
    /// Events of an XES document.
    Xes,
}

/// What a log records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Who looked at what.
    Views,
    /// The same, if the export was made so; else it is one of changes, and this is what to do.
    ViewsIf(&'static str),
    /// Changes only; what to export instead.
    Changes(&'static str),
}

/// A record: its text, and its cells where the shape has columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) line: &'a [u8],
    pub(crate) cells: &'a [&'a [u8]],
}

/// What lies beside the log and helps to read it.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    patterns: Patterns,
    pub(crate) sign_ins: SignIns,
}

/// All adapters, in the order in which a file is held against them.
const ALL: [&Adapter; 19] = [
    &combined::COMBINED,
    &zammad::RECENT_VIEWS,
    &zendesk::ACCESS_LOG,
    &salesforce::EVENT_LOG_FILE,
    &osticket::AUDIT,
    &ocsf::ACTIVITY,
    &ecs::REQUESTS,
    &servicenow::TRANSACTIONS,
    &dataverse::AUDIT,
    &pgaudit::CSV_LOG,
    &xes::PROCESS_LOG,
    &changes::ZENDESK,
    &changes::SERVICENOW,
    &changes::HUBSPOT,
    &changes::INTERCOM,
    &changes::JIRA,
    &changes::RT,
    &changes::ZAMMAD,
    &changes::OSTICKET,
];

/// What one OCSF event tells, as rows of [`emit::COLUMNS`].
pub(crate) fn ocsf_event(record: &Record<'_>, beside: &Beside) -> Result<Rows, Reason> {
    let mut emit = Emit::default();
    emit.begin(Place {
        line: 0,
        text: Span::default(),
    });
    (ocsf::ACTIVITY.read)(record, beside, &mut emit)?;
    emit.end();
    Ok(emit.finish(Rows::default()))
}

/// Tables of addresses that come with the program.
const PATTERNS: [(&str, &str); 5] = [
    ("rt", include_str!("patterns/rt.txt")),
    ("osticket", include_str!("patterns/osticket.txt")),
    ("zammad", include_str!("patterns/zammad.txt")),
    ("jira", include_str!("patterns/jira.txt")),
    ("zendesk", include_str!("patterns/zendesk.txt")),
];

impl Beside {
    /// Reads the tables of addresses.
    pub(crate) fn new(options: &Options) -> Result<Self, ImportError> {
        let mut patterns = Patterns::default();
        // The operator's own come first: of two that fit equally well the first one counts.
        if let Some((text, file)) = &options.url_patterns {
            patterns.read(text, file)?;
        }
        for (name, text) in PATTERNS {
            patterns.read(text, name)?;
        }
        Ok(Self {
            patterns,
            sign_ins: SignIns::default(),
        })
    }

    /// Whose request it was; empty where nobody can say.
    fn actor<'a>(&'a self, line: &Line<'a>, emit: &mut Emit) -> &'a [u8] {
        if !line.user.is_empty() {
            return line.user;
        }
        match self.sign_ins.who(line) {
            Who::One(user) => user,
            Who::Several => {
                emit.ambiguous();
                b""
            }
            Who::Nobody => b"",
        }
    }
}

/// The beginning of a file.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    bytes: &'a [u8],
    columns: Vec<String>,
    /// The first object, and the first one of the list that it may have in it.
    objects: Vec<serde_json::Value>,
}

impl<'a> Head<'a> {
    /// Of a file that may be a log.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self::of(bytes, &json::DOCUMENTS)
    }

    /// Of a file whose records may be a list of one of these names.
    pub(crate) fn of(bytes: &'a [u8], names: &'static [&'static str]) -> Self {
        let first = &bytes[..memchr(b'\n', bytes).unwrap_or(bytes.len())];
        let delimiter = csv::delimiter(first);
        let end = csv::first_record_end(bytes, delimiter).unwrap_or(first.len());
        // One field in another encoding does not make it another log.
        let record = String::from_utf8_lossy(&bytes[..end]);
        let columns = csv::header(record.as_bytes(), delimiter).unwrap_or_default();
        let begin = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let objects = match begin {
            Some(b'{' | b'[') => json::first(bytes, names),
            _ => Vec::new(),
        };
        Self {
            bytes,
            columns,
            objects,
        }
    }

    /// Its lines; the last one may be cut.
    fn lines(&self) -> impl Iterator<Item = &'a [u8]> {
        self.bytes
            .split(|byte| *byte == b'\n')
            .map(|line| line.trim_ascii_end())
    }

    /// Whether the first line has all of these columns.
    pub(crate) fn has_columns(&self, names: &[&str]) -> bool {
        names
            .iter()
            .all(|name| self.columns.iter().any(|column| column == name))
    }

    /// Whether the first line's fields are as this says.
    fn columns_are(&self, test: impl Fn(&[String]) -> bool) -> bool {
        test(&self.columns)
    }

    /// Whether the first object has all of these fields.
    pub(crate) fn has_fields(&self, names: &[&str]) -> bool {
        self.objects
            .iter()
            .any(|object| names.iter().all(|name| object.get(name).is_some()))
    }
}

/// The adapter for a file that begins like this.
pub(crate) fn choose(
    options: &Options,
    head: &[u8],
    path: &Path,
) -> Result<Option<&'static Adapter>, ImportError> {
    let looks = |adapter: &&Adapter, head: &Head<'_>| (adapter.detect)(head);
    match options.from.as_deref() {
        Some("tables") => Ok(None),
        Some(name) => {
            let named = ALL.into_iter().find(|adapter| adapter.name == name);
            let adapter = named.ok_or_else(|| ImportError::UnknownSource {
                name: name.to_owned(),
                known: names().join(", "),
            })?;
            if !looks(&adapter, &Head::new(head)) {
                return Err(ImportError::NotThatLog {
                    file: file::shown(path),
                    title: adapter.title,
                });
            }
            Ok(Some(adapter))
        }
        // Who maps columns of the log has a table.
        None if !options.mapping.leaves_events() => Ok(None),
        None => Ok(detect(head)),
    }
}

/// The adapter for a file that begins like this, whatever was said of it.
pub(crate) fn detect(head: &[u8]) -> Option<&'static Adapter> {
    let head = Head::new(head);
    ALL.into_iter().find(|adapter| (adapter.detect)(&head))
}

/// Refuses to read a file of columns as a product's log, all of which are text.
pub(crate) fn refuse_columns(options: &Options, file: &str) -> Result<(), ImportError> {
    let wanted = options.from.as_deref();
    match ALL.into_iter().find(|adapter| Some(adapter.name) == wanted) {
        Some(adapter) => Err(ImportError::NotThatLog {
            file: file.to_owned(),
            title: adapter.title,
        }),
        None => Ok(()),
    }
}

/// Names for `--from`.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let all = ALL.into_iter().map(|adapter| adapter.name);
    core::iter::once("tables").chain(all).collect()
}

/// The columns of adapted rows.
pub(crate) fn layout() -> Layout {
    let slots = COLUMNS
        .into_iter()
        .enumerate()
        .map(|(column, name)| Slot {
            name: name.to_owned(),
            column,
            heading: name.to_owned(),
        })
        .collect();
    Layout {
        width: COLUMNS.len(),
        headings: COLUMNS.map(str::to_owned).to_vec(),
        slots,
        ..Layout::default()
    }
}

/// Where the columns of a CSV file stand.
pub(crate) fn raw_layout(wanted: &[&str], headings: &[String]) -> Layout {
    let slots = wanted
        .iter()
        .filter_map(|name| {
            let column = headings.iter().position(|heading| heading == name)?;
            Some(Slot {
                name: (*name).to_owned(),
                column,
                heading: (*name).to_owned(),
            })
        })
        .collect();
    Layout {
        width: headings.len(),
        headings: headings.to_vec(),
        slots,
        ..Layout::default()
    }
}

/// Where the columns of a CSV file without a header stand.
pub(crate) fn bare_layout(columns: &[usize], width: usize) -> Layout {
    let slots = columns
        .iter()
        .map(|column| Slot {
            name: column.to_string(),
            column: *column,
            heading: column.to_string(),
        })
        .collect();
    Layout {
        width,
        slots,
        ..Layout::default()
    }
}

/// Reads a block with an adapter; `raw` is where the columns of a CSV file stand.
pub(crate) fn read(
    adapter: &Adapter,
    beside: &Beside,
    raw: Option<&Layout>,
    records: Records,
    block: Block,
) -> Rows {
    match (records, raw) {
        (Records::Csv { delimiter }, Some(layout)) => {
            let mut rows = csv::parse(block.bytes, block.first_line, layout, delimiter);
            let slots: Vec<Option<usize>> = match adapter.shape {
                Shape::Csv(wanted) => wanted.iter().map(|name| layout.slot(name)).collect(),
                _ => (0..layout.slots.len()).map(Some).collect(),
            };
            let mut emit = Emit::default();
            let mut bad = core::mem::take(&mut rows.bad);
            let mut cells: Vec<&[u8]> = Vec::with_capacity(slots.len());
            for row in 0..rows.len() {
                cells.clear();
                cells.extend(slots.iter().map(|slot| rows.cell_of(*slot, row)));
                let Some(place) = rows.places.get(row) else {
                    continue;
                };
                emit.begin(*place);
                let record = Record {
                    line: crate::rows::text(&rows.bytes, place.text),
                    cells: &cells,
                };
                match (adapter.read)(&record, beside, &mut emit) {
                    Ok(()) => emit.end(),
                    Err(reason) => bad.push(rows.bad(row, reason)),
                }
            }
            bad.sort_by_key(|bad| bad.line);
            emit.finish(Rows {
                bytes: rows.bytes,
                first_line: rows.first_line,
                bad,
                second_header: rows.second_header,
                no_end: rows.no_end,
                ..Rows::default()
            })
        }
        _ => lines(adapter, beside, block),
    }
}

fn lines(adapter: &Adapter, beside: &Beside, block: Block) -> Rows {
    let mut emit = Emit::default();
    let mut bad = Vec::new();
    let mut start = 0;
    let mut line = 0;
    while start < block.bytes.len() {
        let stop = memchr(b'\n', &block.bytes[start..]).map_or(block.bytes.len(), |at| at + start);
        let text = block.bytes[start..stop].trim_ascii_end();
        if !text.is_empty() {
            emit.begin(Place {
                line,
                text: Span::new(start, start + text.len()),
            });
            let record = Record {
                line: text,
                cells: &[],
            };
            match (adapter.read)(&record, beside, &mut emit) {
                Ok(()) => emit.end(),
                Err(reason) => bad.push(Bad {
                    line: block.first_line + u64::from(line),
                    reason,
                    raw: raw(text),
                }),
            }
        }
        start = stop + 1;
        line += 1;
    }
    emit.finish(Rows {
        bytes: block.bytes,
        first_line: block.first_line,
        bad,
        ..Rows::default()
    })
}

/// What a request shows, if it shows a record or would if it named one; else it is no view.
fn shown<'a>(
    (method, target): (&[u8], &'a [u8]),
    status: &[u8],
    beside: &Beside,
    emit: &mut Emit,
) -> Option<(Did, Asked<'a>)> {
    // HEAD asks whether there is a page, and shows nothing of it.
    let asks = if method == b"HEAD" { b"GET" } else { method };
    let none = match beside.patterns.find(asks, target) {
        None => NoView::NoRecord,
        Some((Kind::Not(why), _)) => why,
        Some((Kind::Shows(_), _)) if refused(method, status) => NoView::Refused,
        Some((Kind::Shows(did), asked)) => return Some((did, asked)),
    };
    emit.no_view(none);
    None
}

/// Whether the answer to a request shows nothing; 304: the browser showed what it had kept.
fn refused(method: &[u8], status: &[u8]) -> bool {
    method == b"HEAD" || !(status.starts_with(b"2") || status == b"304")
}

/// One event for each record that was asked for; a list without ids is one that the log leaves open.
fn each_item(event: &Event<'_>, asked: Asked<'_>, emit: &mut Emit) {
    if asked.ticket.is_empty() && asked.customer.is_empty() {
        emit.no_view(NoView::List);
        return;
    }
    let ids = |text| <[u8]>::split(text, |byte| *byte == b',').filter(|id| !id.is_empty());
    let (tickets, customers) = (ids(asked.ticket), ids(asked.customer));
    if tickets.clone().count() <= 1 && customers.clone().count() <= 1 {
        emit.event(&Event {
            ticket: asked.ticket,
            customer: asked.customer,
            ..*event
        });
        return;
    }
    tickets.for_each(|id| emit.event(&event.about(Item::Ticket, id)));
    customers.for_each(|id| emit.event(&event.about(Item::Customer, id)));
}

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Ticket,
    Customer,
}

/// What a product's own word for a kind of record means here.
fn item(kind: &str) -> Option<Item> {
    let kind = kind.to_ascii_lowercase();
    let plain = kind.trim_end_matches('s').replace(['_', '-', ' '], "");
    match plain.as_str() {
        "ticket"
        | "case"
        | "issue"
        | "incident"
        | "conversation"
        | "request"
        | "servicerequest"
        | "snincident"
        | "sncustomerservicecase"
        | "interaction" => Some(Item::Ticket),
        "customer" | "contact" | "consumer" | "requester" | "enduser" | "account" | "client"
        | "csmconsumer" | "customercontact" | "user" => Some(Item::Customer),
        _ => None,
    }
}

/// Milliseconds since 1970 as RFC 3339.
fn from_ms(ms: i64) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(time.to_string())
}

/// A time with `Z`, if it names no zone: for products that write UTC without saying so.
fn in_utc(time: &[u8]) -> Vec<u8> {
    let clock = time.get(10..).unwrap_or_default();
    let mut text = time.to_vec();
    let zoned = |byte: &u8| matches!(byte, b'Z' | b'z' | b'+' | b'-');
    if !time.is_empty() && !clock.iter().any(zoned) {
        text.push(b'Z');
    }
    text
}

/// `Oct` as `10`.
fn month(name: &[u8; 3]) -> Option<[u8; 2]> {
    let number = match name {
        b"Jan" => b"01",
        b"Feb" => b"02",
        b"Mar" => b"03",
        b"Apr" => b"04",
        b"May" => b"05",
        b"Jun" => b"06",
        b"Jul" => b"07",
        b"Aug" => b"08",
        b"Sep" => b"09",
        b"Oct" => b"10",
        b"Nov" => b"11",
        b"Dec" => b"12",
        _ => return None,
    };
    Some(*number)
}
