//! All entries about one subject, with the proof that none is left out.
//!
//! Each leaf about a subject counts on and names the one before. So the last one shows all, and
//! which is the last stands in a tree over all subjects whose root is an entry of the log. Who
//! reads the whole log can check that root: a log that says a wrong one is caught by anybody.

use std::fmt::Write as _;

use thiserror::Error;

use crate::bundle::entries::{self, Shown, Withheld};
use crate::checkpoint::Checkpoint;
use crate::encoding::{from_decimal, from_hex, hex};
use crate::hash::Hash;
use crate::heads::{self, Head, HeadsRoot, Place};
use crate::leaf::Token;
use crate::note::Verifier;

/// All entries about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Whom they are about.
    pub subject: Token,
    /// The subject's place among all, or its neighbours' if there is no entry about it.
    pub places: Vec<Place>,
    /// The entries about it, and at the end the one that says what all heads are.
    pub entries: Vec<Shown>,
    /// Hashes over all other entries.
    pub withheld: Vec<Withheld>,
    /// The signed state of the log.
    pub checkpoint: String,
}

/// What a transcript that holds shows.
#[derive(Debug)]
pub struct Complete {
    /// The signed state of the log.
    pub checkpoint: Checkpoint,
    /// It shows all entries before this one.
    pub through: u64,
    /// Subjects of the log.
    pub subjects: u64,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Not a file of this kind.
    #[error("not a transcript: {0}")]
    Form(&'static str),
    /// A line of its entries or of what is withheld.
    #[error("line {0} of its {1}: {2}")]
    Line(usize, &'static str, &'static str),
    /// It is one, and does not hold.
    #[error("{0}")]
    Wrong(&'static str),
    /// The checkpoint.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] crate::note::NoteError),
}

impl Transcript {
    /// The file.
    ///
    /// # Errors
    /// A part that is not one line of UTF-8 text.
    pub fn write(&self) -> Result<String, &'static str> {
        let mut text = format!("{FIRST_LINE}\nsubject {}\n", hex(&self.subject));
        for place in &self.places {
            let _ = writeln!(
                text,
                "head {} {} {} {}",
                place.index,
                hex(&place.subject),
                place.head.number,
                place.head.hash.to_hex()
            );
            for hash in &place.path {
                let _ = writeln!(text, "{}", hash.to_base64());
            }
        }
        let entries = entries::write_entries(&self.entries)?;
        let withheld = entries::write_withheld(&self.withheld);
        let _ = write!(text, "\n{entries}\n{withheld}\n{}", self.checkpoint);
        Ok(text)
    }

    /// Reads a file that [`Self::write`] wrote.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        const SHORT: Fault = Fault::Form("it is cut off");
        let mut sections = text.splitn(4, "\n\n");
        let mut section = || sections.next().ok_or(SHORT);
        let (head, shown, withheld) = (section()?, section()?, section()?);
        let checkpoint = section()?.to_owned();
        let mut lines = head.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(Fault::Form(
                "the first line is not `countersign/transcript/1`",
            ));
        }
        let subject = lines.next().and_then(|line| line.strip_prefix("subject "));
        let subject = subject.and_then(token).ok_or(Fault::Form("no subject"))?;
        let mut places: Vec<Place> = Vec::new();
        for line in lines {
            const BAD: Fault = Fault::Form("a line about heads that does not read");
            if let Some(head) = line.strip_prefix("head ") {
                places.push(place(head).ok_or(BAD)?);
                continue;
            }
            let path = &mut places.last_mut().ok_or(BAD)?.path;
            path.push(Hash::from_base64(line).ok_or(BAD)?);
        }
        let entries = entries::read_entries(&format!("{shown}\n"))
            .map_err(|(line, what)| Fault::Line(line, "entries", what))?;
        let withheld = entries::read_withheld(&format!("{withheld}\n"))
            .map_err(|(line, what)| Fault::Line(line, "withheld entries", what))?;
        let read = Self {
            subject,
            places,
            entries,
            withheld,
            checkpoint,
        };
        // Nothing is left free: a file that says the same is the same file.
        if read.write().as_deref() != Ok(text) {
            return Err(Fault::Form("not written in the one way that there is"));
        }
        Ok(read)
    }

    /// Checks that these are all entries about the subject, in the log with this key.
    ///
    /// # Errors
    /// What does not fit.
    pub fn verify(&self, log: &Verifier) -> Result<Complete, Fault> {
        let wrong = |what| Err(Fault::Wrong(what));
        let Some(checkpoint) = Checkpoint::open_alone(self.checkpoint.as_bytes(), log)? else {
            return wrong("its checkpoint has another signature beside the log's");
        };
        let root = entries::root(&self.entries, &self.withheld, checkpoint.size);
        if root.map_err(Fault::Wrong)? != checkpoint.root {
            return wrong("its entries are not in the log under that checkpoint");
        }
        let Some((last, about)) = self.entries.split_last() else {
            return wrong("it has no entries");
        };
        let Some(all) = HeadsRoot::of(&last.leaf) else {
            return wrong("its last entry does not say what all heads are");
        };
        let mut head = Head::default();
        for Shown { leaf, .. } in about {
            if leaf.subject != self.subject {
                return wrong("an entry about somebody else");
            }
            if head.number.checked_add(1) != Some(leaf.number) || leaf.before != head.hash {
                return wrong("an entry about the subject is left out");
            }
            head = Head {
                number: leaf.number,
                hash: Hash::of_leaf(&leaf.encode()),
            };
        }
        let whole = match self.places.as_slice() {
            [place] if place.subject == self.subject => {
                place.head == head && heads::present(place, &all)
            }
            neighbours => head.number == 0 && heads::absent(&self.subject, neighbours, &all),
        };
        if !whole {
            return wrong("the last entry about the subject is not the one that the log says");
        }
        Ok(Complete {
            checkpoint,
            through: all.through,
            subjects: all.count,
        })
    }
}

fn token(digits: &str) -> Option<Token> {
    from_hex(digits)?.try_into().ok()
}

/// Index, subject, number and hash of a head.
fn place(line: &str) -> Option<Place> {
    let mut words = line.splitn(4, ' ');
    Some(Place {
        index: from_decimal(words.next()?)?,
        subject: token(words.next()?)?,
        head: Head {
            number: u32::try_from(from_decimal(words.next()?)?).ok()?,
            hash: Hash(from_hex(words.next()?)?.try_into().ok()?),
        },
        path: Vec::new(),
    })
}

/// The first line of the file.
pub const FIRST_LINE: &str = "countersign/transcript/1";
