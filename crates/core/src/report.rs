//! A customer's word about a scam call.

use serde::{Deserialize, Serialize};

use crate::time::Second;

/// How the scammers reached the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A person phoned.
    #[default]
    Phone,
    /// A recording phoned.
    Robocall,
    /// An e-mail, the "fix" for example.
    Email,
    /// A text message.
    Sms,
    /// A login page that was not the company's.
    Portal,
    /// Told in a forum.
    Forum,
    /// A planted record rang.
    Decoy,
}

impl Channel {
    /// The word that tables, forms and records use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Robocall => "robocall",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Portal => "portal",
            Self::Forum => "forum",
            Self::Decoy => "decoy",
        }
    }
}

/// What the caller quoted as proof of being the company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quoted {
    /// No number.
    #[default]
    Nothing,
    /// A ticket of this desk, row of `Desk::tickets`.
    Ticket(u32),
    /// A number that this desk never issued (a finding of its own).
    NeverIssued,
}

/// One report, its customer and ticket resolved to row numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The report's public id.
    pub id: String,
    /// When the company heard of it.
    pub received: Second,
    /// When the scam contact was; `None` = not said: `received` is used and counted.
    pub called: Option<Second>,
    /// Row of `Desk::customers`; `None` = matched nobody (counted, never used).
    pub customer: Option<u32>,
    /// What was quoted.
    pub quoted: Quoted,
    /// How they reached the customer.
    pub channel: Channel,
    /// The story told, a short code word (`auto-renewal`, `refund`), never free text.
    pub pretext: Option<String>,
    /// Checked with the customer over a channel on file.
    pub verified: bool,
    /// The customer was called by investigators first: never counts for naming.
    pub solicited: bool,
    /// Customers of one household or company share a number; each group counts once.
    pub household: Option<u32>,
    /// A person left it out, with the reason (needs a second person; stays shown).
    pub excluded: Option<String>,
}

impl Report {
    /// The time of the scam contact: as told, else when it was received.
    #[must_use]
    pub fn call(&self) -> Second {
        self.called.unwrap_or(self.received)
    }
}
