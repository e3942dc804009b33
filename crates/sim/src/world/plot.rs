//! What happens in each world: who leaks what, who is beside, whom the callers reach.
//!
//! Every world has the same calendar: a sale a little after the middle of the log, the first
//! call 12 to 30 days later, calls at a growing rate until the log's end. Seven of ten reports
//! come from the list and three have nothing to do with it, unless the arm of a world says
//! otherwise. Comments in each arm say what is done and why it is hard.

use countersign_core::report::Quoted;
use countersign_core::time::Second;

use super::campaign::{Campaign, Reaction, Rule, Told, Willing, file, tell};
use super::floor::{Floor, Shape};
use super::list::List;
use super::{Kind, Origin, Size, Truth, World};
use crate::chance::Chance;

/// The calendar and the cast of a world.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) floor: Floor,
    pub(super) sale: Second,
    pub(super) campaign: Campaign,
    pub(super) truth: Truth,
    /// Reports told outside the campaign's rule.
    extra: Vec<Told>,
    /// Reports that the campaign itself brings.
    reports: u32,
}

pub(super) fn play(kind: Kind, seed: u64, size: &Size) -> World {
    let base = kind.twin_of().unwrap_or(kind);
    // Twins share the chance of their worlds: the same desk, the same seller to be or not.
    let chance = Chance::new(seed, base as u64);
    let mut plot = Plot::begin(Floor::at_work(size, shape(base), chance));
    plot.stage(base);
    if kind.twin_of().is_some() {
        plot.leak_beside();
    }
    plot.finish(kind)
}

fn shape(kind: Kind) -> Shape {
    match kind {
        Kind::HiddenProductMissing | Kind::HiddenProductPresent => Shape::Specialists,
        Kind::AccountManager => Shape::Companies,
        _ => Shape::Plain,
    }
}

impl Plot {
    fn begin(mut floor: Floor) -> Self {
        let days = floor.size.days;
        let jitter = floor.chance.below(days / 20);
        let sale = floor.day(days * 52 / 100 + jitter);
        let first_call = Second(sale.0 + floor.chance.between(12, 30) * Second::DAY);
        Self {
            reports: floor.size.reports,
            campaign: Campaign {
                first_call,
                lists: Vec::new(),
                listed: 700,
                elsewhere: None,
                willing: Willing::Alike,
                reaction: Reaction::Usual,
            },
            floor,
            sale,
            truth: Truth::default(),
            extra: Vec::new(),
        }
    }

    fn stage(&mut self, kind: Kind) {
        match kind {
            Kind::OwnQueue => {
                let seller = self.floor.worker();
                self.sell_own_queue(seller);
            }
            Kind::Browsing => self.browsing(),
            Kind::SixtyPercentNoise => {
                let seller = self.floor.worker();
                self.sell_own_queue(seller);
                self.campaign.listed = 400;
            }
            Kind::CloseColleague => {
                let (seller, colleague) = self.pair();
                self.floor.shadow(seller, colleague, 700, self.whole_log());
                self.sell_own_queue(seller);
                self.truth.suspects.push(colleague);
            }
            Kind::Twins => {
                // The second account works only beside the first and opens 98 % of the same,
                // so that nothing in the log tells them apart: only the pair can be named.
                let (seller, twin) = self.pair();
                let all = self.whole_log();
                self.floor.absent(twin, &all);
                self.floor.shadow(seller, twin, 980, all);
                self.sell_own_queue(seller);
                self.truth.suspects.push(twin);
            }
            Kind::TwoSellers => {
                let first = self.floor.worker();
                let second = self.worker_of_another_team(first);
                self.sell_own_queue(first);
                self.sell_own_queue(second);
            }
            Kind::RingOfSix => {
                for _ in 0..6 {
                    let seller = self.unsuspected();
                    self.sell_own_queue(seller);
                }
            }
            Kind::OneMonth => {
                let seller = self.floor.worker();
                let start = self.a_month();
                let month = start..Second(start.0 + 30 * Second::DAY);
                self.sell(seller, |view, _| month.contains(&view.second));
            }
            Kind::OneProduct => {
                let seller = self.floor.worker();
                let product = self.best_product_of(seller);
                self.sell(seller, |view, floor| {
                    floor.product[view.customer as usize] == product
                });
            }
            Kind::Export => self.export(),
            Kind::FrameUp => {
                // Everything sold was seen by the colleague as well: hit for hit, both look
                // alike, and only what the guard throws away would tell them apart.
                let (seller, framed) = self.pair();
                self.sell_own_queue(seller);
                let theirs = self.queue_of(framed);
                self.replace_list(|list| list.and(&theirs));
                self.truth.suspects.push(framed);
            }
            Kind::SoldLongAgo => {
                let seller = self.floor.worker();
                self.sale = self.floor.day(self.floor.size.days * 35 / 100);
                self.sell_own_queue(seller);
                let left = Second(self.sale.0 + 3 * Second::DAY);
                let end = self.floor.end();
                self.floor.absent(seller, &(left..end));
                self.floor.desk.accounts[seller as usize].until = Some(left);
            }
            Kind::ShadowedMonth
            | Kind::HandOverChain
            | Kind::NewHire
            | Kind::TempAccount
            | Kind::AccountMidway
            | Kind::TwoSellersBeside => self.stage_colleague(kind),
            Kind::TwoForged | Kind::EightForged | Kind::UnverifiedBurst => self.stage_forgery(kind),
            _ => self.stage_nobody(kind),
        }
    }

