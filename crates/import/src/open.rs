//! The import from end to end: small tables first, then the log, then everything resolved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::{Desk, NONE};

use crate::accounts::Accounts;
use crate::adapters::{Adapter, Beside, Keeps};
use crate::attribute::Attribute;
use crate::changed;
use crate::columnar::Batch;
use crate::contact::Hashing;
use crate::customers::Customers;
use crate::directory::Directory;
use crate::drive::drive;
use crate::error::ImportError;
use crate::events::{Log, Numbers, Own, Reader, Sink};
use crate::exports;
use crate::file::{self, Digests};
use crate::header::{Layout, Request};
use crate::imported::{FileRead, IgnoredColumns, Imported};
use crate::matched::Matched;
use crate::moment::Clock;
use crate::options::{Changes, Keep, Options, Sources, Unmarked, UnmatchedRules};
use crate::piece::{EventSlots, Piece};
use crate::progress::Progress;
use crate::reading::{Begun, Context, Convert, Findings, LOG_ROWS, begin};
use crate::rejected::{Rejected, Rejects};
use crate::reports::{Reports, Wanted};
use crate::signed;
use crate::table::Table;
use crate::tickets::{Called, Tickets};
use crate::told::{Listener, Taking};

/// An import whose small tables are read and whose log is still to come.
pub struct Open<'a> {
    sources: &'a Sources,
    options: &'a Options,
    progress: &'a dyn Progress,
    cancel: &'a AtomicBool,
    clock: Clock,
    accounts: Accounts,
    customers: Customers,
    tickets: Tickets,
    reports: Reports,
    desk: Desk,
    findings: Findings,
    log: Log,
    beside: Beside,
    hashing: Hashing,
}

impl core::fmt::Debug for Open<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Open")
            .field("sources", self.sources)
            .field("files", &self.findings.files)
            .finish_non_exhaustive()
    }
}

/// Reads the tables of accounts, customers, tickets, exports and reports.
///
/// # Errors
/// Any [`ImportError`] that a file, a row or the options give rise to.
pub fn open<'a>(
    sources: &'a Sources,
    options: &'a Options,
    progress: &'a dyn Progress,
    cancel: &'a AtomicBool,
) -> Result<Open<'a>, ImportError> {
    // A desk whose directory is kept may have a log that is still to come.
    if options.keep != Keep::Directory && sources.events.is_empty() {
        return Err(ImportError::NoEventsFile);
    }
    check_sources(sources)?;
    if let Some((file, other)) = file::twins(&sources.events, cancel)? {
        return Err(ImportError::SameFile {
            file: file::shown(file),
            other: file::shown(other),
        });
    }
    if options.unmatched_rules == UnmatchedRules::Refuse {
        Matched::check_tables(&options.mapping, sources)?;
    }
    if options.unmarked == Unmarked::Changes && options.changes == Changes::Refuse {
        return Err(ImportError::ChangesOnly);
    }
    let mut open = Open {
        sources,
        options,
        progress,
        cancel,
        clock: Clock::new(options)?,
        accounts: Accounts::default(),
        customers: Customers::default(),
        tickets: Tickets::default(),
        reports: Reports::default(),
        desk: Desk::default(),
        findings: Findings::default(),
        log: Log::default(),
        beside: Beside::new(options)?,
        hashing: Hashing::default(),
    };
    open.read_tables()?;
    Ok(open)
}

