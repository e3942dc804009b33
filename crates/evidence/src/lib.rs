//! What goes into a bundle of evidence beside entries and proof: the texts that people read, the
//! verdict, the chain of custody. A case folder and a server's case are packed alike.
//!
//! It reads no file and has no clock; `cli` and `server` say what there is.

pub mod custody;
mod graph;
mod run;

use countersign_core::ledger::Kind;
use countersign_core::verdict::Verdict;
use countersign_ledger::bundle::entries::{self, Shown, Withheld};
use countersign_ledger::bundle::pem;
use countersign_ledger::bundle::zip::Files;
use countersign_ledger::hash::Hash;
use countersign_ledger::note::Verifier;
use countersign_ledger::policy::Policy;
use countersign_ui::summary;
use thiserror::Error;

pub use self::run::{Digests, LastRun, Read, last_run};

/// The check that needs nothing but Python, as it goes into each bundle.
pub const VERIFIER: &str = include_str!("../../ledger/verifier.py");

/// What a bundle is made from.
#[derive(Debug)]
pub struct Source<'a> {
    /// The entries that are shown, ascending; a part that is withheld is none.
    pub entries: &'a [Shown],
    /// The hashes over all others.
    pub withheld: &'a [Withheld],
    /// The log's key.
    pub key: &'a Verifier,
    /// Witnesses whose signature the checkpoint has.
    pub witnesses: Vec<Verifier>,
    /// The signed checkpoint.
    pub checkpoint: &'a str,
    /// Entries under it.
    pub size: u64,
    /// `verdict.json` of the last run.
    pub verdict: Vec<u8>,
    /// The page that the run showed; none: it is drawn of the verdict.
    pub report: Option<Vec<u8>>,
    /// The day of the packing: `2026-11-27`.
    pub day: &'a str,
    /// Which program packs, and its SHA-256 in hexadecimal.
    pub program: (&'a str, &'a str),
    /// Whether everything in it is made up, to be looked at: it says so.
    pub made_up: bool,
}

/// A bundle's files, without the folder `data/`, and the lines of `bag-info.txt`.
#[derive(Debug)]
pub struct Evidence {
    /// The files.
    pub data: Files,
    /// Entries of the log that it proves.
    pub size: u64,
    key: String,
    day: String,
    program: String,
    made_up: bool,
}

/// Why there is no evidence to pack, or none to be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Nothing was shown yet.
    #[error("the case has no run, so there is nothing to show")]
    NoRun,
    /// A file is another than the one that the last run's entry tells of.
    #[error("`{name}` is not what run {run} showed")]
    NotShown {
        /// Which file.
        name: &'static str,
        /// Which run.
        run: u32,
    },
    /// `verdict.json` does not read.
    #[error("`verdict.json` can't be read: {0}")]
    Verdict(#[source] serde_json::Error),
    /// The page could not be drawn.
    #[error(transparent)]
    Page(#[from] countersign_ui::ReportError),
    /// An entry that no program writes.
    #[error("entry {seq} {what}")]
    Entry {
        /// Its place.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No entry at all.
    #[error("there is no entry")]
    Nothing,
    /// A part that is not one line of text.
    #[error("the entries can't be written: {0}")]
    Entries(&'static str),
    /// JSON that can't be written.
    #[error("the chain of custody can't be written: {0}")]
    Custody(#[source] serde_json::Error),
}

/// Stands before everything else.
const MADE_UP: &str =
    "EVERYTHING IN THIS FOLDER IS MADE UP: a demonstration of Countersign. It is no evidence.\n\n";

/// SHA-256 of [`VERIFIER`], as `sha256sum` prints it.
#[must_use]
pub fn verifier_digest() -> String {
    Hash::of_bytes(VERIFIER.as_bytes()).to_hex()
}

/// Collects the evidence of a case: what its ledger says, and the last verdict.
///
/// # Errors
/// A case without a run, or whose verdict is not the one that its last run showed.
pub fn collect(source: Source<'_>) -> Result<Evidence, EvidenceError> {
    let Source {
        entries: shown,
        key,
        day,
        program: (program, digest),
        ..
    } = source;
    let run = last_run(shown)?.ok_or(EvidenceError::NoRun)?;
    let finding: Verdict =
        serde_json::from_slice(&source.verdict).map_err(EvidenceError::Verdict)?;
    let report = match source.report {
        Some(report) => report,
        None => countersign_ui::report(&finding)?.into_bytes(),
    };
    run.showed(&source.verdict, &report)?;
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("{} = {}", kind.code(), kind.word()))
        .collect();
    let fill = |template: &str| {
        template
            .replace("{{finding}}", summary::claims(&finding).trim_end())
            .replace("{{shown}}", &shown.len().to_string())
            .replace("{{size}}", &source.size.to_string())
            .replace("{{run}}", &run.run.to_string())
            .replace("{{held}}", run.held())
            .replace("{{made_up}}", if source.made_up { MADE_UP } else { "" })
            .replace("{{key}}", &key.to_string())
            .replace("{{log}}", key.name())
            .replace("{{verifier}}", &verifier_digest())
            .replace("{{program}}", program)
            .replace("{{day}}", day)
            .replace("{{kinds}}", &kinds.join(", "))
            .into_bytes()
    };
    let policy = Policy::of_all(key.clone(), source.witnesses);
    let lines = entries::write_entries(shown).map_err(EvidenceError::Entries)?;
    let data: Files = [
        ("README.txt", fill(include_str!("texts/README.txt"))),
        ("VERIFY.md", fill(include_str!("texts/VERIFY.md"))),
        ("cert/902-13.txt", fill(include_str!("texts/902-13.txt"))),
        ("cert/902-14.txt", fill(include_str!("texts/902-14.txt"))),
        (custody::FILE, custody::custody(shown)?.into_bytes()),
        ("entries.txt", lines.into_bytes()),
        ("log/checkpoint", source.checkpoint.as_bytes().to_vec()),
        ("log/key.pem", pem(key).into_bytes()),
        ("log/policy", policy.text().into_bytes()),
        (
            "trace/program.txt",
            format!("{program}\nsha256 {digest}\n").into_bytes(),
        ),
        ("trace/report.html", report),
        ("trace/verdict.json", source.verdict),
        ("verifier.py", VERIFIER.as_bytes().to_vec()),
        (
            "withheld.csv",
            entries::write_withheld(source.withheld).into_bytes(),
        ),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into();
    Ok(Evidence {
        data,
        size: source.size,
        key: key.name().to_owned(),
        day: day.to_owned(),
        program: program.to_owned(),
        made_up: source.made_up,
    })
}

impl Evidence {
    /// The lines of `bag-info.txt`, for the files that there are now.
    #[must_use]
    pub fn info(&self) -> String {
        let octets: usize = self.data.values().map(Vec::len).sum();
        let made_up = match self.made_up {
            true => "External-Description: made up, a demonstration\n",
            false => "",
        };
        format!(
            "Bag-Software-Agent: {}\nBagging-Date: {}\n{made_up}External-Identifier: {}\n\
             Payload-Oxum: {octets}.{}\n",
            self.program,
            self.day,
            self.key,
            self.data.len()
        )
    }
}
