//! The reports table: customers' words about scam calls, matched to customers and tickets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use countersign_core::desk::NONE;
use countersign_core::report::{Channel, Quoted, Report};
use countersign_core::time::Second;

use crate::contact::{Contact, Hashing};
use crate::customers::Customers;
use crate::error::ImportError;
use crate::file;
use crate::header::{Layout, Request};
use crate::reading::{Context, Findings, RowTaker, Times, checked, read_table};
use crate::reason::Reason;
use crate::rows::{Bad, Rows};
use crate::table::Table;
use crate::tickets::Tickets;

/// Contacts that reports name, and the customers who have them.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Whether there are reports at all.
    pub(crate) is_for_reports: bool,
    found: BTreeMap<(u8, u64), Match>,
    /// All contacts with whose they are, where reports come later.
    pub(crate) all: Option<Vec<(u64, u32)>>,
}

/// Who has a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Nobody,
    One(u32),
    Several,
}

impl Wanted {
    pub(crate) fn asks(&self, contact: Contact) -> bool {
        let kind = contact as u8;
        let mut asked = self.found.range((kind, 0)..=(kind, u64::MAX));
        self.all.is_some() || asked.next().is_some()
    }

    pub(crate) fn has(&self, contact: Contact, hash: u64) -> bool {
        self.all.is_some() || self.found.contains_key(&(contact as u8, hash))
    }

    pub(crate) fn found(&mut self, contact: Contact, hash: u64, customer: u32) {
        if let Some(all) = &mut self.all {
            all.push((hash, customer));
        }
        if let Some(found) = self.found.get_mut(&(contact as u8, hash)) {
            *found = match *found {
                Match::Nobody => Match::One(customer),
                Match::One(old) if old == customer => Match::One(old),
                _ => Match::Several,
            };
        }
    }

    fn want(&mut self, contact: Contact, hash: u64) {
        self.found
            .entry((contact as u8, hash))
            .or_insert(Match::Nobody);
    }

    fn get(&self, contact: Contact, hash: u64) -> Match {
        self.found
            .get(&(contact as u8, hash))
            .copied()
            .unwrap_or(Match::Nobody)
    }
}

/// Reports whose customers and tickets are not looked up yet.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    waiting: Vec<Waiting>,
    pub(crate) wanted: Wanted,
    file: String,
    /// Reports of a file that has no `verified` column, or an empty one.
    verified_by_default: u64,
    /// Rows of a review that nobody has decided yet, and those that a person found to be none.
    waiting_for_review: u64,
    no_reports: u64,
    /// Reports whose call is later than themselves.
    called_late: u64,
}

/// What a person said of a row of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reviewed {
    /// Not of a review, or: a report of a customer whom the desk knows to be that one.
    Yes,
    /// A report; whether it is that customer's, nobody could tell.
    Unverified,
    /// No report.
    No,
    /// Nothing yet.
    Open,
}

#[derive(Debug)]
struct Waiting {
    line: u64,
    report: Report,
    customer: Option<Box<[u8]>>,
    contacts: Vec<(Contact, u64)>,
    ticket: Option<Box<[u8]>>,
    quoted: Option<Box<[u8]>>,
}

impl Reports {
    /// Reads the table.
    pub(crate) fn read(
        context: Context<'_>,
        path: &Path,
        hashing: &Hashing,
        findings: &mut Findings,
    ) -> Result<Self, ImportError> {
        let request = Request {
            table: Table::Reports,
            reads: Table::Reports.columns(),
            needs: &[
                &["report"],
                &["received_at"],
                &["customer", "email", "phone", "external_id", "ticket"],
            ],
            strata: None,
        };
        let reader = read_table(context, path, request, findings, |layout| {
            Ok(Reader {
                layout: layout.clone(),
                times: Times::new(context.clock, file::shown(path)),
                hashing,
                lines: BTreeMap::new(),
                reports: Self {
                    file: file::shown(path),
                    ..Self::default()
                },
            })
        })?;
        let mut reports = reader.reports;
        reports.wanted.is_for_reports = true;
        Ok(reports)
    }

    /// What reports call tickets.
    pub(crate) fn called(&self) -> BTreeSet<Box<[u8]>> {
        let waiting = self.waiting.iter();
        waiting
            .flat_map(|waiting| [&waiting.ticket, &waiting.quoted])
            .flatten()
            .cloned()
            .collect()
    }

