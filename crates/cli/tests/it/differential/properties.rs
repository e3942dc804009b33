//! What must not change the answer: later reports, the order of rows, numbers, threads.

use countersign_core::desk::{Desk, NONE, View};
use countersign_core::time::Second;
use countersign_core::trace::{Naming, Settings, StrongLead};
use rayon::prelude::*;

use super::super::reference::mixed_world;
use super::{Fast, fast, settings};

/// One seed for every source of a leak, two of some.
const SEEDS: [u64; 10] = [0, 1, 2, 3, 4, 6, 7, 9, 10, 12];

fn lenient() -> Settings {
    settings(0.5, 1.5, 1, 1)
}

/// A claim without what grows with later reports.
fn made(naming: &Naming) -> (usize, String) {
    (naming.after_reports(), format!("{:?}", naming.who()))
}

#[test]
fn what_is_said_after_n_reports_is_never_changed_by_the_reports_behind_them() {
    SEEDS.into_par_iter().for_each(|seed| {
        let (desk, views) = mixed_world(seed);
        let long = fast(&desk, &views, &lenient());
        for n in 0..=desk.reports.len() {
            let mut first = desk.clone();
            first.reports.truncate(n);
            let short = fast(&first, &views, &lenient());
            let used = short.gathered.used.len();
            assert_eq!(short.gathered.used, long.gathered.used[..used]);
            assert_eq!(short.outcome.leads, long.outcome.leads[..n]);
            for (short, long) in [
                (&short.outcome.lead_paths, &long.outcome.lead_paths),
                (&short.outcome.frozen_paths, &long.outcome.frozen_paths),
            ] {
                for (short, long) in short.iter().zip(long) {
                    assert_eq!(short[..], long[..used], "seed {seed}, {n} reports");
                }
            }
            let until = |lead: &&StrongLead| lead.after_reports <= n;
            let strong: Vec<StrongLead> = long
                .outcome
                .strong_leads
                .iter()
                .filter(until)
                .copied()
                .collect();
            assert_eq!(short.outcome.strong_leads, strong);
            let until = |naming: &&Naming| naming.after_reports() <= n;
            let expected: Vec<&Naming> = long.outcome.namings.iter().filter(until).collect();
            let found = &short.outcome.namings;
            assert_eq!(found.len(), expected.len(), "seed {seed}, {n} reports");
            for (short, long) in found.iter().zip(expected) {
                assert_eq!(made(short), made(long));
                // How far it holds is asked at every report so far: it can only grow.
                assert!(short.gamma() <= long.gamma());
                assert!(short.forgeries() <= long.forgeries());
                assert!(short.colluders() <= long.colluders());
            }
            if used > 0 {
                assert_eq!(short.outcome.universal, long.outcome.universal);
            }
        }
    });
}

fn page(fast: &Fast) -> String {
    serde_json::to_string(&fast.verdict).expect("a verdict is JSON")
}

/// Views of whole days and of few minutes, so that many share a second.
fn coarse(views: &[View]) -> Vec<View> {
    let mut views: Vec<View> = views
        .iter()
        .map(|view| View {
            second: Second(view.second.0 - view.second.0 % (6 * 3_600)),
            ..*view
        })
        .collect();
    views.sort_by_key(|view| view.second);
    views
}

#[test]
fn the_order_of_views_of_one_second_does_not_matter() {
    SEEDS.into_par_iter().for_each(|seed| {
        let (desk, views) = mixed_world(seed);
        let mut views = coarse(&views);
        let same = views
            .windows(2)
            .filter(|two| two[0].second == two[1].second);
        assert!(same.count() > 500);
        let sorted = page(&fast(&desk, &views, &lenient()));
        // Backwards within each second, then by account.
        views.reverse();
        views.sort_by_key(|view| view.second);
        assert!(page(&fast(&desk, &views, &lenient())) == sorted, "{seed}");
        views.sort_by_key(|view| (view.second, view.account, view.ticket, view.customer));
        assert!(page(&fast(&desk, &views, &lenient())) == sorted, "{seed}");
        // No order at all.
        views.sort_by_key(|view| (view.customer, view.account, view.ticket, view.second));
        assert!(page(&fast(&desk, &views, &lenient())) == sorted, "{seed}");
    });
}

