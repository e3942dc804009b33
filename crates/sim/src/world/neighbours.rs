//! Colleagues who see what a seller sees: shadowing, covering, taking over.

use std::ops::Range;

use countersign_core::desk::{NONE, View};
use countersign_core::time::Second;

use super::floor::Floor;

impl Floor {
    /// `beside` opens `per_mille` of what `account` opens in these seconds, within the hour.
    pub(super) fn shadow(
        &mut self,
        account: u32,
        beside: u32,
        per_mille: u32,
        when: Range<Second>,
    ) {
        let seen: Vec<View> = self
            .views
            .iter()
            .filter(|view| view.account == account && when.contains(&view.second))
            .copied()
            .collect();
        for view in seen {
            if self.chance.hits(per_mille) {
                let second = Second(view.second.0 + self.chance.between(30, 3_600));
                self.see(beside, second, view.customer, view.ticket);
            }
        }
    }

    /// Strikes this account's views in these seconds from the log (it did not work then).
    pub(super) fn absent(&mut self, account: u32, when: &Range<Second>) {
        self.views
            .retain(|view| view.account != account || !when.contains(&view.second));
    }

    /// Looks `count` customers up beside the work, on working days, and their last ticket too.
    pub(super) fn browse(&mut self, account: u32, count: u32, when: &Range<Second>) -> Vec<View> {
        let mut found = Vec::with_capacity(count as usize * 2);
        for _ in 0..count {
            let customer = self.chance.below(self.size.customers);
            let moment = Second(self.chance.between(when.start.0, when.end.0));
            let second = self.on_shift(account, moment);
            if second >= when.end {
                continue;
            }
            let ticket = self
                .tickets_of(customer)
                .filter(|ticket| self.opened[*ticket as usize] < second)
                .max_by_key(|ticket| self.opened[*ticket as usize])
                .unwrap_or(NONE);
            found.push(View {
                second,
                account,
                customer,
                ticket,
            });
        }
        self.views.extend_from_slice(&found);
        found
    }

    /// Customers that each account had seen before `cut`, for one account, sorted.
    pub(super) fn seen_before(&self, account: u32, cut: Second) -> Vec<u32> {
        let mut customers: Vec<u32> = self
            .views
            .iter()
            .filter(|view| view.account == account && view.second < cut)
            .map(|view| view.customer)
            .collect();
        customers.sort_unstable();
        customers.dedup();
        customers
    }
}
