//! `docs/spec/trace.md` once more, slow and plain, to compare the fast one with.
//!
//! [`trace`] answers everything at once, [`Case`] single questions (any holder, any guard, any Γ),
//! [`mixed_world`] makes the desks. Every question is answered from the views again; the only
//! things kept are the log as of a time and the bets of one holder against one guard.
//!
//! # Where the text left a choice, and what is done here
//!
//! Holders and items
//! 1. A view of a ticket without a known customer, in a row that names a customer, shows both.
//! 2. A copy that is a filter on customers holds customers only, no tickets; a listed ticket does
//!    not bring its customer along; "all" holds every row of both tables, also later ones.
//! 3. Universal viewers: rows that no person saw do not count for a copy ("more than a fifth *of*
//!    those that any person saw"); when a copy was made does not matter.
//! 4. Team, site and vendor of a person: of its first account *that names one*.
//! 5. Teams, sites and vendors are counted without their universal viewers, need five persons
//!    then, and only such groups stand in the level's number of holders. All copies stand in
//!    theirs, universal ones too, as all persons stand in N.
//! 6. A level without holders has the threshold ln 0 = −∞, and nobody to pass it.
//!
//! Reports
//! 7. "Nobody saw v": no person and no copy. Such a report has no stratum (0 items), and is
//!    neither in the medians nor in `merged`.
//! 8. A used report's customer may be gone already (its ticket was quoted by somebody else): it is
//!    used, and v is put back into s, as the text says. See [`Repair::GoneSaysNothing`].
//! 9. A quoted ticket without a known customer stays in the pool, as the text says.
//!
//! Evidence
//! 10. Q of a set: the sum of the members' counts as they are, then at least 1. Q of a copy: all
//!     its rows, whenever it was made.
//! 11. k1 and k2 are smallest over exactly one and exactly two others; a naming needs each of k0 …
//!     k, so it does not matter for claims. Ties: the smallest numbers.
//! 12. Ranking for pairs and sets: k0 of the naming rule (frozen, Γ, struck). S is summed in order
//!     and the struck factors are taken off largest first.
//! 13. "The log knows no customers": no view in all of it shows one. Two persons that saw nothing
//!     are not near-identical. 0.9 is compared in whole numbers.
//!
//! Claims
//! 14. "Only while none of its members is named" is asked when a set is claimed; a set that was
//!     claimed stays, also when a member is named later.
//! 15. After one report persons are tried first, then sets of all levels from small to large (ties:
//!     order of the levels, then numbers), each knowing what was claimed just before it.
//! 16. "Smaller": fewer members, all of them in the set. Equal sets of two levels are both claimed;
//!     the same set around two persons is claimed once.
//! 17. `gamma` and `forgeries` are those of the moment of the naming. `colluders` is the setting.
//!
//! The rest
//! 18. Second opinions: b runs over persons and copies. "At least one hit": b saw v in a report
//!     that says something, also where q is 1. "The larger end's value": the larger of the two.
//! 19. Weeks: the last call is that of the used reports ("only used reports enter what follows");
//!     Q as of min(w, t) means as of the start of its day, so that a late w gives the lead's
//!     evidence; the first of the ranking has weeks even if it is no lead.
//! 20. `merged` is summed over the used reports' own cells at each of their cuts, whether or not
//!     another report asked the same; cells are counted over both cuts and both kinds.
//!
//! # Where the text breaks its promise
//!
//! The text is followed unless [`Settings::repairs`] says otherwise; `proofs/holes.rs` has a small
//! world for each hole, in which an innocent holder is named or a factor's mean is over 1.

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

use std::collections::{BTreeMap, BTreeSet};

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
    /// Holes of the text to close; none = the text as it stands.
    pub(crate) repairs: BTreeSet<Repair>,
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
            repairs: BTreeSet::new(),
        }
    }
}

/// A place where the text breaks its own promise, and the smallest change that keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repair {
    /// A report about an item that is gone says nothing; a quoted ticket is gone itself.
    GoneSaysNothing,
    /// Items that neither a person nor a copy saw are in no stratum.
    UnseenInNoStratum,
    /// A guard holds what its members saw before the call, not only before the frozen cut.
    GuardUpToTheCall,
    /// A guard member who made a copy has its rows from then on.
    MakerHasTheRows,
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
    /// Sums over the used reports' own cells at the lead's cut, and at the frozen one.
    pub(crate) merged_lead: [u64; 3],
    pub(crate) merged_frozen: [u64; 3],
    /// Distinct cells with an item that is not open at a cut of a used report.
    pub(crate) cells: usize,
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
    let case = Case::open(desk, views, settings);
    let (persons, used) = (case.persons(), case.used.len());
    let tested = case.tested_persons();
    let levels = levels::levels(&case);
    let threshold = levels[0].threshold;

    let by_used: Vec<Path> = (0..persons)
        .map(|a| (0..=used).map(|n| case.lead_evidence(a, n)).collect())
        .collect();
    let conditional: Vec<Vec<_>> = (0..persons)
        .map(|a| (0..=used).map(|n| case.conditional(a, n)).collect())
        .collect();
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
    let merged = |asked: fn(&Used) -> &Asked| {
        let mut sum = [0; 3];
        for used in &case.used {
            for (step, merged) in asked(used).merged.into_iter().enumerate() {
                sum[step] += merged;
            }
        }
        sum
    };
    let mut cells = BTreeSet::new();
    for used in &case.used {
        for asked in [&used.lead, &used.frozen] {
            cells.extend(asked::cells_at(desk, &case.log.before(asked.cut)));
        }
    }

    Found {
        persons: case.log.holders.accounts_of.clone(),
        copies: case.log.holders.copies,
        reserve: levels::with_reserve(persons as u64) - persons as u64,
        n: levels::with_reserve(persons as u64),
        universal: case.universal.clone(),
        teams: levels::teams(&case),
        sites: levels::sites(&case),
        vendors: levels::vendors(&case),
        near_identical: levels::near_identical(&case),
        lead_paths: by_used
            .iter()
            .map(|path| {
                let after = counted.iter().map(|&n| path[n]);
                std::iter::once(path[0]).chain(after).collect()
            })
            .collect(),
        leads: counted
            .iter()
            .map(|&n| claims::lead(&by_used, &tested, n))
            .collect(),
        strong_leads: claims::strong_leads(&case, &by_used, &conditional, threshold),
        conditional,
        k0,
        naming: claims::naming_paths(&case, threshold),
        claims: claims::claims(&case, &levels),
        single: (0..persons).map(|a| opinions::single(&case, a)).collect(),
        ring: (0..persons).map(|a| opinions::ring(&case, a)).collect(),
        sale_weeks: claims::first(&by_used, &tested, used)
            .map(|person| weeks::sale_weeks(&case, person))
            .unwrap_or_default(),
        merged_lead: merged(|used| &used.lead),
        merged_frozen: merged(|used| &used.frozen),
        cells: cells.len(),
        lead_items: sizes(|used| &used.lead),
        frozen_items: sizes(|used| &used.frozen),
        levels,
        used: case.used,
    }
}
