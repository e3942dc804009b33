//! The check of a bundle, from nothing but its bytes.
//!
//! It stops at the first thing that does not fit, and says which file and what. What it can't tell
//! it names as not covered: that is never a pass.

use thiserror::Error;

use super::entries::{self, Shown};
use super::stamps::{self, Stamped};
use super::zip::{self, Files};
use super::{BAGIT, FOLDER, NOTE, TAG_MANIFEST, TAGS, manifest, pem, signed_text};
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::leaf::HEADS;
use crate::note::{Note, Verifier};
use crate::policy::Policy;

/// A bundle that holds.
#[derive(Debug)]
pub struct Verified {
    /// What was checked, in order.
    pub checks: Vec<String>,
    /// What could not be told.
    pub not_covered: Vec<String>,
    /// The log's key, as the bundle has it.
    pub log: Verifier,
    /// The signed state of the log.
    pub checkpoint: Checkpoint,
    /// The entries that are shown.
    pub entries: Vec<Shown>,
    /// The time stamps that are of this log.
    pub stamps: Vec<Stamped>,
    /// Files of the evidence, without the folder `data/`.
    pub data: Files,
    /// Digest of the manifest.
    pub digest: Hash,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {what}")]
pub struct Fault {
    /// The file of the bundle, or the bundle.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
}

/// Files without which a bundle proves nothing.
pub const NEEDED: [&str; 5] = [
    "entries.txt",
    "log/checkpoint",
    "log/key.pem",
    "log/policy",
    "withheld.csv",
];

/// Checks a bundle. `known`: the log's key as it was learnt elsewhere.
///
/// # Errors
/// The first thing that does not fit.
pub fn verify(bytes: &[u8], known: Option<&Verifier>) -> Result<Verified, Fault> {
    let mut checks = Vec::new();
    let files = zip::read(bytes).map_err(|what| fault("the bundle", what))?;
    checks.push(format!(
        "{} files, packed in the one way that there is",
        files.len()
    ));
    let bag = bag(files)?;
    let digest = manifests(&bag)?;
    checks.push("every file has the digest of the manifest, and none is too many".to_owned());

    let text = |name: &str| -> Result<&str, Fault> {
        let bytes = bag.get(name).ok_or_else(|| fault(name, "it is missing"))?;
        core::str::from_utf8(bytes).map_err(|_error| fault(name, "not UTF-8"))
    };
    let policy_text = text("data/log/policy")?;
    let policy =
        Policy::parse(policy_text).map_err(|error| fault("data/log/policy", &error.to_string()))?;
    let [log] = policy.logs() else {
        return Err(fault("data/log/policy", "it does not name exactly one log"));
    };
    if text("data/log/key.pem")? != pem(log) {
        return Err(fault(
            "data/log/key.pem",
            "not the key that the policy names",
        ));
    }
    if policy.text() != policy_text {
        return Err(fault(
            "data/log/policy",
            "not written in the one way that there is",
        ));
    }
    if known.is_some_and(|known| known != log) {
        return Err(fault(
            "data/log/policy",
            "the log's key is not the one that was given",
        ));
    }
    signature(text(NOTE)?, log, &digest)?;
    checks.push(format!("the manifest is signed by the log's key {log}"));

    let (checkpoint, note) = policy
        .open(text("data/log/checkpoint")?.as_bytes())
        .map_err(|error| fault("data/log/checkpoint", &error.to_string()))?;
    let known_keys: Vec<Verifier> = policy
        .logs()
        .iter()
        .chain(policy.witnesses())
        .cloned()
        .collect();
    written_once(
        &note,
        text("data/log/checkpoint")?,
        &known_keys,
        "data/log/checkpoint",
    )?;
    checks.push(format!(
        "the checkpoint of {} entries is signed as the policy asks",
        checkpoint.size
    ));

    let entries = entries::read_entries(text("data/entries.txt")?)
        .map_err(|(line, what)| fault(&format!("data/entries.txt line {line}"), what))?;
    let withheld = entries::read_withheld(text("data/withheld.csv")?)
        .map_err(|(line, what)| fault(&format!("data/withheld.csv line {line}"), what))?;
    let root = entries::root(&entries, &withheld, checkpoint.size)
        .map_err(|what| fault("data/entries.txt", what))?;
    if root != checkpoint.root {
        return Err(fault(
            "data/entries.txt",
            "with `withheld.csv` it does not give the root that was signed",
        ));
    }
    chains(&entries)?;
    let hidden: u64 = withheld.iter().map(|row| row.count).sum();
    checks.push(format!(
        "{} entries are in the log under that checkpoint, each at its place; {hidden} are withheld, \
         and none is left out unseen",
        entries.len()
    ));
    let stamps = stamps::check(&bag, log, &checkpoint)?;
    for Stamped { file, size, time } in &stamps {
        checks.push(format!(
            "{file} is of the state of {size} entries, which the checkpoint continues; it says {time} \
             (time not checked)"
        ));
    }
    let mut not_covered = vec![
        "whether what the entries say is true: the log shows what was written, and when in which order"
            .to_owned(),
    ];
    if known.is_none() {
        not_covered.push(format!(
            "whose the key is: compare {log} with one that you have from elsewhere (`--key`)"
        ));
    }
    // A policy may name witnesses and ask for none of them.
    if note.signatures() == 1 {
        not_covered.push(
            "whether others were shown the same log: no witness signed the checkpoint".to_owned(),
        );
    }
    if !stamps.is_empty() {
        not_covered.push(
            "the time stamping authority's signature (openssl ts -verify, VERIFY.md)".to_owned(),
        );
    }
    // What the log says of all heads has no parts that somebody could open.
    let sealed = entries.iter().filter(|entry| entry.leaf.kind != HEADS);
    let parts = sealed.flat_map(|entry| &entry.parts);
    let closed = parts.filter(|part| part.is_none()).count();
    if closed > 0 {
        not_covered.push(format!("what {closed} parts say that are withheld"));
    }
    let log = log.clone();
    let data = bag
        .into_iter()
        .filter_map(|(name, bytes)| Some((name.strip_prefix("data/")?.to_owned(), bytes)));
    Ok(Verified {
        checks,
        not_covered,
        log,
        checkpoint,
        entries,
        stamps,
        data: data.collect(),
        digest,
    })
}

/// The files without the folder that all are in.
fn bag(files: Files) -> Result<Files, Fault> {
    files
        .into_iter()
        .map(|(name, bytes)| match name.strip_prefix(FOLDER) {
            Some(inside) => Ok((inside.to_owned(), bytes)),
            None => Err(fault(&name, "it is not in the bundle's folder")),
        })
        .collect()
}

/// Checks the manifests against the files: the digest of the one that is signed.
fn manifests(bag: &Files) -> Result<Hash, Fault> {
    let extra = |name: &str| {
        !(name.starts_with("data/") || TAGS.contains(&name) || name == TAG_MANIFEST || name == NOTE)
    };
    if let Some(name) = bag.keys().find(|name| extra(name)) {
        return Err(fault(name, "a bundle has no such file"));
    }
    for name in TAGS.into_iter().chain([TAG_MANIFEST, NOTE]) {
        if !bag.contains_key(name) {
            return Err(fault(name, "it is missing"));
        }
    }
    for name in NEEDED {
        if !bag.contains_key(&format!("data/{name}")) {
            return Err(fault(&format!("data/{name}"), "it is missing"));
        }
    }
    if bag.get("bagit.txt").map(Vec::as_slice) != Some(BAGIT.as_bytes()) {
        return Err(fault("bagit.txt", "not the two lines that it has"));
    }
    let all = bag
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let evidence = manifest(all.clone().filter(|(name, _)| name.starts_with("data/")));
    differs(bag, "manifest-sha256.txt", &evidence)?;
    let tags = manifest(all.filter(|(name, _)| TAGS.contains(name)));
    differs(bag, TAG_MANIFEST, &tags)?;
    Ok(Hash::of_bytes(tags.as_bytes()))
}

/// Says which line of a manifest is not the one that its file gives.
fn differs(bag: &Files, name: &str, wanted: &str) -> Result<(), Fault> {
    let found = bag.get(name).map(Vec::as_slice).unwrap_or_default();
    if found == wanted.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(found);
    let other = wanted
        .lines()
        .find(|line| !found.lines().any(|other| other == *line));
    let file = other
        .and_then(|line| line.split_once("  "))
        .map_or(name, |(_, file)| file);
    Err(fault(
        file,
        &format!("it is not the file that `{name}` lists"),
    ))
}

fn signature(text: &str, log: &Verifier, digest: &Hash) -> Result<(), Fault> {
    let note = Note::parse(text.as_bytes()).map_err(|error| fault(NOTE, &error.to_string()))?;
    note.verify(log)
        .map_err(|error| fault(NOTE, &error.to_string()))?;
    if note.text() != signed_text(log.name(), digest) {
        return Err(fault(
            NOTE,
            &format!("it does not sign the manifest {}", digest.to_hex()),
        ));
    }
    written_once(&note, text, core::slice::from_ref(log), NOTE)
}

/// Refuses what a note leaves free: lines of unknown keys, their order, and signing twice.
///
/// `known` begins with the log's key, whose line comes first: there `VERIFY.md` looks for it.
fn written_once(note: &Note, text: &str, known: &[Verifier], file: &str) -> Result<(), Fault> {
    if let Some(name) = note.unknown(known).first() {
        return Err(fault(
            file,
            &format!("signed by `{name}`, which the policy does not name"),
        ));
    }
    let signers = note.signers(known);
    if !signers.is_sorted_by(|one, next| one < next) || note.to_string() != text {
        return Err(fault(file, "not written in the one way that there is"));
    }
    Ok(())
}

/// Checks that each leaf continues its subject's last one, where both are shown.
fn chains(entries: &[Shown]) -> Result<(), Fault> {
    let mut heads = std::collections::BTreeMap::new();
    for Shown { leaf, .. } in entries {
        let hash = Hash::of_leaf(&leaf.encode());
        if leaf.number == 0 {
            continue;
        }
        if let Some((number, before)) = heads.insert(leaf.subject, (leaf.number, hash)) {
            let next = number.checked_add(1) == Some(leaf.number);
            if leaf.number <= number || next && leaf.before != before {
                return Err(fault(
                    "data/entries.txt",
                    &format!(
                        "entry {} does not continue its subject's last one",
                        leaf.seq
                    ),
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn fault(file: &str, what: &str) -> Fault {
    Fault {
        file: file.to_owned(),
        what: what.to_owned(),
    }
}
