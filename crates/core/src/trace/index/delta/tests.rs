//! An index with what was added to it answers as one that was built from all views.

use super::*;
use crate::desk::{Account, Column, Customers, Export, Tickets};
use crate::trace::exposure::{Ask, Cut, Exposures, Item};
use crate::trace::index::{Sweep, build_in_memory};
use crate::trace::strata::Class;

struct Random(u64);

impl Random {
    fn below(&mut self, below: u32) -> u32 {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from((self.0 >> 33) % u64::from(below)).unwrap()
    }

    fn one_in(&mut self, of: u32) -> bool {
        self.below(of) == 0
    }
}

/// A desk as it is at the end, and as it was when so many of its rows were known.
struct World {
    desk: Desk,
    views: Vec<View>,
}

const FROM: u32 = 600_000_000;
const SPAN: u32 = 60 * Second::DAY;

impl World {
    fn new(random: &mut Random) -> Self {
        let (accounts, customers, tickets) = (3 + random.below(8), 30, 60);
        let column = |random: &mut Random, name: &str, rows: u32| Column {
            name: name.to_owned(),
            labels: (0..3).map(|label| label.to_string()).collect(),
            codes: (0..rows)
                .map(|_| u16::try_from(random.below(3)).unwrap())
                .collect(),
        };
        let mut desk = Desk {
            accounts: (0..accounts)
                .map(|account| Account {
                    id: account.to_string(),
                    ..Account::default()
                })
                .collect(),
            customers: Customers {
                count: customers,
                // Later rows are of an unknown value.
                columns: vec![column(random, "region", 8)],
                ..Customers::default()
            },
            tickets: Tickets {
                customer: (0..tickets)
                    .map(|ticket| {
                        if random.one_in(6) {
                            NONE
                        } else {
                            random.below(customers.min(10 + ticket / 2))
                        }
                    })
                    .collect(),
                columns: vec![column(random, "queue", 10)],
                ..Tickets::default()
            },
            ..Desk::default()
        };
        let made = |rows| Export {
            name: "copy".to_owned(),
            second: Second(FROM + SPAN / 2),
            account: Some(0),
            rows,
        };
        desk.exports = vec![
            made(ExportRows::All),
            made(ExportRows::Where { column: 0, code: 0 }),
            made(ExportRows::Listed {
                customers: vec![1, 2],
                tickets: vec![3],
            }),
        ];
        let count = random.below(900);
        let views = (0..count)
            .map(|number| {
                // Most of what there is comes up in the course of the log.
                let met = |all: u32| 1 + all / 3 + all * 2 * number / (3 * count);
                View {
                    second: Second(FROM + random.below(SPAN)),
                    account: match random.below(200) {
                        0 => NONE,
                        _ => random.below(met(accounts).min(accounts)),
                    },
                    customer: random.below(met(customers).min(customers)),
                    ticket: match random.below(3) {
                        0 => NONE,
                        _ => random.below(met(tickets).min(tickets)),
                    },
                }
            })
            .collect();
        Self { desk, views }
    }

    /// The desk with the rows that views up to here name; the tables knew some anyway.
    fn known(&self, views: &[View], anyway: u32, learned: bool) -> Desk {
        let mut desk = self.desk.clone();
        let rows = |of: &dyn Fn(&View) -> u32, anyway: u32| {
            let named = views.iter().map(of).filter(|&row| row != NONE);
            named.map(|row| row + 1).max().unwrap_or(0).max(anyway)
        };
        desk.accounts.truncate(at(rows(&|view| view.account, 1)));
        let tickets = at(rows(&|view| view.ticket, anyway));
        desk.tickets.customer.truncate(tickets);
        let owners = desk.tickets.customer.iter().filter(|&&owner| owner != NONE);
        let owned = owners.map(|&owner| owner + 1).max().unwrap_or(0);
        desk.customers.count = rows(&|view| view.customer, anyway).max(owned);
        if !learned {
            for owner in desk.tickets.customer.iter_mut().step_by(5) {
                *owner = NONE;
            }
        }
        desk
    }
}

