//! `docs/spec/trace.md` once more, slow and plain, to compare the fast one with.
//!
//! [`trace`] answers everything at once, [`Case`] single questions (any holder, any guard, any Γ),
//! [`mixed_world`] makes the desks. Every question is answered from the views again; the only
//! things kept are the log as of a time and the bets of one holder against one guard.
//!
//! # Where the text still leaves a choice, and what is done here
//!
//! 1. Evidence "against no colleague" for the first six is that of the naming rule (frozen, Γ,
//!    struck). S is summed in order and the struck factors are taken off largest first.
//! 2. "The log knows no customers": no view in all of it shows one. Two persons that saw nothing
//!    are not near-identical. 0.9 is compared in whole numbers.
//! 3. A near-identical set with a universal viewer in it is tested no more than a team with one.
//! 4. Teams with one name are one, whoever has it; so are sites and vendors ("every name counts").
//! 5. The third earliest call counts each report once: three calls of one second are three.
//! 6. A person who made a copy is guarded against it like against any other colleague ("where a
//!    copy is tested, none is over its maker" is not said the other way round).
//! 7. `forgeries_that_would_suffice` and `gamma` are found at the setting's k.
//! 8. "The larger end's value" of the halvings: the larger of the two values.
//! 9. `cells` of one (kind, t, g, cell): its strata with an item that is not open and that a person saw.
//! 10. Weeks: the last call is that of the used reports ("only used reports enter what follows");
//!     Q as of min(w, t) means as of the start of its day, so that a late w gives the lead's
//!     evidence; the first of the ranking has weeks even if it is no lead.
//!
//! `proofs/holes.rs` has a small world for each hole that an earlier text had, and for what the
//! text assumes.

mod asked;
mod case;
mod claims;
mod evidence;
mod items;
mod levels;
mod opinions;
mod strata;
mod weeks;
mod world;

mod proofs;

use std::collections::BTreeMap;

use countersign_core::desk::{Desk, View};

pub(crate) use asked::{Asked, Silence};
pub(crate) use case::{Case, Used};
pub(crate) use claims::{Claim, NamingPoint};
pub(crate) use evidence::{Bet, epsilons};
pub(crate) use items::{Holders, Item};
pub(crate) use levels::{Group, Level};
pub(crate) use world::mixed_world;

/// What a person chose when the case was opened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) alpha: f64,
    pub(crate) colluders: u8,
    pub(crate) gamma: f64,
    pub(crate) strike: usize,
    pub(crate) freeze_days: u32,
    pub(crate) version: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpha: 0.001,
            colluders: 1,
            gamma: 1.5,
            strike: 2,
            freeze_days: 30,
            version: 1,
        }
    }
}

/// The evidence of a person over all reports; entry 0 is before the first.
pub(crate) type Path = Vec<f64>;

/// Everything that the method says about a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Accounts of each person.
    pub(crate) persons: Vec<Vec<usize>>,
    pub(crate) copies: usize,
    pub(crate) reserve: u64,
    /// N.
    pub(crate) n: u64,
    pub(crate) levels: Vec<Level>,
    pub(crate) universal: BTreeMap<usize, f64>,
    pub(crate) teams: Vec<Group>,
    pub(crate) sites: Vec<Group>,
    pub(crate) vendors: Vec<Group>,
    /// By the person in the middle.
    pub(crate) near_identical: BTreeMap<usize, Vec<usize>>,
    pub(crate) used: Vec<Used>,
    /// ln E of every person (universal ones too), entry n = after n reports, used or not.
    pub(crate) lead_paths: Vec<Path>,
    /// Who is first after each report, used or not.
    pub(crate) leads: Vec<Option<usize>>,
    /// Smallest ln E under the conditional guard, and which colleague, by person; entry n = after
    /// n used reports.
    pub(crate) conditional: Vec<Vec<Option<(f64, usize)>>>,
    /// Person, and the report after which it was made.
    pub(crate) strong_leads: Vec<(usize, usize)>,
    /// k0 of every person; entry n = after n used reports.
    pub(crate) k0: Vec<Path>,
    /// k0, k1 and k2 after each used report, for persons that ever pass k0.
    pub(crate) naming: BTreeMap<usize, Vec<NamingPoint>>,
    pub(crate) claims: Vec<Claim>,
    /// Of every person, after the last report.
    pub(crate) single: Vec<f64>,
    pub(crate) ring: Vec<f64>,
    /// Monday (seconds since 2000) and weight, for the first of the ranking.
    pub(crate) sale_weeks: Vec<(i64, f64)>,
    /// Over the distinct (kind, t, g, cell) of reports that say something, at both cuts.
    pub(crate) merged: [u64; 3],
    pub(crate) cells: u64,
    /// Sizes of the strata, sorted, of reports that say something.
    pub(crate) lead_items: Vec<usize>,
    pub(crate) frozen_items: Vec<usize>,
}

