//! What views that come while a case is open change of it, and what they don't.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;

use countersign_core::desk::NONE;
use countersign_core::record::Seen;
use countersign_core::reference::Reference;
use countersign_import::Silent;

use super::*;
use crate::config;
use crate::views::{Name, Named};

/// 2019-01-01, as a second of ours.
const JANUARY: u32 = 599_616_000;
const DAY: u32 = 86_400;

/// A desk of 600 customers and twelve accounts: two saw each customer.
fn desk(folder: &Path, came: &Came) -> Desk {
    desk_with(folder, came, None)
}

/// The same with a table of copies.
fn desk_with(folder: &Path, came: &Came, copies: Option<&str>) -> Desk {
    let exports = copies.map(|text| {
        let path = folder.join("exports.csv");
        fs::write(&path, text).unwrap();
        path
    });
    let mut text = String::from("time,actor,customer\n");
    for customer in 0..600 {
        for (hour, actor) in [(9, customer % 12), (10, (customer / 12) % 12)] {
            let (day, minute) = (1 + customer / 60, customer % 60);
            let _ = writeln!(
                text,
                "2019-01-{day:02}T{hour:02}:{minute:02}:00Z,desk-{actor},customer-{customer}"
            );
        }
    }
    let events = folder.join("events.csv");
    fs::write(&events, text).unwrap();
    let config = config::Desk {
        events: vec![events],
        exports,
        ..config::Desk::default()
    };
    let now = Second(JANUARY + 400 * DAY);
    Desk::read(&config, folder, now, [7; 32].into(), came, &Silent)
        .unwrap()
        .unwrap()
}

fn report(number: u32, customer: u32) -> Report {
    let called = Second(JANUARY + (200 + number) * DAY);
    Report {
        id: format!("r{number}"),
        received: Second(called.0 + 3600),
        called: Some(called),
        customer: Some(customer),
        quoted: countersign_core::report::Quoted::Nothing,
        channel: countersign_core::report::Channel::default(),
        pretext: None,
        verified: true,
        solicited: false,
        household: Some(customer),
        excluded: None,
    }
}

struct Asking {
    known: Known,
    last: Option<Last>,
}

impl Asking {
    fn judge(&mut self, desk: &mut Desk, reports: u32, is_shown: bool) -> Option<Judged> {
        let question = Question {
            case: Case {
                reference: Reference::new(7),
                title: String::new(),
                from: Second(0),
                until: None,
                alpha: 0.001,
                colluders: 1,
                gamma: 1.5,
                strike: 2,
                freeze_days: 30,
                persons: 12,
                reserve: 3,
            },
            seal: SealKey::new([3; 32]),
            reports: (0..reports).map(|n| report(n, n * 12)).collect(),
            last: self.last.clone(),
            is_shown,
        };
        let judged = judged(desk, &mut self.known, &question).unwrap()?;
        self.last = Some(Last {
            run: judged.verdict.run,
            version: judged.verdict.version,
            reports: judged.reports,
            digest: judged.judged.clone(),
            verdict: judged.digest.clone(),
        });
        Some(judged)
    }
}

/// A view of a customer, with names for the first.
fn came(second: u32, account: (u32, &str), customer: (u32, &str)) -> Came {
    let named = |what, (number, name): (u32, &str)| Named {
        what,
        number,
        name: name.to_owned(),
    };
    Came {
        named: vec![
            named(Name::Account, account),
            named(Name::Customer, customer),
        ],
        rows: vec![Seen {
            second: Second(second),
            account: account.0,
            customer: customer.0,
            ticket: NONE,
            ..Seen::default()
        }],
    }
}

#[test]
fn views_after_the_calls_leave_a_case_as_it_is_and_late_ones_begin_a_new_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(folder.path(), &Came::default());
    let mut asking = Asking {
        known: Known::default(),
        last: None,
    };
    let first = asking.judge(&mut desk, 20, false).unwrap();
    assert_eq!((first.verdict.run, first.verdict.version), (1, 1));
    let lead = first.verdict.lead.last().cloned().flatten();
    assert!(lead.is_some());

    // After all calls: nothing that counts has changed.
    let after = came(JANUARY + 300 * DAY, (0, "desk-newcomer"), (0, "customer-5"));
    desk.take(&after);
    asking.known = Known::default();
    assert!(asking.judge(&mut desk, 20, true).is_none());
    // Shown anew it is another document: the log goes further. What was bet is the same.
    let again = asking.judge(&mut desk, 20, false).unwrap();
    assert_eq!((again.verdict.run, again.verdict.version), (2, 1));
    assert_eq!(again.judged, first.judged);
    assert_eq!(
        again.verdict.lead, first.verdict.lead,
        "a newcomer renames nobody"
    );
    assert_eq!(again.verdict.coverage.rows, first.verdict.coverage.rows + 1);
    // One more report goes on in the version.
    let more = asking.judge(&mut desk, 21, true).unwrap();
    assert_eq!((more.verdict.run, more.verdict.version), (3, 1));

    // Before the calls: the past is another one.
    let late = came(JANUARY + 5 * DAY, (1, "desk-3"), (1, "customer-12"));
    desk.take(&late);
    asking.known = Known::default();
    let changed = asking.judge(&mut desk, 21, true).unwrap();
    assert_eq!((changed.verdict.run, changed.verdict.version), (4, 2));
    assert!(asking.judge(&mut desk, 21, true).is_none());

    // A start on all of it is the same case.
    let mut all = after.clone();
    all.named.extend(late.named.iter().cloned());
    all.named
        .sort_by_key(|named| (named.what == Name::Customer, named.number));
    all.rows.extend(late.rows.iter().copied());
    let mut desk = super::tests::desk(folder.path(), &all);
    asking.known = Known::default();
    let restarted = asking.judge(&mut desk, 21, false).unwrap();
    assert!(restarted.known, "{:?}", restarted.verdict.coverage);
    assert_eq!(restarted.digest, changed.digest);
}

