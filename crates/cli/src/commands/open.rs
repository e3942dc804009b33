//! `countersign open`: from the pseudonym of a named holder to the name.
//!
//! Pseudonyms come from the case's key and the ids of the accounts, so the accounts are read once
//! more: the case folder itself holds no id.

use std::fs;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_core::ledger::Kind;
use countersign_core::verdict::{LevelKind, Verdict};
use serde::Serialize;

use super::trace::is_case;
use crate::args::Open;
use crate::case::folder::Case;
use crate::wrong::Wrong;
use crate::{clock, out};

/// A line of `opened.jsonl`.
#[derive(Debug, Serialize)]
struct Opened<'a> {
    at: String,
    run: u32,
    holder: &'a str,
    reason: &'a str,
}

/// Says whose pseudonym was named, and records that it was asked and why.
///
/// # Errors
/// When the folder is no case, nobody is named in it, or the accounts don't hold the name.
pub fn run(args: &Open, cancel: &AtomicBool) -> Result<()> {
    is_case(&args.case)?;
    is_reason(&args.reason, "the name is opened")?;
    let text = fs::read_to_string(args.case.join("verdict.json"))
        .with_context(|| format!("reading the verdict in `{}`", args.case.display()))?;
    let verdict: Verdict = serde_json::from_str(&text).context("reading the verdict")?;
    let named: Vec<&String> = verdict
        .named
        .iter()
        .filter(|named| named.level == LevelKind::Person)
        .flat_map(|named| &named.holders)
        .collect();
    let Some(holder) = args.holder.as_ref().or(named.first().copied()) else {
        return Err(Wrong::usage(
            "nobody is named in this case, so there is no name to open",
            "a lead or a strong lead can't be opened: it is no claim",
        ));
    };
    if !named.contains(&holder) {
        return Err(Wrong::usage(
            &format!("`{holder}` is not named in this case"),
            "only a named person can be opened; the verdict lists who is",
        ));
    }
    let mut case = Case::open(&args.case)?;
    let ids = crate::accounts::persons(&args.log, cancel)?;
    let known: Vec<&str> = ids.iter().map(String::as_str).collect();
    let pseudonyms = case.pseudonyms.of(&known)?;
    let Some(place) = pseudonyms.iter().position(|pseudonym| pseudonym == holder) else {
        return Err(Wrong::usage(
            "the files don't hold the account of this pseudonym",
            "give the same `--accounts` and `--events` as the run had; with other accounts in them \
             the pseudonyms are others",
        ));
    };
    let line = serde_json::to_string(&Opened {
        at: clock::now().to_string(),
        run: verdict.run,
        holder,
        reason: &args.reason,
    })?;
    case.tell(&[(Kind::Unsealing, line.clone())])?;
    case.append("opened.jsonl", &line)?;
    out::note(
        "note: nothing but the permissions of the case folder keeps this from anyone: \
         whoever has the raw log and the key can do it alone. A naming says that the list leaked \
         through the account, not that the person did it.",
    );
    out::result(&format!("{holder} is {}", ids[place]));
    Ok(())
}

/// Checks that a reason is more than a word.
pub(super) fn is_reason(reason: &str, what: &str) -> Result<()> {
    if reason.trim().len() >= 10 {
        return Ok(());
    }
    Err(Wrong::usage(
        "`--reason` is too short to be one",
        &format!("say who decided that {what}, and what for; it is recorded"),
    ))
}
