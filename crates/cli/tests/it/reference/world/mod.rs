//! Small desks with every feature at once, for comparing two implementations.

mod calls;

use countersign_core::desk::{
    Account, AccountKind, Column, Customers, Desk, Export, ExportRows, NONE, Tickets, View,
};
use countersign_core::time::Second;

const DAY: u32 = Second::DAY;

/// Days since 2000 of the log's first day, of the first call, and of the last day.
const OPENED: u32 = 7_000;
const CALLS: u32 = 7_420;
const CLOSED: u32 = 7_600;

/// Knuth's linear congruential generator, upper half.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 32).expect("32 bits are left")
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }

    fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next() as usize % from.len()]
    }

    fn day(&mut self, from: u32, to: u32) -> Second {
        let start = (from + self.below(to - from)) * DAY;
        let clock = if self.percent(5) { 0 } else { self.below(DAY) };
        Second(start + clock)
    }
}

/// Who leaks in a world; the generator's own knowledge, which the method never sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Persons(&'static [u32]),
    Copy(usize),
    Nobody,
}

/// Account rows with a part of their own.
const AUTO_CLOSE: u32 = 0;
const TWINS: [u32; 2] = [4, 5];
const FRAUD_DESK: u32 = 13;

/// A desk with every feature mixed, and its views in order of time.
///
/// Persons with two accounts, twins, a universal viewer, groups of five or more and smaller ones,
/// copies of all three kinds, unresolved actors, orphan tickets, every fate of a report.
pub(crate) fn mixed_world(seed: u64) -> (Desk, Vec<View>) {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66);
    chance.next();
    let mut desk = Desk {
        accounts: accounts(&mut chance),
        customers: customers(&mut chance),
        ..Desk::default()
    };
    desk.tickets = tickets(&mut chance, desk.customers.count);
    desk.exports = exports(&mut chance, &desk);
    let mut views = views(&mut chance, &desk);
    let source = match seed % 8 {
        0 => Source::Persons(&[6]),
        1 => Source::Persons(&TWINS),
        2 if (seed / 8).is_multiple_of(2) => Source::Persons(&[9, 17]),
        2 => Source::Persons(&[6, 9, 17]),
        3 => Source::Copy(2),
        4 => match seed / 8 % 3 {
            0 => Source::Persons(&[14, 15, 16, 17, 18]),
            1 => Source::Persons(&[9, 10, 11, 12, 13, 14]),
            _ => Source::Persons(&[6, 7, 8, 9, 10, 11]),
        },
        5 => Source::Nobody,
        6 => Source::Persons(&[15]),
        _ => Source::Persons(&[3]),
    };
    desk.reports = calls::reports(&mut chance, &desk, &mut views, source);
    views.sort_by_key(|v| (v.second, v.account, v.customer, v.ticket));
    (desk, views)
}

fn accounts(chance: &mut Chance) -> Vec<Account> {
    let count = 20 + chance.below(6);
    let mut accounts: Vec<Account> = (0..count)
        .map(|row| Account {
            id: format!("a{row}"),
            team: match row {
                0 => None,
                1..=8 => Some("front".to_owned()),
                9..=14 => Some("back".to_owned()),
                15..=17 => Some("three".to_owned()),
                _ => None,
            },
            site: match row {
                6..=11 => Some("north".to_owned()),
                13..=15 => Some("south".to_owned()),
                _ => None,
            },
            vendor: match row {
                14..=18 => Some("callco".to_owned()),
                19 => Some("tiny".to_owned()),
                _ => None,
            },
            ..Account::default()
        })
        .collect();
    accounts[AUTO_CLOSE as usize].kind = AccountKind::Service;
    accounts[18].kind = AccountKind::Shared;
    accounts[3].person = Some("three logins".to_owned());
    accounts[7].person = Some("two logins".to_owned());
    accounts[2].person = Some("one login".to_owned());
    // Second logins at the end of the table; the last has a team where the first has another.
    for (person, team) in [
        ("three logins", Some("back")),
        ("two logins", None),
        ("three logins", Some("front")),
    ] {
        accounts.push(Account {
            id: format!("a{}", accounts.len()),
            person: Some(person.to_owned()),
            team: team.map(str::to_owned),
            vendor: Some("tiny".to_owned()),
            ..Account::default()
        });
    }
    accounts
}

fn customers(chance: &mut Chance) -> Customers {
    let count = 400 + chance.below(300);
    // The first column ends early: rows past its end have code 0.
    let plan = (0..count).map(|_| u16::from(chance.percent(6)));
    Customers {
        count,
        columns: vec![
            Column {
                name: "region".to_owned(),
                labels: ["", "north", "south"].map(str::to_owned).to_vec(),
                codes: (0..count - 40)
                    .map(|row| if row % 4 < 3 { 1 } else { 2 })
                    .collect(),
            },
            Column {
                name: "plan".to_owned(),
                labels: ["", "care"].map(str::to_owned).to_vec(),
                codes: plan.collect(),
            },
        ],
        refused: Vec::new(),
    }
}

