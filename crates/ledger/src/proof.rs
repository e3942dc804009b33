//! Proofs that stand alone (C2SP tlog-proof): one entry, its place, and a signed checkpoint.

use core::fmt;

use crate::checkpoint::Checkpoint;
use crate::encoding::from_decimal;
use crate::hash::Hash;
use crate::note::NoteError;
use crate::policy::Policy;
use crate::tree;

/// A proof file; the optional line with extra data is not taken, since nothing signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The entry's place, from 0.
    pub index: u64,
    /// Hashes from the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The signed checkpoint, as it was handed out.
    pub checkpoint: String,
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        const BAD: NoteError = NoteError::Form("not a proof of the form tlog-proof@v1");
        let (head, checkpoint) = text.split_once("\n\n").ok_or(BAD)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(BAD);
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(from_decimal).ok_or(BAD)?;
        let path: Option<Vec<Hash>> = lines.map(Hash::from_base64).collect();
        let path = path.filter(|path| path.len() <= LONGEST).ok_or(BAD)?;
        Ok(Self {
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks that `entry` is in a log that the policy accepts.
    ///
    /// # Errors
    /// A checkpoint that the policy does not accept, or a path that leads elsewhere.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<Checkpoint, NoteError> {
        let (checkpoint, _) = policy.open(self.checkpoint.as_bytes())?;
        let leaf = Hash::of_leaf(entry);
        let (size, root) = (checkpoint.size, checkpoint.root);
        if !tree::includes(&self.path, &leaf, self.index, size, &root) {
            return Err(NoteError::Form(
                "the path does not lead from the entry to the root",
            ));
        }
        Ok(checkpoint)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A tree has no more levels.
const LONGEST: usize = 64;
