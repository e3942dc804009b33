//! A disk in memory that loses what a real one may lose.
//!
//! A write is seen at once and durable only after a sync. When the power goes, each sector of
//! 512 bytes of what was not synced is there as of any of the writes to it, or as before; lengths,
//! and names in folders, likewise. Which, a seed decides: seed 0 loses all, seed 1 keeps all.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use countersign_ledger::disk::{Disk, DiskFile};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng as _, SeedableRng as _};

/// Bytes that are written as a whole or not at all.
const SECTOR: usize = 512;

/// What goes wrong, at an operation counted from 0. Reads are not counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// This operation and all after it fail; whether anything of it was done, the seed decides.
    Stop(u64),
    /// These operations find no room, apart from syncs of files; a part of a write may be written.
    Full(u64, u64),
    /// This operation fails if it is a sync, and what it was to make durable is forgotten as if it
    /// had been written, as Linux does.
    Lost(u64),
    /// The same, and what is told is that there was no room.
    LostForRoom(u64),
}

/// The disk; clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Simulated(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Changes of names since each folder's last sync.
    pending_names: Vec<Rename>,
    operations: u64,
    faults: Vec<Fault>,
    stopped: bool,
    chance: u64,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Emptied,
}

/// A name that goes, and one that comes.
#[derive(Clone, Debug)]
struct Rename {
    gone: Option<String>,
    come: Option<(String, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Write,
    Sync,
    SyncNames,
}

/// What an operation is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Done,
    /// It is done as far as the seed says, and reported as failed.
    Stops,
    Full,
    Lost,
    LostForRoom,
}

impl Simulated {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn shared(&self) -> Arc<dyn Disk> {
        Arc::new(self.clone())
    }

    /// Operations from now on are counted from 0 again, and this goes wrong among them.
    pub(crate) fn fail(&self, faults: &[Fault]) {
        let mut state = self.state();
        state.operations = 0;
        state.faults = faults.to_vec();
    }

    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The program was killed: another one sees all that was written, durable or not.
    pub(crate) fn after_kill(&self) -> Self {
        let mut state = self.state().clone();
        (state.stopped, state.operations) = (false, 0);
        state.faults.clear();
        Self(Arc::new(Mutex::new(state)))
    }

    /// The power went: what was not synced is there or not.
    pub(crate) fn after_power_cut(&self, seed: u64) -> Self {
        let state = self.state();
        let mut chance = Chance::new(seed);
        let mut names = state.durable_names.clone();
        for rename in &state.pending_names {
            if chance.below(2) == 1 {
                rename.apply(&mut names);
            }
        }
        let inode = |inode: &Inode| {
            let bytes = inode.survives(&mut chance);
            Inode {
                seen: bytes.clone(),
                durable: bytes,
                pending: Vec::new(),
            }
        };
        Self(Arc::new(Mutex::new(State {
            inodes: state.inodes.iter().map(inode).collect(),
            durable_names: names.clone(),
            names,
            ..State::default()
        })))
    }

    /// Names and bytes of all files of a folder.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let names = state
            .names
            .iter()
            .filter(|(name, _)| folder_of(name) == folder);
        names
            .map(|(name, inode)| (name.clone(), state.inodes[*inode].seen.clone()))
            .collect()
    }

    /// Puts a file there, durably, by other hands than the log's.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        let inode = state.inodes.len();
        state.inodes.push(Inode {
            seen: bytes.to_vec(),
            durable: bytes.to_vec(),
            pending: Vec::new(),
        });
        state.names.insert(name.to_owned(), inode);
        state.durable_names.insert(name.to_owned(), inode);
    }

    /// Takes a file away, durably, by other hands than the log's.
    pub(crate) fn take_away(&self, name: &str) {
        let mut state = self.state();
        state.names.remove(name);
        state.durable_names.remove(name);
        state
            .pending_names
            .retain(|rename| rename.come.as_ref().is_none_or(|(come, _)| come != name));
    }
}

impl State {
    fn alive(&self) -> io::Result<()> {
        if self.stopped {
            return Err(io::Error::other("the machine has stopped"));
        }
        Ok(())
    }

