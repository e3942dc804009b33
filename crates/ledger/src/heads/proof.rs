//! The tree over all heads in the order of their subjects, its root as an entry of the log, and
//! the proof that a head is in it, or that none is.

use std::io;

use super::{Head, Heads};
use crate::hash::Hash;
use crate::leaf::{EventId, HEADS, Leaf, Token};
use crate::tree::{self, Edge};

/// What the log says of all subjects at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadsRoot {
    /// Entries of the log that it counts.
    pub through: u64,
    /// Subjects.
    pub count: u64,
    /// Root of the tree over their heads.
    pub root: Hash,
}

/// A subject's head and its place among all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 0, in the order of the subjects.
    pub index: u64,
    /// The subject.
    pub subject: Token,
    /// Its head.
    pub head: Head,
    /// The proof that it stands there.
    pub path: Vec<Hash>,
}

impl HeadsRoot {
    /// The entry that says so. Its parts are public: nothing is sealed.
    #[must_use]
    pub fn leaf(&self, id: EventId) -> Leaf {
        let mut counts = Hash::NONE;
        counts.0[..8].copy_from_slice(&self.through.to_be_bytes());
        counts.0[8..16].copy_from_slice(&self.count.to_be_bytes());
        Leaf::new(id, HEADS, None, vec![self.root, counts])
    }

    /// What an entry says of all heads; none if it is another entry.
    #[must_use]
    pub fn of(leaf: &Leaf) -> Option<Self> {
        let [root, counts] = *leaf.parts.as_slice() else {
            return None;
        };
        let (through, rest) = counts.0.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let said = Self {
            through: u64::from_be_bytes(*through),
            count: u64::from_be_bytes(*count),
            root,
        };
        let whole = leaf.kind == HEADS && rest.iter().all(|byte| *byte == 0);
        (whole && said.through <= leaf.seq).then_some(said)
    }
}

/// Count and root of all heads, and the place of a subject among them or, if it has none, those of
/// its neighbours.
pub(crate) fn places(heads: &Heads, subject: &Token) -> io::Result<(u64, Hash, Vec<Place>)> {
    let mut all = Edge::default();
    let mut wanted: Vec<Place> = Vec::new();
    let mut before = None;
    let place = |index, subject: Token, head| Place {
        index,
        subject,
        head,
        path: Vec::new(),
    };
    heads.each(|found, head| {
        let index = all.size();
        if found >= subject && wanted.is_empty() {
            wanted.push(place(index, *found, *head));
            if found > subject {
                wanted.splice(0..0, before.take());
            }
        }
        before = wanted.is_empty().then(|| place(index, *found, *head));
        all.push(hash(found, head), |_, _| {});
        Ok(())
    })?;
    wanted.extend(before);
    // One more time through all heads: each belongs to the subtree beside one step of each path.
    let ranges = |place: &Place| tree::beside(place.index, all.size());
    let mut paths: Vec<Vec<(u64, u64, Edge)>> = wanted.iter().map(ranges).collect();
    let mut index = 0;
    heads.each(|found, head| {
        let hash = hash(found, head);
        for (start, end, edge) in paths.iter_mut().flatten() {
            if (*start..*end).contains(&index) {
                edge.push(hash, |_, _| {});
            }
        }
        index += 1;
        Ok(())
    })?;
    for (place, path) in wanted.iter_mut().zip(paths) {
        place.path = path.iter().map(|(_, _, edge)| edge.root()).collect();
    }
    Ok((all.size(), all.root(), wanted))
}

/// Whether a head stands at its place under a root.
#[must_use]
pub fn present(place: &Place, under: &HeadsRoot) -> bool {
    let leaf = hash(&place.subject, &place.head);
    tree::includes(&place.path, &leaf, place.index, under.count, &under.root)
}

/// Whether these neighbours show that a subject has no head under a root.
#[must_use]
pub fn absent(subject: &Token, neighbours: &[Place], under: &HeadsRoot) -> bool {
    let stand = neighbours.iter().all(|place| present(place, under));
    let fit = match neighbours {
        [] => under.count == 0 && under.root == Hash::of_nothing(),
        [only] if only.index == 0 && only.subject > *subject => true,
        [only] => only.subject < *subject && only.index.checked_add(1) == Some(under.count),
        [left, right] => {
            let beside = left.index.checked_add(1) == Some(right.index);
            beside && left.subject < *subject && *subject < right.subject
        }
        _ => false,
    };
    stand && fit
}

/// The leaf of a head in the tree over all.
pub(crate) fn hash(subject: &Token, head: &Head) -> Hash {
    let bytes = [&subject[..], &head.number.to_be_bytes(), &head.hash.0].concat();
    Hash::of_leaf(&bytes)
}
