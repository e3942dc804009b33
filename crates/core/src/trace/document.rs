//! Writes the outcome down as the verdict's document.

mod claims;
mod explanations;
mod rows;
mod strata;

use std::collections::{BTreeMap, BTreeSet};

use self::claims::Searched;
use super::METHOD;
use super::exposure::Exposures;
use super::facts::Gathered;
use super::judge::Outcome;
use super::level::{SMALLEST_GROUP, members};
use super::sale::sale_weeks;
use super::settings::Settings;
use crate::at;
use crate::desk::{AccountKind, Desk};
use crate::holder::{Holders, Person};
use crate::report::{Quoted, Report};
use crate::trace::facts::Use;
use crate::verdict::{
    Coverage, Exclusion, FORMAT, Freeze, HiddenGroups, Input, LevelKind, Reports, SaleWeek, State,
    StrongLead, TimelineEntry, UniversalViewer, Verdict, Views,
};
use crate::work::Work;

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
    /// What logs of changes tell, where there are any: nothing but [`Top::worked_on`] is from it.
    ///
    /// [`Top::worked_on`]: crate::verdict::Top::worked_on
    pub work: Option<&'a Work>,
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
    let mut page = Page {
        context,
        gathered,
        outcome,
        settings,
        searched: BTreeMap::new(),
    };
    let shown = page.shown();
    page.search_shown(&shown);
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
        other_explanations: explanations::other_explanations(),
        recompute: context.recompute.clone(),
    }
}

struct Page<'a> {
    context: &'a Context<'a>,
    gathered: &'a Gathered,
    outcome: &'a Outcome,
    settings: &'a Settings,
    /// The guards over the persons shown.
    searched: BTreeMap<u32, Searched>,
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