    fn turn(&mut self, what: Operation) -> io::Result<Turn> {
        self.alive()?;
        let operation = self.operations;
        self.operations += 1;
        self.chance = self.chance.wrapping_add(operation);
        let mut turn = Turn::Done;
        for fault in &self.faults {
            match *fault {
                Fault::Stop(at) if operation >= at => {
                    self.stopped = true;
                    return Ok(Turn::Stops);
                }
                Fault::Full(at, until)
                    if what != Operation::Sync && (at..until).contains(&operation) =>
                {
                    turn = Turn::Full;
                }
                Fault::Lost(at) if what != Operation::Write && operation == at => {
                    turn = Turn::Lost;
                }
                Fault::LostForRoom(at) if what != Operation::Write && operation == at => {
                    turn = Turn::LostForRoom;
                }
                _ => {}
            }
        }
        Ok(turn)
    }

    fn name(&self, name: &str) -> io::Result<usize> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&mut self, rename: Rename) {
        rename.apply(&mut self.names);
        self.pending_names.push(rename);
    }
}

impl Turn {
    fn answer(self) -> io::Result<()> {
        match self {
            Self::Done => Ok(()),
            Self::Stops => Err(io::Error::other("the machine stops here")),
            Self::Full | Self::LostForRoom => Err(io::ErrorKind::StorageFull.into()),
            Self::Lost => Err(io::Error::other("the disk lost what it was given")),
        }
    }
}

impl Rename {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        if let Some(gone) = &self.gone {
            names.remove(gone);
        }
        if let Some((name, inode)) = &self.come {
            names.insert(name.clone(), *inode);
        }
    }

    fn is_of(&self, folder: &str) -> bool {
        let name = self
            .gone
            .as_ref()
            .or(self.come.as_ref().map(|(name, _)| name));
        name.is_some_and(|name| folder_of(name) == folder)
    }
}

impl Inode {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.pending.push(change);
    }

    /// The bytes that are there after the power went.
    fn survives(&self, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let mut pending = self.pending.as_slice();
        while let Some(at) = pending.iter().position(|c| matches!(c, Change::Emptied)) {
            if chance.below(2) == 0 {
                pending = &pending[..at];
                break;
            }
            bytes.clear();
            pending = &pending[at + 1..];
        }
        let old_length = bytes.len();
        // As of how many of the writes each sector is.
        let mut all = vec![bytes];
        for change in pending {
            let mut next = all.last().cloned().unwrap_or_default();
            change.apply(&mut next);
            all.push(next);
        }
        let whole = all.last().cloned().unwrap_or_default();
        let mut kept = vec![0; whole.len()];
        for (sector, to) in kept.chunks_mut(SECTOR).enumerate() {
            // A sector that no write touched is the same in all of them.
            let version = &all[chance.below(all.len())];
            let from = version.get(sector * SECTOR..).unwrap_or_default();
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        let grown = kept.len() - old_length.min(kept.len());
        if grown > 0 && chance.below(2) == 0 {
            kept.truncate(old_length + chance.below(grown + 1));
        }
        kept
    }

    /// What Linux does after a failed sync: the bytes are taken for written.
    fn forget(&mut self, chance: &mut Chance) {
        self.durable = self.survives(chance);
        self.pending.clear();
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, written) => {
                let end = offset + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(written);
            }
            Self::Emptied => bytes.clear(),
        }
    }
}

