//! Roots, proofs and tiles against the definitions, and proofs that somebody changed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use countersign_ledger::disk::Disk;
use countersign_ledger::hash::Hash;
use countersign_ledger::served::{Fresh, Served};
use countersign_ledger::tile::{Resource, WIDTH, resources};
use countersign_ledger::tree::{
    Edge, Subtrees, consistency, continues, includes, inclusion, root_of,
};
use proptest::prelude::*;

use crate::plain::{self, Bytes};
use crate::simulated::Simulated;

const MOST: usize = 70_000;

static LEAVES: LazyLock<Vec<Bytes>> =
    LazyLock::new(|| (0..MOST).map(|n| plain::leaf(&entry(n))).collect());
static SERVED: LazyLock<Served> = LazyLock::new(|| served(MOST).0);

/// Entries of different lengths, the empty one among them.
pub(crate) fn entry(n: usize) -> Vec<u8> {
    n.to_string().into_bytes().repeat(n % 4)
}

/// A log's files with so many entries, written in batches of different sizes.
pub(crate) fn served(size: usize) -> (Served, Edge) {
    let disk: Arc<dyn Disk> = Simulated::new().shared();
    let mut served = Served::open(&disk, 0).unwrap();
    let mut edge = Edge::default();
    let (mut before, mut count) = (0, 1);
    while before < size {
        let end = size.min(before + count);
        let mut fresh = Fresh::default();
        for n in before..end {
            served.add(&mut fresh, &mut edge, &entry(n));
        }
        served.write(&fresh, before as u64).unwrap();
        before = end;
        count = count * 3 % 7919 + 1;
    }
    // Opened again, it finds its end.
    let again = Served::open(&disk, size as u64).unwrap();
    if size > 0 {
        assert_eq!(again.entry(size as u64 - 1).unwrap(), entry(size - 1));
    }
    assert!(again.entry(size as u64).is_err());
    (served, edge)
}

fn hashes(bytes: &[Bytes]) -> Vec<Hash> {
    bytes.iter().copied().map(Hash).collect()
}

/// Calls `check` with each proof that is this one with one thing changed.
fn changed(proof: &[Hash], mut check: impl FnMut(&[Hash], &str)) {
    for place in 0..proof.len() {
        let mut other = proof.to_vec();
        other[place].0[place % 32] ^= 1 << (place % 8);
        check(&other, "a bit");
        let mut other = proof.to_vec();
        other.remove(place);
        check(&other, "dropped");
        if place > 0 {
            let mut other = proof.to_vec();
            other.swap(place - 1, place);
            check(&other, "swapped");
        }
    }
    for place in 0..=proof.len() {
        for added in [Hash::NONE, proof.first().copied().unwrap_or_default()] {
            let mut other = proof.to_vec();
            other.insert(place, added);
            check(&other, "added");
        }
    }
}

fn inclusion_is_right(index: usize, size: usize) {
    let leaves = &LEAVES[..size];
    let root = Hash(plain::root(leaves));
    let path = hashes(&plain::path(index, leaves));
    let (leaf, at, of) = (Hash(leaves[index]), index as u64, size as u64);
    assert_eq!(
        inclusion(&*SERVED, at, of).unwrap(),
        path,
        "{index} of {size}"
    );
    assert!(includes(&path, &leaf, at, of, &root));
    changed(&path, |other, how| {
        assert!(
            !includes(other, &leaf, at, of, &root),
            "{how}: {index} of {size}"
        );
    });
    assert!(!includes(&path, &Hash::of_leaf(b"another"), at, of, &root));
    assert!(!includes(&path, &leaf, at, of, &Hash::of_leaf(b"another")));
    for other in [at + 1, at ^ 1, at.wrapping_sub(1), at + of, u64::MAX] {
        if other != at {
            assert!(!includes(&path, &leaf, other, of, &root), "{other} of {of}");
        }
    }
}

