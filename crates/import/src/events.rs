//! The log: rows become views with numbers, in the order of the files.

use std::io;

use countersign_core::desk::{NONE, View};
use countersign_core::time::Second;

use crate::accounts::Accounts;
use crate::coverage::{Coverage, Histogram, LogFile, NEVER_SLEEPS, SLOT, is_programs_name};
use crate::customers::Customers;
use crate::dictionary::{Full, Ids, LONGEST_ID};
use crate::drive::Taker;
use crate::error::ImportError;
use crate::file::go_on;
use crate::moment::Problem;
use crate::piece::{Action, Content, Digits, EventSlots, Piece};
use crate::reading::{Context, no_offset};
use crate::reason::Reason;
use crate::rejected::Rejects;
use crate::rows::Bad;
use crate::table::Table;
use crate::tickets::Tickets;
use crate::told::{Numbered, Taking};

/// Receives views, some ten thousand at once.
pub type Sink<'a> = dyn FnMut(&[View]) -> io::Result<()> + 'a;

/// What all files of the log add up to.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) coverage: Coverage,
    pub(crate) histogram: Histogram,
    pub(crate) accounts_seen: Vec<bool>,
    /// Used rows that are marked as changes, and those that are marked as anything else.
    pub(crate) changes: u64,
    pub(crate) marked_views: u64,
    /// Used rows of files without an `action` column.
    pub(crate) unmarked: u64,
    /// Rows that give a ticket another customer than an earlier row or the tickets table.
    pub(crate) disagree: u64,
    /// Times on a clock change.
    pub(crate) ambiguous: u64,
}

impl Log {
    /// Adds what a file has.
    pub(crate) fn join(&mut self, own: &Own) {
        let (coverage, read) = (&mut self.coverage, &own.read);
        coverage.rows += read.views + read.changes;
        coverage.unresolved += read.unresolved;
        coverage.first = coverage.first.into_iter().chain(read.first).min();
        coverage.last = coverage.last.into_iter().chain(read.last).max();
        self.histogram.join(&own.histogram);
        self.accounts_seen
            .resize(own.hours.len().max(self.accounts_seen.len()), false);
        for (seen, hours) in self.accounts_seen.iter_mut().zip(&own.hours) {
            *seen |= *hours != 0;
        }
    }
}

/// Takes the pieces of one file.
pub(crate) struct Reader<'a, 's> {
    pub(crate) context: Context<'a>,
    pub(crate) file: String,
    pub(crate) desk: Numbers<'a>,
    pub(crate) log: &'a mut Log,
    pub(crate) rejects: Rejects<'a>,
    pub(crate) sink: &'a mut Taking<'s>,
    /// A line of this file whose time has an offset.
    pub(crate) with: Option<u64>,
    /// Whether a time had none.
    pub(crate) without: bool,
    /// Whether the last row has no line end.
    pub(crate) no_end: bool,
    pub(crate) views: Vec<View>,
    /// What this file alone has.
    pub(crate) own: Own,
}

/// What one file of the log adds up to.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) read: LogFile,
    pub(crate) histogram: Histogram,
    /// Records that were used in part.
    partly: u64,
    /// For each account the hours of the day in which it was active, as bits.
    hours: Vec<u32>,
}

impl Own {
    fn add(&mut self, piece: &Piece, looked: &Looked, views: &[View], accounts: usize) {
        let read = &mut self.read;
        read.records += piece.records();
        let (no_views, ambiguous) = piece.not_used();
        read.no_views.join(&no_views);
        read.ambiguous += ambiguous;
        read.clock_changes += piece.times.ambiguous;
        read.changes += looked.changes;
        read.views += (views.len() as u64).saturating_sub(looked.changes);
        for (slot, count) in &looked.runs {
            self.histogram.add(*slot, *count);
        }
        if let (Some(first), Some(last)) = (looked.first, looked.last) {
            read.first = Some(read.first.map_or(first, |old| old.min(first)));
            read.last = Some(read.last.map_or(last, |old| old.max(last)));
        }
        self.hours.resize(accounts, 0);
        for view in views {
            match self.hours.get_mut(view.account as usize) {
                Some(hours) => *hours |= 1 << (view.second.0 / 3600 % 24),
                None => read.unresolved += 1,
            }
        }
    }