    /// Worlds in which nobody leaked; `listed` of their reports go to the seller of a twin.
    fn stage_nobody(&mut self, kind: Kind) {
        match kind {
            Kind::FrequentCallers => self.campaign.willing = Willing::ByTickets,
            // An ordinary product, served by several teams; the data say who has it.
            Kind::ProductElsewhere => self.elsewhere(Rule::Product(4)),
            Kind::RecentCallers => self.elsewhere(Rule::Recent),
            Kind::FraudDeskAfter => self.react(Reaction::FraudDeskAfter),
            Kind::FraudDeskBefore => self.react(Reaction::FraudDeskBefore),
            Kind::HotLine => self.react(Reaction::HotLine),
            // What the days of freeze are for: nobody told the desk when the campaign began.
            Kind::UnreportedFirstCalls => {
                let days = self.floor.chance.between(10, 24);
                self.react(Reaction::ToldInVain { days });
            }
            Kind::ThriceAsOften => {
                // "Customers of a" are those whom it had seen before the campaign.
                let account = self.floor.worker();
                let cut = self.campaign.first_call;
                self.campaign.willing = Willing::Thrice(self.floor.seen_before(account, cut));
                self.truth.suspects.push(account);
            }
            // Reports carry the company as their household: eight contacts count once.
            Kind::AccountManager => self.elsewhere(Rule::Companies),
            Kind::InvestigatorsFlagged | Kind::InvestigatorsUnflagged => {
                // A quarter of the reports come from customers of one suspect whom
                // investigators phoned after the scam call, and who would not have told.
                let suspect = self.floor.worker();
                let of = self.floor.seen_before(suspect, self.campaign.first_call);
                let marked = kind == Kind::InvestigatorsFlagged;
                self.campaign.elsewhere = Some((Rule::Solicited { of, marked }, 250));
                self.campaign.listed = 500;
                self.truth.suspects.push(suspect);
            }
            Kind::HiddenProductMissing | Kind::HiddenProductPresent => {
                // Two specialists see nearly all customers of the stolen product. Without the
                // attribute their customers are hit far too often for no reason in the data.
                self.elsewhere(Rule::Product(4));
                if kind == Kind::HiddenProductMissing {
                    self.floor.desk.customers.columns.truncate(1);
                }
                self.truth.suspects.extend(self.floor.specialists);
            }
            _ => self.campaign.elsewhere = Some((Rule::Anybody, 0)),
        }
    }