impl Found {
    /// (q, ln e at each ε) of every holder at one report, frozen (Γ of the settings) or not (Γ 1).
    pub(crate) fn factors(asked: &Asked, gamma: f64) -> Vec<(f64, [f64; 9])> {
        (0..asked.counts.len())
            .map(|holder| {
                let bet = asked.outside(&[holder], &[]);
                let q = match bet {
                    Bet::Nothing => 0.0,
                    Bet::Staked { q, .. } => q,
                };
                (q, epsilons().map(|epsilon| bet.ln_factor(epsilon, gamma)))
            })
            .collect()
    }
}

/// The whole method.
pub(crate) fn trace(desk: &Desk, views: &[View], settings: &Settings) -> Found {
    trace_case(&Case::open(desk, views, settings))
}

/// The whole method on a case that is laid out.
pub(crate) fn trace_case(case: &Case<'_>) -> Found {
    let (desk, settings) = (case.desk, &case.settings);
    let (persons, used) = (case.persons(), case.used.len());
    let tested = case.tested_persons();
    let levels = levels::levels(case);
    let threshold = levels[0].threshold;

    let (conditional, by_used) = (case.conditionals(), case.lead_paths());
    let k0 = (0..persons)
        .map(|a| {
            let after = |n| case.k0(&[a], settings.gamma, settings.strike, n);
            (0..=used).map(after).collect()
        })
        .collect();
    let used_until = |report: usize| {
        let until = |used: &&Used| used.report <= report;
        case.used.iter().filter(until).count()
    };
    let counted: Vec<usize> = (0..desk.reports.len()).map(used_until).collect();
    let sizes = |asked: fn(&Used) -> &Asked| {
        let mut sizes: Vec<usize> = case.used.iter().map(|u| asked(u).items.len()).collect();
        sizes.retain(|&size| size > 0);
        sizes.sort_unstable();
        sizes
    };
    let mut cells = BTreeMap::new();
    for used in case.used.iter() {
        for asked in [&used.lead, &used.frozen] {
            if asked.silence.is_none() {
                let key = (asked.cuts, asked.cell.clone());
                cells.insert(key, (asked.merged, asked.strata));
            }
        }
    }
    let mut merged = [0; 3];
    for (of_cell, _) in cells.values() {
        for (sum, step) in merged.iter_mut().zip(of_cell) {
            *sum += step;
        }
    }

    Found {
        persons: case.log.holders.accounts_of.clone(),
        copies: case.log.holders.copies,
        reserve: levels::with_reserve(persons as u64) - persons as u64,
        n: levels::with_reserve(persons as u64),
        universal: case.universal.clone(),
        teams: levels::teams(case),
        sites: levels::sites(case),
        vendors: levels::vendors(case),
        near_identical: levels::near_identical(case),
        lead_paths: by_used
            .iter()
            .map(|path| {
                let after = counted.iter().map(|&n| path[n]);
                std::iter::once(path[0]).chain(after).collect()
            })
            .collect(),
        leads: counted
            .iter()
            .map(|&n| claims::lead(by_used, &tested, n))
            .collect(),
        strong_leads: claims::strong_leads(case, by_used, conditional, threshold),
        conditional: conditional.clone(),
        k0,
        naming: claims::naming_paths(case, threshold),
        claims: claims::claims(case, &levels),
        single: case.opinions().0.clone(),
        ring: case.opinions().1.clone(),
        sale_weeks: case.weeks().clone(),
        merged,
        cells: cells.values().map(|(_, strata)| strata).sum(),
        lead_items: sizes(|used| &used.lead),
        frozen_items: sizes(|used| &used.frozen),
        levels,
        used: case.used.to_vec(),
    }
}
