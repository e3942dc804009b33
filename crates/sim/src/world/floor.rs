//! The desk at work: accounts in teams and shifts, customers, tickets, and who opens what.

use countersign_core::desk::{Account, Column, Customers, Desk, NONE, Tickets, View};
use countersign_core::time::Second;

use super::{START, Size};
use crate::chance::Chance;
use crate::names::login;

/// What is special about the desk of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Ten teams or so, several of which serve any customer.
    Plain,
    /// One product of 6 % of the customers is served by two specialists.
    Specialists,
    /// Two customers in five are contacts of companies of eight with an account manager.
    Companies,
}

/// A desk in the making.
#[derive(Debug)]
pub(super) struct Floor {
    pub(super) size: Size,
    pub(super) chance: Chance,
    pub(super) desk: Desk,
    pub(super) views: Vec<View>,
    /// Ordinary accounts, who work in teams; the fraud desk and the hot line come after them.
    pub(super) workers: u32,
    pub(super) fraud_desk: [u32; 2],
    pub(super) hot_line: [u32; 2],
    /// Team of each worker.
    pub(super) team_of: Vec<u16>,
    /// Workers of each team, each as often as it is active.
    pools: Vec<Vec<u32>>,
    /// The colleague of the next shift who takes an account's open tickets over.
    pub(super) partner: Vec<u32>,
    /// Home team of each customer.
    home: Vec<u16>,
    pub(super) product: Vec<u16>,
    /// Company of each customer, [`NONE`] for private persons.
    pub(super) company: Vec<u32>,
    pub(super) specialists: [u32; 2],
    /// First ticket of each customer and, at the end, the number of tickets.
    pub(super) first_ticket: Vec<u32>,
    pub(super) opened: Vec<Second>,
}

impl Floor {
    /// Hires the staff, signs up the customers and lets the desk work for all days.
    pub(super) fn at_work(size: &Size, shape: Shape, chance: Chance) -> Self {
        let workers = size.accounts - 4;
        let mut floor = Self {
            size: size.clone(),
            chance,
            desk: Desk::default(),
            views: Vec::with_capacity(size.customers as usize * 13),
            workers,
            fraud_desk: [workers, workers + 1],
            hot_line: [workers + 2, workers + 3],
            team_of: Vec::new(),
            pools: Vec::new(),
            partner: Vec::new(),
            home: Vec::new(),
            product: Vec::new(),
            company: Vec::new(),
            specialists: [0, 0],
            first_ticket: Vec::new(),
            opened: Vec::new(),
        };
        floor.hire();
        floor.sign_up(shape);
        floor.work(shape);
        floor
    }

    /// The end of the log; what would happen later is not recorded.
    pub(super) fn end(&self) -> Second {
        Second(START.0 + self.size.days * Second::DAY)
    }

    /// The second at which this day of the log begins.
    pub(super) fn day(&self, day: u32) -> Second {
        Second(START.0 + day * Second::DAY)
    }

    /// Tickets of a customer, rows.
    pub(super) fn tickets_of(&self, customer: u32) -> std::ops::Range<u32> {
        self.first_ticket[customer as usize]..self.first_ticket[customer as usize + 1]
    }

    /// The first moment of the account's shifts after `second`.
    pub(super) fn on_shift(&mut self, account: u32, second: Second) -> Second {
        let start = [6, 14, 22][account as usize / self.pools.len() % 3] * 3_600;
        let mut day = (second.0 - START.0) / Second::DAY;
        let into = (second.0 - START.0) % Second::DAY;
        let mut moment = if into < start {
            start + self.chance.below(3 * 3_600)
        } else if into < start + 8 * 3_600 {
            into + self.chance.below(900)
        } else {
            day += 1;
            start + self.chance.below(3 * 3_600)
        };
        // Two days off a week, others for each account.
        while (day + account / 3) % 7 < 2 {
            day += 1;
            moment = start + self.chance.below(8 * 3_600);
        }
        Second(START.0 + day * Second::DAY + moment)
    }

    /// Records a view; after the end of the log nothing is recorded.
    pub(super) fn see(&mut self, account: u32, second: Second, customer: u32, ticket: u32) {
        if second < self.end() {
            self.views.push(View {
                second,
                account,
                customer,
                ticket,
            });
        }
    }

