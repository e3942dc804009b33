//! The callers and those who report them: August to November, more every week.

use std::collections::HashSet;

use countersign_core::desk::{NONE, View};
use countersign_core::report::{Channel, Quoted, Report};
use countersign_core::time::Second;

use super::Story;
use super::ticket::{CALLS, Company};
use crate::chance::Chance;
use crate::world::Origin;

impl Company {
    /// Reports in order with their origins, and the views of staff who open the records then.
    ///
    /// Two thirds come from the list, and two thirds of those quote a ticket that is on it. The
    /// rest are the tech-support scams that every company's customers report: anybody, and no
    /// number. Every call comes from a new number, so numbers are not told.
    pub(super) fn calls(&self, story: &Story) -> (Vec<Report>, Vec<Origin>, Vec<View>) {
        let mut chance = self.chance(CALLS, 0);
        let count = self.settings.reports;
        let mut origins = vec![Origin::List; (count - count / 3) as usize];
        origins.resize(count as usize, Origin::Unrelated);
        chance.shuffle(&mut origins);
        let days = self.calendar.calls();
        let from = self.calendar.midnight(days.start);
        let span = u64::from(self.calendar.midnight(days.end).0 - from.0 - 6 * Second::DAY);
        let mut known = HashSet::new();
        let mut told: Vec<(Report, Origin)> = Vec::new();
        for origin in origins {
            let found = (0..10_000)
                .map(|_| match origin {
                    Origin::List => self.on_list(&mut chance, story),
                    _ => (chance.below(self.settings.customers), Quoted::Nothing),
                })
                .find(|(customer, _)| !known.contains(customer));
            let Some((customer, quoted)) = found else {
                continue;
            };
            known.insert(customer);
            // The larger of two uniform draws: the rate grows steadily.
            let into = (chance.bits() >> 32).max(chance.bits() >> 32);
            let call = Second(from.0 + ((into * span) >> 32) as u32);
            told.push((tell(&mut chance, call, customer, quoted), origin));
        }
        told.sort_by_key(|(report, _)| (report.received, report.customer));
        let mut views = Vec::new();
        for (index, (report, _)) in told.iter_mut().enumerate() {
            report.id = format!("R{:04}", index + 1);
            self.open_record(&mut chance, report, &mut views);
        }
        let (reports, origins) = told.into_iter().unzip();
        (reports, origins, views)
    }

    /// A customer of the list, in two of three cases by a ticket that the caller quotes.
    fn on_list(&self, chance: &mut Chance, story: &Story) -> (u32, Quoted) {
        if chance.below(3) < 2
            && let Some(ticket) = chance.pick(&story.tickets)
        {
            let customer = self.customer_of(ticket);
            if story.customers.binary_search(&customer).is_ok() {
                return (customer, Quoted::Ticket(ticket));
            }
        }
        let customer = chance.pick(&story.customers);
        (customer.unwrap_or_default(), Quoted::Nothing)
    }

    /// Who looks when a report comes in: somebody of the home team, and the fraud desk.
    fn open_record(&self, chance: &mut Chance, report: &Report, views: &mut Vec<View>) {
        let Some(customer) = report.customer else {
            return;
        };
        let ticket = match report.quoted {
            Quoted::Ticket(ticket) => ticket,
            Quoted::Nothing | Quoted::NeverIssued => NONE,
        };
        let home = u32::from(self.profile(customer).home);
        let day = (report.received.0 - self.calendar.midnight(0).0) / Second::DAY;
        let fraud_desk = self.staff.fraud_desk(chance);
        for team in [home, home, fraud_desk] {
            let account = self.staff.member(chance, team, day);
            let second = Second(report.received.0 + chance.between(60, 6 * 3_600));
            views.push(View {
                second,
                account,
                customer,
                ticket,
            });
        }
    }
}

/// What the customer tells, an hour to five days after the call.
fn tell(chance: &mut Chance, call: Second, customer: u32, quoted: Quoted) -> Report {
    let (channel, pretext) = match chance.below(20) {
        0..6 => (Channel::Phone, "auto-renewal"),
        6..9 => (Channel::Phone, "refund"),
        9..11 => (Channel::Phone, "infected-servers"),
        11..14 => (Channel::Robocall, "auto-renewal"),
        14..16 => (Channel::Robocall, "refund"),
        16..18 => (Channel::Email, "infected-servers"),
        _ => (Channel::Portal, "refund"),
    };
    Report {
        received: Second(call.0 + chance.between(3_600, 5 * Second::DAY)),
        called: Some(call),
        customer: Some(customer),
        quoted,
        channel,
        pretext: Some(pretext.to_owned()),
        verified: true,
        ..Report::default()
    }
}
