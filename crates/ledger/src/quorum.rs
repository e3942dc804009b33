//! Names that only several persons together can open.
//!
//! A name is sealed to the public half of one key (HPKE, RFC 9180: X25519, HKDF-SHA256,
//! AES-256-GCM). The private half is in nobody's hands: it is split into shares (Shamir, over
//! GF(2^8)), and each share is sealed to the key of the person who is to have it. So who holds all
//! that is on disk opens nothing, and neither does one person.

use core::fmt;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use crate::encoding::{from_hex, hex};

/// The half of a key that anybody may have: it seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

/// The half that opens.
pub struct PrivateKey(Zeroizing<[u8; 32]>);

/// A share of a private key: so many of them are the key, fewer are chance.
pub struct Share(Zeroizing<Vec<u8>>);

/// What does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// Another key, or what was sealed was changed.
    #[error("it does not open with this key")]
    Closed,
    /// Shares of different keys, the same share twice, or too few.
    #[error("the shares do not fit each other")]
    Shares,
    /// No point of the curve.
    #[error("it is no key")]
    NoKey,
}

impl PrivateKey {
    /// A key from 32 bytes of chance.
    #[must_use]
    pub fn new(chance: &[u8; 32]) -> Self {
        let (key, _) = X25519HkdfSha256::derive_keypair(chance);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&key.to_bytes());
        Self(bytes)
    }

    /// Its other half.
    ///
    /// # Errors
    /// Bytes that are no key.
    pub fn public(&self) -> Result<PublicKey, QuorumError> {
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&*self.0);
        let key = key.map_err(|_error| QuorumError::NoKey)?;
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&key).to_bytes());
        Ok(PublicKey(bytes))
    }

    /// Opens what was sealed for one use.
    ///
    /// # Errors
    /// Another key, another use, or a changed text.
    pub fn open(&self, use_of: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, QuorumError> {
        let closed = |_error| QuorumError::Closed;
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&*self.0).map_err(closed)?;
        let (encapped, sealed) = sealed.split_at_checked(32).ok_or(QuorumError::Closed)?;
        let encapped = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped);
        let opened = hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &key,
            &encapped.map_err(closed)?,
            use_of.as_bytes(),
            sealed,
            b"",
        );
        opened.map(Zeroizing::new).map_err(closed)
    }

    /// Splits the key: any `enough` of `all` shares are the key. `chance` must not be used again.
    ///
    /// # Errors
    /// Fewer than two that are enough, or more than there are.
    pub fn split(&self, enough: u8, all: u8, chance: [u8; 32]) -> Result<Vec<Share>, QuorumError> {
        let rng = StdRng::from_seed(chance);
        let shares = Gf256::split_array(enough.into(), all.into(), &*self.0, rng);
        let shares = shares.map_err(|_error| QuorumError::Shares)?;
        Ok(shares
            .into_iter()
            .map(|share| Share(Zeroizing::new(share)))
            .collect())
    }

    /// The key that shares make together. That it is the right one only its public half shows.
    ///
    /// # Errors
    /// Shares that do not fit each other.
    pub fn combine(shares: &[Share]) -> Result<Self, QuorumError> {
        let all = Zeroizing::new(
            shares
                .iter()
                .map(|share| share.0.to_vec())
                .collect::<Vec<_>>(),
        );
        let key = Gf256::combine_array(&*all).map(Zeroizing::new);
        let key = key.map_err(|_error| QuorumError::Shares)?;
        let key: [u8; 32] = key
            .as_slice()
            .try_into()
            .map_err(|_error| QuorumError::Shares)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key as its holder keeps it: groups of hexadecimal digits, the last of them a check.
    #[must_use]
    pub fn written(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(self.0.to_vec());
        bytes.extend_from_slice(&check(&self.0));
        let digits = Zeroizing::new(hex(&bytes));
        let groups: Vec<&str> = (0..digits.len())
            .step_by(GROUP)
            .filter_map(|from| digits.get(from..from + GROUP))
            .collect();
        Zeroizing::new(groups.join("-"))
    }

    /// Reads what [`Self::written`] gave, however it was typed; none if a digit is wrong.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let digits: Zeroizing<String> = Zeroizing::new(typed.collect::<String>().to_lowercase());
        let bytes = Zeroizing::new(from_hex(&digits)?);
        let (key, given) = bytes.split_at_checked(32)?;
        let key: [u8; 32] = key.try_into().ok()?;
        (check(&key) == given).then(|| Self(Zeroizing::new(key)))
    }
}

