//! Numbers ids in the order in which they are first met.
//!
//! A table of slots, each 32 bits of hash and the place of the id in an arena. Looking up many
//! ids first hashes all, then loads all slots, then compares all, so that the memory works on
//! many of them at once. Ids are compared byte by byte, so a hostile file can't make two ids one;
//! the hash is seeded at random, so it can't make the table slow either. No result depends on
//! the hash: numbers follow the order of the file.

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

/// Ids of one kind.
pub(crate) struct Ids {
    arena: Arena,
    slots: Vec<u64>,
    count: u32,
    seed: foldhash::fast::FixedState,
}

/// There is no room for another id: 4 GiB of ids, or `u32::MAX - 2` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl core::fmt::Debug for Ids {
    /// How many there are; ids are personal data.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Ids({})", self.count)
    }
}

impl Default for Ids {
    fn default() -> Self {
        let mut seed = RandomState::new().build_hasher();
        seed.write_u8(0);
        Self {
            arena: Arena::default(),
            slots: vec![0; 64],
            count: 0,
            seed: foldhash::fast::FixedState::with_seed(seed.finish()),
        }
    }
}

impl Ids {
    /// How many ids there are.
    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// The number of an id.
    pub(crate) fn find(&self, id: &[u8]) -> Option<u32> {
        self.search(id, self.hash(id)).ok()
    }

    /// The number of an id, a new one if it is new.
    pub(crate) fn intern(&mut self, id: &[u8]) -> Result<u32, Full> {
        let hash = self.hash(id);
        match self.search(id, hash) {
            Ok(number) => Ok(number),
            Err(slot) => self.insert(id, hash, slot),
        }
    }

    /// Puts the numbers of `ids` after those in `numbers`: `missing` for an empty id, `unknown`
    /// for one that has no number.
    pub(crate) fn find_all<'a>(
        &self,
        ids: impl Iterator<Item = &'a [u8]>,
        missing: u32,
        unknown: u32,
        numbers: &mut Vec<u32>,
    ) {
        const AT_ONCE: usize = 32;
        let mut ids = ids;
        let mut group: [&[u8]; AT_ONCE] = [&[]; AT_ONCE];
        let mut hashes = [0; AT_ONCE];
        let mut slots = [0; AT_ONCE];
        let mask = self.slots.len() - 1;
        loop {
            let mut count = 0;
            for (id, place) in ids.by_ref().zip(&mut group) {
                *place = id;
                count += 1;
                if count == AT_ONCE {
                    break;
                }
            }
            if count == 0 {
                return;
            }
            for (id, hash) in group[..count].iter().zip(&mut hashes) {
                *hash = self.hash(id);
            }
            for (hash, slot) in hashes[..count].iter().zip(&mut slots) {
                *slot = self.slots[start(*hash, mask)];
            }
            for at in 0..count {
                let (id, hash, slot) = (group[at], hashes[at], slots[at]);
                numbers.push(if id.is_empty() {
                    missing
                } else if slot != 0
                    && slot >> 32 == hash >> 32
                    && let Some(number) = self.arena.matches(offset(slot), id)
                {
                    number
                } else {
                    self.search(id, hash).unwrap_or(unknown)
                });
            }
        }
    }

    /// All ids, in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.arena.iter()
    }

    /// Bytes that the dictionary holds in memory.
    pub(crate) fn memory(&self) -> usize {
        self.slots.capacity() * 8 + self.arena.memory()
    }

    fn hash(&self, id: &[u8]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write(id);
        hasher.finish()
    }

    /// The number of an id, or the free slot where it belongs.
    fn search(&self, id: &[u8], hash: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = start(hash, mask);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Err(at);
            }
            if slot >> 32 == hash >> 32
                && let Some(number) = self.arena.matches(offset(slot), id)
            {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
    }

    fn insert(&mut self, id: &[u8], hash: u64, slot: usize) -> Result<u32, Full> {
        // The two largest numbers mean "missing" and "unknown" to those who look up.
        if self.count >= u32::MAX - 2 {
            return Err(Full);
        }
        let number = self.count;
        let place = self.arena.push(number, id).ok_or(Full)?;
        let entry = (hash >> 32 << 32) | u64::from(place);
        self.slots[slot] = entry;
        self.count += 1;
        if self.len() > self.slots.len() / 8 * 7 {
            self.grow();
        }
        Ok(number)
    }

    /// Doubles the table; the arena is walked in order, which is quick.
    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        self.slots = Vec::new();
        self.slots.resize(size, 0);
        let mask = size - 1;
        let mut batch: [(u64, u32); 32] = [(0, 0); 32];
        let mut waiting = 0;
        let Self {
            arena, slots, seed, ..
        } = self;
        let put = |slots: &mut Vec<u64>, batch: &[(u64, u32)]| {
            for (hash, place) in batch {
                let mut at = start(*hash, mask);
                while slots[at] != 0 {
                    at = (at + 1) & mask;
                }
                slots[at] = (hash >> 32 << 32) | u64::from(*place);
            }
        };
        arena.each(|place, id| {
            let mut hasher = seed.build_hasher();
            hasher.write(id);
            batch[waiting] = (hasher.finish(), place);
            waiting += 1;
            if waiting == batch.len() {
                put(slots, &batch);
                waiting = 0;
            }
        });
        put(slots, &batch[..waiting]);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low bits choose the slot, whatever their number"
)]
fn start(hash: u64, mask: usize) -> usize {
    hash as usize & mask
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half of a slot is the place in the arena"
)]
fn offset(slot: u64) -> u32 {
    slot as u32
}

