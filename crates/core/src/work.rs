//! Who worked on what: changes of records, as logs of changes tell them.
//!
//! Work explains why an account opened a record. It is evidence for nothing: neither the index nor
//! a bet, a guard or a claim is given it, only the document that is written after all of them.

use std::collections::BTreeMap;

use crate::at;
use crate::desk::{NONE, View};
use crate::holder::Holders;
use crate::time::Second;
use crate::trace::exposure::Item;

/// Changes as the logs of changes tell them, in numbers of the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Changes of items that reports are about, by known accounts; a ticket's customer is in it.
    pub changes: Vec<View>,
    /// For each account whether it changed anything at all in them.
    pub active: Vec<bool>,
}

/// What each person had changed, and since when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worked {
    first: BTreeMap<(u32, Item), Second>,
    active: Vec<bool>,
}

impl Worked {
    pub(crate) fn new(work: &Work, holders: &Holders) -> Self {
        let mut worked = Self {
            first: BTreeMap::new(),
            active: vec![false; holders.persons.len()],
        };
        let person = |account: usize| holders.of_account.get(account).copied();
        for (account, _) in work
            .active
            .iter()
            .enumerate()
            .filter(|(_, active)| **active)
        {
            let of_person = person(account).and_then(|person| worked.active.get_mut(at(person)));
            if let Some(active) = of_person {
                *active = true;
            }
        }
        for change in &work.changes {
            let Some(person) = person(at(change.account)) else {
                continue;
            };
            for item in [Item::Ticket(change.ticket), Item::Customer(change.customer)] {
                if matches!(item, Item::Ticket(NONE) | Item::Customer(NONE)) {
                    continue;
                }
                let first = worked.first.entry((person, item)).or_insert(change.second);
                *first = (*first).min(change.second);
            }
        }
        worked
    }

    /// Whether a person had changed an item before a time.
    pub(crate) fn changed(&self, person: u32, item: Item, before: Second) -> bool {
        self.first
            .get(&(person, item))
            .is_some_and(|first| *first < before)
    }

    /// Whether any change at all is by this person, of whatever record and time.
    pub(crate) fn is_active(&self, person: u32) -> bool {
        self.active.get(at(person)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(second: u32, account: u32, customer: u32, ticket: u32) -> View {
        View {
            second: Second(second),
            account,
            customer,
            ticket,
        }
    }

    /// Accounts 0 and 2 are one person's.
    fn worked(changes: Vec<View>, active: &[bool]) -> Worked {
        let holders = Holders {
            persons: vec![Default::default(); 2],
            of_account: vec![0, 1, 0],
            ..Holders::default()
        };
        let active = active.to_vec();
        Worked::new(&Work { changes, active }, &holders)
    }

    #[test]
    fn a_change_counts_from_the_second_after_it() {
        let worked = worked(vec![change(9, 0, 4, NONE), change(5, 0, 4, NONE)], &[true]);
        let item = Item::Customer(4);
        assert!(!worked.changed(0, item, Second(5)));
        assert!(worked.changed(0, item, Second(6)));
        assert!(!worked.changed(1, item, Second(6)));
    }

    #[test]
    fn a_change_of_a_ticket_is_one_of_its_customer_and_not_the_other_way_round() {
        let worked = worked(vec![change(1, 0, 4, 7), change(1, 1, 4, NONE)], &[]);
        assert!(worked.changed(0, Item::Ticket(7), Second(2)));
        assert!(worked.changed(0, Item::Customer(4), Second(2)));
        assert!(worked.changed(1, Item::Customer(4), Second(2)));
        assert!(!worked.changed(1, Item::Ticket(7), Second(2)));
    }

    #[test]
    fn what_one_account_of_a_person_changed_the_person_changed() {
        let worked = worked(vec![change(1, 2, 4, NONE)], &[false, false, true]);
        assert!(worked.changed(0, Item::Customer(4), Second(2)));
        assert!(worked.is_active(0));
        assert!(!worked.is_active(1));
    }

    #[test]
    fn accounts_and_items_that_are_missing_are_nobodys_and_nothing() {
        let worked = worked(vec![change(1, 9, 4, 7), change(1, 0, NONE, NONE)], &[]);
        assert!(worked.first.is_empty());
        assert!(!worked.changed(0, Item::Customer(NONE), Second(2)));
    }
}
