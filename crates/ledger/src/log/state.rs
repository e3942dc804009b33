//! What the next batch continues.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use crate::disk::Disk;
use crate::gate::{Gate, Times, Undo};
use crate::hash::Hash;
use crate::heads::{self, Changed, Head, Heads, Table};
use crate::journal::Position;
use crate::leaf::{EventId, Leaf, NOBODY, is_old, time_of};
use crate::mark::Mark;
use crate::served::Served;
use crate::tree::Edge;

/// What the next batch continues.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) edge: Edge,
    pub(super) heads: Heads,
    /// Where events of the last days stand.
    pub(super) known: HashMap<EventId, u64>,
    pub(super) gate: Gate,
    /// How many names were kept when old ones were last looked for.
    kept: usize,
}

/// What a batch that is not yet durable changes.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) edge: Edge,
    pub(super) heads: Changed,
    pub(super) known: HashMap<EventId, u64>,
    /// The gate is changed at once, and changed back if the batch is lost.
    pub(super) undo: Vec<Undo>,
}

impl State {
    /// The state at the mark of a folder, and where the journal stood; none if there is no mark,
    /// or what it speaks of is not all there.
    pub(super) fn marked(disk: &Arc<dyn Disk>) -> io::Result<Option<(Self, Served, Position)>> {
        let Some(mark) = Mark::read(disk.as_ref())? else {
            return Ok(None);
        };
        let (generation, bits, taken) = mark.table;
        let Some(table) = Table::open(disk.as_ref(), generation, bits, taken)? else {
            return Ok(None);
        };
        let size = mark.at.seq;
        let served = match Served::open(disk, size) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        };
        let edge = Edge::read(&served, size)?;
        if edge.root() != mark.root {
            return Ok(None);
        }
        heads::sweep(disk.as_ref(), Some(generation))?;
        let state = Self {
            edge,
            heads: Heads::of(Some(table.into())),
            known: mark.known,
            gate: mark.gate,
            kept: 0,
        };
        Ok(Some((state, served, mark.at)))
    }

    pub(super) fn ahead(&self) -> Ahead {
        Ahead {
            edge: self.edge.clone(),
            heads: Changed::new(),
            known: HashMap::new(),
            undo: Vec::new(),
        }
    }

    /// Whether a leaf of the journal continues its subject's last one.
    pub(super) fn fits(&self, leaf: &Leaf) -> io::Result<bool> {
        if leaf.subject == NOBODY {
            return Ok(true);
        }
        let head = self.heads.get(&leaf.subject)?;
        let next = leaf.number == head.number.saturating_add(1) && leaf.before == head.hash;
        // The table of heads may be ahead of its mark.
        Ok(next || (leaf.number <= head.number && self.heads.is_of_table(&leaf.subject)))
    }

    /// Takes an entry that is in the journal.
    pub(super) fn take(&mut self, leaf: &Leaf, hash: Hash) {
        if leaf.subject != NOBODY {
            let number = leaf.number;
            self.heads.set(leaf.subject, Head { number, hash });
        }
        if !is_old(&leaf.id) {
            self.known.insert(leaf.id, leaf.seq);
        }
    }

    /// Forgets what is older than is remembered.
    pub(super) fn forget(&mut self, times: Times) {
        let oldest = times.now.saturating_sub(times.remembered);
        self.known.retain(|id, _| time_of(id) >= oldest);
        self.gate.forget(times);
        self.kept = self.known.len();
    }

    /// Forgets, if there is much more than when that was last done.
    pub(super) fn forget_some(&mut self, times: Times) {
        if self.known.len() >= FORGETS_FROM.max(2 * self.kept) {
            self.forget(times);
        }
    }

    /// Takes what has become durable.
    pub(super) fn follow(&mut self, next: Ahead) {
        self.edge = next.edge;
        self.heads.extend(next.heads);
        self.known.extend(next.known);
    }
}

const FORGETS_FROM: usize = 1 << 20;
