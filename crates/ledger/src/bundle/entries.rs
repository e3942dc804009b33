//! Entries in a bundle: what is disclosed of each, and one proof for all of them.
//!
//! `entries.txt` has the disclosed leaves, and of their parts those that may be seen.
//! `withheld.csv` has the hashes over everything between them: together they give the root, so
//! they are a proof for each entry, and no entry is left out unseen.

use std::fmt::Write as _;
use std::io;

use crate::encoding::{from_decimal, from_hex, hex};
use crate::hash::Hash;
use crate::leaf::Leaf;
use crate::seal::Disclosed;
use crate::tree::{Edge, Subtrees};

/// An entry as a bundle shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The leaf.
    pub leaf: Leaf,
    /// What its parts say, as far as it may be seen: one line of text each.
    pub parts: Vec<Option<Disclosed>>,
}

/// A complete subtree of entries that are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Its first entry.
    pub first: u64,
    /// Its entries: a power of two.
    pub count: u64,
    /// The hash over them.
    pub hash: Hash,
}

/// The text of `entries.txt`.
///
/// # Errors
/// A part that is not one line of UTF-8 text.
pub fn write_entries(entries: &[Shown]) -> Result<String, &'static str> {
    let mut text = format!("{FIRST_LINE}\n");
    for Shown { leaf, parts } in entries {
        let _ = writeln!(text, "entry {}", hex(&leaf.encode()));
        for part in parts {
            let Some(Disclosed { salt, payload }) = part else {
                text.push_str("part -\n");
                continue;
            };
            let line = core::str::from_utf8(payload).ok();
            let line = line.filter(|line| !line.bytes().any(|byte| byte < b' '));
            let line = line.ok_or("a part is not one line of text")?;
            let _ = writeln!(text, "part {} {line}", hex(salt));
        }
    }
    Ok(text)
}

/// The entries of `entries.txt`, each with as many parts as its leaf commits to, and each part the
/// one that was committed to.
///
/// # Errors
/// What does not fit, with its line.
pub fn read_entries(text: &str) -> Result<Vec<Shown>, (usize, &'static str)> {
    let mut lines = (1..).zip(text.split_inclusive('\n'));
    if lines.next().map(|(_, line)| line) != Some("countersign/entries/1\n") {
        return Err((1, "the first line is not `countersign/entries/1`"));
    }
    let mut entries: Vec<Shown> = Vec::new();
    let mut last = 1;
    for (number, line) in lines {
        let bad = |what| (number, what);
        last = number;
        let line = line
            .strip_suffix('\n')
            .ok_or(bad("the last line does not end"))?;
        if line.bytes().any(|byte| byte < b' ') {
            return Err(bad("a control character"));
        }
        if let Some(leaf) = line.strip_prefix("entry ") {
            if entries.last().is_some_and(|entry| !entry.is_whole()) {
                return Err(bad("the entry before has fewer parts than its leaf"));
            }
            let bytes = from_hex(leaf).ok_or(bad("no lower-case hexadecimal digits"))?;
            let leaf = Leaf::decode(&bytes).ok().ok_or(bad("not a leaf"))?;
            let parts = Vec::new();
            if entries
                .last()
                .is_some_and(|entry| entry.leaf.seq >= leaf.seq)
            {
                return Err(bad("the entry does not come after the one before"));
            }
            entries.push(Shown { leaf, parts });
            continue;
        }
        let part = line
            .strip_prefix("part ")
            .ok_or(bad("neither an entry nor a part"))?;
        let entry = entries.last_mut().ok_or(bad("a part without an entry"))?;
        let place = entry.parts.len();
        let commitment = entry.leaf.parts.get(place);
        let commitment = commitment.ok_or(bad("the entry has more parts than its leaf"))?;
        entry.parts.push(match part {
            "-" => None,
            part => {
                let (salt, payload) = part.split_once(' ').ok_or(bad("no salt"))?;
                let salt = from_hex(salt).and_then(|salt| salt.try_into().ok());
                let disclosed = Disclosed {
                    salt: salt.ok_or(bad("the salt is not 64 lower-case hexadecimal digits"))?,
                    payload: payload.as_bytes().to_vec(),
                };
                if disclosed.commitment() != *commitment {
                    return Err(bad("the part is not the one that its leaf commits to"));
                }
                Some(disclosed)
            }
        });
    }
    if entries.last().is_some_and(|entry| !entry.is_whole()) {
        return Err((last, "the last entry has fewer parts than its leaf"));
    }
    Ok(entries)
}

