//! What goes into an evidence bundle besides entries and proof: the texts that people read.

pub(crate) mod custody;
mod graph;
pub(crate) mod inputs;

use std::fs;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result, bail};
use countersign_core::ledger::Kind;
use countersign_core::verdict::Verdict;
use countersign_ledger::bundle::zip::Files;
use countersign_ledger::bundle::{
    self,
    entries::{self, Shown},
};
use countersign_ledger::hash::Hash;
use countersign_ledger::policy::Policy;
use serde::Deserialize;

use crate::case::folder::{Case, Digests};
use crate::case::ledger::payload;
use crate::case::{stamps, witnesses};
use crate::{PROGRAM, clock, conclude, summary};

/// The check that needs nothing but Python, as it goes into each bundle.
pub(crate) const VERIFIER: &str = include_str!("../../../ledger/verifier.py");

/// Whether the files that the last run read are packed.
#[derive(Debug)]
pub(crate) enum Inputs<'a> {
    /// They stay where they are.
    Left,
    /// They are packed; reading them can be cancelled.
    Packed(&'a AtomicBool),
}

/// A bundle's files, and the lines of `bag-info.txt`.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) data: Files,
    pub(crate) info: String,
}

/// What a bundle's check needs of a run; later programs may say more.
#[derive(Debug, Deserialize)]
pub(crate) struct LastRun {
    pub(crate) run: u32,
    #[serde(default)]
    pub(crate) inputs: Vec<Read>,
    pub(crate) shown: Digests,
}

/// A file that a run read.
#[derive(Debug, Deserialize)]
pub(crate) struct Read {
    pub(crate) sha256: String,
}

/// SHA-256 of [`VERIFIER`], as `sha256sum` prints it.
pub(crate) fn verifier_digest() -> String {
    Hash::of_bytes(VERIFIER.as_bytes()).to_hex()
}

/// Collects the evidence of a case: what its ledger says, and the last verdict.
///
/// # Errors
/// A case without a run, or whose verdict is not the one that its last run showed; inputs that are
/// not those of that run.
pub(crate) fn collect(case: &Case, inputs: &Inputs<'_>) -> Result<Evidence> {
    let ledger = case.ledger()?;
    let log = ledger.log();
    let key = log.verifier();
    let shown = ledger.entries();
    let run = last_run(shown)?.context("the case has no run, so there is nothing to show")?;
    let read = |name: &str| {
        let path = case.folder().join(name);
        fs::read(&path).with_context(|| format!("reading `{}`", path.display()))
    };
    let (verdict, report) = (read("verdict.json")?, read("report.html")?);
    for (name, bytes, digest) in [
        ("verdict.json", &verdict, &run.shown.verdict),
        ("report.html", &report, &run.shown.report),
    ] {
        if Hash::of_bytes(bytes).to_hex() != *digest {
            bail!(
                "`{name}` is not what run {} showed: it was changed, or a crash came before it was \
                 written; run `trace` again",
                run.run
            );
        }
    }
    let finding: Verdict = serde_json::from_slice(&verdict).context("reading `verdict.json`")?;
    let now = clock::now().to_string();
    let day = now.split('T').next().unwrap_or_default().to_owned();
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("{} = {}", kind.code(), kind.word()))
        .collect();
    let fill = |template: &str| {
        template
            .replace("{{finding}}", summary::claims(&finding).trim_end())
            .replace("{{shown}}", &shown.len().to_string())
            .replace("{{size}}", &log.size().to_string())
            .replace("{{run}}", &run.run.to_string())
            .replace("{{key}}", &key.to_string())
            .replace("{{log}}", key.name())
            .replace("{{verifier}}", &verifier_digest())
            .replace("{{program}}", PROGRAM)
            .replace("{{day}}", &day)
            .replace("{{kinds}}", &kinds.join(", "))
            .into_bytes()
    };
    let (checkpoint, witnesses) = witnesses::signed(case)?;
    let policy = Policy::of_all(key.clone(), witnesses);
    let withheld = shown.iter().map(|entry| entry.leaf.seq);
    let withheld = entries::withheld(log.served(), withheld, log.size())?;
    let lines = entries::write_entries(shown).map_err(anyhow::Error::msg)?;
    let mut data: Files = [
        ("README.txt", fill(include_str!("README.txt"))),
        ("VERIFY.md", fill(include_str!("VERIFY.md"))),
        ("cert/902-13.txt", fill(include_str!("902-13.txt"))),
        ("cert/902-14.txt", fill(include_str!("902-14.txt"))),
        ("entries.txt", lines.into_bytes()),
        ("log/checkpoint", checkpoint.to_string().into_bytes()),
        ("log/key.pem", bundle::pem(&key).into_bytes()),
        ("log/policy", policy.text().into_bytes()),
        ("trace/program.txt", program()?.into_bytes()),
        ("trace/report.html", report),
        ("trace/verdict.json", verdict),
        ("verifier.py", VERIFIER.as_bytes().to_vec()),
        (
            "withheld.csv",
            entries::write_withheld(&withheld).into_bytes(),
        ),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into();
    // From the verdict, whose digest the run's entry has: the file beside it is anybody's.
    let script = conclude::script(run.run, &finding.recompute);
    data.insert(inputs::SCRIPT.to_owned(), script.into_bytes());
    if let Inputs::Packed(cancel) = inputs {
        data.extend(inputs::collect(case, &finding.recompute, cancel)?);
    }
    data.extend(stamps::packed(case)?);
    let custody = custody::custody(shown)?;
    data.insert(custody::FILE.to_owned(), custody.into_bytes());
    let octets: usize = data.values().map(Vec::len).sum();
    let info = format!(
        "Bag-Software-Agent: {PROGRAM}\nBagging-Date: {day}\nExternal-Identifier: {}\n\
         Payload-Oxum: {octets}.{}\n",
        key.name(),
        data.len()
    );
    Ok(Evidence { data, info })
}

/// The last run that the entries tell of, if they may be read.
///
/// # Errors
/// An entry that is no run, though its kind says so.
pub(crate) fn last_run(entries: &[Shown]) -> Result<Option<LastRun>> {
    let run = |entry: &&Shown| Kind::of(entry.leaf.kind) == Some(Kind::Run);
    let last = entries.iter().rev().find(run).and_then(payload);
    last.map(|text| serde_json::from_str(text).context("reading the entry of a run"))
        .transpose()
}

/// Which program made the verdict.
fn program() -> Result<String> {
    let path = std::env::current_exe().context("looking for this program")?;
    let bytes = fs::read(&path).context("reading this program")?;
    let digest = Hash::of_bytes(&bytes).to_hex();
    Ok(format!("{PROGRAM}\nsha256 {digest}\n"))
}