    /// A worker of the customer's home team, the busier the likelier.
    pub(super) fn at_home(&mut self, customer: u32) -> u32 {
        let pool = &self.pools[self.home[customer as usize] as usize];
        pool[self.chance.below(pool.len() as u32) as usize]
    }

    /// Another worker of the same team.
    pub(super) fn colleague(&mut self, account: u32) -> u32 {
        let pool = &self.pools[self.team_of[account as usize] as usize];
        for _ in 0..20 {
            let other = pool[self.chance.below(pool.len() as u32) as usize];
            if other != account {
                return other;
            }
        }
        self.partner[account as usize]
    }

    /// A worker of any team but this account's.
    pub(super) fn outsider(&mut self, account: u32) -> u32 {
        loop {
            let other = self.chance.below(self.workers);
            if self.team_of[other as usize] != self.team_of[account as usize] {
                return other;
            }
        }
    }

    /// A worker who is not the least busy of its team.
    pub(super) fn worker(&mut self) -> u32 {
        loop {
            let account = self.chance.below(self.workers);
            if activity(account) > 1 && !self.specialists.contains(&account) {
                return account;
            }
        }
    }

    fn hire(&mut self) {
        let teams = (self.workers / 10).max(2);
        self.pools = vec![Vec::new(); teams as usize];
        for account in 0..self.workers {
            let team = account % teams;
            self.team_of.push(team as u16);
            for _ in 0..activity(account) {
                self.pools[team as usize].push(account);
            }
            // Rows of a team are `teams` apart, and shifts go round in that order.
            let next = account + teams;
            self.partner
                .push(if next < self.workers { next } else { team });
        }
        self.specialists = [1, 1 + teams];
        self.desk.accounts = (0..self.size.accounts)
            .map(|row| Account {
                id: login(row),
                team: Some(match row.checked_sub(self.workers) {
                    None => format!("team-{:02}", row % teams + 1),
                    Some(0 | 1) => "fraud-desk".to_owned(),
                    Some(_) => "hot-line".to_owned(),
                }),
                site: Some(["Pune", "Lisbon", "Halifax"][(row % teams % 3) as usize].to_owned()),
                ..Account::default()
            })
            .collect();
    }

    fn sign_up(&mut self, shape: Shape) {
        let count = self.size.customers;
        let teams = self.pools.len();
        let products: [u32; 4] = match shape {
            Shape::Specialists => [40, 30, 24, 6],
            Shape::Plain | Shape::Companies => [38, 28, 20, 14],
        };
        // Team t looks after region t mod 4 and a product; nobody is served by one team only.
        let mut teams_for = Vec::with_capacity(16);
        for cell in 0..16_usize {
            let weights: Vec<u32> = (0..teams)
                .map(
                    |team| match (team % 4 == cell % 4, (team / 2) % 4 == cell / 4) {
                        (true, true) => 8,
                        (true, false) => 5,
                        (false, true) => 3,
                        (false, false) => 1,
                    },
                )
                .collect();
            teams_for.push(weights);
        }
        let mut region = Vec::with_capacity(count as usize);
        for customer in 0..count {
            let here = self.chance.weighted(&[35, 30, 20, 15]);
            let product = self.chance.weighted(&products);
            let home = self.chance.weighted(&teams_for[here + 4 * product]);
            region.push(here as u16 + 1);
            self.product.push(product as u16 + 1);
            self.home.push(home as u16);
            let in_company = shape == Shape::Companies && customer < count / 5 * 2 / 8 * 8;
            self.company
                .push(if in_company { customer / 8 } else { NONE });
        }
        let label = |names: [&str; 5]| names.map(str::to_owned).to_vec();
        self.desk.customers = Customers {
            count,
            columns: vec![
                Column {
                    name: "region".to_owned(),
                    labels: label(["", "Americas", "Europe", "Asia", "Oceania"]),
                    codes: region,
                },
                Column {
                    name: "product".to_owned(),
                    labels: label(["", "Basic", "Family", "Business", "Vault"]),
                    codes: self.product.clone(),
                },
            ],
            refused: Vec::new(),
        };
    }

