//! The Merkle tree as RFC 6962, section 2.1, defines it: slow, recursive, and by nobody's code but
//! the definition's.

use sha2::{Digest as _, Sha256};

pub(crate) type Bytes = [u8; 32];

pub(crate) fn leaf(entry: &[u8]) -> Bytes {
    Sha256::digest([&[0], entry].concat()).into()
}

pub(crate) fn node(left: Bytes, right: Bytes) -> Bytes {
    Sha256::digest([&[1][..], &left, &right].concat()).into()
}

/// MTH, over hashes of leaves.
pub(crate) fn root(leaves: &[Bytes]) -> Bytes {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            node(root(left), root(right))
        }
    }
}

/// PATH(m, D[n]).
pub(crate) fn path(m: usize, leaves: &[Bytes]) -> Vec<Bytes> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = half(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, last) = if m < k {
        (path(m, left), root(right))
    } else {
        (path(m - k, right), root(left))
    };
    path.push(last);
    path
}

/// PROOF(m, D[n]).
pub(crate) fn proof(m: usize, leaves: &[Bytes]) -> Vec<Bytes> {
    part_of_proof(m, leaves, true)
}

fn part_of_proof(m: usize, leaves: &[Bytes], whole: bool) -> Vec<Bytes> {
    if m == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let k = half(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, last) = if m <= k {
        (part_of_proof(m, left, whole), root(right))
    } else {
        (part_of_proof(m - k, right, false), root(left))
    };
    proof.push(last);
    proof
}

/// The largest power of two smaller than n.
fn half(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}