impl Open<'_> {
    /// The desk as far as it is known: accounts, exports, and customers in the order of their
    /// table with their attributes.
    ///
    /// Tickets and reports come with [`Self::finish`]: the log may still say whose a ticket is.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Rows that were left out so far; also after an error, to show what was wrong with them.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.findings.rejected
    }

    /// Reads the log and hands its views on, in the order of files and rows.
    ///
    /// Numbers of accounts, customers and tickets continue those of the tables, in the order in
    /// which the log first names them, whatever the number of threads.
    ///
    /// # Errors
    /// Any [`ImportError`] that a file or a row gives rise to, or that `sink` returns.
    pub fn views(&mut self, sink: &mut Sink<'_>) -> Result<(), ImportError> {
        self.read_logs(&mut |numbered| sink(numbered.views))
    }

    /// Reads the log as [`Self::views`] does, and hands its rows on in the log's own ids.
    ///
    /// # Errors
    /// Those of [`Self::views`].
    pub fn told(&mut self, listener: &mut Listener<'_>) -> Result<(), ImportError> {
        self.read_logs(&mut |numbered| numbered.tell(listener))
    }

    fn read_logs(&mut self, sink: &mut Taking<'_>) -> Result<(), ImportError> {
        if !self.sources.sign_ins.is_empty() {
            let context = Context {
                options: self.options,
                clock: &self.clock,
                progress: self.progress,
                cancel: self.cancel,
                digests: Digests::Left,
                beside: &self.beside,
            };
            let sign_ins = signed::read(self.sources, context, &mut self.findings)?;
            self.beside.sign_ins = sign_ins;
        }
        for path in &self.sources.events {
            self.read_log(path, sink)?;
        }
        if self.log.coverage.rows == 0 {
            return Err(ImportError::NoEvents);
        }
        if self.options.changes == Changes::Refuse && self.changes_only() {
            return Err(ImportError::ChangesOnly);
        }
        Ok(())
    }

    /// Resolves reports, reads the logs of changes, and hands everything over.
    ///
    /// They come last: every id that they may know has its number, and they give none.
    ///
    /// # Errors
    /// Those of reading the logs of changes.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        let changes_only = self.changes_only();
        let mut findings = self.findings;
        let log = self.log;
        if log.disagree > 0 {
            findings.warnings.push(format!(
                "rows of the log that give a ticket another customer than before: {}; the first one counts",
                log.disagree
            ));
        }
        if log.ambiguous > 0 {
            findings.warnings.push(format!(
                "times of the log that fall on a change of the clocks: {}; the earlier reading counts",
                log.ambiguous
            ));
        }
        let mut coverage = log.coverage;
        coverage.accounts = log.accounts_seen.iter().filter(|seen| **seen).count() as u64;
        if let (Some(first), Some(last)) = (coverage.first, coverage.last) {
            coverage.gaps = log.histogram.gaps(first, last);
        }
        let reports =
            (self.reports).resolve(&self.customers, &self.tickets, &mut findings.warnings);
        let context = Context {
            options: self.options,
            clock: &self.clock,
            progress: self.progress,
            cancel: self.cancel,
            digests: Digests::Taken,
            beside: &self.beside,
        };
        let known = changed::Known {
            accounts: &self.accounts.ids,
            customers: &self.customers.ids,
            tickets: &self.tickets,
            wanted: changed::Wanted::new(&reports),
        };
        let work = changed::read(&self.sources.changes, context, &known, &mut findings)?;
        let mut desk = self.desk;
        desk.reports = reports;
        desk.customers.count = u32::try_from(self.customers.ids.len()).unwrap_or(NONE);
        desk.tickets = self.tickets.finish();
        desk.accounts = self.accounts.finish();
        let directory = (self.options.keep == Keep::Directory).then(|| {
            let mut contacts = self.reports.wanted.all.take().unwrap_or_default();
            contacts.sort_unstable();
            // A customer whose two columns say the same is one.
            contacts.dedup();
            Arc::new(Directory {
                hashing: self.hashing,
                contacts,
                customers: self.customers.ids,
                listed: self.customers.listed,
                households: self.customers.households,
                tickets: self.tickets,
                ticket_customer: desk.tickets.customer.clone(),
            })
        });
        Ok(Imported {
            desk,
            files: findings.files,
            rejected: findings.rejected,
            coverage,
            ignored: findings
                .ignored
                .into_iter()
                .map(|(table, file, columns)| IgnoredColumns {
                    table,
                    file,
                    columns,
                })
                .collect(),
            warnings: findings.warnings,
            work,
            changes_only,
            directory,
        })
    }

    /// Whether nothing but changes is in the log.
    fn changes_only(&self) -> bool {
        let unmarked_are_changes = self.options.unmarked == Unmarked::Changes
            || self.options.changes == Changes::AcceptAsViews;
        self.log.marked_views == 0 && (self.log.unmarked == 0 || unmarked_are_changes)
    }

    fn read_tables(&mut self) -> Result<(), ImportError> {
        let context = Context {
            options: self.options,
            clock: &self.clock,
            progress: self.progress,
            cancel: self.cancel,
            digests: Digests::Taken,
            beside: &self.beside,
        };
        let findings = &mut self.findings;
        let hashing = &self.hashing;
        if let Some(path) = &self.sources.accounts {
            self.accounts = Accounts::read(context, path, findings)?;
        }
        // Reports come before customers: then only the contacts that they name are looked for.
        if let Some(path) = &self.sources.reports {
            self.reports = Reports::read(context, path, hashing, findings)?;
        }
        if self.options.keep == Keep::Directory {
            self.reports.wanted.all = Some(Vec::new());
            self.reports.wanted.is_for_reports = true;
        }
        if let Some(path) = &self.sources.customers {
            let mut wanted: Wanted = core::mem::take(&mut self.reports.wanted);
            self.customers = Customers::read(context, path, hashing, &mut wanted, findings)?;
            self.reports.wanted = wanted;
        }
        if let Some(path) = &self.sources.tickets {
            let called = match self.options.keep {
                Keep::Nothing => Called::These(self.reports.called()),
                Keep::Directory => Called::All,
            };
            self.tickets = Tickets::read(context, path, &mut self.customers, &called, findings)?;
        }
        let mut exports = Vec::new();
        if let Some(path) = &self.sources.exports {
            let known = exports::Known {
                accounts: &mut self.accounts,
                customers: &mut self.customers,
                tickets: &mut self.tickets,
                customers_listed: self.sources.customers.is_some(),
                tickets_listed: self.sources.tickets.is_some(),
            };
            exports = exports::read(context, path, known, findings)?;
        }
        self.tickets.from_log = self
            .options
            .mapping
            .attributes()
            .iter()
            .map(|(name, _)| Attribute::new(name.clone()))
            .collect();
        self.check_strata()?;
        self.desk = Desk {
            accounts: self.accounts.rows.clone(),
            customers: core::mem::take(&mut self.customers.columns),
            exports,
            ..Desk::default()
        };
        self.desk
            .tickets
            .customer
            .clone_from(&self.tickets.customer);
        Ok(())
    }

    /// Fails if a stratum was chosen that no table has.
    fn check_strata(&self) -> Result<(), ImportError> {
        let Some(strata) = &self.options.strata else {
            return Ok(());
        };
        let (customers, tickets) = (&self.customers.columns, &self.tickets.columns);
        let mut have: Vec<&str> = customers
            .columns
            .iter()
            .chain(&tickets.columns)
            .map(|column| column.name.as_str())
            .chain(
                customers
                    .refused
                    .iter()
                    .chain(&tickets.refused)
                    .map(|refused| refused.name.as_str()),
            )
            .chain(self.tickets.from_log.iter().map(Attribute::name))
            .collect();
        let Some(name) = strata.iter().find(|name| !have.contains(&name.as_str())) else {
            return Ok(());
        };
        for (table, _, columns) in &self.findings.ignored {
            if table.takes_attributes() {
                have.extend(columns.iter().map(String::as_str));
            }
        }
        Err(ImportError::UnknownStratum {
            name: name.clone(),
            seen: have.join(", "),
        })
    }

    fn read_log(&mut self, path: &Path, sink: &mut Taking<'_>) -> Result<(), ImportError> {
        let context = Context {
            options: self.options,
            clock: &self.clock,
            progress: self.progress,
            cancel: self.cancel,
            digests: Digests::Taken,
            beside: &self.beside,
        };
        let mut begun = begin_log(context, path, Table::Events)?;
        let adapter = begun.adapter;
        let file = file::shown(path);
        let refuse = |adapter: &Adapter, instead| ImportError::ChangesLog {
            file: file.clone(),
            title: adapter.title,
            instead,
        };
        if let Some(adapter) = adapter
            && let Keeps::Changes(instead) = adapter.keeps
            && self.options.changes == Changes::Refuse
        {
            return Err(refuse(adapter, instead));
        }
        self.findings
            .note_columns(Table::Events, path, &begun.layout);
        if !begun.layout.understood.is_empty() {
            let words: Vec<String> = begun
                .layout
                .understood
                .iter()
                .map(|(what, heading)| format!("`{heading}` as {what}"))
                .collect();
            self.findings.warnings.push(format!(
                "{file}: took {}; --map says it otherwise",
                words.join(", ")
            ));
        }
        if self.options.unmatched_rules == UnmatchedRules::Refuse {
            let matched = &self.findings.matched;
            matched.check(&self.options.mapping, self.sources)?;
        }
        let slots = EventSlots::new(&begun.layout);
        for (slot, ids) in [
            (Some(slots.actor), &mut self.accounts.ids),
            (slots.customer, &mut self.customers.ids),
            (slots.ticket, &mut self.tickets.ids),
        ] {
            if slot.is_some_and(|slot| begun.integers.contains(&slot)) {
                ids.watch_integers();
            }
        }
        let mut reader = Reader {
            context,
            file: file.clone(),
            desk: Numbers {
                slots,
                accounts: &mut self.accounts,
                customers: &mut self.customers,
                tickets: &mut self.tickets,
            },
            log: &mut self.log,
            rejects: Rejects::new(
                Table::Events,
                file.clone(),
                self.options.allow_rejects,
                &mut self.findings.rejected,
            ),
            sink,
            with: None,
            without: false,
            no_end: false,
            views: Vec::new(),
            own: Own::default(),
        };
        drive(begun.pieces.as_mut(), &mut reader)?;
        reader.rejects.check()?;
        let (rows, rejected) = (reader.rejects.rows(), reader.rejects.rejected());
        let mixed = reader.with.is_some() && reader.without;
        let (without, no_end) = (reader.without, reader.no_end);
        reader.log.join(&reader.own);
        let mut read = reader.own.finish(rejected, &self.accounts.ids.all());
        (read.source, read.title) = adapter.map_or(("tables", "a table of views"), |adapter| {
            (adapter.name, adapter.title)
        });
        read.zone_assumed = without;
        if let Some(adapter) = adapter
            && let Keeps::ViewsIf(instead) = adapter.keeps
            && (read.views == 0 && read.changes > 0)
            && self.options.changes == Changes::Refuse
        {
            return Err(refuse(adapter, instead));
        }
        if rows == 0 {
            return Err(ImportError::HeaderOnly { file });
        }
        if mixed {
            self.findings.warnings.push(format!(
                "{file}: some times have an offset and some have none; those without are taken in the zone that was named"
            ));
        }
        if no_end {
            self.findings.warnings.push(format!(
                "{file}: its last row has no line end; if the file was cut off, that row may be wrong and others are missing"
            ));
        }
        self.findings.note_twin(&file, &read);
        let digest = begun.tally.digest();
        let mut told = FileRead::new(Table::Events, path, digest, rows, rejected);
        told.log = Some(read);
        self.findings.files.push(told);
        context.progress.finished(Table::Events, path);
        Ok(())
    }
}

