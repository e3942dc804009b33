//! Tables of reports: kept sealed when they are handed in, and taken by a second person.
//!
//! That it is another person is a rule of the ledger: handing in grants something, and taking needs
//! that grant and somebody else than who gave it. All rows become reports in one batch or none.

use countersign_core::ledger::Kind;
use countersign_core::record::{
    HandedTable, Proof, Record, Report, TableRefused, TableTaken, Verified, Way,
};
use countersign_core::respond::statement::{Pretext, Statement};
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_import::{Described, Options, ToldReport, ToldReports, told_reports};
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::gate::Rule;
use countersign_ledger::leaf::Token;
use countersign_store::{Event, StoreError, TableRow};
use countersign_ui::pages::staff::TableState;
use sha2::{Digest as _, Sha256};

use crate::access::Staff;
use crate::app::App;
use crate::cases;
use crate::error::PageError;

/// A table as it would be taken.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) rows: Vec<Row>,
    /// Lines that can't be taken, and why; nothing of what they say.
    pub(crate) wrong: Vec<(u64, String)>,
    pub(crate) undecided: u64,
    pub(crate) ignored: Vec<String>,
}

/// A row as it would be taken.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) received: Second,
    pub(crate) statement: Statement,
    /// Whether the table says that somebody has checked it with the customer.
    pub(crate) verified: bool,
}

impl Read {
    /// Rows that the table says are verified.
    pub(crate) fn verified(&self) -> u64 {
        self.rows.iter().filter(|row| row.verified).count() as u64
    }

    /// Rows whose customer the desk knows.
    pub(crate) fn known(&self, app: &App) -> u64 {
        self.rows.iter().filter(|row| is_known(app, row)).count() as u64
    }
}

/// Whether a row names one customer of the desk.
pub(crate) fn is_known(app: &App, row: &Row) -> bool {
    let placed = app.judge().place(&Described {
        customer: row.statement.customer.as_deref(),
        email: row.statement.email.as_deref(),
        phone: row.statement.phone.as_deref(),
        number: None,
    });
    placed.customer.is_some()
}

/// Whether somebody may see a table: whoever handed it in, and supervisors.
pub(crate) fn may_see(staff: &Staff, table: &TableRow) -> bool {
    table.by == Some(staff.person) || staff.roles.contains(&Role::Supervisor)
}

/// What became of a table.
pub(crate) fn state(app: &App, table: &TableRow, at: Second) -> TableState {
    match &table.ended {
        Some(end) if end.how == Kind::TableTaken => TableState::Taken,
        Some(_) => TableState::Refused,
        None if u64::from(app.second().0) >= u64::from(at.0) + HOLDS / 1000 => TableState::Late,
        None => TableState::Waits,
    }
}

/// Keeps a table until a second person has looked at it; what is wrong with it is said in words.
pub(crate) async fn hand_in(
    app: &App,
    staff: &Staff,
    name: String,
    content: Vec<u8>,
) -> Result<Result<Token, String>, PageError> {
    let read = match read(app, content.clone()).await? {
        Ok(read) => read,
        Err(message) => return Ok(Err(message)),
    };
    if read.rows.is_empty() {
        let first = read.wrong.first();
        let first = first.map(|(line, reason)| format!(": line {line}: {reason}"));
        let first = first.unwrap_or_default();
        return Ok(Err(format!("no row of the table can be taken{first}")));
    }
    let table: Token = app.chance().map_err(PageError::internal)?;
    let under: Token = app.chance().map_err(PageError::internal)?;
    let said = HandedTable {
        name,
        rows: read.rows.len() as u64,
        verified: read.verified(),
        wrong: read.wrong.len() as u64,
        sha256: hex(&Sha256::digest(&content)),
        content: hex(&under),
    };
    app.store().keep_file(&under, &under, content).await?;
    let event = Event {
        record: Record::Table(said),
        subject: table,
        by: Some(staff.person),
        rules: vec![Rule::Grants(app.now().saturating_add(HOLDS))],
    };
    app.append(vec![event]).await?;
    Ok(Ok(table))
}

/// What a table holds; none if it was taken or refused.
pub(crate) async fn held(app: &App, table: &TableRow) -> Result<Option<Read>, PageError> {
    let Some(said) = &table.said else {
        return Ok(None);
    };
    let Some(content) = content(app, said).await? else {
        return Ok(None);
    };
    if hex(&Sha256::digest(&content)) != said.sha256 {
        let error = std::io::Error::other("a table is not the one that is on record");
        return Err(PageError::internal(error));
    }
    // It was read when it was handed in.
    Ok(read(app, content).await?.ok())
}

