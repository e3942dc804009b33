//! The people of a plot and what each of them does to the log and to the list.

use std::ops::Range;

use countersign_core::desk::{Export, ExportRows, NONE, View};
use countersign_core::time::Second;

use super::START;
use super::campaign::{Reaction, Rule};
use super::floor::Floor;
use super::list::List;
use super::plot::Plot;

impl Plot {
    /// A seller, and the colleague of the next shift who takes its tickets over.
    pub(super) fn pair(&mut self) -> (u32, u32) {
        let seller = self.floor.worker();
        (seller, self.floor.partner[seller as usize])
    }

    pub(super) fn worker_of_another_team(&mut self, account: u32) -> u32 {
        loop {
            let other = self.floor.worker();
            if self.floor.team_of[other as usize] != self.floor.team_of[account as usize] {
                return other;
            }
        }
    }

    pub(super) fn worker_besides(&mut self, taken: &[u32]) -> u32 {
        loop {
            let other = self.floor.worker();
            if !taken.contains(&other) {
                return other;
            }
        }
    }

    /// A worker who neither sells nor is suspected so far.
    pub(super) fn unsuspected(&mut self) -> u32 {
        let mut taken = self.truth.suspects.clone();
        taken.extend(&self.truth.sellers);
        self.worker_besides(&taken)
    }

    pub(super) fn whole_log(&self) -> Range<Second> {
        START..self.floor.end()
    }

    /// The start of a month that lies wholly before the freeze of any campaign.
    pub(super) fn a_month(&mut self) -> Second {
        let last = self.sale.minus_days(45);
        Second(
            self.floor
                .chance
                .between(START.0 + 30 * Second::DAY, last.0),
        )
    }

    /// Everything that this account saw before the sale.
    pub(super) fn queue_of(&self, account: u32) -> List {
        let seen = self.floor.views.iter();
        List::of(seen.filter(|view| view.account == account && view.second < self.sale))
    }

    pub(super) fn sell_own_queue(&mut self, seller: u32) {
        self.sell(seller, |_, _| true);
    }

    /// The seller sells what it saw before the sale and what `choice` keeps.
    pub(super) fn sell(&mut self, seller: u32, choice: impl Fn(&View, &Floor) -> bool) {
        let floor = &self.floor;
        let list = List::of(floor.views.iter().filter(|view| {
            view.account == seller && view.second < self.sale && choice(view, floor)
        }));
        self.campaign.lists.push(list);
        self.truth.sellers.push(seller);
    }

    /// Changes the list that was sold last.
    pub(super) fn replace_list(&mut self, change: impl FnOnce(List) -> List) {
        if let Some(list) = self.campaign.lists.pop() {
            self.campaign.lists.push(change(list));
        }
    }

    /// One customer in twenty, of all queues, is looked up from the third week to the sale.
    pub(super) fn browsing(&mut self) {
        let seller = self.floor.worker();
        let count = self.floor.size.customers / 20;
        let list = List::of(
            self.floor
                .browse(seller, count, &(self.floor.day(15)..self.sale))
                .iter(),
        );
        self.campaign.lists.push(list);
        self.truth.sellers.push(seller);
    }

    /// Two mailing lists are exported, one customer in twelve each; the later one leaks.
    ///
    /// Nobody opened those records for it, so no account's own views fit the reports.
    pub(super) fn export(&mut self) {
        for (name, made) in [
            ("survey-spring", self.sale.minus_days(60)),
            ("mailing-summer", self.sale),
        ] {
            let floor = &mut self.floor;
            let customers: Vec<u32> = (0..floor.size.customers)
                .filter(|_| floor.chance.hits(83))
                .collect();
            let tickets: Vec<u32> = customers
                .iter()
                .flat_map(|customer| floor.tickets_of(*customer))
                .filter(|ticket| floor.opened[*ticket as usize] < made)
                .collect();
            let account = floor.worker();
            self.campaign.lists = vec![List { customers, tickets }];
            let list = &self.campaign.lists[0];
            self.truth.copy = Some(name.to_owned());
            self.floor.desk.exports.push(Export {
                name: name.to_owned(),
                second: made,
                account: Some(account),
                rows: ExportRows::Listed {
                    customers: list.customers.clone(),
                    tickets: list.tickets.clone(),
                },
            });
        }
    }

