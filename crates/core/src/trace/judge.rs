//! Makes the claims: leads, strong leads and namings, each from its own rule.

mod tested;

use std::collections::BTreeSet;

use super::cache::Exposed;
use super::claim::{Holder, Lead, Naming, StrongLead};
use super::exposure::{Exposures, Kind, UNIVERSAL};
use super::facts::Gathered;
use super::guard::{Rule, Search, Suspect, all_unguarded};
use super::level::Levels;
use super::settings::Settings;
use crate::holder::Holders;
use crate::time::Second;
use crate::verdict::LevelKind;
use crate::{at, index_u32};

/// How much is computed of a naming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The claims alone: for calibrations of thousands of worlds.
    Claims,
    /// Also how far each naming would hold: gamma, forgeries, two colleagues.
    Full,
}

/// A holder that such data can never exclude.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Universal {
    /// Who.
    pub holder: u32,
    /// Share of all seen customers or tickets, whichever is larger.
    pub share: f64,
}

/// All claims, with the evidence that they rest on.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Levels and thresholds.
    pub levels: Levels,
    /// Holders that are tested on no level and stand in no guard.
    pub universal: Vec<Universal>,
    /// Who was first after each report; one entry a report, used or not.
    pub leads: Vec<Option<Lead>>,
    /// Persons that passed the bound under the conditional guard, in order of passing.
    pub strong_leads: Vec<StrongLead>,
    /// Persons, teams, sites, vendors and copies that were named, and sets; in order of naming.
    pub namings: Vec<Naming>,
    /// `[person][used report]`: evidence of the lead.
    pub lead_paths: Vec<Vec<f64>>,
    /// `[person][used report]`: evidence of the naming rule against no colleague.
    pub frozen_paths: Vec<Vec<f64>>,
    /// Who may stand in a guard: every holder that is not universal.
    pub colleagues: Vec<u32>,
}

impl Outcome {
    /// The persons by evidence of the lead after the last report, universal viewers left out.
    #[must_use]
    pub fn ranking(&self) -> Vec<u32> {
        let last = |person: u32| self.lead_paths[at(person)].last().copied().unwrap_or(0.0);
        let universal: BTreeSet<u32> = self.universal.iter().map(|viewer| viewer.holder).collect();
        let mut persons: Vec<u32> = (0..index_u32(self.lead_paths.len()))
            .filter(|person| !universal.contains(person))
            .collect();
        persons.sort_by(|&one, &two| last(two).total_cmp(&last(one)).then(one.cmp(&two)));
        persons
    }
}

/// Odds of unfairness that a naming is tried at.
const GAMMAS: [f64; 9] = [1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0];
/// Forgeries are counted up to here.
const FORGERIES: u32 = 50;

/// Holders that saw over a fifth of all customers or tickets that any person saw, from the log alone.
///
/// As of the first report's frozen cut: whoever becomes one during the campaign is still guarded
/// against. Without a report, over the whole log.
#[must_use]
pub(super) fn universal_viewers(exposures: &dyn Exposures, cut: Option<Second>) -> Vec<Universal> {
    let cut = cut.unwrap_or(Second(u32::MAX));
    let customers = exposures.totals(Kind::Customer, cut);
    let tickets = exposures.totals(Kind::Ticket, cut);
    (0..index_u32(exposures.holders()))
        .map(|holder| Universal {
            holder,
            share: customers.share(holder).max(tickets.share(holder)),
        })
        .filter(|viewer| viewer.share > UNIVERSAL)
        .collect()
}

