//! Two states that one log signed and that can't both be true, as a file that shows it.
//!
//! The second tree has, where the first one ends, another root than the first one: a consistency
//! proof in the second tree says which. Nobody but the log could have signed both.

use core::fmt;

use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::note::{NoteError, Verifier};
use crate::tree;

/// Two signed states of one log, the smaller first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// The first, as it was signed.
    pub first: String,
    /// The second.
    pub second: String,
    /// What the second tree's root was at the first one's size.
    pub root: Hash,
    /// That the second tree continues that root.
    pub proof: Vec<Hash>,
}

impl Equivocation {
    /// Reads a file that [`fmt::Display`] wrote.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        const BAD: NoteError = NoteError::Form("not a file of two states that contradict");
        let parts: Vec<&str> = text.split("\n\n").collect();
        let [head, text1, lines1, text2, lines2] = parts.as_slice() else {
            return Err(BAD);
        };
        let mut head = head.split('\n');
        if head.next() != Some(FIRST_LINE) {
            return Err(BAD);
        }
        let root = head.next().and_then(|line| line.strip_prefix("root "));
        let proof: Option<Vec<Hash>> = head.map(Hash::from_base64).collect();
        Ok(Self {
            first: format!("{text1}\n\n{lines1}\n"),
            second: format!("{text2}\n\n{lines2}"),
            root: root.and_then(Hash::from_base64).ok_or(BAD)?,
            proof: proof.filter(|proof| proof.len() <= 64).ok_or(BAD)?,
        })
    }

    /// Checks that the log signed both, and that both can't be true.
    ///
    /// # Errors
    /// A state that the log did not sign, or two that go together.
    pub fn verify(&self, log: &Verifier) -> Result<(Checkpoint, Checkpoint), NoteError> {
        let (first, _) = Checkpoint::open(self.first.as_bytes(), log)?;
        let (second, _) = Checkpoint::open(self.second.as_bytes(), log)?;
        let old = (first.size, &self.root);
        let shown = tree::continues(&self.proof, old, (second.size, &second.root));
        if !shown || self.root == first.root {
            return Err(NoteError::Form(
                "the two states do not contradict each other",
            ));
        }
        Ok((first, second))
    }
}

impl fmt::Display for Equivocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nroot {}", self.root.to_base64())?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}\n{}", self.first, self.second)
    }
}

const FIRST_LINE: &str = "countersign/equivocation/1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{Kind, Signer};
    use crate::tree::Subtrees;

    struct Leaves(Vec<Hash>);

    impl Subtrees for Leaves {
        type Error = ();

        fn subtree(&self, level: u32, index: u64) -> Result<Hash, ()> {
            let start = usize::try_from(index << level).unwrap();
            let mut hashes = self.0[start..][..1 << level].to_vec();
            while hashes.len() > 1 {
                hashes = hashes
                    .chunks(2)
                    .map(|two| Hash::of_node(&two[0], &two[1]))
                    .collect();
            }
            Ok(hashes[0])
        }
    }

    #[test]
    fn two_logs_under_one_key_are_shown_by_a_file_and_one_log_never_is() {
        let log = Signer::new("example.com/log", Kind::Log, &[5; 32]).unwrap();
        let leaf = |number: usize| Hash::of_leaf(&number.to_be_bytes());
        let honest = Leaves((0..40).map(leaf).collect());
        let mut other = Leaves((0..40).map(leaf).collect());
        other.0[3] = Hash::of_leaf(b"another");
        let signed = |tree: &Leaves, size: u64| {
            let checkpoint = Checkpoint {
                origin: "example.com/log".to_owned(),
                size,
                root: tree::root_of(tree, 0, size).unwrap(),
            };
            checkpoint.sign(&log).unwrap().to_string()
        };
        for old in 1..40_u64 {
            for size in old..=40 {
                let file = |first: &Leaves, second: &Leaves| Equivocation {
                    first: signed(first, old),
                    second: signed(second, size),
                    root: tree::root_of(second, 0, old).unwrap(),
                    proof: tree::consistency(second, old, size).unwrap(),
                };
                let shown = file(&honest, &other);
                let read = Equivocation::parse(&shown.to_string()).unwrap();
                assert_eq!(read, shown);
                assert_eq!(
                    read.verify(&log.verifier()).is_ok(),
                    old > 3,
                    "{old} {size}"
                );
                assert!(file(&honest, &honest).verify(&log.verifier()).is_err());
            }
        }
    }
}