fn consistency_is_right(old: usize, size: usize) {
    let leaves = &LEAVES[..size];
    let (old_root, root) = (Hash(plain::root(&leaves[..old])), Hash(plain::root(leaves)));
    let proof = hashes(&plain::proof(old, leaves));
    let (from, to) = (old as u64, size as u64);
    let made = consistency(&*SERVED, from, to).unwrap();
    assert_eq!(made, proof, "{old} to {size}");
    assert!(continues(&proof, (from, &old_root), (to, &root)));
    changed(&proof, |other, how| {
        let taken = continues(other, (from, &old_root), (to, &root));
        assert!(!taken, "{how}: {old} to {size}");
    });
    let another = Hash::of_leaf(b"another");
    assert!(!continues(&proof, (from, &another), (to, &root)));
    assert!(!continues(&proof, (from, &old_root), (to, &another)));
    if from != to {
        assert!(!continues(&proof, (to, &root), (from, &old_root)));
    }
}

#[test]
fn roots_and_proofs_of_all_small_sizes_are_those_of_the_definition() {
    let mut edge = Edge::default();
    for size in 0..=70_usize {
        let root = Hash(plain::root(&LEAVES[..size]));
        assert_eq!(root_of(&*SERVED, 0, size as u64).unwrap(), root);
        assert_eq!((edge.root(), edge.size()), (root, size as u64));
        assert_eq!(Edge::read(&*SERVED, size as u64).unwrap(), edge);
        for index in 0..size {
            inclusion_is_right(index, size);
        }
        for old in 1..=size {
            consistency_is_right(old, size);
        }
        assert!(!includes(&[], &root, size as u64, size as u64, &root));
        edge.push(Hash(LEAVES[size]), |level, hash| {
            let count = 1 << level;
            let under = &LEAVES[size + 1 - count..=size];
            assert_eq!(hash.0, plain::root(under), "level {level} at {size}");
        });
    }
}

#[test]
fn every_tree_continues_the_empty_one_and_itself() {
    let (nothing, some) = (Hash::of_nothing(), Hash(plain::root(&LEAVES[..5])));
    assert!(continues(&[], (0, &nothing), (5, &some)));
    assert!(continues(&[], (5, &some), (5, &some)));
    assert!(continues(&[], (0, &nothing), (0, &nothing)));
    assert!(!continues(&[], (0, &some), (5, &some)));
    assert!(!continues(&[some], (0, &nothing), (5, &some)));
    assert!(!continues(&[some], (5, &some), (5, &some)));
    assert!(!continues(&[], (5, &nothing), (5, &some)));
    assert_eq!(consistency(&*SERVED, 0, 5).unwrap(), []);
    assert_eq!(consistency(&*SERVED, 5, 5).unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::with_cases(u32::try_from(crate::script::more(12, 300)).unwrap())
    })]

    #[test]
    fn proofs_of_large_trees_are_those_of_the_definition(
        size in 71..=MOST, place in any::<prop::sample::Index>()
    ) {
        inclusion_is_right(place.index(size), size);
        consistency_is_right(1 + place.index(size), size);
        let edge = Edge::read(&*SERVED, size as u64).unwrap();
        prop_assert_eq!(edge.root().0, plain::root(&LEAVES[..size]));
    }

    /// What somebody else sends is any number of hashes and any numbers.
    #[test]
    fn no_numbers_make_a_check_panic(
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        old in any::<u64>(), size in any::<u64>(), near in 0..4_u64,
    ) {
        let root = Hash::of_nothing();
        let proof = hashes(&proof);
        for (old, size) in [(old, size), (size.wrapping_sub(near), size), (u64::MAX - near, u64::MAX)] {
            prop_assert!(!includes(&proof, &root, old, size, &root));
            let same = old == size && proof.is_empty();
            prop_assert_eq!(continues(&proof, (old, &root), (size, &root)), same || (old == 0 && proof.is_empty()));
        }
    }
}

/// Tiles as a client has them: bytes by path.
struct Fetched(HashMap<String, Vec<u8>>);

impl Subtrees for Fetched {
    type Error = String;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, String> {
        let (tile_level, within) = (u8::try_from(level / 8).unwrap(), level % 8);
        let count = 1_u64 << within;
        let first = index * count;
        let (tile, at) = (first / WIDTH, usize::try_from(first % WIDTH).unwrap());
        let found = (1..=256).rev().find_map(|width| {
            let resource = Resource::Tile {
                level: tile_level,
                index: tile,
                width,
            };
            self.0.get(&resource.to_string())
        });
        let (hashes, _) = found.ok_or("no such tile")?.as_chunks::<32>();
        let end = at + usize::try_from(count).unwrap();
        let under = hashes.get(at..end).ok_or("the tile is too narrow")?;
        Ok(Hash(plain::root(under)))
    }
}

