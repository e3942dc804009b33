//! Checkpoints (C2SP tlog-checkpoint): how long the log is, and its root.

use core::fmt;

use crate::encoding::from_decimal;
use crate::hash::Hash;
use crate::note::{Note, NoteError, Signer, Verifier};

/// What a log says of itself when it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a checkpoint; extension lines are not taken, since nobody audits them.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let bad = NoteError::Form("not a checkpoint: name, size and root, each on a line");
        let mut lines = text.split('\n');
        let read = (|| {
            let origin = lines.next().filter(|origin| !origin.is_empty())?;
            let size = from_decimal(lines.next()?)?;
            let root = Hash::from_base64(lines.next()?)?;
            (lines.next() == Some("") && lines.next().is_none()).then(|| Self {
                origin: origin.to_owned(),
                size,
                root,
            })
        })();
        read.ok_or(bad)
    }

    /// Reads a signed checkpoint and checks the log's signature.
    ///
    /// # Errors
    /// No checkpoint, one of another log, or one that the log did not sign.
    pub fn open(note: &[u8], log: &Verifier) -> Result<(Self, Note), NoteError> {
        let note = Note::parse(note)?;
        note.verify(log)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != log.name() {
            return Err(NoteError::Form("the checkpoint of another log"));
        }
        Ok((checkpoint, note))
    }

    /// Reads a checkpoint as [`Self::open`] does, that nobody but the log signed and that is written
    /// in the one way that there is; none if it is not.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_alone(note: &[u8], log: &Verifier) -> Result<Option<Self>, NoteError> {
        let (checkpoint, read) = Self::open(note, log)?;
        let alone = read.signatures() == 1 && read.to_string().as_bytes() == note;
        Ok(alone.then_some(checkpoint))
    }

    /// The checkpoint signed by its log. The same checkpoint always gives the same bytes.
    ///
    /// # Errors
    /// A name that no log may have.
    pub fn sign(&self, log: &Signer) -> Result<Note, NoteError> {
        let mut note = Note::new(self.to_string())?;
        note.sign(log);
        Ok(note)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.root.to_base64();
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Kind;

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        let log = Signer::new("example.com/log", Kind::Log, &[3; 32]).unwrap();
        let written = Checkpoint {
            origin: "example.com/log".to_owned(),
            size: 109_482,
            root: Hash::of_leaf(b"x"),
        };
        let note = written.sign(&log).unwrap().to_string();
        let (read, _) = Checkpoint::open(note.as_bytes(), &log.verifier()).unwrap();
        assert_eq!(read, written);
        let other = Signer::new("example.com/other", Kind::Log, &[3; 32]).unwrap();
        let note = written.sign(&other).unwrap().to_string();
        assert!(Checkpoint::open(note.as_bytes(), &other.verifier()).is_err());
    }

    #[test]
    fn another_text_is_none() {
        let root = Hash::of_leaf(b"x").to_base64();
        for text in [
            format!("\n1\n{root}\n"),
            format!("a\n01\n{root}\n"),
            format!("a\n1\n{root}\nextension\n"),
            format!("a\n1\n{root}"),
            "a\n1\nAAAA\n".to_owned(),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text}");
        }
    }
}
