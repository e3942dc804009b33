//! Which figures are compared, and how near they must be.

use std::collections::BTreeMap;

use countersign_core::trace::Exposed;
use countersign_core::trace::exposure::Item as FastItem;
use countersign_core::trace::facts::Facts;
use countersign_core::trace::guard::{Rule, Search, Suspect};
use countersign_core::verdict::LevelKind;

use super::super::reference::{Asked, Bet, Case, Found, Item, Silence};
use super::Fast;

const NEAR: f64 = 1e-9;

/// How much was compared, and what differed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    world: String,
    pub(super) figures: u64,
    /// Claims compared, by level.
    pub(super) claims: BTreeMap<LevelKind, u64>,
    /// Minima over two colleagues: found, and bounded from below.
    pub(super) k2: (u64, u64),
    pub(super) different: Vec<String>,
}

impl Tally {
    pub(super) fn at(&mut self, world: String) {
        self.world = world;
    }

    fn same<T: PartialEq + core::fmt::Debug>(&mut self, what: &str, fast: T, slow: T) {
        self.figures += 1;
        if fast != slow {
            let text = format!("{}: {what}: fast {fast:?}, slow {slow:?}", self.world);
            self.different.push(text);
        }
    }

    fn near(&mut self, what: &str, fast: f64, slow: f64) {
        self.figures += 1;
        let apart = (fast - slow).abs();
        // Two infinities are equal and nothing apart; a NaN is neither.
        if fast != slow && (apart.is_nan() || apart > NEAR * slow.abs().max(1.0)) {
            let text = format!("{}: {what}: fast {fast}, slow {slow}", self.world);
            self.different.push(text);
        }
    }

    fn paths(&mut self, what: &str, fast: &[f64], slow: &[f64]) {
        self.same(what, fast.len(), slow.len());
        for (n, (fast, slow)) in fast.iter().zip(slow).enumerate() {
            self.near(&format!("{what}, used report {n}"), *fast, *slow);
        }
    }
}

fn number(holder: usize) -> u32 {
    u32::try_from(holder).expect("few holders")
}

pub(super) fn compare(fast: &Fast, case: &Case<'_>, slow: &Found, tally: &mut Tally) {
    frame(fast, slow, tally);
    reports(fast, case, slow, tally);
    evidence(fast, case, slow, tally);
    claims(fast, slow, tally);
    page(fast, slow, tally);
}

/// Holders, levels, universal viewers.
fn frame(fast: &Fast, slow: &Found, tally: &mut Tally) {
    tally.same("persons", fast.holders.persons.len(), slow.persons.len());
    tally.same("copies", fast.holders.copies.len(), slow.copies);
    tally.same("N", fast.verdict.accounts + fast.verdict.reserve, slow.n);
    tally.same("reserve", fast.verdict.reserve, slow.reserve);
    tally.same("levels", fast.verdict.levels.len(), slow.levels.len());
    for (fast, slow) in fast.verdict.levels.iter().zip(&slow.levels) {
        tally.same("level", fast.level, slow.kind);
        tally.same("holders of a level", fast.holders, slow.holders);
        tally.near("share of a level", fast.share, slow.share);
        tally.near("threshold", fast.threshold, slow.threshold);
    }
    let universal: Vec<usize> = slow.universal.keys().copied().collect();
    let of_fast = |viewer: &countersign_core::trace::Universal| viewer.holder as usize;
    tally.same(
        "universal viewers",
        fast.outcome.universal.iter().map(of_fast).collect(),
        universal,
    );
    for viewer in &fast.outcome.universal {
        if let Some(&share) = slow.universal.get(&of_fast(viewer)) {
            tally.near("share of a universal viewer", viewer.share, share);
        }
    }
}

/// What is used, items, strata, counts.
fn reports(fast: &Fast, case: &Case<'_>, slow: &Found, tally: &mut Tally) {
    let used: Vec<usize> = slow.used.iter().map(|used| used.report).collect();
    tally.same("used reports", fast.gathered.used.clone(), used);
    let lead = fast.gathered.lead.iter().map(|facts| ("lead", facts));
    let frozen = fast.gathered.frozen.iter().map(|facts| ("frozen", facts));
    let slow_lead = slow.used.iter().map(|used| &used.lead);
    let slow_frozen = slow.used.iter().map(|used| &used.frozen);
    for ((which, facts), asked) in lead.chain(frozen).zip(slow_lead.chain(slow_frozen)) {
        let at = |what: &str| format!("{which}, {what}, asked {:?}", asked.cuts);
        tally.same(&at("cut"), facts.cut.at, asked.cuts.cut);
        tally.same(&at("guard's cut"), facts.cut.guard, asked.cuts.guard);
        let item = match facts.item {
            FastItem::Customer(row) => Item::Customer(row),
            FastItem::Ticket(row) => Item::Ticket(row),
        };
        tally.same(&at("item"), item, asked.item);
        let says = asked.silence.is_none();
        tally.same(&at("says something"), facts.compared.is_some(), says);
        one_report(facts, asked, case, &at(""), tally);
    }
}

