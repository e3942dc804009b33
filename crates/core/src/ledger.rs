//! What an entry of the ledger says happened: the kinds of leaves, and their numbers.
//!
//! A number is never given to another kind. `docs/spec/ledger.md` says what each one's sealed part
//! holds.

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A case was opened.
    Opening,
    /// The settings of a case were fixed.
    Settings,
    /// The files were judged, and this was shown.
    Run,
    /// Somebody was named.
    Naming,
    /// The name behind a pseudonym was shown.
    Unsealing,
    /// Evidence was packed to be handed out.
    Bundle,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Opening,
        Self::Settings,
        Self::Run,
        Self::Naming,
        Self::Unsealing,
        Self::Bundle,
    ];

    /// The number that stands in the leaf.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Opening => 1,
            Self::Settings => 2,
            Self::Run => 3,
            Self::Naming => 4,
            Self::Unsealing => 5,
            Self::Bundle => 6,
        }
    }

    /// The kind of a number, if there is one.
    #[must_use]
    pub fn of(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Settings => "settings",
            Self::Run => "run",
            Self::Naming => "naming",
            Self::Unsealing => "unsealing",
            Self::Bundle => "bundle",
        }
    }
}