/// Makes all claims that the gathered reports allow.
#[must_use]
pub fn judge(
    holders: &Holders,
    exposures: &dyn Exposures,
    gathered: &Gathered,
    settings: &Settings,
    depth: Depth,
) -> Outcome {
    let levels = Levels::new(holders, settings);
    let first_cut = gathered.frozen.first().map(|facts| facts.cut.at);
    let universal = universal_viewers(exposures, first_cut);
    let mut is_universal = vec![false; holders.len()];
    for viewer in &universal {
        is_universal[at(viewer.holder)] = true;
    }
    let colleagues: Vec<u32> = (0..index_u32(holders.len()))
        .filter(|&holder| !is_universal[at(holder)])
        .collect();
    let persons: Vec<u32> = colleagues
        .iter()
        .copied()
        .filter(|&holder| at(holder) < holders.persons.len())
        .collect();
    let rule = Rule {
        gamma: settings.gamma,
        strike: settings.strike,
    };
    let persons_all = holders.persons.len();
    let lead_paths = all_unguarded(gathered, Exposed::AtCall, persons_all, Rule::LEAD);
    let frozen_paths = all_unguarded(gathered, Exposed::Frozen, persons_all, rule);
    let court = Court {
        holders,
        exposures,
        gathered,
        settings,
        levels: &levels,
        colleagues: &colleagues,
        persons: &persons,
        rule,
    };
    let strong_leads = court.strong_leads(&lead_paths);
    let namings = court.namings(&frozen_paths, depth);
    let leads = court.leads(&lead_paths);
    Outcome {
        levels,
        universal,
        leads,
        strong_leads,
        namings,
        lead_paths,
        frozen_paths,
        colleagues,
    }
}

struct Court<'a> {
    holders: &'a Holders,
    exposures: &'a dyn Exposures,
    gathered: &'a Gathered,
    settings: &'a Settings,
    levels: &'a Levels,
    colleagues: &'a [u32],
    /// Colleagues that are persons.
    persons: &'a [u32],
    rule: Rule,
}

/// A holder to be tested, and the used reports after which it may be claimed.
struct Tested {
    holder: Holder,
    eligible: Vec<bool>,
}