fn one_report(facts: &Facts, asked: &Asked, case: &Case<'_>, at: &str, tally: &mut Tally) {
    // Of an open item nothing is counted.
    if asked.silence != Some(Silence::Open) {
        let holders = case.log.before(asked.cuts.cut);
        for (holder, saw) in holders.saw.iter().enumerate() {
            let what = format!("{at}: saw the item, {holder}");
            tally.same(&what, facts.saw(number(holder)), saw.contains(&asked.item));
        }
    }
    let Some(compared) = facts.compared.as_ref().filter(|_| asked.silence.is_none()) else {
        return;
    };
    let size = asked.items.len();
    tally.same(&format!("{at}: items"), compared.items as usize, size);
    for holder in 0..asked.saw.len() {
        let of = |table: &[Vec<bool>]| table[holder].iter().filter(|&&saw| saw).count();
        let what = format!("{at}: count of {holder}");
        tally.same(&what, compared.counts[holder] as usize, of(&asked.saw));
        let what = format!("{at}: guard's count of {holder}");
        tally.same(&what, compared.guards[holder] as usize, of(&asked.guards));
        let guarded = asked.guards[holder][asked.place];
        let what = format!("{at}: guarded by {holder}");
        tally.same(&what, facts.guarded(number(holder)), guarded);
        if let Bet::Staked { q, share, .. } = asked.outside(&[holder], &[]) {
            let fast = f64::from(compared.counts[holder]) / f64::from(compared.items);
            tally.near(&format!("{at}: q of {holder}"), fast, q);
            let totals = &compared.totals;
            let seen = f64::from(totals.seen[holder].max(1));
            let fast = (seen / f64::from(totals.any.max(1))).min(1.0);
            tally.near(&format!("{at}: Q of {holder}"), fast, share);
        }
    }
}

/// Paths and minima.
fn evidence(fast: &Fast, case: &Case<'_>, slow: &Found, tally: &mut Tally) {
    let outcome = &fast.outcome;
    for person in 0..slow.persons.len() {
        let by_used: Vec<f64> = slow
            .used
            .iter()
            .map(|used| slow.lead_paths[person][used.after_reports()])
            .collect();
        let what = format!("lead path of {person}");
        tally.paths(&what, &outcome.lead_paths[person], &by_used);
        let what = format!("frozen path of {person}");
        tally.paths(&what, &outcome.frozen_paths[person], &slow.k0[person][1..]);
    }
    let leads: Vec<Option<usize>> = outcome
        .leads
        .iter()
        .map(|lead| lead.map(|lead| lead.person as usize))
        .collect();
    tally.same("number of leads", leads.len(), slow.leads.len());
    for (n, (fast, slow)) in leads.iter().zip(&slow.leads).enumerate() {
        tally.same(&format!("lead after {}", n + 1), fast, slow);
    }

    let colleagues = &outcome.colleagues;
    for person in case.tested_persons() {
        let suspect = Suspect::new(
            &fast.gathered,
            Exposed::AtCall,
            &[number(person)],
            &fast.holders,
        );
        let conditional = suspect.conditional(colleagues, Search::Complete);
        for (n, point) in slow.conditional[person][1..].iter().enumerate() {
            if let Some((ln_e, _)) = point {
                let what = format!("conditional of {person}, used report {n}");
                tally.near(&what, conditional.log[n], *ln_e);
            }
        }
    }
    let settings = &case.settings;
    let rule = Rule {
        gamma: settings.gamma,
        strike: u32::try_from(settings.strike).expect("small"),
    };
    let threshold = slow.levels[0].threshold;
    for (&person, path) in &slow.naming {
        let suspect = Suspect::new(
            &fast.gathered,
            Exposed::Frozen,
            &[number(person)],
            &fast.holders,
        );
        let one = suspect.outside_one(rule, colleagues, Search::Complete);
        let two = suspect.outside_two(rule, colleagues, threshold);
        for (n, point) in path.iter().enumerate() {
            let what = |k: &str| format!("{k} of {person}, used report {n}");
            if let Some((ln_e, _)) = point.k1 {
                tally.near(&what("k1"), one.log[n], ln_e);
            }
            let Some((ln_e, _)) = point.k2 else { continue };
            if two.exact[n] {
                tally.k2.0 += 1;
                tally.near(&what("k2"), two.log[n], ln_e);
            } else {
                tally.k2.1 += 1;
                tally.same(&what("k2's lower end"), two.log[n] <= ln_e + NEAR, true);
                // A lower end decides like the minimum itself.
                let decided = two.log[n].min(threshold) >= threshold;
                tally.same(&what("k2 passes"), decided, ln_e >= threshold);
            }
        }
    }
}

