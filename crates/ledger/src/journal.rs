//! The journal: batches of entries, one after the other, the only truth of the log.
//!
//! A batch is one write and one sync. It names the batch before it by digest and ends with its
//! own, so that what a crash cut off is told from what was changed. Layout: `docs/spec/ledger.md`.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use thiserror::Error;

use crate::disk::{self, Disk, DiskFile};
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
    /// Appends a batch of `bytes` whose first entry is `first_seq`; it is durable on return.
    ///
    /// # Errors
    /// The batch is not in the journal, or, for [`AppendError::Broken`], may be.
    fn append(&mut self, first_seq: u64, bytes: &[u8]) -> Result<(), AppendError>;

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
    /// The bytes of the batch, and its digest.
    #[must_use]
    pub fn encode(&self) -> (Vec<u8>, Hash) {
        let mut bytes = Vec::with_capacity(256 + self.entries.len() * 256);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.first_seq.to_be_bytes());
        bytes.extend_from_slice(&length32(self.entries.len()));
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.before.0);
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.id);
            let leaf = u16::try_from(entry.leaf.len()).unwrap_or(u16::MAX);
            bytes.extend_from_slice(&leaf.to_be_bytes());
            bytes.extend_from_slice(&entry.leaf);
            bytes.push(u8::try_from(entry.parts.len()).unwrap_or(u8::MAX));
            for part in &entry.parts {
                bytes.extend_from_slice(&part.subject);
                bytes.extend_from_slice(&part.nonce);
                bytes.extend_from_slice(&length32(part.sealed.len()));
                bytes.extend_from_slice(&part.sealed);
            }
        }
        bytes.extend_from_slice(&self.root.0);
        let length = length32(bytes.len() + Hash::SIZE - HEAD);
        bytes[4..HEAD].copy_from_slice(&length);
        let digest = Hash::of_bytes(&bytes);
        bytes.extend_from_slice(&digest.0);
        (bytes, digest)
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
        Some(Self { id, leaf, parts })
    }
}

/// A journal in flat files of one length, filled with zeros ahead of what is written.
#[derive(Debug)]
pub struct FileJournal {
    disk: Arc<dyn Disk>,
    segment_length: u64,
    file: Option<Box<dyn DiskFile>>,
    at: Position,
    /// Bytes behind the end that an attempt may have left.
    dirty: usize,
    /// What an earlier program left, until it is mended.
    left: Option<Left>,
    broken: Option<String>,
}

/// The end of a journal as an earlier program left it.
#[derive(Debug, Default)]
struct Left {
    /// Segment, offset and length of the last whole batch.
    last: Option<(u32, u64, usize)>,
    /// What a crash left behind it.
    torn: Vec<u8>,
}

