//! The rows that follow from the ledger: one task makes them, and nothing else writes them.
//!
//! The batches of the journal that wait become one transaction, which moves the cursor from where
//! this projector left it. If it is not there, another one is alive, and this one stops. What an entry changes is a
//! list of statements that ask nothing of the tables, so that the same entries give the same rows.

mod case;
mod erasure;
mod kept;
mod person;
mod program;
mod report;
mod server;
mod told;
mod views;

use std::collections::HashMap;
use std::sync::Arc;

use countersign_core::ledger::Kind;
use countersign_core::record::Record;
use countersign_ledger::disk::Disk;
use countersign_ledger::gate::Rule;
use countersign_ledger::hash::Hash;
use countersign_ledger::journal::{Batch, Entry, Tail};
use countersign_ledger::leaf::{Leaf, NOBODY, Token};
use countersign_ledger::seal::{Part, SubjectKey};
use tokio::sync::watch;

pub(crate) use self::erasure::erased_in;
use crate::db::{Db, DbError, Val, int};
use crate::error::StoreError;
use crate::many::Many;
use crate::vault::Vault;

/// How far the rows follow the ledger, and why no further.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applied {
    pub(crate) seq: u64,
    pub(crate) stopped: Option<String>,
}

/// Where the rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) seq: u64,
    pub(crate) root: Hash,
}

/// What makes the rows.
#[derive(Debug)]
pub(crate) struct Projector {
    db: Db,
    vault: Arc<Vault>,
    /// None while it is being read from.
    tail: Option<Tail>,
    /// The batches whose rows are to be made next: they are kept where a database was away.
    pending: Vec<Batch>,
    seq: u64,
}

/// A statement and what it binds.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    sql: Sql,
    values: Vec<Val>,
}

