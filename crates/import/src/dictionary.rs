//! Numbers ids in the order in which they are first met.
//!
//! A table of slots, each 32 bits of hash and the place of the id in an arena. Looking up many
//! ids first hashes all, then loads all slots, then compares all, so that the memory works on
//! many of them at once. Ids are compared byte by byte, so a hostile file can't make two ids one;
//! the hash is seeded at random, so it can't make the table slow either. No result depends on
//! the hash: numbers follow the order of the file.
//!
//! Ids that are integers can live in pages by their value instead, which takes one look and
//! neither hash nor comparison: see [`Ids::watch_integers`].

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

use crate::piece::Digits;

/// Ids of one kind.
pub(crate) struct Ids {
    arena: Arena,
    slots: Vec<u64>,
    count: u32,
    /// Ids in the table; the others are in pages.
    texts: usize,
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
            texts: 0,
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
        if let Some(pages) = &self.integers
            && let Some(value) = integer(id)
        {
            let number = pages.find(value);
            if number.is_some() || !pages.full {
                return number;
            }
        }
        self.search(id, self.hash(id)).ok()
    }

    /// The number of an id, a new one if it is new.
    pub(crate) fn intern(&mut self, id: &[u8]) -> Result<u32, Full> {
        if self.integers.is_some()
            && let Some(value) = integer(id)
        {
            return self.intern_integer(value, id);
        }
        self.intern_text(id)
    }

    fn intern_text(&mut self, id: &[u8]) -> Result<u32, Full> {
        let hash = self.hash(id);
        match self.search(id, hash) {
            Ok(number) => Ok(number),
            Err(slot) => self.insert(id, hash, slot),
        }
    }

    /// The number of an integer id, whose text is `id`.
    fn intern_integer(&mut self, value: i64, id: &[u8]) -> Result<u32, Full> {
        let count = self.count;
        let Some(pages) = &mut self.integers else {
            return self.intern_text(id);
        };
        if let Some(number) = pages.find(value) {
            return Ok(number);
        }
        if pages.full {
            let hash = self.hash(id);
            return match self.search(id, hash) {
                Ok(number) => Ok(number),
                Err(slot) => {
                    if self.add_to_pages(value, count) {
                        self.new_number()
                    } else {
                        self.insert(id, hash, slot)
                    }
                }
            };
        }
        if pages.add(value, count, count) {
            self.new_number()
        } else {
            self.intern_text(id)
        }
    }

    fn add_to_pages(&mut self, value: i64, number: u32) -> bool {
        let count = self.count;
        self.integers
            .as_mut()
            .is_some_and(|pages| pages.add(value, number, count))
    }

    fn new_number(&mut self) -> Result<u32, Full> {
        // The two largest numbers mean "missing" and "unknown" to those who look up.
        if self.count >= u32::MAX - 2 {
            return Err(Full);
        }
        self.count += 1;
        Ok(self.count - 1)
    }

    /// Puts the numbers of `ids` in `numbers`, new ones for those that are new.
    ///
    /// The same as [`Self::intern`] one by one, but the memory works on all at once.
    pub(crate) fn intern_all(&mut self, ids: &[&[u8]], numbers: &mut [u32]) -> Result<(), Full> {
        if self.integers.is_some() {
            for (id, number) in ids.iter().zip(numbers) {
                *number = self.intern(id)?;
            }
            return Ok(());
        }
        for (ids, numbers) in ids.chunks(AT_ONCE).zip(numbers.chunks_mut(AT_ONCE)) {
            if self.texts + ids.len() > self.most() {
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

    /// The number of an integer whose text is an id.
    pub(crate) fn find_integer(&self, value: i64) -> Option<u32> {
        match &self.integers {
            Some(pages) if !pages.full => pages.find(value),
            _ => self.find(Digits::default().write(value)),
        }
    }

    /// The number of an integer as an id, a new one if it is new.
    pub(crate) fn number_integer(&mut self, value: i64) -> Result<u32, Full> {
        let found = self.integers.as_ref().and_then(|pages| pages.find(value));
        match found {
            Some(number) => Ok(number),
            None => self.intern_integer(value, Digits::default().write(value)),
        }
    }

    /// From now on integers are kept by value, as far as they lie close enough together.
    pub(crate) fn watch_integers(&mut self) {
        if self.integers.is_some() {
            return;
        }
        let mut pages = Pages::default();
        let count = self.count;
        self.arena.each(|_, number, id| {
            if let Some(value) = integer(id) {
                pages.add(value, number, count);
            }
        });
        self.integers = Some(pages);
    }

    /// Watches integers if nearly all of these ids are such.
    pub(crate) fn watch_if_integers<'a>(&mut self, ids: impl Iterator<Item = &'a [u8]>) {
        let (mut all, mut integers) = (0, 0);
        for id in ids.filter(|id| !id.is_empty()).take(SAMPLE) {
            all += 1;
            integers += usize::from(integer(id).is_some());
        }
        if all > 0 && integers * 10 >= all * 9 {
            self.watch_integers();
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
        if self.integers.is_some() {
            numbers.extend(ids.map(|id| {
                if id.is_empty() {
                    missing
                } else {
                    self.find(id).unwrap_or(unknown)
                }
            }));
            return;
        }
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
    pub(crate) fn all(&self) -> Vec<Box<[u8]>> {
        let mut all: Vec<Box<[u8]>> = vec![Box::default(); self.len()];
        let mut put = |number: u32, id: &[u8]| {
            if let Some(place) = all.get_mut(number as usize) {
                *place = id.into();
            }
        };
        if let Some(pages) = &self.integers {
            pages.each(|value, number| put(number, Digits::default().write(value)));
        }
        self.arena.each(|_, number, id| put(number, id));
        all
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
        let place = self.arena.push(self.count, id).ok_or(Full)?;
        self.slots[slot] = (hash >> 32 << 32) | u64::from(place);
        self.texts += 1;
        if self.texts > self.most() {
            self.grow();
        }
        self.new_number()
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
        arena.each(|place, _, id| {
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

    /// Place, number and bytes of all ids, in the order in which they were added.
    fn each(&self, mut visit: impl FnMut(u32, u32, &[u8])) {
        for (index, segment) in self.segments.iter().enumerate() {
            let mut at = usize::from(index == 0);
            while let Some(head) = segment.get(at..at + HEAD) {
                let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
                let number = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
                let Some(id) = segment.get(at + HEAD..at + HEAD + length) else {
                    return;
                };
                if let Ok(place) = u32::try_from(index * SEGMENT + at) {
                    visit(place, number, id);
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

    /// Gives a value its number; false = there is no page for it, and none is made.
    fn add(&mut self, value: i64, number: u32, count: u32) -> bool {
        let Some(value) = usize::try_from(value)
            .ok()
            .filter(|value| value / PAGE < MOST_TOP)
        else {
            self.full = true;
            return false;
        };
        if value / PAGE >= self.top.len() {
            self.top.resize(value / PAGE + 1, 0);
        }
        let begin = &mut self.top[value / PAGE];
        if *begin == 0 {
            // Few values a page would take more room than their text.
            if self.pages.len() >= FREE_PAGES * PAGE + 8 * count as usize {
                self.full = true;
                return false;
            }
            *begin = u32::try_from(self.pages.len() + 1).unwrap_or(0);
            self.pages.resize(self.pages.len() + PAGE, 0);
        }
        let at = *begin as usize - 1 + value % PAGE;
        self.pages[at] = number + 1;
        true
    }

    /// All values and their numbers.
    fn each(&self, mut visit: impl FnMut(i64, u32)) {
        for (top, begin) in self.top.iter().enumerate() {
            let Some(begin) = begin.checked_sub(1) else {
                continue;
            };
            let page = self.pages.get(begin as usize..).unwrap_or_default();
            for (at, number) in page.iter().take(PAGE).enumerate() {
                if let (Some(number), Ok(value)) =
                    (number.checked_sub(1), i64::try_from(top * PAGE + at))
                {
                    visit(value, number);
                }
            }
        }
    }
}

/// The value of an id that is an integer, written without leading zeros.
fn integer(id: &[u8]) -> Option<i64> {
    let digits = id.strip_prefix(b"-").unwrap_or(id);
    let canonical = match digits {
        [b'0'] => id.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.len() < 19,
        _ => false,
    };
    if !canonical {
        return None;
    }
    // Up to 19 digits fit, so they are read and checked in one go.
    let (mut value, mut odd) = (0_u64, false);
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        odd |= digit > 9;
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    let value = i64::try_from(value).ok().filter(|_| !odd)?;
    Some(if digits.len() < id.len() {
        -value
    } else {
        value
    })
}

/// Ids whose memory is loaded together.
const AT_ONCE: usize = 32;
/// Integers of a page.
const PAGE: usize = 4096;
/// Pages that are made however few values they hold (64 MiB): ids of a desk come in any order.
const FREE_PAGES: usize = 4096;
/// Values past this many pages are kept as text.
const MOST_TOP: usize = 1 << 20;
/// Ids that tell what the others will be.
const SAMPLE: usize = 1000;
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
            let listed = dictionary.all();
            let plain: Vec<Box<[u8]>> = plain.iter().map(|id| id.as_bytes().into()).collect();
            prop_assert_eq!(listed, plain);
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
            ids.iter()
                .position(|id| id == "id-50020")
                .and_then(|n| u32::try_from(n).ok())
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
        for watched_from in 0..=ids.len() {
            let mut dictionary = Ids::default();
            for (at, id) in ids.iter().chain(&ids).enumerate() {
                if at == watched_from {
                    dictionary.watch_integers();
                }
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
                ],
                "{watched_from}"
            );
            let all: Vec<Box<[u8]>> = ids.iter().map(|id| id.as_bytes().into()).collect();
            assert_eq!(dictionary.all(), all);
        }
    }

    proptest! {
        #[test]
        fn an_id_is_an_integer_if_it_is_how_that_integer_is_written(id in "-?[0-9]{0,20}[0-9/:x]?") {
            let parsed = id.parse::<i64>().ok().filter(|value| value.to_string() == id);
            // The smallest integer has no positive twin, and is kept as a text.
            let parsed = parsed.filter(|&value| value > i64::MIN);
            prop_assert_eq!(integer(id.as_bytes()), parsed);
        }

        #[test]
        fn watching_integers_changes_no_number(
            ids in prop::collection::vec("[1-9]?[0-9]{0,6}|[1-9][0-9]{7,13}", 1..600),
            from in 0_usize..600,
        ) {
            let (mut plain, mut watching) = (Ids::default(), Ids::default());
            for (at, id) in ids.iter().enumerate() {
                if at == from {
                    watching.watch_integers();
                }
                prop_assert_eq!(
                    watching.intern(id.as_bytes()).unwrap(),
                    plain.intern(id.as_bytes()).unwrap()
                );
            }
            prop_assert_eq!(watching.all(), plain.all());
            let (mut a, mut b) = (Vec::new(), Vec::new());
            plain.find_all(ids.iter().map(String::as_bytes), 7, 9, &mut a);
            watching.find_all(ids.iter().map(String::as_bytes), 7, 9, &mut b);
            prop_assert_eq!(a, b);
        }
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
        assert_eq!(&dictionary.all()[19_998][..5], b"19998");
    }
}