fn tickets(chance: &mut Chance, customers: u32) -> Tickets {
    let count = customers * 4 / 5;
    Tickets {
        customer: (0..count)
            .map(|_| {
                if chance.percent(5) {
                    NONE
                } else {
                    chance.below(customers)
                }
            })
            .collect(),
        columns: vec![Column {
            name: "queue".to_owned(),
            labels: ["", "printer"].map(str::to_owned).to_vec(),
            codes: (0..count).map(|_| u16::from(chance.percent(10))).collect(),
        }],
        refused: Vec::new(),
    }
}

fn exports(chance: &mut Chance, desk: &Desk) -> Vec<Export> {
    let backup_day = if chance.percent(50) {
        OPENED + 10
    } else {
        CALLS + 60
    };
    let mut listed = |percent: u32| ExportRows::Listed {
        customers: (0..desk.customers.count)
            .filter(|_| chance.percent(percent))
            .collect(),
        tickets: (0..row(desk.tickets.customer.len()))
            .filter(|_| chance.percent(percent))
            .collect(),
    };
    let early = listed(9);
    let late = listed(12);
    let region = ExportRows::Where { column: 0, code: 2 };
    let export = |name: &str, day: u32, account: Option<u32>, rows: ExportRows| Export {
        name: name.to_owned(),
        second: Second(day * DAY),
        account,
        rows,
    };
    vec![
        export("backup", backup_day, Some(12), ExportRows::All),
        export("mailing", OPENED + 90, Some(8), region),
        export("crm extract", OPENED + 200, Some(10), early),
        export("late extract", CALLS + 20, None, late),
    ]
}

/// Anybody but the universal viewer; the last logins are second ones and seldom used.
fn somebody(chance: &mut Chance, desk: &Desk) -> u32 {
    let accounts = row(desk.accounts.len());
    if chance.percent(5) {
        accounts - 1 - chance.below(3)
    } else {
        1 + chance.below(accounts - 4)
    }
}

fn row(index: usize) -> u32 {
    u32::try_from(index).expect("rows are 32 bits")
}

/// Everybody has customers of their own; some are popular; some are never looked at.
fn views(chance: &mut Chance, desk: &Desk) -> Vec<View> {
    let mut tickets_of: Vec<Vec<u32>> = vec![Vec::new(); desk.customers.count as usize];
    for (ticket, &customer) in desk.tickets.customer.iter().enumerate() {
        if customer != NONE {
            tickets_of[customer as usize].push(row(ticket));
        }
    }
    let mut views = Vec::new();
    for customer in 0..desk.customers.count {
        let looks = match chance.below(20) {
            0..=1 => 0,
            2 => 8 + chance.below(14),
            _ => 1 + chance.below(3),
        };
        let owner = somebody(chance, desk);
        // Most customers had their trouble in the same months.
        let (from, to) = match chance.below(10) {
            0..=6 => (OPENED + 180, OPENED + 240),
            7 => (OPENED + 330, CALLS),
            8 => (CALLS, CLOSED),
            _ => (OPENED, CLOSED),
        };
        for look in 0..looks {
            let account = if look == 0 || chance.percent(25) {
                owner
            } else {
                somebody(chance, desk)
            };
            let second = chance.day(from, to);
            views.push(one_view(
                chance,
                desk,
                &tickets_of,
                account,
                customer,
                second,
            ));
        }
        if chance.percent(50) {
            let second = chance.day(OPENED, CLOSED);
            views.push(one_view(
                chance,
                desk,
                &tickets_of,
                AUTO_CLOSE,
                customer,
                second,
            ));
        }
    }
    for (ticket, &customer) in desk.tickets.customer.iter().enumerate() {
        if customer == NONE && chance.percent(70) {
            views.push(View {
                second: chance.day(OPENED, CLOSED),
                account: somebody(chance, desk),
                // A row may name a customer all the same: it shows the ticket only.
                customer: if ticket % 2 == 0 {
                    row(ticket) % desk.customers.count
                } else {
                    NONE
                },
                ticket: row(ticket),
            });
        }
    }
    // The second twin looks at nearly everything a minute after the first, and at nothing else.
    views.retain(|view| view.account != TWINS[1]);
    let first: Vec<View> = views
        .iter()
        .copied()
        .filter(|v| v.account == TWINS[0])
        .collect();
    for view in first {
        if chance.percent(97) {
            views.push(View {
                second: Second(view.second.0 + 60),
                account: TWINS[1],
                ..view
            });
        }
    }
    for view in &mut views {
        if !TWINS.contains(&view.account) && chance.percent(1) {
            view.account = NONE;
        }
    }
    views
}

fn one_view(
    chance: &mut Chance,
    desk: &Desk,
    tickets_of: &[Vec<u32>],
    account: u32,
    customer: u32,
    second: Second,
) -> View {
    let own = &tickets_of[customer as usize];
    let ticket = if own.is_empty() || chance.percent(40) {
        NONE
    } else {
        chance.pick(own)
    };
    let shown = match chance.below(10) {
        0..=3 if ticket != NONE => NONE,
        // The row names another customer: the ticket's own wins.
        4 if ticket != NONE => chance.below(desk.customers.count),
        _ => customer,
    };
    View {
        second,
        account,
        customer: shown,
        ticket,
    }
}
