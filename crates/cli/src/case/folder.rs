//! The folder of one case, and what it fixes.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use countersign_core::ledger::Kind;
use countersign_core::report::Report;
use countersign_core::verdict::{Input, State, Verdict};
use countersign_evidence::Digests;
use countersign_ledger::encoding::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::erasure;
use super::ledger::CaseLedger;
use super::pseudonyms::Pseudonyms;
use crate::whole;

/// What a case fixes when its first reports count; `case.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixed {
    /// The promise.
    pub(crate) alpha: f64,
    /// Colleagues guarded against.
    pub(crate) colluders: u8,
    /// Odds of unfairness that a naming must survive.
    pub(crate) gamma: f64,
    /// Largest factors struck.
    pub(crate) strike: u32,
    /// Days of freeze.
    pub(crate) freeze_days: u32,
    /// Attributes that split the strata; absent = all that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) strata: Option<Vec<String>>,
    /// Persons known when the case opened.
    pub(crate) persons: u64,
    /// Room for newcomers.
    pub(crate) reserve: u64,
    /// `always`: input ids are never shown, whatever is asked.
    #[serde(default)]
    pub(crate) sealed: Sealed,
}

/// Whether `--reveal-ids` is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sealed {
    /// Ids are shown on request, and the run says so.
    #[default]
    Ordinary,
    /// Never.
    Always,
}

/// One run; a line of `runs.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Number, from 1.
    pub(crate) run: u32,
    /// When.
    pub(crate) at: String,
    /// Version of the computation; a change of settings or of the log begins the next one.
    pub(crate) version: u32,
    /// Settings of this run.
    pub(crate) settings: Fixed,
    /// Digests of the files read.
    pub(crate) inputs: Vec<Input>,
    /// Digest of how they were read; empty: in no way that somebody chose.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reading: String,
    /// Reports in order, and the digest of all of them.
    pub(crate) reports: u64,
    /// See `reports`.
    pub(crate) reports_digest: String,
    /// Only leads were made.
    pub(crate) exploratory: bool,
    /// Input ids were shown.
    pub(crate) revealed_ids: bool,
    /// What was shown.
    pub(crate) state: State,
    /// Who was first.
    pub(crate) lead: Option<String>,
    /// Who was named.
    pub(crate) named: Vec<Vec<String>>,
    /// Digests of what was shown; empty in runs of earlier programs.
    #[serde(default)]
    pub(crate) shown: Digests,
    /// Place of the run's entry in the ledger; none in the entry itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<u64>,
}

/// A naming, as its entry of the ledger tells of it.
#[derive(Debug, Serialize)]
struct Naming<'a> {
    run: u32,
    holders: &'a [String],
}

/// A case folder, open and locked against a second program.
#[derive(Debug)]
pub(crate) struct Case {
    folder: PathBuf,
    pub(crate) fixed: Option<Fixed>,
    pub(crate) runs: Vec<Run>,
    pub(crate) pseudonyms: Pseudonyms,
    /// None before the first run.
    ledger: Option<CaseLedger>,
    lock: File,
}

/// Tables that begin no version: reports are counted on their own, and changes move no number.
const LEAVE_THE_VERSION: [&str; 2] = ["reports", "changes"];
const NOT_BEGUN: &str = "the case has no ledger yet: it begins with the next run of `trace`";
const SETTINGS: &str = "case.toml";
const RUNS: &str = "runs.jsonl";

/// Mode of what the case's group may read.
const ORDINARY: u32 = 0o640;

