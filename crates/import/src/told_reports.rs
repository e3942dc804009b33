//! A table of reports as somebody wrote it, row by row, before anything is looked up.
//!
//! The same columns, times and words as `trace` takes ([`crate::Table::Reports`]); a server asks
//! for them when a table is handed in, which a second person then looks at.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use countersign_core::report::Channel;
use countersign_core::time::Second;

use crate::adapters::Beside;
use crate::error::ImportError;
use crate::file::Digests;
use crate::header::{Layout, Request};
use crate::moment::Clock;
use crate::options::Options;
use crate::progress::Silent;
use crate::reading::{Context, Findings, RowTaker, Times, checked, read_table};
use crate::reason::Reason;
use crate::reports::{Reviewed, channel, reviewed, yes_or_no};
use crate::rows::{Bad, Rows};
use crate::table::Table;

/// A row of a table of reports.
#[derive(Clone, PartialEq, Eq)]
pub struct ToldReport {
    /// Its line.
    pub line: u64,
    /// The table's own name of it.
    pub id: String,
    /// When the company heard of it.
    pub received: Second,
    /// When the contact was.
    pub called: Option<Second>,
    /// The desk's own number of the customer.
    pub customer: Option<String>,
    /// An address on file.
    pub email: Option<String>,
    /// A number on file.
    pub phone: Option<String>,
    /// A ticket number that was quoted.
    pub quoted: Option<String>,
    /// The number that was shown.
    pub shown: Option<String>,
    /// How they reached the customer.
    pub channel: Channel,
    /// The story told.
    pub pretext: Option<String>,
    /// What else stands there.
    pub note: Option<String>,
    /// Whether the table says that somebody has checked it with the customer.
    pub verified: bool,
}

impl core::fmt::Debug for ToldReport {
    /// Where it stands; what it says is personal data.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let line = self.line;
        f.debug_struct("ToldReport")
            .field("line", &line)
            .finish_non_exhaustive()
    }
}

/// A table of reports.
#[derive(Debug, Default)]
pub struct ToldReports {
    /// Rows that can be used, in their order.
    pub rows: Vec<ToldReport>,
    /// Rows that can't, with their lines and why, in words that hold nothing of the row.
    pub wrong: Vec<(u64, String)>,
    /// Rows of a review that nobody has decided, or that a person found to be none.
    pub undecided: u64,
    /// Columns that nobody reads.
    pub ignored: Vec<String>,
}

/// Reads a table of reports as CSV or JSON Lines; at most so many rows.
///
/// # Errors
/// What is wrong with the table as a whole, in words that name it `the table`.
pub fn told_reports(bytes: &[u8], options: &Options, most: u64) -> Result<ToldReports, String> {
    // Packed bytes grow without bound, and a table of columns has no lines to name.
    if [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PAR1"]
        .iter()
        .any(|magic| bytes.starts_with(magic))
    {
        return Err("the table is packed or is no text: hand it in as CSV".to_owned());
    }
    // The readers of tables take files: these bytes come through a pipe, and lie on no disk.
    let (reader, mut writer) = std::io::pipe().map_err(|error| error.to_string())?;
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    let read = std::thread::scope(|scope| {
        scope.spawn(move || {
            // Who reads may have heard enough.
            let _ = writer.write_all(bytes);
        });
        let read = read(Path::new(&path), options, most);
        // The writer ends when nobody reads any more.
        drop(reader);
        read
    });
    read.map_err(|error| error.to_string().replace(&path, "the table"))
}

fn read(path: &Path, options: &Options, most: u64) -> Result<ToldReports, ImportError> {
    let mut options = options.clone();
    // What is wrong is shown row by row, however many there are.
    options.allow_rejects = 1.0;
    let never = AtomicBool::new(false);
    let clock = Clock::new(&options)?;
    let beside = Beside::new(&options)?;
    let context = Context {
        options: &options,
        clock: &clock,
        progress: &Silent,
        cancel: &never,
        digests: Digests::Left,
        beside: &beside,
    };
    let request = Request {
        table: Table::Reports,
        reads: Table::Reports.columns(),
        needs: &[
            &["report"],
            &["received_at"],
            &["customer", "email", "phone"],
        ],
        strata: None,
    };
    let mut findings = Findings::default();
    let reader = read_table(context, path, request, &mut findings, |layout| {
        Ok(Reader {
            layout: layout.clone(),
            times: Times::new(&clock, path.display().to_string()),
            file: path.display().to_string(),
            lines: BTreeMap::new(),
            most,
            told: ToldReports::default(),
        })
    })?;
    let mut told = reader.told;
    let wrong = findings.rejected.into_iter();
    told.wrong = wrong.map(|row| (row.line, row.reason)).collect();
    let ignored = findings.ignored.into_iter();
    told.ignored = ignored.flat_map(|(_, _, columns)| columns).collect();
    Ok(told)
}

struct Reader<'a> {
    layout: Layout,
    times: Times<'a>,
    file: String,
    lines: BTreeMap<String, u64>,
    most: u64,
    told: ToldReports,
}

