//! The journal: batches of entries, one after the other, the only truth of the log.
//!
//! A batch is one write and one sync. It names the batch before it by digest and ends with its
//! own, so that what a crash cut off is told from what was changed. Layout: `docs/spec/ledger.md`.

mod file;
mod read;
mod tail;

use std::io;
use std::ops::Range;

use thiserror::Error;

pub use self::file::FileJournal;
pub use self::tail::Tail;
use crate::disk::Disk;
use crate::gate::Rule;
use crate::hash::Hash;
use crate::leaf::{EventId, take};
use crate::seal::Part;

/// One entry as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the event, also where the leaf's own encoding is not known.
    pub id: EventId,
    /// Bytes of the leaf.
    pub leaf: Vec<u8>,
    /// Sealed parts.
    pub parts: Vec<Part>,
    /// The rules under which it was taken.
    pub rules: Vec<Rule>,
}

/// Entries that became durable together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Place of the first entry in the log.
    pub first_seq: u64,
    /// Which reign of a sequencer wrote it.
    pub epoch: u64,
    /// Digest of the batch before.
    pub before: Hash,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Root of the tree with them.
    pub root: Hash,
}

/// A batch as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    first_seq: u64,
    count: u32,
    bytes: Vec<u8>,
    digest: Hash,
}

/// Where the journal stands after a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of the segment.
    pub segment: u32,
    /// Offset behind the batch.
    pub offset: u64,
    /// Entries up to here.
    pub seq: u64,
    /// Digest of the batch.
    pub digest: Hash,
}

/// Why a batch was not appended.
#[derive(Debug, Error)]
pub enum AppendError {
    /// Another sequencer has this place: this one must stop.
    #[error("another sequencer writes to this journal")]
    Taken,
    /// The disk is full, and the next attempt may succeed.
    #[error("the log can't be written to: {0}")]
    Full(#[source] io::Error),
    /// Nobody knows what is durable: the log must be read anew by another process.
    #[error("the journal stopped, since the disk did not keep what was written: {0}")]
    Broken(String),
}

/// Where batches go: put if absent at their first entry's place.
pub trait Journal: Send {
    /// Appends a batch; it is durable on return.
    ///
    /// # Errors
    /// The batch is not in the journal, or, for [`AppendError::Broken`], may be.
    fn append(&mut self, batch: &Encoded) -> Result<(), AppendError>;

    /// Where the journal stands.
    fn position(&self) -> Position;
}

/// A journal that can't be read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// What the disk says.
    #[error("reading the journal: {0}")]
    Io(#[from] io::Error),
    /// Something in its middle was changed: not what a crash leaves.
    #[error("segment {segment} of the journal is damaged at byte {offset}: {what}")]
    Damaged {
        /// Number of the segment.
        segment: u32,
        /// Offset of the batch.
        offset: u64,
        /// What does not fit.
        what: &'static str,
    },
}

/// A batch that does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a batch: {0}")]
pub struct BatchError(&'static str);

impl Batch {
    /// The batch as it is written.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        let mut draft = Draft::new(self.first_seq, self.epoch, self.before);
        for entry in &self.entries {
            draft.add(&entry.id, &entry.leaf, &entry.parts, &entry.rules);
        }
        draft.finish(&self.root)
    }

    /// Reads a batch from exactly these bytes, and its digest.
    ///
    /// # Errors
    /// What does not fit.
    pub fn decode(bytes: &[u8]) -> Result<(Self, Hash), BatchError> {
        const SHORT: BatchError = BatchError("it is cut off");
        let (covered, digest) = bytes.split_last_chunk::<32>().ok_or(SHORT)?;
        let mut rest = covered;
        if take::<4>(&mut rest).ok_or(SHORT)? != MAGIC {
            return Err(BatchError("it does not begin with CSJ1"));
        }
        let length = u32::from_be_bytes(*take(&mut rest).ok_or(SHORT)?);
        if bytes.len() - HEAD != length as usize {
            return Err(BatchError("its length does not fit"));
        }
        let digest = Hash(*digest);
        if Hash::of_bytes(covered) != digest {
            return Err(BatchError("its digest does not fit"));
        }
        let first_seq = u64::from_be_bytes(*take(&mut rest).ok_or(SHORT)?);
        let count = u32::from_be_bytes(*take(&mut rest).ok_or(SHORT)?);
        let epoch = u64::from_be_bytes(*take(&mut rest).ok_or(SHORT)?);
        let before = Hash(*take(&mut rest).ok_or(SHORT)?);
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(Entry::decode(&mut rest).ok_or(SHORT)?);
        }
        let root = Hash(*take(&mut rest).ok_or(SHORT)?);
        if !rest.is_empty() {
            return Err(BatchError("something behind its end"));
        }
        let batch = Self {
            first_seq,
            epoch,
            before,
            entries,
            root,
        };
        Ok((batch, digest))
    }
}

