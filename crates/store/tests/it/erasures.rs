//! What erasure leaves: nothing to read, and every proof as it was.

use countersign_core::record::{Person, Proof, Record, Verified};
use countersign_store::StoreError;

use crate::fixture::{Fixture, WORDS, event, put, report};
use crate::records::case;

pub(crate) async fn what_was_erased_is_nowhere_and_opens_nowhere(fixture: Fixture) {
    let store = fixture.open().await;
    let (gone, stays) = ([0xa1; 16], [0xa2; 16]);
    put(&store, gone, Record::Report(report(1))).await;
    put(&store, stays, Record::Report(report(2))).await;
    put(
        &store,
        gone,
        Record::Verified(Verified { how: Proof::Mail }),
    )
    .await;
    let reference = report(1).reference.plain();
    // What opens it is there, and found by the search that is to find nothing later.
    let wrapped = fixture.wrapped(&gone).await.unwrap();
    assert!(!fixture.finds(&wrapped).await.is_empty());
    assert!(!fixture.finds(reference.as_bytes()).await.is_empty());
    let row = store.report_of(&gone).await.unwrap().unwrap();
    assert_eq!(store.said(&row).await.unwrap(), Some(report(1)));

    store.erase(gone).await.unwrap();

    let after = store.report_of(&gone).await.unwrap().unwrap();
    assert!(after.erased && after.sealed.is_none() && after.called.is_none());
    assert_eq!(
        (after.seq, after.verified, after.proof),
        (row.seq, row.verified, None)
    );
    assert!(store.report(&report(1).reference).await.unwrap().is_none());
    // Who read the row before has no use of it either.
    assert_eq!(store.said(&row).await.unwrap(), None);
    assert_eq!(fixture.wrapped(&gone).await, None);
    let nowhere = async |when: &str| {
        for bytes in [WORDS.as_bytes(), b"ann@example.org", &wrapped] {
            assert_eq!(fixture.finds(bytes).await, [""; 0], "{when}");
        }
        // Every key that was ever drawn but those that other things need: none stands in clear.
        let mut in_clear = 0;
        for key in fixture.drawn(32) {
            in_clear += usize::from(!fixture.finds(&key).await.is_empty());
        }
        // The root and the epoch; the log's is written in another way.
        assert_eq!(in_clear, 2, "{when}");
    };
    nowhere("while it is open").await;
    store.close().await;
    nowhere("when it is closed").await;
    let store = fixture.open().await;
    nowhere("when it is open again").await;
    assert_eq!(store.said(&row).await.unwrap(), None);
    let other = store.report(&report(2).reference).await.unwrap().unwrap();
    assert_eq!(store.said(&other).await.unwrap(), Some(report(2)));
    let columns = fixture.dump(&["report"]).await;
    assert!(!columns.concat().contains(&reference), "{columns:?}");
    store.close().await;
}

pub(crate) async fn a_key_that_was_put_back_is_destroyed_again(fixture: Fixture) {
    let store = fixture.open().await;
    for subject in [[1; 16], [2; 16]] {
        let number = u64::from(subject[0]);
        put(&store, subject, Record::Report(report(number))).await;
    }
    store.close().await;
    fixture.keep("vault/keys.db");
    fixture.keep_copy().await;
    let store = fixture.open().await;
    store.erase([1; 16]).await.unwrap();
    store.close().await;
    let known = async |fixture: &Fixture| {
        let key = fixture.wrapped(&[1; 16]).await;
        key.is_some()
    };
    assert!(!known(&fixture).await);
    // The keys alone, whose erasure the database knows; then both, and only the ledger knows.
    for both in [false, true] {
        fixture.put_back("vault/keys.db");
        assert!(known(&fixture).await, "the backup has it");
        if both {
            fixture.put_back_copy().await;
        }
        let store = fixture.open().await;
        assert!(!known(&fixture).await);
        let row = store.report_of(&[1; 16]).await.unwrap().unwrap();
        assert!(row.erased && row.reference.is_none());
        let row = store.report_of(&[2; 16]).await.unwrap().unwrap();
        assert_eq!(store.said(&row).await.unwrap(), Some(report(2)));
        let again = vec![event([1; 16], Record::Report(report(9)))];
        let refused = store.append(again).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Taken | StoreError::Erased),
            "{refused}"
        );
        store.close().await;
    }
}

pub(crate) async fn nothing_is_added_about_who_was_erased(fixture: Fixture) {
    let store = fixture.open().await;
    let name = |name: &str| {
        let name = name.to_owned();
        Record::Person(Person { name })
    };
    put(&store, [1; 16], name("Ann")).await;
    put(&store, [2; 16], Record::Case(case(1))).await;
    store.erase([1; 16]).await.unwrap();
    store.erase([2; 16]).await.unwrap();
    // Of whom there was nothing.
    store.erase([3; 16]).await.unwrap();
    let size = store.size();
    for subject in [[1; 16], [2; 16], [3; 16]] {
        let refused = store
            .append(vec![event(subject, name("Ben"))])
            .await
            .unwrap_err();
        assert!(matches!(refused, StoreError::Erased), "{refused}");
    }
    assert_eq!(store.size(), size);
    assert_eq!(store.people().await.unwrap()[0].name, None);
    let found = store.cases().await.unwrap();
    assert!(found[0].erased && found[0].case.is_none() && found[0].reference.is_none());
    // Twice is once.
    store.erase([1; 16]).await.unwrap();
    store.close().await;
}