/// Strong leads and namings.
fn claims(fast: &Fast, slow: &Found, tally: &mut Tally) {
    let strong: Vec<(usize, usize)> = fast
        .outcome
        .strong_leads
        .iter()
        .map(|lead| (lead.person as usize, lead.after_reports))
        .collect();
    tally.same("strong leads", strong, slow.strong_leads.clone());
    let made: Vec<(LevelKind, Vec<usize>, usize)> = fast
        .outcome
        .namings
        .iter()
        .map(|naming| {
            let who = naming.who();
            let members = who.members.iter().map(|&member| member as usize).collect();
            (who.level, members, naming.after_reports())
        })
        .collect();
    let expected = slow
        .claims
        .iter()
        .map(|claim| (claim.level, claim.members.clone(), claim.after_reports))
        .collect();
    let alike = made == expected;
    tally.same("claims", made, expected);
    if !alike {
        return;
    }
    for (fast, slow) in fast.outcome.namings.iter().zip(&slow.claims) {
        *tally.claims.entry(slow.level).or_default() += 1;
        let what = |figure: &str| format!("{figure} of {:?} {:?}", slow.level, slow.members);
        tally.same(&what("group"), fast.who().group.clone(), slow.group.clone());
        tally.same(&what("colluders"), fast.colluders(), slow.colluders);
        tally.near(&what("gamma"), fast.gamma(), slow.gamma);
        tally.same(&what("struck"), fast.struck() as usize, slow.struck);
        let forgeries = fast.forgeries() as usize;
        tally.same(&what("forgeries"), forgeries, slow.forgeries);
    }
}

/// What only the document says.
fn page(fast: &Fast, slow: &Found, tally: &mut Tally) {
    let verdict = &fast.verdict;
    let claims = verdict.named.len() + verdict.set_named.len();
    tally.same("claims on the page", claims, slow.claims.len());
    tally.same("cells", verdict.strata.cells, slow.cells);
    for (step, by) in ["first_seen", "last_seen", "seen_by"].iter().enumerate() {
        let merged = verdict.strata.merged.iter().find(|merged| merged.by == *by);
        let merged = merged.map_or(0, |merged| merged.cells);
        tally.same(&format!("merged by {by}"), merged, slow.merged[step]);
    }
    let sizes = &slow.frozen_items;
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0) as u64;
    tally.same("median of items", verdict.strata.median_items, median);
    let smallest = sizes.first().copied().unwrap_or(0) as u64;
    tally.same("smallest stratum", verdict.strata.smallest_items, smallest);

    let threshold = slow.levels[0].threshold;
    for top in &verdict.top {
        let person: usize = top.holder.parse().expect("names are numbers");
        let what = |figure: &str| format!("{figure} of {person} on the page");
        tally.near(&what("single"), top.single, slow.single[person]);
        tally.near(&what("ring"), top.ring, slow.ring[person]);
        let log_e = slow.lead_paths[person].last().copied().unwrap_or(0.0);
        tally.near(&what("ln E"), top.log_e, log_e);
        let k0 = slow.k0[person].last().copied().unwrap_or(0.0);
        tally.near(&what("k0"), top.outside.k0, k0);
        if let Some((conditional, _)) = slow.conditional[person].last().copied().flatten() {
            tally.near(
                &what("conditional"),
                top.conditional,
                conditional.min(log_e),
            );
        }
        let Some(point) = slow.naming.get(&person).and_then(|path| path.last()) else {
            continue;
        };
        if let Some((k1, _)) = point.k1 {
            tally.near(&what("k1"), top.outside.k1.unwrap_or(f64::NAN), k1);
        }
        if let Some((k2, _)) = point.k2 {
            let found = top.outside.k2.unwrap_or(f64::NAN);
            if top.outside.k2_exact {
                tally.near(&what("k2"), found, k2);
            } else {
                tally.same(&what("k2's lower end"), found <= k2 + NEAR, true);
                tally.same(&what("k2 passes"), found >= threshold, k2 >= threshold);
            }
        }
    }

    let leads = slow.leads.last().copied().flatten().is_some();
    if leads || !slow.strong_leads.is_empty() || !slow.claims.is_empty() {
        let weeks = slow.sale_weeks.len();
        tally.same("number of weeks", verdict.sale_date.len(), weeks);
        for (fast, (monday, weight)) in verdict.sale_date.iter().zip(&slow.sale_weeks) {
            let second = countersign_core::time::Second(u32::try_from(*monday).unwrap_or(0));
            tally.same("Monday", fast.week.clone(), second.date());
            tally.near(&format!("weight of {}", fast.week), fast.weight, *weight);
        }
    }
}