impl Court<'_> {
    /// Number of the report, 1-based among all, of a used one.
    fn after(&self, used: usize) -> usize {
        self.gathered.used[used] + 1
    }

    fn leads(&self, paths: &[Vec<f64>]) -> Vec<Option<Lead>> {
        let mut used = self.gathered.used.iter().enumerate().peekable();
        let mut lead = None;
        (0..self.gathered.uses.len())
            .map(|report| {
                if let Some((number, _)) = used.next_if(|&(_, &order)| order == report) {
                    let mut best = 0.0;
                    lead = None;
                    for &person in self.persons {
                        let log = paths[at(person)][number];
                        if log > best {
                            best = log;
                            lead = Some(Lead { person });
                        }
                    }
                }
                lead
            })
            .collect()
    }

    fn strong_leads(&self, paths: &[Vec<f64>]) -> Vec<StrongLead> {
        let needed = self.levels.threshold(LevelKind::Person);
        let facts = &self.gathered.lead;
        let mut found: Vec<StrongLead> = self
            .persons
            .iter()
            .filter(|&&person| paths[at(person)].iter().any(|&log| log >= needed))
            .filter_map(|&person| {
                let suspect = Suspect::new(self.gathered, Exposed::AtCall, &[person], self.holders);
                let guarded = suspect.conditional(self.colleagues, Search::UntilBelow(needed));
                let alone = &paths[at(person)];
                let passed = (0..facts.len())
                    .find(|&number| alone[number].min(guarded.log[number]) >= needed)?;
                Some(StrongLead {
                    person,
                    after_reports: self.after(passed),
                })
            })
            .collect();
        found.sort_by_key(|lead| (lead.after_reports, lead.person));
        found
    }

    /// Claims in order: at each report the smaller holders first.
    fn namings(&self, paths: &[Vec<f64>], depth: Depth) -> Vec<Naming> {
        let facts = &self.gathered.frozen;
        let mut passing: Vec<(Tested, Vec<bool>)> = Vec::new();
        let mut person_passes = vec![usize::MAX; self.holders.len()];
        for tested in self.singles(paths) {
            let passes = self.passes(&tested, self.rule);
            if let Some(first) = passes.iter().position(|&passes| passes) {
                for &member in &tested.holder.members {
                    person_passes[at(member)] = person_passes[at(member)].min(first);
                }
                passing.push((tested, passes));
            }
        }
        for mut tested in self.sets(paths).into_iter().chain(self.groups(facts)) {
            // A group says less than the naming of a member, and nothing once that is made.
            let first = tested
                .holder
                .members
                .iter()
                .map(|&member| person_passes[at(member)])
                .min();
            for eligible in tested.eligible.iter_mut().skip(first.unwrap_or(usize::MAX)) {
                *eligible = false;
            }
            if tested.eligible.contains(&true) && self.could_pass(&tested) {
                let passes = self.passes(&tested, self.rule);
                passing.push((tested, passes));
            }
        }
        let mut claimed: Vec<(usize, Holder)> = Vec::new();
        for number in 0..facts.len() {
            for (tested, passes) in &passing {
                let holder = &tested.holder;
                let known = claimed.iter().any(|(_, smaller)| {
                    smaller
                        .members
                        .iter()
                        .all(|member| holder.members.contains(member))
                });
                if !known && passes[number] && tested.eligible[number] {
                    claimed.push((number, holder.clone()));
                }
            }
        }
        claimed
            .into_iter()
            .map(|(number, who)| self.naming(number, who, depth))
            .collect()
    }

    /// After which of the reports at which it may be claimed the naming rule holds.
    fn passes(&self, tested: &Tested, rule: Rule) -> Vec<bool> {
        let needed = self.levels.threshold(tested.holder.level);
        let members = &tested.holder.members;
        let suspect = Suspect::new(self.gathered, Exposed::Frozen, members, self.holders);
        let colluders = self.settings.colluders;
        self.holds(&suspect, rule, colluders, needed, &tested.eligible, false)
    }

    /// At which of these reports the evidence against every set of colleagues is at least `needed`;
    /// with `any` one of them is enough.
    fn holds(
        &self,
        suspect: &Suspect<'_>,
        rule: Rule,
        colluders: u8,
        needed: f64,
        at_reports: &[bool],
        any: bool,
    ) -> Vec<bool> {
        let enough = |holds: &mut [bool], logs: &[f64]| {
            for (holds, &log) in holds.iter_mut().zip(logs) {
                *holds &= log >= needed;
            }
        };
        let mut holds = at_reports.to_vec();
        enough(&mut holds, &suspect.alone(rule));
        // Who does not pass against fewer colleagues does not pass against more.
        if colluders >= 1 && holds.contains(&true) {
            let search = Search::UntilBelow(needed);
            let one = suspect.outside_one(rule, self.colleagues, search);
            enough(&mut holds, &one.log);
        }
        if colluders >= 2 && holds.contains(&true) {
            let of = suspect.guarding(rule, false);
            let enough = &self.gathered.cache.enough;
            holds = enough.at(of, needed, &holds, any, |open| {
                suspect.holds_against_two(rule, self.colleagues, needed, open)
            });
        }
        holds
    }

    fn naming(&self, number: usize, who: Holder, depth: Depth) -> Naming {
        let mut naming = Naming {
            who,
            after_reports: self.after(number),
            colluders: self.settings.colluders,
            gamma: self.settings.gamma,
            struck: self.settings.strike,
            forgeries: self.settings.strike + 1,
        };
        if depth == Depth::Full {
            let needed = self.levels.threshold(naming.who.level);
            let suspect = Suspect::new(
                self.gathered,
                Exposed::Frozen,
                &naming.who.members,
                self.holders,
            );
            let colluders = self.settings.colluders;
            let everywhere = vec![true; self.gathered.frozen.len()];
            let holds = |rule: Rule, colluders: u8| {
                let holds = self.holds(&suspect, rule, colluders, needed, &everywhere, true);
                holds.contains(&true)
            };
            naming.gamma = GAMMAS
                .into_iter()
                .filter(|&gamma| gamma > self.settings.gamma)
                .take_while(|&gamma| holds(Rule { gamma, ..self.rule }, colluders))
                .last()
                .unwrap_or(self.settings.gamma);
            // Evidence falls with every factor struck, so the first failure can be halved for.
            let (mut holds_at, mut fails_at) = (self.settings.strike, FORGERIES);
            while fails_at - holds_at > 1 {
                let strike = u32::midpoint(holds_at, fails_at);
                if holds(
                    Rule {
                        strike,
                        ..self.rule
                    },
                    colluders,
                ) {
                    holds_at = strike;
                } else {
                    fails_at = strike;
                }
            }
            naming.forgeries = fails_at;
            if colluders < 2 && holds(self.rule, 2) {
                naming.colluders = 2;
            }
        }
        naming
    }
}