/// A batch that is being written: entries go into its bytes at once, without a copy between.
#[derive(Debug)]
pub(crate) struct Draft {
    first_seq: u64,
    bytes: Vec<u8>,
    /// Where each entry's leaf stands in `bytes`.
    leaves: Vec<Range<usize>>,
}

impl Draft {
    pub(crate) fn new(first_seq: u64, epoch: u64, before: Hash) -> Self {
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(MAGIC);
        // Length and number of entries are known at the end.
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&first_seq.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes.extend_from_slice(&before.0);
        Self {
            first_seq,
            bytes,
            leaves: Vec::new(),
        }
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, id: &EventId, leaf: &[u8], parts: &[Part], rules: &[Rule]) {
        let bytes = &mut self.bytes;
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(&u16::try_from(leaf.len()).unwrap_or(u16::MAX).to_be_bytes());
        let begin = bytes.len();
        bytes.extend_from_slice(leaf);
        self.leaves.push(begin..bytes.len());
        bytes.push(u8::try_from(parts.len()).unwrap_or(u8::MAX));
        for part in parts {
            bytes.extend_from_slice(&part.subject);
            bytes.extend_from_slice(&part.nonce);
            bytes.extend_from_slice(&length32(part.sealed.len()));
            bytes.extend_from_slice(&part.sealed);
        }
        bytes.push(u8::try_from(rules.len()).unwrap_or(u8::MAX));
        for rule in rules {
            rule.encode(bytes);
        }
    }

    /// Place of the first entry in the log.
    pub(crate) fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// The leaf of an entry of this batch.
    pub(crate) fn leaf(&self, seq: u64) -> Option<&[u8]> {
        let at = usize::try_from(seq.checked_sub(self.first_seq)?).ok()?;
        self.bytes.get(self.leaves.get(at)?.clone())
    }

    /// The batch, whose entries give the tree this root.
    pub(crate) fn finish(mut self, root: &Hash) -> Encoded {
        self.bytes.extend_from_slice(&root.0);
        let length = length32(self.bytes.len() + Hash::SIZE - HEAD);
        self.bytes[HEAD - 4..HEAD].copy_from_slice(&length);
        let count = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
        self.bytes[COUNT..COUNT + 4].copy_from_slice(&count.to_be_bytes());
        let digest = Hash::of_bytes(&self.bytes);
        self.bytes.extend_from_slice(&digest.0);
        Encoded {
            first_seq: self.first_seq,
            count,
            bytes: self.bytes,
            digest,
        }
    }
}

impl Encoded {
    /// Place of its first entry in the log.
    #[must_use]
    pub fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// Its entries.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the next batch names it by.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.digest
    }
}

impl Entry {
    fn decode(rest: &mut &[u8]) -> Option<Self> {
        let id = *take(rest)?;
        let length = usize::from(u16::from_be_bytes(*take(rest)?));
        let leaf = take_some(rest, length)?.to_vec();
        let [count] = *take(rest)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            let subject = *take(rest)?;
            let nonce = *take(rest)?;
            let length = u32::from_be_bytes(*take(rest)?) as usize;
            let sealed = take_some(rest, length)?.to_vec();
            parts.push(Part {
                subject,
                nonce,
                sealed,
            });
        }
        let [count] = *take(rest)?;
        let rules = (0..count).map(|_| Rule::decode(rest));
        Some(Self {
            id,
            leaf,
            parts,
            rules: rules.collect::<Option<_>>()?,
        })
    }
}

fn take_some<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(first)
}

fn length32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn name(segment: u32) -> String {
    format!("{FOLDER}/{segment:06}")
}

/// The segments that are there, in order.
fn segments(disk: &dyn Disk) -> io::Result<Vec<u32>> {
    let number = |name: &String| (name.len() == 6).then(|| name.parse().ok())?;
    let mut segments: Vec<u32> = disk.list(FOLDER)?.iter().filter_map(number).collect();
    segments.sort_unstable();
    Ok(segments)
}

/// The folder of the segments.
pub const FOLDER: &str = "journal";
const MAGIC: &[u8; 4] = b"CSJ1";
/// Magic and length.
const HEAD: usize = 8;
/// Where the number of entries stands.
const COUNT: usize = HEAD + 8;
