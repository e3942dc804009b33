//! Reads whole batches in order while the log is being appended to.
//!
//! What is made from the journal elsewhere, rows of a database for example, follows it with this.
//! It is told how far the log is durable and never gives what is behind that: a batch that is
//! written and not yet synced may be cut off by a crash, and another may take its place.

use std::io;
use std::sync::Arc;

use super::read::whole;
use super::{Batch, HEAD, JournalError, Position, name, segments};
use crate::disk::{Disk, DiskFile};
use crate::hash::Hash;

/// The journal from a place on, batch by batch.
#[derive(Debug)]
pub struct Tail {
    disk: Arc<dyn Disk>,
    /// The segment of `at`, once something was read from it.
    file: Option<Box<dyn DiskFile>>,
    at: Position,
}

/// What stands before the entries of a batch.
struct Head {
    length: u64,
    first_seq: u64,
    count: u32,
}

impl Tail {
    /// Reads on from entry `from`, with which a batch must begin, or which is the next to come.
    ///
    /// # Errors
    /// A journal that ends before, or in which another batch has this entry in its middle; or what
    /// the disk says.
    pub fn open(disk: Arc<dyn Disk>, from: u64) -> Result<Self, JournalError> {
        let mut tail = Self {
            disk,
            file: None,
            at: Position::default(),
        };
        if from == 0 {
            return Ok(tail);
        }
        // The last segment that begins before `from`: it has the batch before, whose digest the
        // next one names.
        for segment in segments(tail.disk.as_ref())?.into_iter().rev() {
            let file = tail.disk.open(&name(segment))?;
            let begins = head(file.as_ref(), 0)?.map(|head| head.first_seq);
            if let Some(seq) = begins.filter(|seq| *seq < from) {
                (tail.at.segment, tail.at.seq) = (segment, seq);
                tail.file = Some(file);
                break;
            }
        }
        while tail.at.seq < from {
            tail.pass()?;
        }
        if tail.at.seq > from {
            return Err(tail.damaged("an entry within a batch, where one was said to begin"));
        }
        Ok(tail)
    }

    /// Where it stands.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.at
    }

    /// The next batch; none if it does not end at or before entry `through`, which the log has
    /// answered as durable.
    ///
    /// # Errors
    /// A journal that does not go on as it should, or what the disk says. It may be asked again.
    pub fn next(&mut self, through: u64) -> Result<Option<Batch>, JournalError> {
        if self.at.seq >= through {
            return Ok(None);
        }
        if self.file.is_none() {
            self.file = Some(self.disk.open(&name(self.at.segment))?);
        }
        let here = self.at.offset;
        let mut found = read(self.file.as_deref(), here)?.filter(|next| self.continues(&next.0));
        if found.is_none() {
            // It had no room here. What is zeros here stays so when the next segment is begun.
            let segment = self.at.segment + 1;
            let file = match self.disk.open(&name(segment)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(self.damaged("the batch behind it is missing"));
                }
                other => other?,
            };
            found = read(Some(file.as_ref()), 0)?.filter(|next| self.continues(&next.0));
            if found.is_some() {
                (self.at.segment, self.at.offset) = (segment, 0);
                self.file = Some(file);
            }
        }
        let Some((batch, digest, length)) = found else {
            // A file that is put back is another one.
            self.file = None;
            return Err(self.damaged("the batch behind it does not read or continue it"));
        };
        let end = self.at.seq + batch.entries.len() as u64;
        if end > through {
            return Ok(None);
        }
        self.at.offset += length as u64;
        self.at.seq = end;
        self.at.digest = digest;
        Ok(Some(batch))
    }

    fn continues(&self, batch: &Batch) -> bool {
        batch.first_seq == self.at.seq && batch.before == self.at.digest
    }

    /// Goes behind the batch here without reading what is in it.
    fn pass(&mut self) -> Result<(), JournalError> {
        const MISSING: &str = "the journal ends before the entry that was asked for";
        let Some(file) = self.file.as_deref() else {
            return Err(self.damaged(MISSING));
        };
        let next = head(file, self.at.offset)?.filter(|head| head.first_seq == self.at.seq);
        let Some(next) = next else {
            return Err(self.damaged(MISSING));
        };
        let end = self.at.offset + next.length;
        let mut digest = [0; Hash::SIZE];
        file.read_at(&mut digest, end.saturating_sub(Hash::SIZE as u64))?;
        self.at.offset = end;
        self.at.seq += u64::from(next.count);
        self.at.digest = Hash(digest);
        Ok(())
    }

    fn damaged(&self, what: &'static str) -> JournalError {
        JournalError::Damaged {
            segment: self.at.segment,
            offset: self.at.offset,
            what,
        }
    }
}

/// What stands before the entries of the batch at an offset; none if there is no whole one.
fn head(file: &dyn DiskFile, at: u64) -> io::Result<Option<Head>> {
    const BYTES: usize = HEAD + 8 + 4;
    let left = file.len()?.saturating_sub(at);
    if left < BYTES as u64 {
        return Ok(None);
    }
    let mut bytes = [0; BYTES];
    file.read_at(&mut bytes, at)?;
    let read = || {
        let mut rest = bytes.strip_prefix(super::MAGIC)?;
        let length = u32::from_be_bytes(*crate::leaf::take(&mut rest)?);
        let first_seq = u64::from_be_bytes(*crate::leaf::take(&mut rest)?);
        let count = u32::from_be_bytes(*crate::leaf::take(&mut rest)?);
        let length = HEAD as u64 + u64::from(length);
        (length <= left && count > 0).then_some(Head {
            length,
            first_seq,
            count,
        })
    };
    Ok(read())
}

/// The batch at an offset with its digest and length; none if there is no whole one.
fn read(file: Option<&dyn DiskFile>, at: u64) -> io::Result<Option<super::read::Next>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let Some(head) = head(file, at)? else {
        return Ok(None);
    };
    let mut bytes = vec![0; usize::try_from(head.length).map_err(io::Error::other)?];
    file.read_at(&mut bytes, at)?;
    Ok(whole(&bytes))
}
