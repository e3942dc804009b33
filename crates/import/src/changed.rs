//! Logs of changes: who worked on what. They explain views, and are none themselves.
//!
//! They are read after everything else, and only look ids up: an account, a customer or a ticket
//! that stands nowhere but here gets no number, so that no holder and no record comes of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign_core::desk::{NONE, View};
use countersign_core::report::{Quoted, Report};
use countersign_core::time::Second;
use countersign_core::work::Work;

use crate::dictionary::Ids;
use crate::drive::{Taker, drive};
use crate::error::ImportError;
use crate::events::UNKNOWN;
use crate::file::{self, go_on};
use crate::imported::FileRead;
use crate::moment::Problem;
use crate::open::begin_log;
use crate::piece::{Action, EventSlots, Piece};
use crate::reading::{Context, Findings, no_offset};
use crate::reason::Reason;
use crate::rejected::Rejects;
use crate::rows::Bad;
use crate::table::Table;
use crate::tickets::Tickets;

/// What is known from the tables and the log.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) accounts: &'a Ids,
    pub(crate) customers: &'a Ids,
    pub(crate) tickets: &'a Tickets,
    pub(crate) wanted: Wanted,
}

/// The items that reports are about: changes of others are counted and forgotten.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    customers: BTreeSet<u32>,
    tickets: BTreeSet<u32>,
}

impl Wanted {
    pub(crate) fn new(reports: &[Report]) -> Self {
        let mut wanted = Self::default();
        for report in reports {
            wanted.customers.extend(report.customer);
            if let Quoted::Ticket(ticket) = report.quoted {
                wanted.tickets.insert(ticket);
            }
        }
        wanted
    }
}

/// What a file of changes adds up to.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// Changes that it tells of.
    changes: u64,
    /// Rows that tell of a view.
    views: u64,
    /// Changes by nobody, or by an account that nothing else knows.
    unknown_account: u64,
    /// Changes of a ticket and customer that nothing else knows, by accounts that are known.
    unknown_item: u64,
    first: Option<Second>,
    last: Option<Second>,
}

impl Told {
    /// Changes by a known account of a known item.
    fn known(&self) -> u64 {
        self.changes - self.unknown_account - self.unknown_item
    }

    /// What the file covers, in a sentence.
    fn sentence(&self, file: &str, title: &str) -> String {
        let Self {
            changes,
            views,
            unknown_account,
            unknown_item,
            ..
        } = self;
        let span = match (self.first, self.last) {
            (Some(first), Some(last)) => format!(" from {first} to {last}"),
            _ => String::new(),
        };
        let views = match views {
            0 => String::new(),
            views => format!("; rows that are no changes: {views}, not used"),
        };
        format!(
            "{file} is {title}, taken as an explanation and never as evidence: changes{span}: {changes}, of which {} are by a known account and of a known ticket or customer, {unknown_account} by an account that neither tables nor log know, {unknown_item} of what they don't know{views}",
            self.known()
        )
    }
}

/// Reads the logs of changes; nothing where there are none.
pub(crate) fn read(
    paths: &[PathBuf],
    context: Context<'_>,
    known: &Known<'_>,
    findings: &mut Findings,
) -> Result<Option<Work>, ImportError> {
    if paths.is_empty() {
        return Ok(None);
    }
    let mut work = Work {
        changes: Vec::new(),
        active: vec![false; known.accounts.len()],
    };
    let (mut changes, mut matched) = (0, 0);
    for path in paths {
        let told = read_file(path, context, known, &mut work, findings)?;
        changes += told.changes;
        matched += told.known();
    }
    if matched == 0 {
        return Err(ImportError::UnknownChanges { changes });
    }
    Ok(Some(work))
}

fn read_file(
    path: &Path,
    context: Context<'_>,
    known: &Known<'_>,
    work: &mut Work,
    findings: &mut Findings,
) -> Result<Told, ImportError> {
    let mut begun = begin_log(context, path, Table::Changes)?;
    let file = file::shown(path);
    findings.note_columns(Table::Changes, path, &begun.layout);
    let mut reader = Reader {
        context,
        known: Lookup {
            slots: EventSlots::new(&begun.layout),
            known,
        },
        rejects: Rejects::new(
            Table::Changes,
            file.clone(),
            context.options.allow_rejects,
            &mut findings.rejected,
        ),
        file: &file,
        with: None,
        work,
        told: Told::default(),
    };
    drive(begun.pieces.as_mut(), &mut reader)?;
    reader.rejects.check()?;
    let (rows, rejected) = (reader.rejects.rows(), reader.rejects.rejected());
    let told = reader.told;
    if rows == 0 {
        return Err(ImportError::HeaderOnly { file });
    }
    if told.changes == 0 {
        return Err(ImportError::NoChanges { file });
    }
    let title = begun
        .adapter
        .map_or("a table of changes", |adapter| adapter.title);
    findings.warnings.push(told.sentence(&file, title));
    let digest = begun.tally.digest();
    let told_by = FileRead::new(Table::Changes, path, digest, rows, rejected);
    findings.files.push(told_by);
    context.progress.finished(Table::Changes, path);
    Ok(told)
}

