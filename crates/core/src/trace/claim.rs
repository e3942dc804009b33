//! What may be said, in types that can't be mistaken for each other.

use crate::verdict::LevelKind;

/// First so far. Rests on nothing but order: no claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The person.
    pub person: u32,
}

/// Passed the bound under the conditional guard: look here first, if colleagues sold at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrongLead {
    /// The person.
    pub person: u32,
    /// Reports in order, 1-based, when the bound was passed.
    pub after_reports: usize,
}

/// The list leaked through these holders, or a source with the same rows, under the naming rule.
///
/// Only `super::judge` makes one. What `countersign open` reads is the verdict that was written of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Naming {
    pub(super) who: Holder,
    pub(super) after_reports: usize,
    pub(super) colluders: u8,
    pub(super) gamma: f64,
    pub(super) struck: u32,
    pub(super) forgeries: u32,
}

/// What can be named: one or several holders as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Which level.
    pub level: LevelKind,
    /// Numbers of the members, ascending.
    pub members: Vec<u32>,
    /// Name of the team, site, vendor or copy.
    pub group: Option<String>,
}

impl Naming {
    /// Who.
    #[must_use]
    pub fn who(&self) -> &Holder {
        &self.who
    }

    /// Reports in order, 1-based, those not used included, when the bound was passed.
    #[must_use]
    pub fn after_reports(&self) -> usize {
        self.after_reports
    }

    /// The promise holds if at most this many colleagues leaked as well.
    #[must_use]
    pub fn colluders(&self) -> u8 {
        self.colluders
    }

    /// Largest odds of unfairness at which it would be made.
    #[must_use]
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Largest factors that were struck first.
    #[must_use]
    pub fn struck(&self) -> u32 {
        self.struck
    }

    /// How many forged or mistaken reports could have produced it.
    #[must_use]
    pub fn forgeries(&self) -> u32 {
        self.forgeries
    }
}