#[test]
fn the_paths_of_a_size_serve_the_whole_tree() {
    for size in [1, 2, 255, 256, 257, 65_535, 65_536, 65_537, MOST] {
        let (served, edge) = served(size);
        let of = size as u64;
        let mut fetched = HashMap::new();
        for resource in resources(of) {
            let path = resource.to_string();
            assert_eq!(Resource::parse(&path), Some(resource));
            let bytes = served.resource(&resource, of, 0).unwrap().unwrap();
            fetched.insert(path, bytes);
        }
        let mut entries = 0;
        for (path, bytes) in &fetched {
            match Resource::parse(path).unwrap() {
                Resource::Tile {
                    level,
                    index,
                    width,
                } => {
                    let under = 256_usize.pow(u32::from(level));
                    let (hashes, rest) = bytes.as_chunks::<32>();
                    assert!(rest.is_empty() && hashes.len() == usize::from(width));
                    for (hash, first) in hashes.iter().zip(index * WIDTH..) {
                        let start = usize::try_from(first).unwrap() * under;
                        assert_eq!(*hash, plain::root(&LEAVES[start..start + under]), "{path}");
                    }
                }
                Resource::Entries { index, width } => {
                    let tile = Resource::Tile {
                        level: 0,
                        index,
                        width,
                    };
                    let (hashes, _) = fetched[&tile.to_string()].as_chunks::<32>();
                    let mut rest = bytes.as_slice();
                    for hash in hashes {
                        let (length, behind) = rest.split_first_chunk().unwrap();
                        let (entry, behind) =
                            behind.split_at(usize::from(u16::from_be_bytes(*length)));
                        assert_eq!(plain::leaf(entry), *hash, "{path}");
                        rest = behind;
                        entries += 1;
                    }
                    assert!(rest.is_empty());
                }
                Resource::Checkpoint => panic!("{path}"),
            }
        }
        assert_eq!(entries, size);
        let root = Hash(plain::root(&LEAVES[..size]));
        assert_eq!(edge.root(), root);
        assert_eq!(root_of(&Fetched(fetched), 0, of), Ok(root));
    }
}

#[test]
fn a_tile_is_served_for_every_size_there_was_and_for_none_to_come() {
    let of = MOST as u64;
    let whole = |what: Resource| SERVED.resource(&what, of, 0).unwrap();
    for (level, index, most) in [(0, 0, 256), (0, 273, 112), (1, 1, 17), (2, 0, 1)] {
        let tile = |width| Resource::Tile {
            level,
            index,
            width,
        };
        let last = whole(tile(most)).unwrap();
        for width in 1..=256 {
            let expected = (width <= most).then(|| last[..usize::from(width) * 32].to_vec());
            assert_eq!(whole(tile(width)), expected, "{level} {index} {width}");
        }
    }
    let bundle = |width| Resource::Entries { index: 273, width };
    let last = whole(bundle(112)).unwrap();
    for width in 1..=112 {
        let some = whole(bundle(width)).unwrap();
        assert_eq!(some, last[..some.len()]);
    }
    assert_eq!(whole(bundle(113)), None);
    for (level, index) in [
        (0, 274),
        (1, 2),
        (2, 1),
        (3, 0),
        (7, 0),
        (8, 0),
        (63, 0),
        (0, u64::MAX),
    ] {
        let tile = Resource::Tile {
            level,
            index,
            width: 1,
        };
        assert_eq!(whole(tile), None, "{level} {index}");
    }
}

#[test]
fn what_ends_before_the_minimum_is_not_handed_out() {
    let of = MOST as u64;
    for minimum in [0, 255, 256, 257, 65_535, 65_536, of] {
        for resource in resources(of) {
            let (level, index) = match resource {
                Resource::Tile { level, index, .. } => (u32::from(level), index),
                Resource::Entries { index, .. } => (0, index),
                Resource::Checkpoint => unreachable!(),
            };
            let pruned = (index + 1) * 256_u64.pow(level + 1) <= minimum;
            let served = SERVED.resource(&resource, of, minimum).unwrap();
            assert_eq!(served.is_none(), pruned, "{resource} {minimum}");
        }
    }
    let largest = Resource::Tile {
        level: 7,
        index: 0,
        width: 1,
    };
    assert_eq!(largest.end(), None, "2^64 is no number of 64 bits");
}
