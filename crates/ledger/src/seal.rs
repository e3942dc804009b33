//! Parts of an event, sealed so that destroying a key of 32 bytes makes them unreadable.
//!
//! A part is committed to with a salt that grows from its subject's key and the event's name. Who
//! has the key can open the part and show the salt; without it nobody can try out which value the
//! commitment stands for, a ticket number for example.

use core::fmt;

use aes_gcm_siv::aead::{Aead as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::hash::Hash;
use crate::leaf::{EventId, Token};

/// The key of one subject.
pub struct SubjectKey {
    /// The subject.
    pub subject: Token,
    key: Zeroizing<[u8; 32]>,
}

/// A sealed part, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose key opens it.
    pub subject: Token,
    /// Never the same twice under a key.
    pub nonce: [u8; 12],
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
}

/// What is shown to somebody who is to see a part: they can check it against the leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// Makes the commitment that nobody could guess.
    pub salt: [u8; 32],
    /// What the part says.
    pub payload: Vec<u8>,
}

/// A part that does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the part does not open with this key, or is not the one of this event")]
pub struct SealError;

impl SubjectKey {
    /// The key of this subject.
    #[must_use]
    pub fn new(subject: Token, key: [u8; 32]) -> Self {
        Self {
            subject,
            key: Zeroizing::new(key),
        }
    }

    /// Seals what part `place` of an event says: the sealed part, and the commitment for the leaf.
    ///
    /// # Errors
    /// A payload of more than 64 GiB.
    pub fn seal(&self, id: &EventId, place: u8, payload: &[u8]) -> Result<(Part, Hash), SealError> {
        let salt = self.grow("salt", id, place);
        let commitment = commitment(&salt, payload);
        let nonce = self.grow("nonce", id, place);
        let [
            nonce @ ..,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] = *nonce;
        let payload = Payload {
            msg: payload,
            aad: &bound_to(id, place, &commitment),
        };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload);
        let part = Part {
            subject: self.subject,
            nonce,
            sealed: sealed.map_err(|_error| SealError)?,
        };
        Ok((part, commitment))
    }

    /// Opens a part of an event.
    ///
    /// # Errors
    /// Another key, another event, or a changed part.
    pub fn open(
        &self,
        id: &EventId,
        place: u8,
        commitment_in_leaf: &Hash,
        part: &Part,
    ) -> Result<Disclosed, SealError> {
        let payload = Payload {
            msg: &part.sealed,
            aad: &bound_to(id, place, commitment_in_leaf),
        };
        let opened = self.cipher().decrypt(&Nonce::from(part.nonce), payload);
        let disclosed = Disclosed {
            salt: *self.grow("salt", id, place),
            payload: opened.map_err(|_error| SealError)?,
        };
        (disclosed.commitment() == *commitment_in_leaf)
            .then_some(disclosed)
            .ok_or(SealError)
    }

    fn cipher(&self) -> Aes256GcmSiv {
        Aes256GcmSiv::new(&(*self.grow("seal", &[0; 16], 0)).into())
    }

    /// 32 bytes for one use, from the key (HKDF, RFC 5869).
    fn grow(&self, what: &str, id: &EventId, place: u8) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        let info = [b"countersign/1/", what.as_bytes(), id, &[place]];
        // 32 bytes are never too many for HKDF-SHA256, whose limit is 8,160.
        let grown = Hkdf::<Sha256>::new(None, &*self.key).expand_multi_info(&info, &mut *bytes);
        debug_assert!(grown.is_ok(), "{grown:?}");
        bytes
    }
}

impl Disclosed {
    /// The commitment that the leaf must hold.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        commitment(&self.salt, &self.payload)
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey")
    }
}

fn commitment(salt: &[u8; 32], payload: &[u8]) -> Hash {
    let hash = Sha256::new_with_prefix(b"countersign/commitment/1\0");
    Hash(
        hash.chain_update(salt)
            .chain_update(payload)
            .finalize()
            .into(),
    )
}

/// A sealed part can't be moved to another event or another place.
fn bound_to(id: &EventId, place: u8, commitment: &Hash) -> Vec<u8> {
    [id.as_slice(), &[place], &commitment.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_opens_with_its_key_at_its_place_only() {
        let key = SubjectKey::new([1; 16], [2; 32]);
        let (part, commitment) = key.seal(&[3; 16], 0, b"what was seen").unwrap();
        let opened = key.open(&[3; 16], 0, &commitment, &part).unwrap();
        assert_eq!(opened.payload, b"what was seen");
        assert_eq!(opened.commitment(), commitment);

        let other = SubjectKey::new([1; 16], [4; 32]);
        assert!(other.open(&[3; 16], 0, &commitment, &part).is_err());
        assert!(key.open(&[4; 16], 0, &commitment, &part).is_err());
        assert!(key.open(&[3; 16], 1, &commitment, &part).is_err());
        assert!(key.open(&[3; 16], 0, &Hash::NONE, &part).is_err());
        for bit in 0..part.sealed.len() * 8 {
            let mut changed = part.clone();
            changed.sealed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&[3; 16], 0, &commitment, &changed).is_err());
        }
    }

    #[test]
    fn the_same_words_about_two_persons_have_nothing_in_common() {
        let (one, two) = (
            SubjectKey::new([1; 16], [1; 32]),
            SubjectKey::new([2; 16], [2; 32]),
        );
        let first = one.seal(&[3; 16], 0, b"T-1001").unwrap();
        assert_ne!(first.1, two.seal(&[3; 16], 0, b"T-1001").unwrap().1);
        assert_ne!(first.1, one.seal(&[4; 16], 0, b"T-1001").unwrap().1);
    }
}
