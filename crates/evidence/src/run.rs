//! The last run that entries tell of, and whether files are what it showed.

use countersign_core::ledger::Kind;
use countersign_core::record;
use countersign_ledger::bundle::entries::Shown;
use countersign_ledger::hash::Hash;
use serde::{Deserialize, Serialize};

use crate::EvidenceError;

/// SHA-256 of what a run of a case folder showed, in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// `verdict.json`
    pub verdict: String,
    /// `report.html`
    pub report: String,
}

/// A file that a run read.
#[derive(Debug, Deserialize)]
pub struct Read {
    /// Its SHA-256.
    pub sha256: String,
}

/// What a bundle's check needs of a run.
#[derive(Debug)]
pub struct LastRun {
    /// Its number.
    pub run: u32,
    /// Files that it read; none of a server's run.
    pub inputs: Vec<Read>,
    /// SHA-256 of `verdict.json`.
    pub verdict: String,
    /// SHA-256 of `report.html`; none of a server's run, whose page is drawn when it is packed.
    pub report: Option<String>,
}

/// A run of a case folder; later programs may say more.
#[derive(Deserialize)]
struct FolderRun {
    run: u32,
    #[serde(default)]
    inputs: Vec<Read>,
    shown: Digests,
}

/// The last run that the entries tell of, if it may be read.
///
/// # Errors
/// An entry that is no run, though its kind says so.
pub fn last_run(entries: &[Shown]) -> Result<Option<LastRun>, EvidenceError> {
    let kind = |entry: &Shown| match Kind::of(entry.leaf.kind) {
        Some(kind @ (Kind::Run | Kind::CaseRun)) => Some(kind),
        _ => None,
    };
    let last = entries
        .iter()
        .rev()
        .find_map(|entry| Some((entry, kind(entry)?)));
    let Some((entry, kind)) = last else {
        return Ok(None);
    };
    let Some(text) = entry.said() else {
        return Ok(None);
    };
    let read = if kind == Kind::CaseRun {
        serde_json::from_str(text).map(|run: record::Run| LastRun {
            run: run.run,
            inputs: Vec::new(),
            verdict: run.verdict,
            report: None,
        })
    } else {
        serde_json::from_str(text).map(|run: FolderRun| LastRun {
            run: run.run,
            inputs: run.inputs,
            verdict: run.shown.verdict,
            report: Some(run.shown.report),
        })
    };
    let wrong = |_error| EvidenceError::Entry {
        seq: entry.leaf.seq,
        what: "does not say what its kind says",
    };
    read.map(Some).map_err(wrong)
}

impl LastRun {
    /// Whether these are the files that it showed.
    ///
    /// # Errors
    /// The one that is not.
    pub fn showed(&self, verdict: &[u8], report: &[u8]) -> Result<(), EvidenceError> {
        let run = self.run;
        let is = |bytes: &[u8], digest: &String| Hash::of_bytes(bytes).to_hex() == *digest;
        if !is(verdict, &self.verdict) {
            let name = "verdict.json";
            return Err(EvidenceError::NotShown { name, run });
        }
        if self
            .report
            .as_ref()
            .is_some_and(|digest| !is(report, digest))
        {
            let name = "report.html";
            return Err(EvidenceError::NotShown { name, run });
        }
        Ok(())
    }

    /// What its entry has the digests of, for `README.txt`.
    pub(crate) fn held(&self) -> &'static str {
        match self.report {
            Some(_) => {
                "The SHA-256 digests of data/trace/verdict.json and data/trace/report.html stand"
            }
            None => {
                "The SHA-256 digest of data/trace/verdict.json stands (report.html was drawn from it\n    \
                 when this was packed)"
            }
        }
    }
}
