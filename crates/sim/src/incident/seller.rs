//! How the seller takes the list, and what is on it at the sale.

use std::collections::HashSet;

use countersign_core::desk::{NONE, View};
use countersign_core::time::Second;

use super::ticket::{Company, SELLER};
use super::{Story, Taking};

/// The name of the export by which the list may leave.
pub(super) const COPY: &str = "quarterly-review";

impl Company {
    /// The views by which the seller takes the list beside its own work, sorted by second.
    ///
    /// Every working day of half a year it looks some hundred customers up, three in four by a
    /// ticket of the last 90 days, so that it has the number; each customer once.
    pub(super) fn browsing(&self) -> Vec<View> {
        if self.settings.taking != Taking::Browsing {
            return Vec::new();
        }
        let seller = self.staff.seller();
        let days = self.calendar.browsing();
        let end = self.calendar.midnight(days.end);
        let mut chance = self.chance(SELLER, 0);
        let mut known = HashSet::new();
        let mut views = Vec::with_capacity(self.settings.list as usize);
        while views.len() < self.settings.list as usize {
            let day = chance.between(days.start, days.end);
            let asked = Second(self.calendar.midnight(day).0 + chance.below(Second::DAY));
            let second = self.staff.on_shift(&mut chance, seller, asked);
            if second >= end {
                continue;
            }
            let today = (second.0 - self.calendar.midnight(0).0) / Second::DAY;
            let (customer, ticket) = if chance.below(4) == 0 || today == 0 {
                (chance.below(self.settings.customers), NONE)
            } else {
                let recent = self.calendar.tickets_on(today.saturating_sub(90)).start
                    ..self.calendar.tickets_on(today).start;
                let ticket = chance.between(recent.start, recent.end);
                (self.customer_of(ticket), ticket)
            };
            if known.insert(customer) {
                views.push(View {
                    second,
                    account: seller,
                    customer,
                    ticket,
                });
            }
        }
        views.sort_unstable_by_key(order);
        views
    }

    /// Whether this customer is in the export that leaks.
    fn exported(&self, customer: u32) -> bool {
        let place = u64::from(self.chance(SELLER, customer).below(u32::MAX));
        place * u64::from(self.settings.customers) < u64::from(self.settings.list) << 32
    }

    /// The list when it is known from the start: what was browsed, or the export's rows.
    pub(super) fn story(&self, browsed: &[View]) -> Story {
        let mut story = Story {
            seller: self.staff.seller(),
            sale: self.calendar.midnight(self.calendar.sale()),
            ..Story::default()
        };
        match self.settings.taking {
            Taking::Browsing => story.add(browsed),
            Taking::OwnQueue => {}
            Taking::Export => {
                story.copy = Some(COPY.to_owned());
                story.customers = (0..self.settings.customers)
                    .filter(|customer| self.exported(*customer))
                    .collect();
                story.tickets = (0..self.calendar.tickets_on(self.calendar.sale()).start)
                    .filter(|ticket| self.exported(self.customer_of(*ticket)))
                    .collect();
            }
        }
        story.sort();
        story
    }
}

impl Story {
    /// Puts what is in these views onto the list.
    pub(super) fn add(&mut self, views: &[View]) {
        self.customers
            .extend(views.iter().map(|view| view.customer));
        let tickets = views.iter().map(|view| view.ticket);
        self.tickets
            .extend(tickets.filter(|ticket| *ticket != NONE));
    }

    pub(super) fn sort(&mut self) {
        for rows in [&mut self.customers, &mut self.tickets] {
            rows.sort_unstable();
            rows.dedup();
        }
    }
}

/// The order of the log: by time, and within a second by row numbers.
pub(super) fn order(view: &View) -> (Second, u32, u32, u32) {
    (view.second, view.account, view.customer, view.ticket)
}
