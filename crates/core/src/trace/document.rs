//! Writes the outcome down as the verdict's document.

use std::collections::{BTreeMap, BTreeSet};

use super::exposure::{Cell, Cut, Exposures, Kind};
use super::facts::{Facts, Gathered};
use super::guard::{Rule, Search, Suspect};
use super::judge::Outcome;
use super::level::{SMALLEST_GROUP, members};
use super::opinion::Likelihoods;
use super::sale::sale_weeks;
use super::settings::Settings;
use super::strata::Merging;
use super::{METHOD, Naming};
use crate::at;
use crate::desk::{AccountKind, Desk, RefusedColumn};
use crate::holder::{Holders, Person};
use crate::report::{Quoted, Report};
use crate::trace::facts::Use;
use crate::verdict::{
    Coverage, Exclusion, FORMAT, Factor, Freeze, HiddenGroups, HolderFactor, Input, LevelKind,
    Named, OtherExplanation, Outside, Reports, SaleWeek, State, Strata, StrongLead, TimelineEntry,
    Top, UniversalViewer, Verdict, Views,
};

/// What a verdict says beside what the trace found.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The desk's tables.
    pub desk: &'a Desk,
    /// Persons and copies.
    pub holders: &'a Holders,
    /// What each holder is called on the page: pseudonyms, or ids where they were asked for.
    pub names: &'a [String],
    /// Number of this run of the case.
    pub run: u32,
    /// Views or changes.
    pub views: Views,
    /// Leads only: nothing is ever called named.
    pub exploratory: bool,
    /// Report rows that could not be read.
    pub rejected_reports: u64,
    /// What the log covers.
    pub coverage: Coverage,
    /// The files.
    pub inputs: Vec<Input>,
    /// The command that recomputes the verdict.
    pub recompute: String,
}

/// The document of one run.
#[must_use]
pub fn document(
    context: &Context<'_>,
    exposures: &dyn Exposures,
    gathered: &Gathered,
    outcome: &Outcome,
    settings: &Settings,
) -> Verdict {
    let page = Page {
        context,
        gathered,
        outcome,
        settings,
    };
    let shown = page.shown();
    let mut named = Vec::new();
    let mut set_named = Vec::new();
    if !context.exploratory {
        for naming in &outcome.namings {
            match naming.who().level {
                LevelKind::Pair | LevelKind::Triple | LevelKind::NearIdentical => {
                    set_named.push(page.named(naming));
                }
                LevelKind::Person | LevelKind::Team | LevelKind::Site | LevelKind::Copy => {
                    named.push(page.named(naming));
                }
            }
        }
    }
    let strong_leads: Vec<StrongLead> = outcome
        .strong_leads
        .iter()
        .map(|lead| StrongLead {
            holder: page.name(lead.person),
            after_reports: lead.after_reports as u64,
            on: page.received(lead.after_reports),
        })
        .collect();
    let last_lead = outcome.leads.last().copied().flatten();
    let state = if !named.is_empty() {
        State::Named
    } else if !set_named.is_empty() {
        State::SetNamed
    } else if !strong_leads.is_empty() {
        State::StrongLead
    } else if last_lead.is_some() {
        State::Lead
    } else {
        State::Nothing
    };
    let sale_date = match shown.first() {
        Some(&first) if state != State::Nothing => sale_weeks(exposures, gathered, first)
            .into_iter()
            .map(|week| SaleWeek {
                week: week.monday.date(),
                weight: week.weight,
            })
            .collect(),
        _ => Vec::new(),
    };
    Verdict {
        format: FORMAT.to_owned(),
        method: METHOD.to_owned(),
        run: context.run,
        version: settings.version,
        state,
        views: context.views,
        exploratory: context.exploratory,
        alpha: settings.alpha,
        colluders: settings.colluders,
        gamma_required: settings.gamma,
        strike: settings.strike,
        freeze_days: settings.freeze_days,
        freeze: page.freeze(),
        accounts: outcome.levels.persons.0,
        reserve: outcome.levels.persons.1,
        levels: outcome.levels.levels.clone(),
        strata: page.strata(),
        reports: page.reports(),
        universal_viewers: outcome
            .universal
            .iter()
            .map(|viewer| UniversalViewer {
                holder: page.name(viewer.holder),
                share: viewer.share,
                kind: context
                    .holders
                    .persons
                    .get(at(viewer.holder))
                    .map(|person| person.kind),
            })
            .collect(),
        service_accounts: context
            .holders
            .persons
            .iter()
            .zip(context.names)
            .filter(|(person, _)| person.kind != AccountKind::Human)
            .map(|(_, name)| name.clone())
            .collect(),
        hidden_groups: page.hidden_groups(),
        named,
        set_named,
        strong_leads,
        top: page.top(&shown),
        lead: outcome
            .leads
            .iter()
            .map(|lead| lead.map(|lead| page.name(lead.person)))
            .collect(),
        factors: page.factors(&shown),
        timeline: page.timeline(),
        sale_date,
        coverage: context.coverage.clone(),
        inputs: context.inputs.clone(),
        other_explanations: other_explanations(),
        recompute: context.recompute.clone(),
    }
}