    /// The finished counts of a file with so many bad records; `accounts` are the ids by number.
    pub(crate) fn finish(self, rejected: u64, accounts: &[Box<[u8]>]) -> LogFile {
        let mut read = self.read;
        read.rejected = rejected.saturating_sub(self.partly);
        let active = self
            .hours
            .iter()
            .zip(accounts)
            .filter(|(hours, _)| **hours != 0);
        for (hours, id) in active {
            read.accounts += 1;
            if hours.count_ones() >= NEVER_SLEEPS || is_programs_name(id) {
                read.programs.push(String::from_utf8_lossy(id).into_owned());
            }
        }
        read.programs.sort();
        if let (Some(first), Some(last)) = (read.first, read.last) {
            read.gaps = self.histogram.gaps(first, last);
        }
        read
    }
}

/// Ids and their numbers.
#[derive(Debug)]
pub(crate) struct Numbers<'a> {
    pub(crate) slots: EventSlots,
    pub(crate) accounts: &'a mut Accounts,
    pub(crate) customers: &'a mut Customers,
    pub(crate) tickets: &'a mut Tickets,
}

/// Numbers of a piece that were looked up beforehand.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    accounts: Vec<u32>,
    customers: Vec<u32>,
    tickets: Vec<u32>,
    /// Rows that are left out, in order.
    bad: Vec<(u32, Reason)>,
    /// Rows with an id that has no number yet.
    unknown: Vec<u32>,
    /// Rows that may tell something new of a ticket.
    telling: Vec<u32>,
    /// Views in each slot of time, as runs.
    runs: Vec<(u32, u32)>,
    first: Option<Second>,
    last: Option<Second>,
    changes: u64,
}

