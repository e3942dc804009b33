//! The company as a function of row numbers: each customer, each ticket and its whole life.

use countersign_core::desk::{NONE, View};
use countersign_core::time::Second;

use super::customer::Profile;
use super::staff::Staff;
use super::{Calendar, Incident};
use crate::chance::{Chance, scramble};

pub(crate) const CATEGORIES: [&str; 5] = ["billing", "renewal", "install", "infection", "other"];

/// A ticket is closed and forgotten after this many days at the latest.
pub(super) const LONGEST_DAYS: u32 = 30;

/// The made-up company.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    pub(crate) settings: Incident,
    pub(crate) calendar: Calendar,
    pub(crate) staff: Staff,
}

/// A row of the tickets table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TicketRow {
    pub(crate) customer: u32,
    pub(crate) opened: Second,
    /// `None` when still open at the end of the log.
    pub(crate) closed: Option<Second>,
    /// The team whose queue it is.
    pub(crate) queue: u16,
    pub(crate) category: u8,
}

impl Company {
    pub(crate) fn found(settings: &Incident) -> Self {
        let staff = Staff::hire(
            settings.accounts,
            settings.days,
            Chance::new(settings.seed, STAFF),
        );
        Self {
            settings: settings.clone(),
            calendar: Calendar::new(settings),
            staff,
        }
    }

    /// A stream of chance for one purpose and row.
    pub(super) fn chance(&self, purpose: u64, row: u32) -> Chance {
        Chance::new(self.settings.seed, purpose ^ scramble(u64::from(row)))
    }

    pub(crate) fn profile(&self, customer: u32) -> Profile {
        Profile::draw(self.chance(CUSTOMER, customer), &self.staff)
    }

    /// Names of the queues, one a team.
    pub(crate) fn queues(&self) -> Vec<String> {
        self.staff.queues()
    }

    /// The customer of a ticket.
    pub(super) fn customer_of(&self, ticket: u32) -> u32 {
        self.caller(&mut self.chance(TICKET, ticket))
    }

    /// Who calls: mostly anybody, a third of the time one of the 4 % who call often, and
    /// sometimes one of the 0.1 % who call every week.
    pub(super) fn caller(&self, chance: &mut Chance) -> u32 {
        let count = self.settings.customers;
        let often = match chance.below(100) {
            0..62 => return chance.below(count),
            62..97 => count / 25,
            _ => count / 1_000,
        };
        // Frequent callers are spread over all rows: the step is a prime above any count.
        (u64::from(chance.below(often)) * 2_654_435_761 % u64::from(count)) as u32
    }

    /// A ticket's row and all views of it, in no order.
    pub(crate) fn ticket(
        &self,
        row: u32,
        day: u32,
        opened: Second,
        mut see: impl FnMut(View),
    ) -> TicketRow {
        let mut chance = self.chance(TICKET, row);
        let customer = self.caller(&mut chance);
        let profile = self.profile(customer);
        let category = chance.weighted(&[26, 18, 22, 14, 20]) as u8;
        let mut life = Life {
            company: self,
            chance,
            customer,
            ticket: row,
            day,
            now: opened,
            see: &mut see,
        };
        life.run(u32::from(profile.home));
        let closed = life.close();
        TicketRow {
            customer,
            opened,
            closed: (closed < self.calendar.midnight(self.calendar.days())).then_some(closed),
            queue: profile.home,
            category,
        }
    }

    /// The row of a ticket without its views.
    pub(crate) fn ticket_row(&self, row: u32) -> TicketRow {
        let day = self.calendar.day_of(row);
        let rows = self.calendar.tickets_on(day);
        self.ticket(row, day, self.calendar.opened(day, &rows, row), |_| {})
    }

    /// All views of the tickets that are opened on this day.
    pub(super) fn tickets_on(&self, day: u32, mut see: impl FnMut(View)) {
        let rows = self.calendar.tickets_on(day);
        for row in rows.clone() {
            self.ticket(row, day, self.calendar.opened(day, &rows, row), &mut see);
        }
    }

