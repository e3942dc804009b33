//! What is made from the journal to be served: hashes and entries in flat files, by offset.
//!
//! `hashes-0` has the hash of every leaf, `hashes-1` that over every 256 leaves, and so on: a tile
//! is a piece of one of these files. `entries` has every leaf with its length before it, `offsets`
//! where each bundle of 256 begins. All of it can be made again from the journal.

use std::io;
use std::sync::Arc;

use crate::audit::Leaves;
use crate::disk::{Disk, DiskFile};
use crate::hash::Hash;
use crate::tile::{Resource, WIDTH};
use crate::tree::{Edge, Subtrees};

/// The files, as long as a log of a certain size makes them.
#[derive(Debug)]
pub struct Served {
    hashes: Vec<Box<dyn DiskFile>>,
    entries: Box<dyn DiskFile>,
    offsets: Box<dyn DiskFile>,
    /// Entries, and their bytes in `entries`.
    size: u64,
    length: u64,
}

/// Hashes and entries of one batch, to be written at once.
#[derive(Debug, Default)]
pub struct Fresh {
    hashes: [Vec<u8>; LEVELS],
    entries: Vec<u8>,
    offsets: Vec<u8>,
}

impl Served {
    /// Opens the files, or makes them, for a log of `size` entries; what is behind that is
    /// overwritten as the log goes on.
    ///
    /// # Errors
    /// Files that are shorter than the log: [`io::ErrorKind::UnexpectedEof`]; or what the disk says.
    pub fn open(disk: &Arc<dyn Disk>, size: u64) -> io::Result<Self> {
        let open = |name: &str| match disk.open(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create(name),
            other => other,
        };
        let hashes: io::Result<Vec<_>> = (0..LEVELS).map(|level| open(&hashes(level))).collect();
        let mut served = Self {
            hashes: hashes?,
            entries: open(ENTRIES)?,
            offsets: open(OFFSETS)?,
            size,
            length: 0,
        };
        let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        for (level, file) in (0_u32..).zip(&served.hashes) {
            let hashes = size.checked_shr(8 * level).unwrap_or(0);
            if file.len()? < hashes * HASH {
                return Err(short());
            }
        }
        served.length = served.walk(size)?;
        if served.entries.len()? < served.length {
            return Err(short());
        }
        Ok(served)
    }

    /// Offset in `entries` of entry `index`, also where it is not known what stands behind it.
    fn walk(&self, index: u64) -> io::Result<u64> {
        let mut at = self.bundle(index / WIDTH)?;
        for _ in 0..index % WIDTH {
            let mut length = [0; 2];
            self.entries.read_at(&mut length, at)?;
            at += 2 + u64::from(u16::from_be_bytes(length));
        }
        Ok(at)
    }

    /// The bytes of a bundle, as far as there are entries in it.
    fn read(&self, bundle: u64) -> io::Result<Vec<u8>> {
        if bundle * WIDTH >= self.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let start = self.bundle(bundle)?;
        let end = if (bundle + 1) * WIDTH <= self.size {
            self.bundle(bundle + 1)?
        } else {
            self.length
        };
        let length = end.checked_sub(start).ok_or(io::ErrorKind::InvalidData)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.entries.read_at(&mut bytes, start)?;
        Ok(bytes)
    }

    /// Offset in `entries` of a bundle.
    fn bundle(&self, index: u64) -> io::Result<u64> {
        if index == 0 {
            return Ok(0);
        }
        let mut offset = [0; 8];
        self.offsets.read_at(&mut offset, (index - 1) * 8)?;
        Ok(u64::from_be_bytes(offset))
    }

    /// Adds a leaf to the tree and to what is to be written.
    pub fn add(&self, fresh: &mut Fresh, edge: &mut Edge, leaf: &[u8]) -> Hash {
        let hash = Hash::of_leaf(leaf);
        edge.push(hash, |level, hash| {
            if level.is_multiple_of(8)
                && let Some(file) = fresh.hashes.get_mut((level / 8) as usize)
            {
                file.extend_from_slice(&hash.0);
            }
        });
        let length = u16::try_from(leaf.len()).unwrap_or(u16::MAX);
        fresh.entries.extend_from_slice(&length.to_be_bytes());
        fresh.entries.extend_from_slice(leaf);
        if edge.size().is_multiple_of(WIDTH) {
            let end = self.length + fresh.entries.len() as u64;
            fresh.offsets.extend_from_slice(&end.to_be_bytes());
        }
        hash
    }

