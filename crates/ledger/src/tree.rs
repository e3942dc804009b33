//! The Merkle tree of RFC 6962: roots, and proofs made and checked.

use crate::hash::Hash;

/// Hashes of complete subtrees, from wherever they are kept.
pub trait Subtrees {
    /// What can go wrong where they are kept.
    type Error;

    /// The hash over the leaves from `index * 2^level` on, `2^level` of them.
    ///
    /// # Errors
    /// A hash that can't be read.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The root over leaves `start..end` of a larger tree, where `start` is the left edge of a subtree.
///
/// # Errors
/// A hash that can't be read.
pub fn root_of<S: Subtrees>(subtrees: &S, start: u64, end: u64) -> Result<Hash, S::Error> {
    let count = end - start;
    if count == 0 {
        return Ok(Hash::of_nothing());
    }
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return subtrees.subtree(level, start >> level);
    }
    let middle = start + split(count);
    let left = root_of(subtrees, start, middle)?;
    let right = root_of(subtrees, middle, end)?;
    Ok(Hash::of_node(&left, &right))
}

/// The proof that leaf `index` is in the tree of `size` leaves: hashes from the leaf's sibling up.
///
/// # Errors
/// A hash that can't be read.
///
/// An `index` that is not in the tree gives a proof of nothing, which no check takes.
pub fn inclusion<S: Subtrees>(subtrees: &S, index: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let beside = beside(index, size).into_iter();
    let hash = |(start, end, _)| root_of(subtrees, start, end);
    beside.map(hash).collect()
}

/// The subtrees beside the way from leaf `index` up to the root of `size` leaves, from the leaf up,
/// as first leaf, end, and an edge to put their leaves into.
pub(crate) fn beside(index: u64, size: u64) -> Vec<(u64, u64, Edge)> {
    let mut beside = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            beside.push((middle, end, Edge::default()));
            end = middle;
        } else {
            beside.push((start, middle, Edge::default()));
            start = middle;
        }
    }
    beside.reverse();
    beside
}

/// The proof that the tree of `size` leaves continues the one of `old` leaves (RFC 6962, 2.1.2).
///
/// # Errors
/// A hash that can't be read.
pub fn consistency<S: Subtrees>(subtrees: &S, old: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let mut proof = Vec::new();
    if old == 0 || old >= size {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, size);
    // Whether the old tree is not yet known to begin at `start` as a whole.
    let mut whole = true;
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(root_of(subtrees, middle, end)?);
            end = middle;
        } else {
            proof.push(root_of(subtrees, start, middle)?);
            start = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(root_of(subtrees, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether a proof shows that `leaf` is entry `index` of the tree of `size` leaves under `root`.
#[must_use]
pub fn includes(proof: &[Hash], leaf: &Hash, index: u64, size: u64, root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut hash = *leaf;
    let whole = climb(proof, index, size - 1, |left, beside| {
        hash = if left {
            Hash::of_node(beside, &hash)
        } else {
            Hash::of_node(&hash, beside)
        };
    });
    whole && hash == *root
}

/// Goes from a node up to the root along a proof (RFC 9162, 2.1.3.2 and 2.1.4.2): `step` is given
/// each hash beside the way, and whether it stands to the left. Says whether the proof ends there.
///
/// `last` is the number of the last node on the level of `node`.
fn climb(proof: &[Hash], node: u64, last: u64, mut step: impl FnMut(bool, &Hash)) -> bool {
    let (mut node, mut last) = (node, last);
    for beside in proof {
        if last == 0 {
            return false;
        }
        let left = node & 1 == 1 || node == last;
        step(left, beside);
        if left {
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0
}

/// Whether a proof shows that the tree of `size` leaves under `root` continues an older one.
#[must_use]
pub fn continues(proof: &[Hash], old: (u64, &Hash), new: (u64, &Hash)) -> bool {
    let ((old, old_root), (size, root)) = (old, new);
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old > size {
        return false;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == Hash::of_nothing();
    }
    let shown = if old.is_power_of_two() {
        roots(old_root, proof, old, size)
    } else {
        let first = proof.split_first();
        first.and_then(|(first, path)| roots(first, path, old, size))
    };
    shown == Some((*old_root, *root))
}

/// The root that a proof in the tree under `root` shows for its first `old` leaves; none if the
/// proof is no such, or `old` is a power of two: then a proof begins above that root.
#[must_use]
pub fn older(proof: &[Hash], old: u64, new: (u64, &Hash)) -> Option<Hash> {
    let (size, root) = new;
    if old == 0 || old >= size || old.is_power_of_two() {
        return None;
    }
    let (first, path) = proof.split_first()?;
    let (from_old, from_new) = roots(first, path, old, size)?;
    (from_new == *root).then_some(from_old)
}

/// The roots over `old` and over `size` leaves that a path leads to, from the root `first` of the
/// last complete subtree of the old tree; none if it does not end there.
fn roots(first: &Hash, path: &[Hash], old: u64, size: u64) -> Option<(Hash, Hash)> {
    // From the root of the last complete subtree of the old tree.
    let level = (old - 1).trailing_ones();
    let (mut from_old, mut from_new) = (*first, *first);
    let whole = climb(
        path,
        (old - 1) >> level,
        (size - 1) >> level,
        |left, beside| {
            if left {
                from_old = Hash::of_node(beside, &from_old);
                from_new = Hash::of_node(beside, &from_new);
            } else {
                from_new = Hash::of_node(&from_new, beside);
            }
        },
    );
    whole.then_some((from_old, from_new))
}

/// The tree's right edge: enough to add leaves and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Hashes of complete subtrees, the largest first: one for each bit of `size`.
    peaks: Vec<Hash>,
    size: u64,
}

impl Edge {
    /// The right edge of a tree of `size` leaves.
    ///
    /// # Errors
    /// A hash that can't be read.
    pub fn read<S: Subtrees>(subtrees: &S, size: u64) -> Result<Self, S::Error> {
        let mut peaks = Vec::new();
        for level in (0..u64::BITS).rev() {
            if size >> level & 1 == 1 {
                // Leaves left of this subtree: the higher bits of the size.
                let before = size >> level & !1;
                peaks.push(subtrees.subtree(level, before)?);
            }
        }
        Ok(Self { peaks, size })
    }

    /// Leaves of the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and says which subtree each level of `complete` has with it: `complete(level,
    /// hash)` is called for every subtree that this leaf is the last of, from the leaf up.
    pub fn push(&mut self, leaf: Hash, mut complete: impl FnMut(u32, &Hash)) {
        let mut hash = leaf;
        complete(0, &hash);
        for level in 1..=self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = Hash::of_node(&left, &hash);
                complete(level, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Adds a complete subtree of `count` leaves, a power of two that divides the size.
    pub(crate) fn push_subtree(&mut self, hash: Hash, count: u64) {
        let mut hash = hash;
        let mut size = self.size >> count.trailing_zeros();
        while size & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = Hash::of_node(&left, &hash);
            }
            size >>= 1;
        }
        self.peaks.push(hash);
        self.size += count;
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let over = |right: Hash, left: &Hash| Hash::of_node(left, &right);
        let mut peaks = self.peaks.iter().rev();
        peaks
            .next()
            .map_or_else(Hash::of_nothing, |last| peaks.fold(*last, over))
    }
}

/// The largest power of two that is smaller than `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}
