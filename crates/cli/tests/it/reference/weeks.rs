//! §10 of the method: when the list was made, if it is the first holder's.

use std::collections::BTreeSet;

use countersign_core::time::Second;

use super::case::Case;
use super::evidence::{Bet, ln_evidence};
use super::items::Item;

const WEEK: i64 = 7 * 86_400;

/// Second 0 is a Saturday: the first Monday is two days later.
const A_MONDAY: i64 = 2 * 86_400;

/// Monday 00:00 UTC of the week of a second, in seconds since 2000 (negative on its first two days).
pub(crate) fn monday_of(second: Second) -> i64 {
    let since = i64::from(second.0) - A_MONDAY;
    since.div_euclid(WEEK) * WEEK + A_MONDAY
}

/// Every Monday (seconds since 2000) with its weight, for one person.
pub(crate) fn sale_weeks(case: &Case<'_>, person: usize) -> Vec<(i64, f64)> {
    let calls = case.used.iter().map(|used| used.lead.cuts.cut);
    let (Some(first), Some(last)) = (case.log.first_view, calls.max()) else {
        return Vec::new();
    };
    let mut weeks = Vec::new();
    let mut monday = monday_of(first);
    while monday <= i64::from(last.0) {
        weeks.push((monday, evidence_from(case, person, monday)));
        monday += WEEK;
    }
    let most = weeks
        .iter()
        .map(|week| week.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = weeks.iter().map(|week| (week.1 - most).exp()).sum();
    weeks
        .into_iter()
        .map(|(monday, ln_e)| (monday, (ln_e - most).exp() / sum))
        .collect()
}

/// The evidence if the list was made on that day.
fn evidence_from(case: &Case<'_>, person: usize, monday: i64) -> f64 {
    let bets: Vec<Bet> = case
        .used
        .iter()
        .map(|used| {
            let asked = &used.lead;
            if asked.silence.is_some() {
                return Bet::Nothing;
            }
            let until = monday.min(i64::from(asked.cuts.cut.0));
            let seen = seen_until(case, person, until);
            let own = asked
                .items
                .iter()
                .filter(|item| seen.contains(item))
                .count();
            let day = until - until.rem_euclid(86_400);
            let tickets = asked.item.is_ticket();
            let of_kind = |items: BTreeSet<Item>| {
                items
                    .iter()
                    .filter(|i| i.is_ticket() == tickets)
                    .count()
                    .max(1) as f64
            };
            let all = (0..case.persons())
                .flat_map(|other| seen_until(case, other, day))
                .collect();
            Bet::Staked {
                hit: seen.contains(&asked.item),
                q: own as f64 / asked.items.len() as f64,
                share: (of_kind(seen_until(case, person, day)) / of_kind(all)).min(1.0),
            }
        })
        .collect();
    ln_evidence(&bets, 1.0, 0)
}

/// What a person saw before a time that may lie before second 0.
fn seen_until(case: &Case<'_>, person: usize, until: i64) -> BTreeSet<Item> {
    match u32::try_from(until) {
        Ok(until) => case.log.before(Second(until)).saw[person].clone(),
        Err(_) => BTreeSet::new(),
    }
}
