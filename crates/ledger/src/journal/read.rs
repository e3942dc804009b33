//! Reads the batches of one segment, a piece at a time.

use std::io;

use super::{Batch, HEAD, MAGIC, Position};
use crate::disk::DiskFile;
use crate::hash::Hash;

/// The rest of a segment that is being read.
pub(super) struct Reader<'a> {
    file: &'a dyn DiskFile,
    /// Bytes of the segment.
    length: u64,
    /// Offset in the segment of the next batch.
    at: u64,
    /// Bytes from `at` on, behind those that were used.
    buffer: Vec<u8>,
    used: usize,
}

/// A batch with its digest, and its length in bytes.
pub(super) type Next = (Batch, Hash, usize);

/// What ends the reading: the disk, or a batch that does not fit.
pub(super) enum Stop {
    Io(io::Error),
    Damaged(&'static str),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<'a> Reader<'a> {
    /// Reads from this offset on, which is not behind the end.
    pub(super) fn new(file: &'a dyn DiskFile, at: u64) -> io::Result<Self> {
        Ok(Self {
            file,
            length: file.len()?,
            at,
            buffer: Vec::new(),
            used: 0,
        })
    }

    /// Offset of the next batch.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next batch behind a position; none at the end, or before what a crash tore.
    pub(super) fn next(&mut self, behind: &Position) -> Result<Option<Next>, Stop> {
        let Some((batch, digest, length)) = self.whole()? else {
            return Ok(None);
        };
        if batch.first_seq != behind.seq || batch.before != behind.digest {
            return Err(Stop::Damaged(
                "a batch that does not continue the one before",
            ));
        }
        self.used += length;
        self.at += length as u64;
        Ok(Some((batch, digest, length)))
    }

    /// What stands behind the last batch, up to its last byte that is not zero: a crash tears the
    /// last batch only, since the next one is begun when it is durable.
    pub(super) fn torn(&mut self) -> Result<Vec<u8>, Stop> {
        let Some(end) = self.last_byte()? else {
            return Ok(Vec::new());
        };
        let left = usize::try_from(self.length - self.at).map_err(io::Error::other)?;
        self.fill(left)?;
        let rest = &self.buffer[self.used..];
        let end = usize::try_from(end - self.at).map_err(io::Error::other)?;
        let later = (1..end)
            .filter(|begin| rest[*begin..].starts_with(MAGIC))
            .any(|begin| whole(&rest[begin..]).is_some());
        if later {
            return Err(Stop::Damaged(
                "a batch that does not read, and a sound one behind it",
            ));
        }
        Ok(rest[..=end].to_vec())
    }

    /// The batch that the rest begins with, if it is whole.
    fn whole(&mut self) -> io::Result<Option<Next>> {
        self.fill(HEAD)?;
        let Some(head) = self.buffer[self.used..].first_chunk::<HEAD>() else {
            return Ok(None);
        };
        if !head.starts_with(MAGIC) {
            return Ok(None);
        }
        let [_, _, _, _, length @ ..] = *head;
        let length = HEAD + u32::from_be_bytes(length) as usize;
        if length as u64 > self.length - self.at {
            return Ok(None);
        }
        self.fill(length)?;
        Ok(whole(&self.buffer[self.used..]))
    }

    /// Has at least so many bytes of the rest in the buffer, if there are so many.
    fn fill(&mut self, least: usize) -> io::Result<()> {
        let has = self.buffer.len() - self.used;
        if has >= least {
            return Ok(());
        }
        self.buffer.drain(..self.used);
        self.used = 0;
        let begin = self.at + has as u64;
        let left = usize::try_from(self.length - begin).unwrap_or(usize::MAX);
        let more = (least - has).max(PIECE).min(left);
        self.buffer.resize(has + more, 0);
        self.file.read_at(&mut self.buffer[has..], begin)
    }

    /// Offset of the last byte of the rest that is not zero.
    fn last_byte(&self) -> io::Result<Option<u64>> {
        let mut piece = vec![0; PIECE];
        let mut end = self.length;
        while end > self.at {
            let begin = self.at.max(end.saturating_sub(PIECE as u64));
            let length = usize::try_from(end - begin).map_err(io::Error::other)?;
            self.file.read_at(&mut piece[..length], begin)?;
            if let Some(last) = piece[..length].iter().rposition(|byte| *byte != 0) {
                return Ok(Some(begin + last as u64));
            }
            end = begin;
        }
        Ok(None)
    }
}

/// The batch that these bytes begin with, if it is whole.
pub(super) fn whole(bytes: &[u8]) -> Option<Next> {
    let head = bytes.first_chunk::<HEAD>()?;
    let [_, _, _, _, length @ ..] = *head;
    let length = HEAD.checked_add(u32::from_be_bytes(length) as usize)?;
    let (batch, digest) = Batch::decode(bytes.get(..length)?).ok()?;
    Some((batch, digest, length))
}

const PIECE: usize = 1 << 20;
