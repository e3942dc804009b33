//! The log: journal, tree, and what was signed, kept in step.
//!
//! A batch is hashed, written and synced; only then is its root signed and the caller answered.
//! A signature made earlier could sign what a crash cuts off, and the next start would sign
//! another root of that size.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io;
use std::sync::Arc;

use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::disk::{self, Disk};
use crate::hash::Hash;
use crate::journal::{AppendError, Batch, Entry, FileJournal, Journal, JournalError, Position};
use crate::leaf::{EventId, Leaf, MOST_PARTS, NOBODY, Token, time_of};
use crate::note::{Note, NoteError, Signer};
use crate::proof::Proof;
use crate::seal::Part;
use crate::served::{Fresh, Served};
use crate::tree::{self, Edge};

/// An event that is to go into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The leaf without what the log fills.
    pub leaf: Leaf,
    /// The parts that the leaf commits to, in its order.
    pub parts: Vec<Part>,
}

/// Why events were not taken. They may be handed in again, and go in once: what failed behind the
/// journal may have left them in the log.
#[derive(Debug, Error)]
pub enum Refused {
    /// The caller's mistake, in words.
    #[error("{0}")]
    Bad(&'static str),
    /// The disk.
    #[error(transparent)]
    Journal(#[from] AppendError),
    /// The log takes nothing more; it reads all anew at its next start.
    #[error("the log stopped: {0}")]
    Stopped(String),
}

/// A log that can't be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The journal is damaged or can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What the disk says.
    #[error("opening the log: {0}")]
    Io(#[from] io::Error),
    /// A checkpoint says that the log was longer, or another: this one was cut or put back.
    #[error(
        "{who} knows the log with {signed} entries and the root {root:?}, which this folder's log \
         of {size} entries does not have: it was cut, changed or put back from a copy"
    )]
    Behind {
        /// Who knows it.
        who: String,
        /// The size that was signed.
        signed: u64,
        /// The root that was signed.
        root: Hash,
        /// The size of this log.
        size: u64,
    },
    /// A checkpoint that does not read.
    #[error("{who}: {error}")]
    Checkpoint {
        /// Whose.
        who: String,
        /// What is wrong.
        error: NoteError,
    },
}

/// What a log is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Bytes of a segment of the journal, zeros at first.
    pub segment_length: u64,
    /// Milliseconds for which a name of an event is remembered, so that it goes in once.
    pub remembered: u64,
}

/// An open log, with one writer.
#[derive(Debug)]
pub struct Log {
    disk: Arc<dyn Disk>,
    signer: Signer,
    settings: Settings,
    journal: FileJournal,
    served: Served,
    state: State,
    note: Note,
    /// Entries under `note`: fewer than the journal's while what is served is behind.
    signed: u64,
    /// What the journal has and what is served lacks: the disk was full, and the size before.
    behind: Option<(Fresh, u64)>,
    stopped: Option<String>,
}

/// What the next batch continues.
#[derive(Clone, Debug, Default)]
struct State {
    edge: Edge,
    digest: Hash,
    /// Number and hash of the last leaf of each subject.
    heads: HashMap<Token, (u32, Hash)>,
    /// Where events of the last days stand.
    known: HashMap<EventId, u64>,
}

impl Log {
    /// Opens the log of a folder, or begins one; what is made from the journal is made again.
    ///
    /// # Errors
    /// A journal that is damaged, or shorter than what this log has signed.
    pub fn open(
        disk: Arc<dyn Disk>,
        signer: Signer,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        Self::open_with(disk, signer, settings, |_| {})
    }