    /// Writes what a batch added, behind a log of `size` entries.
    ///
    /// # Errors
    /// What the disk says; the files can be written again then.
    pub fn write(&mut self, fresh: &Fresh, size: u64) -> io::Result<()> {
        for (level, (file, hashes)) in (0_u32..).zip(self.hashes.iter().zip(&fresh.hashes)) {
            if !hashes.is_empty() {
                file.write_at(hashes, (size >> (8 * level)) * HASH)?;
            }
        }
        if !fresh.offsets.is_empty() {
            self.offsets.write_at(&fresh.offsets, size / WIDTH * 8)?;
        }
        self.entries.write_at(&fresh.entries, self.length)?;
        self.length += fresh.entries.len() as u64;
        self.size = size + (fresh.hashes[0].len() / Hash::SIZE) as u64;
        Ok(())
    }

    /// The bytes of a tile or an entry bundle of a log of `size` entries, whose entries before
    /// `minimum` are no longer handed out; none if there is no such resource.
    ///
    /// # Errors
    /// What the disk says.
    pub fn resource(
        &self,
        what: &Resource,
        size: u64,
        minimum: u64,
    ) -> io::Result<Option<Vec<u8>>> {
        let pruned = what.end().is_some_and(|end| end <= minimum);
        match what {
            Resource::Tile {
                level,
                index,
                width,
            } if !pruned && u64::from(*width) <= what.available(size) => {
                let Some(file) = self.hashes.get(usize::from(*level)) else {
                    return Ok(None);
                };
                let mut bytes = vec![0; usize::from(*width) * Hash::SIZE];
                file.read_at(&mut bytes, index * WIDTH * HASH)?;
                Ok(Some(bytes))
            }
            Resource::Entries { index, width }
                if !pruned && u64::from(*width) <= what.available(size) =>
            {
                let mut bytes = self.read(*index)?;
                let end = skip(&bytes, u64::from(*width)).ok_or(io::ErrorKind::UnexpectedEof)?;
                bytes.truncate(end);
                Ok(Some(bytes))
            }
            Resource::Checkpoint | Resource::Tile { .. } | Resource::Entries { .. } => Ok(None),
        }
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// What the disk says, also for an entry that is not there.
    pub fn entry(&self, index: u64) -> io::Result<Vec<u8>> {
        let bytes = self.read(index / WIDTH)?;
        let entry = (|| {
            let at = skip(&bytes, index % WIDTH)?;
            let end = at + skip(&bytes[at..], 1)?;
            bytes.get(at + 2..end)
        })();
        Ok(entry.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
    }
}

/// Makes the files durable.
pub(crate) fn sync(disk: &dyn Disk) -> io::Result<()> {
    for level in 0..LEVELS {
        disk.open(&hashes(level))?.sync()?;
    }
    disk.open(ENTRIES)?.sync()?;
    disk.open(OFFSETS)?.sync()
}

fn hashes(level: usize) -> String {
    format!("hashes-{level}")
}

/// Where so many entries of a bundle end; none if they are not all there.
fn skip(bundle: &[u8], entries: u64) -> Option<usize> {
    let mut at = 0;
    for _ in 0..entries {
        let length = bundle.get(at..)?.first_chunk()?;
        at += 2 + usize::from(u16::from_be_bytes(*length));
    }
    (at <= bundle.len()).then_some(at)
}

impl Leaves for Served {
    fn leaves(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let begin = self.bundle(start / WIDTH)?;
        let end = if end == self.size {
            self.length
        } else {
            self.bundle(end / WIDTH)?
        };
        let length = end.checked_sub(begin).ok_or(io::ErrorKind::InvalidData)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.entries.read_at(&mut bytes, begin)?;
        Ok(bytes)
    }
}

impl Subtrees for Served {
    type Error = io::Error;

    fn subtree(&self, level: u32, index: u64) -> io::Result<Hash> {
        let kept = (level / 8) as usize;
        let file = self.hashes.get(kept).ok_or(io::ErrorKind::NotFound)?;
        // At most 128 hashes of a kept level are under a node between two of them.
        let count = 1_usize << (level % 8);
        let mut bytes = vec![0; count * Hash::SIZE];
        file.read_at(&mut bytes, index * count as u64 * HASH)?;
        let (hashes, _) = bytes.as_chunks::<32>();
        let mut hashes: Vec<Hash> = hashes.iter().copied().map(Hash).collect();
        while hashes.len() > 1 {
            let (pairs, _) = hashes.as_chunks::<2>();
            hashes = pairs
                .iter()
                .map(|[left, right]| Hash::of_node(left, right))
                .collect();
        }
        hashes.pop().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

const ENTRIES: &str = "entries";
const OFFSETS: &str = "offsets";
/// 256^8 leaves are more than a number of 64 bits counts.
const LEVELS: usize = 8;
const HASH: u64 = 32;