impl Reader<'_> {
    fn row(&mut self, rows: &Rows, row: usize) -> Result<Result<(), Reason>, ImportError> {
        let layout = &self.layout;
        let text = |name: &'static str| checked(rows.cell_of(layout.slot(name), row), name);
        let is_review = layout.slot("confirmed").is_some();
        let reviewed = match reviewed(layout, rows, row) {
            Ok(reviewed) => reviewed,
            Err(reason) => return Ok(Err(reason)),
        };
        if matches!(reviewed, Reviewed::No | Reviewed::Open) {
            self.told.undecided += 1;
            return Ok(Ok(()));
        }
        let mut moment = |name: &str| {
            let value = rows.cell_of(layout.slot(name), row);
            if value.is_empty() {
                return Ok(Ok(None));
            }
            Ok::<_, ImportError>(self.times.read(value, rows.line(row))?.map(Some))
        };
        let times = (moment("received_at")?, moment("called_at")?);
        let told = (|| {
            // A spreadsheet's guard against formulas is no part of what is said.
            let plain = |name: &'static str| {
                let value = text(name)?;
                Ok(value.map(|value| match value.strip_prefix('\'') {
                    Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
                    _ => value.to_owned(),
                }))
            };
            let received = times.0?.ok_or(Reason::Missing("received_at"))?;
            let said = yes_or_no(text("verified")?, "verified")?;
            let verified = said.unwrap_or(is_review) && reviewed == Reviewed::Yes;
            Ok(ToldReport {
                line: rows.line(row),
                id: plain("report")?.ok_or(Reason::Missing("report"))?,
                received,
                called: times.1?.map(|called| called.min(received)),
                customer: plain("customer")?,
                email: plain("email")?,
                phone: plain("phone")?,
                quoted: plain("quoted_ticket")?,
                shown: plain("caller_number")?,
                channel: channel(text("channel")?)?,
                pretext: plain("pretext")?,
                note: plain("note")?,
                verified,
            })
        })();
        let told: ToldReport = match told {
            Ok(told) => told,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(first) = self.lines.insert(told.id.clone(), told.line) {
            return Err(ImportError::Duplicate {
                file: self.file.clone(),
                table: Table::Reports,
                first,
                second: told.line,
            });
        }
        self.told.rows.push(told);
        Ok(Ok(()))
    }
}

impl RowTaker for Reader<'_> {
    type Prepared = ();

    fn prepare(&self, _: &Rows) {}

    fn take(&mut self, rows: &Rows, (): (), bad: &mut Vec<Bad>) -> Result<(), ImportError> {
        let seen = self.told.rows.len() + self.told.wrong.len();
        if (seen + rows.len() + bad.len()) as u64 > self.most {
            return Err(ImportError::TooManyRows {
                file: self.file.clone(),
                most: self.most,
            });
        }
        for row in 0..rows.len() {
            if let Err(reason) = self.row(rows, row)? {
                bad.push(rows.bad(row, reason));
            }
        }
        Ok(())
    }
}
