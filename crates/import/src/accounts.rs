//! The accounts table: logins, and whose they are.

use std::path::Path;

use countersign_core::desk::{Account, AccountKind};

use crate::dictionary::Ids;
use crate::error::ImportError;
use crate::file;
use crate::header::{Layout, Request};
use crate::reading::{Context, Findings, RowTaker, Times, checked, read_table};
use crate::reason::Reason;
use crate::rows::{Bad, Rows};
use crate::table::Table;

/// Logins by number.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) ids: Ids,
    /// Rows of the table; logins that only the log names follow at the end.
    pub(crate) rows: Vec<Account>,
}

impl Accounts {
    /// Reads the table.
    pub(crate) fn read(
        context: Context<'_>,
        path: &Path,
        findings: &mut Findings,
    ) -> Result<Self, ImportError> {
        let request = Request {
            table: Table::Accounts,
            reads: Table::Accounts.columns(),
            needs: &[&["account"]],
            strata: None,
        };
        let taken = read_table(context, path, request, findings, |layout| {
            Ok(Reader::new(context, path, layout))
        })?;
        if taken.repeated > 0 {
            findings.warnings.push(format!(
                "{}: {} rows repeat an account; its first row counts",
                file::shown(path),
                taken.repeated
            ));
        }
        Ok(taken.accounts)
    }

    /// All logins, those of the log included.
    pub(crate) fn finish(self) -> Vec<Account> {
        let mut rows = self.rows;
        let known = rows.len();
        rows.extend(self.ids.all().iter().skip(known).map(|id| Account {
            id: String::from_utf8_lossy(id).into_owned(),
            ..Account::default()
        }));
        rows
    }
}

struct Reader<'a> {
    accounts: Accounts,
    lines: Vec<u64>,
    layout: Layout,
    times: Times<'a>,
    file: String,
    /// Rows that repeat an account, where that may be.
    repeated: u64,
}

impl<'a> Reader<'a> {
    fn new(context: Context<'a>, path: &Path, layout: &Layout) -> Self {
        Self {
            accounts: Accounts::default(),
            lines: Vec::new(),
            layout: layout.clone(),
            times: Times::new(context.clock, file::shown(path)),
            file: file::shown(path),
            repeated: 0,
        }
    }

    fn row(&mut self, rows: &Rows, row: usize) -> Result<Result<(), Reason>, ImportError> {
        let line = rows.line(row);
        let account = match self.account(rows, row, line)? {
            Ok(account) => account,
            Err(reason) => return Ok(Err(reason)),
        };
        let number =
            self.accounts
                .ids
                .intern(account.id.as_bytes())
                .map_err(|_full| ImportError::TooManyIds(Table::Accounts))? as usize;
        if let Some(first) = self.lines.get(number) {
            if self.layout.repeats {
                self.repeated += 1;
                return Ok(Ok(()));
            }
            return Err(ImportError::Duplicate {
                file: self.file.clone(),
                table: Table::Accounts,
                first: *first,
                second: line,
            });
        }
        self.lines.push(line);
        self.accounts.rows.push(account);
        Ok(Ok(()))
    }

    fn account(
        &mut self,
        rows: &Rows,
        row: usize,
        line: u64,
    ) -> Result<Result<Account, Reason>, ImportError> {
        let layout = &self.layout;
        let text = |name: &'static str| -> Result<Option<String>, Reason> {
            checked(rows.cell_of(layout.slot(name), row), name)
                .map(|value| value.map(str::to_owned))
        };
        let made = (|| {
            Ok(Account {
                id: text("account")?.ok_or(Reason::Missing("account"))?,
                person: text("person")?,
                kind: kind(text("kind")?.as_deref())?,
                team: text("team")?,
                site: text("site")?,
                vendor: text("vendor")?,
                from: None,
                until: None,
            })
        })();
        let mut account = match made {
            Ok(account) => account,
            Err(reason) => return Ok(Err(reason)),
        };
        for (name, place) in [("from", &mut account.from), ("until", &mut account.until)] {
            let value = rows.cell_of(self.layout.slot(name), row);
            if value.is_empty() {
                continue;
            }
            match self.times.read(value, line)? {
                Ok(second) => *place = Some(second),
                // Accounts older than the clock of a case, and planned ends, are no mistakes.
                Err(Reason::TimeOutOfRange | Reason::TimeInFuture) => {}
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(account))
    }
}

fn kind(word: Option<&str>) -> Result<AccountKind, Reason> {
    match word.map(str::to_ascii_lowercase).as_deref() {
        None | Some("human") => Ok(AccountKind::Human),
        Some("service") => Ok(AccountKind::Service),
        Some("shared") => Ok(AccountKind::Shared),
        Some(_) => Err(Reason::UnknownWord("kind")),
    }
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
