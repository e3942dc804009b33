//! 1. The sentence that a board member can read aloud: claim, how sure, what it does not say.

use askama::Template;
use countersign_core::verdict::{LevelKind, Named, State, Verdict, Views};

use super::claims::{Reading, Stands};
use super::{claims, last_lead};
use crate::numbers;
use crate::plain;

/// The box at the top of the page.
#[derive(Debug, Template)]
#[template(path = "report/sentence.html")]
pub(crate) struct Sentence {
    /// Class of the box; red only for claims under the bound.
    class: &'static str,
    /// The state as a word.
    word: &'static str,
    claims: Vec<Claim>,
    /// What the state rests on, before and after the sentence about the rule.
    before: &'static str,
    bound: String,
    after: &'static str,
    changes_only: bool,
    exploratory: bool,
    /// Holders that no claim can exclude, at most three of them, and how many more there are.
    unless: Vec<String>,
    unless_more: usize,
    not_said: Vec<&'static str>,
    /// Whether anybody is named, so that the page says what not to do with it.
    named: bool,
}

/// One thing that the page claims, in the words of the level that it is claimed at.
#[derive(Debug)]
struct Claim {
    before: &'static str,
    names: Vec<String>,
    last: &'static str,
    after: &'static str,
    reached: Option<Reached>,
}

/// When a claim was made, what its evidence reads now, and what it holds against.
#[derive(Debug)]
struct Reached {
    reading: Reading,
    holds: String,
    fragile: Option<String>,
}

/// How many holders that can't be excluded the box names; the others stand further down.
const UNLESS: usize = 3;

impl From<&Verdict> for Sentence {
    fn from(verdict: &Verdict) -> Self {
        let bound = numbers::one_in(verdict.alpha);
        let named = matches!(verdict.state, State::Named | State::SetNamed);
        let (class, word, claims) = match verdict.state {
            State::Nothing => ("quiet", "Nobody is named", vec![still()]),
            State::Lead => ("lead", "A lead, no claim", lead(verdict)),
            State::StrongLead => ("strong", "Strong lead, no claim", strong(verdict)),
            State::SetNamed => ("named", "Named: one of a set", named_claims(verdict)),
            State::Named => ("named", "Named", named_claims(verdict)),
        };
        let (before, after) = around_the_rule(verdict.state);
        Self {
            class,
            word,
            claims,
            before,
            bound,
            after,
            changes_only: verdict.views == Views::ChangesOnly,
            exploratory: verdict.exploratory,
            unless: verdict
                .universal_viewers
                .iter()
                .take(UNLESS)
                .map(|viewer| plain::shown(&viewer.holder))
                .collect(),
            unless_more: verdict.universal_viewers.len().saturating_sub(UNLESS),
            not_said: not_said(verdict.state),
            named,
        }
    }
}

/// What stands before and after "the chance that this rule ever names an innocent person".
fn around_the_rule(state: State) -> (&'static str, &'static str) {
    match state {
        State::Nothing => (
            "That is no acquittal: the reports read so far tell nothing either way.",
            "",
        ),
        State::Lead => (
            "A lead is an order, and somebody always comes first: no account has reached the \
             bound, so this page accuses nobody.",
            "",
        ),
        State::StrongLead => (
            "A strong lead says where to look first. It holds only if colleagues who leaked \
             picked at random from what they saw, and innocent people can be among these accounts.",
            "No account has passed it yet.",
        ),
        State::SetNamed | State::Named => ("", ""),
    }
}

fn still() -> Claim {
    claim(
        "No report has moved the evidence towards any account.",
        &[],
        "",
    )
}

fn claim(before: &'static str, names: &[String], after: &'static str) -> Claim {
    Claim {
        before,
        names: names.iter().map(|name| plain::shown(name)).collect(),
        last: "or",
        after,
        reached: None,
    }
}

fn lead(verdict: &Verdict) -> Vec<Claim> {
    let first: Vec<String> = last_lead(verdict)
        .map(ToOwned::to_owned)
        .into_iter()
        .collect();
    vec![if first.is_empty() {
        claim(
            "No account is named, and after the last report no account is ahead.",
            &[],
            "",
        )
    } else {
        claim(
            "No account is named. After the last report the account ",
            &first,
            " is first so far.",
        )
    }]
}

fn strong(verdict: &Verdict) -> Vec<Claim> {
    let names: Vec<String> = verdict
        .strong_leads
        .iter()
        .map(|lead| lead.holder.clone())
        .collect();
    let (before, after) = if names.len() == 1 {
        ("No account is named. Look at the account ", " first.")
    } else {
        (
            "No account is named. Look at the accounts ",
            " first: they are strong leads.",
        )
    };
    vec![Claim {
        last: "and",
        ..claim(before, &names, after)
    }]
}

fn named_claims(verdict: &Verdict) -> Vec<Claim> {
    claims(verdict)
        .map(|named| {
            let group: Vec<String> = named.group.iter().cloned().collect();
            let (before, names) = match (named.level, &named.holders[..]) {
                (LevelKind::Team, _) if !group.is_empty() => {
                    ("The list leaked through an account of the team ", &group)
                }
                (LevelKind::Site, _) if !group.is_empty() => {
                    ("The list leaked through an account of the site ", &group)
                }
                (LevelKind::Copy, _) if !group.is_empty() => {
                    ("The list leaked through an account of the vendor ", &group)
                }
                (LevelKind::Copy, _) => (
                    "The list leaked through the copy ",
                    &named.holders,
                ),
                (LevelKind::NearIdentical, _) => (
                    "The list leaked through one of these accounts, which saw nearly the same records: ",
                    &named.holders,
                ),
                (_, [] | [_]) => ("The list leaked through the account ", &named.holders),
                _ => (
                    "The list leaked through one or more of the accounts ",
                    &named.holders,
                ),
            };
            let after = if named.level == LevelKind::Copy && group.is_empty() {
                COPY
            } else {
                SOURCE
            };
            Claim {
                reached: Some(reached(verdict, named)),
                ..claim(before, names, after)
            }
        })
        .collect()
}

/// What every claim must leave open.
const SOURCE: &str = ", or a source with the same rows.";
/// No guard is over the one who made a copy.
const COPY: &str = ", whoever made or held it, or a source with the same rows.";

fn reached(verdict: &Verdict, named: &Named) -> Reached {
    let others = numbers::counted(
        u64::from(named.colluders),
        "other account",
        "other accounts",
    );
    Reached {
        reading: Reading::new(verdict, named),
        holds: format!(
            "It holds if at most {others} leaked as well, and if all other verified reports fall \
             among comparable customers up to odds of {}",
            numbers::decimal(named.gamma, 1)
        ),
        fragile: named.fragile.then(|| {
            format!(
                "Fragile: an unfairness of the comparison beyond odds of {} would undo it",
                numbers::decimal(named.gamma, 1)
            )
        }),
    }
}

fn not_said(state: State) -> Vec<&'static str> {
    match state {
        State::Named | State::SetNamed => vec![
            "It does not say that a person did it. Malware on the machine, a borrowed password, \
             or a screen that others can read look the same from here.",
            "It does not say that nobody else leaked.",
            "It cannot see a difference between customers that is in none of the tables.",
        ],
        State::StrongLead | State::Lead => vec![
            "It does not say that anybody leaked anything.",
            "It does not say that the accounts further down are cleared.",
        ],
        State::Nothing => vec!["It does not say that the list did not leak from this desk."],
    }
}
