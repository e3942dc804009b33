//! Hashes of the tree, as RFC 6962, section 2.1, makes them.

use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::encoding::{base64, from_base64, hex};

/// A SHA-256 hash: of a leaf, of a node, or of a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Bytes of a hash.
    pub const SIZE: usize = 32;
    /// No hash: what stands before the first entry.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of a tree without leaves.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The hash of an entry.
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Self {
        Self(
            Sha256::new_with_prefix([0])
                .chain_update(entry)
                .finalize()
                .into(),
        )
    }

    /// The hash of a node over two others.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        let hash = Sha256::new_with_prefix([1]).chain_update(left.0);
        Self(hash.chain_update(right.0).finalize().into())
    }

    /// The plain SHA-256 of some bytes, outside of the tree.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash that these bytes are, if there are 32 of them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash as base64.
    #[must_use]
    pub fn to_base64(&self) -> String {
        base64(&self.0)
    }

    /// The hash as lower-case hexadecimal digits, as `sha256sum` prints it.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// The hash of a base64 text.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_bytes(&from_base64(text)?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes that RFC 6962's authors publish with their implementation.
    #[test]
    fn hashes_are_those_of_certificate_transparency() {
        assert_eq!(
            Hash::of_nothing().to_hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            Hash::of_leaf(b"").to_hex(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            Hash::of_leaf(b"L123456").to_hex(),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
        );
    }
}
