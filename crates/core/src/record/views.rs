//! Views that came while a server runs: a batch of rows, and the names that they were the first to
//! bring up.
//!
//! A row has numbers only. A number is given once, to the name of one account, customer or ticket,
//! and what it stands for is sealed in another entry with the key of the customer or the account: once
//! that key is destroyed, the number is all that is left.

use serde::{Deserialize, Serialize};

use crate::desk::NONE;
use crate::time::Second;

/// Rows that came together from one source. The part is no JSON: a batch has thousands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views {
    /// Where they come from: a file as the configuration names it, or a program's token.
    pub source: Source,
    /// How far the file was read with them.
    pub through: Option<Through>,
    /// The rows.
    pub rows: Vec<Seen>,
}

/// Where views come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A log that is followed, by its path in the configuration.
    File(String),
    /// A program, by its token.
    Program([u8; 16]),
}

impl Default for Source {
    fn default() -> Self {
        Self::File(String::new())
    }
}

/// How far a file was read, and which file it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Through {
    /// Bytes that were read.
    pub offset: u64,
    /// The system's number of the file.
    pub number: u64,
    /// How many of the first bytes `digest` is over: a file that was emptied and filled has others.
    pub head: u32,
    /// The first eight bytes of their SHA-256.
    pub digest: u64,
}

/// One row: who saw what when, in numbers of this ledger; [`NONE`] where it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub second: Second,
    /// Number of the account.
    pub account: u32,
    /// Number of the customer.
    pub customer: u32,
    /// Number of the ticket.
    pub ticket: u32,
    /// What was done.
    pub did: Did,
    /// Under what it is known when it comes again, where its sender gave it a name: a keyed hash.
    pub key: Option<u64>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Did {
    /// Somebody looked.
    #[default]
    View,
    /// It was in what a search found.
    Search,
    /// It was in what somebody took out.
    Export,
    /// Somebody changed it; only where changes count as views.
    Change,
}

impl Did {
    const ALL: [Self; 4] = [Self::View, Self::Search, Self::Export, Self::Change];

    /// What has this number in a row.
    #[must_use]
    pub fn of(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Its number in a row.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::View => 0,
            Self::Search => 1,
            Self::Export => 2,
            Self::Change => 3,
        }
    }
}

/// Names that views were the first to bring up, with their numbers: of one customer and tickets, or
/// of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Met {
    /// An account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<(u32, String)>,
    /// A customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<(u32, String)>,
    /// Tickets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<(u32, String)>,
}

impl Views {
    /// As bytes: a letter for the form, the source, how far, and 17 or 25 bytes a row.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        match &self.source {
            Source::File(path) => {
                bytes.push(b'f');
                let path = path.as_bytes();
                bytes.extend(u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes());
                bytes.extend(path);
            }
            Source::Program(token) => {
                bytes.push(b'p');
                bytes.extend(token);
            }
        }
        bytes.push(u8::from(self.through.is_some()));
        if let Some(through) = self.through {
            bytes.extend(through.offset.to_be_bytes());
            bytes.extend(through.number.to_be_bytes());
            bytes.extend(through.head.to_be_bytes());
            bytes.extend(through.digest.to_be_bytes());
        }
        bytes.reserve(self.rows.len() * 25);
        for row in &self.rows {
            bytes.push(row.did.code() | if row.key.is_some() { KEYED } else { 0 });
            for number in [row.second.0, row.account, row.customer, row.ticket] {
                bytes.extend(number.to_be_bytes());
            }
            bytes.extend(row.key.iter().flat_map(|key| key.to_be_bytes()));
        }
        bytes
    }

    /// Reads what [`Self::write`] wrote; none if it is anything else.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        if take(&mut rest)? != [FORM] {
            return None;
        }
        let source = match take(&mut rest)? {
            [b'f'] => {
                let length = u32::from_be_bytes(take(&mut rest)?);
                let path = rest.split_off(..usize::try_from(length).ok()?)?;
                Source::File(core::str::from_utf8(path).ok()?.to_owned())
            }
            [b'p'] => Source::Program(take(&mut rest)?),
            _ => return None,
        };
        let through = match take(&mut rest)? {
            [0] => None,
            [1] => Some(Through {
                offset: u64::from_be_bytes(take(&mut rest)?),
                number: u64::from_be_bytes(take(&mut rest)?),
                head: u32::from_be_bytes(take(&mut rest)?),
                digest: u64::from_be_bytes(take(&mut rest)?),
            }),
            _ => return None,
        };
        let mut rows = Vec::with_capacity(rest.len() / 17);
        while !rest.is_empty() {
            let [what] = take(&mut rest)?;
            let mut number = || Some(u32::from_be_bytes(take(&mut rest)?));
            rows.push(Seen {
                did: Did::of(what & !KEYED)?,
                second: Second(number()?),
                account: number()?,
                customer: number()?,
                ticket: number()?,
                key: match what & KEYED {
                    0 => None,
                    _ => Some(u64::from_be_bytes(take(&mut rest)?)),
                },
            });
        }
        Some(Self {
            source,
            through,
            rows,
        })
    }
}

impl Met {
    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.customers.is_empty() && self.tickets.is_empty()
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            second: Second(0),
            account: NONE,
            customer: NONE,
            ticket: NONE,
            did: Did::default(),
            key: None,
        }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

const FORM: u8 = b'1';
const KEYED: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_as_they_were_written_and_nothing_else_reads() {
        let row = |n: u32| Seen {
            second: Second(n),
            account: n + 1,
            customer: if n.is_multiple_of(2) { NONE } else { n },
            ticket: n * 7,
            did: Did::ALL[n as usize % 4],
            key: n.is_multiple_of(3).then_some(u64::from(n) << 40),
        };
        for source in [
            Source::File("räume/access.log".to_owned()),
            Source::Program([7; 16]),
        ] {
            let views = Views {
                source,
                through: Some(Through {
                    offset: 1 << 40,
                    number: 3,
                    head: 256,
                    digest: u64::MAX,
                }),
                rows: (0..40).map(row).collect(),
            };
            let bytes = views.write();
            assert_eq!(Views::read(&bytes), Some(views));
            let cuts = (0..bytes.len()).filter(|&cut| Views::read(&bytes[..cut]).is_some());
            // Cut between two rows it has fewer.
            assert!(cuts.count() <= 41);
            assert_eq!(Views::read(&[b"2", &bytes[1..]].concat()), None);
        }
        assert_eq!(Views::read(b""), None);
    }
}
