//! The evidence against one person, guarded against nobody.

use rayon::prelude::*;

use super::{Rule, stake};
use crate::at;
use crate::trace::bet::{self, Evidence, Sight, Stake};
use crate::trace::cache::{Exposed, Path};
use crate::trace::facts::{Facts, Gathered};

/// Counts against no colleague need no pass over a stratum: one person's come with the facts.
#[must_use]
pub fn unguarded(facts: &[Facts], person: u32, rule: Rule) -> Vec<f64> {
    unguarded_from(&mut Evidence::new(rule.strike), facts, person, rule)
}

fn unguarded_from(evidence: &mut Evidence, facts: &[Facts], person: u32, rule: Rule) -> Vec<f64> {
    let stakes: Vec<Stake> = facts.iter().map(|facts| stake(facts, &[person])).collect();
    let sights = facts.iter().map(|facts| {
        facts.compared.as_ref().map(|compared| Sight {
            hit: facts.saw(person),
            seen: compared.counts[at(person)],
            items: compared.items,
        })
    });
    bet::go_on(evidence, sights, &stakes, rule.gamma)
}

/// The same for all persons, from what stood after an earlier report on, where that was kept.
pub(in super::super) fn all_unguarded(
    gathered: &Gathered,
    exposed: Exposed,
    persons: usize,
    rule: Rule,
) -> Vec<Vec<f64>> {
    let facts = gathered.facts(exposed);
    let of = (exposed, rule.gamma.to_bits(), rule.strike);
    let stood = gathered.cache.paths.take(&of);
    let mut paths = stood
        .filter(|paths| paths.len() == persons)
        .unwrap_or_else(|| {
            let nothing = Path {
                evidence: Evidence::new(rule.strike),
                logs: Vec::new(),
            };
            vec![nothing; persons]
        });
    paths.par_iter_mut().enumerate().for_each(|(person, path)| {
        let facts = &facts[path.logs.len()..];
        let more = unguarded_from(&mut path.evidence, facts, crate::index_u32(person), rule);
        path.logs.extend(more);
    });
    let logs = paths.iter().map(|path| path.logs.clone()).collect();
    gathered.cache.paths.put(of, paths);
    logs
}
