//! The store: events go in, rows come out, and the two are kept apart.
//!
//! What changes evidence is an event, which is durable in the ledger before anything follows from
//! it. There is no other way to a derived row from outside this crate.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_core::ledger::Kind;
use countersign_core::record::{Record, Start};
use countersign_ledger::disk::Disk;
use countersign_ledger::encoding::hex;
use countersign_ledger::gate::Rule;
use countersign_ledger::leaf::{Leaf, NOBODY, Token, event_id};
use countersign_ledger::log::{Append, Log};
use countersign_ledger::sequencer::{Caller, Sequencer};
use tokio::sync::{RwLock, watch};
use tokio::task::JoinHandle;

use crate::db::{Db, Val};
use crate::error::StoreError;
use crate::files;
use crate::keys::{Keys, Secret};
use crate::open::{Opened, Settings, blocking};
use crate::project::{self, Applied, Told};
use crate::purpose::Purpose;
use crate::vault::Vault;
use crate::views::Pending;

/// A folder that a server runs on.
#[derive(Debug)]
pub struct Store {
    pub(crate) settings: Settings,
    pub(crate) keys: Arc<Keys>,
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
    pub(crate) disk: Arc<dyn Disk>,
    sequencer: Sequencer,
    writer: Writer,
    pub(crate) signed: watch::Receiver<Signed>,
    projector: JoinHandle<()>,
    /// An erasure has it alone: nothing is sealed with a key that is being destroyed.
    sealing: Arc<RwLock<()>>,
    restored: bool,
    /// Views that are in no file yet.
    pub(crate) pending: Arc<Mutex<Pending>>,
    _lock: File,
}

/// What happened, to be put on record.
#[derive(Clone, Debug)]
pub struct Event {
    /// What the entry says.
    pub record: Record,
    /// Whom it is about: their key seals it.
    pub subject: Token,
    /// Who did it.
    pub by: Option<Token>,
    /// The rules under which it is taken, beside who did it.
    pub rules: Vec<Rule>,
}

/// The way of events into the ledger and into rows.
#[derive(Clone, Debug)]
struct Writer {
    caller: Caller,
    applied: watch::Receiver<Applied>,
}

/// How far the log is durable and signed.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) size: u64,
    pub(crate) checkpoint: Arc<str>,
}

impl Event {
    /// Something that nobody, or this person, did.
    #[must_use]
    pub fn new(record: Record, subject: Token, by: Option<Token>) -> Self {
        Self {
            record,
            subject,
            by,
            rules: Vec::new(),
        }
    }

    /// The same under these rules of the ledger.
    #[must_use]
    pub fn under(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }
}

impl Store {
    /// Opens a folder, or begins it. Keys, ledger, database and vault must agree; what the ledger
    /// has and the database lacks becomes rows; then the start goes on record.
    ///
    /// # Errors
    /// Another program has the folder, or two of its parts do not fit each other.
    pub async fn open(settings: Settings) -> Result<Self, StoreError> {
        let opened = Opened::open(&settings).await?;
        let projector = match opened.catch_up(&settings).await {
            Ok(projector) => projector,
            Err(error) => {
                opened.close().await;
                return Err(error);
            }
        };
        let Opened {
            lock,
            keys,
            disk,
            log,
            db,
            vault,
            ..
        } = opened;
        let size = log.size();
        let (tell_signed, signed) = watch::channel(Signed::of(&log));
        let (tell_durable, durable) = watch::channel(size);
        let (tell_applied, applied) = watch::channel(Applied {
            seq: size,
            stopped: None,
        });
        let clock = Arc::clone(&settings.clock);
        let sequencer = Sequencer::with_watch(
            log,
            move || clock(),
            move |log| {
                tell_signed.send_replace(Signed::of(log));
                tell_durable.send_replace(log.size());
            },
        );
        let caller = sequencer.caller();
        let caller = caller.ok_or(StoreError::Unreadable("the sequencer has ended"))?;
        let projector = tokio::spawn(projector.follow(durable, tell_applied));
        let mut store = Self {
            settings,
            keys,
            db,
            vault,
            disk,
            sequencer,
            writer: Writer { caller, applied },
            signed,
            projector,
            sealing: Arc::default(),
            restored: false,
            pending: Arc::default(),
            _lock: lock,
        };
        match store.start().await {
            Ok(restored) => store.restored = restored,
            Err(error) => {
                store.close().await;
                return Err(error);
            }
        }
        Ok(store)
    }

    /// Whether the database was put back from a copy, or begun anew beside a ledger that goes on:
    /// what acts outside must wait until a person has looked.
    #[must_use]
    pub fn was_restored(&self) -> bool {
        self.restored
    }

