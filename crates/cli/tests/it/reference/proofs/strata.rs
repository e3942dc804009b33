//! §3 by hand.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::desk::{Column, NONE};
use countersign_core::report::Quoted;
use countersign_core::time::Second;

use super::super::items::Log;
use super::super::strata::{
    age_class, cell_of, collect_thin, counts_of, first_class, merge, seen_class, stratum_of,
};
use super::super::{Case, Item};
use super::{CALL, SEEN, at, bare, call, desk, look, look_at_ticket};

#[test]
fn persons_that_saw_an_item_are_counted_in_the_classes_of_the_table() {
    let classes: Vec<u8> = (0..=12).map(seen_class).collect();
    assert_eq!(classes, [0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 7, 8, 8]);
    // 11 is in 8 and 22 in 9: the table, not the floor of twice the binary logarithm.
    let edges = [15, 16, 22, 23, 31, 32, 45, 46, 1_000].map(seen_class);
    assert_eq!(edges, [8, 9, 9, 10, 10, 11, 11, 12, 12]);
}

#[test]
fn age_doubles_from_one_day_and_an_edge_belongs_to_the_older_class() {
    let t = Second(2_000 * 86_400);
    let ago = |seconds: u32| age_class(t, Some(Second(t.0 - seconds)));
    assert_eq!(
        [1, 86_399, 86_400, 172_799, 172_800].map(ago),
        [0, 0, 1, 1, 2]
    );
    let days = |days: u32| ago(days * 86_400);
    assert_eq!([4, 8, 16, 32, 64, 128].map(days), [3, 4, 5, 6, 7, 8]);
    assert_eq!(
        [256, 511, 512, 1_023, 1_024, 1_999].map(days),
        [9, 9, 10, 10, 11, 11]
    );
    assert_eq!(age_class(t, None), 12);
}

#[test]
fn first_seen_is_counted_in_blocks_of_91_days_up_to_seven() {
    let t = Second(2_000 * 86_400);
    let ago = |seconds: u32| first_class(t, Some(Second(t.0 - seconds)));
    let block = 91 * 86_400;
    assert_eq!([1, block - 1, block, 2 * block].map(ago), [0, 0, 1, 2]);
    assert_eq!([7 * block - 1, 7 * block, 9 * block].map(ago), [6, 7, 7]);
    assert_eq!(first_class(t, None), 8);
}

#[test]
fn neighbouring_thin_values_are_collected_until_they_hold_32() {
    // 10 + 10 + 12 = 32 closes a group; 31 alone is thin, but 32 is not and closes it.
    let groups = collect_thin(&[(0, 10), (2, 10), (3, 12), (4, 31), (5, 32), (6, 1), (7, 2)]);
    assert_eq!(groups, [vec![0, 2, 3], vec![4], vec![5], vec![6, 7]]);
    // Over 32 is possible (31 + 31), and what is left over stays thin.
    assert_eq!(
        collect_thin(&[(1, 31), (2, 31), (3, 5)]),
        [vec![1, 2], vec![3]]
    );
    assert!(collect_thin(&[]).is_empty());
}

#[test]
fn merging_goes_from_first_to_age_to_seen() {
    let counts = BTreeMap::from([
        // seen 1: age 3 is rich as a whole; its `first` 0 and 1 are thin and go together (35).
        ((1, 3, 0), 20),
        ((1, 3, 1), 15),
        // ages 4 (10, in two `first`s that go together) and 5 (5) are thin: together 15, still thin.
        ((1, 4, 0), 4),
        ((1, 4, 2), 6),
        ((1, 5, 0), 5),
        // seen 5 is thin but under 6: it stays. Its ages 1 and 2 go together.
        ((5, 1, 0), 2),
        ((5, 2, 0), 3),
        // seen 6 and 8 are thin neighbours (7 is empty): 30 + 3 = 33 closes their group; 9 is left.
        ((6, 2, 0), 30),
        ((8, 2, 1), 3),
        ((9, 2, 0), 31),
    ]);
    let (strata, merged) = merge(&counts);
    let strata: BTreeSet<BTreeSet<_>> = strata.into_iter().collect();
    let expected = [
        vec![(1, 3, 0), (1, 3, 1)],
        vec![(1, 4, 0), (1, 4, 2), (1, 5, 0)],
        vec![(5, 1, 0), (5, 2, 0)],
        vec![(6, 2, 0), (8, 2, 1)],
        vec![(9, 2, 0)],
    ];
    assert_eq!(
        strata,
        expected.into_iter().map(BTreeSet::from_iter).collect()
    );
    // first: {0,1} and {0,2}: 1 + 1. age: {4,5} and {1,2}: 1 + 1. seen: {6,8}: 1.
    assert_eq!(merged, [2, 2, 1]);
}