#[test]
fn one_thread_and_four_write_the_same_page() {
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        let (desk, views) = mixed_world(seed);
        pool.install(|| page(&fast(&desk, &views, &settings(0.5, 1.5, 1, 2))))
    };
    for seed in SEEDS {
        assert!(on(1, seed) == on(4, seed), "{seed}");
    }
}

/// The same desk with the accounts in another order, and the new row of each old one.
fn renumbered(desk: &Desk, views: &[View]) -> (Desk, Vec<View>, Vec<usize>) {
    let many = desk.accounts.len();
    // 7 has no common divisor with any number of accounts here but 21 and 28.
    let step = if many.is_multiple_of(7) { 5 } else { 7 };
    let row_of: Vec<usize> = (0..many).map(|row| (row * step + 3) % many).collect();
    let mut other = desk.clone();
    for (row, account) in desk.accounts.iter().enumerate() {
        other.accounts[row_of[row]] = account.clone();
    }
    let new = |row: u32| u32::try_from(row_of[row as usize]).expect("few accounts");
    for export in &mut other.exports {
        export.account = export.account.map(new);
    }
    let views = views
        .iter()
        .map(|view| View {
            account: if view.account == NONE {
                NONE
            } else {
                new(view.account)
            },
            ..*view
        })
        .collect();
    (other, views, row_of)
}

#[test]
fn the_numbers_of_the_accounts_do_not_matter() {
    SEEDS.into_par_iter().for_each(|seed| {
        let (mut desk, views) = mixed_world(seed);
        // The person of several logins is of the first one's team: which is first must not matter.
        for account in &mut desk.accounts {
            if account.person.is_some() {
                (account.team, account.site, account.vendor) = (None, None, None);
            }
        }
        let (other, of_other, row_of) = renumbered(&desk, &views);
        let one = fast(&desk, &views, &lenient());
        let two = fast(&other, &of_other, &lenient());
        let persons = one.holders.persons.len();
        // Copies keep their numbers.
        let mut person_of: Vec<u32> = (0..).take(one.holders.len()).collect();
        for (row, &new) in row_of.iter().enumerate() {
            let person = one.holders.of_account[row] as usize;
            person_of[person] = two.holders.of_account[new];
        }
        for (person, &new) in person_of.iter().take(persons).enumerate() {
            let (one, two, new) = (&one.outcome, &two.outcome, new as usize);
            assert_eq!(one.lead_paths[person], two.lead_paths[new]);
            assert_eq!(one.frozen_paths[person], two.frozen_paths[new]);
        }
        let strong = |leads: &[StrongLead], of: &dyn Fn(u32) -> u32| {
            let mut leads: Vec<(usize, u32)> = leads
                .iter()
                .map(|lead| (lead.after_reports, of(lead.person)))
                .collect();
            leads.sort_unstable();
            leads
        };
        assert_eq!(
            strong(&one.outcome.strong_leads, &|old| person_of[old as usize]),
            strong(&two.outcome.strong_leads, &|new| new)
        );
        let claims = |namings: &[Naming], of: &dyn Fn(u32) -> u32| {
            let mut claims: Vec<_> = namings
                .iter()
                .map(|naming| {
                    let who = naming.who();
                    let mut members: Vec<u32> = who.members.iter().map(|&m| of(m)).collect();
                    members.sort_unstable();
                    let far = (
                        naming.colluders(),
                        naming.gamma().to_bits(),
                        naming.forgeries(),
                    );
                    (naming.after_reports(), who.level, members, far)
                })
                .collect();
            claims.sort_unstable();
            claims
        };
        assert_eq!(
            claims(&one.outcome.namings, &|old| person_of[old as usize]),
            claims(&two.outcome.namings, &|new| new),
            "seed {seed}"
        );
    });
}
