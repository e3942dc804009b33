//! Reads a whole log again: every leaf at its place, every subject's leaves without a gap, every
//! root over all subjects the right one, and the root of it all.
//!
//! It needs nothing but the leaves, so whoever fetched them can do it too. Leaves are hashed beside
//! the checks that need their order.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::mpsc;
use std::thread;

use thiserror::Error;

use crate::hash::Hash;
use crate::heads::{self, Head, HeadsRoot};
use crate::leaf::{HEADS, Leaf, NOBODY, Token};
use crate::tree::Edge;

/// Where leaves are read from.
pub trait Leaves: Sync {
    /// The leaves `start..end`, one after the other, each with its length (2 bytes) before it;
    /// `start` is a multiple of 256, and `end` too or the log's size.
    ///
    /// # Errors
    /// What the place says.
    fn leaves(&self, start: u64, end: u64) -> io::Result<Vec<u8>>;
}

/// What an audit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audited {
    /// Root over all entries.
    pub root: Hash,
    /// Subjects.
    pub subjects: u64,
    /// Entries that say what all heads are, each right.
    pub heads: u64,
}

/// What does not fit.
#[derive(Debug, Error)]
pub enum Fault {
    /// The leaves can't be read.
    #[error("reading the leaves: {0}")]
    Io(#[from] io::Error),
    /// An entry is not what it should be.
    #[error("entry {0}: {1}")]
    Entry(u64, &'static str),
}

/// Leaves of a block with what of them the order is checked by.
struct Block {
    root: Hash,
    leaves: Vec<(Token, Head, Hash)>,
    /// What all heads are, by the place of the entry that says so.
    said: Vec<(u64, HeadsRoot)>,
}

type Subjects = HashMap<Token, Head>;

/// Reads the log of `size` entries with so many threads beside this one; `done` is told how many
/// entries are behind, and may end it with an error.
///
/// # Errors
/// The first thing that does not fit.
pub fn audit(
    leaves: &impl Leaves,
    size: u64,
    threads: usize,
    mut done: impl FnMut(u64) -> io::Result<()>,
) -> Result<Audited, Fault> {
    let (mut at, mut tree) = (0, Edge::default());
    let mut subjects = Subjects::new();
    let mut said = BTreeMap::new();
    blocks(leaves, size, threads, |block| {
        for (subject, head, before) in block.leaves {
            if !follows(&mut subjects, subject, head, before) {
                return Err(Fault::Entry(
                    at,
                    "it does not continue its subject's last one",
                ));
            }
            at += 1;
        }
        said.extend(
            block
                .said
                .into_iter()
                .map(|(seq, all)| ((all.through, seq), all)),
        );
        tree.push(block.root, |_, _| {});
        Ok(done(at)?)
    })?;
    let audited = Audited {
        root: tree.root(),
        subjects: subjects.len() as u64,
        heads: said.len() as u64,
    };
    drop(subjects);
    all_heads(leaves, said, size, threads)?;
    Ok(audited)
}

/// Checks what entries say of all heads: what was said when, by how many entries it counts.
fn all_heads(
    leaves: &impl Leaves,
    said: BTreeMap<(u64, u64), HeadsRoot>,
    size: u64,
    threads: usize,
) -> Result<(), Fault> {
    let Some(((last, _), _)) = said.last_key_value() else {
        return Ok(());
    };
    let size = size.min(last.next_multiple_of(BLOCK));
    let mut said = said.into_iter().peekable();
    let mut subjects = Subjects::new();
    let mut check = |at: u64, subjects: &Subjects| -> Result<(), Fault> {
        let mut right = None;
        while let Some(((_, seq), all)) = said.next_if(|((through, _), _)| *through == at) {
            let right = right.get_or_insert_with(|| root_over(subjects));
            if *right != (all.count, all.root) {
                return Err(Fault::Entry(seq, "it does not say what all heads are"));
            }
        }
        Ok(())
    };
    let mut at = 0;
    blocks(leaves, size, threads, |block| {
        for (subject, head, before) in block.leaves {
            check(at, &subjects)?;
            follows(&mut subjects, subject, head, before);
            at += 1;
        }
        Ok(())
    })?;
    check(at, &subjects)
}

/// Whether a leaf continues its subject's last one; it is the last one then.
fn follows(subjects: &mut Subjects, subject: Token, head: Head, before: Hash) -> bool {
    if subject == NOBODY {
        return true;
    }
    let last = subjects.entry(subject).or_default();
    let next = last.number.checked_add(1) == Some(head.number) && last.hash == before;
    *last = head;
    next
}

fn root_over(subjects: &Subjects) -> (u64, Hash) {
    let mut all: Vec<(&Token, &Head)> = subjects.iter().collect();
    all.sort_by_key(|(subject, _)| **subject);
    let mut edge = Edge::default();
    for (subject, head) in all {
        edge.push(heads::hash(subject, head), |_, _| {});
    }
    (edge.size(), edge.root())
}

/// Shows the blocks of a log in order, each hashed by one of the threads.
fn blocks(
    leaves: &impl Leaves,
    size: u64,
    threads: usize,
    mut show: impl FnMut(Block) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let threads = threads.max(1);
    let starts = move || (0..size.div_ceil(BLOCK)).map(|block| block * BLOCK);
    thread::scope(|scope| {
        let mut made = Vec::new();
        for number in 0..threads {
            let (sender, receiver) = mpsc::sync_channel(1);
            made.push(receiver);
            scope.spawn(move || {
                for start in starts().skip(number).step_by(threads) {
                    let block = block(leaves, start, (start + BLOCK).min(size));
                    if sender.send(block).is_err() {
                        return;
                    }
                }
            });
        }
        for (_, receiver) in starts().zip(made.iter().cycle()) {
            let block = receiver.recv().map_err(io::Error::other)?;
            show(block?)?;
        }
        Ok(())
    })
}

fn block(leaves: &impl Leaves, start: u64, end: u64) -> Result<Block, Fault> {
    let bytes = leaves.leaves(start, end)?;
    let mut rest = bytes.as_slice();
    let mut edge = Edge::default();
    let mut block = Block {
        root: Hash::NONE,
        leaves: Vec::new(),
        said: Vec::new(),
    };
    for seq in start..end {
        let bad = |what| Fault::Entry(seq, what);
        let leaf = crate::leaf::take::<2>(&mut rest).and_then(|length| {
            let (leaf, behind) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            rest = behind;
            Some(leaf)
        });
        let leaf = leaf.ok_or(bad("it is cut off"))?;
        let hash = Hash::of_leaf(leaf);
        edge.push(hash, |_, _| {});
        let leaf = Leaf::decode(leaf).ok().ok_or(bad("it is no leaf"))?;
        if leaf.seq != seq {
            return Err(bad("it does not stand where it says"));
        }
        if leaf.kind == HEADS {
            let all = HeadsRoot::of(&leaf).ok_or(bad("it says nothing that heads can be"))?;
            block.said.push((seq, all));
        }
        let number = leaf.number;
        let head = Head { number, hash };
        block.leaves.push((leaf.subject, head, leaf.before));
    }
    block.root = edge.root();
    Ok(block)
}

/// Leaves that are hashed at once: a complete subtree.
const BLOCK: u64 = 1 << 15;
