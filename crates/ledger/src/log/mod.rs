//! The log: journal, tree, and what was signed, kept in step.
//!
//! A batch is hashed, written and synced; only then is its root signed and the caller answered.
//! A signature made earlier could sign what a crash cuts off, and the next start would sign
//! another root of that size.

mod append;
mod state;

use std::io;
use std::sync::Arc;

use thiserror::Error;

use self::state::State;
use crate::checkpoint::Checkpoint;
use crate::disk::{self, Disk};
use crate::gate::Rule;
use crate::hash::Hash;
use crate::heads::{self, Head, HeadsRoot, Place};
use crate::journal::{AppendError, Entry, FileJournal, Journal as _, JournalError, Position};
use crate::leaf::{EventId, Leaf, NOBODY, Token};
use crate::mark::{Marked, Marking};
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
    /// The rules under which it is taken.
    pub rules: Vec<Rule>,
}

impl Append {
    /// The entry that says what all subjects' heads are; its parts are no sealed ones.
    #[must_use]
    pub fn of_heads(heads: &HeadsRoot, id: EventId) -> Self {
        let leaf = heads.leaf(id);
        let nothing = Part {
            subject: NOBODY,
            nonce: [0; 12],
            sealed: Vec::new(),
        };
        let parts = vec![nothing; leaf.parts.len()];
        Self::new(leaf, parts)
    }

    /// An event under no rules.
    #[must_use]
    pub fn new(leaf: Leaf, parts: Vec<Part>) -> Self {
        Self {
            leaf,
            parts,
            rules: Vec::new(),
        }
    }
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
    /// Entries from one mark to the next, so that a start reads no more of the journal than that;
    /// none: a start reads all of it.
    pub marks: Option<u64>,
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
    /// Entries at the last mark that was begun, and whether it is being made.
    marked: u64,
    marking: bool,
    /// Why no more marks are made.
    unmarkable: Option<String>,
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

    /// Opens the log as [`Self::open`] does, and shows each entry of the journal that is read, in
    /// order: all of them, or those behind the last mark.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        disk: Arc<dyn Disk>,
        signer: Signer,
        settings: Settings,
        mut visit: impl FnMut(&Entry),
    ) -> Result<Self, OpenError> {
        let marked = match settings.marks {
            Some(_) => State::marked(&disk)?,
            None => None,
        };
        let fresh = || {
            Ok((
                State::default(),
                Served::open(&disk, 0)?,
                Position::default(),
            ))
        };
        let (mut state, mut served, from) = marked.map_or_else(fresh, Ok::<_, io::Error>)?;
        let mut failed = Ok(());
        let journal = FileJournal::open(
            Arc::clone(&disk),
            settings.segment_length,
            from,
            |batch, _| {
                let before = state.edge.size();
                let mut fresh = Fresh::default();
                for (seq, entry) in (before..).zip(&batch.entries) {
                    let leaf = Leaf::decode(&entry.leaf).ok();
                    let leaf = leaf.filter(|leaf| leaf.seq == seq && leaf.id == entry.id);
                    let leaf = leaf.ok_or("a leaf that does not stand where it says")?;
                    let fits = state.fits(&leaf).unwrap_or_else(|error| {
                        failed = Err(error);
                        false
                    });
                    if !fits {
                        return Err("a leaf that does not continue its subject's last one");
                    }
                    let hash = served.add(&mut fresh, &mut state.edge, &entry.leaf);
                    state.gate.take(&leaf, &entry.rules, &mut Vec::new());
                    state.take(&leaf, hash);
                    visit(entry);
                }
                if state.edge.root() != batch.root {
                    return Err("a root that does not stand over its leaves");
                }
                if failed.is_ok() {
                    failed = served.write(&fresh, before);
                }
                Ok(())
            },
        );
        failed?;
        let mut journal = journal?;
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
            marked: from.seq,
            marking: false,
            unmarkable: None,
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
    ///
    /// # Errors
    /// What the disk says.
    pub fn head(&self, subject: &Token) -> io::Result<Head> {
        self.state.heads.get(subject)
    }

    /// Of all subjects at once, and the place of one among them or, if it has none, those of its
    /// neighbours. Reads every head twice.
    ///
    /// # Errors
    /// What the disk says.
    pub fn heads(&self, subject: &Token) -> io::Result<(HeadsRoot, Vec<Place>)> {
        let (count, root, places) = heads::places(&self.state.heads, subject)?;
        let through = self.state.edge.size();
        Ok((
            HeadsRoot {
                through,
                count,
                root,
            },
            places,
        ))
    }

    /// Whether so many entries came since the last mark that the next is due.
    #[must_use]
    pub fn is_mark_due(&self) -> bool {
        let every = self.settings.marks;
        every.is_some_and(|every| self.signed.saturating_sub(self.marked) >= every)
    }

    /// Begins a mark, which may be made beside the log's work; none while one is being made, or
    /// where none can be. `now` is milliseconds since 1970.
    pub fn begin_mark(&mut self, now: u64) -> Option<Marking> {
        let able = self.behind.is_none() && self.stopped.is_none() && self.unmarkable.is_none();
        let at = self.journal.position();
        // A segment that was made and found no room for its first batch is made anew by a start,
        // which can't go on from a place in it.
        let unbegun = at.offset == 0 && at.seq > 0;
        if self.marking || !able || unbegun || self.settings.marks.is_none() {
            return None;
        }
        self.state.forget(self.times(now));
        let (table, changed) = self.state.heads.leave();
        self.marking = true;
        self.marked = self.signed;
        let mut known: Vec<_> = self
            .state
            .known
            .iter()
            .map(|(id, seq)| (*id, *seq))
            .collect();
        known.sort_by_key(|(_, seq)| *seq);
        Some(Marking {
            disk: Arc::clone(&self.disk),
            at,
            root: self.state.edge.root(),
            table,
            changed,
            known,
            gate: self.state.gate.clone(),
        })
    }

    /// Goes on with a mark that was made, or without it: what failed is tried again with the next,
    /// unless nobody knows what the disk kept.
    ///
    /// # Errors
    /// Why it was not made. The log itself is as it was.
    pub fn end_mark(&mut self, marked: Marked) -> io::Result<()> {
        self.marking = false;
        match marked.0 {
            Ok(table) => self.state.heads.left(table),
            Err(error) => {
                self.state.heads.stay();
                if error.kind() != io::ErrorKind::StorageFull {
                    self.unmarkable = Some(error.to_string());
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Makes a mark at once, if one can be.
    ///
    /// # Errors
    /// As [`Self::end_mark`].
    pub fn mark(&mut self, now: u64) -> io::Result<()> {
        let Some(marking) = self.begin_mark(now) else {
            return Ok(());
        };
        self.end_mark(marking.run())
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

    fn publish(&self) -> io::Result<()> {
        let note = self.note.to_string();
        disk::replace(self.disk.as_ref(), CHECKPOINT, note.as_bytes(), false)
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

/// The file of the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