    /// Puts events on record that belong together; they are durable and their rows are made on
    /// return. Gives their places in the ledger.
    ///
    /// # Errors
    /// [`StoreError::BeingWritten`] if they are durable and their rows are not made within a
    /// second. Otherwise none of them is known to be on record.
    pub async fn append(&self, events: Vec<Event>) -> Result<Vec<u64>, StoreError> {
        let _sealing = self.sealing.read().await;
        self.check_names(&events).await?;
        let subjects: BTreeSet<Token> = events.iter().map(|event| event.subject).collect();
        if subjects.contains(&NOBODY) {
            return Err(StoreError::Unreadable("an event that is about nobody"));
        }
        let now = (self.settings.clock)();
        // What a row can't keep is refused before anything is made for it.
        let said = events.iter().map(|event| {
            check(event, now)?;
            written(&event.record)
        });
        let said: Vec<_> = said.collect::<Result<_, _>>()?;
        let keys = self.vault.make(subjects).await?;
        let views = events.iter().map(|event| match &event.record {
            Record::Views(views) => views.rows.len() as u64,
            _ => 0,
        });
        let views: u64 = views.sum();
        let mut appends = Vec::new();
        for (event, said) in events.into_iter().zip(said) {
            let id = event_id(now, self.chance()?);
            let kind = event.record.kind();
            let unsealed = |_error| StoreError::Unreadable("what an event says can't be sealed");
            let key = keys.get(&event.subject).ok_or(StoreError::Erased)?;
            let (part, commitment) = key.seal(&id, 0, &said).map_err(unsealed)?;
            let leaf = Leaf::new(id, kind.code(), Some(event.subject), vec![commitment]);
            let mut append = Append::new(leaf, vec![part]);
            append.rules = event
                .by
                .map(Rule::By)
                .into_iter()
                .chain(event.rules)
                .collect();
            appends.push(append);
        }
        let written = self.writer.commit(appends).await;
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.add(views, now);
        written
    }

    /// Makes what the entries about a subject say unreadable: the erasure goes on record, then the
    /// key is destroyed, and only then this returns. Backups of the key are unreadable when its
    /// epoch has turned.
    ///
    /// # Errors
    /// As [`Self::append`]; an erasure that is on record is done again at the next start.
    pub async fn erase(&self, subject: Token) -> Result<(), StoreError> {
        let id = event_id((self.settings.clock)(), self.chance()?);
        let leaf = Leaf::new(id, Kind::Erasure.code(), Some(subject), Vec::new());
        let (writer, vault) = (self.writer.clone(), Arc::clone(&self.vault));
        let folder = self.settings.folder.clone();
        let sealing = Arc::clone(&self.sealing);
        // To its end, also when who asked for it has gone.
        through(async move {
            let _alone = sealing.write_owned().await;
            let written = writer.commit(vec![Append::new(leaf, Vec::new())]).await;
            match written {
                // It is on record: the key goes, whatever becomes of the rows.
                Ok(_) | Err(StoreError::BeingWritten(_) | StoreError::Stopped(_)) => {
                    vault.forget(&[subject]).await?;
                    // Unreadable without the key already; gone besides.
                    files::remove(&folder, &[subject])?;
                }
                Err(_) => {}
            }
            written.map(drop)
        })
        .await
    }

    /// Wraps all subjects' keys anew and destroys the key that they were wrapped under: backups
    /// made before open nothing from then on.
    ///
    /// # Errors
    /// A turn that breaks off is ended at the next start.
    pub async fn turn_epoch(&self) -> Result<(), StoreError> {
        let (vault, now) = (Arc::clone(&self.vault), (self.settings.clock)());
        through(async move { vault.turn(now).await }).await
    }

    /// Whether the present epoch has lasted its 30 days.
    ///
    /// # Errors
    /// A key file that does not read.
    pub async fn is_epoch_over(&self) -> Result<bool, StoreError> {
        let began = self.vault.epoch_began().await?;
        Ok((self.settings.clock)().saturating_sub(began) >= EPOCH)
    }

    /// A key for one purpose of the server, always the same for this folder.
    #[must_use]
    pub fn secret(&self, purpose: &str) -> Secret {
        self.keys.secret(purpose)
    }

    /// Takes nothing more, makes the rows that are missing and the ledger's mark, and unlocks the
    /// folder.
    pub async fn close(self) {
        let Self {
            db,
            vault,
            sequencer,
            writer,
            projector,
            ..
        } = self;
        drop(writer);
        // It ends when those who were answered last are; a panic in it leaves no mark.
        let _ = tokio::task::spawn_blocking(move || drop(sequencer.close())).await;
        let _ = projector.await;
        db.close().await;
        vault.close().await;
    }

    /// Puts the start on record, and says whether the database is as the last start left it.
    ///
    /// The nonce is in the database before it is in the ledger, and the one before is kept until
    /// then: a start that breaks off is no copy put back.
    async fn start(&self) -> Result<bool, StoreError> {
        let restored = match self.db.one(LAST_START, &[]).await? {
            Some(last) => {
                let known = [Val::T(last.t("nonce")?)];
                self.db.one(KNOWN_START, &known).await?.is_none()
            }
            None => false,
        };
        let nonce = hex(&self.chance::<16>()?);
        self.db
            .exec(NEXT_START, &[Val::from(nonce.as_str())])
            .await?;
        let event = Event::new(
            Record::Start(Start {
                nonce: nonce.clone(),
                program: self.settings.program.clone(),
                demo: self.settings.purpose == Purpose::Demo,
            }),
            self.keys.server,
            None,
        );
        self.append(vec![event]).await?;
        self.db
            .exec(ENDED_STARTS, &[Val::from(nonce.as_str())])
            .await?;
        Ok(restored)
    }