    fn work(&mut self, shape: Shape) {
        let mut customer_of = Vec::with_capacity(self.size.customers as usize * 2);
        for customer in 0..self.size.customers {
            self.first_ticket.push(customer_of.len() as u32);
            let special = shape == Shape::Specialists && self.product[customer as usize] == 4;
            let manager = self.manager(customer);
            for _ in 0..self.contacts() {
                let ticket = customer_of.len() as u32;
                customer_of.push(customer);
                let span = self.size.days * Second::DAY;
                let opened = Second(START.0 + self.chance.below(span));
                self.opened.push(opened);
                if special {
                    self.specialist_ticket(customer, ticket, opened);
                } else {
                    self.ticket(customer, ticket, opened, manager);
                }
            }
            self.record_views(customer, special, manager);
        }
        self.first_ticket.push(customer_of.len() as u32);
        self.desk.tickets = Tickets {
            customer: customer_of,
            ..Tickets::default()
        };
        self.old_fraud_cases();
    }

    /// Tickets of one customer in a year: 1.5 on average, with a heavy tail.
    fn contacts(&mut self) -> u32 {
        match self.chance.below(1000) {
            0..240 => 0,
            240..660 => 1,
            660..850 => 2,
            850..940 => 3,
            940..980 => 4 + self.chance.below(3),
            _ => 7 + self.chance.below(9),
        }
    }

    /// The account manager of a customer's company.
    fn manager(&self, customer: u32) -> Option<u32> {
        let company = self.company[customer as usize];
        (company != NONE).then(|| company.wrapping_mul(7) % 20 % self.workers)
    }

    /// One ticket: taken up, often handed to the next shift, sometimes moved to another team.
    fn ticket(&mut self, customer: u32, ticket: u32, opened: Second, manager: Option<u32>) {
        let first = self.at_home(customer);
        let mut when = self.handle(first, opened, customer, ticket);
        let others = [0, 1, 1, 1, 1, 2, 2, 2, 2, 3][self.chance.below(10) as usize];
        let mut last = first;
        for _ in 0..others {
            let next = match (self.chance.below(100), manager) {
                (0..55, Some(manager)) => manager,
                (0..40, None) => self.partner[last as usize],
                (0..85, _) => self.colleague(last),
                _ => self.outsider(last),
            };
            when = self.handle(next, when, customer, ticket);
            last = next;
        }
    }

    fn specialist_ticket(&mut self, customer: u32, ticket: u32, opened: Second) {
        let side = self.chance.below(2) as usize;
        let when = self.handle(self.specialists[side], opened, customer, ticket);
        if self.chance.hits(600) {
            self.handle(self.specialists[1 - side], when, customer, ticket);
        }
    }

    /// One account's part in a ticket: opened, often opened again later; returns the last time.
    pub(super) fn handle(
        &mut self,
        account: u32,
        after: Second,
        customer: u32,
        ticket: u32,
    ) -> Second {
        let mut when = self.on_shift(account, after);
        self.see(account, when, customer, ticket);
        while self.chance.hits(380) {
            when = Second(when.0 + self.chance.between(600, 2 * Second::DAY));
            when = self.on_shift(account, when);
            self.see(account, when, customer, ticket);
        }
        Second(when.0 + self.chance.between(1_200, Second::DAY))
    }

    /// Views of the customer's record only: billing, call-backs, a look while on the phone.
    fn record_views(&mut self, customer: u32, special: bool, manager: Option<u32>) {
        for _ in 0..3 + self.chance.below(9) {
            let account = match (special, manager, self.chance.below(100)) {
                (true, _, 0..85) => self.specialists[self.chance.below(2) as usize],
                (false, Some(manager), 0..30) => manager,
                (_, _, 0..70) => self.at_home(customer),
                _ => self.chance.below(self.workers),
            };
            let when = self.chance.below(self.size.days * Second::DAY);
            let when = self.on_shift(account, Second(START.0 + when));
            self.see(account, when, customer, NONE);
        }
    }

    /// Fraud desk and hot line knew a few customers before this campaign.
    fn old_fraud_cases(&mut self) {
        for account in self.workers..self.size.accounts {
            for _ in 0..self.size.customers / 70 {
                let customer = self.chance.below(self.size.customers);
                let when = self.chance.below(self.size.days * Second::DAY);
                let when = self.on_shift(account, Second(START.0 + when));
                self.see(account, when, customer, NONE);
            }
        }
    }
}

/// How busy an account is, 1 to 4.
fn activity(account: u32) -> u32 {
    [2, 3, 1, 4, 2, 3, 2][account as usize % 7]
}