impl Numbers<'_> {
    fn look(&self, piece: &Piece) -> Looked {
        let mut looked = Looked::default();
        let slots = &self.slots;
        piece.find_all(Some(slots.actor), &self.accounts.ids, &mut looked.accounts);
        piece.find_all(slots.customer, &self.customers.ids, &mut looked.customers);
        piece.find_all(slots.ticket, &self.tickets.ids, &mut looked.tickets);
        self.sort_rows(piece, &mut looked);
        looked
    }

    /// Sees which rows are left out, and which need more than their numbers.
    fn sort_rows(&self, piece: &Piece, looked: &mut Looked) {
        let mut problems = piece.times.problems.iter().peekable();
        let mut run = (u32::MAX, 0);
        let (mut first, mut last) = (Second(u32::MAX), Second(0));
        let columns = looked
            .accounts
            .iter()
            .zip(&looked.customers)
            .zip(&looked.tickets)
            .zip(&piece.times.seconds);
        for (row, (((account, customer), ticket), second)) in (0_u32..).zip(columns) {
            let (account, customer, ticket) = (*account, *customer, *ticket);
            if let Some((_, problem)) = problems.next_if(|(at, _)| *at == row) {
                if let Problem::Bad(reason) = problem {
                    looked.bad.push((row, *reason));
                }
                continue;
            }
            let action = piece.actions.get(row as usize);
            if action == Some(&Action::Unknown) {
                looked.bad.push((row, Reason::UnknownWord("action")));
                continue;
            }
            if customer == NONE && ticket == NONE {
                looked.bad.push((row, Reason::NoItem));
                continue;
            }
            if account == UNKNOWN || customer == UNKNOWN || ticket == UNKNOWN {
                if let Some(reason) =
                    self.unusable(piece, row as usize, [account, customer, ticket])
                {
                    looked.bad.push((row, reason));
                    continue;
                }
                looked.unknown.push(row);
            }
            looked.changes += u64::from(action == Some(&Action::Change));
            let slot = second.0 / SLOT;
            if slot == run.0 {
                run.1 += 1;
            } else {
                if run.1 > 0 {
                    looked.runs.push(run);
                }
                run = (slot, 1);
            }
            first = first.min(*second);
            last = last.max(*second);
            if ticket != NONE && self.tells(piece, row as usize, customer, ticket) {
                looked.telling.push(row);
            }
        }
        if run.1 > 0 {
            looked.runs.push(run);
            looked.first = Some(first);
            looked.last = Some(last);
        }
    }

    /// Whether a row tells something of its ticket that is not known yet.
    fn tells(&self, piece: &Piece, row: usize, customer: u32, ticket: u32) -> bool {
        let owner = customer != NONE
            && (ticket == UNKNOWN || self.tickets.customer.get(ticket as usize) != Some(&customer));
        owner
            || self
                .slots
                .attributes
                .iter()
                .zip(&self.tickets.from_log)
                .any(|(slot, attribute)| {
                    (ticket == UNKNOWN || attribute.is_free(ticket))
                        && !piece.cell(*slot, row, &mut Digits::default()).is_empty()
                })
    }

    /// What is wrong with an id that would get a number.
    fn unusable(&self, piece: &Piece, row: usize, numbers: [u32; 3]) -> Option<Reason> {
        let columns = [
            ("actor", Some(self.slots.actor)),
            ("customer", self.slots.customer),
            ("ticket", self.slots.ticket),
        ];
        columns
            .into_iter()
            .zip(numbers)
            .find_map(|((name, slot), number)| {
                if number != UNKNOWN {
                    return None;
                }
                let mut digits = Digits::default();
                let id = piece.cell(slot?, row, &mut digits);
                if id.len() > LONGEST_ID {
                    Some(Reason::TooLong(name))
                } else {
                    core::str::from_utf8(id)
                        .is_err()
                        .then_some(Reason::NotUtf8(name))
                }
            })
    }

    /// Gives numbers to the ids that have none, each column in the order of the rows.
    fn number(&mut self, piece: &Piece, looked: &mut Looked) -> Result<(), ImportError> {
        let unknown = &looked.unknown;
        if unknown.is_empty() {
            return Ok(());
        }
        for (slot, ids) in [
            (self.slots.customer, &mut self.customers.ids),
            (self.slots.ticket, &mut self.tickets.ids),
        ] {
            if let (0, Some(slot), Content::Text(rows)) = (ids.len(), slot, &piece.content) {
                ids.watch_if_integers((0..rows.len()).map(|row| rows.cell(slot, row)));
            }
        }
        let add = |slot: Option<usize>, ids: &mut Ids, numbers: &mut Vec<u32>| match slot {
            Some(slot) => number_column(piece, slot, unknown, ids, numbers),
            None => Ok(()),
        };
        let slots = &self.slots;
        let (accounts, customers, tickets) = (
            &mut self.accounts.ids,
            &mut self.customers.ids,
            &mut self.tickets.ids,
        );
        let (of_accounts, of_customers, of_tickets) = (
            &mut looked.accounts,
            &mut looked.customers,
            &mut looked.tickets,
        );
        let (mut account, mut customer, mut ticket) = (Ok(()), Ok(()), Ok(()));
        if unknown.len() < FEW {
            account = add(Some(slots.actor), accounts, of_accounts);
            customer = add(slots.customer, customers, of_customers);
            ticket = add(slots.ticket, tickets, of_tickets);
        } else {
            rayon::scope(|scope| {
                scope.spawn(|_| ticket = add(slots.ticket, tickets, of_tickets));
                account = add(Some(slots.actor), accounts, of_accounts);
                customer = add(slots.customer, customers, of_customers);
            });
        }
        account.map_err(|_full| ImportError::TooManyIds(Table::Accounts))?;
        customer.map_err(|_full| ImportError::TooManyIds(Table::Customers))?;
        ticket.map_err(|_full| ImportError::TooManyIds(Table::Tickets))?;
        self.tickets.customer.resize(self.tickets.ids.len(), NONE);
        Ok(())
    }

    /// Takes what rows tell of their tickets; the number of rows that contradict.
    fn learn(&mut self, piece: &Piece, looked: &Looked) -> u64 {
        let mut disagree = 0;
        for row in &looked.telling {
            let row = *row as usize;
            let (Some(customer), Some(ticket)) =
                (looked.customers.get(row), looked.tickets.get(row))
            else {
                continue;
            };
            if *customer != NONE
                && let Some(owner) = self.tickets.customer.get_mut(*ticket as usize)
            {
                if *owner == NONE {
                    *owner = *customer;
                } else {
                    disagree += u64::from(*owner != *customer);
                }
            }
            for (slot, attribute) in self.slots.attributes.iter().zip(&mut self.tickets.from_log) {
                let mut digits = Digits::default();
                let value = piece.cell(*slot, row, &mut digits);
                if !value.is_empty() && attribute.is_free(*ticket) {
                    attribute.put(*ticket, value, None);
                }
            }
        }
        disagree
    }
}

impl<'a> Taker<Piece> for Reader<'a, '_> {
    type Shared = Numbers<'a>;
    type Prepared = Looked;

    fn shared(&self) -> &Numbers<'a> {
        &self.desk
    }

    fn prepare(shared: &Numbers<'a>, piece: &Piece) -> Looked {
        shared.look(piece)
    }

    fn take(&mut self, piece: &Piece, mut looked: Looked) -> Result<(), ImportError> {
        go_on(self.context.cancel)?;
        self.check_zones(piece)?;
        self.desk.number(piece, &mut looked)?;
        self.log.disagree += self.desk.learn(piece, &looked);
        self.send(piece, &looked)?;
        self.count(piece, &looked);
        let mut bad: Vec<Bad> = piece.misshapen().to_vec();
        let all = piece.records();
        if !looked.bad.is_empty() {
            bad.extend(
                looked
                    .bad
                    .iter()
                    .map(|(row, reason)| piece.bad(*row as usize, *reason)),
            );
            bad.sort_by_key(|bad| bad.line);
        }
        if piece.tells_several() && !looked.bad.is_empty() {
            // A record that can't be used is one, however many views it would have told of.
            bad.dedup_by_key(|bad| bad.line);
            self.own.partly += partly_used(piece, &looked);
        }
        self.rejects.add(all, bad)?;
        self.context.progress.advanced(piece.read(), all);
        Ok(())
    }
}