/// What binds the values of a change.
#[derive(Clone, Copy, Debug)]
enum Sql {
    One(&'static str),
    /// A row of an insert, which may have those of the next changes too.
    Row(&'static Many),
}

/// An entry as it is turned into rows.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) leaf: &'a Leaf,
    /// Who did it.
    pub(crate) actor: Option<Token>,
    /// What it is sealed in.
    pub(crate) part: Option<&'a Part>,
    /// What it says, if its key is there.
    pub(crate) record: Option<Record>,
}

impl Cursor {
    /// Where the rows stand; a database without rows stands before the first entry.
    pub(crate) async fn read(db: &Db) -> Result<Self, StoreError> {
        let first = [Val::I(Some(0)), Val::from(&Hash::of_nothing().0)];
        db.exec(BEGIN, &first).await?;
        let row = db.one(WHERE, &[]).await?;
        let row = row.ok_or(DbError::Column("seq"))?;
        Ok(Self {
            seq: row.count("seq")?,
            root: Hash(row.array("root")?),
        })
    }
}

impl Projector {
    /// Goes on behind entry `seq`.
    pub(crate) fn open(
        db: Db,
        vault: Arc<Vault>,
        disk: Arc<dyn Disk>,
        seq: u64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            db,
            vault,
            tail: Some(Tail::open(disk, seq)?),
            pending: Vec::new(),
            seq,
        })
    }

    /// Makes the rows of all batches through an entry that is durable, and says how far it is
    /// after each.
    pub(crate) async fn through(
        &mut self,
        through: u64,
        mut done: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        while self.seq < through {
            let mut entries = entries_of(&self.pending);
            while entries < AT_ONCE && self.seq + entries < through {
                let Some(batch) = self.next(through).await? else {
                    break;
                };
                entries += batch.entries.len() as u64;
                self.pending.push(batch);
            }
            if self.pending.is_empty() {
                break;
            }
            self.apply(&self.pending).await?;
            self.seq += entries;
            self.pending.clear();
            done(self.seq);
        }
        Ok(())
    }

    /// Follows the ledger until it is closed.
    pub(crate) async fn follow(
        mut self,
        mut durable: watch::Receiver<u64>,
        applied: watch::Sender<Applied>,
    ) {
        loop {
            let through = *durable.borrow_and_update();
            let done = self.through(through, |seq| {
                applied.send_modify(|applied| applied.seq = seq);
            });
            match done.await {
                Ok(()) => {
                    if durable.changed().await.is_err() {
                        return;
                    }
                }
                Err(error) if is_away(&error) => {
                    // The next start makes the rows that are missing.
                    if durable.has_changed().is_err() {
                        return;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    applied.send_modify(|applied| applied.stopped = Some(error.to_string()));
                    return;
                }
            }
        }
    }

    /// The next batch, read where waiting for the disk holds up nobody.
    async fn next(&mut self, through: u64) -> Result<Option<Batch>, StoreError> {
        let lost = || StoreError::Unreadable("the journal's reader was lost");
        let mut tail = self.tail.take().ok_or_else(lost)?;
        let read = tokio::task::spawn_blocking(move || {
            let next = tail.next(through);
            (tail, next)
        });
        let (tail, next) = read.await.map_err(|_error| lost())?;
        self.tail = Some(tail);
        Ok(next?)
    }

    async fn apply(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let Some(last) = batches.last() else {
            return Ok(());
        };
        let entries = || batches.iter().flat_map(|batch| &batch.entries);
        let parts = entries().flat_map(|entry| &entry.parts);
        let subjects = parts
            .map(|part| part.subject)
            .filter(|name| *name != NOBODY);
        let keys = self.vault.keys_of(subjects).await?;
        let mut changes = Vec::new();
        for entry in entries() {
            changes.extend(changes_of(entry, &keys)?);
        }
        // Entries' own rows ask nothing and go in together.
        changes.sort_by_key(|change| !change.is_of(&ENTRY));
        let end = self.seq + entries_of(batches);
        let moved = [int(end)?, Val::from(&last.root.0), int(self.seq)?];
        let work: Arc<(Vec<Change>, [Val; 3])> = Arc::new((changes, moved));
        self.db
            .unit(|tx| {
                let work = Arc::clone(&work);
                Box::pin(async move {
                    let (changes, moved) = &*work;
                    if tx.exec(MOVE, moved).await? == 0 {
                        return Err(DbError::Moved);
                    }
                    for alike in changes.chunk_by(Change::is_row_beside) {
                        match alike[0].sql {
                            Sql::One(sql) => _ = tx.exec(sql, &alike[0].values).await?,
                            Sql::Row(many) => _ = tx.insert(many, alike).await?,
                        }
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }
}

impl Change {
    pub(crate) fn new(sql: &'static str, values: Vec<Val>) -> Self {
        let sql = Sql::One(sql);
        Self { sql, values }
    }

    /// A row that others of its kind may go into the table with.
    pub(crate) fn row(many: &'static Many, values: Vec<Val>) -> Self {
        let sql = Sql::Row(many);
        Self { sql, values }
    }

    fn is_of(&self, many: &'static Many) -> bool {
        matches!(self.sql, Sql::Row(own) if core::ptr::eq(own, many))
    }

    /// Whether the next change can be done with this one.
    fn is_row_beside(&self, next: &Self) -> bool {
        matches!(self.sql, Sql::Row(many) if next.is_of(many))
    }
}

impl AsRef<[Val]> for Change {
    fn as_ref(&self) -> &[Val] {
        &self.values
    }
}

fn entries_of(batches: &[Batch]) -> u64 {
    batches.iter().map(|batch| batch.entries.len() as u64).sum()
}

/// Takes all rows away that follow from the ledger.
pub(crate) async fn empty(db: &Db) -> Result<(), StoreError> {
    let first = [Val::I(Some(0)), Val::from(&Hash::of_nothing().0)];
    let mut tx = db.begin().await?;
    for table in EMPTY {
        tx.exec(table, &[]).await?;
    }
    tx.exec(BEGIN, &first).await?;
    tx.commit().await?;
    Ok(())
}

/// What an entry of the journal changes.
fn changes_of(entry: &Entry, keys: &HashMap<Token, SubjectKey>) -> Result<Vec<Change>, StoreError> {
    let unreadable = |_error| StoreError::Unreadable("a leaf of the journal");
    let leaf = Leaf::decode(&entry.leaf).map_err(unreadable)?;
    let actor = entry.rules.iter().find_map(|rule| match rule {
        Rule::By(actor) => Some(*actor),
        _ => None,
    });
    let part = entry.parts.first().filter(|part| part.subject != NOBODY);
    let record = part.and_then(|part| {
        let key = keys.get(&part.subject)?;
        let shown = key.open(&entry.id, 0, leaf.parts.first()?, part).ok()?;
        // A part that a later version wrote is a row without content, as one that is erased.
        Record::read(Kind::of(leaf.kind)?, &shown.payload).ok()?
    });
    let mut told = Told {
        leaf: &leaf,
        actor,
        part,
        record,
    };
    let changes = changes(&told).or_else(|_error| {
        // What a row can't keep was not taken by this program.
        told.record = None;
        self::changes(&told)
    });
    Ok(changes?)
}

/// What an entry changes.
pub(crate) fn changes(told: &Told<'_>) -> Result<Vec<Change>, DbError> {
    let leaf = told.leaf;
    let about = Some(leaf.subject).filter(|subject| *subject != NOBODY);
    let mut changes = vec![Change::row(
        &ENTRY,
        vec![
            int(leaf.seq)?,
            Val::from(u32::from(leaf.kind)),
            int(leaf.time())?,
            Val::B(about.map(|token| token.to_vec())),
            Val::B(told.actor.map(|token| token.to_vec())),
        ],
    )];
    let kind = Kind::of(leaf.kind);
    if kind == Some(Kind::Met) {
        // There may be as many as customers: the entry of their views stands for them.
        changes.clear();
    }
    match kind {
        Some(Kind::Start) => changes.push(server::start(told)?),
        Some(Kind::Person) => changes.push(person::person(told)?),
        Some(Kind::Grant) => changes.extend(person::grant(told)?),
        Some(Kind::Report) => changes.push(report::report(told)?),
        Some(Kind::Verified) => changes.push(report::verified(told)?),
        Some(Kind::Case) => changes.push(case::case(told)?),
        Some(Kind::CaseRun) => changes.push(case::run(told)?),
        Some(Kind::Met) => changes.extend(views::met(told)?),
        Some(
            Kind::Ask
            | Kind::Answer
            | Kind::Deal
            | Kind::Opened
            | Kind::Reply
            | Kind::OpeningKey
            | Kind::Note
            | Kind::File
            | Kind::Bundle,
        ) => changes.push(self::told::told(told)?),
        Some(Kind::Assigned) => changes.extend([told::told(told)?, case::assigned(told)]),
        Some(Kind::Program) => changes.push(program::program(told)?),
        Some(Kind::ProgramEnded) => changes.push(program::ended(told)?),
        Some(Kind::Table) => changes.push(kept::table(told)?),
        Some(Kind::TableTaken | Kind::TableRefused) => changes.push(kept::ended(told)?),
        Some(Kind::Erasure) => changes.extend(erasure::erasure(told)?),
        Some(
            Kind::Heads
            | Kind::Read
            | Kind::Opening
            | Kind::Settings
            | Kind::Run
            | Kind::Naming
            | Kind::Unsealing
            | Kind::Hold
            | Kind::Release
            | Kind::Views,
        )
        | None => {}
    }
    for value in changes.iter().flat_map(|change| &change.values) {
        value.check()?;
    }
    Ok(changes)
}

/// The values of the columns `nonce, sealed, commitment`, copied from the journal.
fn sealed(told: &Told<'_>) -> [Val; 3] {
    let commitment = told.leaf.parts.first();
    [
        Val::B(told.part.map(|part| part.nonce.to_vec())),
        Val::B(told.part.map(|part| part.sealed.clone())),
        Val::B(commitment.map(|hash| hash.0.to_vec())),
    ]
}

fn is_away(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else {
        return false;
    };
    error.downcast_ref().is_some_and(DbError::is_away)
}

/// Entries from which on no further batch goes into the same transaction.
const AT_ONCE: u64 = 300;
/// Between two attempts to reach a database that is away.
const PAUSE: core::time::Duration = core::time::Duration::from_secs(1);
const BEGIN: &str = "INSERT INTO cursor (name, seq, root) VALUES ('ledger', $1, $2) \
    ON CONFLICT (name) DO NOTHING";
const WHERE: &str = "SELECT seq, root FROM cursor WHERE name = 'ledger'";
const MOVE: &str = "UPDATE cursor SET seq = $1, root = $2 WHERE name = 'ledger' AND seq = $3";
static ENTRY: Many = Many {
    begin: "INSERT INTO entry (seq, kind, at, subject, actor) VALUES ",
    width: 5,
    end: "",
};
const EMPTY: &[&str] = &[
    "DELETE FROM cursor",
    "DELETE FROM entry",
    "DELETE FROM start",
    "DELETE FROM erasure",
    "DELETE FROM report",
    "DELETE FROM person",
    "DELETE FROM role",
    "DELETE FROM cases",
    "DELETE FROM run",
    "DELETE FROM told",
    "DELETE FROM program",
    "DELETE FROM met",
    "DELETE FROM handed_table",
];
