//! §8 of the method: leads, strong leads, namings.

use std::collections::BTreeMap;

use countersign_core::verdict::LevelKind;

use super::case::Case;
use super::levels::{Candidate, Level, candidates, level_of};

/// The grid on which the Γ that a naming survives is looked up.
const GAMMAS: [f64; 9] = [1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0];

/// Forgeries are counted up to here.
const FORGERIES: usize = 50;

/// A claim of the naming rule about one holder or a set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Claim {
    pub(crate) level: LevelKind,
    /// Sorted holders; one for a person or a copy.
    pub(crate) members: Vec<usize>,
    pub(crate) group: Option<String>,
    pub(crate) after_reports: usize,
    pub(crate) colluders: u8,
    pub(crate) gamma: f64,
    pub(crate) struck: usize,
    pub(crate) forgeries: usize,
}

/// Evidence of the naming rule after one used report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NamingPoint {
    pub(crate) after_reports: usize,
    pub(crate) k0: f64,
    /// Smallest over one colleague, and which; `None` where there is no other holder.
    pub(crate) k1: Option<(f64, usize)>,
    /// Smallest over two colleagues, and which; `None` where there are not two others.
    pub(crate) k2: Option<(f64, [usize; 2])>,
}

/// First of the ranking after the first `n` used reports, if its evidence is above 0.
pub(crate) fn lead(ln_e: &[Vec<f64>], tested: &[usize], n: usize) -> Option<usize> {
    first(ln_e, tested, n).filter(|&person| ln_e[person][n] > 0.0)
}

/// First of the ranking; ties: smaller number.
pub(crate) fn first(ln_e: &[Vec<f64>], tested: &[usize], n: usize) -> Option<usize> {
    let mut best: Option<usize> = None;
    for &person in tested {
        if best.is_none_or(|best| ln_e[person][n] > ln_e[best][n]) {
            best = Some(person);
        }
    }
    best
}

/// Strong leads with the report after which they were made, in the order in which they were.
pub(crate) fn strong_leads(
    case: &Case<'_>,
    ln_e: &[Vec<f64>],
    conditional: &[Vec<Option<(f64, usize)>>],
    threshold: f64,
) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for n in 1..=case.used.len() {
        for person in case.tested_persons() {
            let plain = ln_e[person][n];
            let least = conditional[person][n].map_or(plain, |(ln_e, _)| ln_e.min(plain));
            if least >= threshold && !found.iter().any(|&(made, _)| made == person) {
                found.push((person, case.used[n - 1].after_reports()));
            }
        }
    }
    found
}

/// The path of the naming rule for every person that passes it against no colleague, ever.
pub(crate) fn naming_paths(case: &Case<'_>, threshold: f64) -> BTreeMap<usize, Vec<NamingPoint>> {
    let settings = &case.settings;
    let mut paths = BTreeMap::new();
    for person in case.tested_persons() {
        let passes = (1..=case.used.len())
            .any(|n| case.k0(&[person], settings.gamma, settings.strike, n) >= threshold);
        if passes {
            paths.insert(person, case.naming_path(&[person]));
        }
    }
    paths
}

impl Case<'_> {
    /// The path of the naming rule for any holder or set, an entry a used report.
    pub(crate) fn naming_path(&self, members: &[usize]) -> Vec<NamingPoint> {
        let (gamma, strike) = (self.settings.gamma, self.settings.strike);
        (1..=self.used.len())
            .map(|n| NamingPoint {
                after_reports: self.used[n - 1].after_reports(),
                k0: self.k0(members, gamma, strike, n),
                k1: self.k1(members, gamma, strike, n),
                k2: self.k2(members, gamma, strike, n),
            })
            .collect()
    }
}

/// All claims as they stand after the last report, in the order in which they are made.
pub(crate) fn claims(case: &Case<'_>, levels: &[Level]) -> Vec<Claim> {
    let mut made: Vec<Candidate> = Vec::new();
    let mut claims = Vec::new();
    for n in 1..=case.used.len() {
        let persons = case.tested_persons().into_iter().map(|person| Candidate {
            level: LevelKind::Person,
            members: vec![person],
            group: None,
        });
        for candidate in persons.chain(candidates(case, n)) {
            if !may_be_claimed(&candidate, &made) {
                continue;
            }
            let threshold = level_of(levels, candidate.level).threshold;
            let settings = &case.settings;
            let (gamma, strike) = (settings.gamma, settings.strike);
            if case.passes(
                &candidate.members,
                threshold,
                settings.colluders,
                gamma,
                strike,
                n,
            ) {
                claims.push(claim(case, &candidate, threshold, n));
                made.push(candidate);
            }
        }
    }
    claims
}

/// No member is named, and no claimed set (nor the candidate itself) lies in it.
fn may_be_claimed(candidate: &Candidate, made: &[Candidate]) -> bool {
    let lies_in = |claim: &Candidate| claim.members.iter().all(|m| candidate.members.contains(m));
    !made.iter().any(lies_in)
}

/// How far a claim holds, over all used reports.
fn claim(case: &Case<'_>, candidate: &Candidate, threshold: f64, n: usize) -> Claim {
    let settings = &case.settings;
    let (gamma, strike) = (settings.gamma, settings.strike);
    let ever = |k: u8, gamma: f64, strike: usize| {
        (1..=case.used.len())
            .rev()
            .any(|n| case.passes(&candidate.members, threshold, k, gamma, strike, n))
    };
    let k = settings.colluders;
    let mut reached = gamma;
    for larger in GAMMAS {
        if larger > reached && ever(k, larger, strike) {
            reached = larger;
        }
    }
    Claim {
        level: candidate.level,
        members: candidate.members.clone(),
        group: candidate.group.clone(),
        after_reports: case.used[n - 1].after_reports(),
        colluders: if ever(2, gamma, strike) { 2 } else { k },
        gamma: reached,
        struck: strike,
        forgeries: (strike + 1..FORGERIES)
            .find(|&struck| !ever(k, gamma, struck))
            .unwrap_or(FORGERIES),
    }
}
