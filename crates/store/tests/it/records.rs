//! What is put on record, and the rows that follow.

use countersign_core::ledger::Kind;
use countersign_core::record::{Case, Grant, Person, Proof, Record, Run, Verified, Way};
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::Pretext;
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_core::verdict::State;
use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::gate::Rule;
use countersign_ledger::hash::Hash;
use countersign_ledger::leaf::NOBODY;
use countersign_ledger::note::Note;
use countersign_ledger::tile::Resource;
use countersign_store::{Between, EntryRow, Order, ReportPage, RoleRow, StoreError, Which};

use crate::fixture::{Fixture, NOW, event, put, report};

pub(crate) fn case(number: u64) -> Case {
    Case {
        reference: Reference::new(number),
        title: "Calls in autumn".to_owned(),
        from: Second(1),
        until: None,
        // Not to be had with fewer digits.
        alpha: 0.1 + 0.2,
        colluders: 1,
        gamma: 1.0 / 3.0,
        strike: 2,
        freeze_days: 30,
        persons: 300,
        reserve: 30,
    }
}

pub(crate) fn shown() -> Run {
    Run {
        run: 1,
        version: 2,
        reports: 3,
        digest: "0d".to_owned(),
        state: State::StrongLead,
        lead: Some("Heron-41".to_owned()),
        named: vec!["Heron-41".to_owned(), "Owl \"7\"".to_owned()],
        verdict: "0e".to_owned(),
    }
}

pub(crate) async fn every_kind_of_record_lands_in_its_row(fixture: Fixture) {
    let store = fixture.open().await;
    let (ann, who, file) = ([1; 16], [2; 16], [3; 16]);
    let said = report(5);
    let name = Person {
        name: "Ann".to_owned(),
    };
    let role = |held| {
        let role = Role::KeyHolder;
        Record::Grant(Grant { role, held })
    };
    assert_eq!(put(&store, ann, Record::Person(name)).await, 1);
    assert_eq!(put(&store, ann, role(true)).await, 2);
    assert_eq!(put(&store, ann, role(true)).await, 3);
    assert_eq!(put(&store, ann, role(false)).await, 4);
    assert_eq!(put(&store, who, Record::Report(said.clone())).await, 5);
    let verified = Verified { how: Proof::Mail };
    assert_eq!(put(&store, who, Record::Verified(verified)).await, 6);
    assert_eq!(put(&store, who, Record::Verified(verified)).await, 7);
    let mut opening = event(file, Record::Case(case(6)));
    opening.by = Some(ann);
    opening.rules = vec![Rule::AtMost {
        events: 1,
        within: 1000,
    }];
    assert_eq!(store.append(vec![opening.clone()]).await.unwrap(), [8]);
    assert_eq!(put(&store, file, Record::Run(shown())).await, 9);

    let people = store.people().await.unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].token, people[0].seq), (ann, 1));
    assert_eq!(people[0].name.as_deref(), Some("Ann"));
    let roles = store.roles(&ann).await.unwrap();
    let had = RoleRow {
        role: Role::KeyHolder,
        given: 2,
        ended: Some(4),
    };
    assert_eq!(roles, [had]);
    assert!(store.roles(&who).await.unwrap().is_empty());

    let row = store.report(&said.reference).await.unwrap().unwrap();
    assert_eq!((row.token, row.seq, row.erased), (who, 5, false));
    assert_eq!(row.reference, Some(said.reference));
    assert_eq!(row.received, Some(said.received));
    assert_eq!(row.called, said.statement.called);
    assert_eq!(row.channel, Some(Channel::Robocall));
    assert_eq!(row.pretext, Some(Pretext::InfectedServers));
    assert_eq!(row.way, Some(Way::Form));
    assert_eq!((row.verified, row.proof), (Some(6), Some(Proof::Mail)));
    // When it was verified, if the contact was in the time that is asked for.
    let at = Second::from_unix((NOW / 1000) as i64).unwrap();
    let until = |second| Between {
        from: Some(Second(799_000_000)),
        until: Some(Second(second)),
    };
    let verified = async |called| store.verified_at(called).await.unwrap();
    assert_eq!(verified(Between::default()).await, [at]);
    assert_eq!(verified(until(799_000_001)).await, [at]);
    assert_eq!(verified(until(799_000_000)).await, []);
    assert_eq!(store.said(&row).await.unwrap(), Some(said));
    assert_eq!(store.report_of(&who).await.unwrap().unwrap().seq, 5);
    assert!(store.report(&Reference::new(99)).await.unwrap().is_none());

    let found = store.case(&Reference::new(6)).await.unwrap().unwrap();
    assert_eq!((found.token, found.opened, found.by), (file, 8, Some(ann)));
    assert_eq!(found.case, Some(case(6)));
    let runs = store.runs(&file).await.unwrap();
    assert_eq!((runs.len(), runs[0].seq), (1, 9));
    assert_eq!(runs[0].run, Some(shown()));
    let columns = fixture.dump(&["cases"]).await;
    assert!(columns[0].contains("0.30000000000000004"), "{columns:?}");

    let entries = store.entries(None, 100).await.unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind.unwrap()).collect();
    use Kind::{CaseRun, Grant as G, Person as P, Report as R, Start, Verified as V};
    assert_eq!(kinds, [Start, P, G, G, G, R, V, V, Kind::Case, CaseRun]);
    let entry = EntryRow {
        seq: 8,
        kind: Some(Kind::Case),
        at: NOW,
        subject: Some(file),
        by: Some(ann),
    };
    assert_eq!(store.entries(Some(7), 1).await.unwrap(), [entry]);

    // The rule that it was taken under: one in this time.
    opening.record = Record::Case(case(7));
    opening.subject = [4; 16];
    let refused = store.append(vec![opening]).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
    store.close().await;
}

