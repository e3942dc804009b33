//! Time stamps in a bundle: which states of the log an authority saw, and when.
//!
//! For each state that was stamped there are the signed checkpoint, byte for byte, each authority's
//! answer as it was received, and, where it is not the bundle's own state, the proof that the log
//! only added to it since.

use std::collections::{BTreeMap, BTreeSet};

use super::token::Token;
use super::verify::{Fault, fault};
use super::zip::Files;
use crate::checkpoint::Checkpoint;
use crate::encoding::from_decimal;
use crate::hash::Hash;
use crate::note::Verifier;
use crate::tree;

/// The folder of a bundle that time stamps are in.
pub const FOLDER: &str = "timestamps/";

/// A time stamp that fits the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// Its file.
    pub file: String,
    /// How many entries the log had.
    pub size: u64,
    /// When the authority saw it, by its own clock.
    pub time: String,
}

/// The name of the file with the stamped checkpoint of a log of so many entries.
#[must_use]
pub fn checkpoint_name(size: u64) -> String {
    format!("{size}.checkpoint")
}

/// The name of the file with the proof that the log continues the stamped state.
#[must_use]
pub fn consistency_name(size: u64) -> String {
    format!("{size}.consistency")
}

/// The name of the file with one answer, counted from 1.
#[must_use]
pub fn token_name(size: u64, number: u64) -> String {
    format!("{size}-{number}.tsr")
}

/// The text of a proof: a hash in base64 on each line.
#[must_use]
pub fn write_consistency(proof: &[Hash]) -> String {
    proof
        .iter()
        .map(|hash| format!("{}\n", hash.to_base64()))
        .collect()
}

/// The hashes of a proof, if they are written in the one way that there is.
fn read_consistency(bytes: &[u8]) -> Option<Vec<Hash>> {
    let lines = core::str::from_utf8(bytes).ok()?.split_inclusive('\n');
    lines
        .map(|line| Hash::from_base64(line.strip_suffix('\n')?))
        .collect()
}

/// Checks a stamped checkpoint's own bytes: signed by the log and by nobody else, in one way.
///
/// # Errors
/// What is wrong with it.
pub fn read_checkpoint(bytes: &[u8], size: u64, log: &Verifier) -> Result<Checkpoint, String> {
    let read = Checkpoint::open_alone(bytes, log).map_err(|error| error.to_string())?;
    let checkpoint = read.ok_or("not written in the one way that there is")?;
    if checkpoint.size != size {
        return Err("a checkpoint of another size than its name says".to_owned());
    }
    Ok(checkpoint)
}

/// Checks the time stamps among the files of a bundle, whose names begin with `data/`.
///
/// # Errors
/// The first file that does not fit.
pub(super) fn check(bag: &Files, log: &Verifier, now: &Checkpoint) -> Result<Vec<Stamped>, Fault> {
    let prefix = format!("data/{FOLDER}");
    let files: BTreeMap<&str, &[u8]> = bag
        .iter()
        .filter_map(|(name, bytes)| Some((name.strip_prefix(&prefix)?, bytes.as_slice())))
        .collect();
    let mut sizes: Vec<u64> = files
        .keys()
        .filter_map(|name| from_decimal(name.strip_suffix(".checkpoint")?))
        .collect();
    sizes.sort_unstable();
    let mut stamped = Vec::new();
    let mut known = BTreeSet::new();
    for size in sizes {
        let bad = |name: &str, what: &str| fault(&format!("{prefix}{name}"), what);
        let missing = |name: &str| bad(name, "it is missing");
        let name = checkpoint_name(size);
        let bytes = *files.get(name.as_str()).ok_or_else(|| missing(&name))?;
        let then = read_checkpoint(bytes, size, log).map_err(|what| bad(&name, &what))?;
        let imprint = Hash::of_bytes(bytes);
        known.insert(name.clone());
        let mut proof = Vec::new();
        if size != now.size {
            let name = consistency_name(size);
            let bytes = files.get(name.as_str()).ok_or_else(|| missing(&name))?;
            proof = read_consistency(bytes)
                .ok_or_else(|| bad(&name, "not a hash in base64 on each line"))?;
            known.insert(name);
        }
        if !tree::continues(&proof, (size, &then.root), (now.size, &now.root)) {
            return Err(bad(&name, "the bundle's checkpoint does not continue it"));
        }
        let mut tokens = BTreeSet::new();
        for number in 1.. {
            let name = token_name(size, number);
            let Some(bytes) = files.get(name.as_str()) else {
                if number == 1 {
                    return Err(missing(&name));
                }
                break;
            };
            let token =
                Token::parse(bytes).and_then(|token| token.stamps(&imprint).map(|()| token));
            let token = token.map_err(|error| bad(&name, &error.to_string()))?;
            if !tokens.insert(*bytes) {
                return Err(bad(&name, "the same time stamp twice"));
            }
            let file = format!("{prefix}{name}");
            stamped.push(Stamped {
                file,
                size,
                time: token.time,
            });
            known.insert(name);
        }
    }
    if let Some(name) = files.keys().find(|name| !known.contains(**name)) {
        return Err(fault(
            &format!("{prefix}{name}"),
            "a bundle has no such file",
        ));
    }
    Ok(stamped)
}