impl Reader<'_, '_> {
    /// Fails if a time has no offset although it would need one.
    fn check_zones(&mut self, piece: &Piece) -> Result<(), ImportError> {
        if self.with.is_none() {
            self.with = piece.times.with.map(|row| piece.line(row as usize));
        }
        self.without |= piece.times.without;
        self.no_end |= piece.no_end();
        self.log.ambiguous += piece.times.ambiguous;
        match piece
            .times
            .problems
            .iter()
            .find(|(_, problem)| *problem == Problem::NoOffset)
        {
            Some((row, _)) => Err(no_offset(&self.file, self.with, piece.line(*row as usize))),
            None => Ok(()),
        }
    }

    fn send(&mut self, piece: &Piece, looked: &Looked) -> Result<(), ImportError> {
        self.views.clear();
        let columns = looked
            .accounts
            .iter()
            .zip(&looked.customers)
            .zip(&looked.tickets)
            .zip(&piece.times.seconds);
        let views = columns.map(|(((account, customer), ticket), second)| View {
            second: *second,
            account: *account,
            customer: *customer,
            ticket: *ticket,
        });
        if looked.bad.is_empty() {
            self.views.extend(views);
        } else {
            let mut bad = looked.bad.iter().peekable();
            self.views
                .extend((0_u32..).zip(views).filter_map(|(row, view)| {
                    bad.next_if(|(at, _)| *at == row).is_none().then_some(view)
                }));
        }
        if self.views.is_empty() {
            return Ok(());
        }
        (self.sink)(&Numbered {
            views: &self.views,
            piece,
            slots: &self.desk.slots,
            bad: &looked.bad,
        })
        .map_err(ImportError::Sink)
    }

    fn count(&mut self, piece: &Piece, looked: &Looked) {
        let log = &mut *self.log;
        let used = self.views.len() as u64;
        let accounts = self.desk.accounts.ids.len();
        self.own.add(piece, looked, &self.views, accounts);
        log.changes += looked.changes;
        if piece.actions.is_empty() {
            log.unmarked += used;
        } else {
            log.marked_views += used.saturating_sub(looked.changes);
        }
    }
}

/// Records of which some views were left out and others not.
fn partly_used(piece: &Piece, looked: &Looked) -> u64 {
    let mut lines: Vec<(u64, bool)> = Vec::new();
    let mut bad = looked.bad.iter().map(|(row, _)| *row as usize).peekable();
    for row in 0..piece.len() {
        let used = bad.next_if_eq(&row).is_none();
        lines.push((piece.line(row), used));
    }
    lines
        .chunk_by(|one, next| one.0 == next.0)
        .filter(|record| record.iter().any(|row| row.1) && !record.iter().all(|row| row.1))
        .count() as u64
}

/// Gives numbers to the ids of one column that have none.
fn number_column(
    piece: &Piece,
    slot: usize,
    unknown: &[u32],
    ids: &mut Ids,
    numbers: &mut [u32],
) -> Result<(), Full> {
    const AT_ONCE: usize = 64;
    let rows: Vec<usize> = unknown
        .iter()
        .map(|row| *row as usize)
        .filter(|row| numbers.get(*row) == Some(&UNKNOWN))
        .collect();
    let mut digits: [Digits; AT_ONCE] = core::array::from_fn(|_| Digits::default());
    for rows in rows.chunks(AT_ONCE) {
        if piece.number_integers(slot, rows, ids, numbers)? {
            continue;
        }
        let mut texts: [&[u8]; AT_ONCE] = [&[]; AT_ONCE];
        for ((row, digits), text) in rows.iter().zip(&mut digits).zip(&mut texts) {
            *text = piece.cell(slot, *row, digits);
        }
        let mut found = [0; AT_ONCE];
        ids.intern_all(&texts[..rows.len()], &mut found[..rows.len()])?;
        for (row, found) in rows.iter().zip(found) {
            if let Some(number) = numbers.get_mut(*row) {
                *number = found;
            }
        }
    }
    Ok(())
}

/// An id without a number.
pub(crate) const UNKNOWN: u32 = u32::MAX - 1;
/// Unknown ids that are not worth a second thread.
const FEW: usize = 512;