    /// Looks customers and tickets up, now that all are known, and sorts by (received, id).
    pub(crate) fn resolve(
        &mut self,
        customers: &Customers,
        tickets: &Tickets,
        warnings: &mut Vec<String>,
    ) -> Vec<Report> {
        let mut nobody: Vec<u64> = Vec::new();
        let mut several: Vec<u64> = Vec::new();
        let mut without_tickets = 0_u64;
        let wanted = &self.wanted;
        let mut reports: Vec<Report> = Vec::with_capacity(self.waiting.len());
        for waiting in core::mem::take(&mut self.waiting) {
            let mut report = waiting.report;
            let mut ambiguous = false;
            let contacts = waiting.contacts.iter().find_map(|(contact, hash)| {
                match wanted.get(*contact, *hash) {
                    Match::One(customer) => Some(customer),
                    Match::Several => {
                        ambiguous = true;
                        None
                    }
                    Match::Nobody => None,
                }
            });
            report.customer = waiting
                .customer
                .and_then(|id| customers.ids.find(&id))
                .or(contacts)
                .or_else(|| {
                    let ticket = tickets.meant(waiting.ticket.as_deref()?)?;
                    tickets
                        .customer
                        .get(ticket as usize)
                        .copied()
                        .filter(|customer| *customer != NONE)
                });
            match report.customer {
                Some(customer) if customer < customers.listed => {
                    report.household = Some(customers.households.of(customer));
                }
                Some(_) => {}
                None if ambiguous => several.push(waiting.line),
                None => nobody.push(waiting.line),
            }
            report.quoted = match waiting.quoted {
                None => Quoted::Nothing,
                Some(_) if tickets.ids.len() == 0 => {
                    without_tickets += 1;
                    Quoted::Nothing
                }
                Some(id) => tickets
                    .meant(&id)
                    .map_or(Quoted::NeverIssued, Quoted::Ticket),
            };
            reports.push(report);
        }
        reports.sort_by(|a, b| (a.received, &a.id).cmp(&(b.received, &b.id)));
        let file = &self.file;
        if !nobody.is_empty() {
            warnings.push(format!(
                "{file}: reports that name a customer whom no table knows, counted and not used: {} ({})",
                nobody.len(),
                line_list(&nobody)
            ));
        }
        if !several.is_empty() {
            warnings.push(format!(
                "{file}: reports that fit several customers, counted and not used: {} ({})",
                several.len(),
                line_list(&several)
            ));
        }
        if without_tickets > 0 {
            warnings.push(format!(
                "{file}: reports that quote a ticket while there are no tickets to compare with: {without_tickets}"
            ));
        }
        if self.called_late > 0 {
            warnings.push(format!(
                "{file}: reports whose call is later than themselves: {}; the time of the report counts",
                self.called_late
            ));
        }
        if self.waiting_for_review + self.no_reports > 0 {
            warnings.push(format!(
                "{file}: {} rows wait for somebody to confirm them and do not count; {} were found to be no reports",
                self.waiting_for_review, self.no_reports
            ));
        }
        if self.verified_by_default > 0 {
            warnings.push(format!(
                "{file}: reports that do not say whether they were verified, taken as verified: {}",
                self.verified_by_default
            ));
        }
        reports
    }
}

/// `line 3, 4, 9 …`.
fn line_list(lines: &[u64]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = lines.iter().take(MOST).map(u64::to_string).collect();
    let more = if lines.len() > MOST { " …" } else { "" };
    format!("line {}{more}", shown.join(", "))
}

struct Reader<'a> {
    layout: Layout,
    times: Times<'a>,
    hashing: &'a Hashing,
    lines: BTreeMap<String, u64>,
    reports: Reports,
}

