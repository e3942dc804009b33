//! What the entries of a server's ledger say: one struct a kind, as the JSON of its sealed part.
//!
//! An entry is about one subject, whose key seals what it says: a report is sealed for the one who
//! reports, a role for the person who has it, a run for its case. Rows of the database are made
//! from these and can be made again.

mod views;

use serde::{Deserialize, Serialize, de};

use crate::ledger::Kind;
use crate::program::May;
use crate::reference::Reference;
use crate::respond::statement::Statement;
use crate::second::{Answer, Ask, Deal, Opened, OpeningKey, Reply};
use crate::staff::Role;
use crate::time::Second;
use crate::verdict::State;

pub use self::views::{Did, Met, Seen, Source, Through, Views};

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The server began to run on this folder.
    Start(Start),
    /// Somebody works here from now on, under this name.
    Person(Person),
    /// A person has a role from now on, or no longer.
    Grant(Grant),
    /// Somebody reported a scam contact.
    Report(Report),
    /// The one who reported has shown control of a channel that the company knows.
    Verified(Verified),
    /// A case was opened, with what it fixes.
    Case(Case),
    /// The reports were judged, and this was shown.
    Run(Run),
    /// Something was asked for that needs another person.
    Ask(Ask),
    /// Another person answered.
    Answer(Answer),
    /// The key that opens names was dealt.
    Deal(Deal),
    /// A quorum opened a name.
    Opened(Opened),
    /// A named person says something to it.
    Reply(Reply),
    /// Somebody who opens names has made a key.
    OpeningKey(OpeningKey),
    /// Somebody who works here read a report or a case.
    Read(Read),
    /// A program may speak to the server from now on.
    Program(Program),
    /// A program may no longer.
    ProgramEnded(ProgramEnded),
    /// Views came.
    Views(Views),
    /// Views were the first to bring these names up.
    Met(Met),
    /// Somebody wrote a note about a case.
    Note(Note),
    /// A file was put into a case.
    File(CaseFile),
    /// A table of reports was handed in, and waits for a second person.
    Table(HandedTable),
    /// A second person took a table.
    TableTaken(TableTaken),
    /// A table was refused, or taken back.
    TableRefused(TableRefused),
    /// A case was given to somebody to work on.
    Assigned(Assigned),
    /// Evidence of a case was packed.
    Bundle(Bundle),
}

/// See [`Record::Start`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Chance, also kept in the database: a database that was put back from a copy has an older one.
    pub nonce: String,
    /// Name and version of the program.
    pub program: String,
    /// Whether everything in this folder is made up, to be looked at.
    #[serde(default, skip_serializing_if = "is_not")]
    pub demo: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_not(said: &bool) -> bool {
    !said
}

/// See [`Record::Person`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// As colleagues know them.
    pub name: String,
}

/// See [`Record::Grant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Which.
    pub role: Role,
    /// Whether they have it, or no longer.
    pub held: bool,
}

/// See [`Record::Read`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Which page.
    pub page: ReadPage,
}

/// A page that shows what somebody said or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadPage {
    /// What a report says.
    Report,
    /// What a case shows.
    Case,
    /// Everything on record about a case.
    Timeline,
    /// A file of a case.
    File,
    /// What was asked in a case.
    Ask,
}

/// See [`Record::Report`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What the customer was given to ask after it.
    pub reference: Reference,
    /// When it came in.
    pub received: Second,
    /// Which way it came.
    pub way: Way,
    /// What was said.
    pub statement: Statement,
}

/// The way on which a report came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The public form.
    Form,
    /// A program.
    Api,
    /// An agent, for a customer on the phone.
    Agent,
    /// A table that somebody handed in.
    Table,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 4] = [Self::Form, Self::Api, Self::Agent, Self::Table];

    /// The word that records use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Api => "api",
            Self::Agent => "agent",
            Self::Table => "table",
        }
    }
}

/// See [`Record::Verified`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// How it was shown.
    pub how: Proof,
}

