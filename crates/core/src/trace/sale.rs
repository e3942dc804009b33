//! Since when: the day on which the list was made, if it is this holder's. Never used for naming.

use std::collections::BTreeMap;

use super::bet::{self, Sight, Stake};
use super::exposure::{Ask, Exposures, Kind};
use super::facts::{Facts, Gathered};
use crate::at;
use crate::time::Second;

/// One week and its share of the evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Week {
    /// Monday 00:00 UTC.
    pub monday: Second,
    /// All weeks sum to 1.
    pub weight: f64,
}

/// 2000-01-03 was a Monday.
const FIRST_MONDAY: u32 = 2 * Second::DAY;
const WEEK: u32 = 7 * Second::DAY;

/// Weights of all weeks from the log's first to the last call, for one person.
#[must_use]
pub fn sale_weeks(exposures: &dyn Exposures, gathered: &Gathered, person: u32) -> Vec<Week> {
    let Some((first, _)) = exposures.span() else {
        return Vec::new();
    };
    let Some(last) = gathered.lead.iter().map(|facts| facts.cut.at.0).max() else {
        return Vec::new();
    };
    let monday = |second: u32| second.saturating_sub((second.saturating_sub(FIRST_MONDAY)) % WEEK);
    let asks: Vec<Ask> = gathered
        .lead
        .iter()
        .filter_map(|facts| ask(exposures, facts))
        .collect();
    let mut answers = exposures.first_seen(&asks, person).into_iter();
    let gone = |facts: &Facts| gone_items(exposures, facts, person);
    let times: Vec<Option<Vec<Second>>> = gathered
        .lead
        .iter()
        .map(|facts| {
            facts.compared.as_ref()?;
            let mut times = answers.next()?;
            for gone in gone(facts) {
                if let Ok(place) = times.binary_search(&gone) {
                    times.remove(place);
                }
            }
            Some(times)
        })
        .collect();
    let hits: Vec<Option<Second>> = gathered
        .lead
        .iter()
        .map(|facts| exposures.first_seen_item(facts.item, facts.cut.at, person))
        .collect();
    // What a person and anybody had seen before a day, by pool: weeks share most of them.
    let mut totals: BTreeMap<(Kind, u32), (u32, u32)> = BTreeMap::new();
    let mut weeks = Vec::new();
    let mut week = monday(first.0);
    while week <= last {
        let week_end = Second(week);
        let stakes: Vec<Stake> = gathered
            .lead
            .iter()
            .map(|facts| {
                let (kind, cut) = (facts.item.kind(), facts.cut.at.min(week_end));
                let totals = totals.entry((kind, cut.0 / Second::DAY));
                let &mut (any, seen) = totals.or_insert_with(|| {
                    let totals = exposures.totals(kind, cut);
                    (totals.any, totals.seen[at(person)])
                });
                let any = any.max(1);
                let seen = seen.clamp(1, any);
                Stake::new(f64::from(seen) / f64::from(any))
            })
            .collect();
        let sights = gathered
            .lead
            .iter()
            .zip(&times)
            .zip(&hits)
            .map(|((facts, times), hit)| {
                let compared = facts.compared.as_ref()?;
                let times = times.as_ref()?;
                let before = times.partition_point(|&time| time < week_end);
                Some(Sight {
                    hit: hit.is_some_and(|time| time < week_end),
                    seen: crate::index_u32(before),
                    items: compared.items,
                })
            });
        let log = bet::path(sights, &stakes, 1.0, 0)
            .last()
            .copied()
            .unwrap_or(0.0);
        weeks.push((week_end, log));
        week += WEEK;
    }
    let largest = weeks
        .iter()
        .map(|week| week.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = weeks.iter().map(|week| libm::exp(week.1 - largest)).sum();
    weeks
        .into_iter()
        .map(|(monday, log)| Week {
            monday,
            weight: libm::exp(log - largest) / sum,
        })
        .collect()
}

fn ask(exposures: &dyn Exposures, facts: &Facts) -> Option<Ask> {
    facts.compared.as_ref()?;
    let seen = exposures.seen(facts.item, facts.cut)?;
    Some(Ask {
        kind: facts.item.kind(),
        cut: facts.cut,
        cell: seen.cell,
        class: seen.class,
    })
}

/// When the person first saw those of the stratum's items that are gone.
fn gone_items(exposures: &dyn Exposures, facts: &Facts, person: u32) -> Vec<Second> {
    facts
        .compared
        .iter()
        .flat_map(|compared| &compared.gone)
        .filter(|gone| gone.holders.contains(&person))
        .filter_map(|gone| exposures.first_seen_item(gone.item, facts.cut.at, person))
        .collect()
}