impl FileJournal {
    /// Opens the journal and shows each batch behind `from`, in order. Nothing is written: see
    /// [`Self::mend`].
    ///
    /// # Errors
    /// A journal that is damaged in its middle, what `visit` refuses, or what the disk says.
    pub fn open(
        disk: Arc<dyn Disk>,
        segment_length: u64,
        from: Position,
        mut visit: impl FnMut(Batch, Position) -> Result<(), &'static str>,
    ) -> Result<Self, JournalError> {
        let mut journal = Self {
            disk,
            segment_length,
            file: None,
            at: from,
            dirty: 0,
            left: None,
            broken: None,
        };
        let mut left = Left::default();
        let last = journal.last_segment()?;
        loop {
            let (segment, begin) = (journal.at.segment, journal.at.offset);
            let damaged = |offset, what| JournalError::Damaged {
                segment,
                offset,
                what,
            };
            let Some(last) = last else {
                if from != Position::default() {
                    return Err(damaged(begin, "its files are missing"));
                }
                return Ok(journal);
            };
            if segment > last {
                return Err(damaged(begin, "the files behind it are missing"));
            }
            let file = match journal.disk.open(&name(segment)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(damaged(begin, "the file is missing"));
                }
                other => other?,
            };
            let length = file.len()?;
            if length < begin {
                return Err(damaged(begin, "the file was cut"));
            }
            let mut bytes = vec![0; usize::try_from(length - begin).map_err(io::Error::other)?];
            file.read_at(&mut bytes, begin)?;
            let mut rest = bytes.as_slice();
            while let Some((batch, digest, behind)) = next(rest, &journal.at)
                .map_err(|what| damaged(begin + (bytes.len() - rest.len()) as u64, what))?
            {
                let offset = begin + (bytes.len() - behind.len()) as u64;
                let seq = journal.at.seq + batch.entries.len() as u64;
                journal.at = Position {
                    segment,
                    offset,
                    seq,
                    digest,
                };
                visit(batch, journal.at).map_err(|what| damaged(offset, what))?;
                let length = rest.len() - behind.len();
                left.last = Some((segment, offset - length as u64, length));
                rest = behind;
            }
            let torn = rest.iter().rposition(|byte| *byte != 0);
            if segment < last {
                let Some(torn) = torn else {
                    journal.at.segment += 1;
                    journal.at.offset = 0;
                    continue;
                };
                // A segment that was made and not yet begun when the power went, or the room.
                if !journal.are_blank(segment + 1..=last)? {
                    return Err(damaged(journal.at.offset, "a batch that does not read"));
                }
                left.torn = rest[..=torn].to_vec();
            } else if let Some(torn) = torn {
                left.torn = rest[..=torn].to_vec();
            }
            journal.file = Some(file);
            journal.left = Some(left);
            return Ok(journal);
        }
    }

    /// Makes durable what [`Self::open`] showed, and sets aside what a crash left behind it: it is
    /// copied to a file of its own and overwritten with zeros.
    ///
    /// A program that was killed may have left a batch that is whole and not yet on the disk, or
    /// that a sync which failed has marked as written. Nothing that was shown may be signed before
    /// this has returned.
    ///
    /// # Errors
    /// What the disk says; the journal takes nothing then.
    pub fn mend(&mut self) -> io::Result<()> {
        let (Some(left), Some(file)) = (&self.left, &self.file) else {
            return Ok(());
        };
        let Position {
            segment, offset, ..
        } = self.at;
        let aside = format!("{FOLDER}/torn-{segment:06}-{offset}");
        // An earlier attempt may have failed between its zeros and their sync.
        let earlier = disk::read(self.disk.as_ref(), &aside)?.map_or(0, |bytes| bytes.len() as u64);
        let earlier = earlier.min(file.len()?.saturating_sub(offset));
        let earlier = usize::try_from(earlier).map_err(io::Error::other)?;
        if !left.torn.is_empty() {
            disk::replace(self.disk.as_ref(), &aside, &left.torn, true)?;
        }
        file.write_at(&vec![0; left.torn.len().max(earlier)], offset)?;
        if let Some((segment, offset, length)) = left.last {
            // Written again, since a sync alone passes over what is marked as written.
            let file = self.disk.open(&name(segment))?;
            let mut bytes = vec![0; length];
            file.read_at(&mut bytes, offset)?;
            file.write_at(&bytes, offset)?;
            file.sync()?;
        }
        file.sync()?;
        self.disk.sync_names(FOLDER)?;
        self.left = None;
        Ok(())
    }

    fn are_blank(&self, segments: RangeInclusive<u32>) -> io::Result<bool> {
        for segment in segments {
            let bytes = disk::read(self.disk.as_ref(), &name(segment))?;
            if bytes.unwrap_or_default().iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn last_segment(&self) -> io::Result<Option<u32>> {
        let number = |name: &String| (name.len() == 6).then(|| name.parse().ok())?;
        Ok(self.disk.list(FOLDER)?.iter().filter_map(number).max())
    }

    /// The next segment, all zeros and durable before its name is.
    fn turn(&mut self, least: u64) -> Result<(), AppendError> {
        let segment = if self.file.is_some() {
            self.at.segment + 1
        } else {
            0
        };
        self.clear()?;
        let unfinished = format!("{FOLDER}/next");
        let made = self.make(&unfinished, least).and_then(|file| {
            let renamed = self.disk.rename(&unfinished, &name(segment));
            renamed.map_err(AppendError::Full)?;
            self.disk.sync_names(FOLDER).map_err(not_synced)?;
            Ok(file)
        });
        match made {
            Ok(file) => {
                self.file = Some(file);
                self.at.segment = segment;
                self.at.offset = 0;
                Ok(())
            }
            Err(error) => {
                // Half a segment takes room that the disk has not.
                let _ = self.disk.remove(&unfinished);
                Err(error)
            }
        }
    }

    /// A file of zeros, durable.
    fn make(&self, name: &str, least: u64) -> Result<Box<dyn DiskFile>, AppendError> {
        let file = self.disk.create(name).map_err(AppendError::Full)?;
        let zeros = vec![0; 1 << 20];
        let length = self.segment_length.max(least);
        let mut at = 0;
        while at < length {
            let count = usize::try_from(length - at).unwrap_or(usize::MAX);
            let some = &zeros[..count.min(zeros.len())];
            file.write_at(some, at).map_err(AppendError::Full)?;
            at += some.len() as u64;
        }
        file.sync().map_err(not_synced)?;
        Ok(file)
    }

    /// Overwrites what an earlier attempt left, so that no half batch stands before a later segment.
    fn clear(&mut self) -> Result<(), AppendError> {
        if let Some(file) = &self.file
            && self.dirty > 0
        {
            let zeros = vec![0; self.dirty];
            let cleared = file.write_at(&zeros, self.at.offset);
            cleared.map_err(AppendError::Full)?;
            file.sync().map_err(broken)?;
        }
        self.dirty = 0;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), AppendError> {
        let length = bytes.len() as u64;
        let room = match &self.file {
            Some(file) => file
                .len()
                .map_err(AppendError::Full)?
                .saturating_sub(self.at.offset),
            None => 0,
        };
        if room < length {
            self.turn(length)?;
        }
        let Some(file) = &self.file else {
            return Err(AppendError::Broken("no segment".to_owned()));
        };
        if self.dirty > bytes.len() {
            // Nothing of an earlier attempt may stand behind this batch.
            let zeros = vec![0; self.dirty];
            let cleared = file.write_at(&zeros, self.at.offset);
            cleared.map_err(AppendError::Full)?;
        }
        self.dirty = self.dirty.max(bytes.len());
        file.write_at(bytes, self.at.offset)
            .map_err(AppendError::Full)?;
        // After an error here the pages may be marked clean, and a second sync that succeeds says
        // nothing: whoever goes on must read what the disk has.
        file.sync().map_err(broken)?;
        self.dirty = 0;
        Ok(())
    }
}

impl Journal for FileJournal {
    fn append(&mut self, first_seq: u64, bytes: &[u8]) -> Result<(), AppendError> {
        if let Some(cause) = &self.broken {
            return Err(AppendError::Broken(cause.clone()));
        }
        if first_seq != self.at.seq {
            return Err(AppendError::Taken);
        }
        let (batch, digest) =
            Batch::decode(bytes).map_err(|error| AppendError::Broken(error.to_string()))?;
        let written = self.mend().map_err(broken);
        if let Err(error) = written.and_then(|()| self.write(bytes)) {
            if let AppendError::Broken(cause) = &error {
                self.broken = Some(cause.clone());
            }
            return Err(error);
        }
        self.at.offset += bytes.len() as u64;
        self.at.seq += batch.entries.len() as u64;
        self.at.digest = digest;
        Ok(())
    }

    fn position(&self) -> Position {
        self.at
    }
}

fn broken(error: io::Error) -> AppendError {
    AppendError::Broken(error.to_string())
}

/// The sync of a new segment may be tried again if there was no room: the file is made anew then.
fn not_synced(error: io::Error) -> AppendError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AppendError::Full(error),
        _ => broken(error),
    }
}

