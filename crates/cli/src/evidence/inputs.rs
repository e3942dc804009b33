//! What a third party needs to compute a verdict again, byte for byte: the files that the run
//! read, what the case had fixed by then, and a script that puts them together.
//!
//! This is personal data of customers and staff, so it goes only into a bundle that is asked to
//! hold it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;
use countersign_ledger::bundle::zip::Files;
use countersign_ledger::encoding::from_decimal;
use countersign_ledger::hash::Hash;

use crate::args::{Cli, Command, Trace};
use crate::case::folder::{Case, Run};
use crate::case::pseudonyms::LIST;
use crate::commands::trace::{options, sources};
use crate::wrong::Wrong;
use crate::{PROGRAM, accounts, shell};

/// The folder of a bundle that they are in; files that a run read are named by their digests.
pub(crate) const FOLDER: &str = "trace/inputs/";
/// Files beside those that have a digest in the run's entry, and logs of sign-ins.
const OTHERS: [&str; 5] = ["case.toml", "map.toml", LIST, "runs.jsonl", "url-patterns"];
/// What logs of sign-ins are called, with a number behind it.
const SIGN_INS: &str = "sign-ins-";
/// The script.
pub(crate) const SCRIPT: &str = "trace/recompute.sh";

/// An option that names a file, with the file's name and the name under which it is packed.
struct Packed {
    option: &'static str,
    name: String,
    file: String,
}

/// The inputs of the last run, and the script that computes its verdict again; `line` is the
/// command line as the verdict has it.
///
/// # Errors
/// A file that is not there any more, or is not the one that the run read.
pub(crate) fn collect(case: &Case, line: &str, cancel: &AtomicBool) -> Result<Files> {
    let (run, earlier) = case.runs.split_last().context("the case has no run")?;
    let words = shell::words(line);
    let (words, trace) = words
        .and_then(|words| Some((words.clone(), parsed(&words)?)))
        .with_context(|| format!("run {} was not made by `countersign trace`", run.run))?;
    let mut files = Files::new();
    let packed = tables(&trace, run, &mut files)?;
    let mut others = BTreeMap::from([
        ("case.toml", case_toml(run)?),
        ("runs.jsonl", lines(earlier)?),
    ]);
    let reading = &trace.reading;
    for (name, path) in [
        ("map.toml", &reading.map_file),
        ("url-patterns", &reading.url_patterns),
    ] {
        if let Some(path) = path {
            others.insert(name, read(path, run)?);
        }
    }
    let mut options = options(reading)?;
    options.strata.clone_from(&run.settings.strata);
    let ids = accounts::persons_of(&sources(&trace), &options, cancel)?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    others.insert(LIST, case.pseudonyms.list(&ids)?.into_bytes());
    let names: Vec<&str> = others.keys().copied().collect();
    let script = script(run, line, &words, &packed, &names);
    files.extend(
        others
            .into_iter()
            .map(|(name, bytes)| (format!("{FOLDER}{name}"), bytes)),
    );
    files.insert(SCRIPT.to_owned(), script.into_bytes());
    Ok(files)
}

/// The options of a run, from the words of its command line.
fn parsed(words: &[String]) -> Option<Trace> {
    match Cli::try_parse_from(words).ok()?.command? {
        Command::Trace(trace) => Some(*trace),
        Command::Demo(_)
        | Command::Import(_)
        | Command::Fetch(_)
        | Command::Reports(_)
        | Command::Simulate(_)
        | Command::Open(_)
        | Command::Log(_)
        | Command::Hold(_)
        | Command::Erase(_)
        | Command::Bundle(_)
        | Command::Verify(_)
        | Command::Witness(_)
        | Command::Bench(_)
        | Command::Completions { .. }
        | Command::Manual { .. } => None,
        #[cfg(feature = "serve")]
        Command::Serve(_) | Command::Rebuild(_) | Command::Config(_) => None,
    }
}

/// Packs the tables of a run under their digests, which must be those of the run's entry.
fn tables(trace: &Trace, run: &Run, files: &mut Files) -> Result<Vec<Packed>> {
    let files_of = sources(trace);
    let one = |path: Option<PathBuf>| path.into_iter().collect::<Vec<_>>();
    let mut packed = Vec::new();
    for (option, paths) in [
        ("events", files_of.events),
        ("customers", one(files_of.customers)),
        ("tickets", one(files_of.tickets)),
        ("accounts", one(files_of.accounts)),
        ("exports", one(files_of.exports)),
        ("changes", files_of.changes),
        ("reports", one(files_of.reports)),
    ] {
        for path in paths {
            let bytes = read(&path, run)?;
            let file = Hash::of_bytes(&bytes).to_hex();
            let name = name_of(&path);
            let known = |input: &&countersign_core::verdict::Input| input.path == name;
            let mut known = run.inputs.iter().filter(known);
            if !known.any(|input| input.sha256 == file) {
                return Err(Wrong::usage(
                    &format!(
                        "`{}` is not the file that run {} read: its digest is another",
                        path.display(),
                        run.run
                    ),
                    "put the file back as it was, or run `trace` again with the files as they are now",
                ));
            }
            files.insert(format!("{FOLDER}{file}"), bytes);
            packed.push(Packed { option, name, file });
        }
    }
    let whole: BTreeSet<&str> = packed.iter().map(|packed| packed.file.as_str()).collect();
    if let Some(input) = run
        .inputs
        .iter()
        .find(|input| !whole.contains(input.sha256.as_str()))
    {
        bail!(
            "a file of the table `{}` that run {} read is not on its command line",
            input.table,
            run.run
        );
    }
    // The record of a run has no digest of these.
    for (place, path) in (1..).zip(files_of.sign_ins) {
        let (name, file) = (name_of(&path), format!("{SIGN_INS}{place}"));
        files.insert(format!("{FOLDER}{file}"), read(&path, run)?);
        packed.push(Packed {
            option: "sign-ins",
            name,
            file,
        });
    }
    Ok(packed)
}