impl Reader<'_> {
    fn row(&mut self, rows: &Rows, row: usize) -> Result<Result<(), Reason>, ImportError> {
        let line = rows.line(row);
        let reviewed = match reviewed(&self.layout, rows, row) {
            Ok(reviewed) => reviewed,
            Err(reason) => return Ok(Err(reason)),
        };
        match reviewed {
            Reviewed::Yes | Reviewed::Unverified => {}
            Reviewed::No => {
                self.reports.no_reports += 1;
                return Ok(Ok(()));
            }
            Reviewed::Open => {
                self.reports.waiting_for_review += 1;
                return Ok(Ok(()));
            }
        }
        let received = match self.time(rows, row, "received_at")? {
            Ok(Some(second)) => second,
            Ok(None) => return Ok(Err(Reason::Missing("received_at"))),
            Err(reason) => return Ok(Err(reason)),
        };
        let called = match self.time(rows, row, "called_at")? {
            Ok(called) => called,
            Err(reason) => return Ok(Err(reason)),
        };
        // Nobody reports a call that is still to come; the earlier of the two counts.
        let late = called.is_some_and(|called| called > received);
        self.reports.called_late += u64::from(late);
        let called = called.map(|called| called.min(received));
        let mut waiting = match self.waiting(rows, row, received, called) {
            Ok(waiting) => waiting,
            Err(reason) => return Ok(Err(reason)),
        };
        waiting.report.verified &= reviewed == Reviewed::Yes;
        if let Some(first) = self.lines.insert(waiting.report.id.clone(), line) {
            return Err(ImportError::Duplicate {
                file: self.reports.file.clone(),
                table: Table::Reports,
                first,
                second: line,
            });
        }
        for (contact, hash) in &waiting.contacts {
            self.reports.wanted.want(*contact, *hash);
        }
        self.reports.waiting.push(waiting);
        Ok(Ok(()))
    }

    fn time(
        &mut self,
        rows: &Rows,
        row: usize,
        name: &str,
    ) -> Result<Result<Option<Second>, Reason>, ImportError> {
        let value = rows.cell_of(self.layout.slot(name), row);
        if value.is_empty() {
            return Ok(Ok(None));
        }
        Ok(self.times.read(value, rows.line(row))?.map(Some))
    }

    fn waiting(
        &mut self,
        rows: &Rows,
        row: usize,
        received: Second,
        called: Option<Second>,
    ) -> Result<Waiting, Reason> {
        let layout = &self.layout;
        let text = |name: &'static str| checked(rows.cell_of(layout.slot(name), row), name);
        // A review writes an id that a spreadsheet could take for a formula behind an apostrophe.
        let is_review = layout.slot("confirmed").is_some();
        let plain = |value: &str| match value.strip_prefix('\'') {
            Some(rest) if is_review && rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
            _ => value.to_owned(),
        };
        let id = |name: &'static str| {
            text(name).map(|value| value.map(|value| Box::from(plain(value).as_bytes())))
        };
        let contacts: Vec<(Contact, u64)> = [
            (Contact::Email, "email"),
            (Contact::Phone, "phone"),
            (Contact::ExternalId, "external_id"),
        ]
        .into_iter()
        .map(|(contact, name)| {
            let value = rows.cell_of(layout.slot(name), row);
            (contact, self.hashing.of(contact, value))
        })
        .filter(|(_, hash)| *hash != 0)
        .collect();
        let verified = yes_or_no(text("verified")?, "verified")?;
        // A review says so with `confirmed`.
        self.reports.verified_by_default += u64::from(verified.is_none() && !is_review);
        Ok(Waiting {
            line: rows.line(row),
            customer: id("customer")?,
            contacts,
            ticket: id("ticket")?,
            quoted: id("quoted_ticket")?,
            report: Report {
                id: text("report")?.ok_or(Reason::Missing("report"))?.to_owned(),
                received,
                called,
                channel: channel(text("channel")?)?,
                pretext: text("pretext")?.and_then(slug),
                verified: verified.unwrap_or(true),
                solicited: yes_or_no(text("solicited")?, "solicited")?.unwrap_or(false),
                excluded: text("excluded")?.map(str::to_owned),
                ..Report::default()
            },
        })
    }
}

/// What a person said of the row; a file without the column is no review.
pub(crate) fn reviewed(layout: &Layout, rows: &Rows, row: usize) -> Result<Reviewed, Reason> {
    let Some(slot) = layout.slot("confirmed") else {
        return Ok(Reviewed::Yes);
    };
    let word = checked(rows.cell(slot, row), "confirmed")?;
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("unverified") => Ok(Reviewed::Unverified),
        word => Ok(match yes_or_no(word, "confirmed")? {
            Some(true) => Reviewed::Yes,
            Some(false) => Reviewed::No,
            None => Reviewed::Open,
        }),
    }
}

pub(crate) fn yes_or_no(word: Option<&str>, column: &'static str) -> Result<Option<bool>, Reason> {
    match word.map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "yes" | "1" | "t" | "y") => Ok(Some(true)),
        Some("false" | "no" | "0" | "f" | "n") => Ok(Some(false)),
        Some(_) => Err(Reason::UnknownWord(column)),
    }
}

pub(crate) fn channel(word: Option<&str>) -> Result<Channel, Reason> {
    Ok(match word.map(str::to_ascii_lowercase).as_deref() {
        None | Some("phone") => Channel::Phone,
        Some("robocall") => Channel::Robocall,
        Some("email") => Channel::Email,
        Some("sms") => Channel::Sms,
        Some("portal") => Channel::Portal,
        Some("forum") => Channel::Forum,
        Some("decoy") => Channel::Decoy,
        Some(_) => return Err(Reason::UnknownWord("channel")),
    })
}

/// A pretext as a short code word of `[a-z0-9-]`.
fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in text.chars() {
        if slug.len() == LONGEST_PRETEXT {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

impl RowTaker for Reader<'_> {
    type Prepared = ();

    fn prepare(&self, _: &Rows) {}

    fn take(&mut self, rows: &Rows, (): (), bad: &mut Vec<Bad>) -> Result<(), ImportError> {
        for row in 0..rows.len() {
            if let Err(reason) = self.row(rows, row)? {
                bad.push(rows.bad(row, reason));
            }
        }
        Ok(())
    }
}

/// Letters of a pretext that are kept.
const LONGEST_PRETEXT: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pretext_becomes_a_code_word() {
        assert_eq!(
            slug("Auto-Renewal $299.99!").as_deref(),
            Some("auto-renewal-299-99")
        );
        assert_eq!(slug("***"), None);
        assert_eq!(slug(&"long ".repeat(50)).unwrap().len(), 39);
    }
}