    /// Refuses a report or a case whose token or reference another has. Who hands in two at once
    /// gets both on record; the later one has no row of its own, or no reference.
    async fn check_names(&self, events: &[Event]) -> Result<(), StoreError> {
        for event in events {
            let (sql, reference) = match &event.record {
                Record::Report(said) => (REPORT_NAMED, said.reference),
                Record::Case(said) => (CASE_NAMED, said.reference),
                _ => continue,
            };
            let values = [
                Val::from(&event.subject),
                Val::from(reference.plain().as_str()),
            ];
            if self.db.one(sql, &values).await?.is_some() {
                return Err(StoreError::Taken);
            }
        }
        Ok(())
    }

    /// Waits for the rows of so many entries.
    pub(crate) async fn rows_through(&self, size: u64) -> Result<(), StoreError> {
        match size.checked_sub(1) {
            Some(last) => self.writer.wait_for(last).await,
            None => Ok(()),
        }
    }

    /// Held while something is sealed: no key is destroyed meanwhile.
    pub(crate) fn sealing(&self) -> &RwLock<()> {
        &self.sealing
    }

    /// Random bytes.
    pub(crate) fn chance<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        (self.settings.chance)(&mut bytes).map_err(StoreError::Chance)?;
        Ok(bytes)
    }
}

/// Refuses an event whose rows a database could not keep.
fn check(event: &Event, now: u64) -> Result<(), StoreError> {
    let id = event_id(now, [0; 10]);
    let leaf = Leaf::new(
        id,
        event.record.kind().code(),
        Some(event.subject),
        Vec::new(),
    );
    let told = Told {
        leaf: &leaf,
        actor: event.by,
        part: None,
        record: Some(event.record.clone()),
    };
    project::changes(&told)?;
    Ok(())
}

/// The record as bytes that read as the same record: JSON has no word for some numbers.
fn written(record: &Record) -> Result<Vec<u8>, StoreError> {
    let said = record.write().ok();
    let read = said
        .as_ref()
        .and_then(|said| Record::read(record.kind(), said).ok()?);
    said.filter(|_| read.as_ref() == Some(record))
        .ok_or(StoreError::Unreadable(
            "a record that does not read as it is written",
        ))
}

impl Writer {
    /// Hands events to the ledger and waits for their rows.
    async fn commit(&self, appends: Vec<Append>) -> Result<Vec<u64>, StoreError> {
        let caller = self.caller.clone();
        let places = blocking(move || Ok(caller.append(appends)?)).await?;
        if let Some(last) = places.iter().max() {
            self.wait_for(*last).await?;
        }
        Ok(places)
    }

    async fn wait_for(&self, seq: u64) -> Result<(), StoreError> {
        let mut applied = self.applied.clone();
        let there = applied.wait_for(|applied| applied.seq > seq || applied.stopped.is_some());
        let Ok(there) = tokio::time::timeout(PATIENCE, there).await else {
            return Err(StoreError::BeingWritten(seq));
        };
        match there.as_deref() {
            Ok(Applied { seq: through, .. }) if *through > seq => Ok(()),
            Ok(Applied {
                stopped: Some(cause),
                ..
            }) => Err(StoreError::Stopped(cause.clone())),
            _ => Err(StoreError::Stopped("its task has ended".to_owned())),
        }
    }
}

/// Does something to its end, whether or not its caller waits for it.
async fn through<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let lost = |_error| StoreError::Unreadable("a task was lost");
    tokio::spawn(work).await.map_err(lost)?
}

impl Signed {
    fn of(log: &Log) -> Self {
        Self {
            size: log.size(),
            checkpoint: log.checkpoint().to_string().into(),
        }
    }
}

/// How long a caller waits for rows.
const PATIENCE: Duration = Duration::from_secs(1);
/// Milliseconds of an epoch of the vault: 30 days.
const EPOCH: u64 = 30 * 24 * 60 * 60 * 1000;
const LAST_START: &str = "SELECT nonce FROM start ORDER BY seq DESC LIMIT 1";
const KNOWN_START: &str = "SELECT nonce FROM started WHERE nonce = $1";
const NEXT_START: &str = "INSERT INTO started (nonce) VALUES ($1)";
const ENDED_STARTS: &str = "DELETE FROM started WHERE nonce <> $1";
// Two questions by index: of one with OR a fresh PostgreSQL, which knows no sizes yet, reads the whole
// table, and goes on doing so as it grows.
const REPORT_NAMED: &str = "SELECT seq FROM report WHERE token = $1 \
    UNION ALL SELECT seq FROM report WHERE reference = $2 LIMIT 1";
const CASE_NAMED: &str = "SELECT opened_seq FROM cases WHERE token = $1 \
    UNION ALL SELECT opened_seq FROM cases WHERE reference = $2 LIMIT 1";