    /// Opens the log as [`Self::open`] does, and shows each entry that is in it, in order.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        disk: Arc<dyn Disk>,
        signer: Signer,
        settings: Settings,
        mut visit: impl FnMut(&Entry),
    ) -> Result<Self, OpenError> {
        let mut served = Served::open(&disk, 0)?;
        let mut state = State::default();
        let mut failed = Ok(());
        let mut journal = FileJournal::open(
            Arc::clone(&disk),
            settings.segment_length,
            Position::default(),
            |batch, position| {
                let before = state.edge.size();
                let mut fresh = Fresh::default();
                for (seq, entry) in (before..).zip(&batch.entries) {
                    let leaf = Leaf::decode(&entry.leaf).ok();
                    let leaf = leaf.filter(|leaf| leaf.seq == seq && leaf.id == entry.id);
                    let leaf = leaf.ok_or("a leaf that does not stand where it says")?;
                    if !state.fits(&leaf) {
                        return Err("a leaf that does not continue its subject's last one");
                    }
                    let hash = served.add(&mut fresh, &mut state.edge, &entry.leaf);
                    state.take(&leaf, hash);
                    visit(entry);
                }
                if state.edge.root() != batch.root {
                    return Err("a root that does not stand over its leaves");
                }
                state.digest = position.digest;
                if failed.is_ok() {
                    failed = served.write(&fresh, before);
                }
                Ok(())
            },
        )?;
        failed?;
        let size = state.edge.size();
        if let Some(signed) = disk::read(disk.as_ref(), CHECKPOINT)? {
            let own = "its own checkpoint";
            match held(&served, size, &signer, &signed, own) {
                // The file is not synced: after a power cut it may be empty or torn.
                Err(OpenError::Checkpoint {
                    error: NoteError::Form(_),
                    ..
                }) => {}
                held => _ = held?,
            }
        }
        // Not before the check: what was answered and then changed is left as it is found.
        journal.mend()?;
        let note = sign(&signer, &state.edge).map_err(|error| OpenError::Checkpoint {
            who: "the log's key".to_owned(),
            error,
        })?;
        let log = Self {
            disk,
            signer,
            settings,
            journal,
            served,
            state,
            note,
            signed: size,
            behind: None,
            stopped: None,
        };
        log.publish()?;
        Ok(log)
    }

    /// Checks that this log continues one that it signed before, kept in another place.
    ///
    /// # Errors
    /// A checkpoint by another key, or one that this log does not continue.
    pub fn holds(&self, note: &[u8], who: &str) -> Result<Checkpoint, OpenError> {
        held(&self.served, self.signed, &self.signer, note, who)
    }

    /// Entries under the signed checkpoint.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.signed
    }

    /// The signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &Note {
        &self.note
    }

    /// The key that others check with.
    #[must_use]
    pub fn verifier(&self) -> crate::note::Verifier {
        self.signer.verifier()
    }

    /// The log's own key, which also signs what is handed out of it.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// What is served.
    #[must_use]
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// The number and the hash of a subject's last leaf; zero and none before its first.
    #[must_use]
    pub fn head(&self, subject: &Token) -> (u32, Hash) {
        let head = self.state.heads.get(subject);
        head.copied().unwrap_or((0, Hash::NONE))
    }

    /// The proof that an entry is in the log, under the present checkpoint.
    ///
    /// # Errors
    /// What the disk says.
    pub fn prove(&self, index: u64) -> io::Result<Proof> {
        Ok(Proof {
            index,
            path: tree::inclusion(&self.served, index, self.size())?,
            checkpoint: self.note.to_string(),
        })
    }

    /// Appends the events of several callers as one batch; each caller's go in together or not at
    /// all. Gives the places of each caller's events; an event that is known keeps its place.
    ///
    /// `now` is milliseconds since 1970. An event whose name is older than half of what is
    /// remembered is refused: whether it went in before can't be told for sure.
    pub fn append(&mut self, callers: &[Vec<Append>], now: u64) -> Vec<Result<Vec<u64>, Refused>> {
        if let Err(cause) = self.catch_up() {
            return callers.iter().map(|_| Err(again(&cause))).collect();
        }
        let mut answers = Vec::new();
        let mut next = self.state.ahead();
        let mut entries = Vec::new();
        let mut fresh = Fresh::default();
        for events in callers {
            answers.push(self.admit(events, now).map(|()| {
                let place = |event| self.place(event, &mut next, &mut fresh, &mut entries);
                events.iter().map(place).collect()
            }));
        }
        if entries.is_empty() {
            return answers;
        }
        let batch = Batch {
            first_seq: self.state.edge.size(),
            epoch: 0,
            before: self.state.digest,
            entries,
            root: next.edge.root(),
        };
        match self.commit(&batch, next, fresh, now) {
            Ok(()) => answers,
            Err(cause) => answers
                .into_iter()
                .map(|answer| answer.and_then(|_| Err(again(&cause))))
                .collect(),
        }
    }

    fn commit(
        &mut self,
        batch: &Batch,
        next: Ahead,
        fresh: Fresh,
        now: u64,
    ) -> Result<(), Refused> {
        let (bytes, digest) = batch.encode();
        self.journal.append(batch.first_seq, &bytes)?;
        // From here on the events are in the log, whatever else fails: the caller may ask again.
        self.state.edge = next.edge;
        self.state.digest = digest;
        self.state.heads.extend(next.heads);
        self.state.known.extend(next.known);
        if self.state.known.len() >= FORGETS_FROM {
            let oldest = now.saturating_sub(self.settings.remembered);
            self.state.known.retain(|id, _| time_of(id) >= oldest);
        }
        self.behind = Some((fresh, batch.first_seq));
        self.catch_up()
    }

    /// Brings what is served up to the journal, and signs it.
    fn catch_up(&mut self) -> Result<(), Refused> {
        if let Some(cause) = &self.stopped {
            return Err(Refused::Stopped(cause.clone()));
        }
        let Some((fresh, before)) = &self.behind else {
            return Ok(());
        };
        let written = self.served.write(fresh, *before);
        written.map_err(AppendError::Full)?;
        self.note = sign(&self.signer, &self.state.edge).map_err(|error| {
            self.stopped = Some(error.to_string());
            Refused::Stopped(error.to_string())
        })?;
        self.behind = None;
        self.signed = self.state.edge.size();
        // The next start signs the same note again, so this file may be late.
        let _ = self.publish();
        Ok(())
    }

    fn publish(&self) -> io::Result<()> {
        let note = self.note.to_string();
        disk::replace(self.disk.as_ref(), CHECKPOINT, note.as_bytes(), false)
    }

    fn admit(&self, events: &[Append], now: u64) -> Result<(), Refused> {
        for event in events {
            let time = event.leaf.time();
            if time.saturating_add(self.settings.remembered / 2) < now
                && !self.state.known.contains_key(&event.leaf.id)
            {
                return Err(Refused::Bad("the event's name is too old to be taken once"));
            }
            if time > now.saturating_add(self.settings.remembered / 2) {
                return Err(Refused::Bad("the event's name is of the future"));
            }
            if event.parts.len() != event.leaf.parts.len() || event.parts.len() > MOST_PARTS {
                return Err(Refused::Bad("the leaf does not commit to these parts"));
            }
            if event
                .parts
                .iter()
                .any(|part| part.sealed.len() > LONGEST_PART)
            {
                return Err(Refused::Bad("a part is longer than 16 MiB"));
            }
        }
        let bytes = |event: &Append| {
            event
                .parts
                .iter()
                .map(|part| part.sealed.len())
                .sum::<usize>()
        };
        if events.len() > MOST_EVENTS || events.iter().map(bytes).sum::<usize>() > LONGEST_CALL {
            return Err(Refused::Bad("more than 65,536 events or 64 MiB at once"));
        }
        Ok(())
    }

    /// Gives an event its place, or the one that it has.
    fn place(
        &self,
        event: &Append,
        next: &mut Ahead,
        fresh: &mut Fresh,
        entries: &mut Vec<Entry>,
    ) -> u64 {
        let id = event.leaf.id;
        if let Some(seq) = self.state.known.get(&id).or_else(|| next.known.get(&id)) {
            return *seq;
        }
        let seq = next.edge.size();
        let mut leaf = event.leaf.clone();
        leaf.seq = seq;
        (leaf.number, leaf.before) = (0, Hash::NONE);
        if leaf.subject != NOBODY {
            let known = match next.heads.entry(leaf.subject) {
                Slot::Occupied(known) => *known.get(),
                Slot::Vacant(_) => self.head(&leaf.subject),
            };
            (leaf.number, leaf.before) = (known.0 + 1, known.1);
        }
        let bytes = leaf.encode();
        let hash = self.served.add(fresh, &mut next.edge, &bytes);
        if leaf.subject != NOBODY {
            next.heads.insert(leaf.subject, (leaf.number, hash));
        }
        next.known.insert(id, seq);
        entries.push(Entry {
            id,
            leaf: bytes,
            parts: event.parts.clone(),
        });
        seq
    }
}