/// What a log says about everything that can be asked, in an order of its own.
fn answers(log: &dyn Exposures, desk: &Desk, random: &mut Random) -> Vec<String> {
    let mut said = vec![format!("{} {:?}", log.holders(), log.span())];
    let items: Vec<Item> = (0..desk.customers.count)
        .map(Item::Customer)
        .chain((0..index_u32(desk.tickets.customer.len())).map(Item::Ticket))
        .collect();
    for _ in 0..4 {
        let before = Second(FROM + random.below(SPAN + Second::DAY));
        let cut = Cut {
            at: before,
            guard: Second(before.0 + random.below(5) * 9000),
        };
        let mut asks = Vec::new();
        for &item in &items {
            let seen = log.seen(item, cut);
            said.push(format!("{item:?} {cut:?} {seen:?}"));
            said.push(format!("{:?}", log.first_seen_item(item, cut.at, 1)));
            if let Some(seen) =
                seen.filter(|seen| seen.class != Class::OPEN && !seen.holders.is_empty())
            {
                asks.push(Ask {
                    kind: item.kind(),
                    cut,
                    cell: seen.cell,
                    class: seen.class,
                });
            }
        }
        for stratum in log.strata(&asks) {
            let mut stream: Vec<&[u32]> = stratum.seen_items().collect();
            stream.sort_unstable();
            said.push(format!(
                "{} {} {:?} {:?} {:?} {stream:?}",
                stratum.items, stratum.group, stratum.merging, stratum.counts, stratum.guards
            ));
        }
        said.push(format!("{:?}", log.first_seen(&asks, 0)));
        for kind in [Kind::Customer, Kind::Ticket] {
            said.push(format!(
                "{:?} {:?}",
                log.totals(kind, cut.at),
                log.totals_of_log(kind)
            ));
            said.push(format!("{:?}", log.shared(kind, cut.at, &[0, 1])));
            said.push(format!("{:?}", log.seen_by(kind, cut.at, &[0, 2])));
        }
    }
    let customers: Vec<u32> = (0..desk.customers.count).collect();
    said.push(format!("{:?}", log.tickets_of(&customers)));
    said
}

#[test]
fn an_index_with_views_added_answers_as_one_of_all_views() {
    let (mut moved, mut new) = (0, 0);
    for seed in 0..50 {
        let mut random = Random(seed);
        let world = World::new(&mut random);
        let first = at(random.below(index_u32(world.views.len()) + 1));
        let (built, added) = world.views.split_at(first);
        let anyway = 10 + random.below(15);
        // Of some tickets only a later view says whose they are.
        let mut desk = world.known(built, anyway, false);
        let index = build_in_memory(&desk, &Holders::of(&desk), built);
        let index = index.index();
        let mut delta = Delta::new(&index, &desk);
        let mut end = first;
        let last = added.chunks(1 + added.len() / 3).count();
        for (number, batch) in (1..).zip(added.chunks(1 + added.len() / 3)) {
            end += batch.len();
            let now = world.known(&world.views[..end], anyway, number == last);
            let learned: Vec<u32> = (0..)
                .zip(desk.tickets.customer.iter().zip(&now.tickets.customer))
                .filter(|(_, (before, now))| before != now)
                .map(|(ticket, _)| ticket)
                .collect();
            desk = now;
            delta.add(&index, &desk, &Holders::of(&desk), batch, &learned);
            moved += learned.len();
        }
        assert_eq!(delta.views(), added.len() as u64);
        new += at(delta.customers);
        let holders = Holders::of(&desk);
        let whole = build_in_memory(&desk, &holders, &world.views);
        let asked = |log: &dyn Exposures| answers(log, &desk, &mut Random(seed));
        let with = asked(&Sweep::new(index.with(&delta), &desk));
        let without = asked(&Sweep::new(whole.index(), &desk));
        for (with, without) in with.iter().zip(&without) {
            assert_eq!(with, without, "seed {seed}");
        }
        assert_eq!(with.len(), without.len());
    }
    assert!(moved > 200 && new > 50, "{moved} moved, {new} new");
}

#[test]
fn the_same_view_again_changes_no_answer() {
    let mut random = Random(7);
    let world = World::new(&mut random);
    let holders = Holders::of(&world.desk);
    let index = build_in_memory(&world.desk, &holders, &world.views);
    let index = index.index();
    let mut delta = Delta::new(&index, &world.desk);
    delta.add(&index, &world.desk, &holders, &world.views, &[]);
    let once = answers(
        &Sweep::new(index.clone(), &world.desk),
        &world.desk,
        &mut Random(1),
    );
    let twice = Sweep::new(index.with(&delta), &world.desk);
    assert_eq!(once, answers(&twice, &world.desk, &mut Random(1)));
}
