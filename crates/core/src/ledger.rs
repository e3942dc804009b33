//! What an entry of the ledger says happened: the kinds of leaves, and their numbers.
//!
//! A number is never given to another kind. `docs/spec/ledger.md` says what each one's sealed part
//! holds.

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What all subjects' last entries are.
    Heads,
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
    /// What the entries about somebody say was made unreadable.
    Erasure,
    /// Nothing may be erased from now on.
    Hold,
    /// A hold was ended.
    Release,
    /// A server began to run.
    Start,
    /// Somebody works here from now on.
    Person,
    /// Somebody has a role from now on, or no longer.
    Grant,
    /// A scam contact was reported.
    Report,
    /// Who reported has shown control of a channel on file.
    Verified,
    /// A case was opened on a server.
    Case,
    /// The reports of a server's case were judged, and this was shown.
    CaseRun,
    /// Something was asked for that needs another person.
    Ask,
    /// Another person agreed to it, or did not.
    Answer,
    /// The key that opens names was dealt among key holders.
    Deal,
    /// A quorum opened the name behind a pseudonym.
    Opened,
    /// What a named person says to it.
    Reply,
    /// Somebody who opens names has a key of their own from now on.
    OpeningKey,
    /// Somebody who works here read something.
    Read,
    /// A program may speak to the server from now on.
    Program,
    /// A program may no longer.
    ProgramEnded,
    /// Views came while a server ran.
    Views,
    /// Views were the first to bring up a customer, a ticket or an account.
    Met,
    /// Somebody wrote a note about a case.
    Note,
    /// A file was put into a case.
    File,
    /// A table of reports was handed in.
    Table,
    /// A table of reports was taken.
    TableTaken,
    /// A table of reports was refused.
    TableRefused,
    /// A case was given to somebody to work on.
    Assigned,
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Heads,
        Self::Opening,
        Self::Settings,
        Self::Run,
        Self::Naming,
        Self::Unsealing,
        Self::Bundle,
        Self::Erasure,
        Self::Hold,
        Self::Release,
        Self::Start,
        Self::Person,
        Self::Grant,
        Self::Report,
        Self::Verified,
        Self::Case,
        Self::CaseRun,
        Self::Ask,
        Self::Answer,
        Self::Deal,
        Self::Opened,
        Self::Reply,
        Self::OpeningKey,
        Self::Read,
        Self::Program,
        Self::ProgramEnded,
        Self::Views,
        Self::Met,
        Self::Note,
        Self::File,
        Self::Table,
        Self::TableTaken,
        Self::TableRefused,
        Self::Assigned,
    ];

    /// The number that stands in the leaf.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Heads => 0,
            Self::Opening => 1,
            Self::Settings => 2,
            Self::Run => 3,
            Self::Naming => 4,
            Self::Unsealing => 5,
            Self::Bundle => 6,
            Self::Erasure => 7,
            Self::Hold => 8,
            Self::Release => 9,
            Self::Start => 10,
            Self::Person => 11,
            Self::Grant => 12,
            Self::Report => 13,
            Self::Verified => 14,
            Self::Case => 15,
            Self::CaseRun => 16,
            Self::Ask => 17,
            Self::Answer => 18,
            Self::Deal => 19,
            Self::Opened => 20,
            Self::Reply => 21,
            Self::OpeningKey => 22,
            Self::Read => 23,
            Self::Program => 40,
            Self::ProgramEnded => 41,
            Self::Views => 30,
            Self::Met => 31,
            Self::Note => 42,
            Self::File => 43,
            Self::Table => 44,
            Self::TableTaken => 45,
            Self::TableRefused => 46,
            Self::Assigned => 47,
        }
    }

    /// The kind of a number, if there is one.
    #[must_use]
    pub fn of(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Opening => "opening",
            Self::Settings => "settings",
            Self::Run => "run",
            Self::Naming => "naming",
            Self::Unsealing => "unsealing",
            Self::Bundle => "bundle",
            Self::Erasure => "erasure",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Start => "start",
            Self::Person => "person",
            Self::Grant => "grant",
            Self::Report => "report",
            Self::Verified => "verified",
            Self::Case => "case",
            Self::CaseRun => "case-run",
            Self::Ask => "ask",
            Self::Answer => "answer",
            Self::Deal => "deal",
            Self::Opened => "opened",
            Self::Reply => "reply",
            Self::OpeningKey => "opening-key",
            Self::Read => "read",
            Self::Program => "program",
            Self::ProgramEnded => "program-ended",
            Self::Views => "views",
            Self::Met => "met",
            Self::Note => "note",
            Self::File => "file",
            Self::Table => "table",
            Self::TableTaken => "table-taken",
            Self::TableRefused => "table-refused",
            Self::Assigned => "assigned",
        }
    }
}
