//! What one person alone may not do: what is asked for, who agreed, and what came of it.
//!
//! Whoever asks is never the one who agrees; the ledger itself refuses it, since only the one place
//! where entries are put in order can do so without a race.

use serde::{Deserialize, Serialize};

use crate::reference::Reference;
use crate::staff::Role;

/// Somebody asked, in a case, for something that needs another person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// For what.
    pub wish: Wish,
    /// Why.
    pub reason: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "what", rename_all = "kebab-case")]
pub enum Wish {
    /// That a report does not count in the case.
    Exclude {
        /// Which.
        report: Reference,
    },
    /// That a report which was left out counts again.
    Include {
        /// Which.
        report: Reference,
    },
    /// That a report counts as verified although its customer entered no code: somebody spoke with
    /// them over a channel on file.
    Verify {
        /// Which.
        report: Reference,
    },
    /// That what a report says is made unreadable, for its customer wants so.
    Erase {
        /// Which.
        report: Reference,
    },
    /// That everything which the customer of a report said, in whatever case, is made unreadable.
    EraseCustomer {
        /// A report of theirs.
        report: Reference,
    },
    /// That the name behind a pseudonym is opened.
    Open {
        /// The pseudonym.
        holder: String,
        /// The run that named it.
        run: u32,
        /// What became of each other explanation.
        checked: Vec<Checked>,
    },
    /// That a naming is taken back, on the page where it was made.
    Retract {
        /// The pseudonym.
        holder: String,
    },
}

impl Wish {
    /// Who may agree.
    #[must_use]
    pub fn agreed_by(&self) -> Role {
        match self {
            Self::Exclude { .. }
            | Self::Include { .. }
            | Self::Verify { .. }
            | Self::Erase { .. }
            | Self::EraseCustomer { .. }
            | Self::Retract { .. } => Role::Supervisor,
            Self::Open { .. } => Role::KeyHolder,
        }
    }

    /// Whether both ask for the same about the same.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Open { holder, .. }, Self::Open { holder: other, .. }) => holder == other,
            _ => self == other,
        }
    }

    /// The word that records use.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Exclude { .. } => "exclude",
            Self::Include { .. } => "include",
            Self::Verify { .. } => "verify",
            Self::Erase { .. } => "erase",
            Self::EraseCustomer { .. } => "erase-customer",
            Self::Open { .. } => "open",
            Self::Retract { .. } => "retract",
        }
    }
}

/// An explanation of what the log shows, other than that the person did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Explanation {
    /// A program on the person's computer reads what they see.
    Malware,
    /// Somebody else knows the password.
    Password,
    /// Somebody looks over the shoulder, or a screen is shared.
    Screen,
    /// Another source holds the same records: a copy, a vendor, a data base.
    SameRecords,
    /// Reports that somebody made up to hurt this person.
    Forgery,
}

impl Explanation {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 5] = [
        Self::Malware,
        Self::Password,
        Self::Screen,
        Self::SameRecords,
        Self::Forgery,
    ];

    /// The word that records and forms use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Malware => "malware",
            Self::Password => "password",
            Self::Screen => "screen",
            Self::SameRecords => "same-records",
            Self::Forgery => "forgery",
        }
    }
}

/// What became of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    /// Which.
    pub explanation: Explanation,
    /// Whether it can still be so.
    pub stands: bool,
    /// What was looked at.
    pub found: String,
}

/// Another person answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The event of what was asked, in hexadecimal.
    pub ask: String,
    /// Whether they agreed.
    pub agreed: bool,
    /// Why.
    pub reason: String,
    /// The share of the key that opens names, handed on to each other key holder.
    pub passed: Vec<Dealt>,
}

/// The key that opens names was made and dealt; what was sealed for an earlier one stays closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deal {
    /// Its public half, in hexadecimal: it seals names.
    pub public: String,
    /// Shares that make the key.
    pub enough: u8,
    /// Who got a share.
    pub shares: Vec<Dealt>,
}

/// A key holder's share, which only their own key opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dealt {
    /// Whose, in hexadecimal.
    pub person: String,
    /// The sealed share, in hexadecimal.
    pub sealed: String,
}

/// Somebody who opens names has made a key of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningKey {
    /// Its public half, in hexadecimal; the other half is with the person alone.
    pub public: String,
}

/// A quorum opened the name behind a pseudonym.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The event of what was asked, in hexadecimal.
    pub ask: String,
    /// The pseudonym.
    pub holder: String,
    /// The name, as the desk's log has it.
    pub name: String,
}

/// What a named person says to it; it goes where the naming goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The pseudonym.
    pub holder: String,
    /// Their words.
    pub text: String,
}

/// Key holders that must agree before a name is opened: two, and one more where the naming would
/// not survive a little unfairness of the comparison.
#[must_use]
pub fn quorum(gamma: f64) -> usize {
    if gamma >= FRAGILE { 2 } else { 3 }
}

/// Odds of unfairness below which a naming is fragile.
const FRAGILE: f64 = 1.25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_written_with_its_word() {
        let report = Reference::new(7);
        let holder = || "Heron-41".to_owned();
        let wishes = [
            Wish::Exclude { report },
            Wish::Include { report },
            Wish::Verify { report },
            Wish::Erase { report },
            Wish::EraseCustomer { report },
            Wish::Open {
                holder: holder(),
                run: 3,
                checked: Explanation::ALL
                    .map(|explanation| Checked {
                        explanation,
                        stands: false,
                        found: "looked".to_owned(),
                    })
                    .to_vec(),
            },
            Wish::Retract { holder: holder() },
        ];
        for wish in wishes {
            let written = serde_json::to_string(&wish).unwrap();
            assert!(
                written.contains(&format!("\"what\":\"{}\"", wish.word())),
                "{written}"
            );
            assert_eq!(serde_json::from_str::<Wish>(&written).unwrap(), wish);
        }
        for explanation in Explanation::ALL {
            let written = serde_json::to_string(&explanation).unwrap();
            assert_eq!(written, format!("\"{}\"", explanation.word()));
        }
    }

    #[test]
    fn a_fragile_naming_needs_a_third() {
        assert_eq!(quorum(1.24), 3);
        assert_eq!(quorum(1.25), 2);
        assert_eq!(quorum(f64::NAN), 3);
    }
}