struct Page<'a> {
    context: &'a Context<'a>,
    gathered: &'a Gathered,
    outcome: &'a Outcome,
    settings: &'a Settings,
}

impl Page<'_> {
    fn name(&self, holder: u32) -> String {
        self.context.names[at(holder)].clone()
    }

    /// Date of a report by its 1-based number.
    fn received(&self, report: usize) -> String {
        self.context
            .desk
            .reports
            .get(report.wrapping_sub(1))
            .map(|report| report.received.to_string())
            .unwrap_or_default()
    }

    /// The first of the ranking, and everyone of whom something is claimed.
    fn shown(&self) -> Vec<u32> {
        let ranking = self.outcome.ranking();
        let mut claimed: BTreeSet<u32> = self
            .outcome
            .strong_leads
            .iter()
            .map(|lead| lead.person)
            .collect();
        for naming in &self.outcome.namings {
            if matches!(
                naming.who().level,
                LevelKind::Person | LevelKind::Pair | LevelKind::Triple | LevelKind::NearIdentical
            ) {
                claimed.extend(&naming.who().members);
            }
        }
        let is_shown = |&(place, person): &(usize, u32)| {
            place < self.settings.top || claimed.contains(&person)
        };
        ranking
            .into_iter()
            .enumerate()
            .filter(is_shown)
            .map(|(_, person)| person)
            .collect()
    }

    fn named(&self, naming: &Naming) -> Named {
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
        let rule = Rule {
            gamma: self.settings.gamma,
            strike: self.settings.strike,
        };
        let colleagues = &self.outcome.colleagues;
        let suspect = Suspect::new(&self.gathered.frozen, &who.members, self.context.holders);
        let mut path = suspect.alone(rule);
        let mut lower = |logs: &[f64]| {
            for (least, &log) in path.iter_mut().zip(logs) {
                *least = least.min(log);
            }
        };
        if self.settings.colluders >= 1 {
            lower(&suspect.outside_one(rule, colleagues, Search::Complete).log);
        }
        if self.settings.colluders >= 2 {
            let needed = self.outcome.levels.threshold(who.level);
            lower(&suspect.outside_two(rule, colleagues, needed).log);
        }
        path
    }

    /// When exposure is frozen for naming; `None` while no report is used.
    fn freeze(&self) -> Option<Freeze> {
        let latest = self
            .gathered
            .frozen
            .iter()
            .map(|facts| facts.cut.at)
            .max()?;
        let reports = self.context.desk.reports.iter();
        let first_call = reports
            .zip(&self.gathered.uses)
            .filter(|(_, fate)| matches!(fate, Use::Used | Use::Solicited | Use::Repeated))
            .map(|(report, _)| report.call())
            .min()?;
        Some(Freeze {
            first_call: first_call.to_string(),
            at: first_call.minus_days(self.settings.freeze_days).to_string(),
            latest: latest.to_string(),
        })
    }

    fn hidden_groups(&self) -> HiddenGroups {
        let small = |of: fn(&Person) -> &Option<String>| {
            let groups = members(self.context.holders, of);
            let hidden = groups.values().filter(|of| of.len() < SMALLEST_GROUP);
            hidden.count() as u64
        };
        HiddenGroups {
            teams: small(|person| &person.team),
            sites: small(|person| &person.site),
            vendors: small(|person| &person.vendor),
        }
    }

    fn strata(&self) -> Strata {
        // A lead and a naming can ask about the same cell at the same cuts: it counts once.
        let mut mergings: BTreeMap<(Kind, Cut, Cell), &Merging> = BTreeMap::new();
        for facts in self.gathered.lead.iter().chain(&self.gathered.frozen) {
            if let Some(compared) = &facts.compared {
                let key = (facts.item.kind(), facts.cut, compared.cell);
                mergings.insert(key, &compared.stratum.merging);
            }
        }
        let mut merged = [0; 3];
        for merging in mergings.values() {
            for (sum, cells) in merged.iter_mut().zip(merging.merged) {
                *sum += cells;
            }
        }
        let frozen = &self.gathered.frozen;
        let compared = frozen.iter().filter_map(|facts| facts.compared.as_ref());
        let mut items: Vec<u32> = compared.map(|compared| compared.items).collect();
        items.sort_unstable();
        let desk = self.context.desk;
        let customers = desk
            .customers
            .columns
            .iter()
            .map(|column| ("customer", &column.name));
        let tickets = desk
            .tickets
            .columns
            .iter()
            .map(|column| ("ticket", &column.name));
        let refused = |table: &str, columns: &[RefusedColumn]| -> Vec<RefusedColumn> {
            columns
                .iter()
                .map(|column| RefusedColumn {
                    name: format!("{table}.{}", column.name),
                    reason: column.reason.clone(),
                })
                .collect()
        };
        Strata {
            attributes: customers
                .chain(tickets)
                .map(|(table, name)| format!("{table}.{name}"))
                .collect(),
            refused: [
                refused("customer", &desk.customers.refused),
                refused("ticket", &desk.tickets.refused),
            ]
            .concat(),
            cells: mergings.values().map(|merging| merging.groups).sum(),
            median_items: items.get(items.len() / 2).copied().unwrap_or(0).into(),
            smallest_items: items.first().copied().unwrap_or(0).into(),
            merged: Merging::names(merged),
        }
    }

    fn reports(&self) -> Reports {
        let reports = &self.context.desk.reports;
        let uses = &self.gathered.uses;
        let count = |which: Use| uses.iter().filter(|&&fate| fate == which).count() as u64;
        let with =
            |test: &dyn Fn(&Report) -> bool| reports.iter().filter(|r| test(r)).count() as u64;
        Reports {
            read: reports.len() as u64,
            used: count(Use::Used),
            rejected: self.context.rejected_reports,
            unverified: count(Use::Unverified),
            solicited: count(Use::Solicited),
            repeated: count(Use::Repeated),
            unmatched: count(Use::Unmatched),
            without_call_time: with(&|report| report.called.is_none()),
            never_issued: with(&|report| report.quoted == Quoted::NeverIssued),
            unseen: self
                .gathered
                .frozen
                .iter()
                .filter(|facts| facts.compared.is_none())
                .count() as u64,
            excluded: reports
                .iter()
                .filter_map(|report| {
                    Some(Exclusion {
                        report: report.id.clone(),
                        reason: report.excluded.clone()?,
                    })
                })
                .collect(),
        }
    }

    fn top(&self, shown: &[u32]) -> Vec<Top> {
        let holders = self.context.holders;
        let mut is_universal = vec![false; holders.len()];
        for viewer in &self.outcome.universal {
            is_universal[at(viewer.holder)] = true;
        }
        let opinions = Likelihoods::new(&self.gathered.lead, holders.persons.len(), &is_universal);
        let teams = members(holders, |person| &person.team);
        let needed = self.outcome.levels.threshold(LevelKind::Person);
        let rule = Rule {
            gamma: self.settings.gamma,
            strike: self.settings.strike,
        };
        let colleagues = &self.outcome.colleagues;
        shown
            .iter()
            .map(|&person| {
                let who = &holders.persons[at(person)];
                let compared = self
                    .gathered
                    .lead
                    .iter()
                    .filter_map(|facts| Some((facts, facts.compared.as_ref()?)));
                let (mut saw, mut of, mut expected) = (0, 0, 0.0);
                for (facts, compared) in compared {
                    of += 1;
                    saw += u64::from(facts.saw(person));
                    expected += f64::from(compared.counts[at(person)]) / f64::from(compared.items);
                }
                let frozen = Suspect::new(&self.gathered.frozen, &[person], holders);
                let alone = &self.outcome.frozen_paths[at(person)];
                let one = frozen.outside_one(rule, colleagues, Search::Complete);
                let two = alone
                    .iter()
                    .any(|&log| log >= needed)
                    .then(|| frozen.outside_two(rule, colleagues, needed));
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
                let conditional = Suspect::new(&self.gathered.lead, &[person], holders)
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

    fn factors(&self, shown: &[u32]) -> Vec<Factor> {
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

    fn timeline(&self) -> Vec<TimelineEntry> {
        self.context
            .desk
            .reports
            .iter()
            .zip(&self.gathered.uses)
            .map(|(report, fate)| TimelineEntry {
                report: report.id.clone(),
                received_at: report.received.to_string(),
                called_at: report.called.map(|called| called.to_string()),
                channel: report.channel,
                pretext: report.pretext.clone(),
                quoted_ticket: report.quoted != Quoted::Nothing,
                used: *fate == Use::Used,
                why_not: fate.why_not().map(str::to_owned),
            })
            .collect()
    }
}

fn share(facts: &Facts, person: u32) -> f64 {
    facts.compared.as_ref().map_or(0.0, |compared| {
        f64::from(compared.counts[at(person)]) / f64::from(compared.items)
    })
}

/// Stories that look the same from here, and what tells them apart.
fn other_explanations() -> Vec<OtherExplanation> {
    [
        (
            "malware on the computer that the account was used from",
            "examine the computer from a copy, not the computer itself; other accounts used from it \
             would have leaked as well",
        ),
        (
            "the password was borrowed, guessed or stolen",
            "sign-ins from other places, at other hours, or two at a time; ask the sign-in log",
        ),
        (
            "the screen was shared, photographed or recorded",
            "who sat beside, which meetings and remote sessions showed the desk",
        ),
        (
            "an export, backup or report with the same rows",
            "list every copy made from the desk, and add it to the exports table",
        ),
        (
            "the records are handled by the same few people for a reason that no table says",
            "ask the team what these customers have in common; add it as a column and run again",
        ),
        (
            "somebody knew whom this account serves and chose the customers by that",
            "customers who were called although this account never saw them; a second campaign",
        ),
    ]
    .into_iter()
    .map(|(what, how_to_tell)| OtherExplanation {
        what: what.to_owned(),
        how_to_tell: how_to_tell.to_owned(),
        checked: None,
    })
    .collect()
}