/// The state after a batch that is not yet durable.
#[derive(Debug)]
struct Ahead {
    edge: Edge,
    heads: HashMap<Token, (u32, Hash)>,
    known: HashMap<EventId, u64>,
}

impl State {
    fn ahead(&self) -> Ahead {
        Ahead {
            edge: self.edge.clone(),
            heads: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// Whether a leaf of the journal continues its subject's last one.
    fn fits(&self, leaf: &Leaf) -> bool {
        if leaf.subject == NOBODY {
            return true;
        }
        let (number, before) = self.heads.get(&leaf.subject).copied().unwrap_or_default();
        leaf.number == number.saturating_add(1) && leaf.before == before
    }

    fn take(&mut self, leaf: &Leaf, hash: Hash) {
        if leaf.subject != NOBODY {
            self.heads.insert(leaf.subject, (leaf.number, hash));
        }
        self.known.insert(leaf.id, leaf.seq);
    }
}

/// Checks that what is served continues a checkpoint that this key signed.
fn held(
    served: &Served,
    size: u64,
    signer: &Signer,
    note: &[u8],
    who: &str,
) -> Result<Checkpoint, OpenError> {
    let opened = Checkpoint::open(note, &signer.verifier());
    let (signed, _) = opened.map_err(|error| OpenError::Checkpoint {
        who: who.to_owned(),
        error,
    })?;
    if signed.size <= size && tree::root_of(served, 0, signed.size)? == signed.root {
        return Ok(signed);
    }
    Err(OpenError::Behind {
        who: who.to_owned(),
        signed: signed.size,
        root: signed.root,
        size,
    })
}

fn sign(signer: &Signer, edge: &Edge) -> Result<Note, NoteError> {
    let checkpoint = Checkpoint {
        origin: signer.verifier().name().to_owned(),
        size: edge.size(),
        root: edge.root(),
    };
    checkpoint.sign(signer)
}

/// The same answer for each caller of a batch.
fn again(cause: &Refused) -> Refused {
    match cause {
        Refused::Bad(what) => Refused::Bad(what),
        Refused::Journal(AppendError::Taken) => Refused::Journal(AppendError::Taken),
        Refused::Journal(AppendError::Full(error)) => {
            let error = io::Error::new(error.kind(), error.to_string());
            Refused::Journal(AppendError::Full(error))
        }
        Refused::Journal(AppendError::Broken(cause)) => {
            Refused::Journal(AppendError::Broken(cause.clone()))
        }
        Refused::Stopped(cause) => Refused::Stopped(cause.clone()),
    }
}

/// The file of the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
const LONGEST_PART: usize = 16 << 20;
/// What one caller may hand in at once: the length of a batch is a number of 32 bits.
const LONGEST_CALL: usize = 64 << 20;
const MOST_EVENTS: usize = 1 << 16;
/// Names of events are looked through for old ones from this many on.
const FORGETS_FROM: usize = 1 << 20;
