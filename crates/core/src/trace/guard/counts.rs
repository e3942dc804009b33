//! How many compared items two colleagues saw together, alone and with the suspect.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Suspect, is_early_member, mask};
use crate::trace::exposure::{Stratum, holder};
use crate::{at, index_u32};

/// For every stratum of the reports: which of its items each holder saw, and which the suspect saw.
pub(super) struct Matrix {
    /// Stratum of each report, index into `strata`.
    of_report: Vec<Option<usize>>,
    strata: Vec<Inverted>,
    holders: usize,
    is_member: Vec<bool>,
}

/// A stratum's items by holder.
struct Inverted {
    stratum: Arc<Stratum>,
    /// First word of each item, and behind the last one the number of words.
    start: Vec<u32>,
    suspect_saw: Vec<bool>,
    /// First entry of each holder in `items`.
    offset: Vec<u32>,
    items: Vec<u32>,
}

/// By holder: items that it saw together with one colleague, and with the suspect as a third.
type Pairs = (Arc<Vec<u32>>, Arc<Vec<u32>>);

/// One colleague together with each other holder, and with the suspect as a third.
pub(super) struct Row {
    /// One a report: items that both saw, and that the suspect saw as well; `None` where the
    /// colleague saw the reported item, or the report says nothing.
    pub(super) reports: Vec<Option<Pairs>>,
}

impl Matrix {
    pub(super) fn new(suspect: &Suspect<'_>) -> Self {
        let holders = suspect
            .joint
            .iter()
            .flatten()
            .next()
            .map_or(0, |joint| joint.with.len());
        let is_member = mask(&suspect.members, holders);
        let mut known: BTreeMap<*const Stratum, usize> = BTreeMap::new();
        let mut strata: Vec<Arc<Stratum>> = Vec::new();
        let of_report = suspect
            .facts
            .iter()
            .map(|facts| {
                let stratum = &facts.compared.as_ref()?.stratum;
                Some(*known.entry(Arc::as_ptr(stratum)).or_insert_with(|| {
                    strata.push(Arc::clone(stratum));
                    strata.len() - 1
                }))
            })
            .collect();
        let strata = strata
            .into_par_iter()
            .map(|stratum| Inverted::new(stratum, &is_member))
            .collect();
        Self {
            of_report,
            strata,
            holders,
            is_member,
        }
    }

    pub(super) fn row(&self, suspect: &Suspect<'_>, one: u32) -> Row {
        let mut of_stratum: Vec<Option<Pairs>> = vec![None; self.strata.len()];
        let reports = suspect
            .facts
            .iter()
            .zip(&self.of_report)
            .map(|(facts, number)| {
                let compared = facts.compared.as_ref()?;
                if facts.guarded(one) {
                    return None;
                }
                let number = (*number)?;
                let (mut both, mut all) = of_stratum[number]
                    .get_or_insert_with(|| self.strata[number].with(one, self.holders))
                    .clone();
                for item in compared
                    .gone
                    .iter()
                    .filter(|item| item.guards.contains(&one))
                {
                    let saw = item
                        .holders
                        .iter()
                        .any(|&holder| self.is_member[at(holder)]);
                    for &holder in &item.guards {
                        Arc::make_mut(&mut both)[at(holder)] -= 1;
                        if saw {
                            Arc::make_mut(&mut all)[at(holder)] -= 1;
                        }
                    }
                }
                Some((both, all))
            })
            .collect();
        Row { reports }
    }
}

impl Inverted {
    fn new(stratum: Arc<Stratum>, is_member: &[bool]) -> Self {
        let mut start = vec![0_u32];
        let mut suspect_saw = Vec::new();
        let mut offset = vec![0_u32; is_member.len() + 1];
        for item in stratum.seen_items() {
            start.push(start.last().copied().unwrap_or(0) + index_u32(item.len()));
            suspect_saw.push(item.iter().any(|&word| is_early_member(is_member, word)));
            for &word in item {
                offset[at(holder(word)) + 1] += 1;
            }
        }
        for holder in 1..offset.len() {
            offset[holder] += offset[holder - 1];
        }
        let mut next = offset.clone();
        let mut items = vec![0; stratum.stream.len()];
        for (number, item) in stratum.seen_items().enumerate() {
            for &word in item {
                let place = &mut next[at(holder(word))];
                items[at(*place)] = index_u32(number);
                *place += 1;
            }
        }
        Self {
            stratum,
            start,
            suspect_saw,
            offset,
            items,
        }
    }

    fn with(&self, one: u32, holders: usize) -> Pairs {
        let mut both = vec![0_u32; holders];
        let mut all = vec![0_u32; holders];
        let of_one = at(self.offset[at(one)])..at(self.offset[at(one) + 1]);
        for &item in &self.items[of_one] {
            let words = at(self.start[at(item)])..at(self.start[at(item) + 1]);
            let saw = u32::from(self.suspect_saw[at(item)]);
            for &word in &self.stratum.stream[words] {
                both[at(holder(word))] += 1;
                all[at(holder(word))] += saw;
            }
        }
        (Arc::new(both), Arc::new(all))
    }
}