/// Makes reports of a table's rows; those that the table says are verified count if the second
/// person confirms exactly that.
pub(crate) async fn take(
    app: &App,
    staff: &Staff,
    table: &TableRow,
    confirmed: Confirmed,
) -> Result<(), PageError> {
    let read = held(app, table).await?.ok_or_else(gone)?;
    let counts = |row: &Row| row.verified && confirmed == Confirmed::Verified;
    let taken = TableTaken {
        rows: read.rows.len() as u64,
        verified: read.rows.iter().filter(|row| counts(row)).count() as u64,
    };
    let moves = taken.verified > 0;
    let by = Some(staff.person);
    let event = |record, subject, rules| Event {
        record,
        subject,
        by,
        rules,
    };
    let rules = vec![
        Rule::Under(table.event),
        Rule::NotBy(table.event),
        Rule::Ends(table.event),
    ];
    let mut events = vec![event(Record::TableTaken(taken), table.token, rules)];
    for row in read.rows {
        let subject: Token = app.chance().map_err(PageError::internal)?;
        let counts = counts(&row);
        let report = Record::Report(Report {
            reference: app.reference().map_err(PageError::internal)?,
            received: row.received,
            way: Way::Table,
            statement: row.statement,
        });
        events.push(event(report, subject, Vec::new()));
        if counts {
            let verified = Record::Verified(Verified { how: Proof::Table });
            events.push(event(verified, subject, Vec::new()));
        }
    }
    append(app, events).await?;
    forget(app, table).await?;
    if moves {
        cases::judge_soon(app);
    }
    Ok(())
}

/// What a second person says of rows that the table says are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// That they are.
    Verified,
    Nothing,
}

/// Refuses a table, or takes it back.
pub(crate) async fn refuse(
    app: &App,
    staff: &Staff,
    table: &TableRow,
    why: String,
) -> Result<(), PageError> {
    let event = Event {
        record: Record::TableRefused(TableRefused { why }),
        subject: table.token,
        by: Some(staff.person),
        rules: vec![Rule::Under(table.event), Rule::Ends(table.event)],
    };
    append(app, vec![event]).await?;
    forget(app, table).await
}

/// Destroys the keys of tables that were taken or refused, or that nobody took in time, where a
/// stop came between.
pub(crate) async fn sweep(app: &App) -> Result<(), PageError> {
    for table in app.store().tables().await? {
        let at = app.time_of(table.seq).await?;
        let over = state(app, &table, at) != TableState::Waits;
        if let (true, Some(said)) = (over, &table.said)
            && content(app, said).await?.is_some()
        {
            forget(app, &table).await?;
        }
    }
    Ok(())
}

async fn append(app: &App, events: Vec<Event>) -> Result<(), PageError> {
    match app.store().append(events).await {
        Ok(_) | Err(StoreError::BeingWritten(_)) => Ok(()),
        Err(StoreError::Refused(_)) => Err(PageError::Conflict(
            "A second person is needed, who is somebody else than whoever handed the table in; or \
             somebody was faster."
                .to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Destroys the key of what a table's rows say.
async fn forget(app: &App, table: &TableRow) -> Result<(), PageError> {
    if let Some(under) = table.said.as_ref().and_then(under) {
        app.store().erase(under).await?;
    }
    Ok(())
}

async fn content(app: &App, said: &HandedTable) -> Result<Option<Vec<u8>>, PageError> {
    match under(said) {
        Some(under) => Ok(app.store().file(&under, &under).await?),
        None => Ok(None),
    }
}

fn under(said: &HandedTable) -> Option<Token> {
    from_hex(&said.content)?.try_into().ok()
}

fn gone() -> PageError {
    PageError::Conflict("The table was taken or refused before.".to_owned())
}

/// Reads a table, on a thread where that holds up nobody.
async fn read(app: &App, content: Vec<u8>) -> Result<Result<Read, String>, PageError> {
    let now = app.second();
    let desk = &app.config().desk;
    let mut options = Options::new(now);
    options.time_format.clone_from(&desk.time_format);
    options.timezone.clone_from(&desk.timezone);
    options.missing.clone_from(&desk.missing);
    let told =
        tokio::task::spawn_blocking(move || told_reports(&content, &options, MOST_ROWS)).await;
    let told = told.map_err(PageError::internal)?;
    Ok(told.map(|told| checked(told, now)))
}

fn checked(told: ToldReports, now: Second) -> Read {
    let mut read = Read {
        wrong: told.wrong,
        undecided: told.undecided,
        ignored: told.ignored,
        ..Read::default()
    };
    for row in told.rows {
        let (line, received, verified) = (row.line, row.received, row.verified);
        if received > now {
            read.wrong
                .push((line, "the time is in the future".to_owned()));
            continue;
        }
        match statement(row).checked(now) {
            Ok(statement) => read.rows.push(Row {
                line,
                received,
                statement,
                verified,
            }),
            Err(errors) => {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                read.wrong.push((line, errors.join("; ")));
            }
        }
    }
    read.wrong.sort();
    read
}

fn statement(row: ToldReport) -> Statement {
    let pretext = row.pretext.map(|word| {
        let word = word.to_lowercase();
        let known = Pretext::ALL.into_iter().find(|one| one.word() == word);
        known.unwrap_or(Pretext::Other)
    });
    Statement {
        email: row.email,
        phone: row.phone,
        customer: row.customer,
        called: row.called,
        channel: row.channel,
        number: row.quoted,
        shown: row.shown,
        pretext,
        words: row.note,
        language: "en".to_owned(),
        ..Statement::default()
    }
}

/// Rows of a table.
pub(crate) const MOST_ROWS: u64 = 2000;
/// Bytes of a table.
pub(crate) const LARGEST: usize = 2_000_000;
/// Milliseconds in which a second person takes a table: 14 days.
const HOLDS: u64 = 14 * 24 * 60 * 60 * 1000;
