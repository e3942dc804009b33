//! `countersign verify`: whether a bundle is what was packed, from nothing but its bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail};
use countersign_core::verdict::Verdict;
use countersign_evidence::{EvidenceError, custody, last_run};
use countersign_ledger::bundle::entries::Shown;
use countersign_ledger::bundle::verify::{Verified, verify};
use countersign_ledger::encoding::hex;
use countersign_ledger::equivocation::Equivocation;
use countersign_ledger::hash::Hash;
use countersign_ledger::note::Verifier;
use countersign_ledger::transcript::{self, Transcript};

use super::log::table;
use crate::args::Verify;
use crate::evidence::inputs;
use crate::wrong::Wrong;
use crate::{PROGRAM, out};

/// Checks a bundle and says what was checked, what was not, and what its entries say.
///
/// # Errors
/// The first thing that does not fit.
pub fn run(args: &Verify) -> Result<()> {
    let key = args.key.as_deref().map(Verifier::parse).transpose();
    let key = key.map_err(|error| {
        Wrong::usage(
            &format!("`--key`: {error}"),
            "a key is `name+id+base64`, as `countersign log CASE` prints it",
        )
    })?;
    let bytes =
        fs::read(&args.bundle).with_context(|| format!("reading `{}`", args.bundle.display()))?;
    if let Some(file) = contradiction(&bytes) {
        return contradict(&file, key.as_ref());
    }
    if bytes.starts_with(transcript::FIRST_LINE.as_bytes()) {
        return complete(&bytes, key.as_ref());
    }
    let verified = verify(&bytes, key.as_ref()).map_err(refused)?;
    let mut text = String::new();
    let custody = custody(&verified)?;
    let inputs = inputs(&verified)?;
    let drawn = drawn(&verified)?;
    let page = (drawn == Some(true))
        .then(|| "data/trace/report.html is what this program draws of verdict.json".to_owned());
    for check in verified
        .checks
        .iter()
        .chain([&shown(&verified)?])
        .chain(&page)
        .chain(&custody)
        .chain(&inputs)
    {
        let _ = writeln!(text, "ok           {check}");
    }
    for open in &verified.not_covered {
        let _ = writeln!(text, "not covered  {open}");
    }
    if drawn.is_some() {
        text.push_str(
            "not covered  whether there are later entries about this case than those that are shown\n",
        );
    }
    if drawn == Some(false) {
        text.push_str(
            "not covered  data/trace/report.html: this program draws another page of verdict.json, \
             as another version may\n",
        );
    }
    if inputs.is_some() {
        text.push_str(
            "not covered  that the verdict follows from the inputs, of which those without a digest \
             as their name could be others: data/trace/recompute.sh computes it again\n",
        );
    }
    if custody.is_none() {
        let _ = writeln!(
            text,
            "not covered  custody: there is no data/{}",
            custody::FILE
        );
    }
    let python = verified.data.get("verifier.py");
    if python.map(Vec::as_slice) != Some(countersign_evidence::VERIFIER.as_bytes()) {
        text.push_str("not covered  its verifier.py is not the one of this program\n");
    }
    let _ = writeln!(
        text,
        "SHA-256 of this program's verifier.py: {}\n\nWhat the entries say:\n{}",
        countersign_evidence::verifier_digest(),
        table(&verified.entries)
    );
    out::result(text.trim_end());
    Ok(())
}

/// Says whether a transcript shows all entries about its subject.
fn complete(bytes: &[u8], key: Option<&Verifier>) -> Result<()> {
    let key = key.ok_or_else(|| {
        Wrong::usage(
            "this file shows all entries of a log about somebody, and needs the log's key: `--key`",
            "without it nobody can tell whose log it is",
        )
    })?;
    let text = core::str::from_utf8(bytes).map_err(|_error| refused("not UTF-8"))?;
    let transcript = Transcript::parse(text).map_err(refused)?;
    let complete = transcript.verify(key).map_err(refused)?;
    let (_, about) = transcript.entries.split_last().context("no entries")?;
    out::result(
        format!(
            "ok           signed by the log's key {key}: {} entries\n\
             ok           {} of its first {} entries are about the subject {}, and all of them are \
             here\n\
             not covered  whose the subject is: compare it with the one that you were told\n\
             not covered  what came after the first {} entries\n\
             not covered  whether the log says the right last entry of each of its {} subjects: \
             whoever reads the whole log can tell (`countersign log CASE --audit`)\n\
             not covered  whether what the entries say is true\n\nWhat the entries say:\n{}",
            complete.checkpoint.size,
            about.len(),
            complete.through,
            hex(&transcript.subject),
            complete.through,
            complete.subjects,
            table(about)
        )
        .trim_end(),
    );
    Ok(())
}

fn contradiction(bytes: &[u8]) -> Option<Equivocation> {
    Equivocation::parse(core::str::from_utf8(bytes).ok()?).ok()
}

/// Says whether a log signed two states that can't both be true.
fn contradict(file: &Equivocation, key: Option<&Verifier>) -> Result<()> {
    let key = key.ok_or_else(|| {
        Wrong::usage(
            "this file shows two states of a log, and needs the log's key: `--key`",
            "without it nobody can tell who signed them",
        )
    })?;
    let (first, second) = file.verify(key).map_err(refused)?;
    out::result(&format!(
        "ok           the key {key} signed two logs: one of {} entries with the root {}, and one of \
         {} entries that had another root there, {}",
        first.size,
        first.root.to_base64(),
        second.size,
        file.root.to_base64()
    ));
    Ok(())
}