/// What rows are looked up in.
struct Lookup<'a> {
    slots: EventSlots,
    known: &'a Known<'a>,
}

/// The numbers of a piece's ids.
#[derive(Debug, Default)]
struct Looked {
    accounts: Vec<u32>,
    customers: Vec<u32>,
    tickets: Vec<u32>,
}

struct Reader<'a> {
    context: Context<'a>,
    known: Lookup<'a>,
    rejects: Rejects<'a>,
    file: &'a str,
    /// A line whose time has an offset.
    with: Option<u64>,
    work: &'a mut Work,
    told: Told,
}

impl Reader<'_> {
    /// Takes a row that tells of a change.
    fn change(&mut self, second: Second, account: u32, customer: u32, ticket: u32) {
        let told = &mut self.told;
        told.changes += 1;
        told.first = Some(told.first.map_or(second, |first| first.min(second)));
        told.last = Some(told.last.map_or(second, |last| last.max(second)));
        let Some(active) = self.work.active.get_mut(account as usize) else {
            told.unknown_account += 1;
            return;
        };
        *active = true;
        let Known {
            tickets, wanted, ..
        } = self.known.known;
        let is_known = |number: u32| number != NONE && number != UNKNOWN;
        let known_or_none = |number: u32| if is_known(number) { number } else { NONE };
        let ticket = known_or_none(ticket);
        // As in the log: a ticket's own customer wins over the one that stands beside it.
        let owner = tickets.customer.get(ticket as usize).copied();
        let customer = match owner.filter(|owner| is_known(*owner)) {
            Some(owner) => owner,
            None => known_or_none(customer),
        };
        if ticket == NONE && customer == NONE {
            told.unknown_item += 1;
        } else if wanted.tickets.contains(&ticket) || wanted.customers.contains(&customer) {
            self.work.changes.push(View {
                second,
                account,
                customer,
                ticket,
            });
        }
    }
}

impl<'a> Taker<Piece> for Reader<'a> {
    type Shared = Lookup<'a>;
    type Prepared = Looked;

    fn shared(&self) -> &Lookup<'a> {
        &self.known
    }

    fn prepare(shared: &Lookup<'a>, piece: &Piece) -> Looked {
        let Lookup { slots, known } = shared;
        let mut looked = Looked::default();
        piece.find_all(Some(slots.actor), known.accounts, &mut looked.accounts);
        piece.find_all(slots.customer, known.customers, &mut looked.customers);
        piece.find_all(slots.ticket, &known.tickets.ids, &mut looked.tickets);
        looked
    }

    fn take(&mut self, piece: &Piece, looked: Looked) -> Result<(), ImportError> {
        go_on(self.context.cancel)?;
        if self.with.is_none() {
            self.with = piece.times.with.map(|row| piece.line(row as usize));
        }
        let mut bad: Vec<Bad> = piece.misshapen().to_vec();
        let mut problems = piece.times.problems.iter().peekable();
        let columns = looked
            .accounts
            .iter()
            .zip(&looked.customers)
            .zip(&looked.tickets)
            .zip(&piece.times.seconds);
        for (row, (((account, customer), ticket), second)) in (0_u32..).zip(columns) {
            let place = row as usize;
            let action = piece.actions.get(place);
            let reason = match problems.next_if(|(at, _)| *at == row) {
                Some((_, Problem::NoOffset)) => {
                    return Err(no_offset(self.file, self.with, piece.line(place)));
                }
                Some((_, Problem::Bad(reason))) => *reason,
                None if action == Some(&Action::Unknown) => Reason::UnknownWord("action"),
                None if (*customer, *ticket) == (NONE, NONE) => Reason::NoItem,
                None if action == Some(&Action::Change) => {
                    self.change(*second, *account, *customer, *ticket);
                    continue;
                }
                None => {
                    self.told.views += 1;
                    continue;
                }
            };
            bad.push(piece.bad(place, reason));
        }
        bad.sort_by_key(|bad| bad.line);
        if piece.tells_several() {
            bad.dedup_by_key(|bad| bad.line);
        }
        let all = piece.records();
        self.rejects.add(all, bad)?;
        self.context.progress.advanced(piece.read(), all);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_covers_and_what_of_it_is_unknown() {
        let told = Told {
            changes: 10,
            unknown_account: 3,
            unknown_item: 2,
            first: Some(Second(0)),
            last: Some(Second(60)),
            ..Told::default()
        };
        assert_eq!(told.known(), 5);
        let sentence = told.sentence("a.csv", "a table of changes");
        assert!(sentence.contains("never as evidence"), "{sentence}");
        assert!(sentence.contains(": 10, of which 5 are by"), "{sentence}");
        assert!(!sentence.contains("no changes"), "{sentence}");
    }

    #[test]
    fn only_the_customers_and_tickets_of_reports_are_kept() {
        let mut about = Report {
            customer: Some(4),
            ..Report::default()
        };
        let mut wanted = Wanted::new(&[about.clone(), Report::default()]);
        assert_eq!(wanted.customers, BTreeSet::from([4]));
        assert!(wanted.tickets.is_empty());
        about.quoted = Quoted::Ticket(7);
        wanted = Wanted::new(&[about]);
        assert_eq!(wanted.tickets, BTreeSet::from([7]));
    }
}