/// A file's name without its folder.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Whether a file among the inputs is one that no digest in the run's entry is of.
pub(crate) fn has_no_digest(name: &str) -> bool {
    let sign_ins = name.strip_prefix(SIGN_INS).and_then(from_decimal);
    OTHERS.contains(&name) || sign_ins.is_some()
}

fn read(path: &Path, run: &Run) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Wrong::usage(
            &format!("`{}`, which run {} read, can't be packed: {error}", path.display(), run.run),
            "call `bundle` in the folder in which `trace` was called, with the files where they were",
        )
    })
}

/// What the run went by, as its entry has it: also what the run itself fixed.
fn case_toml(run: &Run) -> Result<Vec<u8>> {
    let text = toml::to_string(&run.settings).context("writing `case.toml`")?;
    Ok(text.into_bytes())
}

/// The runs before, without their places in a ledger that is not packed.
fn lines(runs: &[Run]) -> Result<Vec<u8>> {
    let mut text = String::new();
    for run in runs {
        let run = Run {
            entry: None,
            ..run.clone()
        };
        let _ = writeln!(text, "{}", serde_json::to_string(&run)?);
    }
    Ok(text.into_bytes())
}

/// The script: everything at its place in a folder of its own, the run, the comparison.
fn script(run: &Run, line: &str, words: &[String], packed: &[Packed], others: &[&str]) -> String {
    let number = run.run;
    let at = shell::quoted(&run.at);
    let mut text = format!(
        "#!/bin/sh\n# Computes the verdict of run {number} again, from inputs/, and compares it with \
         verdict.json.\n# Needs {PROGRAM} in the PATH.\nset -eu\ncd \"$(dirname \"$0\")\"\n\
         work=$(mktemp -d)\ntrap 'rm -rf \"$work\"' EXIT\nmkdir \"$work/case\"\n"
    );
    for name in others {
        let _ = writeln!(text, "cp inputs/{name} \"$work\"/case/");
    }
    let mut options = String::from(" --case \"$work\"/case");
    for (place, Packed { option, name, file }) in (1..).zip(packed) {
        let name = shell::quoted(name);
        let _ = writeln!(
            text,
            "mkdir \"$work\"/{place}; ln -s \"$PWD\"/inputs/{file} \"$work\"/{place}/{name}"
        );
        let _ = write!(options, " \\\n    --{option} \"$work\"/{place}/{name}");
    }
    for (option, name) in [("map-file", "map.toml"), ("url-patterns", "url-patterns")] {
        if others.contains(&name) {
            let _ = write!(options, " \\\n    --{option} \"$work\"/case/{name}");
        }
    }
    let rest = without_paths(words)
        .into_iter()
        .map(|word| format!(" {}", shell::quoted(word)));
    let _ = writeln!(
        text,
        "countersign trace{options} \\\n   {} \\\n    --recomputed-at {at} \\\n    --recomputed-as {} >\"$work\"/said\n\
         cmp \"$work\"/case/verdict.json verdict.json\n\
         echo 'the verdict of run {number}, computed again, is verdict.json to the byte'",
        rest.collect::<String>(),
        shell::quoted(line),
    );
    text
}

/// The words behind `countersign trace` that name no file.
fn without_paths(words: &[String]) -> Vec<&str> {
    let (mut rest, mut left) = (words.iter().skip(2), Vec::new());
    while let Some(word) = rest.next() {
        let name = word
            .strip_prefix("--")
            .map(|word| word.split_once('=').map_or(word, |(name, _)| name));
        if !name.is_some_and(|name| PATHS.contains(&name)) {
            left.push(word.as_str());
        } else if !word.contains('=') {
            rest.next();
        }
    }
    left
}

/// Options that name files or folders.
const PATHS: [&str; 11] = [
    "case",
    "events",
    "customers",
    "tickets",
    "accounts",
    "exports",
    "changes",
    "reports",
    "sign-ins",
    "map-file",
    "url-patterns",
];