/// Checks that the verdict is the one that the last run showed.
///
/// # Errors
/// It is another, or there is no run.
pub fn shown(verified: &Verified) -> Result<String> {
    let Some(run) = last_run(&verified.entries)? else {
        bail!(refused(
            "data/entries.txt: no run among the entries that are shown"
        ));
    };
    let file = |name: &str| verified.data.get(name).map_or(&[][..], Vec::as_slice);
    let showed = run.showed(file("trace/verdict.json"), file("trace/report.html"));
    showed.map_err(|error| match error {
        EvidenceError::NotShown { name, run } => {
            refused(format!("data/trace/{name}: not what run {run} showed"))
        }
        error => error.into(),
    })?;
    if run.report.is_none() {
        whole(&verified.entries)?;
    }
    Ok(match run.report {
        Some(_) => format!(
            "data/trace/verdict.json and report.html are what run {} showed",
            run.run
        ),
        None => format!("data/trace/verdict.json is what run {} showed", run.run),
    })
}

/// Checks that the entries of a server's case are all about one case, from its first on, without a
/// gap: the log has others' entries too, so that their number tells nothing.
fn whole(entries: &[Shown]) -> Result<()> {
    let case = entries.first().map(|entry| entry.leaf.subject);
    let mut numbers = entries.iter().zip(1_u32..);
    let fits = |(entry, number): (&Shown, u32)| {
        entry.leaf.number == number && Some(entry.leaf.subject) == case
    };
    if !numbers.all(fits) {
        bail!(refused(
            "data/entries.txt: not all entries about one case, from its first on"
        ));
    }
    Ok(())
}

/// Whether the page of a server's run, whose digest is in no entry, is what this program draws of
/// its verdict.
///
/// # Errors
/// There is no page, or another one by this version of the program.
fn drawn(verified: &Verified) -> Result<Option<bool>> {
    let run = last_run(&verified.entries)?;
    if run.is_none_or(|run| run.report.is_some()) {
        return Ok(None);
    }
    let file = |name: &str| {
        let bytes = verified.data.get(name);
        bytes.ok_or_else(|| refused(format!("data/{name}: it is missing")))
    };
    let page = file("trace/report.html")?;
    let same_program = file("trace/program.txt")?
        .split(|byte| *byte == b'\n')
        .next()
        == Some(PROGRAM.as_bytes());
    // Another version may have a verdict that this one can't read.
    let Ok(verdict) = serde_json::from_slice::<Verdict>(file("trace/verdict.json")?) else {
        return Ok(Some(false));
    };
    let drawn = countersign_ui::report(&verdict)?.as_bytes() == page.as_slice();
    if same_program && !drawn {
        bail!(refused(
            "data/trace/report.html: not what this program draws of verdict.json"
        ));
    }
    Ok(Some(drawn))
}

/// Checks that the chain of custody says what the entries say, if there is one.
///
/// # Errors
/// It says something else, or other files stand beside it.
pub fn custody(verified: &Verified) -> Result<Option<String>> {
    let beside = |name: &&String| name.starts_with("custody/") && *name != custody::FILE;
    if let Some(name) = verified.data.keys().find(beside) {
        bail!(refused(format!("data/{name}: a bundle has no such file")));
    }
    let Some(found) = verified.data.get(custody::FILE) else {
        return Ok(None);
    };
    let wanted = custody::custody(&verified.entries)
        .map_err(|error| refused(format!("data/entries.txt: {error}")))?;
    if found != wanted.as_bytes() {
        bail!(refused(format!(
            "data/{}: not what the entries say",
            custody::FILE
        )));
    }
    Ok(Some(format!(
        "data/{} says what the entries say",
        custody::FILE
    )))
}

/// Checks that the inputs are the files that the last run read, if they are there.
///
/// # Errors
/// A file that it did not read, one that is missing, or one too many.
pub fn inputs(verified: &Verified) -> Result<Option<String>> {
    let mut files: BTreeMap<&str, &Vec<u8>> = verified
        .data
        .iter()
        .filter_map(|(name, bytes)| Some((name.strip_prefix(inputs::FOLDER)?, bytes)))
        .collect();
    let Some(run) = last_run(&verified.entries)?.filter(|_| !files.is_empty()) else {
        return Ok(None);
    };
    files.retain(|name, _| !inputs::has_no_digest(name));
    let bad = |name: &str, what| refused(format!("data/{}{name}: {what}", inputs::FOLDER));
    let read: BTreeSet<&str> = run
        .inputs
        .iter()
        .map(|input| input.sha256.as_str())
        .collect();
    for (name, bytes) in &files {
        if !read.contains(name) {
            bail!(bad(name, "the last run did not read it"));
        }
        if Hash::of_bytes(bytes).to_hex() != *name {
            bail!(bad(name, "not the file of this digest"));
        }
    }
    if let Some(name) = read.iter().find(|name| !files.contains_key(*name)) {
        bail!(bad(name, "it is missing"));
    }
    Ok(Some(format!(
        "data/{} has the {} files that run {} read",
        inputs::FOLDER,
        files.len(),
        run.run
    )))
}

fn refused(what: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("refused: {what}")
}