impl Disk for Simulated {
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        state.alive()?;
        let inode = state.name(name)?;
        Ok(Box::new(Open(self.clone(), inode)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let turn = state.turn(Operation::Write)?;
        if turn == Turn::Full {
            turn.answer()?;
        }
        let inode = match state.name(name) {
            Ok(inode) => {
                state.inodes[inode].change(Change::Emptied);
                inode
            }
            Err(_) => {
                let inode = state.inodes.len();
                state.inodes.push(Inode::default());
                state.rename(Rename {
                    gone: None,
                    come: Some((name.to_owned(), inode)),
                });
                inode
            }
        };
        turn.answer()?;
        Ok(Box::new(Open(self.clone(), inode)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.name(from)?;
        let turn = state.turn(Operation::Write)?;
        if turn != Turn::Full {
            state.rename(Rename {
                gone: Some(from.to_owned()),
                come: Some((to.to_owned(), inode)),
            });
        }
        turn.answer()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.name(name)?;
        // Removing needs no room.
        let turn = state.turn(Operation::Write)?;
        state.rename(Rename {
            gone: Some(name.to_owned()),
            come: None,
        });
        if turn == Turn::Full {
            return Ok(());
        }
        turn.answer()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let state = self.state();
        state.alive()?;
        let names = state.names.keys().filter(|name| folder_of(name) == folder);
        let short = |name: &String| name.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(names.map(short).collect())
    }

    fn sync_names(&self, folder: &str) -> io::Result<()> {
        let mut state = self.state();
        let turn = state.turn(Operation::SyncNames)?;
        if matches!(turn, Turn::Done | Turn::Lost | Turn::LostForRoom) {
            let mut chance = Chance::new(state.chance);
            let pending = std::mem::take(&mut state.pending_names);
            for rename in pending {
                if !rename.is_of(folder) {
                    state.pending_names.push(rename);
                } else if turn == Turn::Done || chance.below(2) == 1 {
                    rename.apply(&mut state.durable_names);
                }
            }
        }
        turn.answer()
    }
}

/// An open file, by its number.
#[derive(Debug)]
struct Open(Simulated, usize);

impl DiskFile for Open {
    fn len(&self) -> io::Result<u64> {
        let state = self.0.state();
        state.alive()?;
        Ok(state.inodes[self.1].seen.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.0.state();
        state.alive()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = state.inodes[self.1].seen.get(offset..);
        let bytes = bytes.and_then(|bytes| bytes.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.0.state();
        let turn = state.turn(Operation::Write)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let written = if turn == Turn::Full {
            let mut chance = Chance::new(state.chance);
            // Often nothing at all.
            let most = chance.below(2) * bytes.len();
            &bytes[..chance.below(most + 1)]
        } else {
            bytes
        };
        state.inodes[self.1].change(Change::Write(offset, written.to_vec()));
        turn.answer()
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.0.state();
        let turn = state.turn(Operation::Sync)?;
        let mut chance = Chance::new(state.chance);
        let inode = &mut state.inodes[self.1];
        match turn {
            Turn::Lost | Turn::LostForRoom => inode.forget(&mut chance),
            // Only what is not taken for written already.
            Turn::Done | Turn::Full => {
                for change in inode.pending.drain(..) {
                    change.apply(&mut inode.durable);
                }
            }
            Turn::Stops => {}
        }
        turn.answer()
    }
}

/// Chance from a seed; seeds 0 and 1 give always the least and the greatest.
pub(crate) struct Chance {
    seed: u64,
    rng: Pcg64Mcg,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            rng: Pcg64Mcg::seed_from_u64(seed),
        }
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        let drawn = usize::try_from(self.rng.next_u64() >> 33).unwrap_or_default();
        match self.seed {
            0 => 0,
            1 => count - 1,
            _ => drawn % count,
        }
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[test]
fn what_is_synced_stays_and_what_is_not_may_go() {
    let disk = Simulated::new();
    let file = disk.create("f").unwrap();
    file.write_at(&[1; 2000], 0).unwrap();
    let lost = disk.after_power_cut(0).files("");
    assert_eq!(lost, BTreeMap::new());
    file.sync().unwrap();
    disk.sync_names("").unwrap();
    file.write_at(&[2; 2000], 100).unwrap();
    assert_eq!(disk.after_power_cut(0).files("")["f"], [1; 2000]);
    assert_eq!(disk.after_power_cut(1).files("")["f"].len(), 2100);
    let torn = |seed| disk.after_power_cut(seed).files("")["f"].clone();
    let both = |bytes: &Vec<u8>| bytes[100..2000].contains(&1) && bytes.contains(&2);
    assert!((2..20).map(torn).any(|bytes| both(&bytes)));
    assert!((2..20).all(|seed| torn(seed)[..100] == [1; 100]));
}