impl Shown {
    /// What its first part says, if it may be seen.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        let disclosed = self.parts.first()?.as_ref()?;
        core::str::from_utf8(&disclosed.payload).ok()
    }

    fn is_whole(&self) -> bool {
        self.parts.len() == self.leaf.parts.len()
    }
}

/// The hashes over everything in a log of `size` entries that is not among these, which ascend.
///
/// # Errors
/// What the disk says.
pub fn withheld<S: Subtrees<Error = io::Error>>(
    subtrees: &S,
    shown: impl IntoIterator<Item = u64>,
    size: u64,
) -> io::Result<Vec<Withheld>> {
    let mut all = Vec::new();
    let mut at = 0;
    for next in shown.into_iter().chain([size]) {
        for (first, count) in complete(at, next) {
            let level = count.trailing_zeros();
            let hash = subtrees.subtree(level, first >> level)?;
            all.push(Withheld { first, count, hash });
        }
        at = next + 1;
    }
    Ok(all)
}

/// The fewest complete subtrees that cover `start..end`, in order.
fn complete(start: u64, end: u64) -> Vec<(u64, u64)> {
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let room = 1 << (u64::BITS - 1 - (end - at).leading_zeros());
        let aligned = if at == 0 {
            room
        } else {
            1 << at.trailing_zeros()
        };
        let count = room.min(aligned);
        parts.push((at, count));
        at += count;
    }
    parts
}

/// The text of `withheld.csv`.
#[must_use]
pub fn write_withheld(withheld: &[Withheld]) -> String {
    let mut text = String::from("first,count,hash\n");
    for Withheld { first, count, hash } in withheld {
        let _ = writeln!(text, "{first},{count},{}", hash.to_base64());
    }
    text
}

/// The rows of `withheld.csv`.
///
/// # Errors
/// What does not fit, with its line.
pub fn read_withheld(text: &str) -> Result<Vec<Withheld>, (usize, &'static str)> {
    let mut lines = (1..).zip(text.split_inclusive('\n'));
    if lines.next().map(|(_, line)| line) != Some("first,count,hash\n") {
        return Err((1, "the first line is not `first,count,hash`"));
    }
    let row = |line: &str| {
        let mut cells = line.strip_suffix('\n')?.splitn(3, ',');
        Some(Withheld {
            first: from_decimal(cells.next()?)?,
            count: from_decimal(cells.next()?)?,
            hash: Hash::from_base64(cells.next()?)?,
        })
    };
    lines
        .map(|(number, line)| row(line).ok_or((number, "not a row of first, count, hash")))
        .collect()
}

/// The root of the log of `size` entries of which these are shown and those withheld.
///
/// # Errors
/// A gap between them, or something twice.
pub fn root(entries: &[Shown], rows: &[Withheld], size: u64) -> Result<Hash, &'static str> {
    const GAP: &str = "`withheld.csv` does not cover exactly what `entries.txt` leaves out";
    let mut rows = rows.iter();
    let mut tree = Edge::default();
    let seqs = entries.iter().map(|entry| (entry.leaf.seq, Some(entry)));
    for (next, entry) in seqs.chain([(size, None)]) {
        if next > size || entry.is_some() && next == size {
            return Err("an entry behind the end of the log");
        }
        for (first, count) in complete(tree.size(), next) {
            let row = rows
                .next()
                .filter(|row| (row.first, row.count) == (first, count));
            tree.push_subtree(row.ok_or(GAP)?.hash, count);
        }
        if let Some(entry) = entry {
            tree.push_subtree(Hash::of_leaf(&entry.leaf.encode()), 1);
        }
    }
    if rows.next().is_some() {
        return Err(GAP);
    }
    Ok(tree.root())
}

/// The first line of `entries.txt`.
const FIRST_LINE: &str = "countersign/entries/1";