    /// Views of customers' records without a ticket, three a customer and year: on the phone,
    /// for billing, for a call-back.
    pub(super) fn records_on(&self, day: u32, mut see: impl FnMut(View)) {
        let mut chance = self.chance(RECORD, day);
        let rows = self.calendar.share(self.settings.customers * 3, day);
        for _ in rows {
            let customer = if chance.below(5) == 0 {
                self.caller(&mut chance)
            } else {
                chance.below(self.settings.customers)
            };
            let team = match chance.below(20) {
                0 => self.staff.call_backs(&mut chance),
                1 => self.staff.ordinary_team(&mut chance),
                2 if chance.below(4) == 0 => self.staff.fraud_desk(&mut chance),
                _ => u32::from(self.profile(customer).home),
            };
            let account = self.staff.member(&mut chance, team, day);
            let asked = Second(self.calendar.midnight(day).0 + chance.below(Second::DAY));
            let second = self.staff.on_shift(&mut chance, account, asked);
            see(View {
                second,
                account,
                customer,
                ticket: NONE,
            });
        }
    }
}

/// A ticket on its way through the desk.
struct Life<'a, S: FnMut(View)> {
    company: &'a Company,
    chance: Chance,
    customer: u32,
    ticket: u32,
    day: u32,
    now: Second,
    see: &'a mut S,
}

impl<S: FnMut(View)> Life<'_, S> {
    fn run(&mut self, home: u32) {
        let staff = &self.company.staff;
        if self.chance.below(10) < 3 {
            let soon = Second(self.now.0 + self.chance.between(1, 5));
            self.look(staff.integration(), soon);
        }
        let mut account = if self.chance.below(50) == 0 {
            staff.shared(&mut self.chance)
        } else {
            staff.member(&mut self.chance, home, self.day)
        };
        self.handle(account);
        let others = [0, 0, 1, 1, 1, 1, 1, 2, 2, 3][self.chance.below(10) as usize];
        for _ in 0..others {
            account = match self.chance.below(100) {
                // A hand-over to the next shift, a colleague, a call-back, another team.
                0..45 if staff.is_person(account) => staff.partner(account, self.day),
                0..80 => staff.member(&mut self.chance, home, self.day),
                80..88 => {
                    let team = staff.call_backs(&mut self.chance);
                    staff.member(&mut self.chance, team, self.day)
                }
                _ => {
                    let team = staff.ordinary_team(&mut self.chance);
                    staff.member(&mut self.chance, team, self.day)
                }
            };
            self.handle(account);
        }
    }

    /// One account's part: opened, often opened again within two days.
    fn handle(&mut self, account: u32) {
        let staff = &self.company.staff;
        self.now = staff.on_shift(&mut self.chance, account, self.now);
        self.look(account, self.now);
        while self.chance.below(100) < 36 {
            let later = Second(self.now.0 + self.chance.between(600, 2 * Second::DAY));
            self.now = staff.on_shift(&mut self.chance, account, later);
            self.look(account, self.now);
        }
        self.now = Second(self.now.0 + self.chance.between(1_200, Second::DAY));
    }

    /// The auto-close program sees nearly every ticket within three days.
    fn close(&mut self) -> Second {
        let closed = Second(self.now.0 + self.chance.below(Second::DAY));
        if self.chance.below(100) < 97 {
            let when = Second(closed.0 + self.chance.below(3 * Second::DAY));
            self.look(self.company.staff.auto_close(), when);
        }
        closed
    }

    fn look(&mut self, account: u32, second: Second) {
        if second < self.company.calendar.midnight(self.day + LONGEST_DAYS) {
            (self.see)(View {
                second,
                account,
                customer: self.customer,
                ticket: self.ticket,
            });
        }
    }
}

const STAFF: u64 = 1;
const CUSTOMER: u64 = 2 << 32;
const TICKET: u64 = 3 << 32;
const RECORD: u64 = 4 << 32;
pub(super) const SELLER: u64 = 5 << 32;
pub(super) const CALLS: u64 = 6 << 32;