#[test]
fn a_rich_seen_class_between_two_thin_ones_keeps_them_apart() {
    let counts = BTreeMap::from([((6, 2, 0), 3), ((7, 2, 0), 32), ((8, 2, 0), 3)]);
    let (strata, merged) = merge(&counts);
    assert_eq!((strata.len(), merged), (3, [0, 0, 0]));
}

#[test]
fn the_cell_of_a_ticket_is_its_customers_codes_and_its_own() {
    let mut desk = desk(1, 3);
    let column = |codes: &[u16]| Column {
        codes: codes.to_vec(),
        ..Column::default()
    };
    // The column ends after two rows: customer 2 has code 0.
    desk.customers.columns = vec![column(&[4, 5])];
    desk.tickets.customer = vec![1, NONE, 2];
    desk.tickets.columns = vec![column(&[7, 8, 9])];
    assert_eq!(cell_of(&desk, Item::Customer(0)), (false, vec![4]));
    assert_eq!(cell_of(&desk, Item::Customer(2)), (false, vec![0]));
    assert_eq!(cell_of(&desk, Item::Ticket(0)), (true, vec![5, 7]));
    assert_eq!(cell_of(&desk, Item::Ticket(1)), (true, vec![0, 8]));
    assert_eq!(cell_of(&desk, Item::Ticket(2)), (true, vec![0, 9]));
}

#[test]
fn open_and_unseen_items_are_in_no_stratum_and_unseen_ones_count_in_merging() {
    let desk = desk(2, 5);
    let mut views = vec![look(SEEN, 0, 0), look(SEEN, 1, 1), look(SEEN, 0, 2)];
    views.push(look(SEEN, NONE, 2));
    let log = Log::new(&desk, &views);
    let t = at(CALL);
    let before = log.before(t);
    // 0 and 1 were seen by one person on one day; 2 is open; 3 and 4 were never seen.
    let seen = BTreeSet::from([Item::Customer(0), Item::Customer(1)]);
    let stratum = stratum_of(&desk, &before, &before.open, t, Item::Customer(0)).0;
    assert_eq!(stratum, seen);
    let cell = (false, Vec::new());
    let counts = counts_of(&desk, &before, &before.open, t, &cell);
    // 100 days ago: age 7 (64 to 128), first block 1.
    assert_eq!(counts, BTreeMap::from([((1, 7, 1), 2), ((0, 12, 8), 2)]));
}

#[test]
fn views_in_the_second_of_the_cut_do_not_count() {
    let desk = desk(1, 1);
    let log = Log::new(&desk, &[look(SEEN, 0, 0)]);
    let second = at(SEEN);
    assert!(!log.before(second).somebody_known_saw(Item::Customer(0)));
    let later = log.before(Second(second.0 + 1));
    assert!(later.somebody_known_saw(Item::Customer(0)));
}

#[test]
fn a_ticket_shows_its_own_customer_and_never_the_rows() {
    let mut desk = desk(1, 4);
    desk.tickets.customer = vec![2, NONE];
    let both = |ticket, customer| countersign_core::desk::View {
        customer,
        ..look_at_ticket(SEEN, 0, ticket)
    };
    let log = Log::new(&desk, &[both(0, 1), both(1, 3)]);
    let saw = log.whole().saw[0].clone();
    let expected = [Item::Customer(2), Item::Ticket(0), Item::Ticket(1)];
    assert_eq!(saw, BTreeSet::from(expected));
}

#[test]
fn a_quoted_ticket_is_the_item_only_once_somebody_saw_it() {
    let mut desk = desk(2, 2);
    desk.tickets.customer = vec![0, 1];
    let views = [
        look_at_ticket(SEEN, 0, 0),
        // Seen between the frozen cut (1,070) and the call (1,101).
        look(SEEN, 1, 1),
        look_at_ticket(1_080, 1, 1),
    ];
    desk.reports = vec![call(CALL, 0), call(CALL + 1, 1)];
    desk.reports[0].quoted = Quoted::Ticket(0);
    desk.reports[1].quoted = Quoted::Ticket(1);
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    let items: Vec<_> = case
        .used
        .iter()
        .map(|used| (used.lead.item, used.frozen.item))
        .collect();
    assert_eq!(
        items,
        [
            (Item::Ticket(0), Item::Ticket(0)),
            (Item::Ticket(1), Item::Customer(1))
        ]
    );
}