/// A batch, its digest, and the bytes behind it.
type Next<'a> = (Batch, Hash, &'a [u8]);

/// The next batch behind a position, with its digest and what follows it; none at the end.
fn next<'a>(rest: &'a [u8], at: &Position) -> Result<Option<Next<'a>>, &'static str> {
    let found = whole(rest);
    let Some((batch, digest, behind)) = found else {
        // A crash tears the last batch only: the next is begun when it is durable.
        let end = rest.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        let later = (1..end)
            .filter(|begin| rest[*begin..].starts_with(MAGIC))
            .find_map(|begin| whole(&rest[begin..]));
        return match later {
            Some(_) => Err("a batch that does not read, and a sound one behind it"),
            None => Ok(None),
        };
    };
    if batch.first_seq != at.seq || batch.before != at.digest {
        return Err("a batch that does not continue the one before");
    }
    Ok(Some((batch, digest, behind)))
}

/// The batch that these bytes begin with, if it is whole.
fn whole(bytes: &[u8]) -> Option<Next<'_>> {
    let head = bytes.first_chunk::<HEAD>()?;
    let [_, _, _, _, length @ ..] = *head;
    let end = HEAD.checked_add(u32::from_be_bytes(length) as usize)?;
    let (bytes, behind) = bytes.split_at_checked(end)?;
    let (batch, digest) = Batch::decode(bytes).ok()?;
    Some((batch, digest, behind))
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

/// The folder of the segments.
pub const FOLDER: &str = "journal";
const MAGIC: &[u8; 4] = b"CSJ1";
/// Magic and length.
const HEAD: usize = 8;