/// How somebody has shown control of a channel that the company knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A code that was mailed to the address on file was typed in.
    Mail,
    /// Somebody spoke with the customer over a channel on file, and a second person agreed.
    Person,
    /// Nobody has shown anything: report and customer are made up, in the folder of a demo.
    MadeUp,
    /// A table that was handed in says so, and a second person confirmed it.
    Table,
}

impl Proof {
    /// The word that records use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Person => "person",
            Self::MadeUp => "made-up",
            Self::Table => "table",
        }
    }
}

/// See [`Record::Case`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How people speak of it.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// Reports of calls from this second on count.
    pub from: Second,
    /// Reports of calls before this second count; none: all later ones.
    pub until: Option<Second>,
    /// The promise over all versions.
    pub alpha: f64,
    /// Colleagues guarded against.
    pub colluders: u8,
    /// Odds of unfairness that a naming must survive.
    pub gamma: f64,
    /// Largest factors struck.
    pub strike: u32,
    /// Days of freeze.
    pub freeze_days: u32,
    /// Persons known when the case opened.
    pub persons: u64,
    /// Room for newcomers.
    pub reserve: u64,
}

/// See [`Record::Run`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Number within the case, from 1.
    pub run: u32,
    /// Version of the computation; a change of settings or of what was counted begins the next.
    pub version: u32,
    /// Reports that were judged, in order.
    pub reports: u64,
    /// Digest over them as they were understood.
    pub digest: String,
    /// What was shown.
    pub state: State,
    /// Pseudonym of the lead, if there was one.
    pub lead: Option<String>,
    /// Pseudonyms of those named.
    pub named: Vec<String>,
    /// SHA-256 of the verdict's document.
    pub verdict: String,
}

/// See [`Record::Program`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// What it is called by whoever looks after it.
    pub name: String,
    /// What it may do.
    pub may: Vec<May>,
}

/// See [`Record::ProgramEnded`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramEnded {}

/// See [`Record::Note`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What was written.
    pub text: String,
}

/// See [`Record::File`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Where it lies: a token in hexadecimal.
    pub id: String,
    /// What it was called by whoever put it in.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of what it holds.
    pub sha256: String,
}

/// See [`Record::Table`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandedTable {
    /// What the file was called.
    pub name: String,
    /// Rows that can be taken.
    pub rows: u64,
    /// Rows of them that the table says are verified.
    pub verified: u64,
    /// Rows that can't.
    pub wrong: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Whose key the file is sealed with, in hexadecimal: it is destroyed when the table is taken
    /// or refused.
    pub content: String,
}

/// See [`Record::TableTaken`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableTaken {
    /// Rows that became reports.
    pub rows: u64,
    /// Rows of them that count as verified, which the second person confirmed as such.
    pub verified: u64,
}

/// See [`Record::TableRefused`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRefused {
    /// Why.
    pub why: String,
}

/// See [`Record::Assigned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// To whom, in hexadecimal.
    pub person: String,
}

/// See [`Record::Bundle`]; a case folder's ledger says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// When it was packed.
    pub at: String,
    /// SHA-256 of the manifest that is signed in the bundle.
    pub manifest: String,
    /// Entries of the log that the bundle proves.
    pub entries: u64,
}

