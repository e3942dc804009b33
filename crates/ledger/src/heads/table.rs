//! The table of heads on disk.

use std::io;
use std::sync::Arc;

use super::{Changed, Head};
use crate::disk::{Disk, DiskFile};
use crate::hash::Hash;
use crate::leaf::{Token, take};

/// The table on disk.
#[derive(Debug)]
pub(crate) struct Table {
    file: Box<dyn DiskFile>,
    /// Number of the file: each larger table is a new one.
    pub(crate) generation: u64,
    /// There are two to the power of this many slots, and some more at the end.
    pub(crate) bits: u32,
    /// Slots that are taken, or a few more.
    pub(crate) taken: u64,
}

impl Table {
    /// An empty table, in a file that never was one: a mark may name each that was.
    fn create(disk: &dyn Disk, bits: u32) -> io::Result<Self> {
        let number = |name: &String| name.strip_prefix(NAME)?.parse::<u64>().ok();
        let last = disk.list("")?.iter().filter_map(number).max();
        let generation = last.map_or(0, |last| last + 1);
        Ok(Self {
            file: disk.create(&name(generation))?,
            generation,
            bits,
            taken: 0,
        })
    }

    /// Opens a table that is there; none if it is not as long as it should be.
    pub(crate) fn open(
        disk: &dyn Disk,
        generation: u64,
        bits: u32,
        taken: u64,
    ) -> io::Result<Option<Self>> {
        let file = match disk.open(&name(generation)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let whole = bits < 58 && file.len()? == slots(bits) * SLOT as u64;
        Ok(whole.then_some(Self {
            file,
            generation,
            bits,
            taken,
        }))
    }

    /// A table with these heads too: this one written to, or a larger one. Durable on return.
    pub(crate) fn with(
        table: Option<Arc<Self>>,
        disk: &dyn Disk,
        changed: &Changed,
    ) -> io::Result<Arc<Self>> {
        let mut heads: Vec<(&Token, &Head)> = changed.iter().collect();
        heads.sort_by_key(|(subject, _)| **subject);
        let taken = table.as_ref().map_or(0, |table| table.taken);
        let most = taken + heads.len() as u64;
        let next = match table {
            Some(table) if most * 4 <= (1 << table.bits) * 3 => {
                if let Some(taken) = table.put(&heads)? {
                    table.file.sync()?;
                    let file = disk.open(&name(table.generation))?;
                    let (generation, bits) = (table.generation, table.bits);
                    return Ok(Arc::new(Self {
                        file,
                        generation,
                        bits,
                        taken,
                    }));
                }
                table.grown(disk, table.bits + 1)?
            }
            Some(table) => table.grown(disk, bits_for(most))?,
            None => {
                let empty = Self::create(disk, bits_for(most))?;
                empty.fill(|_| Ok(()))?
            }
        };
        let mut next = next;
        loop {
            if let Some(taken) = next.put(&heads)? {
                next.taken = taken;
                next.file.sync()?;
                disk.sync_names("")?;
                return Ok(Arc::new(next));
            }
            next = next.grown(disk, next.bits + 1)?;
        }
    }

    /// The same heads in a larger table.
    fn grown(&self, disk: &dyn Disk, bits: u32) -> io::Result<Self> {
        let larger = Self::create(disk, bits)?;
        larger.fill(|put| self.each(put))
    }

    /// Writes all slots of an empty table from heads in order of their subjects.
    fn fill(mut self, heads: impl FnOnce(&mut Put<'_>) -> io::Result<()>) -> io::Result<Self> {
        let (bits, end) = (self.bits, slots(self.bits));
        let mut bytes = Vec::with_capacity(PIECE + SLOT);
        let (mut written, mut next, mut taken) = (0, 0, 0);
        let file = &self.file;
        let mut write = |bytes: &mut Vec<u8>| {
            let done = file.write_at(bytes, written);
            written += bytes.len() as u64;
            bytes.clear();
            done
        };
        heads(&mut |subject, head| {
            let at = next.max(index(subject, bits));
            if at >= end {
                return Err(io::Error::other("no room in the table of subjects"));
            }
            while next < at {
                bytes.extend_from_slice(&[0; SLOT]);
                next += 1;
                if bytes.len() >= PIECE {
                    write(&mut bytes)?;
                }
            }
            bytes.extend_from_slice(&slot(subject, head));
            next += 1;
            taken += 1;
            Ok(())
        })?;
        while next < end {
            bytes.extend_from_slice(&[0; SLOT]);
            next += 1;
            if bytes.len() >= PIECE || next == end {
                write(&mut bytes)?;
            }
        }
        self.taken = taken;
        Ok(self)
    }

    /// Writes heads into their slots; none if there is no room for one. Gives the slots taken.
    fn put(&self, heads: &[(&Token, &Head)]) -> io::Result<Option<u64>> {
        let mut taken = self.taken;
        for (subject, head) in heads {
            let (at, known) = self.find(subject)?;
            let Some(at) = at else {
                return Ok(None);
            };
            let known = known.map_or(0, |known| known.number);
            taken += u64::from(known == 0);
            // Also where the same stands there: a sync that failed may have left it in memory only.
            self.file.write_at(&slot(subject, head), at * SLOT as u64)?;
        }
        Ok(Some(taken))
    }

    /// Where a subject stands or would stand, and its head; no place if there is no room.
    pub(super) fn find(&self, subject: &Token) -> io::Result<(Option<u64>, Option<Head>)> {
        let (mut at, end) = (index(subject, self.bits), slots(self.bits));
        let mut bytes = [0; LOOK * SLOT];
        while at < end {
            let count = usize::try_from(end - at).map_or(LOOK, |left| left.min(LOOK));
            let some = &mut bytes[..count * SLOT];
            self.file.read_at(some, at * SLOT as u64)?;
            for slot in some.as_chunks::<SLOT>().0 {
                match read(slot) {
                    None => return Ok((Some(at), None)),
                    Some((found, head)) if found == *subject => return Ok((Some(at), Some(head))),
                    Some(_) => at += 1,
                }
            }
        }
        Ok((None, None))
    }

    /// Shows each subject's head, in the order of the subjects.
    pub(super) fn each(
        &self,
        mut show: impl FnMut(&Token, &Head) -> io::Result<()>,
    ) -> io::Result<()> {
        // Between two empty slots stand the subjects of a range of their own.
        let mut run: Vec<(Token, Head)> = Vec::new();
        let mut end_run = |run: &mut Vec<(Token, Head)>| -> io::Result<()> {
            // A crash may have left a subject twice: the higher number is the later.
            run.sort_by_key(|(subject, head)| (*subject, u32::MAX - head.number));
            run.dedup_by_key(|(subject, _)| *subject);
            run.drain(..)
                .try_for_each(|(subject, head)| show(&subject, &head))
        };
        let (mut at, end) = (0, slots(self.bits) * SLOT as u64);
        let mut bytes = vec![0; PIECE];
        while at < end {
            let count = usize::try_from(end - at).map_or(PIECE, |left| left.min(PIECE));
            self.file.read_at(&mut bytes[..count], at)?;
            for slot in bytes[..count].as_chunks::<SLOT>().0 {
                match read(slot) {
                    Some(found) => run.push(found),
                    None if run.is_empty() => {}
                    None => end_run(&mut run)?,
                }
            }
            at += count as u64;
        }
        end_run(&mut run)
    }
}

type Put<'a> = dyn FnMut(&Token, &Head) -> io::Result<()> + 'a;

/// Removes tables that no mark names.
pub(crate) fn sweep(disk: &dyn Disk, but: Option<u64>) -> io::Result<()> {
    let but = but.map(name);
    for found in disk.list("")? {
        let old = found.starts_with(NAME) && Some(&found) != but.as_ref();
        if old {
            disk.remove(&found)?;
        }
    }
    Ok(())
}

fn name(generation: u64) -> String {
    format!("{NAME}{generation}")
}

/// Slots of a table, with those at its end for what collides there.
fn slots(bits: u32) -> u64 {
    (1 << bits) + SPARE
}

/// The first slot where a subject may stand.
fn index(subject: &Token, bits: u32) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *subject;
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> (u64::BITS - bits)
}

/// So many that at most half are taken.
fn bits_for(heads: u64) -> u32 {
    (2 * heads).next_power_of_two().trailing_zeros().max(FEWEST)
}

fn slot(subject: &Token, head: &Head) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..16].copy_from_slice(subject);
    slot[16..20].copy_from_slice(&head.number.to_be_bytes());
    slot[20..52].copy_from_slice(&head.hash.0);
    slot
}

fn read(slot: &[u8; SLOT]) -> Option<(Token, Head)> {
    let mut rest = slot.as_slice();
    let subject = *take(&mut rest)?;
    let number = u32::from_be_bytes(*take(&mut rest)?);
    let hash = Hash(*take(&mut rest)?);
    (number > 0).then_some((subject, Head { number, hash }))
}

/// Files of tables; the number behind it grows.
const NAME: &str = "heads-";
/// Bytes of a slot: a sector of 512 bytes has whole ones.
const SLOT: usize = 64;
/// Slots that are read at once.
const LOOK: usize = 8;
const SPARE: u64 = 64;
/// The smallest table has two to the power of this many slots.
const FEWEST: u32 = 6;
const PIECE: usize = 1 << 20;