pub(crate) async fn reports_come_in_pages(fixture: Fixture) {
    let store = fixture.open().await;
    for number in 1..=6_u8 {
        let mut said = report(number.into());
        // Half of them don't say when the contact was.
        said.statement.called = (number % 2 == 0).then_some(Second(number.into()));
        put(&store, [number; 16], Record::Report(said)).await;
    }
    put(
        &store,
        [2; 16],
        Record::Verified(Verified { how: Proof::Mail }),
    )
    .await;
    put(
        &store,
        [5; 16],
        Record::Verified(Verified { how: Proof::Mail }),
    )
    .await;
    let all = ReportPage {
        limit: 100,
        ..ReportPage::default()
    };
    let seqs = async |page: ReportPage| -> Vec<u64> {
        let rows = store.reports(&page).await.unwrap();
        rows.iter().map(|row| row.seq).collect()
    };
    assert_eq!(seqs(all).await, [1, 2, 3, 4, 5, 6]);
    let page = ReportPage {
        after: Some(2),
        limit: 2,
        ..all
    };
    assert_eq!(seqs(page).await, [3, 4]);
    let order = Order::Newest;
    assert_eq!(seqs(ReportPage { order, ..all }).await, [6, 5, 4, 3, 2, 1]);
    let page = ReportPage {
        after: Some(5),
        limit: 2,
        order,
        ..all
    };
    assert_eq!(seqs(page).await, [4, 3]);
    let which = Which::Verified;
    assert_eq!(seqs(ReportPage { which, ..all }).await, [2, 5]);
    let between = |from, until| Between {
        from: Some(Second(from)),
        until: Some(Second(until)),
    };
    let called = between(2, 6);
    assert_eq!(seqs(ReportPage { called, ..all }).await, [2, 4]);
    let called = between(3, 800_000_004);
    assert_eq!(seqs(ReportPage { called, ..all }).await, [1, 3, 4, 6]);
    let received = between(800_000_002, 800_000_004);
    assert_eq!(seqs(ReportPage { received, ..all }).await, [2, 3]);
    store.close().await;
}