impl PublicKey {
    /// Seals something for one use. Its length does not show but in steps of 64 bytes where the
    /// caller pads it; `chance` must not be used again.
    ///
    /// # Errors
    /// Bytes that are no key.
    pub fn seal(
        &self,
        use_of: &str,
        plain: &[u8],
        chance: [u8; 32],
    ) -> Result<Vec<u8>, QuorumError> {
        let no_key = |_error| QuorumError::NoKey;
        let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&self.0).map_err(no_key)?;
        let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &key,
            use_of.as_bytes(),
            plain,
            b"",
            &mut StdRng::from_seed(chance),
        );
        let (encapped, sealed) = sealed.map_err(no_key)?;
        Ok([encapped.to_bytes().as_slice(), &sealed].concat())
    }
}

impl Share {
    /// The share's bytes, to be sealed to who is to have it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The share of these bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(***)")
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share(***)")
    }
}

/// Shows that a digit was mistyped.
fn check(key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new_with_prefix(b"countersign/opening-key/1\0");
    let [one, two, three, four, ..]: [u8; 32] = hash.chain_update(key).finalize().into();
    [one, two, three, four]
}

/// Digits of a group.
const GROUP: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(chance: u8) -> PrivateKey {
        PrivateKey::new(&[chance; 32])
    }

    #[test]
    fn rfc_9180_a_1_derives_this_pair_and_opens_what_it_sealed() {
        // Appendix A.1's recipient: X25519, HKDF-SHA256. Its AEAD is AES-128, so only the pair is
        // compared; the crate's own tests have the RFC's vectors for AES-256.
        let ikm = "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037";
        let public = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d";
        let key = PrivateKey::new(&from_hex(ikm).unwrap().try_into().unwrap());
        assert_eq!(hex(&key.public().unwrap().0), public);
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_use_only() {
        let sealed = key(1)
            .public()
            .unwrap()
            .seal("a", b"agent.17", [9; 32])
            .unwrap();
        assert_eq!(*key(1).open("a", &sealed).unwrap(), b"agent.17");
        assert!(key(2).open("a", &sealed).is_err());
        assert!(key(1).open("b", &sealed).is_err());
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // The top bit of a point of Curve25519 is not read (RFC 7748).
            if bit != 31 * 8 + 7 {
                assert!(key(1).open("a", &changed).is_err(), "{bit}");
            }
        }
        assert!(key(1).open("a", &sealed[..31]).is_err());
    }

    #[test]
    fn any_two_of_three_shares_are_the_key_and_one_is_not() {
        let whole = key(1);
        let shares = || whole.split(2, 3, [7; 32]).unwrap();
        for (one, other) in [(0, 1), (0, 2), (1, 2), (2, 0)] {
            let mut all: Vec<_> = shares().into_iter().map(Some).collect();
            let two = [all[one].take().unwrap(), all[other].take().unwrap()];
            assert_eq!(PrivateKey::combine(&two).unwrap().0, whole.0);
        }
        let mut one = shares();
        one.truncate(1);
        assert!(PrivateKey::combine(&one).is_err());
        let first = |shares: Vec<Share>| shares.into_iter().next().unwrap();
        let twice = [first(shares()), first(shares())];
        assert!(PrivateKey::combine(&twice).is_err());
        // Shares of two splits make some key, which is another.
        let mut mixed = shares();
        mixed[1] = whole.split(2, 3, [8; 32]).unwrap().remove(1);
        mixed.truncate(2);
        let other = PrivateKey::combine(&mixed).unwrap();
        assert_ne!(other.public().unwrap(), whole.public().unwrap());
        assert!(whole.split(1, 3, [7; 32]).is_err());
        assert!(whole.split(3, 2, [7; 32]).is_err());
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_a_wrong_digit_is_seen() {
        let written = key(3).written();
        assert_eq!(written.len(), 9 * 8 + 8);
        assert_eq!(PrivateKey::read(&written).unwrap().0, key(3).0);
        let typed = written.to_uppercase().replace('-', " \n");
        assert_eq!(PrivateKey::read(&typed).unwrap().0, key(3).0);
        for (place, letter) in written.char_indices().filter(|(_, letter)| *letter != '-') {
            let mut wrong = written.to_string();
            let other = if letter == '0' { "1" } else { "0" };
            wrong.replace_range(place..=place, other);
            assert!(PrivateKey::read(&wrong).is_none(), "{wrong}");
        }
        for no_key in ["", "00", "not a key", &written[1..]] {
            assert!(PrivateKey::read(no_key).is_none());
        }
    }
}
