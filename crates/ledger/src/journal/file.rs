//! The journal in files of a folder.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::read::{Reader, Stop};
use super::{AppendError, Batch, Encoded, FOLDER, Journal, JournalError, Position, name, segments};
use crate::disk::{self, Disk, DiskFile};
use crate::hash::Hash;

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
        // The last segment that was begun, and where it ends.
        let mut begun: Option<(Box<dyn DiskFile>, Position)> = None;
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
            if file.len()? < begin {
                return Err(damaged(begin, "the file was cut"));
            }
            if journal.at == from && begin > 0 {
                let mut digest = [0; Hash::SIZE];
                let end = begin.saturating_sub(digest.len() as u64);
                file.read_at(&mut digest, end)?;
                if Hash(digest) != from.digest {
                    return Err(damaged(end, "another batch than the one that was there"));
                }
            }
            let mut reader = Reader::new(file.as_ref(), begin)?;
            let stopped = |at, stop| match stop {
                Stop::Io(error) => JournalError::Io(error),
                Stop::Damaged(what) => damaged(at, what),
            };
            loop {
                let at = reader.at();
                let next = reader.next(&journal.at);
                let Some((batch, digest, length)) = next.map_err(|stop| stopped(at, stop))? else {
                    break;
                };
                journal.at = Position {
                    segment,
                    offset: reader.at(),
                    seq: journal.at.seq + batch.entries.len() as u64,
                    digest,
                };
                visit(batch, journal.at).map_err(|what| damaged(at, what))?;
                left.last = Some((segment, at, length));
            }
            let at = reader.at();
            left.torn = reader.torn().map_err(|stop| stopped(at, stop))?;
            if at > 0 || !left.torn.is_empty() {
                begun = Some((file, journal.at));
            }
            if segment < last && left.torn.is_empty() {
                journal.at.segment += 1;
                journal.at.offset = 0;
                continue;
            }
            // A segment that was made and not yet begun when the power went, or the room.
            if segment < last && !journal.are_blank(segment + 1..=last)? {
                return Err(damaged(at, "a batch that does not read"));
            }
            break;
        }
        // One that was not begun is made anew: its name may be seen, and not be on the disk.
        if let Some((file, at)) = begun {
            (journal.file, journal.at) = (Some(file), at);
        } else {
            journal.at = Position::default();
        }
        journal.left = Some(left);
        Ok(journal)
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
        Ok(segments(self.disk.as_ref())?.last().copied())
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
    fn append(&mut self, batch: &Encoded) -> Result<(), AppendError> {
        if let Some(cause) = &self.broken {
            return Err(AppendError::Broken(cause.clone()));
        }
        if batch.first_seq() != self.at.seq {
            return Err(AppendError::Taken);
        }
        let written = self.mend().map_err(broken);
        if let Err(error) = written.and_then(|()| self.write(batch.bytes())) {
            if let AppendError::Broken(cause) = &error {
                self.broken = Some(cause.clone());
            }
            return Err(error);
        }
        self.at.offset += batch.bytes().len() as u64;
        self.at.seq += u64::from(batch.count());
        self.at.digest = batch.digest();
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