pub(crate) async fn events_that_belong_together_are_one_batch_and_any_task_may_hand_them_in(
    fixture: Fixture,
) {
    let store = std::sync::Arc::new(fixture.open().await);
    let mut tasks = Vec::new();
    for task in 0..8_u8 {
        let store = std::sync::Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let said = |one: u8| {
                let number = u64::from(task) * 100 + u64::from(one);
                event(
                    [task + 1, one, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                    Record::Report(report(number)),
                )
            };
            store.append((0..5).map(said).collect()).await.unwrap()
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        let places = task.await.unwrap();
        assert!(
            places.windows(2).all(|two| two[1] == two[0] + 1),
            "{places:?}"
        );
        all.extend(places);
    }
    all.sort_unstable();
    assert_eq!(all, (1..=40).collect::<Vec<_>>());
    let page = ReportPage {
        limit: 100,
        ..ReportPage::default()
    };
    assert_eq!(store.reports(&page).await.unwrap().len(), 40);
    std::sync::Arc::into_inner(store).unwrap().close().await;
}

pub(crate) async fn what_a_row_can_not_keep_is_refused_and_leaves_nothing(fixture: Fixture) {
    let store = fixture.open().await;
    let size = store.size();
    let mut nul = shown();
    nul.digest = "0\0d".to_owned();
    let mut large = case(1);
    large.persons = 1 << 63;
    let mut number = case(1);
    number.alpha = f64::NAN;
    let nul = event([1; 16], Record::Run(nul));
    let fine = event([9; 16], Record::Report(report(1)));
    let refused = store.append(vec![fine, nul]).await.unwrap_err();
    assert!(matches!(refused, StoreError::Nul), "{refused}");
    for record in [Record::Case(large), Record::Case(number)] {
        store
            .append(vec![event([1; 16], record)])
            .await
            .unwrap_err();
    }
    store
        .append(vec![event(NOBODY, Record::Run(shown()))])
        .await
        .unwrap_err();
    let refused = store.begin_session(&[1; 16], "a\0b", 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Nul), "{refused}");
    let refused = store.make_link("a\0b", 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Nul), "{refused}");
    assert_eq!(store.size(), size);
    // What was sealed may have one: the words of a report are no column.
    let mut said = report(2);
    said.statement.words = Some("a\0b".to_owned());
    put(&store, [2; 16], Record::Report(said.clone())).await;
    let row = store.report(&said.reference).await.unwrap().unwrap();
    assert_eq!(store.said(&row).await.unwrap(), Some(said));
    store.close().await;
}

pub(crate) async fn a_name_is_taken_once(fixture: Fixture) {
    let store = fixture.open().await;
    put(&store, [1; 16], Record::Report(report(1))).await;
    put(&store, [2; 16], Record::Case(case(1))).await;
    for (subject, record) in [
        ([1; 16], Record::Report(report(2))),
        ([3; 16], Record::Report(report(1))),
        ([2; 16], Record::Case(case(2))),
        ([3; 16], Record::Case(case(1))),
    ] {
        let refused = store
            .append(vec![event(subject, record)])
            .await
            .unwrap_err();
        assert!(matches!(refused, StoreError::Taken), "{refused}");
    }
    // Two at once are both on record, and the rows go on.
    let twice = vec![
        event([4; 16], Record::Report(report(4))),
        event([5; 16], Record::Report(report(4))),
        event([5; 16], Record::Report(report(5))),
    ];
    store.append(twice).await.unwrap();
    assert_eq!(
        store.report_of(&[4; 16]).await.unwrap().unwrap().reference,
        Some(Reference::new(4))
    );
    assert_eq!(
        store.report_of(&[5; 16]).await.unwrap().unwrap().reference,
        None
    );
    put(&store, [6; 16], Record::Report(report(6))).await;
    store.close().await;
}

pub(crate) async fn the_ledger_is_read_beside_the_sequencer(fixture: Fixture) {
    let store = fixture.open().await;
    for number in 0..3 {
        put(
            &store,
            [7; 16],
            Record::Verified(Verified { how: Proof::Mail }),
        )
        .await;
        let note = Note::parse(store.checkpoint().as_bytes()).unwrap();
        let signed = Checkpoint::parse(note.text()).unwrap();
        assert_eq!((signed.size, store.size()), (number + 2, number + 2));
        let width = u16::try_from(signed.size).unwrap();
        let tile = Resource::Tile {
            level: 0,
            index: 0,
            width,
        };
        let hashes = store.resource(&tile).unwrap().unwrap();
        let entries = Resource::Entries { index: 0, width };
        let entries = store.resource(&entries).unwrap().unwrap();
        let mut rest = entries.as_slice();
        for hash in hashes.chunks(32) {
            let (length, behind) = rest.split_first_chunk().unwrap();
            let (leaf, behind) = behind.split_at(u16::from_be_bytes(*length).into());
            assert_eq!(Hash::of_leaf(leaf).0, hash);
            rest = behind;
        }
        assert!(rest.is_empty());
    }
    let checkpoint = store.resource(&Resource::Checkpoint).unwrap().unwrap();
    assert_eq!(checkpoint, store.checkpoint().as_bytes());
    store.close().await;
}