#[test]
fn a_customer_that_only_views_named_can_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(folder.path(), &Came::default());
    desk.take(&came(JANUARY + DAY, (0, "desk-0"), (0, "customer-new")));
    let met = desk.met();
    let described = Described {
        customer: Some(" customer-new "),
        ..Described::default()
    };
    let placed = met.place(&described, desk.register.place(&described));
    assert_eq!(placed.customer, Some(600));
    let known = Described {
        customer: Some("customer-599"),
        ..Described::default()
    };
    let placed = met.place(&known, desk.register.place(&known));
    assert_eq!(placed.customer, Some(599));
    assert_eq!(desk.holders.persons.len(), 12);
}

/// What is kept between judgings gives the same documents as judging from nothing, whatever views
/// come in between: late ones and later ones, of new accounts, customers and tickets.
#[test]
fn what_is_kept_over_views_is_what_is_found_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept = 0;
    for seed in 0..12_u32 {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(97);
        let mut chance = |of: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % of
        };
        // At every other desk a backup of everything lies about.
        let copies = (seed % 2 == 1).then_some(COPIES);
        let mut desk = desk_with(folder.path(), &Came::default(), copies);
        let mut going_on = Asking {
            known: Known::default(),
            last: None,
        };
        let mut anew = Asking {
            known: Known::default(),
            last: None,
        };
        // Numbers of accounts, customers and tickets that were named so far, and what they are.
        let mut named: [Vec<u32>; 3] = Default::default();
        let mut reports = 0;
        for _ in 0..25 {
            reports += chance(3);
            let mut came = Came::default();
            for _ in 0..chance(4) {
                // Mostly accounts that the desk knows, now and then a new one.
                let account = if chance(12) == 0 {
                    12 + chance(3)
                } else {
                    chance(12)
                };
                let customer = chance(640);
                let ticket = chance(60);
                let mut number = |kind: usize, what, of: u32, name: String| {
                    let known = named[kind].iter().position(|known| *known == of);
                    let number = known.unwrap_or_else(|| {
                        named[kind].push(of);
                        named[kind].len() - 1
                    });
                    let number = u32::try_from(number).unwrap();
                    if known.is_none() {
                        came.named.push(Named { what, number, name });
                    }
                    number
                };
                let account = number(0, Name::Account, account, format!("desk-{account}"));
                let customer = number(1, Name::Customer, customer, format!("customer-{customer}"));
                let ticket = number(2, Name::Ticket, ticket, format!("ticket-{ticket}"));
                // After all calls, between them, or long before.
                let day = match chance(10) {
                    0 => chance(100),
                    1 => 200 + chance(20),
                    _ => 300 + chance(50),
                };
                came.rows.push(Seen {
                    second: Second(JANUARY + day * DAY + chance(DAY)),
                    account,
                    customer: if chance(8) == 0 { NONE } else { customer },
                    ticket: if chance(3) == 0 { NONE } else { ticket },
                    ..Seen::default()
                });
            }
            came.named
                .sort_by_key(|named| (named.what as u8, named.number));
            let added = desk.take(&came);
            going_on.known.go_on(&desk, &added);
            kept += usize::from(!going_on.known.gathered.is_empty());
            anew.known = Known::default();
            let one = going_on.judge(&mut desk, reports, false).unwrap();
            let two = anew.judge(&mut desk, reports, false).unwrap();
            let [one, two] = [one, two].map(|judged| judged.verdict.to_json().unwrap());
            for (one, two) in one.lines().zip(two.lines()) {
                assert_eq!(one, two, "seed {seed}");
            }
            assert_eq!(one.len(), two.len(), "seed {seed}");
        }
    }
    assert!(kept > 100, "{kept}");
}

const COPIES: &str = "time,holder,actor,rows\n2019-01-09T00:00:00Z,backup,desk-3,all\n";

#[test]
fn another_way_to_read_the_same_files_begins_a_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(folder.path(), &Came::default());
    let mut asking = Asking {
        known: Known::default(),
        last: None,
    };
    let mut version = |desk: &mut Desk| {
        let judged = asking.judge(desk, 3, false).unwrap();
        judged.verdict.version
    };
    assert_eq!([version(&mut desk), version(&mut desk)], [1, 1]);
    desk.reading = "timezone \"Asia/Tokyo\"\n".to_owned();
    assert_eq!([version(&mut desk), version(&mut desk)], [2, 2]);
}