/// Opens a file of the log, or one of changes.
pub(crate) fn begin_log<'a>(
    context: Context<'a>,
    path: &Path,
    table: Table,
) -> Result<Begun<'a, Piece>, ImportError> {
    let request = Request {
        table,
        reads: table.columns(),
        needs: &[&["time"], &["actor"], &["customer", "ticket"]],
        strata: None,
    };
    let clock = context.clock;
    let missing: Arc<[String]> = context.options.missing.clone().into();
    begin(context, path, request, LOG_ROWS, |layout: &Layout| {
        let slots = EventSlots::new(layout);
        let same = slots.clone();
        Convert {
            text: move |rows| Piece::of_text(rows, &slots, clock),
            columns: move |batch: &Batch| {
                Piece::of_columns(batch, &same, clock, Arc::clone(&missing))
            },
        }
    })
}

fn check_sources(sources: &Sources) -> Result<(), ImportError> {
    let tables = [
        &sources.accounts,
        &sources.customers,
        &sources.tickets,
        &sources.exports,
        &sources.reports,
    ];
    let from_stdin = tables
        .into_iter()
        .flatten()
        .chain(&sources.events)
        .chain(&sources.changes)
        .filter(|path| file::is_stdin(path))
        .count();
    let twice = !sources.sign_ins.is_empty();
    if twice && sources.events.iter().any(|path| file::is_stdin(path)) {
        return Err(ImportError::SignInsWithStdin);
    }
    if from_stdin > 1 {
        return Err(ImportError::StdinTwice);
    }
    Ok(())
}
