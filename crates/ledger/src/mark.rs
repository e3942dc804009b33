//! A mark: up to which entry all that is made from the journal is on the disk, so that a start
//! reads the journal from there on only.
//!
//! Files that are made from the journal are not synced with each batch. A mark syncs them, writes
//! the heads that changed into their table, and only then says so, in a file that replaces the
//! mark before. What fails in between leaves that one standing. A mark can be made beside the
//! log's own work, in another thread.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use crate::disk::{self, Disk};
use crate::gate::{Gate, number};
use crate::hash::Hash;
use crate::heads::{self, Changed, Table};
use crate::journal::Position;
use crate::leaf::{EventId, take};
use crate::served;

/// What a start goes on from.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) at: Position,
    pub(crate) root: Hash,
    /// Generation, bits and taken slots of the table of heads.
    pub(crate) table: (u64, u32, u64),
    pub(crate) known: HashMap<EventId, u64>,
    pub(crate) gate: Gate,
}

/// A mark that is to be made.
#[derive(Debug)]
pub struct Marking {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) at: Position,
    pub(crate) root: Hash,
    pub(crate) table: Option<Arc<Table>>,
    pub(crate) changed: Arc<Changed>,
    pub(crate) known: Vec<(EventId, u64)>,
    pub(crate) gate: Gate,
}

/// A mark that was made, or why it was not.
#[derive(Debug)]
pub struct Marked(pub(crate) io::Result<Arc<Table>>);

impl Marked {
    /// Of a thread that ended without an answer.
    pub(crate) fn failed() -> Self {
        Self(Err(io::Error::other("the mark was not made to its end")))
    }
}

impl Marking {
    /// Makes the mark.
    #[must_use]
    pub fn run(self) -> Marked {
        Marked(self.make())
    }

    fn make(self) -> io::Result<Arc<Table>> {
        let disk = self.disk.as_ref();
        // Not tried again, whatever the reason: these files are written once, and the system may
        // say of what it lost that it is written.
        served::sync(disk).map_err(io::Error::other)?;
        let table = Table::with(self.table, disk, &self.changed)?;
        let mark = Mark {
            at: self.at,
            root: self.root,
            table: (table.generation, table.bits, table.taken),
            known: HashMap::new(),
            gate: self.gate,
        };
        // Before the mark's own: it must not outlive a power cut that takes a file's name.
        disk.sync_names("")?;
        disk::replace(disk, FILE, &mark.encode(&self.known), true)?;
        // What is left is removed by the next mark, or start.
        let _ = heads::sweep(disk, Some(table.generation));
        Ok(table)
    }
}

impl Mark {
    /// The mark of a folder; none if there is none, or it is not whole.
    pub(crate) fn read(disk: &dyn Disk) -> io::Result<Option<Self>> {
        let bytes = disk::read(disk, FILE)?;
        Ok(bytes.and_then(|bytes| Self::decode(&bytes)))
    }

    fn encode(&self, known: &[(EventId, u64)]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256 + known.len() * 24);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.at.segment.to_be_bytes());
        bytes.extend_from_slice(&self.at.offset.to_be_bytes());
        bytes.extend_from_slice(&self.at.seq.to_be_bytes());
        bytes.extend_from_slice(&self.at.digest.0);
        bytes.extend_from_slice(&self.root.0);
        let (generation, bits, taken) = self.table;
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(&bits.to_be_bytes());
        bytes.extend_from_slice(&taken.to_be_bytes());
        self.gate.encode(&mut bytes);
        bytes.extend_from_slice(&(known.len() as u64).to_be_bytes());
        for (id, seq) in known {
            bytes.extend_from_slice(id);
            bytes.extend_from_slice(&seq.to_be_bytes());
        }
        let digest = Hash::of_bytes(&bytes);
        bytes.extend_from_slice(&digest.0);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, digest) = bytes.split_last_chunk::<32>()?;
        if Hash::of_bytes(covered).0 != *digest {
            return None;
        }
        let mut rest = covered;
        if take::<4>(&mut rest)? != MAGIC {
            return None;
        }
        let at = Position {
            segment: u32::from_be_bytes(*take(&mut rest)?),
            offset: number(&mut rest)?,
            seq: number(&mut rest)?,
            digest: Hash(*take(&mut rest)?),
        };
        let root = Hash(*take(&mut rest)?);
        let generation = number(&mut rest)?;
        let bits = u32::from_be_bytes(*take(&mut rest)?);
        let table = (generation, bits, number(&mut rest)?);
        let gate = Gate::decode(&mut rest)?;
        let count = number(&mut rest)?;
        let mut known = HashMap::with_capacity(rest.len() / 24);
        for _ in 0..count {
            known.insert(*take(&mut rest)?, number(&mut rest)?);
        }
        rest.is_empty().then_some(Self {
            at,
            root,
            table,
            known,
            gate,
        })
    }
}

/// The file of the mark.
pub const FILE: &str = "through";
const MAGIC: &[u8; 4] = b"CSM1";
