//! Numbers ids in the order in which they are first met.
//!
//! A table of slots, each 32 bits of hash and the place of the id in an arena. Looking up many
//! ids first hashes all, then loads all slots, then compares all, so that the memory works on
//! many of them at once. Ids are compared byte by byte, so a hostile file can't make two ids one;
//! the hash is seeded at random, so it can't make the table slow either. No result depends on
//! the hash: numbers follow the order of the file.

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

use crate::piece::Digits;

/// Ids of one kind.
pub(crate) struct Ids {
    arena: Arena,
    slots: Vec<u64>,
    count: u32,
    seed: foldhash::fast::FixedState,
    integers: Option<Pages>,
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
            integers: None,
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

    /// Puts the numbers of `ids` in `numbers`, new ones for those that are new.
    ///
    /// The same as [`Self::intern`] one by one, but the memory works on all at once.
    pub(crate) fn intern_all(&mut self, ids: &[&[u8]], numbers: &mut [u32]) -> Result<(), Full> {
        for (ids, numbers) in ids.chunks(AT_ONCE).zip(numbers.chunks_mut(AT_ONCE)) {
            if self.len() + ids.len() > self.most() {
                self.grow();
            }
            let mut hashes = [0; AT_ONCE];
            for (id, hash) in ids.iter().zip(&mut hashes) {
                *hash = self.hash(id);
            }
            let mask = self.slots.len() - 1;
            let mut slots = [0; AT_ONCE];
            for (hash, slot) in hashes[..ids.len()].iter().zip(&mut slots) {
                *slot = self.slots[start(*hash, mask)];
            }
            // What these find is found again below, then from the cache.
            let mut touched = 0;
            for (hash, slot) in hashes.iter().zip(&slots) {
                if *slot != 0 && slot >> 32 == hash >> 32 {
                    touched ^= self.arena.touch(offset(*slot));
                }
            }
            core::hint::black_box(touched);
            for ((id, hash), number) in ids.iter().zip(hashes).zip(numbers) {
                *number = match self.search(id, hash) {
                    Ok(number) => number,
                    Err(slot) => self.insert(id, hash, slot)?,
                };
            }
        }
        Ok(())
    }

    /// The numbers of integers whose text is an id; needs [`Self::watch_integers`].
    pub(crate) fn find_integer(&self, value: i64) -> Option<u32> {
        let pages = self.integers.as_ref()?;
        pages.find(value).or_else(|| {
            // What has no room in the pages may still be known as text.
            pages
                .full
                .then(|| self.find(Digits::default().write(value)))
                .flatten()
        })
    }

    /// From now on integers can be looked up without their text.
    pub(crate) fn watch_integers(&mut self) {
        if self.integers.is_some() {
            return;
        }
        let mut pages = Pages::default();
        for (number, id) in (0..).zip(self.arena.iter()) {
            pages.add(id, number);
        }
        self.integers = Some(pages);
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
                } else if slot == 0 {
                    unknown
                } else if slot >> 32 == hash >> 32
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
        if let Some(pages) = &mut self.integers {
            pages.add(id, number);
        }
        if self.len() > self.most() {
            self.grow();
        }
        Ok(number)
    }

    /// Ids that the table takes before it grows: three quarters, so that probing stays short.
    fn most(&self) -> usize {
        self.slots.len() / 4 * 3
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

    /// Loads the entry at `place` into the cache.
    fn touch(&self, place: u32) -> u8 {
        let place = place as usize;
        self.segments[place / SEGMENT]
            .get(place % SEGMENT + HEAD)
            .copied()
            .unwrap_or_default()
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
}

/// Numbers of ids that are integers, by value: one look instead of a hash and a comparison.
#[derive(Default)]
struct Pages {
    /// For each [`PAGE`] values where their page begins, plus one; 0 = no page.
    top: Vec<u32>,
    /// Numbers plus one; 0 = none.
    pages: Vec<u32>,
    /// Whether some integers have no page.
    full: bool,
}

impl Pages {
    fn find(&self, value: i64) -> Option<u32> {
        let value = usize::try_from(value).ok()?;
        let page = self.top.get(value / PAGE)?.checked_sub(1)? as usize;
        self.pages
            .get(page + value % PAGE)
            .and_then(|number| number.checked_sub(1))
    }

    /// Adds an id if it is an integer as `Digits` writes it.
    fn add(&mut self, id: &[u8], number: u32) {
        let Some(value) = integer(id) else { return };
        let Some(value) = usize::try_from(value)
            .ok()
            .filter(|value| value / PAGE < MOST_PAGES * 64)
        else {
            self.full = true;
            return;
        };
        if value / PAGE >= self.top.len() {
            self.top.resize(value / PAGE + 1, 0);
        }
        let begin = &mut self.top[value / PAGE];
        if *begin == 0 {
            if self.pages.len() >= MOST_PAGES * PAGE {
                self.full = true;
                return;
            }
            *begin = u32::try_from(self.pages.len() + 1).unwrap_or(0);
            self.pages.resize(self.pages.len() + PAGE, 0);
        }
        let at = *begin as usize - 1 + value % PAGE;
        self.pages[at] = number + 1;
    }
}

/// The value of an id that is an integer, written without leading zeros.
fn integer(id: &[u8]) -> Option<i64> {
    let digits = id.strip_prefix(b"-").unwrap_or(id);
    let canonical = match digits {
        [b'0'] => id.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return None;
    }
    core::str::from_utf8(id).ok()?.parse().ok()
}

/// Ids whose memory is loaded together.
const AT_ONCE: usize = 32;
/// Integers of a page.
const PAGE: usize = 4096;
/// Pages that there may be: 256 MiB.
const MOST_PAGES: usize = 1 << 14;
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
    fn ids_added_in_groups_are_those_added_one_by_one() {
        let ids: Vec<String> = (0_u64..20_000)
            .map(|n| format!("{}", n * n % 7_001))
            .collect();
        let texts: Vec<&[u8]> = ids.iter().map(String::as_bytes).collect();
        let (mut single, mut group) = (Ids::default(), Ids::default());
        let one_by_one: Vec<u32> = texts.iter().map(|id| single.intern(id).unwrap()).collect();
        let mut numbers = vec![0; ids.len()];
        group.intern_all(&texts, &mut numbers).unwrap();
        assert_eq!(numbers, one_by_one);
    }

    #[test]
    fn integers_are_found_by_value_if_their_text_is_an_id() {
        let ids = [
            "0",
            "17",
            "-5",
            "007",
            "x",
            "9223372036854775807",
            "70000000000",
            "+1",
            "-0",
        ];
        let mut dictionary = Ids::default();
        for id in &ids[..4] {
            dictionary.intern(id.as_bytes()).unwrap();
        }
        dictionary.watch_integers();
        for id in &ids[4..] {
            dictionary.intern(id.as_bytes()).unwrap();
        }
        let found = [0, 17, -5, 7, i64::MAX, 70_000_000_000, 1, 18]
            .map(|value| dictionary.find_integer(value));
        assert_eq!(
            found,
            [
                Some(0),
                Some(1),
                Some(2),
                None,
                Some(5),
                Some(6),
                None,
                None
            ]
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
