//! The calls and the reports: whom the callers reach, who tells the desk, who looks then.

use countersign_core::desk::NONE;
use countersign_core::report::{Channel, Quoted, Report};
use countersign_core::time::Second;

use super::floor::Floor;
use super::list::List;
use super::{Origin, START};

/// Who is called when the caller has no list from this desk.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Anybody.
    Anybody,
    /// Customers of this product (its code), by a list that was stolen elsewhere.
    Product(u16),
    /// Customers who opened a ticket in the last 14 days before the call.
    Recent,
    /// Companies one after another: all eight contacts are called, about half of them report.
    Companies,
    /// These customers, phoned by investigators afterwards.
    Solicited { of: Vec<u32>, marked: bool },
}

/// How likely a called customer is to report.
#[derive(Clone, Debug)]
pub(super) enum Willing {
    /// All alike.
    Alike,
    /// In proportion to one more than the tickets of the year, up to ten.
    ByTickets,
    /// These customers (sorted) three times as likely as others.
    Thrice(Vec<u32>),
}

/// What the desk does around a call, beside opening the record when the report comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// The home team, and half of the time the fraud desk, open the record after the report.
    Usual,
    /// The fraud desk hears at once and opens each record between call and report as well.
    FraudDeskAfter,
    /// The fraud desk knows who is next and opens each record one to five days before the call.
    FraudDeskBefore,
    /// The reported call was not the first: after the first the customer reached the hot line,
    /// whose two people opened the record; the caller rang again days later.
    HotLine,
    /// The reported call was not the first: for so many days before the campaign's first reported
    /// call most victims told the hot line of a call, and nobody made a report of it.
    ToldInVain { days: u32 },
}

/// A campaign of scam calls.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) first_call: Second,
    pub(super) lists: Vec<List>,
    /// Of 1,000 reports, how many come from the lists.
    pub(super) listed: u32,
    /// Another source, and how many of 1,000 reports come from it.
    pub(super) elsewhere: Option<(Rule, u32)>,
    pub(super) willing: Willing,
    pub(super) reaction: Reaction,
}

/// A report in the making and where it came from.
pub(super) type Told = (Report, Origin);

impl Campaign {
    /// Plays all calls and returns the reports, unsorted and without ids.
    ///
    /// Customers in `taken` are left alone: they report something else.
    pub(super) fn run(mut self, floor: &mut Floor, reports: u32, taken: &[u32]) -> Vec<Told> {
        let end = Second(floor.end().0 - 8 * Second::DAY);
        let span = u64::from(end.0.saturating_sub(self.first_call.0).max(Second::DAY));
        let mut calls: Vec<Second> = (0..reports)
            .map(|_| {
                // The larger of two uniform draws: the rate of calls grows steadily.
                let into = (floor.chance.bits() >> 32).max(floor.chance.bits() >> 32);
                Second(self.first_call.0 + ((into * span) >> 32) as u32)
            })
            .collect();
        calls.sort_unstable();
        if let (Reaction::ToldInVain { .. }, Some(first)) = (self.reaction, calls.first()) {
            self.first_call = *first;
        }
        let mut kinds = self.kinds(reports);
        floor.chance.shuffle(&mut kinds);

        let mut used = vec![false; floor.size.customers as usize];
        for customer in taken {
            used[*customer as usize] = true;
        }
        let mut company = CompanyCalls::default();
        let mut told = Vec::with_capacity(reports as usize);
        let mut turn = 0;
        for (call, kind) in calls.into_iter().zip(kinds) {
            let found = match kind {
                Origin::List => {
                    turn += 1;
                    let list = &self.lists[turn % self.lists.len()];
                    self.on_list(floor, list, &used)
                        .map(|customer| (customer, quote(floor, list, customer)))
                }
                Origin::Unrelated => self.anybody(floor, &used).map(|c| (c, stray_quote(floor))),
                Origin::Elsewhere | Origin::Solicited | Origin::Forged => self
                    .elsewhere(floor, &used, call, &mut company)
                    .map(|customer| (customer, Quoted::Nothing)),
            };
            // A list that is used up leaves the callers with random numbers.
            let (customer, quoted, origin) = match found {
                Some((customer, quoted)) => (customer, quoted, kind),
                None => match self.anybody(floor, &used) {
                    Some(customer) => (customer, Quoted::Nothing, Origin::Unrelated),
                    None => continue,
                },
            };
            used[customer as usize] = true;
            let mut report = tell(floor, call, customer, quoted);
            if origin == Origin::Solicited {
                report.solicited = matches!(
                    &self.elsewhere,
                    Some((Rule::Solicited { marked: true, .. }, _))
                );
                let asked = Second(report.received.0 - 600);
                let account = floor.fraud_desk[floor.chance.below(2) as usize];
                floor.see(account, asked, customer, NONE);
            }
            self.react(floor, &report, customer);
            told.push((report, origin));
        }
        told
    }

