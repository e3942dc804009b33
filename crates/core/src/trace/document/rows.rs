//! The persons on the page: a row for each, and what each report said of them.

use rayon::prelude::*;

use super::{Page, Searched};
use crate::at;
use crate::trace::cache::Exposed;
use crate::trace::exposure::Kind;
use crate::trace::facts::Facts;
use crate::trace::guard::{Search, Suspect};
use crate::trace::level::{SMALLEST_GROUP, members};
use crate::trace::opinion::Likelihoods;
use crate::verdict::{Factor, HolderFactor, Outside, Top, WorkedOn};
use crate::work::Worked;

impl Page<'_> {
    pub(super) fn top(&self, shown: &[u32]) -> Vec<Top> {
        let holders = self.context.holders;
        let mut is_universal = vec![false; holders.len()];
        for viewer in &self.outcome.universal {
            is_universal[at(viewer.holder)] = true;
        }
        let opinions = Likelihoods::new(&self.gathered.lead, holders.persons.len(), &is_universal);
        let teams = members(holders, |person| &person.team);
        let colleagues = &self.outcome.colleagues;
        let worked = self.context.work.map(|work| Worked::new(work, holders));
        shown
            .par_iter()
            .map(|&person| {
                let who = &holders.persons[at(person)];
                let compared = self
                    .gathered
                    .lead
                    .iter()
                    .filter_map(|facts| Some((facts, facts.compared.as_ref()?)));
                let (mut saw, mut of, mut expected) = (0, 0, 0.0);
                let mut changed = 0;
                for (facts, compared) in compared {
                    of += 1;
                    saw += u64::from(facts.saw(person));
                    changed += u64::from(worked.as_ref().is_some_and(|worked| {
                        facts.saw(person) && worked.changed(person, facts.item, facts.cut.at)
                    }));
                    expected += f64::from(compared.counts[at(person)]) / f64::from(compared.items);
                }
                let Searched { alone, one, two } = &self.searched[&person];
                let last = |path: &[f64]| path.last().copied().unwrap_or(0.0);
                let finite = |log: f64| if log.is_finite() { log } else { 0.0 };
                let named_path: Vec<f64> = alone
                    .iter()
                    .zip(&one.log)
                    .map(|(alone, one)| alone.min(*one))
                    .collect();
                let against = two
                    .as_ref()
                    .and_then(|two| two.against.last())
                    .filter(|pair| !pair.is_empty())
                    .or_else(|| one.against.last())
                    .map(|set| set.iter().map(|&holder| self.name(holder)).collect())
                    .unwrap_or_default();
                let lead_path = self.outcome.lead_paths[at(person)].clone();
                let conditional = Suspect::new(self.gathered, Exposed::AtCall, &[person], holders)
                    .conditional(colleagues, Search::Complete);
                let opinion = opinions.of(person);
                Top {
                    holder: self.name(person),
                    kind: who.kind,
                    team: who
                        .team
                        .clone()
                        .filter(|team| teams[team.as_str()].len() >= SMALLEST_GROUP),
                    saw,
                    of,
                    expected,
                    worked_on: worked.as_ref().map(|worked| WorkedOn {
                        seen: saw,
                        changed,
                        in_logs: worked.is_active(person),
                    }),
                    log_e: last(&lead_path),
                    outside: Outside {
                        k0: last(alone),
                        k1: one.log.last().copied().filter(|log| log.is_finite()),
                        k2: two
                            .as_ref()
                            .and_then(|two| two.log.last().copied())
                            .filter(|log| log.is_finite()),
                        k2_exact: two
                            .as_ref()
                            .is_some_and(|two| two.exact.last().copied().unwrap_or(false)),
                        against,
                    },
                    conditional: finite(last(&conditional.log).min(last(&lead_path))),
                    single: opinion.map_or(0.0, |opinion| opinion.single),
                    ring: opinion.map_or(0.0, |opinion| opinion.ring),
                    lead_path,
                    named_path,
                }
            })
            .collect()
    }

    pub(super) fn factors(&self, shown: &[u32]) -> Vec<Factor> {
        let reports = &self.context.desk.reports;
        self.gathered
            .used
            .iter()
            .zip(self.gathered.lead.iter().zip(&self.gathered.frozen))
            .enumerate()
            .map(|(number, (&order, (lead, frozen)))| Factor {
                report: reports[order].id.clone(),
                item: match lead.item.kind() {
                    Kind::Customer => "customer".to_owned(),
                    Kind::Ticket => "ticket".to_owned(),
                },
                asked_at: lead.cut.at.to_string(),
                frozen_at: frozen.cut.at.to_string(),
                stratum_items: lead.compared.as_ref().map_or(0, |c| c.items.into()),
                frozen_items: frozen.compared.as_ref().map_or(0, |c| c.items.into()),
                holders: shown
                    .iter()
                    .map(|&person| {
                        let path = &self.outcome.lead_paths[at(person)];
                        let before = number.checked_sub(1).map_or(0.0, |before| path[before]);
                        HolderFactor {
                            holder: self.name(person),
                            saw: lead.saw(person),
                            q: share(lead, person),
                            log_e: path[number] - before,
                            frozen_saw: frozen.saw(person),
                            frozen_q: share(frozen, person),
                        }
                    })
                    .collect(),
            })
            .collect()
    }
}

fn share(facts: &Facts, person: u32) -> f64 {
    facts.compared.as_ref().map_or(0.0, |compared| {
        f64::from(compared.counts[at(person)]) / f64::from(compared.items)
    })
}