    /// Worlds in which what the seller sold, or how the desk works, points at a colleague.
    fn stage_colleague(&mut self, kind: Kind) {
        let (seller, colleague) = self.pair();
        match kind {
            Kind::ShadowedMonth => {
                // The colleague learns the work at the seller's desk for a month.
                let start = self.a_month();
                let month = start..Second(start.0 + 30 * Second::DAY);
                self.floor.shadow(seller, colleague, 950, month.clone());
                self.sell(seller, |view, _| month.contains(&view.second));
            }
            Kind::HandOverChain => {
                // Two in three of the seller's tickets go on to one colleague of the next
                // shift, and only those are sold.
                let chain = self.hand_over(seller, colleague);
                self.sell(seller, |view, _| chain.binary_search(&view.ticket).is_ok());
            }
            Kind::NewHire => {
                // Hired ten weeks before the sale; learns on the seller's customers, and so
                // has seen little else.
                let hired = self.sale.minus_days(70);
                self.newcomer(seller, colleague, hired..self.floor.end(), 600, 300);
                self.sell_own_queue(seller);
            }
            Kind::TempAccount => {
                // Six weeks beside the seller, then closed; nearly all that it saw is the
                // seller's.
                let from = self.sale.minus_days(90);
                let until = Second(from.0 + 42 * Second::DAY);
                self.newcomer(seller, colleague, from..until, 800, 150);
                self.floor.desk.accounts[colleague as usize].until = Some(until);
                self.sell_own_queue(seller);
            }
            Kind::AccountMidway => {
                // Made when the first reports are in; takes the seller's customers over one
                // by one, so that later victims were seen by it before their call.
                let made = Second(self.campaign.first_call.0 + 20 * Second::DAY);
                self.sell_own_queue(seller);
                self.take_over(colleague, made);
            }
            _ => {
                // The innocent sits between two sellers and helps both.
                let second = self.worker_besides(&[seller, colleague]);
                self.floor.shadow(seller, colleague, 650, self.whole_log());
                self.floor.shadow(second, colleague, 650, self.whole_log());
                self.sell_own_queue(seller);
                self.sell_own_queue(second);
            }
        }
        self.truth.suspects.push(colleague);
    }

    /// False reports quote tickets that the framed account and few others saw.
    fn stage_forgery(&mut self, kind: Kind) {
        let framed = self.floor.worker();
        self.truth.suspects.push(framed);
        let (count, verified) = match kind {
            Kind::TwoForged => (2, true),
            Kind::EightForged => (8, true),
            _ => (40, false),
        };
        if verified {
            self.reports -= count;
        }
        let before = self.campaign.first_call.minus_days(31);
        let mut tickets = List::of(
            self.floor
                .views
                .iter()
                .filter(|v| v.account == framed && v.second < before),
        )
        .tickets;
        self.rarest_first(&mut tickets, count as usize);
        let from = Second(self.campaign.first_call.0 + 10 * Second::DAY);
        let until = Second(self.floor.end().0 - 8 * Second::DAY);
        let mut used = Vec::new();
        for ticket in tickets {
            let customer = self.floor.desk.tickets.customer[ticket as usize];
            if used.len() == count as usize || used.contains(&customer) {
                continue;
            }
            used.push(customer);
            let call = if verified {
                Second(self.floor.chance.between(from.0, until.0))
            } else {
                Second(from.0 + self.floor.chance.below(Second::DAY))
            };
            let mut report = tell(&mut self.floor, call, customer, Quoted::Ticket(ticket));
            report.verified = verified;
            if !verified {
                report.received = Second(from.0 + Second::DAY + self.floor.chance.below(3_600));
            }
            self.extra.push((report, Origin::Forged));
        }
    }

    /// The leak of a twin: an account that the world does not point at sells its own queue.
    fn leak_beside(&mut self) {
        let seller = self.unsuspected();
        self.sell_own_queue(seller);
        if let Some((rule, per_mille)) = &mut self.campaign.elsewhere
            && !matches!(rule, Rule::Solicited { .. })
            && *per_mille > 0
        {
            *per_mille = 200;
            self.campaign.listed = 600;
        }
    }

    fn finish(mut self, kind: Kind) -> World {
        for list in &self.campaign.lists {
            self.truth.customers.extend(&list.customers);
            self.truth.tickets.extend(&list.tickets);
        }
        for rows in [&mut self.truth.customers, &mut self.truth.tickets] {
            rows.sort_unstable();
            rows.dedup();
        }
        // A customer reports once, truly or falsely.
        let taken: Vec<u32> = self
            .extra
            .iter()
            .filter_map(|(told, _)| told.customer)
            .collect();
        let mut told = self.campaign.run(&mut self.floor, self.reports, &taken);
        told.append(&mut self.extra);
        self.truth.origins = file(&mut self.floor, told);
        if kind.leaks() {
            self.truth.sale = Some(self.sale);
        }
        self.truth.suspects.sort_unstable();
        self.truth.sellers.sort_unstable();
        let mut views = self.floor.views;
        views.sort_unstable_by_key(|v| (v.second, v.account, v.customer, v.ticket));
        World {
            name: kind.name(),
            desk: self.floor.desk,
            views,
            truth: self.truth,
        }
    }
}