    /// Where each report will come from, in exact shares.
    fn kinds(&self, reports: u32) -> Vec<Origin> {
        let share = |per_mille: u32| ((reports * per_mille + 500) / 1000) as usize;
        let listed = if self.lists.is_empty() {
            0
        } else {
            share(self.listed)
        };
        let mut kinds = vec![Origin::List; listed];
        if let Some((rule, per_mille)) = &self.elsewhere {
            let origin = match rule {
                Rule::Solicited { .. } => Origin::Solicited,
                _ => Origin::Elsewhere,
            };
            kinds.resize(listed + share(*per_mille), origin);
        }
        kinds.resize(reports as usize, Origin::Unrelated);
        kinds
    }

    /// Whether this customer, once called, reports.
    fn reports(&self, floor: &mut Floor, customer: u32) -> bool {
        let per_mille = match &self.willing {
            Willing::Alike => 1000,
            Willing::ByTickets => 100 * (floor.tickets_of(customer).len() as u32 + 1).min(10),
            Willing::Thrice(of) if of.binary_search(&customer).is_ok() => 1000,
            Willing::Thrice(_) => 333,
        };
        floor.chance.hits(per_mille)
    }

    fn on_list(&self, floor: &mut Floor, list: &List, used: &[bool]) -> Option<u32> {
        self.try_often(floor, used, |floor| floor.chance.pick(&list.customers))
    }

    fn anybody(&self, floor: &mut Floor, used: &[bool]) -> Option<u32> {
        self.try_often(floor, used, |floor| {
            Some(floor.chance.below(floor.size.customers))
        })
    }

    fn elsewhere(
        &self,
        floor: &mut Floor,
        used: &[bool],
        call: Second,
        company: &mut CompanyCalls,
    ) -> Option<u32> {
        match &self.elsewhere.as_ref()?.0 {
            Rule::Anybody => self.anybody(floor, used),
            Rule::Product(code) => self.try_often(floor, used, |floor| {
                let customer = floor.chance.below(floor.size.customers);
                (floor.product[customer as usize] == *code).then_some(customer)
            }),
            Rule::Recent => self.try_often(floor, used, |floor| {
                let ticket = floor.chance.below(floor.opened.len() as u32);
                let opened = floor.opened[ticket as usize];
                (opened < call && opened >= call.minus_days(14))
                    .then(|| floor.desk.tickets.customer[ticket as usize])
            }),
            Rule::Companies => company.next(floor, used),
            Rule::Solicited { of, .. } => {
                self.try_often(floor, used, |floor| floor.chance.pick(of))
            }
        }
    }

    /// Draws until a customer who has not reported yet reports; `None` when none is left.
    fn try_often(
        &self,
        floor: &mut Floor,
        used: &[bool],
        mut draw: impl FnMut(&mut Floor) -> Option<u32>,
    ) -> Option<u32> {
        for _ in 0..20_000 {
            if let Some(customer) = draw(floor)
                && !used[customer as usize]
                && self.reports(floor, customer)
            {
                return Some(customer);
            }
        }
        None
    }

