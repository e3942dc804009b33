//! What others would do with the same reports: the baselines of the calibration.

use countersign_core::trace::Gathered;

/// Counting hits: names whoever saw more reported items than its share of all items explains.
///
/// One-sided binomial test at alpha / accounts, looked at after every report, as a careful analyst
/// with a spreadsheet would do.
pub(super) fn counting_names(gathered: &Gathered, persons: usize, alpha: f64) -> Vec<u32> {
    let mut named = Vec::new();
    for person in (0_u32..).take(persons) {
        let (mut hits, mut trials, mut share) = (0_u64, 0_u64, 0.0);
        for facts in &gathered.lead {
            let Some(compared) = &facts.compared else {
                continue;
            };
            trials += 1;
            hits += u64::from(facts.saw(person));
            let totals = &compared.totals;
            share += f64::from(totals.seen[person as usize]) / f64::from(totals.any.max(1));
            let chance = share / trials as f64;
            if hits > 0 && tail(hits, trials, chance) <= alpha / persons as f64 {
                named.push(person);
                break;
            }
        }
    }
    named
}

/// P(X ≥ hits) of a binomial.
fn tail(hits: u64, trials: u64, chance: f64) -> f64 {
    if chance <= 0.0 {
        return 0.0;
    }
    if chance >= 1.0 {
        return 1.0;
    }
    let mut term = trials as f64 * (1.0 - chance).ln();
    let mut below = term.exp();
    for hit in 1..hits {
        term += ((trials - hit + 1) as f64 / hit as f64).ln() + (chance / (1.0 - chance)).ln();
        below += term.exp();
    }
    (1.0 - below).max(0.0)
}

/// The guilt model of Papadimitriou and Garcia-Molina (2011), guessing chance a half.
///
/// Guilt of an agent = 1 − Π over leaked objects that it had of (1 − (1 − p) / holders of it); names
/// whoever's guilt is over 1 − alpha and larger than everybody else's.
pub(super) fn guilt_names(gathered: &Gathered, persons: usize, alpha: f64) -> Vec<u32> {
    let mut innocence = vec![0.0_f64; persons];
    let mut named = Vec::new();
    for facts in &gathered.lead {
        if facts.compared.is_none() {
            continue;
        }
        let holders: Vec<u32> = facts
            .holders
            .iter()
            .copied()
            .filter(|&h| (h as usize) < persons)
            .collect();
        for &holder in &holders {
            innocence[holder as usize] += (1.0 - 0.5 / holders.len() as f64).ln();
        }
        let guiltiest = (0_u32..)
            .zip(&innocence)
            .min_by(|(_, one), (_, two)| one.total_cmp(two));
        if let Some((person, innocence)) = guiltiest
            && *innocence <= alpha.ln()
            && !named.contains(&person)
        {
            named.push(person);
        }
    }
    named
}