impl Record {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Start(_) => Kind::Start,
            Self::Person(_) => Kind::Person,
            Self::Grant(_) => Kind::Grant,
            Self::Report(_) => Kind::Report,
            Self::Verified(_) => Kind::Verified,
            Self::Case(_) => Kind::Case,
            Self::Run(_) => Kind::CaseRun,
            Self::Ask(_) => Kind::Ask,
            Self::Answer(_) => Kind::Answer,
            Self::Deal(_) => Kind::Deal,
            Self::Opened(_) => Kind::Opened,
            Self::Reply(_) => Kind::Reply,
            Self::OpeningKey(_) => Kind::OpeningKey,
            Self::Read(_) => Kind::Read,
            Self::Program(_) => Kind::Program,
            Self::ProgramEnded(_) => Kind::ProgramEnded,
            Self::Views(_) => Kind::Views,
            Self::Met(_) => Kind::Met,
            Self::Note(_) => Kind::Note,
            Self::File(_) => Kind::File,
            Self::Table(_) => Kind::Table,
            Self::TableTaken(_) => Kind::TableTaken,
            Self::TableRefused(_) => Kind::TableRefused,
            Self::Assigned(_) => Kind::Assigned,
            Self::Bundle(_) => Kind::Bundle,
        }
    }

    /// What the sealed part says.
    ///
    /// # Errors
    /// A number that JSON does not have.
    pub fn write(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Start(said) => serde_json::to_vec(said),
            Self::Person(said) => serde_json::to_vec(said),
            Self::Grant(said) => serde_json::to_vec(said),
            Self::Report(said) => serde_json::to_vec(said),
            Self::Verified(said) => serde_json::to_vec(said),
            Self::Case(said) => serde_json::to_vec(said),
            Self::Run(said) => serde_json::to_vec(said),
            Self::Ask(said) => serde_json::to_vec(said),
            Self::Answer(said) => serde_json::to_vec(said),
            Self::Deal(said) => serde_json::to_vec(said),
            Self::Opened(said) => serde_json::to_vec(said),
            Self::Reply(said) => serde_json::to_vec(said),
            Self::OpeningKey(said) => serde_json::to_vec(said),
            Self::Read(said) => serde_json::to_vec(said),
            Self::Program(said) => serde_json::to_vec(said),
            Self::ProgramEnded(said) => serde_json::to_vec(said),
            Self::Views(said) => Ok(said.write()),
            Self::Met(said) => serde_json::to_vec(said),
            Self::Note(said) => serde_json::to_vec(said),
            Self::File(said) => serde_json::to_vec(said),
            Self::Table(said) => serde_json::to_vec(said),
            Self::TableTaken(said) => serde_json::to_vec(said),
            Self::TableRefused(said) => serde_json::to_vec(said),
            Self::Assigned(said) => serde_json::to_vec(said),
            Self::Bundle(said) => serde_json::to_vec(said),
        }
    }

    /// Reads what a sealed part of this kind says; none for a kind that a server's ledger has no
    /// record for.
    ///
    /// # Errors
    /// A part that this version does not write.
    pub fn read(kind: Kind, part: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        Ok(Some(match kind {
            Kind::Start => Self::Start(serde_json::from_slice(part)?),
            Kind::Person => Self::Person(serde_json::from_slice(part)?),
            Kind::Grant => Self::Grant(serde_json::from_slice(part)?),
            Kind::Report => Self::Report(serde_json::from_slice(part)?),
            Kind::Verified => Self::Verified(serde_json::from_slice(part)?),
            Kind::Case => Self::Case(serde_json::from_slice(part)?),
            Kind::CaseRun => Self::Run(serde_json::from_slice(part)?),
            Kind::Ask => Self::Ask(serde_json::from_slice(part)?),
            Kind::Answer => Self::Answer(serde_json::from_slice(part)?),
            Kind::Deal => Self::Deal(serde_json::from_slice(part)?),
            Kind::Opened => Self::Opened(serde_json::from_slice(part)?),
            Kind::Reply => Self::Reply(serde_json::from_slice(part)?),
            Kind::OpeningKey => Self::OpeningKey(serde_json::from_slice(part)?),
            Kind::Read => Self::Read(serde_json::from_slice(part)?),
            Kind::Program => Self::Program(serde_json::from_slice(part)?),
            Kind::ProgramEnded => Self::ProgramEnded(serde_json::from_slice(part)?),
            Kind::Views => {
                let views = Views::read(part);
                Self::Views(views.ok_or_else(|| de::Error::custom("no rows of views"))?)
            }
            Kind::Met => Self::Met(serde_json::from_slice(part)?),
            Kind::Note => Self::Note(serde_json::from_slice(part)?),
            Kind::File => Self::File(serde_json::from_slice(part)?),
            Kind::Table => Self::Table(serde_json::from_slice(part)?),
            Kind::TableTaken => Self::TableTaken(serde_json::from_slice(part)?),
            Kind::TableRefused => Self::TableRefused(serde_json::from_slice(part)?),
            Kind::Assigned => Self::Assigned(serde_json::from_slice(part)?),
            Kind::Bundle => Self::Bundle(serde_json::from_slice(part)?),
            Kind::Heads
            | Kind::Opening
            | Kind::Settings
            | Kind::Run
            | Kind::Naming
            | Kind::Unsealing
            | Kind::Erasure
            | Kind::Hold
            | Kind::Release => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_it_was_written() {
        let reference = Reference::new(7);
        let records = [
            Record::Start(Start {
                nonce: "00".to_owned(),
                program: "countersign 0".to_owned(),
                demo: true,
            }),
            Record::Person(Person {
                name: "Ann".to_owned(),
            }),
            Record::Grant(Grant {
                role: Role::KeyHolder,
                held: true,
            }),
            Record::Report(Report {
                reference,
                received: Second(1),
                way: Way::Form,
                statement: Statement::default(),
            }),
            Record::Verified(Verified { how: Proof::Mail }),
            Record::Verified(Verified { how: Proof::MadeUp }),
            Record::Case(Case {
                reference,
                title: "Calls in autumn".to_owned(),
                from: Second(1),
                until: None,
                alpha: 0.001,
                colluders: 1,
                gamma: 1.5,
                strike: 2,
                freeze_days: 30,
                persons: 300,
                reserve: 30,
            }),
            Record::Run(Run {
                run: 1,
                version: 1,
                reports: 3,
                digest: "00".to_owned(),
                state: State::Lead,
                lead: Some("Heron-41".to_owned()),
                named: Vec::new(),
                verdict: "00".to_owned(),
            }),
            Record::Program(Program {
                name: "hotline".to_owned(),
                may: vec![May::Reports],
            }),
            Record::ProgramEnded(ProgramEnded {}),
            Record::Views(Views {
                rows: vec![Seen::default()],
                ..Views::default()
            }),
            Record::Met(Met {
                customers: vec![(3, "C-4".to_owned())],
                ..Met::default()
            }),
            Record::Note(Note {
                text: "called\nagain".to_owned(),
            }),
            Record::File(CaseFile {
                id: "00".to_owned(),
                name: "letter.pdf".to_owned(),
                size: 7,
                sha256: "00".to_owned(),
            }),
            Record::Table(HandedTable {
                name: "hotline.csv".to_owned(),
                rows: 7,
                verified: 5,
                wrong: 1,
                sha256: "00".to_owned(),
                content: "00".to_owned(),
            }),
            Record::TableTaken(TableTaken {
                rows: 7,
                verified: 0,
            }),
            Record::TableRefused(TableRefused {
                why: "not ours".to_owned(),
            }),
            Record::Assigned(Assigned {
                person: "00".to_owned(),
            }),
            Record::Bundle(Bundle {
                at: "2026-11-27T12:00:00Z".to_owned(),
                manifest: "00".to_owned(),
                entries: 7,
            }),
        ];
        for record in records {
            let part = record.write().unwrap();
            assert_eq!(Record::read(record.kind(), &part).unwrap(), Some(record));
        }
        // A start of a folder for real use says nothing of demos.
        let plain = br#"{"nonce":"00","program":"countersign 0"}"#;
        let start = Record::read(Kind::Start, plain).unwrap().unwrap();
        assert_eq!(start.write().unwrap(), plain);
        assert!(Record::read(Kind::Grant, b"{\"role\":\"king\",\"held\":true}").is_err());
        assert_eq!(Record::read(Kind::Heads, b"").unwrap(), None);
    }
}
