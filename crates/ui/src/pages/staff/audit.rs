//! The ledger, entry by entry.

use askama::Template;
use countersign_core::ledger::Kind;
use countersign_core::time::Second;

use super::{Cursors, Shell};
use crate::pages::show::{self, filters};
use crate::plain;

/// `GET /audit?before=|after=`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/audit.html")]
pub struct Audit {
    /// Around the page.
    pub shell: Shell,
    /// Entries, newest first.
    pub rows: Vec<Entry>,
    /// Where the list goes on.
    pub cursors: Cursors,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// When it was written.
    pub at: Second,
    /// What happened.
    pub kind: Kind,
    /// Who did it; none: the server, or somebody who is erased.
    pub by: Option<String>,
    /// Whom it is about, in hexadecimal; the page shows the first 8 digits.
    pub subject: String,
}

impl Entry {
    fn subject_short(&self) -> String {
        let short: String = self.subject.chars().take(8).collect();
        plain::shown(&short)
    }

    fn kind_said(&self) -> &'static str {
        match self.kind {
            Kind::Heads => "The last entries of all subjects were noted",
            Kind::Opening | Kind::Case => "A case was opened",
            Kind::Settings => "The settings of a case were fixed",
            Kind::Run | Kind::CaseRun => "Reports were judged, and the result was shown",
            Kind::Naming => "Somebody was named",
            Kind::Unsealing => "The name behind a pseudonym was shown",
            Kind::Bundle => "Evidence was packed to be handed out",
            Kind::Erasure => "What entries about somebody say was made unreadable",
            Kind::Hold => "Nothing may be erased from here on",
            Kind::Release => "A hold was ended",
            Kind::Start => "The server began to run",
            Kind::Person => "Somebody joined",
            Kind::Grant => "A role was given or taken",
            Kind::Report => "A scam contact was reported",
            Kind::Verified => "A report was verified",
            Kind::Ask => "Something was asked for that needs another person",
            Kind::Answer => "Another person answered",
            Kind::Deal => "The key that opens names was dealt",
            Kind::Opened => "A quorum opened a name",
            Kind::Reply => "What a named person says was put on record",
            Kind::OpeningKey => "A key holder made their key",
            Kind::Read => "Somebody who works here read it",
            Kind::Program => "A program may speak to the server",
            Kind::ProgramEnded => "A program may speak to the server no longer",
            Kind::Views => "Views were taken",
            Kind::Met => "Views brought up a name",
            Kind::Note => "Somebody wrote a note about a case",
            Kind::File => "A file was put into a case",
            Kind::Table => "A table of reports was handed in",
            Kind::TableTaken => "A second person took a table of reports",
            Kind::TableRefused => "A table of reports was refused or taken back",
            Kind::Assigned => "A supervisor gave a case to somebody",
        }
    }
}

impl Audit {
    fn pages(&self) -> (Option<String>, Option<String>) {
        self.cursors.links("/audit", "")
    }
}

pages!(Audit);