    fn react(&self, floor: &mut Floor, report: &Report, customer: u32) {
        let call = report.call();
        match self.reaction {
            Reaction::Usual => {}
            Reaction::FraudDeskAfter => {
                for account in floor.fraud_desk {
                    let when = Second(call.0 + floor.chance.between(900, 4 * 3_600));
                    floor.see(account, when, customer, NONE);
                }
            }
            Reaction::FraudDeskBefore => {
                let account = floor.fraud_desk[floor.chance.below(2) as usize];
                let ahead = floor.chance.between(Second::DAY, 5 * Second::DAY);
                floor.see(account, Second(call.0 - ahead), customer, NONE);
            }
            Reaction::ToldInVain { days } => {
                if floor.chance.hits(800) {
                    let ahead = floor.chance.between(Second::DAY, days * Second::DAY);
                    let when = Second(self.first_call.0 - ahead);
                    let account = floor.hot_line[floor.chance.below(2) as usize];
                    floor.see(account, when, customer, NONE);
                }
            }
            Reaction::HotLine => {
                // No call is older than the campaign; the first reports are of first calls.
                let since = call.0.saturating_sub(self.first_call.0);
                if since > 2 * 3_600 {
                    let ahead = floor.chance.between(3_600, since.min(21 * Second::DAY));
                    let account = floor.hot_line[floor.chance.below(2) as usize];
                    floor.see(account, Second(call.0 - ahead), customer, NONE);
                }
            }
        }
        let ticket = match report.quoted {
            Quoted::Ticket(ticket) => ticket,
            Quoted::Nothing | Quoted::NeverIssued => NONE,
        };
        let clerk = floor.at_home(customer);
        let when = Second(report.received.0 + floor.chance.between(60, 3 * 3_600));
        floor.see(clerk, when, customer, ticket);
        if floor.chance.hits(500) {
            let account = floor.fraud_desk[floor.chance.below(2) as usize];
            let when = Second(report.received.0 + floor.chance.between(3_600, 12 * 3_600));
            floor.see(account, when, customer, ticket);
        }
    }
}

/// The company that is being called, and which of its contacts come next.
#[derive(Debug, Default)]
struct CompanyCalls {
    contacts: Vec<u32>,
}

impl CompanyCalls {
    fn next(&mut self, floor: &mut Floor, used: &[bool]) -> Option<u32> {
        let companies = floor.company.iter().filter(|c| **c != NONE).count() as u32 / 8;
        for _ in 0..200 {
            if let Some(customer) = self.contacts.pop() {
                if !used[customer as usize] {
                    return Some(customer);
                }
                continue;
            }
            let company = floor.chance.below(companies);
            self.contacts = (company * 8..company * 8 + 8)
                .filter(|_| floor.chance.hits(500))
                .collect();
        }
        None
    }
}

/// The report of one call: told two hours to six days later.
pub(super) fn tell(floor: &mut Floor, call: Second, customer: u32, quoted: Quoted) -> Report {
    let channel = [
        Channel::Phone,
        Channel::Phone,
        Channel::Robocall,
        Channel::Email,
    ][floor.chance.below(4) as usize];
    let pretext = ["auto-renewal", "refund", "infected-servers"][floor.chance.below(3) as usize];
    let company = floor.company[customer as usize];
    Report {
        received: Second(call.0 + floor.chance.between(2 * 3_600, 6 * Second::DAY)),
        called: Some(call),
        customer: Some(customer),
        quoted,
        channel,
        pretext: Some(pretext.to_owned()),
        verified: true,
        household: (company != NONE).then_some(company),
        ..Report::default()
    }
}

/// A caller with the list quotes one of its ticket numbers in two of three calls, if any.
fn quote(floor: &mut Floor, list: &List, customer: u32) -> Quoted {
    let tickets = list.tickets_of(floor, customer);
    if floor.chance.below(3) == 0 {
        return Quoted::Nothing;
    }
    floor
        .chance
        .pick(tickets)
        .map_or(Quoted::Nothing, Quoted::Ticket)
}

/// A caller without the list rarely invents a number.
fn stray_quote(floor: &mut Floor) -> Quoted {
    if floor.chance.hits(40) {
        Quoted::NeverIssued
    } else {
        Quoted::Nothing
    }
}

/// Sorts the reports, numbers them, and returns where each came from.
pub(super) fn file(floor: &mut Floor, mut told: Vec<Told>) -> Vec<Origin> {
    told.sort_by_key(|(report, _)| (report.received, report.customer));
    let mut origins = Vec::with_capacity(told.len());
    for (index, (mut report, origin)) in told.into_iter().enumerate() {
        report.id = format!("R{:04}", index + 1);
        debug_assert!(report.call() > START, "no call before the log");
        floor.desk.reports.push(report);
        origins.push(origin);
    }
    origins
}
