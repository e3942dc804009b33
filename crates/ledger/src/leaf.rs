//! What an entry of the log is made of.
//!
//! A leaf says that something of a kind happened, at a time, about a subject; all else stands in
//! parts that are sealed under the subjects' keys, and the leaf holds commitments to them. So a
//! stranger who has all leaves learns no name, and an erased part takes no proof with it.

use thiserror::Error;

use crate::hash::Hash;

/// A name for a subject that says nothing: 16 bytes of chance.
pub type Token = [u8; 16];
/// The name of an entry, made once by its caller: a UUID of version 7; or of version 8 for what an
/// old log told, which whoever reads that log must hand in once.
pub type EventId = [u8; 16];

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Place in the log, from 0; the log fills it.
    pub seq: u64,
    /// Whom it is about; zeros: nobody.
    pub subject: Token,
    /// How many leaves there were about this subject with this one; the log fills it.
    pub number: u32,
    /// Hash of the subject's leaf before this one; the log fills it.
    pub before: Hash,
    /// Name of the event; its first 48 bits are milliseconds since 1970.
    pub id: EventId,
    /// What happened, as a number of the caller's list.
    pub kind: u16,
    /// Commitments to the sealed parts, in their order.
    pub parts: Vec<Hash>,
}

/// Bytes that are no leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a leaf: {0}")]
pub struct LeafError(&'static str);

impl Leaf {
    /// A leaf as its caller makes it.
    #[must_use]
    pub fn new(id: EventId, kind: u16, subject: Option<Token>, parts: Vec<Hash>) -> Self {
        Self {
            seq: 0,
            subject: subject.unwrap_or(NOBODY),
            number: 0,
            before: Hash::NONE,
            id,
            kind,
            parts,
        }
    }

    /// The bytes that go into the tree.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_at(self.seq, self.number, &self.before)
    }

    /// The bytes of this leaf with what the log fills.
    pub(crate) fn encode_at(&self, seq: u64, number: u32, before: &Hash) -> Vec<u8> {
        let parts = u8::try_from(self.parts.len()).unwrap_or(u8::MAX);
        let mut bytes = Vec::with_capacity(HEAD + self.parts.len() * Hash::SIZE);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&seq.to_be_bytes());
        bytes.extend_from_slice(&self.subject);
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(&before.0);
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(&self.kind.to_be_bytes());
        bytes.push(parts);
        for part in self.parts.iter().take(MOST_PARTS) {
            bytes.extend_from_slice(&part.0);
        }
        bytes
    }

    /// Reads a leaf; there is one way to write each.
    ///
    /// # Errors
    /// What does not fit.
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        const SHORT: LeafError = LeafError("too short");
        let mut rest = bytes;
        if take::<4>(&mut rest).ok_or(SHORT)? != MAGIC {
            return Err(LeafError("it does not begin with CSL1"));
        }
        let mut leaf = Self {
            seq: u64::from_be_bytes(*take(&mut rest).ok_or(SHORT)?),
            subject: *take(&mut rest).ok_or(SHORT)?,
            number: u32::from_be_bytes(*take(&mut rest).ok_or(SHORT)?),
            before: Hash(*take(&mut rest).ok_or(SHORT)?),
            id: *take(&mut rest).ok_or(SHORT)?,
            kind: u16::from_be_bytes(*take(&mut rest).ok_or(SHORT)?),
            parts: Vec::new(),
        };
        let [parts] = take::<1>(&mut rest).ok_or(SHORT)?;
        for _ in 0..*parts {
            leaf.parts.push(Hash(*take(&mut rest).ok_or(SHORT)?));
        }
        if !rest.is_empty() {
            return Err(LeafError("something behind its end"));
        }
        // The first of a subject has nothing before it, and nobody has no numbers.
        let first = leaf.before == Hash::NONE;
        let fits = if leaf.subject == NOBODY {
            leaf.number == 0 && first
        } else {
            leaf.number > 0 && first == (leaf.number == 1)
        };
        if !fits {
            return Err(LeafError("its running number does not fit"));
        }
        Ok(leaf)
    }

    /// When the event's name was made, in milliseconds since 1970.
    #[must_use]
    pub fn time(&self) -> u64 {
        time_of(&self.id)
    }
}

/// When the name of an event was made, in milliseconds since 1970.
#[must_use]
pub fn time_of(id: &EventId) -> u64 {
    let [a, b, c, d, e, f, ..] = *id;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// The name of an event of this time, with these bytes of chance (a UUID of version 7).
#[must_use]
pub fn event_id(milliseconds: u64, chance: [u8; 10]) -> EventId {
    named(milliseconds, chance, 7)
}

/// The name of an event that an old log tells of (a UUID of version 8): it is not remembered, so
/// that as many can be taken as there are.
#[must_use]
pub fn old_event_id(milliseconds: u64, digest: [u8; 10]) -> EventId {
    named(milliseconds, digest, OLD)
}

/// Whether this is the name of an event that an old log tells of.
#[must_use]
pub fn is_old(id: &EventId) -> bool {
    id[6] >> 4 == OLD
}

fn named(milliseconds: u64, rest: [u8; 10], version: u8) -> EventId {
    let mut id = [0; 16];
    id[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    id[6..].copy_from_slice(&rest);
    id[6] = id[6] & 0x0f | version << 4;
    id[8] = id[8] & 0x3f | 0x80;
    id
}

pub(crate) fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}

/// The subject of an event that is about nobody.
pub const NOBODY: Token = [0; 16];
/// The kind of what the log says of all subjects at once: see [`crate::heads::HeadsRoot`].
pub const HEADS: u16 = 0;
/// Sealed parts of one event.
pub const MOST_PARTS: usize = 255;
const MAGIC: &[u8; 4] = b"CSL1";
/// Version of the UUIDs of events that an old log tells of.
const OLD: u8 = 8;
const HEAD: usize = 4 + 8 + 16 + 4 + 32 + 16 + 2 + 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_that_are_read_are_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            for (to, from) in bytes.iter_mut().zip(MAGIC) {
                *to = *from;
            }
            if let Ok(leaf) = Leaf::decode(&bytes) {
                prop_assert_eq!(leaf.encode(), bytes);
            }
        }

        #[test]
        fn a_leaf_is_read_as_it_was_written(
            seq in any::<u64>(), subject in any::<[u8; 16]>(), number in 1..u32::MAX,
            id in any::<[u8; 16]>(), kind in any::<u16>(), parts in 0..256_usize,
        ) {
            let nobody = subject == NOBODY;
            let leaf = Leaf {
                seq, subject, id, kind,
                number: if nobody { 0 } else { number },
                before: if nobody || number == 1 { Hash::NONE } else { Hash::of_leaf(b"x") },
                parts: vec![Hash::of_bytes(b"part"); parts],
            };
            let bytes = leaf.encode();
            prop_assert_eq!(Leaf::decode(&bytes), Ok(leaf));
            let longer = [&bytes[..], &[0]].concat();
            prop_assert!(Leaf::decode(&bytes[..bytes.len() - 1]).is_err());
            prop_assert!(Leaf::decode(&longer).is_err());
        }
    }

    #[test]
    fn the_name_of_an_event_is_a_uuid_of_version_7() {
        let id = event_id(1_645_557_742_000, [0xff; 10]);
        assert_eq!(time_of(&id), 1_645_557_742_000);
        assert_eq!(id[6] >> 4, 7);
        assert_eq!(id[8] >> 6, 2);
    }
}