impl Case {
    /// Opens the folder, or makes it with a new key.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("making the case folder `{}`", folder.display()))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(".lock"))
            .with_context(|| format!("`{}` can't be written to", folder.display()))?;
        if lock.try_lock().is_err() {
            bail!(
                "`{}` is in use by another run of countersign",
                folder.display()
            );
        }
        let runs = match fs::read_to_string(folder.join(RUNS)) {
            Ok(text) => read_runs(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).context("reading `runs.jsonl`"),
        };
        let known = runs.iter().filter_map(|run: &Run| run.entry).max();
        let ledger = CaseLedger::open(folder, known)?;
        if ledger.as_ref().is_some_and(CaseLedger::is_erased) {
            // A crash may have left some of it, or a copy brought it back.
            erasure::finish(folder)?;
            bail!(
                "the case in `{}` was erased; `countersign log` shows what is left of it",
                folder.display()
            );
        }
        let fixed = match fs::read_to_string(folder.join(SETTINGS)) {
            Ok(text) => Some(
                toml::from_str(&text)
                    .with_context(|| format!("reading `{}`", folder.join(SETTINGS).display()))?,
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).context("reading `case.toml`"),
        };
        let pseudonyms = Pseudonyms::open(folder, runs.is_empty())?;
        let mut case = Self {
            folder: folder.to_owned(),
            fixed,
            runs,
            pseudonyms,
            ledger,
            lock,
        };
        case.follow()?;
        Ok(case)
    }

    /// Makes up for what a crash left out between the ledger and the files that follow from it.
    fn follow(&mut self) -> Result<()> {
        let last = self.runs.last().map_or(0, |run| run.run);
        let mut missing = Vec::new();
        let mut fixed = None;
        for entry in self.ledger.iter().flat_map(CaseLedger::entries) {
            let Some(text) = entry.said() else {
                continue;
            };
            match Kind::of(entry.leaf.kind) {
                Some(Kind::Run) => {
                    let run: Run = serde_json::from_str(text).context("reading the ledger")?;
                    let run = Run {
                        entry: Some(entry.leaf.seq),
                        ..run
                    };
                    if run.run > last {
                        missing.push(run);
                    } else if !self.runs.contains(&run) {
                        bail!(
                            "run {} in `runs.jsonl` is not what its entry in the ledger says: the \
                             file was changed; put it back, or remove it and it is made again",
                            run.run
                        );
                    }
                }
                Some(Kind::Settings) if self.fixed.is_none() => {
                    fixed = Some(serde_json::from_str(text).context("reading the ledger")?);
                }
                _ => {}
            }
        }
        for run in missing {
            self.keep(run)?;
        }
        if let Some(fixed) = fixed {
            self.write_settings(fixed)?;
        }
        Ok(())
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The version that a run with these settings, files, way of reading them and reports belongs to.
    ///
    /// More reports behind those that were counted continue the version, and logs of changes, which
    /// explain and never count, leave it alone; anything else begins the next one, whose alpha is
    /// half as large.
    pub(crate) fn version(
        &self,
        settings: &Fixed,
        inputs: &[Input],
        reading: &str,
        reports: &[Report],
    ) -> u32 {
        let Some(last) = self.runs.iter().rev().find(|run| run.reports > 0) else {
            return 1;
        };
        let known = usize::try_from(last.reports).unwrap_or(usize::MAX);
        let log = |inputs: &[Input]| -> Vec<(String, String)> {
            inputs
                .iter()
                .filter(|input| !LEAVE_THE_VERSION.contains(&input.table.as_str()))
                .map(|input| (input.table.clone(), input.sha256.clone()))
                .collect()
        };
        // Whether ids may be shown changes no number.
        let rule = |settings: &Fixed| Fixed {
            sealed: Sealed::Ordinary,
            ..settings.clone()
        };
        let same = rule(&last.settings) == rule(settings)
            && log(&last.inputs) == log(inputs)
            && last.reading == reading
            && reports
                .get(..known)
                .is_some_and(|known| digest(known) == last.reports_digest);
        if same { last.version } else { last.version + 1 }
    }

    /// Fixes the settings, if they are not.
    pub(crate) fn fix(&mut self, settings: &Fixed) -> Result<()> {
        if self.fixed.is_none() {
            let told = serde_json::to_string(settings)?;
            self.tell(&[(Kind::Settings, told)])?;
            self.write_settings(settings.clone())?;
        }
        Ok(())
    }

    fn write_settings(&mut self, settings: Fixed) -> Result<()> {
        let text = toml::to_string(&settings).context("writing `case.toml`")?;
        write(&self.folder.join(SETTINGS), text.as_bytes())?;
        self.fixed = Some(settings);
        Ok(())
    }

    /// Appends a run and whom it named, durably.
    pub(crate) fn record(&mut self, run: Run) -> Result<()> {
        let mut events = vec![(Kind::Run, serde_json::to_string(&run)?)];
        for holders in &run.named {
            let naming = Naming {
                run: run.run,
                holders,
            };
            events.push((Kind::Naming, serde_json::to_string(&naming)?));
        }
        let entry = Some(self.tell(&events)?);
        self.keep(Run { entry, ..run })
    }

    /// Appends what happened to the ledger, which begins with it if it has not; it is durable on
    /// return. Gives the place of the first entry.
    pub(crate) fn tell(&mut self, events: &[(Kind, String)]) -> Result<u64> {
        let ledger = match self.ledger.take() {
            Some(ledger) => ledger,
            None => CaseLedger::begin(&self.folder, self.runs.len())?,
        };
        self.ledger.insert(ledger).append(events)
    }

    /// The ledger, to be added to.
    pub(crate) fn ledger_mut(&mut self) -> Result<&mut CaseLedger> {
        self.ledger.as_mut().context(NOT_BEGUN)
    }

    /// One of the case's files, if it is there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>> {
        match fs::read_to_string(self.folder.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading `{name}`")),
        }
    }

    /// The ledger alone, with the lock of the folder.
    pub(crate) fn into_ledger(self) -> Result<(File, CaseLedger)> {
        let ledger = self.ledger.context(NOT_BEGUN)?;
        Ok((self.lock, ledger))
    }

    /// The ledger.
    pub(crate) fn ledger(&self) -> Result<&CaseLedger> {
        let ledger = self.ledger.as_ref();
        ledger.context(NOT_BEGUN)
    }

    fn keep(&mut self, run: Run) -> Result<()> {
        let line = serde_json::to_string(&run)?;
        self.append(RUNS, &line)?;
        self.runs.push(run);
        Ok(())
    }

    /// Appends a line to one of the case's records, durably.
    pub(crate) fn append(&self, name: &str, line: &str) -> Result<()> {
        let appended = || -> std::io::Result<()> {
            let mut file = File::options()
                .create(true)
                .append(true)
                .read(true)
                .mode(ORDINARY)
                .open(self.folder.join(name))?;
            let mut known = Vec::new();
            file.read_to_end(&mut known)?;
            let whole = known.iter().rposition(|&byte| byte == b'\n');
            let whole = whole.map_or(0, |end| end + 1);
            let torn = &known[whole..];
            // A crash cut the last line off: what is whole is ended, what is not was never shown.
            let before = if torn.is_empty() {
                ""
            } else if serde_json::from_slice::<serde_json::Value>(torn).is_ok() {
                "\n"
            } else {
                file.set_len(whole as u64)?;
                ""
            };
            file.write_all(format!("{before}{line}\n").as_bytes())?;
            file.sync_all()
        };
        appended().with_context(|| format!("writing `{name}`"))
    }

    /// Writes one of the case's files: all of it or nothing.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write(&self.folder.join(name), bytes)
    }
}

/// Reads the runs; a last line that a crash cut off is left out, nothing else.
fn read_runs(text: &str) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match serde_json::from_str(line) {
            Ok(run) => runs.push(run),
            Err(_) if !line.ends_with('\n') => break,
            Err(error) => {
                return Err(error).with_context(|| format!("`runs.jsonl` line {}", number + 1));
            }
        }
    }
    Ok(runs)
}

/// Digest of reports as they count: a later one may only come behind them.
pub(crate) fn digest(reports: &[Report]) -> String {
    let mut hash = Sha256::new();
    for report in reports {
        hash.update(format!("{report:?}\n").as_bytes());
    }
    hex(&hash.finalize())
}

/// Writes under a temporary name, makes it durable, renames.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    whole::write(path, bytes, ORDINARY)
}

/// What a run showed, for its record.
pub(crate) fn shown(verdict: &Verdict) -> (State, Option<String>, Vec<Vec<String>>) {
    let named = verdict
        .named
        .iter()
        .chain(&verdict.set_named)
        .map(|n| n.holders.clone())
        .collect();
    (verdict.state, verdict.lead.last().cloned().flatten(), named)
}
