//! The namings on the page, with the evidence that each was made by.

use rayon::prelude::*;

use super::Page;
use crate::at;
use crate::trace::Naming;
use crate::trace::cache::Exposed;
use crate::trace::guard::{Guarded, Rule, Search, Suspect};
use crate::verdict::{LevelKind, Named};

impl Page<'_> {
    pub(super) fn named(&self, naming: &Naming) -> Named {
        let who = naming.who();
        let is_copy = who
            .members
            .iter()
            .any(|&member| at(member) >= self.context.holders.persons.len());
        Named {
            holders: who
                .members
                .iter()
                .map(|&member| self.name(member))
                .collect(),
            group: if is_copy { None } else { who.group.clone() },
            level: who.level,
            after_reports: naming.after_reports() as u64,
            on: self.received(naming.after_reports()),
            colluders: naming.colluders(),
            gamma: naming.gamma(),
            fragile: naming.gamma() < 2.0,
            struck: naming.struck(),
            forgeries_that_would_suffice: naming.forgeries(),
            threshold: self.outcome.levels.threshold(who.level),
            path: self.claim_path(naming),
        }
    }

    /// The evidence that a claim was made by, after each used report.
    fn claim_path(&self, naming: &Naming) -> Vec<f64> {
        let who = naming.who();
        let colluders = self.settings.colluders;
        let anew;
        let searched = match who.members[..] {
            [person] if self.searched.contains_key(&person) => &self.searched[&person],
            _ => {
                let needed = self.outcome.levels.threshold(who.level);
                anew = self.search(&who.members, needed, colluders);
                &anew
            }
        };
        let mut path = searched.alone.clone();
        let mut lower = |guarded: &Guarded| {
            for (least, &log) in path.iter_mut().zip(&guarded.log) {
                *least = least.min(log);
            }
        };
        if colluders >= 1 {
            lower(&searched.one);
        }
        if colluders >= 2
            && let Some(two) = &searched.two
        {
            lower(two);
        }
        path
    }

    /// The guards over the persons shown; over two colleagues where a naming is within reach.
    pub(super) fn search_shown(&mut self, shown: &[u32]) {
        let needed = self.outcome.levels.threshold(LevelKind::Person);
        let search = |&person: &u32| (person, self.search(&[person], needed, 2));
        let searched: Vec<(u32, Searched)> = shown.par_iter().map(search).collect();
        self.searched.extend(searched);
    }

    fn search(&self, members: &[u32], needed: f64, colluders: u8) -> Searched {
        let rule = Rule {
            gamma: self.settings.gamma,
            strike: self.settings.strike,
        };
        let colleagues = &self.outcome.colleagues;
        let holders = self.context.holders;
        let suspect = Suspect::new(self.gathered, Exposed::Frozen, members, holders);
        let alone = suspect.alone(rule);
        let one = suspect.outside_one(rule, colleagues, Search::Complete);
        let in_reach = colluders >= 2 && alone.iter().any(|&log| log >= needed);
        let two = in_reach.then(|| {
            if self.settings.colluders >= 2 {
                suspect.outside_two(rule, colleagues, needed)
            } else {
                // Nothing is claimed against two: what stands at the end is shown, and no path.
                suspect.smallest_two(rule, colleagues)
            }
        });
        Searched { alone, one, two }
    }
}

/// What the guards over one holder, or several as one, leave of the evidence.
pub(super) struct Searched {
    /// Against no colleague.
    pub(super) alone: Vec<f64>,
    /// Against any one.
    pub(super) one: Guarded,
    /// Against any two, where the evidence alone is enough for a claim; after the last report alone
    /// where claims are made against fewer.
    pub(super) two: Option<Guarded>,
}