    /// The product that this account sees most.
    pub(super) fn best_product_of(&self, account: u32) -> u16 {
        let mut counts = [0_u32; 5];
        for customer in self.queue_of(account).customers {
            counts[self.floor.product[customer as usize] as usize] += 1;
        }
        (1..5)
            .max_by_key(|code| counts[*code as usize])
            .unwrap_or(1)
    }

    /// Two in three of the account's tickets go on to one colleague; returns those, sorted.
    pub(super) fn hand_over(&mut self, account: u32, colleague: u32) -> Vec<u32> {
        let mut last: Vec<View> = self
            .floor
            .views
            .iter()
            .filter(|view| view.account == account && view.ticket != NONE)
            .copied()
            .collect();
        last.sort_unstable_by_key(|view| (view.ticket, std::cmp::Reverse(view.second)));
        last.dedup_by_key(|view| view.ticket);
        last.retain(|_| self.floor.chance.hits(660));
        for view in &last {
            let after = Second(view.second.0 + 1_200);
            self.floor
                .handle(colleague, after, view.customer, view.ticket);
        }
        last.into_iter().map(|view| view.ticket).collect()
    }

    /// Makes `account` a newcomer who sees `of_teacher` per mille of the teacher's views and
    /// `of_others` per mille of another colleague's, in this time only.
    pub(super) fn newcomer(
        &mut self,
        teacher: u32,
        account: u32,
        when: Range<Second>,
        of_teacher: u32,
        of_others: u32,
    ) {
        let all = self.whole_log();
        self.floor.absent(account, &all);
        self.floor.desk.accounts[account as usize].from = Some(when.start);
        self.floor
            .shadow(teacher, account, of_teacher, when.clone());
        for _ in 0..3 {
            let other = self.floor.colleague(account);
            if other != teacher {
                self.floor.shadow(other, account, of_others, when.clone());
            }
        }
    }

    /// `account` is made at `made` and opens all customers of the list sold last, one by one
    /// until the end of the log.
    pub(super) fn take_over(&mut self, account: u32, made: Second) {
        let all = self.whole_log();
        self.floor.absent(account, &all);
        self.floor.desk.accounts[account as usize].from = Some(made);
        let list = self.campaign.lists.last().cloned().unwrap_or_default();
        let end = self.floor.end();
        for customer in &list.customers {
            let moment = Second(self.floor.chance.between(made.0, end.0));
            let second = self.floor.on_shift(account, moment);
            let ticket = list.tickets_of(&self.floor, *customer).last().copied();
            self.floor
                .see(account, second, *customer, ticket.unwrap_or(NONE));
        }
    }

    /// Keeps the tickets that the fewest accounts saw, rarest first, a few more than `count`.
    pub(super) fn rarest_first(&self, tickets: &mut Vec<u32>, count: usize) {
        let mut seen: Vec<(u32, u32)> = self
            .floor
            .views
            .iter()
            .filter(|view| view.ticket != NONE && tickets.binary_search(&view.ticket).is_ok())
            .map(|view| (view.ticket, view.account))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        tickets.sort_by_key(|ticket| {
            let from = seen.partition_point(|(other, _)| other < ticket);
            let to = seen.partition_point(|(other, _)| other <= ticket);
            (to - from, *ticket)
        });
        tickets.truncate(count * 4);
    }

    /// Seven of ten reports come from a source outside this desk.
    pub(super) fn elsewhere(&mut self, rule: Rule) {
        self.campaign.elsewhere = Some((rule, 700));
    }

    pub(super) fn react(&mut self, reaction: Reaction) {
        self.campaign.reaction = reaction;
    }
}