/// The bytes of all ids, each after its number and its length.
#[derive(Default)]
struct Arena {
    segments: Vec<Vec<u8>>,
}

impl Arena {
    /// Writes an id down; `None` = the arena is full.
    fn push(&mut self, number: u32, id: &[u8]) -> Option<u32> {
        let length = u16::try_from(id.len()).ok()?;
        let need = HEAD + id.len();
        if self
            .segments
            .last()
            .is_none_or(|segment| segment.len() + need > SEGMENT)
        {
            if self.segments.len() == MOST_SEGMENTS {
                return None;
            }
            let mut segment = Vec::new();
            if self.segments.is_empty() {
                // Place 0 would look like a free slot.
                segment.push(0);
            }
            self.segments.push(segment);
        }
        let index = self.segments.len() - 1;
        let segment = self.segments.last_mut()?;
        if segment.capacity() - segment.len() < need {
            // Doubled, but never past the segment's end.
            let room = (segment.capacity() * 2)
                .clamp(4096, SEGMENT)
                .max(segment.len() + need);
            segment.reserve_exact(room - segment.len());
        }
        let place = u32::try_from(index * SEGMENT + segment.len()).ok()?;
        segment.extend_from_slice(&number.to_le_bytes());
        segment.extend_from_slice(&length.to_le_bytes());
        segment.extend_from_slice(id);
        Some(place)
    }

    /// The number of the id at `place`, if it is `id`.
    fn matches(&self, place: u32, id: &[u8]) -> Option<u32> {
        let place = place as usize;
        let entry = self.segments[place / SEGMENT].get(place % SEGMENT..)?;
        let (head, rest) = entry.split_first_chunk::<HEAD>()?;
        let [n0, n1, n2, n3, l0, l1] = *head;
        if usize::from(u16::from_le_bytes([l0, l1])) != id.len() || rest.get(..id.len())? != id {
            return None;
        }
        Some(u32::from_le_bytes([n0, n1, n2, n3]))
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.segments
            .iter()
            .enumerate()
            .flat_map(|(index, segment)| {
                let mut rest = segment.get(usize::from(index == 0)..).unwrap_or_default();
                core::iter::from_fn(move || {
                    let (head, after) = rest.split_first_chunk::<HEAD>()?;
                    let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
                    let (id, after) = after.split_at_checked(length)?;
                    rest = after;
                    Some(id)
                })
            })
    }

    fn each(&self, mut visit: impl FnMut(u32, &[u8])) {
        for (index, segment) in self.segments.iter().enumerate() {
            let mut at = usize::from(index == 0);
            while let Some(head) = segment.get(at..at + HEAD) {
                let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
                let Some(id) = segment.get(at + HEAD..at + HEAD + length) else {
                    return;
                };
                if let Ok(place) = u32::try_from(index * SEGMENT + at) {
                    visit(place, id);
                }
                at += HEAD + length;
            }
        }
    }

    fn memory(&self) -> usize {
        self.segments.iter().map(Vec::capacity).sum()
    }
}

/// Number and length before each id.
const HEAD: usize = 6;
/// Segments are small enough that growing one copies little.
const SEGMENT: usize = 1 << 26;
/// Places are 32 bits.
const MOST_SEGMENTS: usize = 1 << 6;
/// Longest id that readers hand over.
pub(crate) const LONGEST_ID: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_follow_the_order_of_first_meeting(
            ids in prop::collection::vec("[a-c]{1,3}", 0..400)
        ) {
            let mut dictionary = Ids::default();
            let mut plain: Vec<String> = Vec::new();
            for id in &ids {
                let expected = plain.iter().position(|old| old == id).unwrap_or_else(|| {
                    plain.push(id.clone());
                    plain.len() - 1
                });
                prop_assert_eq!(dictionary.intern(id.as_bytes()), Ok(u32::try_from(expected).unwrap()));
            }
            let listed: Vec<&[u8]> = dictionary.iter().collect();
            prop_assert_eq!(listed, plain.iter().map(String::as_bytes).collect::<Vec<_>>());
        }
    }

    #[test]
    fn many_ids_are_found_again_one_by_one_and_in_groups() {
        let ids: Vec<String> = (0..50_000)
            .map(|n| format!("id-{}", n * 7919 % 50_021))
            .collect();
        let mut dictionary = Ids::default();
        for id in &ids {
            dictionary.intern(id.as_bytes()).unwrap();
        }
        let mut found = Vec::new();
        let asked = ids
            .iter()
            .map(String::as_bytes)
            .chain([&b""[..], b"no such id"]);
        dictionary.find_all(asked, 7, 9, &mut found);
        let expected: Vec<u32> = (0..50_000).chain([7, 9]).collect();
        assert_eq!(found, expected);
        assert_eq!(
            dictionary.find(b"id-50020"),
            ids.iter().position(|id| id == "id-50020").map(|n| n as u32)
        );
    }

    #[test]
    fn ids_past_the_first_segment_are_found() {
        let mut dictionary = Ids::default();
        let long = "x".repeat(4000);
        for n in 0..20_000 {
            dictionary.intern(format!("{n}{long}").as_bytes()).unwrap();
        }
        assert!(dictionary.arena.segments.len() > 1);
        assert_eq!(
            dictionary.find(format!("19999{long}").as_bytes()),
            Some(19_999)
        );
        assert_eq!(dictionary.find(format!("3{long}").as_bytes()), Some(3));
        assert_eq!(dictionary.iter().count(), 20_000);
    }
}
